"""The levels of a breadth-first search: sorted arrays of worlds, and what has been seen before."""

from collections.abc import Callable

import numpy as np

from broadcast_orchestrator.sim.explore.loops.chosen import machine_code
from broadcast_orchestrator.sim.explore.seen_worlds import HashTable, SortedRuns
from broadcast_orchestrator.sim.explore.world_numbers import Keys

CHUNK = 1 << 18
"""How many worlds are expanded at a time: enough to be fast, few enough to stay small."""


def chunks(level: Keys) -> list[Keys]:
    """The level in parts of a size that is quick to work on."""
    return np.array_split(level, -(-len(level) // CHUNK) or 1)


def distinct(keys: Keys) -> Keys:
    """The keys sorted, each once."""
    keys = np.sort(keys)
    return keys[np.concatenate([[True], keys[1:] != keys[:-1]])] if len(keys) else keys


class SeenLevels:
    """Every world seen so far, and which belong to the next level."""

    def __init__(self) -> None:
        self._seen: SortedRuns | HashTable = SortedRuns()
        self._reached, self._due, self._later = list[Keys](), list[Keys](), list[Keys]()

    def reach(self, keys: Keys, steps: int = 1) -> None:
        """These are one step on from the last level, or two, in any order and more than once each."""
        if steps > 1:
            self._later.append(distinct(keys))
            return
        native = machine_code(len(keys))
        if isinstance(self._seen, SortedRuns) and native is not None:
            self._seen = HashTable(native, self._seen.keys())
            self._reached = [self._seen.new(each) for each in self._reached]
        self._reached.append(self._seen.new(keys) if isinstance(self._seen, HashTable) else distinct(keys))

    def goes_on(self) -> bool:
        """Whether something has been reached that belongs to no level yet."""
        return bool(self._reached or self._due or self._later)

    def level(self) -> Keys:
        """The next level: whatever is that far on and was not seen before, sorted."""
        for keys in self._due:
            self.reach(keys)
        reached = np.concatenate([np.zeros(0, dtype=np.int64), *self._reached])
        self._reached, self._due, self._later = [], self._later, []
        return np.sort(reached) if isinstance(self._seen, HashTable) else self._seen.new(distinct(reached))

    def rewrite(self, rewrite: Callable[[Keys], Keys]) -> None:
        """Write every key anew; their order stays."""
        self._seen.rewrite(rewrite)
        self._reached, self._due, self._later = (
            [*map(rewrite, each)] for each in (self._reached, self._due, self._later)
        )
