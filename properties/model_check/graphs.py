"""What networkx answers: about the table as it is written, and about what the core really does.

The functions of the first part tell facts of any graph. Those of the second part ask one question each and return
a `Claim`: what was claimed, whether it holds, and on what grounds.
"""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

import networkx as nx

from broadcast_orchestrator.model.events import COMMANDS, EMERGENCY_STOP
from broadcast_orchestrator.model.table import (
    EDGES,
    ERROR,
    FORCED,
    FORCED_EDGES,
    IDLE,
    LIVE,
    READY,
    TABLE,
    BroadcastState,
    Edge,
    Row,
)
from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, UNKNOWN, VIOLATED, Claim
from broadcast_orchestrator.properties.model_check.procedures import ProcedureGraph, ProcedurePlace

ENGINE = "networkx"
ARROW = " → "

Node = TypeVar("Node", bound=Hashable)


# -- Facts ----------------------------------------------------------------------------------------


def table_digraph(rows: Iterable[Row] = TABLE, forced: Iterable[Row] = ()) -> "nx.DiGraph[str]":
    """The states as nodes, in their order, and the rows as edges with `cause`, `clause`, `reading` and `kind`.

    Forced edges are no rows of the table and come only when asked for: `table_digraph(forced=FORCED)`.
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(state.value for state in BroadcastState)
    for kind, some in (("ordinary", rows), ("forced", forced)):
        for row in some:
            graph.add_edge(
                row.source.value, row.target.value, kind=kind, cause=row.cause, clause=row.clause, reading=row.reading
            )
    return graph


def unreachable(graph: "nx.DiGraph[Node]", source: Node) -> tuple[Node, ...]:
    """The nodes that no path from `source` leads to, in the graph's order."""
    reached = nx.descendants(graph, source) | {source}
    return tuple(node for node in graph if node not in reached)


def components(graph: "nx.DiGraph[Node]") -> tuple[tuple[Node, ...], ...]:
    """The strongly connected components: within one, everything leads to everything. Largest first."""
    place = {node: index for index, node in enumerate(graph)}
    found = [tuple(sorted(part, key=place.__getitem__)) for part in nx.strongly_connected_components(graph)]
    return tuple(sorted(found, key=lambda part: (-len(part), place[part[0]])))


def dominators(graph: "nx.DiGraph[Node]", source: Node, target: Node) -> tuple[Node, ...]:
    """What every path from `source` to `target` goes through, both ends included, in the order of passing.

    Raises networkx.NetworkXNoPath where there is no path at all.
    """
    nx.shortest_path(graph, source, target)
    above = nx.immediate_dominators(graph, source)
    chain = [target]
    while chain[-1] != source:
        chain.append(above[chain[-1]])
    return tuple(reversed(chain))


class Ways(NamedTuple):
    """The shortest and the longest way from one state to another that visits no state twice; ties: the first."""

    shortest: tuple[str, ...]
    longest: tuple[str, ...]


def ways(graph: "nx.DiGraph[str]", source: str, target: str) -> Ways | None:
    """The extremes among all simple paths, for graphs as small as the table; None where there is no path."""
    paths = sorted(nx.all_simple_paths(graph, source, target), key=len)
    return Ways(tuple(paths[0]), tuple(next(p for p in paths if len(p) == len(paths[-1])))) if paths else None


# -- Questions about the table --------------------------------------------------------------------


def every_state_is_reachable(graph: "nx.DiGraph[str]") -> Claim:
    """No state is there in vain (clause ST-1)."""
    lost = unreachable(graph, IDLE.value)
    far = max(nx.single_source_shortest_path_length(graph, IDLE.value).values())
    grounds = f"not reached: {', '.join(lost)}" if lost else f"{len(graph)} states, the farthest {far} changes away"
    return _claim("table: every state is reachable from idle", not lost, grounds)


def no_state_is_a_trap(graph: "nx.DiGraph[str]") -> Claim:
    """Idle and ready can be reached from everywhere (clause ST-8)."""
    stuck = [
        f"{target} cannot be reached from {node}"
        for node in graph
        for target in (IDLE.value, READY.value)
        if node != target and not nx.has_path(graph, node, target)
    ]
    parts = components(graph)
    grounds = f"{len(parts)} strongly connected component(s): " + "; ".join(", ".join(part) for part in parts)
    return _claim("table: idle and ready are reachable from every state", not stuck, "; ".join(stuck) or grounds)


ERROR_FROM = ("idle", "initializing", "ready", "starting", "live", "stopping")
"""The states from which the guide lets an error come (clauses ST-2 to ST-7)."""


def error_follows_the_stated_states(graph: "nx.DiGraph[str]") -> Claim:
    """One change leads to error from each state but error itself."""
    return _error_claim("table", [node for node in graph if graph.has_edge(node, ERROR.value)])


def _error_claim(what: str, sources: list[str]) -> Claim:
    wrong = [f"{state} does" for state in sources if state not in ERROR_FROM]
    wrong += [f"{state} does not" for state in ERROR_FROM if state not in sources]
    grounds = "; ".join(wrong) or f"from {', '.join(sources)}"
    return _claim(f"{what}: error follows exactly the states that the guide names", not wrong, grounds)


LIVE_GOES_THROUGH = ("idle", "initializing", "ready", "starting", "live")


def live_goes_through_the_startup(graph: "nx.DiGraph[str]") -> Claim:
    """There is no shortcut to live (clauses SU-1, SU-4 and SU-10)."""
    if not nx.has_path(graph, IDLE.value, LIVE.value):
        return _claim("table: every way to live is through a startup", False, "no way leads to live")
    chain = dominators(graph, IDLE.value, LIVE.value)
    return _claim("table: every way to live is through a startup", chain == LIVE_GOES_THROUGH, ARROW.join(chain))


AT_REST = ("idle", "ready", "live", "error")


def rest_leads_to_rest(graph: "nx.DiGraph[str]") -> tuple[Claim, ...]:
    """From each state of rest to each other one there is a way; the shortest and the longest are shown."""
    return tuple(_way_claim(graph, a, b) for a in AT_REST for b in AT_REST if a != b)


def _way_claim(graph: "nx.DiGraph[str]", source: str, target: str) -> Claim:
    found = ways(graph, source, target)
    if found is None:
        return _claim(f"table: a way leads from {source} to {target}", False, "there is none")
    grounds = f"shortest {ARROW.join(found.shortest)}; longest {ARROW.join(found.longest)}"
    return _claim(f"table: a way leads from {source} to {target}", True, grounds)


# -- Questions about the procedures ---------------------------------------------------------------


def changes_stay_within_the_table(exploration: ProcedureGraph) -> Claim:
    """What happens is a row, or a forced edge that an emergency stop takes (clause ST-9, reading R3)."""
    takers = exploration.takers
    outside = [edge for edge in takers if edge not in EDGES | FORCED_EDGES]
    outside += [edge for edge in takers if edge in FORCED_EDGES and tuple(takers[edge]) != (EMERGENCY_STOP,)]
    counted = sum(sum(by.values()) for by in takers.values())
    grounds = _edges(outside) or f"{counted} changes of state, {len(takers)} different ones"
    return _judged(exploration, "procedures: every change of state is allowed", not outside, grounds)


def rows_never_taken(takers: Mapping[Edge, Mapping[str, int]]) -> tuple[Edge, ...]:
    """The rows and forced edges that no procedure and no event took, in the table's order."""
    return tuple(edge for edge in _all_edges() if edge not in takers)


def rows_without_a_command(takers: Mapping[Edge, Mapping[str, int]]) -> tuple[Edge, ...]:
    """The rows that were taken, but by no command's procedure: only by a report or a cleanup (reading R14)."""
    taken = [edge for edge in _all_edges() if edge in takers]
    return tuple(edge for edge in taken if not any(command in takers[edge] for command in COMMANDS))


def every_row_is_taken(exploration: ProcedureGraph) -> Claim:
    """No row is dead (readings R13 and R14)."""
    never = rows_never_taken(exploration.takers)
    events = rows_without_a_command(exploration.takers)
    grounds = f"never: {_edges(never)}" if never else f"without a command: {_edges(events) or 'none'}"
    return _judged(exploration, "procedures: every row and every forced edge is taken", not never, grounds)


def error_is_entered_from_the_stated_states(exploration: ProcedureGraph) -> Claim:
    """What the core does agrees with what the table says about error."""
    sources = [state.value for state in BroadcastState if (state, ERROR) in exploration.takers]
    claim = _error_claim("procedures", sources)
    return _judged(exploration, claim.claim, claim.verdict == PROVED, claim.evidence)


def no_world_is_a_trap(exploration: ProcedureGraph) -> Claim:
    """Wherever it ends up in, it can still come to rest in idle and in ready (clause ST-8)."""
    worlds, wanted = exploration.worlds, (ProcedurePlace(IDLE.value), ProcedurePlace(READY.value))
    ends = [{worlds.nodes[number]["place"] for number in part} for part in nx.attracting_components(worlds)]
    stuck = {str(min(places, key=str)) for places in ends if not all(place in places for place in wanted)}
    grounds = f"stuck around: {'; '.join(sorted(stuck))}" if stuck else f"{len(worlds)} worlds"
    return _judged(exploration, "procedures: idle and ready are reachable from every world", not stuck, grounds)


def places_on_every_way(exploration: ProcedureGraph, target: ProcedurePlace) -> tuple[ProcedurePlace, ...]:
    """The places that every run from the first world to `target` passes, in the order of passing.

    Asked of the worlds and not of their projection, whose paths need not be runs. Empty where no run leads there.
    """
    worlds: nx.DiGraph[Any] = exploration.worlds.copy()
    goals = [number for number in worlds if worlds.nodes[number]["place"] == target]
    worlds.add_edges_from((goal, "goal") for goal in goals)
    if not goals or not nx.has_path(worlds, 0, "goal"):
        return ()
    shortest = nx.shortest_path(worlds, 0, "goal")[:-1]
    candidates = dict.fromkeys(worlds.nodes[number]["place"] for number in shortest)
    return tuple(place for place in candidates if _is_on_every_way(worlds, place))


def _is_on_every_way(worlds: "nx.DiGraph[Any]", place: ProcedurePlace) -> bool:
    others = [number for number in worlds if number == "goal" or worlds.nodes[number]["place"] != place]
    rest = worlds.subgraph(others)
    return 0 not in rest or "goal" not in rest or not nx.has_path(rest, 0, "goal")


STEPS_TO_LIVE = ("host.initialize", "live_feed.start", "session.start", "host.start", "producer.start", "convex.live")


def live_takes_every_step(exploration: ProcedureGraph) -> Claim:
    """Nothing is live before the host was initialized and each startup step has had its turn (clause SU-10)."""
    passed = tuple(place.step for place in places_on_every_way(exploration, ProcedurePlace(LIVE.value)) if place.step)
    claim = "procedures: every run to live waits for every startup step, in order"
    return _judged(exploration, claim, passed == STEPS_TO_LIVE, ARROW.join(passed) or "no run is live")


# -- All of them ----------------------------------------------------------------------------------


def table_claims() -> tuple[Claim, ...]:
    """Every question about the table, forced edges left out."""
    graph = table_digraph()
    return (
        every_state_is_reachable(graph),
        no_state_is_a_trap(graph),
        error_follows_the_stated_states(graph),
        live_goes_through_the_startup(graph),
        *rest_leads_to_rest(graph),
    )


def procedure_claims(exploration: ProcedureGraph) -> tuple[Claim, ...]:
    """Every question about what the core really does."""
    return (
        changes_stay_within_the_table(exploration),
        every_row_is_taken(exploration),
        error_is_entered_from_the_stated_states(exploration),
        no_world_is_a_trap(exploration),
        live_takes_every_step(exploration),
    )


def _claim(claim: str, holds: bool, grounds: str) -> Claim:
    return Claim(ENGINE, claim, PROVED if holds else VIOLATED, grounds)


def _judged(exploration: ProcedureGraph, claim: str, holds: bool, grounds: str) -> Claim:
    """A search that was cut off has neither seen every way out nor every way wrong."""
    judged = _claim(claim, holds, grounds)
    return judged if exploration.complete else judged._replace(verdict=UNKNOWN)


def _all_edges() -> tuple[Edge, ...]:
    return tuple((row.source, row.target) for row in (*TABLE, *FORCED))


def _edges(edges: Iterable[Edge]) -> str:
    return "; ".join(f"{source.value}{ARROW}{target.value}" for source, target in edges)
