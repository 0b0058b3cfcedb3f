"""The guide's heading Quick Start: a dashboard that initializes, and one toggle."""

import pytest

from broadcast_orchestrator.model import CommandFailed
from broadcast_orchestrator.model.api import hooks
from broadcast_orchestrator.sim import Fault, Studio
from broadcast_orchestrator.sim.simulate.studio import Script


def toggle(studio: Studio) -> Script:
    """What a click on the one button does."""
    snapshot = studio.snapshot
    if hooks.is_broadcasting(snapshot):
        yield studio.orchestrator.stop_broadcast()
    elif hooks.can_start(snapshot):
        yield studio.orchestrator.start_broadcast()


def test_a_dashboard_that_initializes_reaches_ready() -> None:
    """QS-1: one initialize at the mount is all that it takes."""
    studio = Studio()
    studio.orchestrator.initialize()
    studio.settle()
    assert studio.state == "ready"


def test_one_toggle_serves_both_ways() -> None:
    """QS-2: blocked in idle, it starts in ready, stops in live, and starts again."""
    studio = Studio()
    studio.run(toggle(studio))
    assert studio.history == ()
    studio.run(studio.orchestrator.initialize())
    ends = []
    for _ in range(3):
        studio.run(toggle(studio))
        ends.append(str(studio.state))
    assert ends == ["live", "ready", "live"]


def test_a_failed_toggle_raises_and_leaves_its_text() -> None:
    """QS-3: the step's failure reaches the caller, and stays in the error."""
    studio = Studio(faults=[Fault("host.start", "refuse"), Fault("session.end", "refuse")])
    studio.run(studio.orchestrator.initialize())
    with pytest.raises(CommandFailed, match=r"host.start failed: refused"):
        studio.run(toggle(studio))
    assert hooks.error(studio.snapshot) == "host.start failed: refused; session.end failed: refused"
