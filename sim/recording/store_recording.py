"""Recordings of a real store: evidence as the kit's `record` writes it, a line a moment, while an evening goes on.

The first line says who is recorded, with which configuration; each further line is a moment as in evidence, and says of
a command whether all was `calm` before it; the last line says how it `ended`. PROTOCOL.md has the format.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from broadcast_orchestrator.model.config import shown
from broadcast_orchestrator.model.operations import ON_AIR_SERVICES, OPERATIONS
from broadcast_orchestrator.sim.recording.scenario_seen import scenario_of
from broadcast_orchestrator.sim.subjects.evidence import (
    CUT_OFF,
    QUIET,
    Evidence,
    EvidenceError,
    EvidenceMoment,
    milliseconds,
    moment_from_json,
)
from broadcast_orchestrator.sim.subjects.protocol.codec import parsed
from broadcast_orchestrator.sim.subjects.protocol.messages import About, Called, GiveCommand, SubjectError
from broadcast_orchestrator.sim.subjects.scenario import ScenarioError

FORMAT, VERSION = "broadcast-recording", 1

REAL_SLACK_MS = 250.0
"""How late real timers may be where a recording does not say."""

Read = TypeVar("Read")


def evidence_of_text(text: str, name: str = "recording") -> Evidence:
    """The evidence that a recording is; one without a last line that says how it ended was cut off. `name` is for
    messages. Raises `EvidenceError` where it is none."""
    rows = [_located(name, number, parsed, row) for number, row in enumerate(text.removesuffix("\n").split("\n"), 1)]
    last = next((number for number, row in enumerate(rows) if "ended" in row), len(rows))
    moments = [_located(name, number, _moment, row) for number, row in enumerate(rows[1:last], 2)]
    calm = _calm(name, moments, rows[1:last])
    ended = _located(name, last + 1, _ended, rows[last]) if last < len(rows) else CUT_OFF
    return _located(name, 1, lambda header: _evidence(header, moments, calm, ended), rows[0])


def _calm(name: str, moments: Sequence[EvidenceMoment], rows: Sequence[Mapping[str, Any]]) -> dict[int, bool]:
    """Whether all was quiet before each command, by its number."""
    calm = dict[int, bool]()
    for number, (moment, row) in enumerate(zip(moments, rows, strict=True), 2):
        if isinstance(moment.step, GiveCommand):
            if moment.step.id != len(calm) + 1:
                raise EvidenceError(
                    f"{name}, line {number}: command {moment.step.id} comes where {len(calm) + 1} is due"
                )
            calm[moment.step.id] = row.get("calm") is True
    return calm


def _located(name: str, number: int, read: Callable[[Any], Read], row: Any) -> Read:
    try:
        return read(row)
    except (SubjectError, ScenarioError) as mistake:
        raise EvidenceError(f"{name}, line {number}: {mistake}") from None
    except (KeyError, TypeError, ValueError) as mistake:
        raise EvidenceError(f"{name}, line {number}: is no part of any recording ({mistake})") from None


def _evidence(
    header: Mapping[str, Any], moments: Sequence[EvidenceMoment], calm: Mapping[int, bool], ended: str
) -> Evidence:
    if header.get("version") != VERSION:
        raise ScenarioError(f"this is version {shown(header.get('version'))} of the format; only {VERSION} is known")
    if not isinstance(header.get("name"), str):
        raise ScenarioError(f"name: cannot be {shown(header.get('name'))}")
    if not calm:
        raise ScenarioError("no command was recorded, so there is nothing to judge")
    data = {"config": {}, "content": True, "slack_ms": REAL_SLACK_MS, **header}
    return Evidence(
        scenario_of(moments, calm, data["config"], data["content"], ended == QUIET),
        About(data["name"]),
        tuple(moments),
        ended,
        slack_ms=milliseconds(data, "slack_ms"),
    )


def _moment(row: dict[str, Any]) -> EvidenceMoment:
    moment = moment_from_json(row)
    if len(moment.truth.active) != len(ON_AIR_SERVICES):
        raise ScenarioError(f"truth: active: expected {len(ON_AIR_SERVICES)} services, got {shown(row['truth'])}")
    for event in moment.events:
        if isinstance(event, Called) and event.operation not in OPERATIONS:
            raise ScenarioError(f"called: {shown(event.operation)} is no operation; there is: {', '.join(OPERATIONS)}")
    return moment


def _ended(row: Mapping[str, Any]) -> str:
    if row["ended"] not in (QUIET, CUT_OFF):
        raise ScenarioError(f"ended: expected {QUIET!r} or {CUT_OFF!r}, got {shown(row['ended'])}")
    return str(row["ended"])
