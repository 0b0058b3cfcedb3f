"""The guide's heading API Reference, Core Actions: the five commands."""

import pytest

from broadcast_orchestrator.model import CommandFailed, CommandRefused
from broadcast_orchestrator.model.events import Call
from broadcast_orchestrator.sim import Fault, Studio


def ready(*faults: Fault, **config: object) -> Studio:
    """A studio in ready, every call taking 10 ms."""
    studio = Studio(latency={"*": 10}, faults=faults, config=config)
    studio.run(studio.orchestrator.initialize())
    return studio


def calls(studio: Studio) -> list[tuple[float | None, str]]:
    """Every call that was made, with its time."""
    return [(line.at_ms, e.operation) for line in studio.trace.lines for e in line.effects if isinstance(e, Call)]


def test_initialize_goes_through_initializing_to_ready() -> None:
    """IN-1: and it initializes the host agent."""
    studio = ready()
    assert [str(entry.target) for entry in studio.history] == ["initializing", "ready"]
    assert studio.snapshot.host.is_initialized is True


def test_initialize_calls_the_host_only_when_it_is_not_initialized() -> None:
    """IN-2: after an emergency stop the host is still initialized, so no second call is made."""
    studio = ready()
    studio.run(studio.orchestrator.emergency_stop())
    studio.run(studio.orchestrator.initialize())
    assert [operation for _, operation in calls(studio)].count("host.initialize") == 1


def test_an_attempt_is_given_up_after_ten_seconds_and_repeated_three_times() -> None:
    """IN-3 and IN-4: attempts at 0, 11, 22 and 33 s, each of 10 s and a pause of one; then error at 43 s."""
    studio = Studio(faults=[Fault("host.initialize", "hang")])
    with pytest.raises(CommandFailed):
        studio.run(studio.orchestrator.initialize())
    assert [at_ms for at_ms, _ in calls(studio)] == [0, 11_000, 22_000, 33_000]
    assert (studio.now_ms, studio.state) == (43_000, "error")


def test_an_attempt_that_succeeds_after_failures_is_a_success() -> None:
    """IN-4: the outcome lists the attempts that failed before."""
    studio = Studio(faults=[Fault("host.initialize", "refuse", first=3)])
    outcome = studio.run(studio.orchestrator.initialize())
    assert [str(failure) for failure in outcome.failures] == ["host.initialize failed: refused"] * 3
    assert studio.state == "ready"


@pytest.mark.parametrize(("session_id", "written"), [(None, ()), ("s1", ("s1",))])
def test_the_session_id_is_optional(session_id: str | None, written: tuple[str, ...]) -> None:
    """SB-1: without one the backend is not written, with one it says live."""
    studio = ready()
    studio.run(studio.orchestrator.start_broadcast(session_id))
    assert studio.world.truth.backend == written


def test_a_start_raises_when_refused_and_when_a_step_fails() -> None:
    """SB-2 and SB-3: two exceptions of their own, each a BroadcastError."""
    with pytest.raises(CommandRefused):
        (studio := Studio()).run(studio.orchestrator.start_broadcast())
    failing = ready(Fault("producer.start", "refuse"))
    with pytest.raises(CommandFailed):
        failing.run(failing.orchestrator.start_broadcast())


def test_a_stop_writes_to_the_backend_if_the_start_did() -> None:
    """SP-1: one idle write for a broadcast with a session, none for one without."""
    studio = ready()
    for session_id in (None, "s1"):
        studio.run(studio.orchestrator.start_broadcast(session_id))
        studio.run(studio.orchestrator.stop_broadcast())
    assert [operation for _, operation in calls(studio)].count("convex.idle") == 1


def test_an_emergency_stop_stops_all_services_in_parallel() -> None:
    """EM-1 to EM-4: four stops at the same moment, idle as soon as they are answered, the backend not told."""
    studio = ready()
    studio.run(studio.orchestrator.start_broadcast("s1"))
    begun_ms = studio.now_ms
    studio.run(studio.orchestrator.emergency_stop())
    made = calls(studio)[-4:]
    assert sorted(operation for _, operation in made) == ["host.stop", "live_feed.stop", "producer.stop", "session.end"]
    assert {at_ms for at_ms, _ in made} == {begun_ms}
    assert (studio.state, studio.now_ms) == ("idle", begun_ms + 10)


def test_a_recover_is_accepted_in_error_alone() -> None:
    """RC-1: in ready it is refused."""
    studio = ready()
    with pytest.raises(CommandRefused, match=r"^Cannot recover: the state is ready, not error$"):
        studio.run(studio.orchestrator.recover())


@pytest.mark.parametrize(("auto", "end"), [(True, "ready"), (False, "idle")])
def test_a_recover_stops_everything_clears_the_error_and_may_initialize(auto: bool, end: str) -> None:
    """RC-2 and RC-3: it initializes again exactly when auto-recovery is enabled."""
    studio = ready(Fault("host.start", "refuse"), enable_auto_recovery=auto)
    studio.orchestrator.start_broadcast()
    studio.run(studio.when("error"))
    studio.run(studio.orchestrator.recover())
    assert (studio.state, studio.snapshot.orchestrator.error) == (end, None)
    assert [operation for _, operation in calls(studio)][-4:] == [
        "producer.stop",
        "host.stop",
        "session.end",
        "live_feed.stop",
    ]
