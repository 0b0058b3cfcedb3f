"""The guide's own unit tests, and the example of the README (heading: Testing)."""

import pytest

from broadcast_orchestrator.model import CommandFailed, CommandRefused
from broadcast_orchestrator.sim import Fault, Studio
from broadcast_orchestrator.sim.simulate.studio import Script


def test_it_is_idle_at_first() -> None:
    """UT-1: a new orchestrator is in idle, with nothing on and nothing in its history."""
    studio = Studio()
    assert studio.snapshot.orchestrator.state == "idle"
    assert studio.history == ()
    assert studio.snapshot.host.is_active is False


def test_a_start_without_an_initialize_is_refused() -> None:
    """UT-2: a start in idle raises "Cannot start broadcast", says what is missing, and changes nothing."""
    studio = Studio()
    before = studio.snapshot
    with pytest.raises(CommandRefused, match=r"^Cannot start broadcast: ") as caught:
        studio.run(studio.orchestrator.start_broadcast())
    assert "host agent is not initialized" in caught.value.missing
    assert studio.snapshot == before


def test_a_full_startup_switches_everything_on() -> None:
    """UT-3: an initialize ends in ready, a start in live, with host, producer, session and live feed on."""
    studio = Studio()
    studio.run(studio.orchestrator.initialize())
    assert studio.state == "ready"
    studio.run(studio.orchestrator.start_broadcast())
    assert studio.state == "live"
    snapshot = studio.orchestrator.get_snapshot()
    assert snapshot.host == (True, True)
    assert snapshot.producer.is_active is True
    assert snapshot.live_feed.is_live is True
    assert snapshot.session.is_active is True


def test_the_example_of_the_readme_runs() -> None:
    """Ten lines tell a story: a start that fails, is rolled back, and is given again after a recover."""
    studio = Studio(seed=7, latency={"host.*": 400}, faults=[Fault("producer.start", "lost_reply", first=1)])

    def evening() -> Script:
        yield studio.orchestrator.initialize()
        with pytest.raises(CommandFailed) as failed:
            yield studio.orchestrator.start_broadcast("session-1")
        assert str(failed.value.cause) == "producer.start failed: connection lost"
        yield studio.orchestrator.recover()
        yield studio.orchestrator.start_broadcast("session-1")

    studio.run(evening())
    assert studio.snapshot.computed.is_broadcasting
    assert [entry.target for entry in studio.history] == [
        "initializing",
        "ready",
        "starting",
        "error",
        "idle",
        "initializing",
        "ready",
        "starting",
        "live",
    ]
