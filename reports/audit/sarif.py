"""The audit as SARIF 2.1.0, which code scanning reads. What is settled is a suppressed result, its reading the reason.

A remark points at the line of `model/guide/clauses.py` that has the first of its clauses, as the guide itself is no
file of the project.
"""

import json
from functools import cache
from importlib import metadata, resources
from typing import Any

from broadcast_orchestrator.model.guide.clauses import CLAUSE
from broadcast_orchestrator.properties.audit.audited import KINDS, KNOWN_OPEN, SETTLED, WRONG, Remark
from broadcast_orchestrator.properties.traceability.standing import standings
from broadcast_orchestrator.reports.audit.demands import demands

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {SETTLED: "note", KNOWN_OPEN: "warning", WRONG: "error"}


def sarif_text(audited: tuple[Remark, ...]) -> str:
    """One run with a rule for each kind of remark and a result for each remark."""
    driver = {
        "name": "broadcast audit",
        "semanticVersion": metadata.version("broadcast-orchestrator"),
        "rules": [{"id": kind, "shortDescription": {"text": words}} for kind, words in KINDS.items()],
    }
    results = [_result(remark) for remark in audited]
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {"demands": demands(standings())},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, ensure_ascii=False) + "\n"


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
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": remark.because}]
    return result


def _location(remark: Remark) -> dict[str, Any]:
    first = remark.clauses[0]
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": "model/guide/clauses.py", "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": _line_of(first)},
        },
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
