"""Time series of a fleet in flat memory: buckets that grow twice as wide whenever there are too many of them."""

from collections.abc import Callable

FEW = 360
"""There are never more than twice so many buckets."""

BEGIN_MS = 1000.0
"""How wide a bucket is at first."""

ZOOM_BEFORE_MS, ZOOM_MS, ZOOM_WIDTH_MS = 5_000, 60_000, 250
"""The window around the end of the outage that is looked at more closely, and its buckets."""


class Series:
    """`totals` are asked for numbers that only grow, whose growth in each bucket is kept; `levels` for numbers as they
    are at its end."""

    def __init__(self, totals: Callable[[], tuple[int, ...]], levels: Callable[[], tuple[int, ...]]) -> None:
        self.width_ms = BEGIN_MS
        self._totals, self._levels = totals, levels
        self._before = totals()
        self.grown: list[tuple[int, ...]] = []
        self.ends: list[tuple[int, ...]] = []

    def tick(self, at_ms: float) -> float:
        """Close every bucket that ends at or before that time; returns the end of the next one."""
        while (len(self.ends) + 1) * self.width_ms <= at_ms:
            self.close()
        return (len(self.ends) + 1) * self.width_ms

    def close(self) -> None:
        """Close the bucket that is open."""
        now = self._totals()
        self.grown.append(tuple(b - a for a, b in zip(self._before, now, strict=True)))
        self.ends.append(self._levels())
        self._before = now
        if len(self.ends) == 2 * FEW:
            self.grown = [_sum(*self.grown[at : at + 2]) for at in range(0, 2 * FEW, 2)]
            self.ends = self.ends[1::2]
            self.width_ms *= 2


def _sum(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(one, other, strict=True))
