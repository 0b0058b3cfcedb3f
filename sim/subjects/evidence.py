"""Evidence: everything that was seen of a subject in one scenario, saved as JSON Lines."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from broadcast_orchestrator.model.config import shown
from broadcast_orchestrator.model.operations import ON_AIR_SERVICES
from broadcast_orchestrator.sim.input.plain_data import NoPlainData, json_value
from broadcast_orchestrator.sim.input.text_files import text_of
from broadcast_orchestrator.sim.subjects.evidence_check import EvidenceOrder
from broadcast_orchestrator.sim.subjects.protocol.codec import (
    about_from_json,
    about_to_json,
    dumped,
    event_from_json,
    event_to_json,
    step_from_json,
    step_to_json,
)
from broadcast_orchestrator.sim.subjects.protocol.messages import About, SubjectError, SubjectEvent, SubjectStep
from broadcast_orchestrator.sim.subjects.scenario import Scenario, ScenarioError, scenario_from_json
from broadcast_orchestrator.sim.world.trace import FARTHEST_MS
from broadcast_orchestrator.sim.world.world import Truth

FORMAT, VERSION = "broadcast-evidence", 1

QUIET, NEVER_QUIET, BROKEN, CUT_OFF = "quiet", "never quiet", "broken", "cut off"
"""How a run ends: nothing is left to happen; a limit of virtual time or of steps came first; the subject broke the
protocol, died or took too long; whoever recorded it stopped in its midst, so that nobody knows."""

SLACK_MS = 1.0
"""How much later than its limit something may be in virtual time; clocks of whole milliseconds round."""


class EvidenceError(ValueError):
    """A file that holds no evidence; the message is one line with the file, the line number and what is wrong."""


class CameAtOnce(NamedTuple):
    """What had come of a call when it returned: its effect, and whether and how it was answered (None: later)."""

    call: int
    effect: bool
    ok: bool | None
    message: str = ""


class RealRun(NamedTuple):
    """What is different where real services were recorded: timers may be late by `slack_ms`, and of the `believed`
    services nobody knows more than their replies say. Errors that nobody caught may be anybody's there. What came of
    calls `at_once` is not for their styles to say."""

    slack_ms: float
    believed: tuple[str, ...] = ()
    at_once: tuple[CameAtOnce, ...] = ()


class EvidenceMoment(NamedTuple):
    """One step, what the subject did because of it, and what the services truly are afterwards, as far as it goes by
    effects and by what the subject wrote itself. An advance is there only when timers were due."""

    at_ms: float
    step: SubjectStep
    events: tuple[SubjectEvent, ...]
    truth: Truth


@dataclass(frozen=True)
class Evidence:
    """One run. `ended` is one of QUIET, NEVER_QUIET, BROKEN and CUT_OFF, `why` says in one line what is wrong (else
    ""), `pending` are the numbers of the commands that never settled, `real` is there where nobody drove the run."""

    scenario: Scenario
    about: About
    moments: tuple[EvidenceMoment, ...]
    ended: str = QUIET
    why: str = ""
    pending: tuple[int, ...] = ()
    real: RealRun | None = None

    @property
    def slack_ms(self) -> float:
        """How late timers may be."""
        return SLACK_MS if self.real is None else self.real.slack_ms

    def to_text(self) -> str:
        """The evidence as JSON Lines: the same evidence gives the same text."""
        header = {
            "format": FORMAT,
            "version": VERSION,
            "scenario": self.scenario.to_json(),
            "about": about_to_json(self.about)["hello"],
            "ended": self.ended,
            "why": self.why,
            "pending": list(self.pending),
            **({} if self.real is None else {"real": _real_to_json(self.real)}),
        }
        return "".join(f"{dumped(each)}\n" for each in (header, *map(moment_to_json, self.moments)))

    def save(self, path: str | Path) -> None:
        """Write the evidence to a file."""
        Path(path).write_bytes(self.to_text().encode(errors="replace"))


def load_evidence(path: str | Path) -> Evidence:
    """The evidence in a file. Raises `EvidenceError` where there is none."""
    return evidence_from_text(text_of(path, EvidenceError, "evidence"), str(path))


def evidence_from_text(text: str, name: str = "evidence", *, is_whole: bool = True) -> Evidence:
    """The evidence that `to_text` wrote, or the beginning of it where that is not `is_whole`; `name` is for messages.
    Raises `EvidenceError` where it is none."""
    rows = text.split("\n")
    if rows.pop() != "":
        raise EvidenceError(f"{name}, line {len(rows) + 1}: is cut off; the last line must end with a newline")
    if not rows:
        raise EvidenceError(f"{name}, line 1: is missing; evidence begins with a line that names its format")
    header = _located(name, 1, _header, rows[0])
    order = EvidenceOrder(header["scenario"].orders, real=header["real"] is not None)
    moments = tuple(_located(name, number, partial(_next, order), row) for number, row in enumerate(rows[1:], 2))
    try:
        if is_whole and header["ended"] not in (BROKEN, CUT_OFF):  # else there was more that is not told
            order.check_pending(header["pending"])
    except SubjectError as mistake:
        raise EvidenceError(f"{name}, line 1: {mistake}") from None
    return Evidence(moments=moments, **header)


def moment_to_json(moment: EvidenceMoment) -> dict[str, Any]:
    """A moment as plain data."""
    return {
        "at_ms": moment.at_ms,
        "step": step_to_json(moment.step),
        "events": [event_to_json(event) for event in moment.events],
        "truth": moment.truth._asdict(),
    }


def _located(name: str, number: int, read: Callable[[dict[str, Any]], Any], row: str) -> Any:
    try:
        data = json_value(row)
        if not isinstance(data, dict):
            raise SubjectError(f"expected a JSON object, got {shown(data)}")
        return read(data)
    except (NoPlainData, SubjectError, ScenarioError) as mistake:
        raise EvidenceError(f"{name}, line {number}: {mistake}") from None


def _typed(data: Mapping[str, Any], name: str, *kinds: type, where: str = "") -> Any:
    if name not in data:
        raise SubjectError(f"{where}{name} is missing")
    if type(data[name]) not in kinds:
        raise SubjectError(f"{where}{name} cannot be {shown(data[name])}")
    return data[name]


def _all(name: str, values: list[Any], kind: type) -> tuple[Any, ...]:
    if wrong := [value for value in values if type(value) is not kind]:
        raise SubjectError(f"{name}: cannot have {shown(wrong[0])} in it")
    return tuple(values)


def _header(data: dict[str, Any]) -> dict[str, Any]:
    if data.get("format") != FORMAT:
        raise ScenarioError(f"expected a header with the format '{FORMAT}', got {shown(data.get('format'))}")
    if data.get("version") != VERSION:
        raise ScenarioError(f"this is version {shown(data.get('version'))} of the format; only {VERSION} is known")
    if data.get("ended") not in (QUIET, NEVER_QUIET, BROKEN, CUT_OFF):
        raise ScenarioError(f"ended: cannot be {shown(data.get('ended'))}")
    return {
        "scenario": scenario_from_json(_typed(data, "scenario", dict)),
        "about": about_from_json({"hello": _typed(data, "about", dict)}),
        "ended": data["ended"],
        "why": _typed(data, "why", str),
        "pending": _all("pending", _typed(data, "pending", list), int),
        "real": real_run(_typed(data, "real", dict)) if "real" in data else None,
    }


def _real_to_json(real: RealRun) -> dict[str, Any]:
    return {**real._asdict(), "at_once": [came._asdict() for came in real.at_once]}


def real_run(data: Mapping[str, Any]) -> RealRun:
    """What is different about a real run. Raises `SubjectError` or `ScenarioError` where that makes no sense."""
    slack_ms, believed = _typed(data, "slack_ms", int, float), _typed({"believed": [], **data}, "believed", list)
    if not 0 <= slack_ms <= FARTHEST_MS:
        raise ScenarioError(f"slack_ms: cannot be {shown(slack_ms)}")
    if any(each not in ON_AIR_SERVICES for each in believed):
        raise ScenarioError(f"believed: expected services, got {shown(believed)}")
    return RealRun(slack_ms, tuple(believed), all_at_once(data))


def all_at_once(data: Mapping[str, Any]) -> tuple[CameAtOnce, ...]:
    """What had come of calls when they returned. Raises `SubjectError` or `ScenarioError` where it cannot be that."""
    return tuple(map(_came_at_once, _typed({"at_once": [], **data}, "at_once", list)))


def _came_at_once(data: Any) -> CameAtOnce:
    types = {"call": (int,), "effect": (bool,), "ok": (bool, type(None)), "message": (str,)}
    if not isinstance(data, dict) or any(type(data.get(name, "")) not in kinds for name, kinds in types.items()):
        raise ScenarioError(f"at_once: cannot be {shown(data)}")
    return CameAtOnce(*(data.get(name, "") for name in types))


def _next(order: EvidenceOrder, data: Mapping[str, Any]) -> EvidenceMoment:
    moment = moment_from_json(data)
    order.follow(moment.at_ms, moment.step, moment.events)
    return moment


def moment_from_json(data: Mapping[str, Any]) -> EvidenceMoment:
    """The moment that `moment_to_json` wrote. Raises `SubjectError`, one line, where it cannot be one."""
    return EvidenceMoment(
        _typed(data, "at_ms", int, float),
        step_from_json(_typed(data, "step", dict)),
        tuple(map(event_from_json, _typed(data, "events", list))),
        _truth(_typed(data, "truth", dict)),
    )


def _truth(data: Mapping[str, Any]) -> Truth:
    active = _all("truth: active", _typed(data, "active", list, where="truth: "), bool)
    if len(active) != len(ON_AIR_SERVICES):
        raise SubjectError(f"truth: active: expected one for each of {', '.join(ON_AIR_SERVICES)}, got {len(active)}")
    return Truth(
        active,
        _typed(data, "initialized", bool, where="truth: "),
        _all("truth: backend", _typed(data, "backend", list, where="truth: "), str),
        _typed(data, "refusing", bool, where="truth: "),
    )
