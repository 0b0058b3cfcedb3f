"""Choices in groups: those that lead from one stance to the same one, and do the same to the ledger and to all services
but their own.

What the choices of a group make of their own service is one relation: classes of its digits (`digit_classes`), and the
programs that digits of each are led on by. So a group is followed for a whole set of worlds at once. Groups and
relations grow as cells are opened: lists of choices beside a stance and what is on offer (`met_ledgers`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from broadcast_orchestrator.sim.explore.compiling.offers import OfferedMove, Offers, place_number
from broadcast_orchestrator.sim.explore.compiling.stance_choices import StanceChoices
from broadcast_orchestrator.sim.explore.diagrams.digit_classes import DigitClass, DigitClasses
from broadcast_orchestrator.sim.explore.diagrams.met_ledgers import MetLedgers
from broadcast_orchestrator.sim.explore.lazy_tables import Columns, Growing, Interned
from broadcast_orchestrator.sim.explore.loops.chosen import DiagramCode
from broadcast_orchestrator.sim.explore.loops.diagrams import (
    AMPLE,
    CENTRAL,
    CHAIN,
    UNTOLD,
    Flags,
    Rules,
    cell_of,
)
from broadcast_orchestrator.sim.explore.loops.native import FAULT, PROGRAMS, UNKNOWN, Numbers
from broadcast_orchestrator.sim.explore.moves import LEVELS, Moves, service_at
from broadcast_orchestrator.sim.world.faults import PLACES

NO_CHAIN = (LEVELS, 0, UNKNOWN, 0)
"""Chain 0, which does nothing."""


class Cell(NamedTuple):
    """A list of choices that is wanted: of what kind, beside which stance (or place), at which level, for a digit."""

    what: int
    row: int
    level: int
    digit: int


class GroupKey(NamedTuple):
    """What the choices of a group have in common: the cells that they are in but for the class of digits, where they
    lead, what they cost, what they do to the ledger and to the other services (a chain), and whether the judge sees a
    violation in them."""

    what: int
    row: int
    level: int
    target: int
    fault: int
    others: int
    violates: bool


class OpenCell(NamedTuple):
    """A cell, the class of its digit, and the number of the list of its choices."""

    cell: Cell
    classed: DigitClass
    number: int


class Joining(NamedTuple):
    """Choices that are new in a cell."""

    opened: OpenCell
    choices: list[int]


NO_CLASS = DigitClass([], 0, {0: 0})
"""That of cells about no service, whose choices have no service of their own."""


Groups = dict[int, tuple[int, int]]
"""By choice its group, and its program for its own service."""

NO_GROUP = UNKNOWN, 0
"""Until the group of a choice is known."""


class ChoiceGroups:
    """The groups of all choices that were met, laid out for the loops; `lists` are those of the cells that were opened.
    `parts` is what each choice does: its program for its own service, a chain for the ledger and the others, and its
    fault; `most`, how many entries a relation has at most for one class."""

    def __init__(self, choices: StanceChoices, offers: Offers, moves: Moves, code: DiagramCode) -> None:
        self._stances, self._offers, self._moves, self._code = choices, offers, moves, code
        self._untold, self._central, self._ample = int(UNTOLD), int(CENTRAL), int(AMPLE)
        self._met, self.classes = MetLedgers(choices), DigitClasses(offers, moves)
        self.lists = list[list[int]]()
        self._with = defaultdict[tuple[int, int], list[OpenCell]](list)
        self.parts = _filled(1 << 10, 3)
        self._others, self._programs = dict[tuple[int, ...], int](), dict[int, tuple[int, ...]]()
        self._chains, self._relations = Interned[tuple[int, ...]](), Interned[tuple[int, ...]]()
        self._chain_rows, self._relation_rows, self._entries = Columns(4), Columns(4), Growing()
        self.most = 1
        self._chain(NO_CHAIN)
        self._groups: dict[tuple[int, ...], int] = {}
        self._keys, self._members = list[GroupKey](), list[list[int]]()
        self._joined = defaultdict[tuple[int, int], Groups](dict)
        self._known_chains: dict[tuple[int, int, int], int] = {}
        self._stale: dict[int, None] = {}
        self.groups, self.heads = _filled(1 << 10, 5), _filled(64, 1 + LEVELS)
        self.unheard, self.places = _filled(len(PLACES)), _filled(0)
        self.calm: Flags = np.zeros(0, dtype=np.bool_)
        self.opened, self._count = _filled(1 << 12, 2), 0

    # -- What the loops go by -----------------------------------------------------------------------

    def rules(self) -> Rules:
        """What groups do to services, as it stands."""
        return Rules(
            self._chain_rows.rows(),
            self._relation_rows.rows(),
            self._entries.array(),
            self.classes.cells,
            self._moves.cells,
        )

    def keeping(self, levels: Iterable[int], row: int, kept: int) -> int:
        """The chain that keeps the worlds with digits of this class, in this row, at each of these levels."""
        chain, same = 0, self._numbered((row, kept << 32))
        for level in sorted(levels, reverse=True):
            chain = self._chain((level, 0, same, chain))
        return chain

    def know_stances(self) -> None:
        """Make room for the stances that there are, and note the place of each, and whether nothing is under way."""
        count = len(self._stances.parts.stances.values)
        new = [self._stances.seen(stance).core.procedure for stance in range(len(self.places), count)]
        self.heads = _roomy(self.heads, count)
        self.places = np.append(self.places, [place_number(each) for each in new]).astype(np.int64)
        self.calm = np.append(self.calm, [each is None for each in new]).astype(np.bool_)

    # -- Opening cells ------------------------------------------------------------------------------

    def open(self, cells: Iterable[Cell]) -> None:
        """Put the choices of these cells into groups, and their lists into `opened`, where they are not yet."""
        opened, joining = dict[int, int](), list[Joining]()
        for cell in cells:
            central = cell.what == self._central
            classed = NO_CLASS if central else self.classes.of(cell.level, self._place_of(cell), cell.digit)
            number = cell_of(cell.what, cell.row, cell.level, cell.digit if central else classed.offer, LEVELS)
            if number not in opened and self._code.list_of(self.opened, number) == UNKNOWN:
                opened[number] = len(self.lists)
                joining += self._choices_met(cell) if central else self._choices_on_offer(cell, classed)
        self._know_groups(joining)
        for each in joining:
            self._join(*each)
        self._put_lists(list(opened.items()))

    def _choices_met(self, cell: Cell) -> list[Joining]:
        """The choices of no service beside a stance and a ledger that is met there first, and those that only now are
        among what was on offer."""
        new, central = self._met.meet(cell.row, cell.digit), OpenCell(cell, NO_CLASS, len(self.lists))
        self.lists.append(self._stances.central(cell.row, cell.digit))
        joining = [Joining(central, self.lists[-1])]
        for number, added in new.items():
            for each in self._with[cell.row, number]:
                self.lists[each.number] += added
                joining.append(Joining(each, added))
        return joining

    def _choices_on_offer(self, cell: Cell, classed: DigitClass) -> list[Joining]:
        """The choices of what is on offer."""
        opened, offered = OpenCell(cell, classed, len(self.lists)), self._offers.known[classed.offer]
        others = offered.ample if cell.what == self._ample else offered.told
        moves, at = offered.untold if cell.what == self._untold else others, service_at(cell.level)
        self.lists.append([choice for each in moves for choice in self._choices_of(cell, at, each)])
        for each in moves:
            if self._met.may_grow(cell.row, each):
                self._with[cell.row, each.number].append(opened)
        return [Joining(opened, self.lists[-1])]

    def _choices_of(self, cell: Cell, at: int, offered: OfferedMove) -> list[int]:
        if offered.said is None:
            return [self._stances.unheard(at, offered)]
        return self._met.heard(cell.row, at, offered)

    def _put_lists(self, new: list[tuple[int, int]]) -> None:
        """Remember the lists of these cells, once groups do what their new choices do."""
        for group in self._stale:
            self.groups[group, CHAIN] = self._chain_of_group(group)
        self._stale.clear()
        self._count += len(new)
        if 2 * self._count > len(self.opened):
            before = self.opened[self.opened[:, 0] != UNKNOWN]
            self.opened = _filled(1 << (3 * self._count).bit_length(), 2)
            self._code.put_lists(self.opened, before)
        self._code.put_lists(self.opened, np.array(new, dtype=np.int64).reshape(-1, 2))

    def _place_of(self, cell: Cell | GroupKey) -> int:
        return cell.row if cell.what == self._untold else int(self.places[cell.row])

    def _know_groups(self, joining: Iterable[Joining]) -> None:
        """Know the group of each of these choices."""
        new = list[tuple[int, Cell, Groups]]()
        for (cell, _, _), choices in joining:
            joined = self._joined[cell.what, cell.row]
            for choice in choices:
                if choice not in joined:
                    joined[choice] = NO_GROUP
                    new.append((choice, cell, joined))
        if not new:
            return
        choices = [choice for choice, _, __ in new]
        outcomes, violating = self._stances.table.outcomes()[choices], self._stances.table.violating()[choices]
        programs, central = outcomes[:, PROGRAMS:], np.array([cell.what == self._central for _, cell, __ in new])
        which, services = np.arange(len(new)), np.array([service_at(cell.level) for _, cell, __ in new])
        own = np.where(central, 0, programs[which, services])
        programs[which[~central], services[~central]] = 0
        others = [self._known_others(tuple(each)) for each in programs.tolist()]
        self.parts = _roomy(self.parts, max(choices) + 1)
        self.parts[choices] = np.column_stack([own, others, outcomes[:, FAULT]])
        facts = zip(new, outcomes[:, :PROGRAMS].tolist(), others, violating.tolist(), own.tolist(), strict=True)
        for (choice, cell, joined), (target, fault), chain, violates, program in facts:
            key = (cell.what, cell.row, cell.level, target, fault, chain, violates)
            group = self._groups.get(key)
            if group is None:
                group = self._new_group(GroupKey(*key))
            joined[choice] = group, program

    def _known_others(self, programs: tuple[int, ...]) -> int:
        """The chain of what choices do to the services that are not their own."""
        chain = self._others.get(programs)
        if chain is None:
            chain = self._others[programs] = self._chain_of(programs)
            self._programs[chain] = programs
        return chain

    def _join(self, opened: OpenCell, choices: list[int]) -> None:
        """Let choices of a cell each join its group."""
        cell, classed, _ = opened
        joined = self._joined[cell.what, cell.row]
        for choice in choices:
            group, own = joined[choice]
            entry = classed.entries.get(own)
            self._members[group].append(self.classes.entry(cell.level, classed, own) if entry is None else entry)
            self._stale[group] = None

    def _new_group(self, key: GroupKey) -> int:
        group = self._groups[key] = len(self._keys)
        self._keys.append(key)
        self._members.append([])
        self.groups = _roomy(self.groups, group + 1)
        column = 1 + key.level if key.what == AMPLE else 0
        heads = self.unheard[key.row : key.row + 1] if key.what == UNTOLD else self.heads[key.row, column : column + 1]
        self.groups[group] = 0, key.target, key.fault, key.violates, heads[0]
        heads[0] = group
        return group

    def _chain_of_group(self, group: int) -> int:
        key = self._keys[group]
        if key.what == self._central:
            return key.others
        relation = self._relation(group)
        chain = self._known_chains.get((key.others, key.level, relation))
        if chain is None:
            chain = self._chain_of(self._programs[key.others], key.level, relation)
            self._known_chains[key.others, key.level, relation] = chain
        return chain

    def _chain_of(self, others: tuple[int, ...], own: int = UNKNOWN, relation: int = UNKNOWN) -> int:
        """The chain of these programs, and of the relation at the level of the choices' own service."""
        chain = 0
        for level in reversed(range(LEVELS)):
            program = others[service_at(level)]
            if level == own:
                chain = self._chain((level, 0, relation, chain))
            elif program:
                chain = self._chain((level, program, UNKNOWN, chain))
        return chain

    def _chain(self, chain: tuple[int, ...]) -> int:
        number = self._chains.number(chain)
        if number == len(self._chain_rows):
            self._chain_rows.add(chain)
        return number

    def _relation(self, group: int) -> int:
        """The relation of a group."""
        members = self._members[group] = sorted(set(self._members[group]))
        return self._numbered((self._place_of(self._keys[group]), *members))

    def _numbered(self, relation: tuple[int, ...]) -> int:
        """The number of a relation: a row of classes, and in order its entries, each a class and a program."""
        number = self._relations.number(relation)
        if number == len(self._relation_rows):
            row, *entries = relation
            most = max(Counter([entry >> 32 for entry in entries]).values())
            self.most = max(self.most, most)
            self._relation_rows.add((len(self._entries), len(entries), row, most))
            self._entries.extend(entries)
        return number


def _filled(*shape: int) -> Numbers:
    return np.full(shape, UNKNOWN, dtype=np.int64)


def _roomy(numbers: Numbers, rows: int) -> Numbers:
    """The numbers with room for so many rows."""
    if rows <= len(numbers):
        return numbers
    grown = _filled(2 * rows, *numbers.shape[1:])
    grown[: len(numbers)] = numbers
    return grown
