"""The estimates of an experiment without a sweep: points and intervals, and what is claimed of them. The one that the
experiment is about comes first."""

from collections.abc import Iterator
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from broadcast_orchestrator.properties.experiments.answers import Answers, Estimate, aimed_at, label
from broadcast_orchestrator.properties.experiments.units import measured_number
from broadcast_orchestrator.reports.charts.drawing import (
    HUES,
    INK,
    NARROWER,
    PAPER,
    PERCENT,
    SOFT,
    Drawn,
    claimed,
    titled,
)
from broadcast_orchestrator.reports.charts.time_axis import time_ticks
from broadcast_orchestrator.sim.experiments.fleet_vocabulary import EVERY
from broadcast_orchestrator.sim.experiments.vocabulary import SHARE, TIME


def estimates(found: Answers) -> Iterator[Drawn]:
    """Every share that is known, and every time with its quantiles; of the amounts only the one that it is about."""
    aim = aimed_at(found.study.experiment)
    known = [each for each in found.estimates if each.n and each.estimate is not None]
    shares = [each for each in known if EVERY[each.measure].kind == SHARE]
    times = [each for each in known if _is_time(each, aim)]
    if len(found.study.points) > 1 or not known:
        return
    parts = [sorted(part, key=lambda each: each.measure != aim) for part in (shares, times)]
    parts.sort(key=lambda part: not any(each.measure == aim for each in part))
    sure = f"{100 * found.study.experiment.confidence:g} %"
    caption = f"What was measured, with {sure} intervals; a bar across is what is claimed."
    yield Drawn("estimates", caption, partial(_estimates, found, [part for part in parts if part]))


def _is_time(each: Estimate, aim: str) -> bool:
    if EVERY[each.measure].kind == TIME:
        return True
    return each.measure == aim and each.statistic == "mean" and aim.endswith("_ms")


def _estimates(found: Answers, parts: list[list[Estimate]], width: float) -> Figure:
    heights = [1.0 + 0.4 * len(part) for part in parts]
    figure = Figure(figsize=(width, sum(heights)), layout="constrained", facecolor=PAPER)
    every = figure.subplots(len(parts), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, part in zip(every, parts, strict=True):
        _panel(axes, found, part, width)
    return figure


def _panel(axes: Axes, found: Answers, part: list[Estimate], width: float) -> None:
    share = EVERY[part[0].measure].kind == SHARE
    for row, each in enumerate(part):
        assert each.estimate is not None
        low = each.estimate if each.low is None else each.low
        high = each.estimate if each.high is None else each.high
        axes.plot([low, high], [row, row], color=HUES[0], lw=2, solid_capstyle="butt")
        axes.plot(each.estimate, row, "o", color=HUES[0], ms=6)
        axes.annotate(
            measured_number(each.estimate, each.measure),
            (1, row),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=INK,
        )
        for limit, _ in claimed(found, each.measure) if each.quantile in (None, 0.5) else ():
            axes.plot([limit, limit], [row - 0.32, row + 0.32], color=INK, lw=2)
    axes.set_yticks(
        range(len(part)), [label(each).capitalize() for each in part], fontsize=10 if width > NARROWER else 8
    )
    axes.set_ylim(len(part) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.grid(visible=False, axis="y")
    if share:
        axes.set_xlim(-0.02, 1.02)
        axes.xaxis.set_major_formatter(PERCENT)
        titled(axes, "Shares of the runs", width)
    else:
        _time_scale(axes, part, width)
        titled(axes, "Times", width)
    axes.tick_params(axis="x", colors=SOFT)


def _time_scale(axes: Axes, part: list[Estimate], width: float) -> None:
    values = [end for each in part for end in (each.estimate, each.low, each.high) if end is not None]
    if min(values) > 0 and max(values) > FAR * min(values):
        axes.set_xscale("log")
        axes.set_xlim(min(values) / 1.2, max(values) * 1.2)
    else:
        axes.set_xlim(0, max(values) * 1.08 or 1)
    time_ticks(axes, width)


FAR = 30
"""From this ratio of the longest time to the shortest on, the axis is logarithmic."""
