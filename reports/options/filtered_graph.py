"""A part of a graph that is too large to be seen at once."""

from collections.abc import Iterable
from dataclasses import replace

from broadcast_orchestrator.model.config import nearest
from broadcast_orchestrator.reports.graphs.graph import Edge, Graph, Node
from broadcast_orchestrator.reports.output.files import BadInput


def belonging(graph: Graph, word: str) -> Graph:
    """What belongs to a state, a command, a phase, an operation or a service, and what leads in and out of it.

    All else is left out, but for one plain box for each state that something comes from, and one for each that
    something leads to. Raises BadInput where nothing belongs to the word.
    """
    inside = {node.id: node for node in graph.nodes if word in node.tags}
    if not inside:
        raise BadInput(f"--filter {word}: nothing in this graph belongs to that{_near(graph, word)}")
    state = {node.id: node.cluster or node.id for node in graph.nodes if node.id not in inside}
    edges = _merged(
        replace(edge, source=_end("from", edge.source, state), target=_end("to", edge.target, state))
        for edge in graph.edges
        if edge.source in inside or edge.target in inside
    )
    ends = dict.fromkeys(end for edge in edges for end in (edge.source, edge.target) if end not in inside)
    nodes = (*inside.values(), *(Node(end, end) for end in ends))
    return replace(graph, name=f"{graph.name} of {word}", nodes=nodes, edges=edges, line=(), floor="")


def _end(direction: str, id: str, state: dict[str, str]) -> str:
    return f"{direction} {state[id]}" if id in state else id


def _merged(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """One arrow for all that now lead from one box to another; its label has each of theirs once."""
    found: dict[tuple[str, str], list[Edge]] = {}
    for edge in edges:
        found.setdefault((edge.source, edge.target), []).append(edge)
    return tuple(_one(several) for several in found.values())


def _one(edges: list[Edge]) -> Edge:
    first, kinds = edges[0], {edge.kind for edge in edges}
    if len(edges) == 1:
        return first
    labels = dict.fromkeys(part for edge in edges for part in edge.label.split(" / "))
    return replace(first, label="\n".join(labels), kind=first.kind if len(kinds) == 1 else "ordinary")


def _near(graph: Graph, word: str) -> str:
    words = sorted({tag for node in graph.nodes for tag in node.tags})
    meant = nearest(word, words)
    return f", did you mean {meant}?" if meant else f", try one of {', '.join(words)}"
