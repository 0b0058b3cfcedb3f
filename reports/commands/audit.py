"""What `broadcast audit` does, as text and as Markdown; `reports.audit.sarif` has the third form."""

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent

from broadcast_orchestrator.properties.audit.audited import KINDS, KNOWN_OPEN, SETTLED, WRONG, Remark, remarks, verdict
from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, UNKNOWN, VIOLATED
from broadcast_orchestrator.properties.model_check.procedures import ProcedureGraph, explore
from broadcast_orchestrator.reports.output.files import write_whole

EXIT_CODES = {PROVED: 0, VIOLATED: 1, UNKNOWN: 3}


def run(format: str, out: Path | None) -> int:
    """Audit, and print or write it; 0: all is settled or known to be open, 1: it is not, 3: the search was cut off."""
    exploration = explore()
    audited = remarks(exploration)
    content = told(audited, exploration, format)
    if out is None:
        sys.stdout.write(content)
    else:
        write_whole(out, content)
    return EXIT_CODES[verdict(audited, exploration)]


def told(audited: tuple[Remark, ...], exploration: ProcedureGraph, format: str) -> str:
    """The audit in one of the forms "text", "markdown" and "sarif"."""
    if format == "sarif":
        from broadcast_orchestrator.reports.audit.sarif import sarif_text

        return sarif_text(audited)
    lines = text(audited) if format == "text" else markdown(audited)
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


MARKS = {SETTLED: "✓", KNOWN_OPEN: "?", WRONG: "✗"}


def text(audited: tuple[Remark, ...]) -> Iterator[str]:
    """The remarks by kind, each with its evidence and with what settles it."""
    for kind, some in by_kind(audited):
        yield f"{KINDS[kind]} ({len(some)})"
        for remark in some:
            yield f"  {MARKS[remark.standing]} {remark.id} ({', '.join(remark.clauses)})"
            yield indent(f"{remark.sentence}\n{remark.evidence}\n{remark.standing}: {remark.because}", "      ")
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


def plain(cell: str) -> str:
    """A text that stays in its cell and is no markup."""
    escaped = "".join(f"\\{letter}" if letter in "\\`*_[]<>|#" else letter for letter in cell)
    return " ".join(escaped.split())


def by_kind(audited: tuple[Remark, ...]) -> Iterator[tuple[str, list[Remark]]]:
    """The remarks of each kind that has any."""
    for kind in KINDS:
        if some := [remark for remark in audited if remark.kind == kind]:
            yield kind, some
