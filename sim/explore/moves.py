"""What follows parts of worlds: a digit by a program, at each level, and a record by a fault, where it is asked for.

Searches world by world and by sets look it up in the same tables.
"""

from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.sim.explore.compiling.recorder import run
from broadcast_orchestrator.sim.explore.compiling.stance_choices import StanceChoices
from broadcast_orchestrator.sim.explore.fault_record import Apart
from broadcast_orchestrator.sim.explore.lazy_tables import Fill, Layers, StepTable
from broadcast_orchestrator.sim.explore.loops.native import BEYOND, IMPOSSIBLE, Cells
from broadcast_orchestrator.sim.explore.world_numbers import WorldNumbers
from broadcast_orchestrator.sim.world import service_state

LEVELS = len(SERVICES) + 1

LEDGER_LEVEL, SERVICE_LEVELS = 0, range(1, LEVELS)
"""The level of the ledger (`compiling.ledger`), and those of services."""


def service_at(level: int) -> int:
    """Which service lies at a level."""
    return level - 1


class Moves:
    """What programs make of digits, in a table for each level, and faults of records, in `spends`. There are at most
    `limit` faults, those told `apart` at one place, and at most `older` calls a service that nobody waits for any
    more."""

    def __init__(self, numbers: WorldNumbers, choices: StanceChoices, limit: int, apart: Apart, older: int) -> None:
        self._numbers, self._choices = numbers, choices
        self._limit, self._apart, self._older = limit, apart, older
        self._layers = Layers(LEVELS)
        self.tables, self.spends = [StepTable(self._layers, level) for level in range(LEVELS)], StepTable()

    @property
    def cells(self) -> Cells:
        """What programs are known to make of digits, a layer a level."""
        return self._layers.cells

    def move(self, level: int, program: int, digit: int) -> int:
        """The digit that a program makes of one at this level; or why there is none."""
        return self.tables[level].number(program, digit, self.filler(level))

    def spend(self, fault: int, record: int) -> int:
        """The record that a fault makes of one; or that there is none."""
        return self.spends.number(fault, record, self.spender)

    def filler(self, level: int) -> Fill:
        """What programs make of digits at this level."""
        if level == LEDGER_LEVEL:
            return self._choices.written
        at = service_at(level)
        locals_, programs = self._numbers.locals[at], self._choices.table.programs[at]

        def fill(program: int, digit: int) -> int:
            following = run(programs.values[program], locals_.values[digit])
            if following is None:
                return IMPOSSIBLE
            older = sum(not service_state.is_awaited(following, flight) for flight in range(len(following.flights)))
            return BEYOND if older > self._older else locals_.number(following)

        return fill

    def spender(self, fault: int, record: int) -> int:
        """What a fault makes of a record."""
        column, records = self._choices.table.faults.values[fault], self._numbers.records
        following = column and self._apart.after(records.values[record], column, self._limit)
        return records.number(following) if following else IMPOSSIBLE
