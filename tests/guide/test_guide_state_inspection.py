"""The guide's heading API Reference, State Inspection: the snapshot, the queries, and the validation."""

import pytest

from broadcast_orchestrator.sim import Studio


def ready() -> Studio:
    """A studio in ready."""
    studio = Studio()
    studio.run(studio.orchestrator.initialize())
    return studio


def test_the_snapshot_has_the_orchestrators_part() -> None:
    """SN-1: state, previous state, last transition and the history."""
    part = ready().orchestrator.get_snapshot().orchestrator
    assert (part.state, part.previous_state, part.error, part.failures) == ("ready", "initializing", None, ())
    assert part.last_transition == part.history[-1]
    assert len(part.history) == 2


def test_the_snapshot_has_a_part_for_each_service() -> None:
    """SN-2: in live with a session each part says so, the backend included."""
    studio = ready()
    studio.run(studio.orchestrator.start_broadcast("s1"))
    snapshot = studio.snapshot
    assert (snapshot.host, snapshot.producer, snapshot.live_feed, snapshot.session) == (
        (True, True),
        (True,),
        (True, True),
        (True,),
    )
    assert snapshot.convex[:3] == (True, "s1", "live")


def test_the_snapshots_services_are_what_they_truly_are() -> None:
    """SN-2: a service that fell over unnoticed is off in the snapshot, whatever the state says."""
    studio = ready()
    studio.run(studio.orchestrator.start_broadcast())
    studio.lose("host", noticed=False)
    assert (studio.state, studio.snapshot.host) == ("live", (False, False))


def test_the_computed_flags_are_the_queries() -> None:
    """SN-3, CS-1, CP-1: in idle, ready and live."""
    studio, seen = Studio(), []
    for command in (studio.orchestrator.initialize, studio.orchestrator.start_broadcast, lambda: studio.wait(1)):
        computed = studio.snapshot.computed
        assert computed.can_start is studio.orchestrator.can_start_broadcast()
        assert computed.can_stop is studio.orchestrator.can_stop_broadcast()
        seen.append((str(studio.state), computed.can_start, computed.can_stop, computed.is_broadcasting))
        studio.run(command())
    assert seen == [("idle", False, False, False), ("ready", True, False, False), ("live", False, True, True)]


def test_a_start_is_possible_exactly_with_ready_host_and_content() -> None:
    """CS-1: an empty feed makes it impossible, and a lost host does."""
    studio = ready()
    studio.fill(False)
    assert studio.orchestrator.can_start_broadcast() is False
    studio.fill(True)
    assert studio.orchestrator.can_start_broadcast() is True
    studio.lose("host")
    studio.settle()
    assert studio.orchestrator.can_start_broadcast() is False


def test_a_valid_transition_has_no_reason() -> None:
    """VT-1: from ready it may go to starting."""
    validation = ready().orchestrator.validate_transition("starting")
    assert (validation.valid, validation.reason, validation.missing_dependencies) == (True, None, ())


def test_an_invalid_transition_has_a_reason_and_what_is_missing() -> None:
    """VT-2: in idle, live is outside the table, and starting lacks the host as well."""
    orchestrator = Studio().orchestrator
    assert orchestrator.validate_transition("live").reason == "Invalid transition from idle to live"
    assert orchestrator.validate_transition("starting") == (
        False,
        "Invalid transition from idle to starting",
        ("host agent is not initialized",),
    )
    with pytest.raises(ValueError, match="did you mean 'live'"):
        orchestrator.validate_transition("Live!")
