"""Any graph as a PlantUML state diagram."""

from broadcast_orchestrator.reports.graphs.dot import edge_label
from broadcast_orchestrator.reports.graphs.graph import Edge, Graph, Node
from broadcast_orchestrator.reports.graphs.palette import Tone, edge_look, node_look


def plantuml_text(graph: Graph) -> str:
    """The whole graph: the same nodes, edges, labels and clusters, and the colours for a light page."""
    number = {node.id: f"n{index}" for index, node in enumerate(graph.nodes)}
    return "\n".join(
        [
            "@startuml",
            f"title {_text(graph.name)}",
            "hide empty description",
            *(["left to right direction"] if graph.line else []),
            *_nodes(graph, number),
            *(_edge(edge, number) for edge in graph.edges),
            *([f"caption {_text(graph.caption)}"] if graph.caption else []),
            "@enduml",
            "",
        ]
    )


def _nodes(graph: Graph, number: dict[str, str]) -> list[str]:
    clusters: dict[str, list[str]] = {}
    for node in graph.nodes:
        clusters.setdefault(node.cluster, []).append(_node(node, number[node.id]))
    lines = clusters.pop("", [])
    for index, (name, inside) in enumerate(clusters.items()):
        lines += [f'state "{_text(name)}" as c{index} {{', *(f"  {line}" for line in inside), "}"]
    return lines


def _node(node: Node, name: str) -> str:
    tone: Tone = node_look(node.kind)[1].light
    return f'state "{_text(node.label)}" as {name} {tone.fill}'


def _edge(edge: Edge, number: dict[str, str]) -> str:
    look, label = edge_look(edge)[1], edge_label(edge)
    style = "" if look.stroke == "solid" else f",{look.stroke}"
    arrow = f"-[{look.light.line}{style}]->"
    return f"{number[edge.source]} {arrow} {number[edge.target]}{f' : {_text(label)}' if label else ''}"


def _text(text: str) -> str:
    r"""A text in which nothing is read as markup: what might be is written as its number; line ends become \n."""
    plain = "".join(letter if letter.isalnum() or letter in _HARMLESS else f"<U+{ord(letter):04X}>" for letter in text)
    return plain.replace("\n", r"\n") or " "


_HARMLESS = " \n.,:;()+×→"
