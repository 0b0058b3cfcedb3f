"""What `broadcast check --learn` adds: the machine that was learned from the implementation, and how it differs."""

from pathlib import Path

from rich.console import Console
from rich.text import Text

from broadcast_orchestrator.properties.checking.search.seat import MakeSubject
from broadcast_orchestrator.reports.graphs.drawing import render
from broadcast_orchestrator.reports.graphs.graph import Edge, Graph, Node
from broadcast_orchestrator.reports.output.files import BadInput, write_whole
from broadcast_orchestrator.reports.timelines.timeline_svg import STATE_KINDS
from broadcast_orchestrator.sim.subjects.dialect import Dialect


def show_learned(console: Console, make_subject: MakeSubject, dialect: Dialect, folder: Path | None) -> None:
    """Learn, print the result, and draw the machine into the folder."""
    try:
        from broadcast_orchestrator.properties.checking.learning import learned  # aalpy comes with the extra learn
    except ImportError:
        raise BadInput("--learn: needs AALpy, try pip install 'broadcast-orchestrator[learn]'") from None
    machine, difference = learned(make_subject, dialect)
    told = f"learned: {machine.states} states, by {machine.questions:,} questions"
    console.print(Text(told, style="bold"), soft_wrap=True)
    if difference is None:
        console.print(Text("  ✓ the same machine as the guide's", style="green"), soft_wrap=True)
    else:
        console.print(Text(f"  ✗ after {'; '.join(difference.word)}", style="bold red"), soft_wrap=True)
        console.print(f"    expected: {difference.expected}", markup=False, soft_wrap=True)
        console.print(f"    observed: {difference.observed}", markup=False, soft_wrap=True)
    if folder is not None:
        for suffix in ("svg", "dot"):
            write_whole(folder / f"learned.{suffix}", render(machine_graph(machine.rows), suffix))


def machine_graph(rows: tuple[tuple[int, str, str, int], ...]) -> Graph:
    """The machine as a graph: inputs that lead nowhere else are left out, those between two states share an edge."""
    labels: dict[tuple[int, int], list[str]] = {}
    for source, letter, output, target in rows:
        if source != target:
            labels.setdefault((source, target), []).append(f"{letter}: {output.partition(',')[0]}")
    states = {0: "idle"} | {target: output.rpartition(", ")[2] for _, _, output, target in rows if target}
    return Graph(
        name="learned machine",
        nodes=tuple(
            Node(f"q{number}", f"{number} {state}", STATE_KINDS.get(state, "plain"))
            for number, state in sorted(states.items())
        ),
        edges=tuple(Edge(f"q{s}", f"q{t}", label="\n".join(words)) for (s, t), words in labels.items()),
        caption="learned by asking; inputs that change nothing are left out",
    )
