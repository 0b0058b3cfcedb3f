"""What follows worlds by their choices: one look-up for the faults, and one a service for its next digit."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.sim.explore.compiling.choices import ChoiceTable
from broadcast_orchestrator.sim.explore.compiling.open_choices import OpenChoices
from broadcast_orchestrator.sim.explore.compiling.recorder import run
from broadcast_orchestrator.sim.explore.compiling.stance_choices import StanceChoices
from broadcast_orchestrator.sim.explore.fault_record import Apart
from broadcast_orchestrator.sim.explore.lazy_tables import Layers, StepTable
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


class PartSteps:
    """What follows parts of worlds: what a program makes of a service's digit or of a ledger, and a fault of a record.
    There are at most `limit` faults, those told `apart` at one place, and at most `older` calls a service that nobody
    waits for any more."""

    def __init__(self, numbers: WorldNumbers, choices: StanceChoices, limit: int, apart: Apart, older: int) -> None:
        self._numbers, self._choices, self._table = numbers, choices, choices.table
        self._limit, self._apart, self._older = limit, apart, older

    def runner(self, at: int) -> Callable[[int, int], int]:
        """What a program makes of a digit."""
        locals_, programs = self._numbers.locals[at], self._table.programs[at]

        def fill(program: int, digit: int) -> int:
            following = run(programs.values[program], locals_.values[digit])
            if following is None:
                return IMPOSSIBLE
            older = sum(not service_state.is_awaited(following, flight) for flight in range(len(following.flights)))
            return BEYOND if older > self._older else locals_.number(following)

        return fill

    def written(self, program: int, ledger: int) -> int:
        """What a program makes of a ledger."""
        return self._choices.written(program, ledger)

    def spender(self, fault: int, record: int) -> int:
        """What a fault makes of a record."""
        column, records = self._table.faults.values[fault], self._numbers.records
        following = column and self._apart.after(records.values[record], column, self._limit)
        return records.number(following) if following else IMPOSSIBLE


class Following:
    """Follows the choices of worlds, as far as faults and services let them (`steps`)."""

    def __init__(self, numbers: WorldNumbers, table: ChoiceTable, opened: OpenChoices, steps: PartSteps) -> None:
        self._numbers, self._table, self._opened, self._steps = numbers, table, opened, steps
        self._layers = Layers(len(SERVICES))
        self._moves = [StepTable(self._layers, at) for at in range(len(SERVICES))]
        self._spend, self._written, self._controls = StepTable(), StepTable(), StepTable()

    def of(self, whole: Parts, which: Numbers, lists: Numbers) -> Successors:
        """Open the lists of choices of `which` of the worlds, and follow each choice. Raises FieldFull, after which the
        keys are to be written anew."""
        native = machine_code(len(which))
        return self._by_arrays(whole, which, lists) if native is None else self._by_loops(whole, which, lists, native)

    def _by_arrays(self, whole: Parts, which: Numbers, lists: Numbers) -> Successors:
        origins, choices = self._opened.lists.open(lists)
        origins = which[origins]
        targets, faults, *programs, written = self._table.outcomes().T
        spent, fault = whole.records[origins], faults[choices]
        costly = np.flatnonzero(fault)
        if len(costly):
            spent[costly] = self._spend.numbers(fault[costly], spent[costly], self._steps.spender)
            fits = np.flatnonzero(spent >= 0)
            origins, choices, spent = origins[fits], choices[fits], spent[fits]
        digits: list[Numbers] = []
        beyond = 0
        for at in range(len(SERVICES)):
            program = programs[at][choices]
            following = whole.digits[at][origins]
            moved = np.flatnonzero(program)
            following[moved] = self._moves[at].numbers(program[moved], following[moved], self._steps.runner(at))
            digits.append(following)
            possible = np.flatnonzero(following >= 0)
            if len(possible) < len(following):
                beyond += int(np.count_nonzero(following == BEYOND))
                origins, choices, spent = origins[possible], choices[possible], spent[possible]
                digits = [each[possible] for each in digits]
        controls, target = whole.controls[origins], targets[choices]
        leads = np.flatnonzero(target != SAME)
        if len(leads):
            controls[leads] = self._led(controls[leads], target[leads], written[choices[leads]])
        return Successors(self._numbers.keys(Parts(controls, spent, digits)), origins, choices, beyond)

    def _led(self, controls: Numbers, stances: Numbers, programs: Numbers) -> Numbers:
        """The controls to which these lead, with other stances, and ledgers as programs make them."""
        ledgers, writes = self._opened.ledgers()[controls], np.flatnonzero(programs)
        if len(writes):
            ledgers[writes] = self._written.numbers(programs[writes], ledgers[writes], self._steps.written)
        return self._controls.numbers(stances, ledgers, self._opened.control)

    def _by_loops(self, whole: Parts, which: Numbers, lists: Numbers, native: MachineCode) -> Successors:
        """The same, way by way. What meets a cell that is not filled is followed again. The tables are filled in their
        order, so that everything gets the number that it gets above."""
        starts, items = self._opened.lists.laid_out()
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
        steps, services = self._steps, len(self._moves)
        if table == 0:
            self._spend.fill(rows, columns, steps.spender)
        elif table <= services:
            self._moves[table - 1].fill(rows, columns, steps.runner(table - 1))
        elif table == services + 1:
            self._written.fill(rows, columns, steps.written)
        elif table == services + 2:
            self._controls.fill(rows, columns, self._opened.control)
        else:
            self._numbers.give_numbers(table - services - 3, rows, columns)

    def leading(self, controls: Numbers, choices: Numbers) -> tuple[Numbers, Numbers]:
        """Where choices beside these controls lead to another control, as far as that is known: the one before, and the
        one after."""
        targets, written = self._table.targets()[choices], self._table.outcomes()[choices, -1]
        leads = np.flatnonzero(targets != SAME)
        before, after = controls[leads], self._opened.ledgers()[controls[leads]]
        writes = np.flatnonzero(written[leads])
        after[writes], _ = self._written.look_up(written[leads][writes], after[writes])
        known = np.flatnonzero(after >= 0)
        after, _ = self._controls.look_up(targets[leads][known], after[known])
        reached = np.flatnonzero(after >= 0)
        return before[known][reached], after[reached]

    def _laid_out(self, whole: Parts) -> tuple[Numbers | Cells, ...]:
        of_controls = self._opened.ledgers(), self._written.cells, self._controls.cells
        own = self._spend.cells, self._layers.cells, *of_controls
        return whole.rows, self._table.outcomes(), *own, *self._numbers.tables()
