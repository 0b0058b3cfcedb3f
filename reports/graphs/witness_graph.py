"""One run as a path: the places that it passes, and on each arrow the steps that lead there, by their numbers."""

from collections.abc import Mapping
from textwrap import wrap
from typing import Any

import networkx as nx

from broadcast_orchestrator.model.events import EMERGENCY_STOP, Transition
from broadcast_orchestrator.properties.model_check.procedures import ProcedurePlace, looks, place_of
from broadcast_orchestrator.properties.telling.story import what_happened
from broadcast_orchestrator.reports.graphs.graph import Graph, from_networkx
from broadcast_orchestrator.sim.world.steps import Do, fault_of
from broadcast_orchestrator.sim.world.trace import Passage

WIDTH = 38
"""How many letters a line at an arrow has."""


def witness_graph(run: tuple[Passage, ...], violations: Mapping[int, str] | None = None) -> Graph:
    """The run through the procedures' graph: a node for each place, in the frame of its state.

    A step that leaves the place as it is stands at the next arrow that leads on, or at a loop where there is none.
    `violations` says what a step breaks, by its number from 1. An empty run raises ValueError.
    """
    if not run:
        raise ValueError("a run without a step has no path")
    graph: nx.DiGraph[ProcedurePlace] = nx.DiGraph()
    start, end = place_of(run[0].before.core), place_of(run[-1].after.core)
    _add(graph, start)
    begun = 1
    for number, passage in enumerate(run, 1):
        here, there = place_of(passage.before.core), place_of(passage.after.core)
        if here != there or number == len(run):
            _add(graph, there)
            _lead(graph, here, there, run, range(begun, number + 1), violations or {})
            begun = number + 1
    graph.nodes[start]["label"] += "\n(begins here)"
    graph.nodes[end]["label"] += "\n(ends here)"
    broken = [f"{what} (step {number})" for number, what in (violations or {}).items()]
    drawn = from_networkx(graph, "witness")
    caption = "\n".join((f"{len(run)} steps, numbered in their order, from {start.state} to {end.state}", *broken))
    return Graph(drawn.name, drawn.nodes, drawn.edges, caption=caption)


def _add(graph: "nx.DiGraph[ProcedurePlace]", place: ProcedurePlace) -> None:
    if place not in graph:
        graph.add_node(place, **looks(place))


def _lead(
    graph: "nx.DiGraph[ProcedurePlace]",
    here: ProcedurePlace,
    there: ProcedurePlace,
    run: tuple[Passage, ...],
    numbers: range,
    violations: Mapping[int, str],
) -> None:
    """Draw the arrow, or add to it where the run has come this way before."""
    known: dict[str, Any] = graph.edges.get((here, there), {})
    lines = [line for number in numbers for line in _told(number, run[number - 1], violations.get(number, ""))]
    label = "\n".join(([known["label"]] if known else []) + lines)
    kinds = [_kind(run[number - 1], number in violations) for number in numbers]
    kind = next((kind for kind in ("failure", "forced") if kind in [*kinds, known.get("kind")]), "path")
    graph.add_edge(here, there, label=label, kind=kind)


def _told(number: int, passage: Passage, violation: str) -> list[str]:
    """A step's number, what it is, the states that it passes where there are several, and what it breaks."""
    changes = [effect for effect in passage.effects if isinstance(effect, Transition)]
    states = " → ".join([changes[0].source, *(change.target for change in changes)]) if len(changes) > 1 else ""
    texts = [f"{number}. {what_happened(passage)}", states, f"✗ {violation}" if violation else ""]
    return [line for text in texts if text for line in wrap(text, WIDTH, subsequent_indent="    ")]


def _kind(passage: Passage, breaks: bool) -> str:
    if breaks or fault_of(passage.step):
        return "failure"
    step = passage.step
    return "forced" if isinstance(step, Do) and step.command == EMERGENCY_STOP else "path"
