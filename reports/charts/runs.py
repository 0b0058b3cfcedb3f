"""The runs of an experiment: when they were live, how they ended, and what was left on."""

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np
from matplotlib.ticker import LogLocator

from broadcast_orchestrator.model.operations import ON_AIR_SERVICES, SERVICES
from broadcast_orchestrator.properties.experiments.answers import Answers, aimed_at, settings_in_words
from broadcast_orchestrator.properties.experiments.measures import Span
from broadcast_orchestrator.reports.charts.drawing import (
    DASHES,
    HUES,
    INK,
    MAP,
    PERCENT,
    SECONDS,
    Drawn,
    in_words,
    legend,
    new_figure,
    selected,
    some_of,
)
from broadcast_orchestrator.sim.campaign.store import ResultStore
from broadcast_orchestrator.sim.experiments.fleet_vocabulary import EVERY
from broadcast_orchestrator.sim.world.faults import FAULTS


def time_to_live(found: Answers, store: ResultStore) -> Iterator[Drawn]:
    """Which share of the starts was live by then; starts that failed never are, so a curve may end below 100 %."""
    known = [number for number in range(len(found.study.points)) if _summary(store, found, number).n]
    if not known:
        return
    chosen = some_of(known)
    figure, axes = new_figure(f"How soon a start is live{selected(known)}")
    timeouts = dict.fromkeys(_timeout(found, number) for number in chosen)
    longest = 0.0
    for number, point in enumerate(chosen):
        times, shares = _distribution(found, store, point)
        longest = max(longest, times[-1])
        label = settings_in_words(found.study.points[point].settings) or ("as in the file" if len(chosen) > 1 else "")
        style: dict[str, Any] = {"color": HUES[number], "linestyle": DASHES[number], "lw": 1.8}
        axes.step(times, shares, where="post", label=label, **style)
        axes.plot([times[-1], _timeout(found, point)], [shares[-1]] * 2, **(style | {"lw": 1.0}))
    right = max(longest, *timeouts) * 1.04
    logarithmic = right > 20 * max(1.0, _median(found, store, chosen[0]))
    if logarithmic:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.minorticks_off()
        axes.set_xlim(right=right)
    else:
        axes.set_xlim(0, right)
    for timeout in timeouts:
        axes.axvline(timeout, color=INK, lw=1.1, linestyle=(0, (6, 3)))
    shown = f"startup timeout, {min(timeouts) / 1000:g} s" if len(timeouts) == 1 else "startup timeouts"
    axes.plot([], [], color=INK, lw=1.1, linestyle=(0, (6, 3)), label=shown)
    axes.xaxis.set_major_formatter(SECONDS)
    axes.set_xlabel("seconds since the start was accepted")
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(PERCENT)
    axes.set_ylabel("starts that are live")
    legend(figure)
    yield "time_to_live", "Which share of all starts was live after how many seconds, and where the limit is.", figure


def _distribution(found: Answers, store: ResultStore, point: int) -> tuple[list[float], list[float]]:
    """The cumulative distribution at no more than 500 places; its memory does not depend on the number of runs."""
    runs, n = found.runs[point], _summary(store, found, point).n
    asked = max(n, store.summary(point, "start_succeeds", runs).n)
    places = sorted({1 + round(at * (n - 1) / 499) for at in range(500)})
    values = store.at_ranks(point, "time_to_live_ms", runs, places)
    return [values[place] for place in places], [place / asked for place in places]


def _summary(store: ResultStore, found: Answers, point: int) -> Any:
    return store.summary(point, "time_to_live_ms", found.runs[point])


def _median(found: Answers, store: ResultStore, point: int) -> float:
    place = (_summary(store, found, point).n + 1) // 2
    return store.at_ranks(point, "time_to_live_ms", found.runs[point], [place])[place]


def _timeout(found: Answers, point: int) -> int:
    timeout: int = found.study.points[point].experiment.config.startup_timeout
    return timeout


def outcomes(found: Answers, store: ResultStore) -> Iterator[Drawn]:
    """What becomes of the runs in which a fault of one kind hit one service."""
    measure = aimed_at(found.study.experiment)
    tried: dict[tuple[str, str], list[int]] = {}
    for point, runs in enumerate(found.runs):
        for hits, value in store.rows(point, ("hits", measure), runs, f"hits <> '' AND {measure} IS NOT NULL"):
            for service, fault in json.loads(hits):
                cell = tried.setdefault((service, fault), [0, 0])
                cell[0] += bool(value)
                cell[1] += 1
    if not tried or (len(tried) == 1 and max(n for _, n in tried.values()) == sum(found.runs)):
        return  # of one cell with every run in it the estimates say as much
    services = [service for service in SERVICES if any(service == hit for hit, _ in tried)]
    kinds = [fault.name for fault in FAULTS if any(fault.name == kind for _, kind in tried)]
    grid = np.full((len(services), len(kinds)), np.nan)
    for (service, kind), (good, n) in tried.items():
        grid[services.index(service), kinds.index(kind)] = good / n
    title = f"{in_words(measure)}, by what went wrong where"
    figure, axes = new_figure(title, 3.6 + 1.25 * max(len(kinds), 2), 1.7 + 0.62 * len(services))
    image = axes.imshow(grid, cmap=MAP if EVERY[measure].better > 0 else MAP.reversed(), vmin=0, vmax=1, aspect="auto")
    for (service, kind), (good, n) in tried.items():
        share = good / n
        light = 0.12 < share < 0.88
        where = (kinds.index(kind), services.index(service))
        axes.text(
            *where,
            f"{100 * share:.0f} %\n{n:,} runs",
            ha="center",
            va="center",
            fontsize=9,
            color=INK if light else "white",
        )
    axes.set_xticks(range(len(kinds)), [kind.replace("_", " ") for kind in kinds])
    axes.set_yticks(range(len(services)), [service.replace("_", " ") for service in services])
    axes.tick_params(length=0, labelcolor=INK)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    figure.colorbar(image, ax=axes, format=PERCENT, pad=0.02).outline.set_visible(False)
    yield (
        "outcomes",
        f"{in_words(measure)} among the runs in which a fault hit a service; empty where none did.",
        figure,
    )


def left_on(found: Answers, store: ResultStore) -> Iterator[Drawn]:
    """In which share of the runs a service is truly on although the state is not starting, live or stopping."""
    concerned, longest = 0, 0.0
    for spans in _spans(found, store):
        concerned += 1
        longest = max(longest, *(span.to_ms for span in spans))
    if concerned < FEW:
        return
    width = longest * 1.05 / BINS
    on = {service: np.zeros(BINS + 1) for service in ON_AIR_SERVICES}
    for span in chain.from_iterable(_spans(found, store)):
        on[span.service][int(span.from_ms / width)] += 1
        on[span.service][int(np.ceil(span.to_ms / width))] -= 1
    figure, axes = new_figure("Services left on, over time")
    total, at = sum(found.runs), [index * width for index in range(BINS + 1)]
    for number, service in enumerate(ON_AIR_SERVICES):
        if on[service].any():
            label, dash = service.replace("_", " "), DASHES[number]
            shares = np.cumsum(on[service]) / total
            axes.step(at, shares, where="post", color=HUES[number], linestyle=dash, label=label, lw=1.8)
    axes.set_xlim(0, longest * 1.05)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_formatter(SECONDS)
    axes.yaxis.set_major_formatter(PERCENT)
    axes.set_xlabel("seconds since the beginning")
    axes.set_ylabel("runs in which it is on")
    legend(figure)
    yield "left_on", "The share of runs in which a service is truly on outside starting, live and stopping.", figure


def _spans(found: Answers, store: ResultStore) -> Iterator[list[Span]]:
    """Of every run that has any."""
    for point, runs in enumerate(found.runs):
        for (spans,) in store.rows(point, ("spans",), runs, "spans <> ''"):
            yield [Span(*span) for span in json.loads(spans)]


BINS, FEW = 400, 5
"""How finely time is divided, and of how many runs there has to be something to show."""
