"""What `broadcast lint` has found, in plain lines and as one JSON object.

The object's shape is published as `reports/schema/lint.schema.json`.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from broadcast_orchestrator.model.guide.clauses import CLAUSE
from broadcast_orchestrator.properties.checking.baseline import Known
from broadcast_orchestrator.properties.lint.catalogue import PageRule
from broadcast_orchestrator.properties.lint.findings import Migration, PageFinding, PageReport
from broadcast_orchestrator.reports.output.messages import one_line

Line = tuple[str, str]
"""The style of a line, as `rich` names it, and its text."""


class Linted(NamedTuple):
    """A report against a baseline: findings that are `new`, those that are `known`, and known ones that are gone."""

    report: PageReport
    new: tuple[PageFinding, ...]
    known: tuple[PageFinding, ...] = ()
    fixed: tuple[Known, ...] = ()

    @property
    def unread(self) -> bool:
        """Whether nothing could be read, or not something that may have to do with the broadcast."""
        return not self.report.files or any(each.matters for each in self.report.unread)


def lines(linted: Linted) -> Iterator[Line]:
    """Everything there is to say: the findings by file, what is beside them, and the verdict and the migration last."""
    explained: set[str] = set()
    for path, some in _by_file(linted.new):
        yield "bold", path
        for finding in some:
            yield from _finding(finding, explained)
        yield "", ""
    for finding in linted.report.notes:
        yield "yellow", f"note: {_place(finding)} {finding.rule} {finding.unit}: {finding.what}"
        yield "", f"      {one_line(finding.source)}"
        yield "", f"      better: {finding.instead}"
    for finding in (*linted.report.accepted, *linted.known):
        yield "dim", f"accepted: {_place(finding)} {finding.rule} {finding.unit}: {finding.what}; {finding.because}"
    for path, line, rule in linted.report.idle:
        yield "yellow", f"idle: {path}:{line} the comment accepts {rule}, {_why_idle(rule)}"
    for known in linted.fixed:
        yield "green", f"fixed: {known.id} {known.title}; take it out of the baseline"
    for each in linted.report.unread:
        beside = "" if each.matters else "; it has nothing to do with the broadcast"
        yield "yellow" if each.matters else "dim", f"not read: {each.path} {each.why}{beside}"
    yield "green" if not linted.new and not linted.unread else "bold red", verdict(linted)
    yield "bold", migration(linted.report.migration)


def _why_idle(rule: str) -> str:
    return "which is not broken there" if rule in list(PageRule) else f"and there is no such rule; try {_rules()}"


def _rules() -> str:
    return ", ".join(PageRule)


def _by_file(findings: Iterable[PageFinding]) -> Iterator[tuple[str, list[PageFinding]]]:
    files: dict[str, list[PageFinding]] = {}
    for finding in findings:
        files.setdefault(finding.path, []).append(finding)
    yield from files.items()


def _place(finding: PageFinding) -> str:
    return f"{finding.path}:{finding.line}"


def _finding(finding: PageFinding, explained: set[str]) -> Iterator[Line]:
    also = f" (also line {', '.join(map(str, finding.also))})" if finding.also else ""
    unreasoned = "; the comment that accepts it gives no reason" if finding.unreasoned else ""
    rule = f"{finding.rule} ({', '.join(finding.clauses)})"
    yield "red", f"  {finding.line}: {rule}: {finding.unit}: {finding.what}{also}{unreasoned}"
    yield "", f"      {one_line(finding.source)}"
    yield "", f"      instead: {finding.instead}"
    for clause in finding.clauses:
        if clause not in explained:
            explained.add(clause)
            yield "dim", f"      {clause}: {CLAUSE[clause].demand}"


def verdict(linted: Linted) -> str:
    """The result in one sentence."""
    report = linted.report
    read = f"{_count(report.files, 'file')} read"
    beside = f", {_count(report.left_out, 'test or declaration', 'tests and declarations')} left out" * bool(
        report.left_out
    )
    matter = sum(each.matters for each in report.unread)
    unread = f", {_count(matter, 'file')} could not be read" if matter else ""
    known = len(report.accepted) + len(linted.known)
    accepted = f", {known} accepted" if known else ""
    if linted.new:
        files = len({finding.path for finding in linted.new})
        return f"✗ {_count(len(linted.new), 'finding')} in {_count(files, 'file')}{accepted}; {read}{beside}{unread}"
    if linted.unread:
        return f"? nothing found{accepted}; {read}{beside}{unread}"
    return f"✓ nothing found{accepted}; {read}{beside}"


def migration(moved: Migration) -> str:
    """How far the application has moved, in one line (SM-2)."""
    count, still = len(moved.concerned), moved.bypassing
    if not count:
        return "migration: no component here has to do with the broadcast"
    of = f"{len(still)} of {_count(count, 'component')} (hooks and modules included)"
    return f"migration: {of} still {'bypasses' if len(still) == 1 else 'bypass'} the orchestrator{_named(still)}"


def _named(names: tuple[str, ...], most: int = 8) -> str:
    shown = ", ".join(names[:most])
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f": {shown}{more}" if names else ""


def _count(number: int, one: str, several: str = "") -> str:
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"


def json_object(linted: Linted) -> dict[str, Any]:
    """The report as plain data."""
    report = linted.report
    return {
        "format": 1,
        "verdict": "violated" if linted.new else "unread" if linted.unread else "clean",
        "files": report.files,
        "left_out": report.left_out,
        "findings": [
            *(_plain(each, "new") for each in linted.new),
            *(_plain(each, "known") for each in linted.known),
            *(_plain(each, "accepted") for each in report.accepted),
            *(_plain(each, "note") for each in report.notes),
        ],
        "idle_comments": [{"path": path, "line": line, "rule": rule} for path, line, rule in report.idle],
        "fixed": [{"id": each.id, "title": each.title, "because": each.because} for each in linted.fixed],
        "unread": [each._asdict() for each in report.unread],
        "migration": {
            "components": len(report.migration.concerned),
            "bypassing": list(report.migration.bypassing),
        },
    }


def _plain(finding: PageFinding, status: str) -> dict[str, Any]:
    return {
        "id": finding.id,
        "status": status,
        "rule": finding.rule.value,
        "clauses": list(finding.clauses),
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "also": list(finding.also),
        "component": finding.unit,
        "what": finding.what,
        "source": finding.source,
        "instead": finding.instead,
        "because": finding.because,
    }
