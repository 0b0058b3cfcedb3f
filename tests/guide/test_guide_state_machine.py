"""The guide's heading State Machine: the states, and the two sequences step by step."""

import pytest

from broadcast_orchestrator.model import BroadcastState, CommandFailed, CommandRefused, Orchestrator
from broadcast_orchestrator.model.api.validation import validate_transition
from broadcast_orchestrator.model.events import Call
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.sim import Fault, Studio

MAY_GO = {
    "idle": ["initializing", "error"],
    "initializing": ["ready", "error"],
    "ready": ["starting", "idle", "error"],
    "starting": ["live", "error"],
    "live": ["stopping", "error"],
    "stopping": ["idle", "error"],
    "error": ["idle", "initializing"],
}


def calls(studio: Studio) -> list[str]:
    """Every call that was made, in order."""
    return [e.operation for line in studio.trace.lines for e in line.effects if isinstance(e, Call)]


def live(*faults: Fault, session: str | None = None) -> Studio:
    """A studio in live, or in error if a fault keeps it from there."""
    studio = Studio(latency={"*": 10}, faults=faults)
    studio.run(studio.orchestrator.initialize())
    studio.orchestrator.start_broadcast(session)
    studio.settle()
    return studio


def test_there_are_seven_states() -> None:
    """ST-1: idle, initializing, ready, starting, live, stopping and error."""
    assert [str(state) for state in BroadcastState] == list(MAY_GO)


@pytest.mark.parametrize("source", list(MAY_GO))
def test_a_state_leads_where_the_table_says_and_nowhere_else(source: str) -> None:
    """ST-2 to ST-9: of the seven states, exactly those of its row are valid next."""
    core = CoreState(state=BroadcastState(source), initialized=True)
    valid = [target for target in MAY_GO if validate_transition(core, target).valid]
    assert sorted(valid) == sorted(MAY_GO[source])


def test_idle_ready_and_live_are_what_they_say() -> None:
    """ST-10: in idle nothing is on, in ready a start is possible, and in live everything is on."""
    studio = Studio()
    assert studio.world.truth.active == (False, False, False, False)
    studio.run(studio.orchestrator.initialize())
    assert studio.orchestrator.can_start_broadcast()
    studio.run(studio.orchestrator.start_broadcast())
    assert studio.world.truth.active == (True, True, True, True)


def test_a_start_needs_ready_an_initialized_host_and_content() -> None:
    """SU-1 to SU-3: each of the three is named when it is missing."""
    studio = Studio()
    studio.fill(False)
    with pytest.raises(CommandRefused) as caught:
        studio.run(studio.orchestrator.start_broadcast())
    assert caught.value.missing == (
        "state is idle, not ready",
        "host agent is not initialized",
        "live feed has no content",
    )


def test_the_startup_takes_its_steps_in_order() -> None:
    """SU-4 to SU-9: starting first, then feed, session, host, producer and backend, each 10 ms after the other."""
    studio = live(session="s1")
    made = [(line.at_ms, e.operation) for line in studio.trace.lines for e in line.effects if isinstance(e, Call)]
    assert studio.history[2][:4] == ("ready", "starting", "start_requested", 10.0)
    assert made[1:] == [
        (10.0, "live_feed.start"),
        (20.0, "session.start"),
        (30.0, "host.start"),
        (40.0, "producer.start"),
        (50.0, "convex.live"),
    ]


def test_live_comes_when_the_last_step_has_succeeded() -> None:
    """SU-10: with the backend's reply at 60 ms, and not before."""
    studio = live(session="s1")
    assert studio.history[-1][1:4] == ("live", "startup_complete", 60.0)


@pytest.mark.parametrize("step", ["live_feed.start", "session.start", "host.start", "producer.start", "convex.live"])
@pytest.mark.parametrize("kind", ["refuse", "lost_reply", "hang", "late"])
def test_a_failed_start_is_rolled_back(step: str, kind: str) -> None:
    """SU-11: whichever step fails, however it fails, in the end nothing is on and the backend does not say live."""
    studio = live(Fault(step, kind), session="s1")
    assert studio.state == "error"
    assert studio.world.truth.active == (False, False, False, False)
    assert studio.world.truth.backend == ()


def test_a_stop_is_accepted_in_live_and_in_error_alone() -> None:
    """SD-1: in idle and ready it is refused; in error it ends in ready."""
    studio = Studio()
    for _ in ("idle", "ready"):
        with pytest.raises(CommandRefused, match=r"^Cannot stop broadcast: "):
            studio.run(studio.orchestrator.stop_broadcast())
        studio.run(studio.orchestrator.initialize())
    studio = live(Fault("host.start", "refuse"))
    studio.run(studio.orchestrator.stop_broadcast())
    assert studio.state == "ready"


def test_the_shutdown_takes_its_steps_in_order() -> None:
    """SD-2 to SD-8: stopping first, then producer, host, session, feed and backend; it ends in ready."""
    studio = live(session="s1")
    studio.run(studio.orchestrator.stop_broadcast())
    assert studio.history[4][:3] == ("live", "stopping", "stop_requested")
    assert calls(studio)[-5:] == ["producer.stop", "host.stop", "session.end", "live_feed.stop", "convex.idle"]
    assert studio.state == "ready"


def test_the_orchestrator_cannot_be_made_without_a_driver() -> None:
    """The interface is abstract: without a driver there is nothing that could happen."""
    with pytest.raises(TypeError):
        Orchestrator()  # type: ignore[abstract]


def test_a_failed_start_raises_with_its_first_cause() -> None:
    """SU-11: the caller learns what failed first."""
    studio = Studio(faults=[Fault("session.start", "refuse")])
    studio.run(studio.orchestrator.initialize())
    with pytest.raises(CommandFailed) as caught:
        studio.run(studio.orchestrator.start_broadcast())
    assert caught.value.cause == ("session.start", "failed", "refused")
