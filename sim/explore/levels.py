"""The levels of a breadth-first search: sorted arrays of worlds, and what has been seen before."""

from collections.abc import Callable

import numpy as np

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
    """Every world seen so far, as sorted runs, each at least twice as long as the next."""

    def __init__(self) -> None:
        self._runs: list[Keys] = []

    def new(self, keys: Keys) -> Keys:
        """Those of the sorted keys that were not seen before; now they are."""
        for known in self._runs:
            at = np.searchsorted(known, keys)
            at[at == len(known)] = 0
            keys = keys[known[at] != keys]
        if len(keys):
            self._runs.append(keys)
        while len(self._runs) > 1 and len(self._runs[-2]) < 2 * len(self._runs[-1]):
            last = self._runs.pop()
            self._runs[-1] = np.sort(np.concatenate([self._runs[-1], last]), kind="stable")
        return keys

    def rewrite(self, rewrite: Callable[[Keys], Keys]) -> None:
        """Write every key anew; their order stays."""
        self._runs = [rewrite(run) for run in self._runs]
