"""The page of a graph: the whole of it and each of its parts, each to be made larger and moved about in."""

from collections.abc import Mapping
from typing import NamedTuple

from markupsafe import Markup

from broadcast_orchestrator.reports.graphs.drawing import on_page
from broadcast_orchestrator.reports.graphs.graph import Graph
from broadcast_orchestrator.reports.output.page_shell import environment, shell, template


class Sheet(NamedTuple):
    """A picture of the page: its place on it, what it is called, and how many boxes it has."""

    id: str
    name: str
    boxes: int
    drawn: Markup


def html(graph: Graph, parts: Mapping[str, Graph], again: str) -> str:
    """The whole page; `parts` are those of the graph by what they belong to, `again` is the command that draws it."""
    sheets = [_sheet("whole", graph.name, graph)]
    sheets += [_sheet(f"part-{word.replace('.', '-')}", word, part) for word, part in parts.items()]
    style = template("atlas.css")
    page = environment().get_template("atlas.html.jinja")
    return page.render(
        **shell(module=template("atlas.js"), extra_style=style), name=graph.name, sheets=sheets, again=again
    )


def _sheet(id: str, name: str, graph: Graph) -> Sheet:
    return Sheet(id, name, len(graph.nodes), Markup(on_page(graph)))
