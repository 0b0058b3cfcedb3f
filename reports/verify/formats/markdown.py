"""The verdicts as Markdown, for the summary page of a CI run: the verdict first, everything else folded."""

import re
from collections.abc import Iterable

from broadcast_orchestrator.properties.guarantees.verdicts import HELD, PROVED
from broadcast_orchestrator.properties.verification.matrix import SYMBOLS
from broadcast_orchestrator.reports.graphs.graph import table_graph
from broadcast_orchestrator.reports.graphs.mermaid import mermaid_text
from broadcast_orchestrator.reports.output.formats.markdown import escaped
from broadcast_orchestrator.reports.output.step_summary import MOST
from broadcast_orchestrator.reports.verify.report import VerificationReport

_TICKS = re.compile("`+")

_FEW = 100
"""How many changes are listed."""


def markdown(report: VerificationReport) -> str:
    """The whole summary, always under one megabyte: what does not fit is left to the HTML report."""
    verification = report.verification
    symbol = SYMBOLS[verification.verdict]
    head = [f"# {symbol} {verification.verdict}", "", escaped(report.sentence), ""]
    head += [*_left_out(report), *_explored(report), *_causes(report), *_matrix(report), ""]
    parts = [each(report) for each in (_changes, _witnesses, _claims, _growth, _graph, _findings, _coverage, _how)]
    text = "\n".join(head)
    for part in parts:
        longer = f"{text}\n" + "\n".join(part)
        text = longer if len(longer.encode()) < MOST else f"{text}\n*Left out for its length; see the HTML report.*\n"
    return text


def _left_out(report: VerificationReport) -> list[str]:
    return [escaped(" ".join(report.left_out)), ""] if report.left_out else []


def _explored(report: VerificationReport) -> list[str]:
    return [f"Explored: {escaped('; '.join(report.verification.space.bounds))}.", ""]


def _causes(report: VerificationReport) -> list[str]:
    lines: list[str] = []
    for number, told in enumerate(report.causes, 1):
        rule = f" Rule: `{told.cause.rule}`." if told.cause.rule else ""
        hidden = f" Hidden by: {escaped(told.cause.hidden_by)}." if told.cause.hidden_by else ""
        lines.append(f"{number}. **{escaped(told.sentence)}** {escaped(told.what)}.{rule}{hidden}")
        lines.append(f"   Breaks {', '.join(told.cause.guarantees)} in {told.explained}.")
        lines += [f"   {_code(told.replay)} {_code(told.explain)}"] if told.replay else []
    return ["## Causes", "", *lines, ""] if lines else []


def _matrix(report: VerificationReport) -> Iterable[str]:
    columns = report.matrix.columns
    yield "| | " + " | ".join(columns) + " |"
    yield "|---|" + ":-:|" * len(columns)
    for name, squares in report.matrix.rows:
        yield f"| **{name}** | " + " | ".join(SYMBOLS[square.answer] for square in squares) + " |"
    yield ""
    yield " · ".join(f"{symbol} {word}" for word, symbol in SYMBOLS.items() if word not in ("", HELD))


def _folded(title: str, lines: Iterable[str]) -> list[str]:
    inside = list(lines)
    return ["<details>", f"<summary>{escaped(title)}</summary>", "", *inside, "", "</details>", ""] if inside else []


def _changes(report: VerificationReport) -> list[str]:
    if report.changes is None:
        return []
    lines = [
        f"- {each.verdict}: {each.kind} {escaped(each.what)}: {escaped(each.before)} → {escaped(each.after)}"
        for each in report.changes.changes[:_FEW]
    ]
    more = len(report.changes.changes) - len(lines)
    lines += [f"- and {more} more"] if more > 0 else []
    return [f"Since the last report: {report.changes.sentence}.", "", *_folded("What changed", lines)]


def _witnesses(report: VerificationReport) -> list[str]:
    lines: list[str] = []
    for told in report.witnesses:
        lines += [f"**{told.id}**: {escaped(told.what)}", ""]
        lines += [f"{number}. {escaped(line)}" for number, line in enumerate(told.story, 1)]
        lines += ["", _code(told.replay), ""]
    return _folded(f"Witnesses ({len(report.witnesses)})", lines)


def _claims(report: VerificationReport) -> list[str]:
    claims = report.verification.claims
    held = sum(claim.verdict in (PROVED, HELD) for claim in claims)
    lines = [
        f"- {SYMBOLS[claim.verdict]} {escaped(claim.engine)}: {escaped(claim.claim)} ({escaped(claim.evidence)})"
        for claim in claims
    ]
    return _folded(f"Further claims ({held} of {len(claims)} hold)", lines)


def _growth(report: VerificationReport) -> list[str]:
    growth = report.verification.growth
    head = ["| faults | calls given up | worlds | steps | depth | seconds | MB |", "|" + "--:|" * 7]
    lines = [
        f"| {each.faults} | {each.older} | {each.states:,} | {each.transitions:,} | {each.depth} "
        f"| {each.seconds:.1f} | {each.peak_bytes / 1_000_000:.0f} |"
        for each in growth
    ]
    return _folded("How the search grows", [*head, *lines] if lines else [])


def _graph(report: VerificationReport) -> list[str]:
    drawn = mermaid_text(table_graph(report.taken)).rstrip()
    return _folded("The states, and how often each change was seen", ["```mermaid", drawn, "```"])


def _findings(report: VerificationReport) -> list[str]:
    findings = report.verification.findings
    lines = [
        f"- {escaped(finding.sentence)} {escaped(finding.evidence)} ({escaped(finding.reading)})"
        for finding in findings
    ]
    return _folded(f"Audit of the guide ({len(findings)} findings)", lines)


def _coverage(report: VerificationReport) -> list[str]:
    engines = list(report.verification.coverage)
    lines = ["| from | to | " + " | ".join(map(escaped, engines)) + " |", "|---|---|" + "--:|" * len(engines)]
    lines += [
        f"| {row.source} | {row.target}{' (forced)' if row.forced else ''} | "
        + " | ".join(f"{row.taken[engine]:,}" for engine in engines)
        + " |"
        for row in report.coverage
    ]
    return _folded("Coverage of the transition table", lines)


def _how(report: VerificationReport) -> list[str]:
    lines = [f"- {name}: {escaped(value)}" for name, value in report.environment.items()]
    return _folded("Environment, and how to reproduce", [*lines, "", *(_code(line) for line in report.reproduce)])


def _code(text: str) -> str:
    """A command in type of its own, even where it has backticks in it."""
    line = " ".join(text.split())
    fence = "`" * (max(map(len, _TICKS.findall(line)), default=0) + 1)
    return f"{fence} {line} {fence}" if len(fence) > 1 else f"`{line}`"
