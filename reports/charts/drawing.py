"""What every chart is drawn with: hues, marks, figures, labels, and the picture as bytes."""

import io
import textwrap
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from broadcast_orchestrator.properties.experiments.answers import Answers, Estimate
from broadcast_orchestrator.properties.experiments.units import duration, limits
from broadcast_orchestrator.reports.charts.inline_svg import inline_svg
from broadcast_orchestrator.sim.experiments.tables import MeasureClaim

HUES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5f6b76")


MARKS, DASHES = "osD^vP*", ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))


INK, SOFT, RULE, PAPER = "#1b2126", "#5a6570", "#dde1e5", "#ffffff"


ON_LIGHT, ON_DARK = "#1b2127", "#fffffe"
"""What is written on a hue: it is as dark as `INK` or as light as `PAPER`, whatever the theme of the page."""


MAP = LinearSegmentedColormap.from_list("outcome", ["#b84a00", "#f3d9c4", "#f7f7f5", "#c3dcee", "#00629a"])


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


DURATION = FuncFormatter(lambda value, _: duration(value))


WIDE, NARROW = 8.6, 3.9
"""How wide a picture is, in inches: in a file and on a page, and on a page that is narrow. Its letters are of one
size."""


NARROWER = 6.0
"""A picture of fewer inches than this is a narrow one."""


class Chart(NamedTuple):
    """A picture: the name of its file, a sentence that says what it shows, the picture as SVG and as PNG, and as part
    of a page that is wide or narrow."""

    name: str
    caption: str
    svg: bytes
    png: bytes
    wide: str
    narrow: str


class Drawn(NamedTuple):
    """A picture before it is drawn: `draw` makes a figure that is so many inches wide."""

    name: str
    caption: str
    draw: Callable[[float], Figure]


def saved(drawn: Drawn) -> Chart:
    """The picture drawn: as SVG and PNG, without the time at which it was made, and for a page."""
    figure, png = drawn.draw(WIDE), io.BytesIO()
    figure.savefig(png, format="png", dpi=160, metadata={"Software": None})
    whole = svg_of(figure)
    with rc_context({"svg.fonttype": "none"}):  # the letters of a page are its own
        wide, narrow = (
            inline_svg(svg_of(each), f"{drawn.name}-{size}", drawn.caption)
            for size, each in (("wide", figure), ("narrow", drawn.draw(NARROW)))
        )
    return Chart(drawn.name, drawn.caption, whole, png.getvalue(), wide, narrow)


def svg_of(figure: Figure) -> bytes:
    """The figure as SVG, without the time at which it was made."""
    svg = io.BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    return svg.getvalue()


def new_figure(title: str, width: float, height: float = 4.2) -> tuple[Figure, Axes]:
    """A figure with one pair of axes and a title."""
    figure = Figure(figsize=(width, height), layout="constrained", facecolor=PAPER)
    axes = figure.add_subplot()
    titled(axes, title, width)
    return figure, axes


def titled(axes: Axes, title: str, width: float) -> None:
    """Give the axes a title, in as many lines as the width asks for."""
    axes.set_title(textwrap.fill(title, round(8.5 * (width - 0.6))))


def shares(found: Answers, measure: str) -> list[Estimate]:
    """The estimate of a share at every point, in order."""
    return [each for each in found.estimates if each.measure == measure]


def in_words(measure: str) -> str:
    """The name of a measure, in words."""
    return measure.removesuffix("_ms").replace("_", " ").capitalize()


def some_of(things: Sequence[Any]) -> list[Any]:
    """At most `CURVES` of them, spread evenly, the first and the last among them."""
    if len(things) <= CURVES:
        return list(things)
    return [things[round(at * (len(things) - 1) / (CURVES - 1))] for at in range(CURVES)]


def selected(things: Any) -> str:
    """What a title adds where only some are shown."""
    return f" ({CURVES} of {len(things)})" if len(things) > CURVES else ""


class End(NamedTuple):
    """Where a curve ends on the right, and what it is called there."""

    y: float
    label: str
    hue: str


def label_ends(axes: Axes, ends: Sequence[End]) -> None:
    """Write what each curve is beside its end, one below the other where they end together."""
    low, high = axes.get_ylim()
    room, last = (high - low) * 0.055 * 4.2 / axes.figure.get_figheight(), float("-inf")  # type: ignore[union-attr]
    for end in sorted(ends, key=lambda end: end.y):
        last = max(end.y, last + room)
        axes.annotate(
            end.label,
            (1, last),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=end.hue,
            fontsize=9,
            annotation_clip=False,
        )


def limit_lines(axes: Axes, limits: Sequence[tuple[float, str]]) -> None:
    """What is claimed, as dashed lines across."""
    for value, words in limits:
        axes.axhline(value, color=INK, lw=1.1, linestyle=(0, (6, 3)), zorder=1.5)
        axes.annotate(
            words,
            (0, value),
            xycoords=("axes fraction", "data"),
            xytext=(4, 3),
            textcoords="offset points",
            color=SOFT,
            fontsize=9,
        )


def in_percent(axes: Axes, measure: str) -> None:
    """The axis of a share, in percent."""
    axes.set_ylim(-0.02, 1.04)
    axes.yaxis.set_major_formatter(PERCENT)
    axes.set_ylabel(in_words(measure))


def claimed(found: Answers, measure: str) -> list[tuple[float, str]]:
    """The limits that the experiment claims for a measure, with words."""
    claims = [claim for claim in found.study.experiment.expect if isinstance(claim, MeasureClaim)]
    asked = [claim for claim in claims if claim.measure == measure and claim.quantile is None]
    every = [limit for claim in asked for limit in limits(claim.at_least, claim.at_most, measure)]
    return [(value, f"claimed: {words}") for value, words in every]
