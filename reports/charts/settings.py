"""An experiment over its settings: a curve for each, or which of them moves the answer most."""

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from broadcast_orchestrator.properties.experiments.answers import Answers, Estimate, share_aimed_at
from broadcast_orchestrator.properties.experiments.units import percent, setting_name, setting_value
from broadcast_orchestrator.reports.charts.drawing import (
    DASHES,
    HUES,
    INK,
    MARKS,
    NARROWER,
    PERCENT,
    SOFT,
    Drawn,
    End,
    claimed,
    in_percent,
    in_words,
    label_ends,
    limit_lines,
    new_figure,
    selected,
    shares,
    some_of,
    titled,
)

Pairs = list[tuple[Any, Estimate]]
"""The values of the first setting, each with the estimate there."""

FAR = 8
"""From this ratio of the largest value to the smallest on, a scale of values is logarithmic."""


def swept(found: Answers) -> Iterator[Drawn]:
    """The share that the experiment is about, against the first swept setting; a curve for each of the others, one for
    those that coincide."""
    points = found.study.points
    if len(points) < 2:
        return
    measure = share_aimed_at(found.study.experiment)
    setting, *others = points[0].settings
    curves: dict[str, Pairs] = {}
    for point, estimate in zip(points, shares(found, measure), strict=True):
        told = ", ".join(setting_value(name, point.settings[name]) for name in others)
        curves.setdefault(told, []).append((point.settings[setting], estimate))
    against = f"{in_words(measure)} against {setting_name(setting)}"
    by = f", by {' and '.join(map(setting_name, others))}" if others else ""
    confidence = f"{100 * found.study.experiment.confidence:g} %"
    caption = f"{against}{by}; the bands are {confidence} intervals."
    yield Drawn("swept", caption, partial(_swept, found, measure, setting, f"{against}{by}", curves))


def _swept(found: Answers, measure: str, setting: str, title: str, curves: dict[str, Pairs], width: float) -> Figure:
    merged = _merged(curves)
    figure, axes = new_figure(f"{title}{selected(merged)}", width)
    values = list(dict.fromkeys(value for pairs in curves.values() for value, _ in pairs))
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    places = {value: value if numeric else at for at, value in enumerate(values)}
    chosen = some_of(list(merged))
    for number, label in enumerate(chosen):
        _curve(axes, number, label, [(places[value], estimate) for value, estimate in merged[label]])
    _label_values(axes, setting, places, numeric=numeric)
    axes.set_xlabel(setting_name(setting))
    in_percent(axes, measure)
    limit_lines(axes, claimed(found, measure))
    ends = [End(merged[label][-1][1].estimate or 0.0, label, HUES[at % len(HUES)]) for at, label in enumerate(chosen)]
    label_ends(axes, [end for end in ends if end.label])
    if any(estimate.exact is not None for pairs in curves.values() for _, estimate in pairs):
        axes.legend(loc="lower right", fontsize=9)
    return figure


def _merged(curves: dict[str, Pairs]) -> dict[str, Pairs]:
    """Curves that coincide at every value are one, with the labels of all."""
    labels: dict[tuple[Any, ...], list[str]] = {}
    for label, pairs in curves.items():
        labels.setdefault(tuple((value, each.estimate) for value, each in pairs), []).append(label)
    return {_together(same): curves[same[0]] for same in labels.values()}


def _together(labels: list[str]) -> str:
    return " or ".join(labels) if len(labels) < 4 else f"{labels[0]} to {labels[-1]}"


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


def _label_values(axes: Axes, setting: str, places: dict[Any, Any], *, numeric: bool) -> None:
    """The values of the setting in their unit, on a scale that fits them: logarithmic where they lie far apart."""
    if numeric and min(places.values()) > 0 and max(places.values()) >= FAR * min(places.values()):
        axes.set_xscale("log")
    shown = list(places) if not numeric or len(places) <= 12 else some_of(sorted(places))
    axes.set_xticks([places[value] for value in shown], [setting_value(setting, value) for value in shown])
    axes.minorticks_off()


# -- Settings moved one at a time -----------------------------------------------------------------------


class MovedShare(NamedTuple):
    """What one value of a setting makes of the share, and the interval around it."""

    share: float
    low: float
    high: float
    value: str


def tornado(found: Answers) -> Iterator[Drawn]:
    """How far each setting moves the share by itself, the strongest on top."""
    measure = share_aimed_at(found.study.experiment)
    base, *moved = zip(found.study.points, shares(found, measure), strict=True)
    middle = base[1].estimate
    ends: dict[str, list[MovedShare]] = {}
    for point, each in moved:
        if each.estimate is not None and each.low is not None and each.high is not None:
            ((setting, value),) = point.settings.items()
            told = setting_value(setting, value)
            ends.setdefault(setting, []).append(MovedShare(each.estimate, each.low, each.high, told))
    if middle is None or not ends:
        return
    sure = f"{100 * found.study.experiment.confidence:g} %"
    caption = f"How far each setting by itself moves “{in_words(measure).lower()}”, with {sure} intervals."
    ordered = dict(sorted(ends.items(), key=lambda item: max(item[1])[0] - min(item[1])[0]))
    yield Drawn("sensitivity", caption, partial(_tornado, measure, middle, ordered))


def _tornado(measure: str, middle: float, ordered: dict[str, list[MovedShare]], width: float) -> Figure:
    figure, axes = new_figure("", width, height=1.7 + 0.62 * len(ordered))
    for row, values in enumerate(ordered.values()):
        _bar(axes, row, middle, values)
    axes.axvline(middle, color=INK, lw=1.2)
    axes.annotate(
        f"as in the file: {percent(middle)}",
        (middle, 1),
        xycoords=("data", "axes fraction"),
        xytext=(4, 3),
        textcoords="offset points",
        color=SOFT,
        fontsize=9,
    )
    titled(axes, f"Which setting moves “{in_words(measure).lower()}”", width)
    axes.set_title(axes.get_title(loc="left"), pad=24)
    names = [setting_name(setting) for setting in ordered]
    if width < NARROWER:  # beside the bars there is no room for names: they stand above them
        axes.set_yticks([])
        for row, name in enumerate(names):
            axes.annotate(name, (0, row + 0.36), xycoords=("axes fraction", "data"), fontsize=9, va="bottom")
    else:
        axes.set_yticks(range(len(ordered)), names)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.set_ylim(-0.7, len(ordered) - 0.3)
    every = [share for values in ordered.values() for end in values for share in (end.low, end.high)]
    room = max(0.02, (max(*every, middle) - min(*every, middle)) * 0.2)
    axes.set_xlim(max(-0.12, min(*every, middle) - room), min(1.12, max(*every, middle) + room))
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(PERCENT)
    axes.set_xlabel(in_words(measure))
    return figure


def _bar(axes: Axes, row: int, middle: float, ends: list[MovedShare]) -> None:
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
