"""The pictures of a fleet: how its dashboards were, and what came to each pool, over time, with the outage shaded."""

import json
import math
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.properties.experiments.answers import Answers, settings_in_words
from broadcast_orchestrator.reports.charts.drawing import CURVES, HUES, INK, NARROWER, PAPER, PERCENT, RULE, SOFT, Drawn
from broadcast_orchestrator.reports.charts.time_axis import time_ticks
from broadcast_orchestrator.sim.campaign.store import ResultStore
from broadcast_orchestrator.sim.experiments.fleet_tables import FleetTable, PoolTable
from broadcast_orchestrator.sim.experiments.tables import Experiment
from broadcast_orchestrator.sim.fleet.series import ZOOM_BEFORE_MS, ZOOM_WIDTH_MS

BLUE, VERMILION, GREEN, _, ORANGE, SKY, _ = HUES
STATES = {
    "live": (("live",), GREEN, ""),
    "ready": (("ready",), SKY, ""),
    "on the way": (("initializing", "starting", "stopping"), ORANGE, ""),
    "error": (("error",), VERMILION, "////"),
    "idle": (("idle",), RULE, "...."),
}
"""How the states are put together, from the bottom up: their colour and their hatching."""

WORDS = {"refuse": "refuses", "queue": "serves nobody", "slow": "is slow"}
LIMITS = {
    "backend": ("startup_timeout", "startup timeout"),
    "host": ("initialization_timeout", "initialization timeout"),
    "producer": ("startup_timeout", "startup timeout"),
}
"""The limit that a call which waits at a pool runs into."""

PANEL = 2.2
"""The height of one panel in inches."""


class FleetRun(NamedTuple):
    """One run of a fleet: the experiment, its settings in words, and its time series."""

    experiment: Experiment
    fleet: FleetTable
    settings: str
    series: dict[str, Any]


def fleet_pictures(found: Answers, store: ResultStore) -> Iterator[Drawn]:
    """Two pictures of the first run of every point, of a few points where there are many."""
    for number, runs in list(enumerate(found.runs))[:CURVES]:
        point = found.study.points[number]
        name = "fleet" if len(found.runs) == 1 else f"fleet-{number + 1}"
        for (series,) in store.rows(number, ("series",), runs, "series <> ''", 1):
            fleet = point.experiment.fleet
            assert fleet is not None
            run = FleetRun(point.experiment, fleet, settings_in_words(point.settings), json.loads(series))
            yield Drawn(name, _caption(run), partial(_over_time, run))
            if run.fleet.outage is not None:
                yield Drawn(f"{name}-closely", _close_caption(run), partial(_closely, run))


def _caption(run: FleetRun) -> str:
    told = f"{run.fleet.dashboards:,} dashboards over time: their states, and what came to each pool"
    outage = f"; the {run.fleet.outage.pool}’s outage is shaded" if run.fleet.outage else ""
    return f"{told}{outage}{_where(run)}."


def _close_caption(run: FleetRun) -> str:
    assert run.fleet.outage is not None
    return f"Calls that arrive at the {run.fleet.outage.pool} just before and after the end of its outage{_where(run)}."


def _where(run: FleetRun) -> str:
    return f" ({run.settings})" if run.settings else ""


# -- Over time ------------------------------------------------------------------------------------


def _over_time(run: FleetRun, width: float) -> Figure:
    pools = run.fleet.pools
    narrow = width < NARROWER
    height = PANEL * (1.3 + 2 * len(pools)) * (1.4 if narrow else 1.0)
    figure = Figure(figsize=(width, height), layout="constrained", facecolor=PAPER)
    axes = figure.subplots(1 + 2 * len(pools), 1, sharex=True, squeeze=False)[:, 0]
    _states(axes[0], run)
    for place, (name, table) in enumerate(pools.items()):
        _load(axes[1 + 2 * place], run, name, table)
        _queue(axes[2 + 2 * place], run, name, table)
    for each in axes:
        _shade(each, run.fleet)
        _legend(each, narrow=narrow, last=each is axes[-1])
    end_ms = run.series["width_ms"] * len(run.series["states"]["live"])
    axes[-1].set_xlim(0, end_ms)
    time_ticks(axes[-1], width * 0.7)
    axes[-1].set_xlabel("since the beginning")
    return figure


def _legend(axes: Axes, *, narrow: bool, last: bool) -> None:
    """Beside the axes, or below them where there is no room."""
    if narrow:
        axes.legend(loc="upper left", bbox_to_anchor=(-0.1, -0.3 if last else -0.04), ncols=2, fontsize=7)
    else:
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8, borderaxespad=0.3)


def _states(axes: Axes, run: FleetRun) -> None:
    """Which share of all dashboards is in which state; blank where one has not arrived yet."""
    states = {state: np.array(counts) / run.fleet.dashboards for state, counts in run.series["states"].items()}
    bottom = np.zeros(len(states["live"]))
    times = _ends(run.series)
    for label, (together, colour, hatch) in STATES.items():
        share = np.sum([states[state] for state in together], axis=0)
        if share.any():
            style: dict[str, Any] = {"step": "pre", "facecolor": colour, "hatch": hatch, "edgecolor": "white", "lw": 0}
            axes.fill_between(times, bottom, bottom + share, label=label, **style)
        bottom = bottom + share
    axes.set_title(f"The dashboards{_where(run)}")
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(PERCENT)
    axes.set_ylabel("of all dashboards")


def _load(axes: Axes, run: FleetRun, name: str, table: PoolTable) -> None:
    """What arrives a second, and what becomes of what is served."""
    series = run.series["pools"][name]
    times, per_s = _ends(run.series), 1000 / run.series["width_ms"]
    useful, wasted = (np.array(series[kind]) * per_s for kind in ("useful", "wasted"))
    axes.fill_between(times, 0, useful, step="pre", color=BLUE, alpha=0.35, lw=0, label="served in time")
    if wasted.any():
        style: dict[str, Any] = {"facecolor": VERMILION, "alpha": 0.55, "hatch": "////", "edgecolor": "white", "lw": 0}
        axes.fill_between(times, useful, useful + wasted, step="pre", label="served in vain", **style)
    axes.plot(times, np.array(series["arrived"]) * per_s, color=INK, lw=1.2, drawstyle="steps-pre", label="arrived")
    if "calm" in run.series:
        calm = run.series["calm"]
        arrived = np.array(calm["pools"][name]["arrived"]) * 1000 / calm["width_ms"]
        style = {"color": SOFT, "lw": 1.0, "linestyle": ":", "drawstyle": "steps-pre"}
        axes.plot(_ends(calm), arrived, label="without the outage", **style)
    if (capacity := _capacity(table)) is not None:
        axes.axhline(capacity, color=ORANGE, lw=1.4, linestyle="--", label=f"capacity, {capacity:.3g}/s")
    axes.set_title(f"What comes to the {name}")
    axes.set_ylabel("calls a second")
    axes.set_ylim(bottom=0)


def _queue(axes: Axes, run: FleetRun, name: str, table: PoolTable) -> None:
    """How long the line is, and from where on who joins it is served too late."""
    queue = run.series["pools"][name]["queue"]
    axes.plot(_ends(run.series), queue, color=BLUE, lw=1.4, drawstyle="steps-pre", label="calls that wait")
    top = max(*queue, 1)
    option, words = LIMITS[name]
    if (capacity := _capacity(table)) is not None:
        late = capacity * _limit_ms(run.experiment.config, option) / 1000
        style: dict[str, Any] = {"color": VERMILION, "lw": 1.4, "linestyle": "--"}
        if late <= 3 * top:
            axes.axhline(late, label=f"wait as long as\nthe {words}", **style)
            top = max(top, late)
        else:
            axes.plot([], [], label=f"far above, at {late:,.0f}:\nthe {words}", **style)
    if table.queue is not None and table.queue <= 3 * top:
        axes.axhline(table.queue, color=SOFT, lw=1.2, linestyle=":", label="longest that may be")
        top = max(top, table.queue)
    axes.set_title(f"The line at the {name}")
    axes.set_ylabel("calls")
    axes.set_ylim(0, top * 1.08)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _limit_ms(config: OrchestratorConfig, option: str) -> int:
    limit: int = getattr(config, option)
    return limit


def _capacity(table: PoolTable) -> float | None:
    """How many calls a second the servers can serve at most, None where there is no such number."""
    mean_ms = table.service.mean_ms
    if table.servers is None or not 0 < mean_ms < math.inf:
        return None
    return 1000 * table.servers / mean_ms


def _shade(axes: Axes, fleet: FleetTable) -> None:
    outage = fleet.outage
    if outage is not None:
        label = f"outage: the {outage.pool}\n{WORDS[outage.how]}"
        axes.axvspan(outage.from_ms, outage.to_ms, color=INK, alpha=0.13, lw=0, zorder=2.5, label=label)


def _ends(series: dict[str, Any]) -> list[float]:
    """The end of every bucket, in milliseconds."""
    return [series["width_ms"] * (place + 1) for place in range(len(series["states"]["live"]))]


# -- Closely --------------------------------------------------------------------------------------


def _closely(run: FleetRun, width: float) -> Figure:
    """Arrivals at the pool of the outage in quarters of a second; waves are retries in step."""
    outage, series = run.fleet.outage, run.series
    assert outage is not None
    arrived = np.diff(series["closely"]) * 1000 / ZOOM_WIDTH_MS
    begin_ms = max(0.0, outage.to_ms - ZOOM_BEFORE_MS)
    times = [(begin_ms + ZOOM_WIDTH_MS * place - outage.to_ms) / 1000 for place in range(len(arrived))]
    figure = Figure(figsize=(width, 3.2), layout="constrained", facecolor=PAPER)
    axes = figure.add_subplot()
    axes.bar(times, arrived, width=ZOOM_WIDTH_MS / 1000, align="edge", color=BLUE, label="arrived")
    calm = np.diff(series["calm"]["closely"]) * 1000 / ZOOM_WIDTH_MS
    axes.axhline(float(np.mean(calm)), color=SOFT, lw=1.4, linestyle=":", label="without the outage, on average")
    if (capacity := _capacity(run.fleet.pools[outage.pool])) is not None:
        axes.axhline(capacity, color=ORANGE, lw=1.4, linestyle="--", label=f"capacity, {capacity:.3g}/s")
    axes.axvspan(times[0], 0, color=INK, alpha=0.13, lw=0, zorder=0.5, label="outage")
    axes.set_title(f"Around the end of the outage: what comes to the {outage.pool}{_where(run)}")
    axes.set_xlim(times[0], times[-1])
    axes.set_xlabel("seconds since the end of the outage")
    axes.set_ylabel("calls a second")
    figure.legend(loc="outside lower center", ncols=4, fontsize=9)
    return figure
