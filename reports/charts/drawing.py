"""What every chart is drawn with: hues, marks, figures, legends, and the picture as bytes."""

import io
from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from broadcast_orchestrator.properties.experiments.answers import Answers, Estimate

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


Drawn = tuple[str, str, Figure]


def saved(name: str, caption: str, figure: Figure) -> Chart:
    """The figure as a chart: SVG and PNG, without the time at which it was made."""
    svg, png = io.BytesIO(), io.BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    figure.savefig(png, format="png", dpi=160, metadata={"Software": None})
    return Chart(name, caption, round(100 * figure.get_figwidth()), svg.getvalue(), png.getvalue())


def new_figure(title: str, width: float = 8.0, height: float = 4.2) -> tuple[Figure, Axes]:
    """A figure with one pair of axes and a title."""
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    axes.set_title(title)
    return figure, axes


def shares(found: Answers, measure: str) -> list[Estimate]:
    """The estimate of a share at every point, in order."""
    return [each for each in found.estimates if each.measure == measure]


def in_words(measure: str) -> str:
    """The name of a measure, in words."""
    return measure.replace("_", " ").capitalize()


def some_of(things: Sequence[Any]) -> list[Any]:
    """At most `CURVES` of them, spread evenly, the first and the last among them."""
    if len(things) <= CURVES:
        return list(things)
    return [things[round(at * (len(things) - 1) / (CURVES - 1))] for at in range(CURVES)]


def selected(things: Any) -> str:
    """What a title adds where only some are shown."""
    return f" ({CURVES} of {len(things)})" if len(things) > CURVES else ""


def legend(figure: Figure) -> None:
    """Below the picture, where it hides nothing."""
    figure.legend(loc="outside lower center", ncols=2, fontsize=9)


def in_percent(axes: Axes, measure: str) -> None:
    """The axis of a share, in percent."""
    axes.set_ylim(-0.02, 1.02)
    axes.yaxis.set_major_formatter(PERCENT)
    axes.set_ylabel(in_words(measure))
