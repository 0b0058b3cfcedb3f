"""A graph as a picture, in any format: what is drawn here is written by `reports.commands.graph`."""

import re
from xml.etree import ElementTree

from broadcast_orchestrator.model.config import near_match
from broadcast_orchestrator.reports.graphs.dot import dot_text
from broadcast_orchestrator.reports.graphs.engine import graphviz
from broadcast_orchestrator.reports.graphs.graph import Graph
from broadcast_orchestrator.reports.graphs.line_layout import applies
from broadcast_orchestrator.reports.graphs.mermaid import mermaid_text
from broadcast_orchestrator.reports.graphs.palette import STYLE_SHEET
from broadcast_orchestrator.reports.graphs.plantuml import plantuml_text

FORMATS = ("svg", "png", "dot", "mermaid", "plantuml", "json")
"""What `render` can give; "json" is Graphviz's own, with the place of every node and label."""

_SVG = "http://www.w3.org/2000/svg"
_STYLE = re.compile(r"<style[^>]*>.*?</style>", re.DOTALL)


def render(graph: Graph, form: str) -> str | bytes:
    """The graph in one of `FORMATS`: bytes for "png", text for every other. The same graph gives the same result.

    An SVG needs nothing from elsewhere, suits light and dark screens and may be put into a page as it is; each
    of its nodes and edges carries `data-id`. An unknown format raises ValueError.
    """
    if form == "dot":
        return dot_text(graph)
    if form == "mermaid":
        return mermaid_text(graph)
    if form == "plantuml":
        return plantuml_text(graph)
    if form not in FORMATS:
        raise ValueError(f"picture format {form!r}: unknown{near_match(form, FORMATS)}")
    program = "nop2" if applies(graph) else "dot"
    if form == "png":
        return graphviz(dot_text(graph), "png:cairo", program=program)
    drawn = graphviz(dot_text(graph), form, program=program).decode()
    return _self_contained(drawn, graph.name) if form == "svg" else drawn


def on_page(graph: Graph) -> str:
    """The graph as a part of a page, whose own sheet has `STYLE_SHEET`."""
    drawn = render(graph, "svg")
    assert isinstance(drawn, str)
    return _STYLE.sub("", drawn[drawn.index("<svg") :])


def _self_contained(svg: str, name: str) -> str:
    """Graphviz's SVG without its references, with our style sheet and what a screen reader wants to know."""
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(svg)
    root.set("class", "state-graph")
    root.set("role", "img")
    root.set("aria-label", name)
    style = ElementTree.Element(f"{{{_SVG}}}style")
    style.text = STYLE_SHEET
    root.insert(0, style)
    for group in root.iter(f"{{{_SVG}}}g"):
        title = group.find(f"{{{_SVG}}}title")
        if title is not None and title.text:
            group.set("data-id", title.text)
    return ElementTree.tostring(root, encoding="unicode") + "\n"
