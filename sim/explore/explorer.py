"""The explorer: every world that can be reached, by levels of a breadth-first search, many worlds at a time.

A world is one number (`world_numbers`), and a level a sorted array of such numbers. Steps become rules, and rules
become choices, when a part of a world is first met (`compiling`); choices are then followed for all worlds of a level
at once (`state_space`): one look-up for the choices that are open, one look-up a service for its next digit. What has
been seen is kept as sorted runs (`levels`).
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from broadcast_orchestrator.sim.explore.exploration import Exploration, Found
from broadcast_orchestrator.sim.explore.fault_record import FaultRecord
from broadcast_orchestrator.sim.explore.following import Successors
from broadcast_orchestrator.sim.explore.lazy_tables import SearchTooLarge
from broadcast_orchestrator.sim.explore.levels import CHUNK, SeenLevels
from broadcast_orchestrator.sim.explore.loops.native import Numbers
from broadcast_orchestrator.sim.explore.state_space import StateSpace
from broadcast_orchestrator.sim.explore.world_numbers import FieldFull, Keys
from broadcast_orchestrator.sim.world.garbage import no_garbage, spare_the_collector
from broadcast_orchestrator.sim.world.world import World

LARGE = 100_000
"""How many worlds make a search after which it pays to spare the garbage collector."""

Progress = Callable[[int, int], None]

Enough = Callable[[int, Iterable[Found]], str]
"""Says why a search should end that has so many worlds and has found this; "" while it should not."""


def explore(
    space: StateSpace,
    start: World,
    progress: Progress = lambda states, level: None,
    kind_of: Callable[[Any], Any] = lambda violation: violation,
    until: Callable[[Any], bool] = lambda kind: False,
    enough: Enough = lambda states, found: "",
) -> Exploration:
    """Every world that can be reached from `start`, and the first violation of each kind.

    `progress` is told the number of worlds and the level; `kind_of` says which violations are of one kind, and the
    search ends at one of which `until` says so. Violations of one kind are told apart by the faults behind them, as far
    as the space tells those apart. Levels are taken in the order of distance, so a violation is found at its shortest
    distance. Where the space has more parts than there is room for, or `enough` says that it should end, the search is
    cut off, and says so.
    """
    search = _Exploring(space, kind_of)
    with no_garbage():
        search.begin(start)
        while search.goes_on() and not search.has_found(until) and not search.cut_off:
            search.go_on(enough)
            progress(search.states, len(search.levels))
        if search.states > LARGE:
            spare_the_collector()
    while not len(search.levels[-1]):
        search.levels.pop()
    levels = tuple(search.levels)
    found = tuple(search.found.values())
    taken = search.taken[: len(space.choices)]
    return Exploration(space, levels, search.states, search.transitions, found, taken, search.beyond, search.cut_off)


class _Exploring:
    """A search while it lasts."""

    def __init__(self, space: StateSpace, kind_of: Callable[[Any], Any]) -> None:
        self.space, self.kind_of = space, kind_of
        self.levels: list[Keys] = []
        self.states = self.transitions = self.beyond = 0
        self.found: dict[tuple[Any, FaultRecord], Found] = {}
        self.taken: Numbers = np.zeros(0, dtype=np.int64)
        self._seen = SeenLevels()
        self._told = set[tuple[int, int]]()
        self.cut_off = ""

    def begin(self, start: World) -> None:
        """The first level is the world that it begins in."""
        key = None
        while key is None:
            try:
                key = self.space.numbers.key(start, self.space.judge.start)
            except FieldFull as full:
                self.space.numbers.widened(full.field)
        self._seen.reach(np.array([key]))
        self.meet()

    def goes_on(self) -> bool:
        """Whether there are worlds whose successors are not known."""
        return bool(len(self.levels[-1])) or self._seen.goes_on()

    def has_found(self, until: Callable[[Any], bool]) -> bool:
        """Whether a violation was found that ends the search."""
        return any(until(kind) for kind, _ in self.found)

    def go_on(self, enough: Enough) -> None:
        """Go one level further, as long as there is room; `cut_off` says why the search must end."""
        try:
            self.expand()
        except SearchTooLarge as full:
            self.cut_off = str(full)
        limit = self.space.bounds.states
        if limit is not None and self.states > limit:
            self.cut_off = f"more than {limit} worlds"
        self.cut_off = self.cut_off or enough(self.states, self.found.values())

    def expand(self) -> None:
        """Go one level further."""
        for at in range(0, len(self.levels[-1]), CHUNK):
            chunk, parts = self._successors(at)
            for part in parts:
                self._count(chunk, part)
                long = self.space.table.lengths()[part.choices] > 1
                if long.any():
                    self._seen.reach(part.keys[~long])
                    self._seen.reach(part.keys[long], steps=2)
                else:
                    self._seen.reach(part.keys)
        self.meet()

    def _successors(self, at: int) -> tuple[Keys, list[Successors]]:
        """A chunk of the last level, and what follows it. Where a number has no room, it is given some first."""
        while True:
            chunk = self.levels[-1][at : at + CHUNK]
            try:
                return chunk, list(self.space.successors(chunk))
            except FieldFull as full:
                self._rewrite(self.space.numbers.widened(full.field))

    def _rewrite(self, rewrite: Callable[[Keys], Keys]) -> None:
        """Write every key anew that there is."""
        self.levels = [rewrite(level) for level in self.levels]
        self._seen.rewrite(rewrite)
        keys = [int(rewrite(np.array([found.key]))[0]) for found in self.found.values()]
        self.found = {
            kind: found._replace(key=key) for (kind, found), key in zip(self.found.items(), keys, strict=True)
        }

    def meet(self) -> None:
        """What was reached and is new is the next level; the quiet worlds of it are judged."""
        level = self._seen.level()
        self.levels.append(level)
        self.states += int(self.space.counted(level).sum())
        for key in self.space.numbers.quiet(level).tolist():
            world, observer = self.space.numbers.world(key)
            for violation in self.space.judge.quiet(observer, world):
                self._note(violation, self.space.numbers.record(key), key, None)

    def _count(self, chunk: Keys, part: Successors) -> None:
        choices = part.choices
        if self.space.apart.alone:
            choices = choices[self.space.counted(part.keys)]
        self.transitions += len(choices)
        self.beyond += part.beyond
        if len(self.taken) < len(self.space.choices):
            self.taken = np.append(self.taken, np.zeros(len(self.space.choices), dtype=np.int64))
        np.add.at(self.taken, choices, 1)
        self._judge(chunk, part)

    def _judge(self, chunk: Keys, part: Successors) -> None:
        """Note what the choices break, for each choice and fault record once."""
        wrong = np.flatnonzero(self.space.table.violating()[part.choices])
        if not len(wrong):
            return
        records = self.space.numbers.records_of(part.keys[wrong])
        pairs = part.choices[wrong] << 32 | records
        for pair, at in zip(*(each.tolist() for each in np.unique(pairs, return_index=True)), strict=True):
            choice, record = pair >> 32, pair & (1 << 32) - 1
            if (choice, record) not in self._told:
                self._told.add((choice, record))
                key = int(chunk[part.origins[wrong[at]]])
                for violation in self.space.choices[choice].violations:
                    self._note(violation, self.space.numbers.records.values[record], key, choice)

    def _note(self, violation: Any, record: FaultRecord, key: int, choice: int | None) -> None:
        kind = self.kind_of(violation), record
        self.found.setdefault(kind, Found(violation, record, len(self.levels) - 1, key, choice))
