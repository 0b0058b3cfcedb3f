"""Recordings of a real store: evidence as the kit's `record` writes it, a line a moment, while an evening goes on.

The first line says who is recorded, with which configuration; each further line is a moment as in evidence, and says of
calls what had come of them `at_once`, when they returned; the last line says that nothing comes after it. PROTOCOL.md
has the format.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

from broadcast_orchestrator.model.config import shown
from broadcast_orchestrator.sim.input.plain_data import NoPlainData, json_value
from broadcast_orchestrator.sim.recording.rests import rests_in
from broadcast_orchestrator.sim.recording.scenario_seen import scenario_of
from broadcast_orchestrator.sim.subjects.evidence import (
    CUT_OFF,
    QUIET,
    CameAtOnce,
    Evidence,
    EvidenceError,
    EvidenceMoment,
    all_at_once,
    moment_from_json,
    real_run,
)
from broadcast_orchestrator.sim.subjects.evidence_check import EvidenceOrder
from broadcast_orchestrator.sim.subjects.protocol.messages import About, GiveCommand, SubjectError
from broadcast_orchestrator.sim.subjects.scenario import ScenarioError

FORMAT, VERSION = "broadcast-recording", 1

REAL_SLACK_MS = 250.0
"""How late real timers may be where a recording does not say."""

Read = TypeVar("Read")


class NothingSeen(EvidenceError):
    """A recording in which nobody has asked for anything yet."""


class RecordedMoment(NamedTuple):
    """A line of a recording: a moment of evidence, and what had come of the calls made in it when they returned."""

    moment: EvidenceMoment
    at_once: tuple[CameAtOnce, ...] = ()


def evidence_of_text(text: str, name: str = "recording") -> Evidence:
    """The evidence that a recording is; one that ends while something is under way, or without a last line that says
    that it ends, was cut off. `name` is for messages. Raises `EvidenceError` where it is none."""
    rows = [_located(name, number, _row, row) for number, row in enumerate(text.removesuffix("\n").split("\n"), 1)]
    last = next((number for number, row in enumerate(rows) if "ended" in row), len(rows))
    is_over = last < len(rows)
    read = partial(_next, EvidenceOrder(None, real=True))
    moments = [_located(name, number, read, row) for number, row in enumerate(rows[1:last], 2)]
    return _located(name, 1, lambda header: _evidence(header, moments, is_over), rows[0])


def _located(name: str, number: int, read: Callable[[Any], Read], row: Any) -> Read:
    try:
        return read(row)
    except NothingSeen as mistake:
        raise NothingSeen(f"{name}, line {number}: {mistake}") from None
    except (NoPlainData, SubjectError, ScenarioError) as mistake:
        raise EvidenceError(f"{name}, line {number}: {mistake}") from None


def _row(text: str) -> dict[str, Any]:
    row = json_value(text)
    if not isinstance(row, dict):
        raise ScenarioError(f"expected a JSON object, got {shown(row)}")
    return row


def _evidence(header: Mapping[str, Any], recorded: Sequence[RecordedMoment], is_over: bool) -> Evidence:
    if header.get("version") != VERSION:
        raise ScenarioError(f"this is version {shown(header.get('version'))} of the format; only {VERSION} is known")
    if not isinstance(header.get("name"), str):
        raise ScenarioError(f"name: cannot be {shown(header.get('name'))}")
    if not any(isinstance(each.moment.step, GiveCommand) for each in recorded):
        raise NothingSeen("no command was recorded, so there is nothing to judge")
    data = {"config": {}, "content": True, "slack_ms": REAL_SLACK_MS, **header}
    moments = tuple(each.moment for each in recorded)
    at_once = tuple(came for each in recorded for came in each.at_once)
    rests = rests_in(moments, at_once, is_over)
    return Evidence(
        scenario_of(moments, rests.before_commands, at_once, data["config"], data["content"], is_over),
        About(data["name"]),
        moments,
        QUIET if rests.at_the_end else CUT_OFF,
        real=real_run(data)._replace(at_once=at_once),
    )


def _next(order: EvidenceOrder, row: dict[str, Any]) -> RecordedMoment:
    moment = moment_from_json(row)
    order.follow(moment.at_ms, moment.step, moment.events)
    return RecordedMoment(moment, all_at_once(row))
