"""The verdicts as one JSON object, in the shape that `reports/schema/report.schema.json` publishes."""

from typing import Any

from broadcast_orchestrator.model.table import FORCED_EDGES
from broadcast_orchestrator.properties.guarantees.verdicts import Cell
from broadcast_orchestrator.properties.telling.story import in_full
from broadcast_orchestrator.properties.verification.verification import Verification
from broadcast_orchestrator.reports.audit.demands import demands
from broadcast_orchestrator.reports.output.formats.json_objects import json_of
from broadcast_orchestrator.reports.verify.fault_coverage import COLUMNS, strikes
from broadcast_orchestrator.reports.verify.mechanical_table import as_json
from broadcast_orchestrator.reports.verify.report import VerificationReport
from broadcast_orchestrator.sim.world.steps import to_json

FORMAT = 1
"""The version of the shape; it grows when a reader would have to change."""


def json_text(report: VerificationReport) -> str:
    """The object as text, the same for the same report, indented for people."""
    return json_of(json_object(report), indent=1)


def json_object(report: VerificationReport) -> dict[str, Any]:
    """The object itself."""
    verification, space = report.verification, report.verification.space
    return {
        "format": FORMAT,
        "verdict": verification.verdict,
        "sentence": report.sentence,
        "left_out": list(report.left_out),
        "seconds": round(verification.seconds, 3),
        "seed": verification.seed,
        "faults": verification.faults,
        "space": {**space._asdict(), "bounds": list(space.bounds), "cut_off": list(space.cut_off)},
        "causes": [told.to_json() for told in report.causes],
        "cells": [_cell(cell, report) for cell in verification.cells],
        "strikes": [
            {"fault_class": row.fault_class, "total": row.total, "at": dict(zip(COLUMNS, row.at, strict=True))}
            for row in strikes(verification.cells)
        ],
        "claims": [claim.to_json() for claim in verification.claims],
        "findings": [{**finding._asdict(), "clauses": list(finding.clauses)} for finding in verification.findings],
        "transitions_covered": _coverage(report),
        "clauses": [
            {
                "id": row.clause.id,
                "heading": row.clause.heading,
                "status": row.clause.status,
                "guarantees": list(row.guarantees),
                "tests": list(row.tests),
            }
            for row in report.clauses
        ],
        "environment": dict(report.environment),
        "reproduce": list(report.reproduce),
        **_demands(verification),
        **_survey(verification),
        **_thorough(verification),
        **_changes(report),
    }


def _demands(verification: Verification) -> dict[str, Any]:
    """Who asks for each demand; left out where a part alone was asked for."""
    return {"demands": demands(verification.standings)} if verification.standings else {}


def _survey(verification: Verification) -> dict[str, Any]:
    """The shape of the space that was judged for liveness; left out where none was."""
    if verification.survey is None:
        return {}
    fields = verification.survey._asdict()
    rows = [{"source": a, "target": b, "taken": taken} for (a, b), taken in fields["rows"].items()]
    return {"survey": {**fields, "widths": list(fields["widths"]), "by_state": dict(fields["by_state"]), "rows": rows}}


def _thorough(verification: Verification) -> dict[str, Any]:
    """What only a thorough verification has; the fields are left out elsewhere."""
    growth = {"growth": [each._asdict() for each in verification.growth]} if verification.growth else {}
    mutants = {"mutants": verification.teeth.to_json()} if verification.teeth else {}
    mechanical = {"mechanical": as_json(verification.mechanical)} if verification.mechanical else {}
    return growth | mutants | mechanical


def _changes(report: VerificationReport) -> dict[str, Any]:
    """What changed since an earlier report; left out where there was none."""
    return {} if report.changes is None else {"changes": [change.to_json() for change in report.changes.changes]}


def _cell(cell: Cell, report: VerificationReport) -> dict[str, Any]:
    fields = {name: value for name, value in cell._asdict().items() if name != "witness"}
    cause = report.cause_of(cell)
    return {**fields, "cause": cause and cause.id, "witness": _witness(cell, report)}


def _witness(cell: Cell, report: VerificationReport) -> dict[str, Any] | None:
    """The cell's own witness; it is seen again by that of its cause, where it has one."""
    told = report.cause_of(cell) or report.told(cell)
    if cell.witness is None or told is None:
        return None
    return {
        "what": cell.witness.violation.what,
        "steps": [to_json(passage.step) for passage in cell.witness.passages],
        "states": [passage.after.core.state for passage in cell.witness.passages],
        "story": list(map(in_full, cell.witness.passages)),
        "replay": told.replay,
    }


def _coverage(report: VerificationReport) -> list[dict[str, Any]]:
    return [
        {
            "source": row.source,
            "target": row.target,
            "forced": (row.source, row.target) in FORCED_EDGES,
            "taken": dict(row.taken),
        }
        for row in report.coverage
    ]
