"""What `broadcast graph` does."""

import sys
from pathlib import Path

from reports.drawing import render
from reports.files import BadInput, write_whole
from reports.graph import Graph, from_networkx, table_graph

SUFFIXES = {".svg": "svg", ".png": "png", ".dot": "dot", ".gv": "dot", ".mmd": "mermaid", ".mermaid": "mermaid"}


def draw(what: str, format: str | None, out: Path | None) -> int:
    """Draw it to the file, its DOT beside it, or to standard output; always 0. Raises BadInput before it draws."""
    chosen = format or _format_of(out)
    if chosen == "png" and out is None and sys.stdout.isatty():
        raise BadInput("a PNG is nothing to read in a terminal, try --out graph.png")
    graph = the_graph(what)
    picture = render(graph, chosen)
    if out is not None:
        write_whole(out, picture)
        if chosen != "dot":  # whoever wants to lay it out again finds it beside the picture
            write_whole(out.with_suffix(".dot"), render(graph, "dot"))
    elif isinstance(picture, bytes):
        sys.stdout.buffer.write(picture)
    else:
        sys.stdout.write(picture)
    return 0


def _format_of(out: Path | None) -> str:
    if out is None:
        return "dot"
    if out.suffix not in SUFFIXES:
        raise BadInput(f"--out {out}: no format has the suffix {out.suffix!r}, try one of {', '.join(SUFFIXES)}")
    return SUFFIXES[out.suffix]


def the_graph(what: str) -> Graph:
    """The graph that has this name on the command line."""
    if what == "table":
        return table_graph()
    from properties.procedures import explore

    return from_networkx(explore(faults=1).procedures, "procedures")
