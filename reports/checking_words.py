"""A report of `broadcast check` as plain lines, each with its kind, and the same facts as one JSON object."""

import shlex
from collections.abc import Iterator
from typing import Any

from properties.checking import Finding, Report
from properties.checking.baseline import Compared
from properties.checking.findings import RANK_NAMES
from sim.subjects.codec import dumped

Line = tuple[str, str]
"""The kind of a line ("verdict", "ok", "head", "title", "step", "fact", "quiet") and its text."""


def replay_command(finding: Finding, command: tuple[str, ...]) -> str:
    """The command that plays the smallest sequence again."""
    return f"broadcast check --replay {shlex.quote(dumped(finding.scenario.to_json()))} -- {shlex.join(command)}"


def verdict(report: Report, compared: Compared) -> str:
    """The result in one sentence."""
    tried = f"{report.scenarios:,} scenarios"
    if compared.new:
        count = len(compared.new)
        new = "new finding" if compared.known else "finding"
        return f"✗ {report.name} breaks the guide: {count} {new}{'' if count == 1 else 's'} in {tried}"
    known = f", {len(compared.known)} known" if compared.known else ""
    if not report.complete:
        return f"? {report.name}: nothing new found in {tried}{known}, but the sweep was cut off"
    return f"✓ {report.name} keeps the guide in all of {tried}{known}"


def lines(report: Report, compared: Compared, command: tuple[str, ...]) -> Iterator[Line]:
    """Everything there is to say, the verdict first."""
    good = not compared.new
    yield "ok" if good and report.complete else "quiet" if good else "verdict", verdict(report, compared)
    yield "quiet", _effort(report)
    for number, finding in enumerate(compared.new, 1):
        yield from finding_lines(finding, number, command)
    for finding in compared.known:
        yield "quiet", f"known: {finding.id} {finding.title}"
    for known in compared.fixed:
        yield "ok", f"fixed: {known.id} {known.title}; take it out of the baseline"
    if report.readings:
        yield "head", "Readings"
        yield from (("fact", f"  {reading}") for reading in report.readings)
    for finding in report.accepted:
        yield "quiet", f"  accepted by a reading: {finding.id} {finding.title}"


def _effort(report: Report) -> str:
    rate = report.scenarios / report.seconds if report.seconds else 0
    swept = "the whole sweep" if report.complete else f"{len(report.levels)} levels of the sweep in full"
    return f"{report.seconds:,.1f} s, {rate:,.0f} scenarios a second, {swept}, seed {report.seed}"


def finding_lines(finding: Finding, number: int, command: tuple[str, ...]) -> Iterator[Line]:
    """One finding as a small story."""
    yield "head", ""
    yield "title", f"{number}. {finding.guarantee}: {finding.title}"
    beside = f"; also breaks {', '.join(finding.also)}" if finding.also else ""
    yield "quiet", f"   {finding.id} · {RANK_NAMES[finding.rank]} · {finding.place}{beside}"
    yield from (("step", f"   {at}. {step}") for at, step in enumerate(finding.steps, 1))
    yield "fact", f"   expected: {finding.expected}"
    yield "fact", f"   observed: {finding.observed}"
    for why in finding.why:
        sign = "needed" if why.necessary else "spare"
        yield "quiet", f"   {sign}: {why.event} Without it: {why.without}."
    if finding.serves:
        yield "quiet", f"   serves: {', '.join(name for name, _ in finding.serves)}"
    yield "fact", f"   replay: {replay_command(finding, command)}"


def json_object(report: Report, compared: Compared, command: tuple[str, ...]) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "format": 1,
        "name": report.name,
        "verdict": "violated" if compared.new else "clean" if report.complete else "unknown",
        "scenarios": report.scenarios,
        "seconds": round(report.seconds, 3),
        "seed": report.seed,
        "complete": report.complete,
        "findings": [_finding(each, "new", command) for each in compared.new]
        + [_finding(each, "known", command) for each in compared.known],
        "readings": list(report.readings),
        "accepted": [_finding(each, "accepted", command) for each in report.accepted],
        "baseline": {
            "known": [each.id for each in compared.known],
            "fixed": [each._asdict() for each in compared.fixed],
            "new": [each.id for each in compared.new],
        },
        "transitions": [list(each) for each in report.transitions],
    }


def _finding(finding: Finding, status: str, command: tuple[str, ...]) -> dict[str, Any]:
    return {**finding.to_json(replay_command(finding, command)), "status": status}
