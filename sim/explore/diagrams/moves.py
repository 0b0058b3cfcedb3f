"""What programs make of the digits at each level of a diagram: those of services, and above them that of the ledger."""

from collections.abc import Callable

from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.sim.explore.following import PartSteps
from broadcast_orchestrator.sim.explore.lazy_tables import Layers, StepTable
from broadcast_orchestrator.sim.explore.loops.native import Cells

LEVELS = len(SERVICES) + 1

SERVICE_LEVELS = range(1, LEVELS)
"""The levels that are services'; level 0, on top, is the ledger's (`compiling.ledger`)."""


def service_at(level: int) -> int:
    """Which service lies at a level of a diagram."""
    return level - 1


class Moves:
    """What programs make of digits, and faults of records, filled in where it is asked for."""

    def __init__(self, steps: PartSteps) -> None:
        self._steps = steps
        self._layers = Layers(LEVELS)
        self._tables = [StepTable(self._layers, level) for level in range(LEVELS)]
        self._spend = StepTable()

    @property
    def cells(self) -> Cells:
        """What is known, a layer a level."""
        return self._layers.cells

    def move(self, level: int, program: int, digit: int) -> int:
        """The digit that a program makes of one at this level; or why there is none."""
        fill: Callable[[int, int], int] = self._steps.runner(service_at(level)) if level else self._steps.written
        return self._tables[level].number(program, digit, fill)

    def spend(self, fault: int, record: int) -> int:
        """The record that a fault makes of one; or that there is none."""
        return self._spend.number(fault, record, self._steps.spender)

    def spendings(self) -> Cells:
        """All records that are known to follow: a row a fault, a column a record."""
        return self._spend.cells
