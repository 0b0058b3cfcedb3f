"""`broadcast audit`: the guide compared, as text and as Markdown; `reports.audit` has the other forms."""

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent
from typing import Annotated, Literal, assert_never

from cyclopts import Parameter

from broadcast_orchestrator.properties.audit.audited import KINDS, KNOWN_OPEN, SETTLED, WRONG, Remark, remarks, verdict
from broadcast_orchestrator.properties.audit.audited import told as told_asker
from broadcast_orchestrator.properties.model_check.procedures import ProcedureGraph, explore
from broadcast_orchestrator.properties.traceability.standing import standings
from broadcast_orchestrator.reports.audit.page import MARKS, html
from broadcast_orchestrator.reports.audit.sarif import sarif_text
from broadcast_orchestrator.reports.options.places import writable
from broadcast_orchestrator.reports.output.exit_codes import ExitCode, exit_code
from broadcast_orchestrator.reports.output.files import write_whole

Form = Literal["text", "markdown", "html", "sarif"]


def run(*, form: Annotated[Form, Parameter(name="--format")] = "text", out: Path | None = None) -> ExitCode:
    """Audit, and print or write it; as claimed where all is settled or known to be open, unknown where the search was
    cut off.

    Parameters
    ----------
    form
        As plain text, as Markdown, as a page, or as SARIF 2.1.0 for code scanning.
    out
        The file to write, instead of the screen.
    """
    writable(out)
    exploration = explore()
    audited = remarks(exploration)
    content = told(audited, exploration, form)
    if out is None:
        sys.stdout.write(content)
    else:
        write_whole(out, content)
    return exit_code(verdict(audited, exploration))


def told(audited: tuple[Remark, ...], exploration: ProcedureGraph, form: Form) -> str:
    """The audit in one of its forms."""
    match form:
        case "sarif":
            return sarif_text(audited)
        case "html":
            return html(audited, summary(audited, exploration), verdict(audited, exploration))
        case "text":
            lines = text(audited)
        case "markdown":
            lines = markdown(audited)
        case _:
            assert_never(form)
    return "".join(f"{line}\n" for line in (*lines, summary(audited, exploration)))


def summary(audited: tuple[Remark, ...], exploration: ProcedureGraph) -> str:
    """All of it in one sentence."""
    counted = {standing: sum(remark.standing == standing for remark in audited) for standing in MARKS}
    readings = len({reading for remark in audited for reading in remark.readings})
    wrong = f"{counted[WRONG]} wrong" if counted[WRONG] else "nothing wrong"
    cut_off = "" if exploration.complete else "; the search was cut off, so rows may be taken that it did not see"
    return (
        f"{len(audited)} remarks: {counted[SETTLED]} settled by {readings} readings, "
        f"{counted[KNOWN_OPEN]} open and known to be, {wrong}{cut_off}"
    )


def text(audited: tuple[Remark, ...]) -> Iterator[str]:
    """The remarks by kind, each with its evidence and with what settles it."""
    for kind, some in by_kind(audited):
        yield f"{KINDS[kind]} ({len(some)})"
        for remark in some:
            yield f"  {MARKS[remark.standing]} {remark.id} ({', '.join(remark.clauses)})"
            yield indent(f"{remark.sentence}\n{remark.evidence}\n{remark.standing}: {remark.because}", "      ")
        yield ""
    yield f"who asks for each demand ({len(standings())})"
    for each in standings():
        for line in map(told_asker, each.asked):
            yield f"  {each.demand:<5} {line}"
    yield ""


def markdown(audited: tuple[Remark, ...]) -> Iterator[str]:
    """A table for each kind."""
    yield "# The guide, audited"
    yield ""
    for kind, some in by_kind(audited):
        yield f"## {KINDS[kind].capitalize()}"
        yield ""
        yield "| | remark | clauses | evidence | |"
        yield "| --- | --- | --- | --- | --- |"
        for remark in some:
            cells = (remark.sentence, ", ".join(remark.clauses), remark.evidence, remark.because)
            yield f"| {MARKS[remark.standing]} {remark.standing} | {' | '.join(map(plain, cells))} |"
        yield ""
    yield from ("## Who asks for each demand", "", "| demand | asked by | met | dies by that |", "| --- " * 4 + "|")
    for each in standings():
        for asked in each.asked:
            askers = (", ".join(asked.checks), f"{asked.sight}: where {asked.scope}", ", ".join(asked.mutants))
            yield f"| {each.demand} | {' | '.join(map(plain, askers))} |"
    yield ""


def plain(cell: str) -> str:
    """A text that stays in its cell and is no markup."""
    escaped = "".join(f"\\{letter}" if letter in "\\`*_[]<>|#" else letter for letter in cell)
    return " ".join(escaped.split())


def by_kind(audited: tuple[Remark, ...]) -> Iterator[tuple[str, list[Remark]]]:
    """The remarks of each kind that has any."""
    for kind in KINDS:
        if some := [remark for remark in audited if remark.kind == kind]:
            yield kind, some
