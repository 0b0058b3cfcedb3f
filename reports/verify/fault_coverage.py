"""Where each fault really struck: without that a column of the matrix would prove nothing."""

from collections.abc import Iterable
from typing import NamedTuple

from broadcast_orchestrator.properties.guarantees.verdicts import ANYWHERE, Cell
from broadcast_orchestrator.properties.model_check.cells import places_of
from broadcast_orchestrator.sim.world.faults import FAULTS, NONE, PLACES


class Strikes(NamedTuple):
    """One fault class and, for each of the places of the table, how many explored steps were such a fault there: 0
    where it was out of reach, None where it cannot hit at all."""

    fault_class: str
    at: tuple[int | None, ...]

    @property
    def total(self) -> int:
        """How many there were in all."""
        return sum(count or 0 for count in self.at)


COLUMNS = (*PLACES, ANYWHERE)
"""The places of the table; the last is for faults that hit a service and no call."""


def strikes(cells: Iterable[Cell]) -> tuple[Strikes, ...]:
    """A line for each fault class among the cells, in the order of the matrix's columns."""
    counts = {(cell.fault_class, cell.place): cell.happened for cell in cells}
    classes = {fault for fault, _ in counts}
    return tuple(
        Strikes(fault.id, tuple(counts.get((fault.id, p), 0) if p in places_of(fault.id) else None for p in COLUMNS))
        for fault in FAULTS
        if fault.id in classes and fault.id != NONE
    )
