"""The guide's heading Overview: one truth, services switched together, and listeners that learn of every change."""

from broadcast_orchestrator.model.api import hooks
from broadcast_orchestrator.sim import Studio


def test_no_two_views_differ() -> None:
    """OV-1: at every step snapshot, queries and history tell the same state."""
    studio = Studio()
    seen: list[tuple[bool, bool]] = []

    def look() -> None:
        snapshot, orchestrator = studio.snapshot, studio.orchestrator
        assert hooks.state(snapshot) == studio.state
        assert (
            snapshot.orchestrator.last_transition is None
            or snapshot.orchestrator.last_transition.target == studio.state
        )
        assert hooks.can_start(snapshot) == orchestrator.can_start_broadcast()
        assert hooks.can_stop(snapshot) == orchestrator.can_stop_broadcast()
        seen.append((hooks.can_start(snapshot), hooks.can_stop(snapshot)))

    studio.orchestrator.subscribe(lambda new, previous: look())
    for command in (studio.orchestrator.initialize, studio.orchestrator.start_broadcast):
        studio.run(command())
    assert seen[-1] == (False, True)
    assert (True, False) in seen


def test_services_are_switched_together() -> None:
    """OV-2: whenever a command has settled, all four are on, or none is."""
    studio = Studio()
    orchestrator = studio.orchestrator
    for command, on in [
        (orchestrator.initialize, False),
        (orchestrator.start_broadcast, True),
        (orchestrator.stop_broadcast, False),
        (orchestrator.start_broadcast, True),
        (orchestrator.emergency_stop, False),
    ]:
        studio.run(command())
        assert studio.world.truth.active == (on, on, on, on)


def test_a_listener_learns_of_each_change_when_it_happens() -> None:
    """OV-3: the states that a listener heard, with the times at which it did, are the history."""
    studio = Studio(seed=3)
    heard: list[tuple[str, float]] = []
    studio.orchestrator.subscribe(lambda new, _: heard.append((new, studio.now_ms)), hooks.state)
    studio.run(studio.orchestrator.initialize())
    studio.run(studio.orchestrator.start_broadcast())
    studio.run(studio.orchestrator.stop_broadcast())
    assert heard == [(entry.target, entry.at_ms) for entry in studio.history]
    assert len(heard) == 8  # initializing, ready, starting, live, stopping, idle, initializing, ready
