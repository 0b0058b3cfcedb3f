"""The findings of a check as JUnit XML, which every CI system shows, and as SARIF, which code scanning reads."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from broadcast_orchestrator.properties.checking import CheckReport, Finding
from broadcast_orchestrator.properties.checking.baseline import Compared
from broadcast_orchestrator.properties.checking.judge.catalogue import ROWS
from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, UNKNOWN, VIOLATED
from broadcast_orchestrator.reports.check.words import Started, replay_command, verdict
from broadcast_orchestrator.reports.output.formats import junit
from broadcast_orchestrator.reports.output.formats.sarif import physical_location, sarif_log, suppressed

KNOWN = "known: in the baseline"
"""Why a known finding does not count."""


def junit_text(report: CheckReport, compared: Compared, started: Started) -> str:
    """A case for each finding, new ones failed, known ones skipped; and one for the check as a whole, which is skipped
    where nothing new was found and the sweep was cut off."""
    root = ElementTree.Element("testsuites", name="broadcast check")
    whole = VIOLATED if compared.new else PROVED if report.complete else UNKNOWN
    verdicts = [VIOLATED] * len(compared.new) + [UNKNOWN] * len(compared.known)
    suite = junit.add_suite(root, report.name, [whole, *map(str, verdicts)])
    case = junit.add_case(suite, "check", "keeps the guide")
    if whole == VIOLATED:
        junit.add_failure(case, verdict(report, compared), "")
    elif whole == UNKNOWN:
        junit.add_skipped(case, verdict(report, compared))
    for finding in compared.new:
        each = junit.add_case(suite, finding.guarantee, f"{finding.id} {finding.title}")
        junit.add_failure(each, finding.observed, _story(finding, started))
    for finding in compared.known:
        junit.add_skipped(junit.add_case(suite, finding.guarantee, f"{finding.id} {finding.title}"), KNOWN)
    return junit.document(root)


def _story(finding: Finding, started: Started) -> str:
    steps = [f"{number}. {step}" for number, step in enumerate(finding.steps, 1)]
    facts = [f"expected: {finding.expected}", f"observed: {finding.observed}"]
    return "\n".join([*steps, *facts, f"replay: {replay_command(finding, started)}"])


def sarif_text(report: CheckReport, compared: Compared, started: Started) -> str:
    """A rule for each guarantee that is broken and a result for each finding; a known one is suppressed."""
    found = (*compared.new, *compared.known)
    rules = {name: row.sentence for name, row in ROWS.items() if any(each.guarantee == name for each in found)}
    results = [_result(each, list(rules), started, known=each in compared.known) for each in found]
    return sarif_log("broadcast check", rules, results, {"subject": report.name, "complete": report.complete})


def _result(finding: Finding, rules: list[str], started: Started, *, known: bool) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.guarantee,
        "ruleIndex": rules.index(finding.guarantee),
        "level": "error",
        "message": {"text": f"{finding.title}. Expected: {finding.expected} Observed: {finding.observed}"},
        "locations": _locations(finding, started),
        "partialFingerprints": {"finding/v1": finding.id},
        "properties": {"steps": list(finding.steps), "replay": replay_command(finding, started)},
    }
    if known:
        result["suppressions"] = suppressed("external", KNOWN)
    return result


def _locations(finding: Finding, started: Started) -> list[dict[str, Any]]:
    """The file that the command starts, where there is one, since a finding is about behaviour and not about a line."""
    location: dict[str, Any] = {"logicalLocations": [{"name": finding.place}]}
    file = next((word for word in started.command[1:] if Path(word).is_file()), None)
    if file is not None:
        location["physicalLocation"] = physical_location(Path(file).as_posix(), 1)
    return [location]
