"""The guide's heading API Reference, Utility Hooks: plain selectors over a snapshot."""

from broadcast_orchestrator.model.api import hooks
from broadcast_orchestrator.sim import Fault, Studio


def answers(studio: Studio) -> tuple[object, ...]:
    """What every hook says now, but for the snapshot's."""
    snapshot = studio.snapshot
    return (
        str(hooks.state(snapshot)),
        hooks.is_broadcasting(snapshot),
        hooks.can_start(snapshot),
        hooks.can_stop(snapshot),
        hooks.has_error(snapshot),
        hooks.error(snapshot),
        hooks.is_transitioning(snapshot),
    )


def test_the_hooks_answer_in_every_kind_of_state() -> None:
    """HK-1 to HK-3: in idle, initializing, ready, live and error each hook says what is so."""
    studio = Studio(faults=[Fault("producer.stop", "refuse")])
    assert answers(studio) == ("idle", False, False, False, False, None, False)
    initialize = studio.orchestrator.initialize()
    assert answers(studio) == ("initializing", False, False, False, False, None, True)
    studio.run(initialize)
    assert answers(studio) == ("ready", False, True, False, False, None, False)
    studio.run(studio.orchestrator.start_broadcast())
    assert answers(studio) == ("live", True, False, True, False, None, False)
    studio.orchestrator.stop_broadcast()
    studio.settle()
    assert answers(studio) == ("error", False, False, False, True, "producer.stop failed: refused", False)


def test_the_snapshot_has_a_hook_too() -> None:
    """HK-2: it gives the whole of it, so a listener can watch everything."""
    studio, heard = Studio(), []
    studio.orchestrator.subscribe(lambda new, _: heard.append(new), hooks.snapshot)
    studio.run(studio.orchestrator.initialize())
    assert heard[-1] == studio.snapshot
