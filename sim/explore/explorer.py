"""The explorer: every world that can be reached, by levels of a breadth-first search, many worlds at a time.

A world is one 64-bit number (`world_numbers`), and a level a sorted array of such numbers. Steps become rules
(`symbolic_rules`) when a part of a world is first met, and rules become choices (`choices`, `open_choices`), which are
then followed for all worlds of a level at once (`state_space`): one look-up for the choices that are open, one look-up
a service for its next digit. What has been seen is kept as sorted runs (`levels`).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from broadcast_orchestrator.sim.explore.exploration import Exploration, Found
from broadcast_orchestrator.sim.explore.lazy_tables import Numbers
from broadcast_orchestrator.sim.explore.levels import SeenLevels, chunks, distinct
from broadcast_orchestrator.sim.explore.state_space import StateSpace, Successors
from broadcast_orchestrator.sim.explore.world_numbers import Keys
from broadcast_orchestrator.sim.world.garbage import no_garbage
from broadcast_orchestrator.sim.world.world import World

Progress = Callable[[int, int], None]


def explore(
    space: StateSpace,
    start: World,
    progress: Progress = lambda states, level: None,
    kind_of: Callable[[Any], Any] = lambda violation: violation,
    until: Any = None,
) -> Exploration:
    """Every world that can be reached from `start`, and the first violation of each kind.

    `progress` is told the number of worlds and the level; `kind_of` says which violations are of one kind, and one of
    the kind `until` ends the search. Levels are taken in the order of distance, so a violation is found at its shortest
    distance. Raises SearchTooLarge when the space has more parts than a world's number has room for.
    """
    search = _Exploring(space, kind_of)
    search.meet(np.array([space.numbers.key(start, space.judge.start)], dtype=np.uint64))
    with no_garbage():
        while len(search.levels[-1]) and until not in search.found and not search.cut_off():
            search.expand()
            progress(search.states, len(search.levels))
    levels = tuple(level for level in search.levels if len(level))
    found = tuple(search.found.values())
    return Exploration(space, levels, search.transitions, found, search.taken, search.cut_off())


class _Exploring:
    """A search while it lasts."""

    def __init__(self, space: StateSpace, kind_of: Callable[[Any], Any]) -> None:
        self.space, self.kind_of = space, kind_of
        self.levels: list[Keys] = []
        self.states = self.transitions = 0
        self.found: dict[Any, Found] = {}
        self.taken: Numbers = np.zeros(0, dtype=np.int64)
        self._seen = SeenLevels()

    def cut_off(self) -> str:
        """Why the search must end before everything has been seen."""
        limit = self.space.bounds.states
        return f"more than {limit} worlds" if limit is not None and self.states > limit else ""

    def expand(self) -> None:
        """Go one level further."""
        fresh: list[Keys] = []
        for chunk in chunks(self.levels[-1]):
            for part in self.space.successors(chunk):
                self._count(chunk, part)
                fresh.append(distinct(part.keys))
        self.meet(distinct(np.concatenate(fresh)))

    def meet(self, keys: Keys) -> None:
        """Those worlds that are new are the next level; the quiet ones among them are judged."""
        level = self._seen.new(keys)
        self.levels.append(level)
        self.states += len(level)
        for key in self.space.numbers.quiet(level).tolist():
            world, observer = self.space.numbers.world(key)
            for violation in self.space.judge.quiet(observer, world):
                self._note(violation, len(self.levels) - 1, key, None)

    def _count(self, chunk: Keys, part: Successors) -> None:
        self.transitions += len(part.keys)
        counts = np.bincount(part.choices, minlength=len(self.space.choices))
        counts[: len(self.taken)] += self.taken
        self.taken = counts
        for choice in self.space.table.violating:
            at = np.flatnonzero(part.choices == choice)
            if len(at):
                for violation in self.space.choices[choice].violations:
                    self._note(violation, len(self.levels) - 1, int(chunk[part.origins[at[0]]]), choice)

    def _note(self, violation: Any, level: int, key: int, choice: int | None) -> None:
        self.found.setdefault(self.kind_of(violation), Found(violation, level, key, choice))
