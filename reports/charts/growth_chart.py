"""The chart of how the search grows: worlds, seconds and memory over the number of faults, on logarithmic scales.

Only places and words are computed here; `growth.html.jinja` draws them, and the page's style sheet colours them.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from broadcast_orchestrator.properties.model_check.growth import Growth

LEFT, TOP, WIDE, HIGH, APART = 84.0, 34.0, 240.0, 150.0, 340.0
"""Where the first panel begins, how large each is, and how far its neighbour is; in pixels."""

MEGABYTE = 1_000_000
SHOWN: tuple[tuple[str, Callable[[Growth], float]], ...] = (
    ("worlds", lambda each: each.states),
    ("seconds", lambda each: each.seconds),
    ("megabytes", lambda each: each.peak_bytes / MEGABYTE),
)


class Tick(NamedTuple):
    """A place on an axis, and what stands there."""

    at: float
    text: str


class CurvePoint(NamedTuple):
    """A search in the picture."""

    x: float
    y: float
    tip: str


class Curve(NamedTuple):
    """The searches under one bound."""

    older: int
    points: tuple[CurvePoint, ...]


class Panel(NamedTuple):
    """One quantity: its title, where it begins and ends, the ticks of both axes, and its curves."""

    title: str
    left: float
    right: float
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    curves: tuple[Curve, ...]


def panels(growth: tuple[Growth, ...]) -> tuple[Panel, ...]:
    """A panel for each quantity; none where nothing was measured."""
    return tuple(_panel(at, *shown, growth) for at, shown in enumerate(SHOWN)) if growth else ()


def _panel(number: int, title: str, value: Callable[[Growth], float], growth: tuple[Growth, ...]) -> Panel:
    left = LEFT + number * APART
    values = [_logarithm(value(each)) for each in growth]
    low, high = math.floor(min(values)), math.floor(max(values)) + 1
    most = max(each.faults for each in growth)

    def x(faults: int) -> float:
        return round(left + WIDE * (faults + 0.5) / (most + 1), 1)

    def y(logarithm: float) -> float:
        return round(TOP + HIGH * (high - logarithm) / (high - low), 1)

    def point(each: Growth) -> CurvePoint:
        return CurvePoint(x(each.faults), y(_logarithm(value(each))), f"{in_words(value(each))} {title}")

    return Panel(
        title,
        left,
        left + WIDE,
        tuple(Tick(x(faults), str(faults)) for faults in range(most + 1)),
        tuple(Tick(y(power), in_words(10.0**power)) for power in range(low, high + 1)),
        tuple(
            Curve(older, tuple(point(each) for each in growth if each.older == older))
            for older in dict.fromkeys(each.older for each in growth)
        ),
    )


def _logarithm(value: float) -> float:
    return math.log10(max(value, 0.001))  # a clock may say that no time has passed


def in_words(value: float) -> str:
    """A number as people read it: whole from ten, with two digits below."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
