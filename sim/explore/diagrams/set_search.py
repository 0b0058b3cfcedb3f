"""A search over sets of worlds while it lasts: what the loops go by, and tables filled where they ask for it."""

from typing import Any

import numpy as np

from broadcast_orchestrator.sim.explore.diagrams.choice_groups import Cell, ChoiceGroups
from broadcast_orchestrator.sim.explore.diagrams.digit_classes import AMPLE_SETS
from broadcast_orchestrator.sim.explore.diagrams.node_store import NodeStore, check_width
from broadcast_orchestrator.sim.explore.explorer import Progress
from broadcast_orchestrator.sim.explore.loops.chosen import DiagramCode
from broadcast_orchestrator.sim.explore.loops.diagrams import (
    DONE,
    HELD,
    ITS_WORLDS,
    MOVE,
    NO_ROOM,
    SPEND,
    VIOLATED,
    WANTED,
    WANTS,
    WORLDS,
    Choices,
    Marks,
    Sets,
)
from broadcast_orchestrator.sim.explore.loops.native import Numbers
from broadcast_orchestrator.sim.explore.moves import LEVELS, SERVICE_LEVELS, service_at
from broadcast_orchestrator.sim.explore.state_space import StateSpace
from broadcast_orchestrator.sim.world.world import World

ROOM_FOR_WANTED = 1 << 16
"""How many cells can be asked for at once: more are asked for again."""


class SetSearch:
    """A search while it lasts; `groups` are those of an earlier one over the same space."""

    def __init__(self, space: StateSpace, code: DiagramCode, groups: ChoiceGroups | None = None) -> None:
        self.space, self.code, self.numbers = space, code, space.numbers
        self.nodes = NodeStore(code)
        self.groups = groups or ChoiceGroups(space.stances, space.offers, space.moves, code)
        self.choices, self.moves = space.stances, space.moves
        self.sets = Sets(
            reached=np.zeros((64, 4), dtype=np.int64),
            todo=np.zeros((64, 4), dtype=np.int64),
            waiting=np.zeros((64, 4), dtype=np.bool_),
            held=np.zeros((ROOM_FOR_WANTED, 4), dtype=np.int64),
        )
        self.marks = _marks(nodes=1, digits=1, classes=1)
        self.ample, self.tame = (
            np.array([0, *[self.groups.keeping([level], AMPLE_SETS, kept) for level in SERVICE_LEVELS]])
            for kept in (1, 0)
        )
        self.wanted, self.state = np.zeros((ROOM_FOR_WANTED, 4), dtype=np.int64), np.zeros(5, dtype=np.int64)
        self._order, self._ordered = np.zeros(0, dtype=np.int64), 0
        self._known_digits = [0] * LEVELS

    def begin(self, start: World) -> None:
        """All that is to be done is the world that it begins in."""
        control, record, digits = self.numbers.numbered(start, self.space.judge.start)
        stance, ledger = self.choices.split(self.numbers.controls.values[control])
        self.grow()
        self.sets.reached[stance, record] = self.sets.todo[stance, record] = self.nodes.single([ledger, *digits])

    def run(self, progress: Progress = lambda states, rounds: None) -> bool:
        """Go on until nothing is left to do; whether it came to that, within the bounds, and no step is wrong."""
        rounds = 0
        while True:
            answer = self.sweep()
            if answer == NO_ROOM:
                self.make_room()
            elif answer == WANTED:
                self.fill()
                rounds += 1
                progress(self.states(), rounds)
            limit = self.space.bounds.states
            if answer == VIOLATED or (limit is not None and self.states() > limit):
                return False
            if answer == DONE:
                return True

    def sweep(self) -> int:
        """Go on until something is in the way, the records in the order of their faults: no step takes a fault back."""
        at_hand, order, records = self.at_hand(), self.order(), self.numbers.records.values
        for record in sorted(range(len(records)), key=lambda at: records[at].total):
            answer = int(self.code.sweep(*at_hand, order, record, self.wanted, self.state))
            if answer != DONE:
                return answer
        return DONE

    # -- What the loops go by -----------------------------------------------------------------------

    def at_hand(self) -> tuple[Any, ...]:
        """The nodes, the rules, the choices, the sets and the marks, as they stand."""
        groups = self.groups
        settled = self.space.settled.of(np.arange(len(self.numbers.records.values))) != 0
        spend = self.moves.spends.cells
        choices = Choices(
            groups.groups,
            groups.heads,
            groups.unheard,
            groups.places,
            groups.opened,
            spend,
            settled,
            self.ample,
            self.tame,
        )
        return self.nodes.store, groups.rules(), choices, self.sets, self.marks

    def order(self) -> Numbers:
        """The stances, in the order in which they are taken: in that of what leads to what, as far as that is known;
        those that were met since come last, and where they are many, it is worked out anew."""
        stances = len(self.choices.parts.stances.values)
        if 50 * (stances - self._ordered) > stances:
            self._order, stack = np.zeros(stances, dtype=np.int64), np.zeros((stances, 4), dtype=np.int64)
            self.code.in_postorder(self.at_hand()[2], stances, self._order, stack)
            self._ordered = stances
        else:
            self._order = np.append(self._order, np.arange(len(self._order), stances))
        return self._order

    def states(self) -> int:
        """How many worlds were reached."""
        return int(self.nodes.weights(self.sets.reached).sum())

    # -- Filling tables -----------------------------------------------------------------------------

    def fill(self) -> None:
        """Fill the cells that are wanted."""
        cells = list[Cell]()
        for what, row, level, digit in self.wanted[: self.state[WANTS]].tolist():
            if what == MOVE:
                self.moves.move(row, level, digit)
            elif what == SPEND:
                self.moves.spend(row, digit)
            else:
                cells.append(Cell(what, row, level, digit))
        self.groups.open(cells)
        self.state[WANTS] = 0
        self.sets.waiting[:] = False
        self.grow()

    def grow(self) -> None:
        """Make room for all stances, records, digits and nodes, and know which digits have an ample set."""
        stances, records = len(self.choices.parts.stances.values), len(self.numbers.records.values)
        rows, columns = self.sets.reached.shape
        if stances > rows or records > columns:
            wanted = 2 * stances if stances > rows else rows, 2 * records if records > columns else columns
            for name in ("reached", "todo", "waiting"):
                grown = np.zeros(wanted, dtype=getattr(self.sets, name).dtype)
                grown[:rows, :columns] = getattr(self.sets, name)
                self.sets = self.sets._replace(**{name: grown})
        if 2 * self.state[HELD] > len(self.sets.held):
            self.sets = self.sets._replace(held=np.concatenate([self.sets.held, np.zeros_like(self.sets.held)]))
        self.groups.know_stances()
        for level in SERVICE_LEVELS:
            self._know_digits(level)
        digits = max(len(self.choices.parts.ledgers.values), *(len(each.values) for each in self.numbers.locals))
        classes = self.groups.classes.count()
        check_width(digits, self.groups.most)
        nodes, marks = len(self.nodes.store.nodes), self.marks
        if digits > marks.digits.shape[-1] or classes > marks.classes.shape[-1] or nodes > len(marks.nodes):
            self.marks = _marks(nodes, 2 * digits, 2 * classes)

    def make_room(self) -> None:
        """Give up the nodes that nobody needs."""
        held = self.sets.held[: self.state[HELD], ITS_WORLDS]
        self.nodes.make_room([self.sets.reached, self.sets.todo, held, self.state[WORLDS : WORLDS + 1]])
        self.grow()

    def _know_digits(self, level: int) -> None:
        at = service_at(level)
        known, count = self._known_digits[level], len(self.numbers.locals[at].values)
        if count > known:
            self.groups.classes.mark(level, AMPLE_SETS, self.space.has_ample[at].of(np.arange(known, count)), known)
            self._known_digits[level] = count


def _marks(nodes: int, digits: int, classes: int) -> Marks:
    return Marks(
        look=np.zeros(1, dtype=np.int64),
        nodes=np.zeros(nodes, dtype=np.int64),
        digits=np.zeros((LEVELS, digits), dtype=np.int64),
        classes=np.zeros((LEVELS, classes), dtype=np.int64),
        queue=np.zeros(nodes, dtype=np.int64),
        ample=np.zeros(LEVELS, dtype=np.int64),
    )
