"""What the page looks like: the state graph without a style of its own, and the one style sheet."""

import re
from functools import cache
from importlib import resources

from markupsafe import Markup

from broadcast_orchestrator.reports.graphs.palette import NODES, STYLE_SHEET, Tone
from broadcast_orchestrator.reports.output.page_shell import template

_STYLE = re.compile(r"<style[^>]*>.*?</style>", re.DOTALL)


SHEETS = ("monitor.css", "alarm.css", "choosing.css")
"""The page's own style sheets, one after the other."""


@cache
def state_graph() -> Markup:
    """The transition table as drawn for the README; each node and edge carries its name as `data-id`."""
    drawn = resources.files("broadcast_orchestrator.reports").joinpath("pictures/table.svg").read_text(encoding="utf-8")
    return Markup(_STYLE.sub("", drawn[drawn.index("<svg") :]))


@cache
def style_sheet() -> str:
    """The colours of the states, the rules of the state graph, of timelines and of the viewer, and the page's own."""
    page = resources.files("broadcast_orchestrator.reports.monitor").joinpath("page")
    own = [page.joinpath(name).read_text(encoding="utf-8") for name in SHEETS]
    return "\n".join((colours(), STYLE_SHEET, *own, template("timeline.css"), template("viewer.css")))


def colours() -> str:
    """The colours of each kind of state as variables, on light and on dark."""
    light = "".join(_variables(kind, look.light) for kind, look in NODES.items())
    dark = "".join(_variables(kind, look.dark) for kind, look in NODES.items())
    return f":root{{{light}}}\n@media (prefers-color-scheme: dark){{:root{{{dark}}}}}"


def _variables(kind: str, tone: Tone) -> str:
    return f"--{kind}-line:{tone.line};--{kind}-text:{tone.text};--{kind}-fill:{tone.fill};"
