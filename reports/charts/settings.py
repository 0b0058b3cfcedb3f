"""An experiment over its settings: a curve for each, or which of them moves the answer most."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from matplotlib.axes import Axes

from broadcast_orchestrator.properties.experiments.answers import Answers, Estimate, aimed_at, settings_in_words
from broadcast_orchestrator.reports.charts.drawing import (
    DASHES,
    HUES,
    INK,
    MARKS,
    PERCENT,
    SOFT,
    Drawn,
    in_percent,
    in_words,
    legend,
    new_figure,
    selected,
    shares,
    some_of,
)


def swept(found: Answers) -> Iterator[Drawn]:
    """The share that the experiment is about, against the first swept setting; a curve for each of the others."""
    points = found.study.points
    if len(points) < 2:
        return
    measure = aimed_at(found.study.experiment)
    estimates = shares(found, measure)
    setting, *others = points[0].settings
    curves: dict[str, list[tuple[Any, Estimate]]] = {}
    for point, estimate in zip(points, estimates, strict=True):
        other = {name: point.settings[name] for name in others}
        curves.setdefault(settings_in_words(other), []).append((point.settings[setting], estimate))
    figure, axes = new_figure(f"{in_words(measure)} against {setting}{selected(curves)}")
    values = [point.settings[setting] for point in points]
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    places = {value: value if numeric else at for at, value in enumerate(dict.fromkeys(values))}
    for number, label in enumerate(some_of(list(curves))):
        _curve(axes, number, label, [(places[value], estimate) for value, estimate in curves[label]])
    _label_values(axes, found, places, numeric)
    axes.set_xlabel(setting)
    in_percent(axes, measure)
    if others or any(estimate.exact is not None for estimate in estimates):
        legend(figure)
    confidence = found.study.experiment.confidence
    yield "swept", f"{in_words(measure)} against {setting}; the bands are {100 * confidence:g} % intervals.", figure


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


def tornado(found: Answers) -> Iterator[Drawn]:
    """How far each setting moves the share by itself, the strongest on top."""
    measure = aimed_at(found.study.experiment)
    base, *moved = zip(found.study.points, shares(found, measure), strict=True)
    middle = base[1].estimate
    ends: dict[str, list[End]] = {}
    for point, each in moved:
        if each.estimate is not None and each.low is not None and each.high is not None:
            ((setting, value),) = point.settings.items()
            ends.setdefault(setting, []).append(End(each.estimate, each.low, each.high, _in_figures(value)))
    if middle is None or not ends:
        return
    ordered = sorted(ends.items(), key=lambda item: max(item[1])[0] - min(item[1])[0])
    figure, axes = new_figure(f"Which setting moves “{in_words(measure).lower()}”", height=1.6 + 0.62 * len(ordered))
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
    axes.set_xlabel(in_words(measure))
    sure = f"{100 * found.study.experiment.confidence:g} %"
    yield (
        "sensitivity",
        f"How far each setting by itself moves “{in_words(measure).lower()}”, with {sure} intervals.",
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


def _in_figures(value: Any) -> str:
    return f"{value:,g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
