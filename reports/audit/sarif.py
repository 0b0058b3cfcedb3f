"""The audit as SARIF 2.1.0, which code scanning reads. What is settled is a suppressed result, its reading the reason.

A remark points at the line of `model/guide/clauses.py` that has the first of its clauses, as the guide itself is no
file of the project.
"""

from functools import cache
from importlib import resources
from typing import Any

from broadcast_orchestrator.model.guide.clauses import CLAUSE
from broadcast_orchestrator.properties.audit.audited import KINDS, KNOWN_OPEN, SETTLED, WRONG, Remark
from broadcast_orchestrator.properties.traceability.standing import standings
from broadcast_orchestrator.reports.audit.demands import demands
from broadcast_orchestrator.reports.output.formats.sarif import physical_location, sarif_log, suppressed

LEVELS = {SETTLED: "note", KNOWN_OPEN: "warning", WRONG: "error"}


def sarif_text(audited: tuple[Remark, ...]) -> str:
    """One run with a rule for each kind of remark and a result for each remark."""
    results = [_result(remark) for remark in audited]
    return sarif_log("broadcast audit", KINDS, results, {"demands": demands(standings())})


def _result(remark: Remark) -> dict[str, Any]:
    message = f"{remark.sentence} {remark.evidence} ({remark.standing}: {remark.because})"
    result: dict[str, Any] = {
        "ruleId": remark.kind,
        "ruleIndex": list(KINDS).index(remark.kind),
        "level": LEVELS[remark.standing],
        "message": {"text": message},
        "locations": [_location(remark)],
        "partialFingerprints": {"remark/v1": remark.id},
        "properties": {"clauses": list(remark.clauses), "readings": list(remark.readings)},
    }
    if remark.standing == SETTLED:
        result["suppressions"] = suppressed("external", remark.because)
    return result


def _location(remark: Remark) -> dict[str, Any]:
    first = remark.clauses[0]
    return {
        "physicalLocation": physical_location("model/guide/clauses.py", _line_of(first)),
        "logicalLocations": [
            {"name": clause, "fullyQualifiedName": f"{CLAUSE[clause].heading} / {clause}"} for clause in remark.clauses
        ],
    }


@cache
def _lines() -> tuple[str, ...]:
    return tuple(
        resources.files("broadcast_orchestrator.model.guide")
        .joinpath("clauses.py")
        .read_text(encoding="utf-8")
        .splitlines()
    )


def _line_of(clause: str) -> int:
    return next(number for number, line in enumerate(_lines(), 1) if line.lstrip().startswith(f'"{clause}"'))
