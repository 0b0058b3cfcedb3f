"""`broadcast graph`: draw a graph, or hand the machine or a run to another tool."""

import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from broadcast_orchestrator.model.table import BroadcastState
from broadcast_orchestrator.reports.graphs.drawing import render
from broadcast_orchestrator.reports.graphs.graph import Graph, coverage_graph, from_networkx, table_graph
from broadcast_orchestrator.reports.interchange import itf, scxml, tla, xstate
from broadcast_orchestrator.reports.options.filtered_graph import belonging
from broadcast_orchestrator.reports.options.option_types import Seed
from broadcast_orchestrator.reports.options.places import writable
from broadcast_orchestrator.reports.output.exit_codes import ExitCode
from broadcast_orchestrator.reports.output.files import BadInput, write_whole
from broadcast_orchestrator.reports.output.progress import progress_bar
from broadcast_orchestrator.reports.witness.run_file import run_of, violations_by_step

TABLE, PROCEDURES, COVERAGE, WITNESS, SPACE = "table", "procedures", "coverage", "witness", "space"

SUFFIXES = {
    ".xstate.json": "xstate",
    ".itf.json": "itf",
    ".html": "html",
    ".svg": "svg",
    ".png": "png",
    ".dot": "dot",
    ".gv": "dot",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".puml": "plantuml",
    ".plantuml": "plantuml",
    ".scxml": "scxml",
    ".tla": "tla",
}
"""Which format the end of a file's name stands for."""

INTERCHANGE = {"scxml": (TABLE,), "xstate": (TABLE,), "tla": (TABLE, PROCEDURES), "itf": (WITNESS,)}
"""The formats that are no pictures, and what can be told in them."""

MOST_FAULTS = {PROCEDURES: 2, COVERAGE: 2, SPACE: 1}
"""How many faults there may be, where they decide how much is searched."""


What = Literal["table", "procedures", "coverage", "witness", "space"]
Form = Literal["html", "svg", "png", "dot", "mermaid", "plantuml", "scxml", "xstate", "tla", "itf"]


@Parameter(name="*")
@dataclass(frozen=True)
class GraphOptions:
    """What is to be drawn, and how.

    Parameters
    ----------
    what
        Which graph: the transition table; the procedures step by step; how often each engine took each row; the run
        in --trace as a path; or the explored space in summary.
    form
        How: as a page with all its parts, as a picture or as text; scxml, xstate and tla take the machine to other
        tools, itf a run. Without it the suffix of --out decides (.html .svg .png .dot .mmd .puml .scxml .xstate.json
        .tla .itf.json), or else it is dot.
    out
        The file to write, instead of the screen. A picture's DOT is written beside it, a .tla file's .cfg as well.
    about
        Only what belongs to this state, command, phase, operation or service, and what leads in and out of it.
    trace
        The run to be drawn, as written by `simulate --trace` or beside a report.
    faults
        How many faults the search may have, 1 by default: up to 2 for procedures and coverage, up to 1 for space.
    seed
        The seed of the random runs that coverage counts.
    rules
        The core that the run was made by, module:Class, where that is not the reference.
    report
        A report.json of broadcast verify, or its folder, whose counts coverage shows, so that nothing is searched.
    """

    what: What = "table"
    form: Annotated[Form | None, Parameter(name="--format")] = None
    out: Path | None = None
    about: Annotated[str | None, Parameter(name="--filter")] = None
    trace: Path | None = None
    faults: int | None = None
    seed: Seed = 0
    rules: str | None = None
    report: Annotated[Path | None, Parameter(name="--from")] = None


DEFAULTS = GraphOptions()


def run(*, asked: GraphOptions = DEFAULTS) -> ExitCode:
    """Write it to the file, a picture's DOT beside it, or to standard output.

    Raises BadInput for what makes no sense, before anything is written.
    """
    writable(asked.out)
    chosen = asked.form or _format_of(asked.out)
    _check(asked, chosen)
    if chosen == "png" and asked.out is None and sys.stdout.isatty():
        raise BadInput("a PNG is nothing to read in a terminal, try --out graph.png")
    files = _interchange(asked, chosen) if chosen in INTERCHANGE else _picture(asked, chosen)
    if asked.out is not None:
        for suffix, content in files.items():
            write_whole(_beside(asked.out, suffix), content)
    else:
        _print(files[""])
    return ExitCode.AS_CLAIMED


def _check(asked: GraphOptions, chosen: str) -> None:
    if chosen in INTERCHANGE and asked.what not in INTERCHANGE[chosen]:
        raise BadInput(f"--format {chosen}: is for --what {' or '.join(INTERCHANGE[chosen])}, not for {asked.what}")
    if chosen in INTERCHANGE and asked.about is not None:
        raise BadInput(f"--filter {asked.about}: is for pictures, not for {chosen}")
    if asked.what == WITNESS:
        _file(asked)
    elif asked.trace or asked.rules:
        raise BadInput("--trace and --rules: go with --what witness")
    if asked.report is not None and asked.what != COVERAGE:
        raise BadInput("--from: goes with --what coverage")
    if asked.report is not None and (asked.faults is not None or asked.seed):
        raise BadInput("--from: the report has its own faults and seed, leave out --faults and --seed")
    if asked.faults is not None:
        most = MOST_FAULTS.get(asked.what)
        if most is None:
            raise BadInput(f"--faults: goes with --what {', '.join(MOST_FAULTS)}")
        if not 0 <= asked.faults <= most:
            raise BadInput(f"--faults {asked.faults}: expected a number from 0 to {most} with --what {asked.what}")


def _file(asked: GraphOptions) -> Path:
    if asked.trace is None:
        raise BadInput("--what witness: which run? add --trace FILE, as written by broadcast simulate --trace FILE")
    return asked.trace


def _picture(asked: GraphOptions, chosen: str) -> dict[str, str | bytes]:
    """The contents by the suffix of their file, "" for the one that was asked for."""
    graph = the_graph(asked)
    if chosen == "html":
        return {"": _page(graph, asked)}
    if asked.about is not None:
        graph = belonging(graph, asked.about)
    if chosen == "dot" or asked.out is None:
        return {"": render(graph, chosen)}
    return {"": render(graph, chosen), ".dot": render(graph, "dot")}  # to lay it out again


def _page(graph: Graph, asked: GraphOptions) -> str:
    """The graph, or the part that was asked for, with all of its parts."""
    from broadcast_orchestrator.reports.atlas.page import html  # Jinja

    words = sorted({tag for node in graph.nodes for tag in node.tags})
    if asked.about is not None:
        graph, words = belonging(graph, asked.about), []
    out = [] if asked.out is None else ["--out", str(asked.out)]
    again = ["broadcast", "graph", "--what", asked.what, *out]
    return html(graph, {word: belonging(graph, word) for word in words}, shlex.join(again))


def _interchange(asked: GraphOptions, chosen: str) -> dict[str, str | bytes]:
    if chosen == "itf":
        file = _file(asked)
        return {"": itf.itf_text(run_of(file, asked.rules)[0], file.name)}
    if chosen == "tla":
        name = tla.module_name(asked.out.name.removesuffix(".tla") if asked.out else None)
        return {"": tla.tla_text(name), ".cfg": tla.cfg_text()}
    return {"": scxml.scxml_text() if chosen == "scxml" else xstate.xstate_text()}


def _beside(out: Path, suffix: str) -> Path:
    return out.with_suffix(suffix) if suffix else out


def _print(content: str | bytes) -> None:
    if isinstance(content, bytes):
        sys.stdout.buffer.write(content)
    else:
        sys.stdout.write(content)


def _format_of(out: Path | None) -> str:
    if out is None:
        return "dot"
    found = next((form for suffix, form in SUFFIXES.items() if out.name.endswith(suffix)), None)
    if found is None:
        raise BadInput(f"--out {out}: no format has the suffix {out.suffix!r}, try one of {', '.join(SUFFIXES)}")
    return found


# -- The graphs -----------------------------------------------------------------------------------


def the_graph(asked: GraphOptions) -> Graph:
    """The graph that has this name on the command line."""
    return GRAPHS[asked.what](asked)


def _procedures(asked: GraphOptions) -> Graph:
    from broadcast_orchestrator.properties.model_check.procedures import explore  # networkx

    return from_networkx(explore(faults=_faults(asked)).procedures, "procedures")


def _coverage(asked: GraphOptions) -> Graph:
    if asked.report is not None:
        return _reported(asked.report)
    from broadcast_orchestrator.properties.verification.rows_taken import rows_by_engine  # Hypothesis

    with progress_bar() as progress:
        return coverage_graph(rows_by_engine(_faults(asked), asked.seed, progress))


def _reported(file: Path) -> Graph:
    """The coverage that an earlier verification counted. Raises BadInput for what is no report of one."""
    from broadcast_orchestrator.reports.changes.saved import SavedReport, load  # Pydantic

    try:
        saved = load(file)
        if not isinstance(saved, SavedReport):
            raise BadInput(f"{file}: is about an experiment, try a report of broadcast verify")
        engines = dict.fromkeys(engine for row in saved.transitions_covered for engine in row.taken)
        return coverage_graph(
            {
                engine: {
                    (BroadcastState(row.source), BroadcastState(row.target)): row.taken.get(engine, 0)
                    for row in saved.transitions_covered
                }
                for engine in engines
            }
        )
    except BadInput as mistake:
        raise BadInput(f"--from {mistake}") from None
    except ValueError as mistake:  # a state or a row that the table does not have
        raise BadInput(f"--from {file}: {mistake}; try a report of this version of broadcast") from None


def _witness(asked: GraphOptions) -> Graph:
    from broadcast_orchestrator.reports.graphs.witness_graph import witness_graph  # NumPy

    run, rules = run_of(_file(asked), asked.rules)
    return witness_graph(run, violations_by_step(run, rules))


def _space(asked: GraphOptions) -> Graph:
    from broadcast_orchestrator.properties.model_check.space import survey  # SciPy and networkx
    from broadcast_orchestrator.reports.graphs.space_graph import space_graph

    return space_graph(survey(_faults(asked)))


def _faults(asked: GraphOptions) -> int:
    return 1 if asked.faults is None else asked.faults


GRAPHS: dict[str, Callable[[GraphOptions], Graph]] = {
    TABLE: lambda asked: table_graph(),
    PROCEDURES: _procedures,
    COVERAGE: _coverage,
    WITNESS: _witness,
    SPACE: _space,
}
