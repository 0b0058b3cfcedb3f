"""Worlds that have been seen: in a small search they are sorted, in a large one they are hashed by machine code."""

from collections.abc import Callable

import numpy as np

from broadcast_orchestrator.sim.explore.loops.chosen import MachineCode
from broadcast_orchestrator.sim.explore.loops.native import UNKNOWN
from broadcast_orchestrator.sim.explore.world_numbers import Keys

LEAST = 1 << 20
"""How many places the smallest hash table has."""

FULL = 0.85
"""What part of its places may be taken."""


class SortedRuns:
    """Worlds as sorted runs, each at least twice as long as the next."""

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

    def keys(self) -> Keys:
        """Every world."""
        return np.concatenate([np.zeros(0, dtype=np.int64), *self._runs])

    def rewrite(self, rewrite: Callable[[Keys], Keys]) -> None:
        """Write every key anew; their order stays."""
        self._runs = [rewrite(run) for run in self._runs]


class HashTable:
    """Worlds in a hash table of machine code, `keys` to begin with."""

    def __init__(self, native: MachineCode, keys: Keys) -> None:
        self._native = native
        self._places, self._count = self._empty(LEAST, len(keys)), 0
        self.new(keys)

    def new(self, keys: Keys) -> Keys:
        """Those of the keys that were not seen before, each once; now they are."""
        if self._count + len(keys) > FULL * len(self._places):
            self._move(self._empty(len(self._places), self._count + len(keys)))
        new: Keys = self._native.insert(self._places, keys)
        self._count += len(new)
        return new

    def keys(self) -> Keys:
        """Every world, in no order that means anything."""
        keys: Keys = self._places[self._places != UNKNOWN]
        return keys

    def rewrite(self, rewrite: Callable[[Keys], Keys]) -> None:
        """Write every key anew."""
        self._move(self._empty(len(self._places), self._count), rewrite)

    def _move(self, places: Keys, rewrite: Callable[[Keys], Keys] = lambda keys: keys) -> None:
        """Put everything into other places, a part at a time: twice all the keys need not be there at once."""
        for at in range(0, len(self._places), LEAST):
            part = self._places[at : at + LEAST]
            self._native.insert(places, rewrite(part[part != UNKNOWN]))
        self._places = places

    @staticmethod
    def _empty(places: int, worlds: int) -> Keys:
        while FULL * places < worlds:
            places *= 2
        return np.full(places, UNKNOWN, dtype=np.int64)
