"""What follows worlds by their choices: one look-up for the faults, and one a service for its next digit."""

from typing import NamedTuple

import numpy as np

from broadcast_orchestrator.sim.explore.compiling.choices import ChoiceTable
from broadcast_orchestrator.sim.explore.compiling.open_choices import OpenChoices
from broadcast_orchestrator.sim.explore.lazy_tables import StepTable
from broadcast_orchestrator.sim.explore.loops.chosen import MachineCode, machine_code
from broadcast_orchestrator.sim.explore.loops.native import BEYOND, SAME, Cells, Numbers
from broadcast_orchestrator.sim.explore.moves import LEDGER_LEVEL, LEVELS, SERVICE_LEVELS, Moves, service_at
from broadcast_orchestrator.sim.explore.world_numbers import Keys, Parts, WorldNumbers


class Successors(NamedTuple):
    """The worlds that follow some worlds: their keys, where each came from, by which choice, and how many more there
    are beyond the bounds."""

    keys: Keys
    origins: Numbers
    choices: Numbers
    beyond: int


class Following:
    """Follows the choices of worlds, as far as faults and services let them (`moves`)."""

    def __init__(self, numbers: WorldNumbers, table: ChoiceTable, opened: OpenChoices, moves: Moves) -> None:
        self._numbers, self._table, self._opened, self._moves = numbers, table, opened, moves
        self._controls = StepTable()

    def of(self, whole: Parts, which: Numbers, lists: Numbers) -> Successors:
        """Open the lists of choices of `which` of the worlds, and follow each choice. Raises FieldFull, after which the
        keys are to be written anew."""
        native = machine_code(len(which))
        return self._by_arrays(whole, which, lists) if native is None else self._by_loops(whole, which, lists, native)

    def _by_arrays(self, whole: Parts, which: Numbers, lists: Numbers) -> Successors:
        moves = self._moves
        origins, choices = self._opened.lists.open(lists)
        origins = which[origins]
        targets, faults, *programs, written = self._table.outcomes().T
        spent, fault = whole.records[origins], faults[choices]
        costly = np.flatnonzero(fault)
        if len(costly):
            spent[costly] = moves.spends.numbers(fault[costly], spent[costly], moves.spender)
            fits = np.flatnonzero(spent >= 0)
            origins, choices, spent = origins[fits], choices[fits], spent[fits]
        digits: list[Numbers] = []
        beyond = 0
        for level in SERVICE_LEVELS:
            program = programs[service_at(level)][choices]
            following = self._moved(level, program, whole.digits[service_at(level)][origins])
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
        ledgers = self._moved(LEDGER_LEVEL, programs, self._opened.ledgers()[controls])
        return self._controls.numbers(stances, ledgers, self._opened.control)

    def _moved(self, level: int, programs: Numbers, digits: Numbers) -> Numbers:
        """What programs make of these digits, which are changed; number 0 leaves them as they are."""
        moved = np.flatnonzero(programs)
        if len(moved):
            filler = self._moves.filler(level)
            digits[moved] = self._moves.tables[level].numbers(programs[moved], digits[moved], filler)
        return digits

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
        moves, controls = self._moves, LEVELS + 1
        if table == 0:
            moves.spends.fill(rows, columns, moves.spender)
        elif table < controls:
            level = table % LEVELS  # the ledger comes after the services
            moves.tables[level].fill(rows, columns, moves.filler(level))
        elif table == controls:
            self._controls.fill(rows, columns, self._opened.control)
        else:
            self._numbers.give_numbers(table - controls - 1, rows, columns)

    def leading(self, controls: Numbers, choices: Numbers) -> tuple[Numbers, Numbers]:
        """Where choices beside these controls lead to another control, as far as that is known: the one before, and the
        one after."""
        targets, written = self._table.targets()[choices], self._table.outcomes()[choices, -1]
        leads = np.flatnonzero(targets != SAME)
        before, after = controls[leads], self._opened.ledgers()[controls[leads]]
        writes = np.flatnonzero(written[leads])
        after[writes], _ = self._moves.tables[LEDGER_LEVEL].look_up(written[leads][writes], after[writes])
        known = np.flatnonzero(after >= 0)
        after, _ = self._controls.look_up(targets[leads][known], after[known])
        reached = np.flatnonzero(after >= 0)
        return before[known][reached], after[reached]

    def _laid_out(self, whole: Parts) -> tuple[Numbers | Cells, ...]:
        ledger, services = self._moves.cells[LEDGER_LEVEL], self._moves.cells[SERVICE_LEVELS.start :]
        own = self._moves.spends.cells, services, self._opened.ledgers(), ledger, self._controls.cells
        return whole.rows, self._table.outcomes(), *own, *self._numbers.tables()
