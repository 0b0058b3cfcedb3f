"""The runs of an experiment: when they were live, where faults struck, and what was left on."""

import json
from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure

from broadcast_orchestrator.model.operations import CALLABLE, ON_AIR_SERVICES, SERVICES
from broadcast_orchestrator.properties.experiments.answers import Answers, share_aimed_at
from broadcast_orchestrator.properties.experiments.measures import DASHBOARD, Span
from broadcast_orchestrator.properties.experiments.units import duration, setting_value
from broadcast_orchestrator.reports.charts.drawing import (
    DASHES,
    HUES,
    INK,
    MAP,
    NARROWER,
    ON_DARK,
    ON_LIGHT,
    PERCENT,
    SOFT,
    Drawn,
    End,
    in_words,
    label_ends,
    new_figure,
    selected,
    some_of,
)
from broadcast_orchestrator.reports.charts.time_axis import time_ticks
from broadcast_orchestrator.sim.campaign.store import ResultStore
from broadcast_orchestrator.sim.experiments.fleet_vocabulary import EVERY
from broadcast_orchestrator.sim.world.faults import PLACES

# -- How soon a start is live ---------------------------------------------------------------------


class LiveCurve(NamedTuple):
    """Of one point, or of several that are alike: which share of all starts was live after so many milliseconds."""

    times_ms: tuple[float, ...]
    shares: tuple[float, ...]
    timeout_ms: int


def time_to_live(found: Answers, store: ResultStore) -> Iterator[Drawn]:
    """Which share of the starts was live by then; starts that failed never are, so a curve may end below 100 %."""
    known = [number for number in range(len(found.study.points)) if _summary(store, found, number).n]
    if not known:
        return
    chosen, curves = some_of(known), dict[LiveCurve, list[str]]()
    for point in chosen:
        settings = found.study.points[point].settings
        label = ", ".join(setting_value(*each) for each in settings.items())
        curve = LiveCurve(*_distribution(found, store, point), _timeout(found, point))
        curves.setdefault(curve, []).append(label or ("as in the file" if len(chosen) > 1 else ""))
    caption = "Which share of all starts was live after how long, and where the limit is."
    title = f"How soon a start is live{selected(known)}"
    yield Drawn("time_to_live", caption, partial(_time_to_live, title, curves))


def _time_to_live(title: str, curves: dict[LiveCurve, list[str]], width: float) -> Figure:
    figure, axes = new_figure(title, width)
    timeouts = dict.fromkeys(curve.timeout_ms for curve in curves)
    right = max(*(curve.times_ms[-1] for curve in curves), *timeouts, 1.0) * 1.04
    for number, curve in enumerate(curves):
        style: dict[str, Any] = {"color": HUES[number], "linestyle": DASHES[number]}
        axes.step(curve.times_ms, curve.shares, where="post", lw=1.8, **style)
        axes.plot([curve.times_ms[-1], curve.timeout_ms], [curve.shares[-1]] * 2, lw=1.0, **style)
    first = next(iter(curves))
    if right > 20 * max(1.0, first.times_ms[len(first.times_ms) // 2]):
        axes.set_xscale("log")
        axes.set_xlim(right=right)
    else:
        axes.set_xlim(0, right)
    for timeout in timeouts:
        axes.axvline(timeout, color=INK, lw=1.1, linestyle=(0, (6, 3)))
    if len(timeouts) == 1:
        (timeout,) = timeouts
        axes.annotate(
            f"startup timeout, {duration(timeout)}",
            (timeout, 0.02),
            xytext=(-4, 2),
            textcoords="offset points",
            ha="right",
            color=SOFT,
            fontsize=9,
        )
    time_ticks(axes, width)
    axes.set_xlabel("since the start was accepted")
    axes.set_ylim(0, 1.04)
    axes.yaxis.set_major_formatter(PERCENT)
    axes.set_ylabel("starts that are live")
    ends = [End(curve.shares[-1], " or ".join(labels), HUES[at]) for at, (curve, labels) in enumerate(curves.items())]
    label_ends(axes, [end for end in ends if end.label])
    return figure


def _distribution(found: Answers, store: ResultStore, point: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The cumulative distribution at no more than 500 places; its memory does not depend on the number of runs."""
    runs, n = found.runs[point], _summary(store, found, point).n
    asked = max(n, store.summary(point, "start_succeeds", runs).n)
    places = sorted({1 + round(at * (n - 1) / 499) for at in range(500)})
    values = store.at_ranks(point, "time_to_live_ms", runs, places)
    return tuple(values[place] for place in places), tuple(place / asked for place in places)


def _summary(store: ResultStore, found: Answers, point: int) -> Any:
    return store.summary(point, "time_to_live_ms", found.runs[point])


def _timeout(found: Answers, point: int) -> int:
    timeout: int = found.study.points[point].experiment.config.startup_timeout
    return timeout


# -- Where faults struck --------------------------------------------------------------------------


class Struck(NamedTuple):
    """The runs in which a fault struck one subject at one place: how many, and how many of them were as they should
    be, as far as the measure goes."""

    runs: int
    good: int


Map = dict[tuple[str, str], Struck]


def strikes(found: Answers, store: ResultStore) -> Iterator[Drawn]:
    """Where faults struck, and what became of these runs."""
    measure = share_aimed_at(found.study.experiment)
    struck: Map = {}
    for point, runs in enumerate(found.runs):
        for hits, value in store.rows(point, ("hits", measure), runs, f"hits <> '' AND {measure} IS NOT NULL"):
            for cell in {(subject, place) for subject, _, place in json.loads(hits)}:
                before = struck.get(cell, Struck(0, 0))
                struck[cell] = Struck(before.runs + 1, before.good + bool(value))
    if struck:
        caption = f"{in_words(measure)} among the runs in which a fault struck there; empty where none did."
        yield Drawn("strikes", caption, partial(_strikes, measure, struck))


def _strikes(measure: str, struck: Map, width: float) -> Figure:
    subjects = [each for each in (*CALLABLE, *SERVICES, DASHBOARD) if any(each == subject for subject, _ in struck)]
    places = [each for each in (*PLACES, "") if any(each == place for _, place in struck)]
    grid = np.full((len(subjects), len(places)), np.nan)
    for (subject, place), cell in struck.items():
        grid[subjects.index(subject), places.index(place)] = cell.good / cell.runs
    figure, axes = new_figure("Where faults struck, and what became of it", width, 1.7 + 0.5 * len(subjects))
    colours = MAP if EVERY[measure].better > 0 else MAP.reversed()
    axes.pcolormesh(grid, cmap=colours, vmin=0, vmax=1, edgecolors=ON_DARK, linewidth=2)
    axes.invert_yaxis()
    for (subject, place), cell in struck.items():
        share = cell.good / cell.runs
        axes.text(
            places.index(place) + 0.5,
            subjects.index(subject) + 0.5,
            f"{100 * share:.0f} %\n{cell.runs:,} run{'' if cell.runs == 1 else 's'}",
            ha="center",
            va="center",
            fontsize=9 if width > NARROWER else 7,
            color=ON_LIGHT if 0.12 < share < 0.88 else ON_DARK,
        )
    size = 10 if width > NARROWER else 8
    axes.set_xticks(np.arange(len(places)) + 0.5, [place or "the service" for place in places], fontsize=size)
    axes.set_yticks(np.arange(len(subjects)) + 0.5, [subject.replace("_", " ") for subject in subjects], fontsize=size)
    axes.tick_params(length=0, labelcolor=INK)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xlabel("where in a procedure")
    return figure


# -- What was left on -----------------------------------------------------------------------------


def left_on(found: Answers, store: ResultStore) -> Iterator[Drawn]:
    """In which share of the runs a service is truly on although the state is not starting, live or stopping."""
    concerned, longest = 0, 0.0
    for spans in _spans(found, store):
        concerned += 1
        longest = max(longest, *(span.to_ms for span in spans))
    if concerned < FEW:
        return
    width_ms = longest * 1.05 / BINS
    on = {service: np.zeros(BINS + 1) for service in ON_AIR_SERVICES}
    for span in chain.from_iterable(_spans(found, store)):
        on[span.service][int(span.from_ms / width_ms)] += 1
        on[span.service][int(np.ceil(span.to_ms / width_ms))] -= 1
    total = sum(found.runs)
    shares = {service: np.cumsum(changes) / total for service, changes in on.items() if changes.any()}
    caption = "The share of runs in which a service is truly on outside starting, live and stopping."
    yield Drawn("left_on", caption, partial(_left_on, width_ms, shares))


def _left_on(width_ms: float, shares: dict[str, Any], width: float) -> Figure:
    figure, axes = new_figure("Services left on, over time", width)
    at = [index * width_ms for index in range(BINS + 1)]
    for number, (service, share) in enumerate(shares.items()):
        label, dash = service.replace("_", " "), DASHES[number]
        axes.step(at, share, where="post", color=HUES[number], linestyle=dash, label=label, lw=1.8)
    axes.set_xlim(0, BINS * width_ms)
    axes.set_ylim(bottom=0)
    time_ticks(axes, width)
    axes.yaxis.set_major_formatter(PERCENT)
    axes.set_xlabel("since the beginning")
    axes.set_ylabel("runs in which it is on")
    figure.legend(loc="outside lower center", ncols=2 if width < NARROWER else 4, fontsize=9)
    return figure


def _spans(found: Answers, store: ResultStore) -> Iterator[list[Span]]:
    """Of every run that has any."""
    for point, runs in enumerate(found.runs):
        for (spans,) in store.rows(point, ("spans",), runs, "spans <> ''"):
            yield [Span(*span) for span in json.loads(spans)]


BINS, FEW = 400, 5
"""How finely time is divided, and of how many runs there has to be something to show."""
