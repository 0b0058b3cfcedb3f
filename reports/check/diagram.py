"""The transition diagram that was learned from a subject: states and changes with their counts, strangers in red."""

from broadcast_orchestrator.model.table import EDGES, ERROR, FORCED_EDGES, BroadcastState
from broadcast_orchestrator.reports.graphs.graph import OUTSIDE, Edge, Graph, Node, table_graph


def learned_graph(transitions: tuple[tuple[str, str, int], ...]) -> Graph:
    """The guide's table with how often each row was seen, and beside it what was seen and is not in the table."""
    rows = {(str(s), str(t)): "" for s, t in (*EDGES, *FORCED_EDGES)}
    counts = {(source, target): count for source, target, count in transitions}
    known = {
        (BroadcastState(source), BroadcastState(target)): counts.get((source, target), 0)
        for source, target in sorted(rows)
    }
    table = table_graph(known)
    strange = tuple(
        Edge(source, target, label="not in the table", kind=OUTSIDE, count=count)
        for (source, target), count in counts.items()
        if (source, target) not in rows
    )
    named = [node.id for node in table.nodes]
    states = dict.fromkeys(state for edge in strange for state in (edge.source, edge.target) if state not in named)
    return Graph(
        name="transitions of the implementation",
        nodes=(*table.nodes, *(Node(state, state, "plain") for state in states)),
        edges=(*table.edges, *strange),
        line=() if strange else table.line,
        floor="" if strange else str(ERROR),
        caption=_caption(bool(strange)),
    )


def _caption(strange: bool) -> str:
    return "dashed: forced by an emergency stop     dotted: never seen" + (
        "     red: not in the table of the guide" if strange else ""
    )
