"""The explored space as one small picture: how many worlds there are in each state, and how many changes lead on."""

from dataclasses import replace

from broadcast_orchestrator.model.table import BroadcastState
from broadcast_orchestrator.properties.model_check.space import Survey
from broadcast_orchestrator.reports.graphs.graph import Graph, table_graph

BARS = "▁▂▃▄▅▆▇█"


def space_graph(survey: Survey) -> Graph:
    """The states with their worlds, the rows with their transitions, and below them depth, width and components."""
    graph = table_graph(survey.rows)
    return replace(
        graph,
        name="explored space",
        nodes=tuple(
            replace(node, label=f"{node.label}\n{survey.by_state[BroadcastState(node.id)]:,} worlds")
            for node in graph.nodes
        ),
        edges=tuple(replace(edge, label="") for edge in graph.edges),
        caption="\n".join(_caption(survey)),
    )


def _caption(survey: Survey) -> tuple[str, ...]:
    widest = max(survey.widths)
    faults = {0: "no fault", 1: "one fault"}.get(survey.faults, f"{survey.faults} faults")
    return (
        f"{survey.states:,} worlds and {survey.transitions:,} transitions with {faults}, commands racing",
        f"at most {survey.older} {'call' if survey.older == 1 else 'calls'} a service that nobody waits for any more",
        f"{survey.depth} steps deep; widest at {survey.widths.index(widest)} steps, with {widest:,} worlds",
        f"{_parts(survey.components)}, the largest of {survey.largest:,} worlds; {survey.final:,} cannot be left",
        "dashed: forced by an emergency stop alone     dotted: never taken",
        f"worlds by steps: 0 {sparkline(survey.widths)} {survey.depth}",
    )


def _parts(number: int) -> str:
    return "one strongly connected component" if number == 1 else f"{number:,} strongly connected components"


def sparkline(numbers: tuple[int, ...]) -> str:
    """A bar for each number, as high as the number is beside the largest."""
    most = max(numbers)
    return "".join(BARS[round(number / most * (len(BARS) - 1))] for number in numbers)
