"""What a state graph is, apart from any picture of it, and how the graphs that we draw come about."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from broadcast_orchestrator.model.table import (
    ERROR,
    FORCED,
    IDLE,
    INITIALIZING,
    LIVE,
    READY,
    STARTING,
    STOPPING,
    TABLE,
    BroadcastState,
)
from broadcast_orchestrator.model.table import (
    Edge as Change,
)

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True)
class Node:
    """One box of a graph: `kind` chooses its look (see `reports.graphs.palette`), `cluster` the frame around it ("":
    none).

    `tags` are the words that it is found by (see `reports.options.filtered_graph`).
    """

    id: str
    label: str
    kind: str = "plain"
    cluster: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edge:
    """One arrow. `kind` chooses its look; `count` says how often it was taken (None: nobody counted, 0: never), and
    `by` how often each engine took it, where more than one counted."""

    source: str
    target: str
    label: str = ""
    kind: str = "ordinary"
    count: int | None = None
    by: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Graph:
    """Nodes and edges in the order in which they are written down.

    `line` names nodes that belong on one straight line, in that order, and `floor` the one that belongs
    under all of them. A graph whose nodes are exactly these is drawn so; of any other, the layout decides.
    `caption` is written under the picture.
    """

    name: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    line: tuple[str, ...] = ()
    floor: str = ""
    caption: str = ""


_LINE = (IDLE, INITIALIZING, READY, STARTING, LIVE, STOPPING)

_STATE_KINDS = {
    IDLE: "rest",
    INITIALIZING: "moving",
    READY: "rest",
    STARTING: "moving",
    LIVE: "live",
    STOPPING: "moving",
    ERROR: "error",
}

OUTSIDE = "outside"
"""The kind of an edge that the guide does not have; see `reports.graphs.palette`."""

_SHORT_CAUSES: dict[Change, str] = {
    (IDLE, INITIALIZING): "initialize",
    (IDLE, ERROR): "service\nfailed or\nresidue",
    (INITIALIZING, READY): "host\nready",
    (INITIALIZING, ERROR): "attempts\nfailed",
    (READY, STARTING): "start",
    (READY, IDLE): "emergency stop",
    (READY, ERROR): "service\nfailed or\nresidue",
    (STARTING, LIVE): "startup\ndone",
    (STARTING, ERROR): "rollback\ndone",
    (LIVE, STOPPING): "stop",
    (LIVE, ERROR): "service\nfailed",
    (STOPPING, IDLE): "shutdown done or emergency stop",
    (STOPPING, ERROR): "step\nfailed",
    (ERROR, IDLE): "recover,\nstop or\nemergency\nstop",
    (ERROR, INITIALIZING): "initialize",
}


def table_graph(taken: Mapping[Change, int] | None = None) -> Graph:
    """The transition table as a graph, with the forced edges (clauses ST-1 to ST-9, EM-3; reading R3).

    `taken` maps (from, to) to how often that change was seen; with it the graph shows the coverage, and a change
    that it does not mention counts as never taken. What was seen outside the table stands out.
    """
    rows = [(row, "ordinary") for row in TABLE] + [(row, "forced") for row in FORCED]
    known = [(row.source, row.target) for row, _ in rows]
    strange = tuple(
        Edge(source.value, target.value, label="not in the table", kind=OUTSIDE, count=count)
        for (source, target), count in sorted((taken or {}).items())
        if count and (source, target) not in known
    )
    return Graph(
        name="transition table" if taken is None else "coverage of the transition table",
        nodes=tuple(
            Node(state.value, state.value, _STATE_KINDS[state], tags=(state.value,)) for state in BroadcastState
        ),
        edges=tuple(
            Edge(
                row.source.value,
                row.target.value,
                label=_SHORT_CAUSES.get(
                    (row.source, row.target), row.cause if kind == "ordinary" else "emergency stop"
                ),
                kind=_kind(row.source, row.target, kind),
                count=None if taken is None else taken.get((row.source, row.target), 0),
            )
            for row, kind in rows
        )
        + strange,
        line=() if strange else tuple(state.value for state in _LINE),
        floor="" if strange else ERROR.value,
        caption="dashed: outside the table, forced by an emergency stop alone"
        + ("" if taken is None else "     dotted: never taken")
        + ("     red: not in the table of the guide" if strange else ""),
    )


def coverage_graph(by_engine: Mapping[str, Mapping[Change, int]]) -> Graph:
    """The table with how often each engine took each row; a row that none of them took stands out.

    `by_engine` maps the name of an engine to its counts by (from, to).
    """
    taken: Counter[Change] = Counter()
    for counts in by_engine.values():
        taken.update(counts)
    graph = table_graph(taken)
    return replace(
        graph,
        edges=tuple(
            replace(edge, by=tuple((engine, counts.get(_change(edge), 0)) for engine, counts in by_engine.items()))
            for edge in graph.edges
        ),
    )


def _change(edge: Edge) -> Change:
    return BroadcastState(edge.source), BroadcastState(edge.target)


def _kind(source: BroadcastState, target: BroadcastState, kind: str) -> str:
    if target is ERROR:
        return "failure"
    return "path" if kind == "ordinary" and (source, target) in pairwise(_LINE) else kind


def from_networkx(digraph: "nx.DiGraph[Any]", name: str) -> Graph:
    """A networkx graph, plain or multi, as one of ours, in its own order.

    Of each node the attributes `label` (else the node's own text), `kind`, `cluster` and `tags` are used, of each
    edge `label`, `kind` and `count`. Two nodes with one text raise ValueError: they could not be told apart.
    """
    nodes = tuple(
        Node(
            str(node),
            str(data.get("label", node)),
            data.get("kind", "plain"),
            str(data.get("cluster", "")),
            tuple(data.get("tags", ())),
        )
        for node, data in digraph.nodes(data=True)
    )
    if len({node.id for node in nodes}) < len(nodes):
        raise ValueError(f"graph {name!r}: two nodes have the same text; give every node a text of its own")
    return Graph(
        name,
        nodes,
        tuple(
            Edge(str(source), str(target), str(data.get("label", "")), data.get("kind", "ordinary"), data.get("count"))
            for source, target, data in digraph.edges(data=True)
        ),
    )
