"""How likely independent latencies are to be over within a limit: convolution on a grid."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from broadcast_orchestrator.sim.simulate.latency import Constant, Latency

CELLS = 2**14
"""Into how many cells the limit is divided."""


def sum_within(latencies: Sequence[Latency], limit_ms: float) -> float:
    """The chance that independent latencies sum up to at most `limit_ms` milliseconds.

    With every one of n rounded up to the grid the sum is (n - 1) / 2 cells too strict, rounded down (n + 1) / 2 cells
    too lenient; the answer lies that far between the two. Constants only shift the limit.
    """
    limit_ms -= sum(latency.ms for latency in latencies if isinstance(latency, Constant))
    latencies = [latency for latency in latencies if not isinstance(latency, Constant)]
    if limit_ms < 0 or not latencies:
        return float(limit_ms >= 0)
    edges = [float(edge) for edge in np.linspace(0, limit_ms, CELLS + 1)]
    below = {latency: np.array([latency.cdf(edge) for edge in edges]) for latency in latencies}
    strict, lenient = (_within([_masses(below[latency], up) for latency in latencies]) for up in (True, False))
    return strict + (lenient - strict) * (len(latencies) - 1) / (2 * len(latencies))


Masses = npt.NDArray[np.float64]


def _masses(below: Masses, up: bool) -> Masses:
    """How likely the latency is to be rounded to each edge of the grid, from how likely it is to be below it."""
    if up:
        return np.diff(below, prepend=0.0)
    masses = np.append(np.diff(below), 0.0)
    masses[0] += below[0]
    return masses


def _within(latencies: Sequence[Masses]) -> float:
    """The chance that the sum stays on the grid, that is, within the limit."""
    from scipy.signal import fftconvolve

    total = np.zeros(CELLS + 1)
    total[0] = 1.0
    for masses in latencies:
        total = fftconvolve(total, masses)[: CELLS + 1]
    return float(total.sum())
