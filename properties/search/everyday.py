"""The search by Hypothesis beside what happens to a dashboard every day: it is reloaded, sleeps, and is not alone."""

from hypothesis.stateful import precondition, rule

from broadcast_orchestrator.properties.search.machine import BroadcastMachine
from broadcast_orchestrator.sim.world.faults import RELOAD, SECOND_DASHBOARD, SUSPEND
from broadcast_orchestrator.sim.world.steps import Suspend

EVERYDAY = (RELOAD, SECOND_DASHBOARD, SUSPEND)
"""The classes that befall the orchestrator as a whole."""


class EverydayMachine(BroadcastMachine):
    """The search with the three, beside what goes wrong with single calls."""

    fault_classes = (*BroadcastMachine.fault_classes, *EVERYDAY)
    fault_limit = 3

    @precondition(lambda machine: Suspend() in machine.faulty())
    @rule()
    def fall_asleep(self) -> None:
        """A page sleeps: it has a rule of its own, since it seldom matters, and the others often."""
        self.take(Suspend())
