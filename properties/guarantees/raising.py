"""Rules that raise: whatever they raise is a violation, since whoever waits for the command would wait for ever."""

from broadcast_orchestrator.model.turn import IllegalTransition
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.sim.world.trace import in_one_line


def raised_violation(raised: Exception) -> Violation:
    """What is broken where rules raise: the table (G1) where they ask for a change that it forbids, else that whatever
    begins ends (G7)."""
    if isinstance(raised, IllegalTransition):
        return Violation("G1", str(raised), key="leaves the table")
    return Violation("G7", f"the core raises {in_one_line(raised)}", key="raises")
