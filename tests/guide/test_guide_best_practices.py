"""The guide's heading Best Practices: what a user's own suite can rely on."""

import pytest

from broadcast_orchestrator.model import CommandRefused
from broadcast_orchestrator.sim import Fault, Studio
from broadcast_orchestrator.sim.world.steps import Flip


def test_transitions_can_be_tested_with_the_services() -> None:
    """BP-1: a test of a user can make a service fail, and look at the transitions that follow."""
    studio = Studio(faults=[Fault("producer.start", "hang")])
    studio.run(studio.orchestrator.initialize())
    studio.orchestrator.start_broadcast()
    studio.settle()
    assert [str(entry.target) for entry in studio.history] == ["initializing", "ready", "starting", "error"]


def test_only_the_orchestrator_switches_the_stores() -> None:
    """BP-2: without a bypass no service changes but by a call; a bypass is in the trace as the fault that it is."""
    studio = Studio()
    studio.run(studio.orchestrator.initialize())
    studio.run(studio.orchestrator.start_broadcast())
    assert not [line for line in studio.trace.lines if getattr(line.step, "fault", "")]
    studio.bypass("host")
    assert studio.trace.lines[-1].step == Flip("host")


@pytest.mark.parametrize(
    "commands", [(), ("initialize",), ("initialize", "start_broadcast"), ("initialize", "emergency_stop")]
)
def test_can_start_tells_whether_a_start_is_accepted(commands: tuple[str, ...]) -> None:
    """BP-3: a start given when can_start is true is accepted; else it is refused."""
    studio = Studio()
    for command in commands:
        studio.run(getattr(studio.orchestrator, command)())
    possible, accepted = studio.orchestrator.can_start_broadcast(), True
    try:
        studio.run(studio.orchestrator.start_broadcast())
    except CommandRefused:
        accepted = False
    assert accepted is possible is (commands == ("initialize",))
