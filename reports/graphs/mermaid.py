"""A graph as a Mermaid flowchart, for pages that draw their own, such as a merge request or a step summary."""

from broadcast_orchestrator.reports.graphs.dot import edge_label
from broadcast_orchestrator.reports.graphs.graph import Edge, Graph, Node
from broadcast_orchestrator.reports.graphs.palette import NODES, Tone, edge_look, node_look

_ARROWS = {"solid": "-->", "dashed": "-.->", "dotted": "-.->"}


def mermaid_text(graph: Graph) -> str:
    """The whole graph in Mermaid: the same nodes, edges, labels and clusters, and the colours for a light page."""
    number = {node.id: f"n{index}" for index, node in enumerate(graph.nodes)}
    return "\n".join(
        [
            "flowchart LR" if graph.line else "flowchart TD",
            *_nodes(graph, number),
            *(_edge(edge, number) for edge in graph.edges),
            *_caption(graph),
            *(f"    classDef {kind} {_colours(look.light)}" for kind, look in NODES.items()),
            *(_link_style(index, edge) for index, edge in enumerate(graph.edges)),
            "",
        ]
    )


def _nodes(graph: Graph, number: dict[str, str]) -> list[str]:
    clusters: dict[str, list[str]] = {}
    for node in graph.nodes:
        clusters.setdefault(node.cluster, []).append(_node(node, number[node.id]))
    lines = clusters.pop("", [])
    for index, (name, inside) in enumerate(clusters.items()):
        lines += [f"    subgraph c{index}[{_text(name)}]", *inside, "    end"]
    return lines


def _caption(graph: Graph) -> list[str]:
    """Mermaid has no captions; a box that nothing leads to stands in for one."""
    if not graph.caption:
        return []
    return [f"    caption[{_text(graph.caption)}]:::caption", "    classDef caption fill:none,stroke:none"]


def _node(node: Node, name: str) -> str:
    return f"    {name}({_text(node.label)}):::{node_look(node.kind)[0]}"


def _edge(edge: Edge, number: dict[str, str]) -> str:
    label = edge_label(edge)
    arrow = _ARROWS[edge_look(edge)[1].stroke]
    return f"    {number[edge.source]} {arrow}{f'|{_text(label)}|' if label else ''} {number[edge.target]}"


def _colours(tone: Tone) -> str:
    return f"fill:{tone.fill},stroke:{tone.line},color:{tone.text}"


def _link_style(index: int, edge: Edge) -> str:
    look = edge_look(edge)[1]
    return f"    linkStyle {index} stroke:{look.light.line},stroke-width:{look.width}px"


def _text(text: str) -> str:
    """A text in Mermaid's quotes, in which nothing is read as markup; line ends become breaks."""
    plain = "".join(letter if letter.isalnum() or letter in _HARMLESS else f"#{ord(letter)};" for letter in text or " ")
    return f'"{plain.replace(chr(10), "<br/>")}"'


_HARMLESS = " \n.,:+-_/()×→"
