"""The pictures of an experiment: each answers one question at a glance, in the colour-blind safe hues of Okabe and
Ito, and never by colour alone. Only matplotlib's own objects are used, no global state: the same results give the same
bytes."""

import io
import json
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator

from broadcast_orchestrator.model.operations import ON_AIR_SERVICES, SERVICES
from broadcast_orchestrator.properties.experiments.answers import Answers, Estimate, aimed_at, settings_in_words
from broadcast_orchestrator.properties.experiments.measures import Span
from broadcast_orchestrator.sim.experiments.store import Store
from broadcast_orchestrator.sim.fleet.vocabulary import EVERY
from broadcast_orchestrator.sim.world.faults import FAULTS

HUES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5f6b76")
MARKS, DASHES = "osD^vP*", ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
INK, SOFT, RULE = "#1b2126", "#5a6570", "#dde1e5"
MAP = LinearSegmentedColormap.from_list("outcome", ["#d55e00", "#f3d9c4", "#f7f7f5", "#c3dcee", "#0072b2"])
STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": RULE,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "legend.frameon": False,
    "svg.hashsalt": "broadcast",
    "svg.fonttype": "path",
}
CURVES = 6
"""More curves than this nobody tells apart; they are then a selection, and the title says so."""

PERCENT = FuncFormatter(lambda value, _: f"{100 * value:g} %")
SECONDS = FuncFormatter(lambda value, _: f"{value / 1000:g}")


class Chart(NamedTuple):
    """A picture: the name of its file, a sentence that says what it shows, its width in pixels of a page, and the
    picture as SVG and as PNG."""

    name: str
    caption: str
    width: int
    svg: bytes
    png: bytes


def charts(found: Answers, store: Store) -> tuple[Chart, ...]:
    """Every picture that the results have something to say for."""
    with rc_context(STYLE):  # type: ignore[arg-type]
        return tuple(_saved(*drawn) for drawn in _drawn(found, store))


Drawn = tuple[str, str, Figure]


def _drawn(found: Answers, store: Store) -> Iterator[Drawn]:
    if found.study.experiment.design == "one_at_a_time" and len(found.study.points) > 1:
        yield from tornado(found)
    else:
        yield from swept(found)
    if found.study.experiment.fleet is not None:
        from broadcast_orchestrator.reports.charts.fleet_charts import fleet_pictures

        yield from fleet_pictures(found, store)
        return
    yield from time_to_live(found, store)
    yield from outcomes(found, store)
    yield from left_on(found, store)


def _saved(name: str, caption: str, figure: Figure) -> Chart:
    svg, png = io.BytesIO(), io.BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    figure.savefig(png, format="png", dpi=160, metadata={"Software": None})
    return Chart(name, caption, round(100 * figure.get_figwidth()), svg.getvalue(), png.getvalue())


def _figure(title: str, width: float = 8.0, height: float = 4.2) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    axes.set_title(title)
    return figure, axes


# -- Against a setting ----------------------------------------------------------------------------


def swept(found: Answers) -> Iterator[Drawn]:
    """The share that the experiment is about, against the first swept setting; a curve for each of the others."""
    points = found.study.points
    if len(points) < 2:
        return
    measure = aimed_at(found.study.experiment)
    shares = _shares(found, measure)
    setting, *others = points[0].settings
    curves: dict[str, list[tuple[Any, Estimate]]] = {}
    for point, estimate in zip(points, shares, strict=True):
        other = {name: point.settings[name] for name in others}
        curves.setdefault(settings_in_words(other), []).append((point.settings[setting], estimate))
    figure, axes = _figure(f"{_words(measure)} against {setting}{_selected(curves)}")
    values = [point.settings[setting] for point in points]
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    places = {value: value if numeric else at for at, value in enumerate(dict.fromkeys(values))}
    for number, label in enumerate(_some(list(curves))):
        _curve(axes, number, label, [(places[value], estimate) for value, estimate in curves[label]])
    _label_values(axes, found, places, numeric)
    axes.set_xlabel(setting)
    _percent(axes, measure)
    if others or any(estimate.exact is not None for estimate in shares):
        _legend(figure)
    confidence = found.study.experiment.confidence
    yield "swept", f"{_words(measure)} against {setting}; the bands are {100 * confidence:g} % intervals.", figure


def _curve(axes: Axes, number: int, label: str, pairs: list[tuple[float, Estimate]]) -> None:
    known = [(at, each) for at, each in pairs if each.estimate is not None]
    at, hue = [x for x, _ in known], HUES[number % len(HUES)]
    axes.fill_between(
        at, [e.low or 0.0 for _, e in known], [e.high or 0.0 for _, e in known], color=hue, alpha=0.18, lw=0
    )
    style: dict[str, Any] = {"color": hue, "marker": MARKS[number % 7], "linestyle": DASHES[number % 7]}
    axes.plot(at, [e.estimate or 0.0 for _, e in known], label=label or "estimate", **style)
    exact = [(x, e.exact) for x, e in known if e.exact is not None]
    if exact:
        axes.plot(*zip(*exact, strict=True), "x", color=INK, ms=9, mew=1.8, label="" if number else "exact", zorder=5)


def _label_values(axes: Axes, found: Answers, places: dict[Any, Any], numeric: bool) -> None:
    if not numeric:
        axes.set_xticks(list(places.values()), [str(value) for value in places])
        return
    if found.study.experiment.sweep[0].scale == "log":
        axes.set_xscale("log")
    if len(places) <= 12:
        axes.set_xticks(list(places), [f"{value:,g}" for value in places])
        axes.minorticks_off()


# -- Which setting matters ------------------------------------------------------------------------


def tornado(found: Answers) -> Iterator[Drawn]:
    """How far each setting moves the share by itself, the strongest on top."""
    measure = aimed_at(found.study.experiment)
    base, *moved = zip(found.study.points, _shares(found, measure), strict=True)
    middle = base[1].estimate
    ends: dict[str, list[End]] = {}
    for point, each in moved:
        if each.estimate is not None and each.low is not None and each.high is not None:
            ((setting, value),) = point.settings.items()
            ends.setdefault(setting, []).append(End(each.estimate, each.low, each.high, _shown(value)))
    if middle is None or not ends:
        return
    ordered = sorted(ends.items(), key=lambda item: max(item[1])[0] - min(item[1])[0])
    figure, axes = _figure(f"Which setting moves “{_words(measure).lower()}”", height=1.6 + 0.62 * len(ordered))
    for row, (_, values) in enumerate(ordered):
        _bar(axes, row, middle, values)
    axes.axvline(middle, color=INK, lw=1.2)
    axes.annotate(
        f"as in the file: {100 * middle:.1f} %",
        (middle, 1),
        xycoords=("data", "axes fraction"),
        xytext=(4, 3),
        textcoords="offset points",
        color=SOFT,
        fontsize=9,
    )
    axes.set_title(axes.get_title(loc="left"), pad=24)
    axes.set_yticks(range(len(ordered)), [setting for setting, _ in ordered])
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.set_ylim(-0.7, len(ordered) - 0.3)
    every = [share for _, values in ordered for end in values for share in (end.low, end.high)]
    room = max(0.02, (max(*every, middle) - min(*every, middle)) * 0.2)
    axes.set_xlim(max(-0.12, min(*every, middle) - room), min(1.12, max(*every, middle) + room))
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(PERCENT)
    axes.set_xlabel(_words(measure))
    sure = f"{100 * found.study.experiment.confidence:g} %"
    yield (
        "sensitivity",
        f"How far each setting by itself moves “{_words(measure).lower()}”, with {sure} intervals.",
        figure,
    )


class End(NamedTuple):
    """What one value of a setting makes of the share, and the interval around it."""

    share: float
    low: float
    high: float
    value: str


def _bar(axes: Axes, row: int, middle: float, ends: list[End]) -> None:
    """A bar to the lowest and to the highest share, with their intervals; a word where there is no bar."""
    lowest, highest = min(ends), max(ends)
    if lowest.share == highest.share == middle:
        said = f"{', '.join(end.value for end in ends)}: no difference"
        axes.annotate(
            said, (middle, row), xytext=(5, 0), textcoords="offset points", va="center", fontsize=9, color=SOFT
        )
        return
    for end in dict.fromkeys((lowest, highest)):
        better = end.share >= middle
        axes.barh(row, end.share - middle, left=middle, height=0.56, color=HUES[0] if better else HUES[1])
        axes.plot([end.low, end.high], [row, row], color=INK, lw=1.1, marker="|", ms=7)
        axes.annotate(
            end.value,
            (end.high if better else end.low, row),
            xytext=(7 if better else -7, 0),
            textcoords="offset points",
            va="center",
            ha="left" if better else "right",
            fontsize=9,
        )


def _shown(value: Any) -> str:
    return f"{value:,g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


# -- Times ----------------------------------------------------------------------------------------


def time_to_live(found: Answers, store: Store) -> Iterator[Drawn]:
    """Which share of the starts was live by then; starts that failed never are, so a curve may end below 100 %."""
    known = [number for number in range(len(found.study.points)) if _summary(store, found, number).n]
    if not known:
        return
    chosen = _some(known)
    figure, axes = _figure(f"How soon a start is live{_selected(known)}")
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
    _legend(figure)
    yield "time_to_live", "Which share of all starts was live after how many seconds, and where the limit is.", figure


def _distribution(found: Answers, store: Store, point: int) -> tuple[list[float], list[float]]:
    """The cumulative distribution at no more than 500 places; its memory does not depend on the number of runs."""
    runs, n = found.runs[point], _summary(store, found, point).n
    asked = max(n, store.summary(point, "start_succeeds", runs).n)
    places = sorted({1 + round(at * (n - 1) / 499) for at in range(500)})
    values = store.at_ranks(point, "time_to_live_ms", runs, places)
    return [values[place] for place in places], [place / asked for place in places]


def _summary(store: Store, found: Answers, point: int) -> Any:
    return store.summary(point, "time_to_live_ms", found.runs[point])


def _median(found: Answers, store: Store, point: int) -> float:
    place = (_summary(store, found, point).n + 1) // 2
    return store.at_ranks(point, "time_to_live_ms", found.runs[point], [place])[place]


def _timeout(found: Answers, point: int) -> int:
    timeout: int = found.study.points[point].experiment.config.startup_timeout
    return timeout


# -- Faults ---------------------------------------------------------------------------------------


def outcomes(found: Answers, store: Store) -> Iterator[Drawn]:
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
    title = f"{_words(measure)}, by what went wrong where"
    figure, axes = _figure(title, 3.6 + 1.25 * max(len(kinds), 2), 1.7 + 0.62 * len(services))
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
    yield "outcomes", f"{_words(measure)} among the runs in which a fault hit a service; empty where none did.", figure


# -- Residue --------------------------------------------------------------------------------------

BINS, FEW = 400, 5
"""How finely time is divided, and of how many runs there has to be something to show."""


def left_on(found: Answers, store: Store) -> Iterator[Drawn]:
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
    figure, axes = _figure("Services left on, over time")
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
    _legend(figure)
    yield "left_on", "The share of runs in which a service is truly on outside starting, live and stopping.", figure


def _spans(found: Answers, store: Store) -> Iterator[list[Span]]:
    """Of every run that has any."""
    for point, runs in enumerate(found.runs):
        for (spans,) in store.rows(point, ("spans",), runs, "spans <> ''"):
            yield [Span(*span) for span in json.loads(spans)]


# -- Common ---------------------------------------------------------------------------------------


def _shares(found: Answers, measure: str) -> list[Estimate]:
    """The estimate of a share at every point, in order."""
    return [each for each in found.estimates if each.measure == measure]


def _words(measure: str) -> str:
    return measure.replace("_", " ").capitalize()


def _some(things: Sequence[Any]) -> list[Any]:
    """At most `CURVES` of them, spread evenly, the first and the last among them."""
    if len(things) <= CURVES:
        return list(things)
    return [things[round(at * (len(things) - 1) / (CURVES - 1))] for at in range(CURVES)]


def _selected(things: Any) -> str:
    return f" ({CURVES} of {len(things)})" if len(things) > CURVES else ""


def _legend(figure: Figure) -> None:
    """Below the picture, where it hides nothing."""
    figure.legend(loc="outside lower center", ncols=2, fontsize=9)


def _percent(axes: Axes, measure: str) -> None:
    axes.set_ylim(-0.02, 1.02)
    axes.yaxis.set_major_formatter(PERCENT)
    axes.set_ylabel(_words(measure))
