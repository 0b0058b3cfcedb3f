"""An axis of time: its ticks are round in the unit in which a person reads them."""

import math

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MultipleLocator, NullLocator

from broadcast_orchestrator.properties.experiments.units import HOUR, MINUTE, duration

ROUND_MS = (
    *(digit * 10**power for power in range(4) for digit in (1, 2, 5)),
    *(each * 1000 for each in (10, 15, 30)),
    *(each * MINUTE for each in (1, 2, 5, 10, 15, 30)),
    *(each * HOUR for each in (1, 2, 4, 6, 12, 24)),
)
"""Steps that are round in their unit, in milliseconds."""


def time_ticks(axes: Axes, width: float) -> None:
    """Label the horizontal axis, in milliseconds, with durations; as many as there is room for in so many inches."""
    low, high = axes.get_xlim()
    if axes.get_xscale() == "log":
        decades = math.log10(high / low)
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if 3 * decades <= width else (1,)))
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        step = next((each for each in ROUND_MS if (high - low) / each <= width * 1.2), ROUND_MS[-1])
        axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: duration(value)))
