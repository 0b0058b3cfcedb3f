"""What follows worlds by their choices: one look-up for the faults, and one a service for its next digit."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.sim.explore.compiling.choices import ChoiceTable
from broadcast_orchestrator.sim.explore.compiling.recorder import run
from broadcast_orchestrator.sim.explore.fault_record import Apart
from broadcast_orchestrator.sim.explore.lazy_tables import Layers, Lists, StepTable
from broadcast_orchestrator.sim.explore.loops.chosen import MachineCode, machine_code
from broadcast_orchestrator.sim.explore.loops.native import BEYOND, IMPOSSIBLE, SAME, Cells, Numbers
from broadcast_orchestrator.sim.explore.world_numbers import Keys, Parts, WorldNumbers
from broadcast_orchestrator.sim.world import service_state


class Successors(NamedTuple):
    """The worlds that follow some worlds: their keys, where each came from, by which choice, and how many more there
    are beyond the bounds."""

    keys: Keys
    origins: Numbers
    choices: Numbers
    beyond: int


class Following:
    """Follows the choices of worlds, as far as faults and services let them: at most `limit` faults, those told `apart`
    at one place, and at most `older` calls a service that nobody waits for any more."""

    def __init__(
        self, numbers: WorldNumbers, table: ChoiceTable, lists: Lists, limit: int, apart: Apart, older: int
    ) -> None:
        self._numbers, self._table, self._lists = numbers, table, lists
        self._limit, self._apart, self._older = limit, apart, older
        self.layers = Layers(len(SERVICES))
        self._moves = [StepTable(self.layers, at) for at in range(len(SERVICES))]
        self._spend = StepTable()

    def move(self, at: int, program: int, digit: int) -> int:
        """The digit that a program makes of one of a service; or why there is none."""
        return self._moves[at].number(program, digit, self._runner(at))

    def spend(self, fault: int, record: int) -> int:
        """The record that a fault makes of one; or that there is none."""
        return self._spend.number(fault, record, self._spender)

    def spendings(self) -> Cells:
        """All records that are known to follow: a row a fault, a column a record."""
        return self._spend.cells

    def of(self, whole: Parts, which: Numbers, lists: Numbers) -> Successors:
        """Open the lists of choices of `which` of the worlds, and follow each choice. Raises FieldFull, after which the
        keys are to be written anew."""
        native = machine_code(len(which))
        return self._by_arrays(whole, which, lists) if native is None else self._by_loops(whole, which, lists, native)

    def _by_arrays(self, whole: Parts, which: Numbers, lists: Numbers) -> Successors:
        origins, choices = self._lists.open(lists)
        origins = which[origins]
        targets, faults, *programs = self._table.outcomes().T
        spent, fault = whole.records[origins], faults[choices]
        costly = np.flatnonzero(fault)
        if len(costly):
            spent[costly] = self._spend.numbers(fault[costly], spent[costly], self._spender)
            fits = np.flatnonzero(spent >= 0)
            origins, choices, spent = origins[fits], choices[fits], spent[fits]
        digits: list[Numbers] = []
        beyond = 0
        for at in range(len(SERVICES)):
            program = programs[at][choices]
            following = whole.digits[at][origins]
            moved = np.flatnonzero(program)
            following[moved] = self._moves[at].numbers(program[moved], following[moved], self._runner(at))
            digits.append(following)
            possible = np.flatnonzero(following >= 0)
            if len(possible) < len(following):
                beyond += int(np.count_nonzero(following == BEYOND))
                origins, choices, spent = origins[possible], choices[possible], spent[possible]
                digits = [each[possible] for each in digits]
        target = targets[choices]
        controls = np.where(target == SAME, whole.controls[origins], target)
        return Successors(self._numbers.keys(Parts(controls, spent, digits)), origins, choices, beyond)

    def _by_loops(self, whole: Parts, which: Numbers, lists: Numbers, native: MachineCode) -> Successors:
        """The same, way by way. What meets a cell that is not filled is followed again. The tables are filled in their
        order, so that everything gets the number that it gets above."""
        starts, items = self._lists.laid_out()
        room = np.empty((3, native.length_of(lists, starts)), dtype=np.int64)
        count, beyond, todo, cells = native.follow(which, lists, starts, items, False, *self._laid_out(whole), room)
        ways = room[:, :count]
        while len(todo):
            first = int(cells[:, 0].min())
            _, rows, columns = cells[cells[:, 0] == first].T
            self._fill(first, rows, columns)
            alone, again = np.arange(len(todo) + 1), np.empty((3, len(todo)), dtype=np.int64)
            opened = ways[1, todo], alone[:-1], alone, ways[2, todo]
            _, more, missing, cells = native.follow(*opened, True, *self._laid_out(whole), again)
            ways[0, todo], beyond, todo = again[0], beyond + more, todo[missing]
        if count and ways[0].min() < 0:
            ways = ways[:, ways[0] >= 0]
        keys, origins, choices = ways
        return Successors(keys, origins, choices, beyond)

    def _fill(self, table: int, rows: Numbers, columns: Numbers) -> None:
        """Fill cells of the table that is asked at this place."""
        at = table - 1
        if table == 0:
            self._spend.fill(rows, columns, self._spender)
        elif at < len(self._moves):
            self._moves[at].fill(rows, columns, self._runner(at))
        else:
            self._numbers.give_numbers(at - len(self._moves), rows, columns)

    def _laid_out(self, whole: Parts) -> tuple[Numbers | Cells, ...]:
        return whole.rows, self._table.outcomes(), self._spend.cells, self.layers.cells, *self._numbers.tables()

    def _runner(self, at: int) -> Callable[[int, int], int]:
        """What a program makes of a digit."""
        locals_, programs = self._numbers.locals[at], self._table.programs[at]

        def fill(program: int, digit: int) -> int:
            following = run(programs.values[program], locals_.values[digit])
            if following is None:
                return IMPOSSIBLE
            older = sum(not service_state.is_awaited(following, flight) for flight in range(len(following.flights)))
            return BEYOND if older > self._older else locals_.number(following)

        return fill

    def _spender(self, fault: int, record: int) -> int:
        """What a fault makes of a record."""
        column, records = self._table.faults.values[fault], self._numbers.records
        following = column and self._apart.after(records.values[record], column, self._limit)
        return records.number(following) if following else IMPOSSIBLE
