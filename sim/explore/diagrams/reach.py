"""Every world that can be reached, as sets: the same worlds as those of the explorer, without their distances.

Worlds that share their control and their record are one set (`loops.diagrams`), and a group of choices leads a whole
set on at once. Records are taken in the order of their faults, since no step takes a fault back, and controls again and
again until nothing new is reached. So a search has no levels, and tells no way to what it finds: that is for `explore`,
over the same space, whose rules are compiled then.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.sim.explore.control import Control
from broadcast_orchestrator.sim.explore.diagrams.choice_groups import LEVELS, Cell, ChoiceGroups, service_at
from broadcast_orchestrator.sim.explore.diagrams.node_store import RESULTS, NodeStore
from broadcast_orchestrator.sim.explore.exploration import Exploration, Found
from broadcast_orchestrator.sim.explore.fault_record import FaultRecord
from broadcast_orchestrator.sim.explore.lazy_tables import SearchTooLarge
from broadcast_orchestrator.sim.explore.loops.chosen import DiagramCode, diagram_code
from broadcast_orchestrator.sim.explore.loops.diagrams import (
    CHILD,
    DONE,
    END,
    FRAMES,
    HELD,
    IMAGE,
    ITS_WORLDS,
    LENGTH,
    MOVE,
    NO_ROOM,
    NOTHING,
    SPEND,
    START,
    WANTED,
    WANTS,
    WORLDS,
    Choices,
    Marks,
    Sets,
    Tally,
)
from broadcast_orchestrator.sim.explore.loops.native import UNKNOWN, Numbers
from broadcast_orchestrator.sim.explore.partial_order import has_ample_set
from broadcast_orchestrator.sim.explore.state_space import StateSpace
from broadcast_orchestrator.sim.explore.symmetry import canonical_world
from broadcast_orchestrator.sim.world.garbage import no_garbage, spare_the_collector
from broadcast_orchestrator.sim.world.service_state import is_still
from broadcast_orchestrator.sim.world.world import World, assemble, local_of

LARGE = 100_000
"""How many worlds make a search after which it pays to spare the garbage collector."""

ROOM_FOR_WANTED = 1 << 16
"""How many cells can be asked for at once: more are asked for again."""

Progress = Callable[[int, int], None]


class Reached(NamedTuple):
    """What was reached: how many `worlds` have each control (a row) and record (a column), how many there are in all,
    how many transitions, what is wrong in worlds at rest, how often each choice of the space can be taken, and how many
    transitions were `beyond` the bounds. Nothing of it is unknown (`cut_off`), and how far away what is `found` lies is
    not asked: it has neither a level nor a key."""

    space: StateSpace
    worlds: Numbers
    states: int
    transitions: int
    found: tuple[Found, ...]
    taken: Numbers
    beyond: int
    depth: int = 0
    cut_off: str = ""

    def controls(self) -> dict[FaultRecord, list[Control]]:
        """Every control that a world has, by the faults behind it."""
        controls, records = self.space.numbers.controls.values, self.space.numbers.records.values
        by_record = ((record, np.flatnonzero(self.worlds[:, at])) for at, record in enumerate(records))
        return {record: [controls[at] for at in which.tolist()] for record, which in by_record if len(which)}

    def worlds_of_controls(self) -> Numbers:
        """How many worlds have each control."""
        counts: Numbers = self.worlds.sum(axis=1)
        return counts


Explored = Exploration | Reached
"""A space that was searched, by levels or by sets."""


def reach(space: StateSpace, start: World, progress: Progress = lambda states, rounds: None) -> Reached | None:
    """Every world that can be reached from `start`. None where that is for `explore` to say: where a step violates
    something, where the space has more parts than there is room for, or no compiler is installed.

    `progress` is told the number of worlds, and how often tables had to be filled.
    """
    code = diagram_code()
    if code is None:
        return None
    search = SetSearch(space, code)
    try:
        with no_garbage():
            search.begin(start)
            finished = search.run(progress)
            reached = search.reached() if finished else None
    except SearchTooLarge:
        return None
    if reached is not None and reached.states > LARGE:
        spare_the_collector()
    return reached


class SetSearch:
    """A search while it lasts; `groups` are those of an earlier one over the same space."""

    def __init__(self, space: StateSpace, code: DiagramCode, groups: ChoiceGroups | None = None) -> None:
        self.space, self.code, self.numbers = space, code, space.numbers
        self.nodes = NodeStore(code)
        self.groups = groups or ChoiceGroups(self.numbers, space.table, space.opened, space.following, code)
        self.sets = Sets(
            reached=np.zeros((64, 4), dtype=np.int64),
            todo=np.zeros((64, 4), dtype=np.int64),
            waiting=np.zeros((64, 4), dtype=np.bool_),
            held=np.zeros((ROOM_FOR_WANTED, 4), dtype=np.int64),
        )
        self.marks = Marks(*(np.zeros(1, dtype=np.int64) for _ in range(4)))
        self.wanted, self.state = np.zeros((ROOM_FOR_WANTED, 4), dtype=np.int64), np.zeros(5, dtype=np.int64)
        self.ample, self.tame = np.zeros(LEVELS, dtype=np.int64), np.zeros(LEVELS, dtype=np.int64)
        self._order, self._ordered = np.zeros(0, dtype=np.int64), 0
        self._has_ample = list[list[list[int]]]([[], []] for _ in range(LEVELS))

    def begin(self, start: World) -> None:
        """All that is to be done is the world that it begins in."""
        world, numbers = canonical_world(start), self.numbers
        control = numbers.controls.number(Control(world.core._replace(views=()), self.space.judge.start))
        record = numbers.records.number(FaultRecord(world.faults))
        digits = [numbers.locals[at].number(local_of(world, service)) for at, service in enumerate(SERVICES)]
        self.grow()
        self.sets.reached[control, record] = self.sets.todo[control, record] = self.nodes.single(digits)

    def run(self, progress: Progress = lambda states, rounds: None) -> bool:
        """Go on until nothing is left to do; whether that was so, and no step is wrong."""
        rounds = 0
        while True:
            answer = self.code.sweep(*self.at_hand(), self.order(), self.strata(), self.wanted, self.state)
            if answer == NO_ROOM:
                self.make_room()
            elif answer == WANTED:
                self.fill()
                rounds += 1
                progress(self.states(), rounds)
            else:
                return bool(answer == DONE)
            limit = self.space.bounds.states
            if limit is not None and self.states() > limit:
                return False

    # -- What the loops go by -----------------------------------------------------------------------

    def at_hand(self) -> tuple[Any, ...]:
        """The nodes, the rules, the choices, the sets and the marks, as they stand."""
        groups, records = self.groups, self.numbers.records.values
        settled = np.array([self.space.is_settled(record) for record in records])
        spend = self.space.following.spendings()
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
        """The controls, in the order in which they are taken: in that of what leads to what, as far as that is known;
        those that were met since come last, and where they are many, it is worked out anew."""
        controls = len(self.numbers.controls.values)
        if 50 * (controls - self._ordered) > controls:
            self._order, stack = np.zeros(controls, dtype=np.int64), np.zeros((controls, 4), dtype=np.int64)
            self.code.in_postorder(self.at_hand()[2], controls, self._order, stack)
            self._ordered = controls
        else:
            self._order = np.append(self._order, np.arange(len(self._order), controls))
        return self._order

    def strata(self) -> Numbers:
        """The records, in the order of their faults."""
        records = self.numbers.records.values
        return np.array(sorted(range(len(records)), key=lambda at: records[at].total))

    def states(self) -> int:
        """How many worlds were reached."""
        return int(self.nodes.weights(self.sets.reached).sum())

    # -- Filling tables -----------------------------------------------------------------------------

    def fill(self) -> None:
        """Fill the cells that are wanted."""
        cells = list[Cell]()
        for what, row, level, digit in self.wanted[: self.state[WANTS]].tolist():
            if what == MOVE:
                self.space.following.move(service_at(row), level, digit)
            elif what == SPEND:
                self.space.following.spend(row, digit)
            else:
                cells.append(Cell(what, row, level, digit))
        self.groups.open(cells)
        self.state[WANTS] = 0
        self.sets.waiting[:] = False
        self.grow()

    def grow(self) -> None:
        """Make room for all controls, records, digits and nodes, and know which digits have an ample set."""
        controls, records = len(self.numbers.controls.values), len(self.numbers.records.values)
        rows, columns = self.sets.reached.shape
        if controls > rows or records > columns:
            wanted = 2 * controls if controls > rows else rows, 2 * records if records > columns else columns
            for name in ("reached", "todo", "waiting"):
                grown = np.zeros(wanted, dtype=getattr(self.sets, name).dtype)
                grown[:rows, :columns] = getattr(self.sets, name)
                self.sets = self.sets._replace(**{name: grown})
        if 2 * self.state[HELD] > len(self.sets.held):
            self.sets = self.sets._replace(held=np.concatenate([self.sets.held, np.zeros_like(self.sets.held)]))
        self.groups.know_controls()
        for level in range(LEVELS):
            self._know_digits(level)
        digits, nodes = max(len(each.values) for each in self.numbers.locals), len(self.nodes.store.nodes)
        if digits > self.marks.digits.shape[-1] or nodes > len(self.marks.nodes):
            self.marks = Marks(
                np.zeros(1, dtype=np.int64),
                np.zeros(nodes, dtype=np.int64),
                np.zeros((LEVELS, 2 * digits), dtype=np.int64),
                np.zeros(nodes, dtype=np.int64),
            )

    def _know_digits(self, level: int) -> None:
        tame, ample = self._has_ample[level]
        values = self.numbers.locals[service_at(level)].values
        known = len(tame) + len(ample)
        if len(values) > known:
            for digit in range(known, len(values)):
                (ample if has_ample_set(values[digit]) else tame).append(digit)
            self.ample[level], self.tame[level] = self.groups.keeping(level, ample), self.groups.keeping(level, tame)

    # -- What was reached ---------------------------------------------------------------------------

    def reached(self) -> Reached:
        """All that there is to say of it."""
        controls, records = len(self.numbers.controls.values), len(self.numbers.records.values)
        worlds = self.nodes.weights(self.sets.reached)[:controls, :records]
        taken, beyond = self.tally()
        found = tuple(Found(*each, 0, UNKNOWN, None) for each in dict.fromkeys(self.quiet_violations()))
        return Reached(self.space, worlds, self.states(), int(taken.sum()), found, taken, beyond)

    def tally(self) -> tuple[Numbers, int]:
        """How many worlds each choice leaves, and how many transitions are beyond the bounds."""
        taken, beyond = np.zeros(len(self.space.choices), dtype=np.int64), np.zeros(1, dtype=np.int64)
        parts, (starts, items) = self.groups.parts, self.groups.lists.laid_out()
        pairs, digits = np.argwhere(self.sets.reached), self.marks.digits.shape[1]
        waiting = np.zeros(2 * len(items), dtype=np.int64), np.zeros(len(items), dtype=np.int64)
        done = 0
        while True:
            tally = Tally(
                parts,
                starts,
                items,
                taken,
                beyond,
                ways=np.zeros((len(self.nodes.store.nodes), 3), dtype=np.int64),
                digits=np.zeros((digits, 4), dtype=np.int64),
                found=np.zeros(digits, dtype=np.int64),
                ample=np.zeros(LEVELS, dtype=np.int64),
                cache=np.full((RESULTS, 3), UNKNOWN, dtype=np.int64),
                frames=np.zeros((FRAMES, 5), dtype=np.int64),
                waiting=waiting[0],
                order=waiting[1],
            )
            done = self.code.tally(*self.at_hand(), tally, pairs, done, self.wanted, self.state)
            if done == len(pairs):
                return taken, int(beyond[0])
            self.make_room()

    def make_room(self) -> None:
        """Give up the nodes that nobody needs."""
        held = self.sets.held[: self.state[HELD], ITS_WORLDS]
        self.nodes.make_room([self.sets.reached, self.sets.todo, held, self.state[WORLDS : WORLDS + 1]])
        self.grow()

    def quiet_violations(self) -> Iterator[tuple[Any, FaultRecord]]:
        """What is wrong in worlds at rest, beside the record of faults behind it."""
        still = [
            [digit for digit, state in enumerate(self.numbers.locals[service_at(level)].values) if is_still(state)]
            for level in range(LEVELS)
        ]
        chain, judge = self.groups.keeping_all(still), self.space.judge
        for control, record in np.argwhere(self.sets.reached).tolist():
            core, observer = self.numbers.controls.values[control]
            if core.procedure is None:
                behind = self.numbers.records.values[record]
                for digits in self.members(self.kept(chain, int(self.sets.reached[control, record]))):
                    for violation in judge.quiet(observer, self.world(core, digits, behind.total)):
                        yield violation, behind

    def kept(self, chain: int, worlds: int) -> int:
        """The worlds that a chain lets pass."""
        store, rules, *_ = self.at_hand()
        return int(self.code.evaluate(store, rules, IMAGE, worlds, chain, self.wanted, self.state))

    def members(self, node: int) -> Iterator[tuple[int, ...]]:
        """The digits of each world of a set, from level 0 on."""
        if node == END:
            yield ()
        elif node != NOTHING:
            nodes, edges = self.nodes.store.nodes, self.nodes.store.edges
            first = nodes[node, START]
            for edge in edges[first : first + nodes[node, LENGTH]].tolist():
                for rest in self.members(edge & CHILD):
                    yield edge >> 32, *rest

    def world(self, core: CoreState, digits: tuple[int, ...], faults: int) -> World:
        """The world with this core and these digits."""
        states = [self.numbers.locals[at].values[digits[service_at(at)]] for at in range(LEVELS)]
        return assemble(core, states, faults)
