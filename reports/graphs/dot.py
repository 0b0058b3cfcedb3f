"""A graph as DOT, the text that Graphviz draws. It is also a picture's source for whoever wants to change it."""

from collections.abc import Iterable, Mapping

from broadcast_orchestrator.reports.graphs.engine import FONT, quote
from broadcast_orchestrator.reports.graphs.graph import Edge, Graph, Node
from broadcast_orchestrator.reports.graphs.line_layout import (
    EDGE_FONT,
    NODE_FONT,
    LayoutPoint,
    Placement,
    applies,
    place,
)
from broadcast_orchestrator.reports.graphs.palette import PAPER, edge_look, node_look

_CORNER, _ARROW = 14.0, 8.0  # points: how round a corner is, how long the arrow's head


def dot_text(graph: Graph) -> str:
    """The whole graph in DOT; what is drawn on a straight line carries its places, the rest is for the layout."""
    labels = [edge_label(edge) for edge in graph.edges]
    placement = place(graph, labels) if applies(graph) else None
    return "\n".join(
        [
            f"// {'neato -n2' if placement else 'dot'} -Tsvg draws this",
            f"digraph {quote(graph.name)} {{",
            *_defaults(graph),
            *_nodes(graph, placement),
            *(_edge(graph, number, label, placement) for number, label in enumerate(labels)),
            "}",
            "",
        ]
    )


def edge_label(edge: Edge) -> str:
    """What is written at an edge: its label, and how often it was taken where that was counted."""
    return "\n".join(([edge.label] if edge.label else []) + _taken(edge))


def _taken(edge: Edge) -> list[str]:
    if edge.count is None:
        return []
    if edge.count == 0:
        return ["never taken"]
    by_engine = [f"{engine} {count:,}×" if count else f"{engine} never" for engine, count in edge.by]
    return by_engine or [f"{edge.count:,}×"]


def prefix(graph: Graph) -> str:
    """What every id in the graph's picture begins with, so that several pictures fit on one page."""
    return "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in graph.name)


def _defaults(graph: Graph) -> list[str]:
    paper = PAPER.light
    return [
        _statement(
            "graph",
            {
                "id": prefix(graph),
                "bgcolor": paper.fill,
                "pad": "0.2",
                "fontname": FONT,
                "fontsize": str(EDGE_FONT),
                "fontcolor": paper.text,
                "label": f"\n{graph.caption}" if graph.caption else "",
                "nodesep": "0.35",
                "ranksep": "0.6",
                "newrank": "true",  # the older way of ranking loses edges between large clusters
            },
        ),
        _statement(
            "node",
            {
                "shape": "box",
                "style": "rounded,filled",
                "fontname": FONT,
                "fontsize": str(NODE_FONT),
                "margin": "0.16,0.08",
            },
        ),
        _statement("edge", {"fontname": FONT, "fontsize": str(EDGE_FONT), "arrowsize": str(_ARROW / 10)}),
    ]


def _nodes(graph: Graph, placement: Placement | None) -> list[str]:
    """The nodes, those of one cluster together in its frame, in the order in which the clusters first appear."""
    clusters: dict[str, list[str]] = {}
    for number, node in enumerate(graph.nodes):
        statement = _statement(quote(node.id), _node_attributes(graph, number, node, placement))
        clusters.setdefault(node.cluster, []).append(statement)
    lines = clusters.pop("", [])
    for number, (name, statements) in enumerate(clusters.items()):
        frame = {
            "label": name,
            "labeljust": "l",  # where arrows seldom cross it
            "fontsize": str(NODE_FONT),
            "style": "rounded",
            "color": PAPER.light.line,
            "id": f"{prefix(graph)}-cluster-{number}",
        }
        lines += [f"subgraph cluster_{number} {{", _statement("graph", frame), *statements, "}"]
    return lines


def _node_attributes(graph: Graph, number: int, node: Node, placement: Placement | None) -> dict[str, str]:
    kind, look = node_look(node.kind)
    attributes = {
        "id": f"{prefix(graph)}-node-{number}",
        "class": f"node-{kind}",
        "label": node.label or " ",
        "color": look.light.line,
        "fillcolor": look.light.fill,
        "fontcolor": look.light.text,
        "penwidth": str(look.width),
    }
    if placement:
        at, size = placement.nodes[node.id]
        attributes |= {"pos": _pair(at), "width": f"{size.width / 72:.4f}", "height": f"{size.height / 72:.4f}"}
    return attributes


def _edge(graph: Graph, number: int, label: str, placement: Placement | None) -> str:
    edge, route = graph.edges[number], placement.routes[number] if placement else None
    kind, look = edge_look(edge)
    attributes = {
        "id": f"{prefix(graph)}-edge-{number}",
        "class": f"edge-{kind}",
        "label": label,
        "color": look.light.line,
        "fontcolor": look.light.text,
        "style": look.stroke,
        "penwidth": str(look.width),
    }
    if not route:
        attributes["label"] = "\n".join(f"  {line}  " for line in label.split("\n")) if label else ""  # off its line
    else:
        attributes |= {"pos": _spline(route.corners), "lp": _pair(route.label_at)}
    ends = f"{quote(edge.source)} -> {quote(edge.target)}"
    return _statement(ends, attributes, flush_left=route.beside if route else "\n" in label)


def _statement(subject: str, attributes: Mapping[str, str], *, flush_left: bool = False) -> str:
    written = {
        name: quote(value, flush_left=flush_left and name == "label") for name, value in attributes.items() if value
    }
    return f"{subject} [{' '.join(f'{name}={value}' for name, value in written.items())}]"


def _spline(corners: tuple[LayoutPoint, ...]) -> str:
    """A way with rounded corners as Graphviz writes it: the arrow's tip, then a chain of Bezier curves."""
    *before, tip = corners
    end = _towards(tip, before[-1], _ARROW)
    points = [before[0]]
    for here, corner, there in zip(before, before[1:], [*before[2:], end], strict=False):
        points += _straight(points[-1], _towards(corner, here, _CORNER))
        points += [corner, corner, _towards(corner, there, _CORNER)]
    points += _straight(points[-1], end)
    return f"e,{_pair(tip)} {' '.join(map(_pair, points))}"


def _straight(start: LayoutPoint, end: LayoutPoint) -> Iterable[LayoutPoint]:
    third = LayoutPoint((end.x - start.x) / 3, (end.y - start.y) / 3)
    return LayoutPoint(start.x + third.x, start.y + third.y), LayoutPoint(end.x - third.x, end.y - third.y), end


def _towards(start: LayoutPoint, goal: LayoutPoint, by: float) -> LayoutPoint:
    length = abs(goal.x - start.x) + abs(goal.y - start.y)  # ways run along the axes
    share = min(by / length, 0.5) if length else 0.0
    return LayoutPoint(start.x + (goal.x - start.x) * share, start.y + (goal.y - start.y) * share)


def _pair(point: LayoutPoint) -> str:
    return f"{point.x:.2f},{point.y:.2f}"
