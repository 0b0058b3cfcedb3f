"""What `broadcast lint` has found as SARIF 2.1.0: what was accepted is a suppressed result with its reason."""

from typing import Any

from broadcast_orchestrator.properties.lint.catalogue import RULES, PageRule
from broadcast_orchestrator.properties.lint.findings import PageFinding
from broadcast_orchestrator.reports.lint.words import Linted, migration
from broadcast_orchestrator.reports.output.formats.sarif import physical_location, sarif_log, suppressed

_WORDS = {rule.value: RULES[rule].forbids for rule in PageRule}


def sarif_text(linted: Linted) -> str:
    """One run with a rule for each of ours and a result for each finding, accepted or not, and each note."""
    results = [
        *(_result(each) for each in (*linted.new, *linted.report.notes)),
        *(_result(each, "external") for each in linted.known),
        *(_result(each, "inSource") for each in linted.report.accepted),
    ]
    return sarif_log("broadcast lint", _WORDS, results, {"migration": migration(linted.report.migration)})


def _result(finding: PageFinding, accepted: str = "") -> dict[str, Any]:
    also = f" Also on line {', '.join(map(str, finding.also))}." if finding.also else ""
    result: dict[str, Any] = {
        "ruleId": finding.rule.value,
        "ruleIndex": list(PageRule).index(finding.rule),
        "level": "note" if finding.note else "error",
        "message": {"text": f"{finding.unit}: {finding.what}.{also} Instead: {finding.instead}"},
        "locations": [{"physicalLocation": physical_location(finding.path, finding.line, finding.column)}],
        "partialFingerprints": {"finding/v1": finding.id},
        "properties": {"clauses": list(finding.clauses)},
    }
    if accepted:
        result["suppressions"] = suppressed(accepted, finding.because)
    return result
