"""Steps, events and reactions as JSON, and back: what comes from outside is checked field by field."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from broadcast_orchestrator.model.config import near_match, shown
from broadcast_orchestrator.model.operations import OPERATIONS
from broadcast_orchestrator.sim.subjects.protocol import messages
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    About,
    ForeseenLine,
    Reaction,
    SubjectError,
    SubjectEvent,
    SubjectStep,
)

STEPS: dict[str, Any] = {
    "begin": messages.Begin,
    "command": messages.GiveCommand,
    "effect": messages.TakeEffect,
    "answer": messages.GiveAnswer,
    "advance": messages.Advance,
    "lose": messages.LoseService,
    "flip": messages.FlipService,
    "fill": messages.FillFeed,
    "configure": messages.ChangeConfig,
    "set_clock": messages.SetClock,
    "suspend": messages.SuspendTimers,
    "resume": messages.ResumeTimers,
    "reload": messages.ReloadPage,
    "elsewhere": messages.CommandElsewhere,
    "effect_elsewhere": messages.EffectElsewhere,
    "look": messages.LookAround,
}
EVENTS: dict[str, Any] = {
    "called": messages.Called,
    "settled": messages.CommandSettled,
    "state": messages.StateShown,
    "recorded": messages.Recorded,
    "error": messages.ErrorText,
    "wrote": messages.Wrote,
    "logged": messages.Logged,
    "unhandled": messages.Unhandled,
    "snapshot": messages.Snapshot,
}
STYLES = tuple(map(str, messages.CallStyle))
EXTENSIONS = tuple(map(str, messages.Extension))

UNSAID = object()
"""In place of what a record does not have."""

_NULL = type(None)
_TYPES: dict[Any, tuple[type, ...]] = {
    int: (int,),
    float: (int, float),
    str: (str,),
    bool: (bool,),
    str | None: (str, _NULL),
    float | None: (int, float, _NULL),
    Mapping[str, Any]: (dict,),
    Mapping[str, Any] | None: (dict, _NULL),
    Mapping[str, list[str]]: (dict,),
    Any: (str, int, float, bool, list, dict, _NULL),
}
_NAMES = {kind: name for name, kind in (*STEPS.items(), *EVENTS.items())}
_FIELDS = {
    kind: tuple((field, _TYPES[annotation]) for field, annotation in kind.__annotations__.items())
    for kind in (*STEPS.values(), *EVENTS.values())
}


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _finite(digits: str) -> float:
    if math.isinf(number := float(digits)):
        raise ValueError(f"{digits} is too large")
    return number


_DECODER = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False)


def dumped(data: Any) -> str:
    """The data as one compact line of JSON, without the newline."""
    return _ENCODER.encode(data)


def parsed(line: str) -> dict[str, Any]:
    """The JSON object that the line holds. Raises `SubjectError` where it holds none."""
    try:
        data = _DECODER.decode(line)
        if "\\ud" in line or "\\uD" in line:  # perhaps half a character, which could neither be shown nor saved
            data = _DECODER.decode(dumped(data).encode(errors="replace").decode())
    except (ValueError, RecursionError) as mistake:
        what = mistake.msg if isinstance(mistake, json.JSONDecodeError) else str(mistake)
        raise SubjectError(f"is not a line of JSON ({what}): {shown(line.strip())}") from None
    if not isinstance(data, dict):
        raise SubjectError(f"expected a JSON object, got {shown(data)}")
    return data


def step_to_json(step: SubjectStep) -> dict[str, Any]:
    """A step as plain data, its kind under "do"; that a rejection is an error, and that nothing was read, goes without
    saying."""
    data = {"do": _NAMES[type(step)], **step._asdict()}
    if data.get("form", UNSAID) == messages.RejectionForm.ERROR:
        del data["form"]
    if data.get("found", UNSAID) is None:
        del data["found"]
    return data


def event_to_json(event: SubjectEvent) -> dict[str, Any]:
    """An event as plain data, its kind under "event"; a payload that is not seen goes without saying, and so does a
    number where commands have none."""
    data = {"event": _NAMES[type(event)], **event._asdict()}
    for name in ("payload", "number"):
        if data.get(name, UNSAID) is None:
            del data[name]
    return data


def step_from_json(data: Any) -> SubjectStep:
    """The step that `step_to_json` wrote. Raises `SubjectError` with one line where it cannot be one."""
    step: SubjectStep = _record("do", STEPS, data)
    return step


def event_from_json(data: Any) -> SubjectEvent:
    """The event that `event_to_json` wrote. Raises `SubjectError` with one line where it cannot be one."""
    event: SubjectEvent = _record("event", EVENTS, data)
    return event


def reaction_to_json(reaction: Reaction) -> dict[str, Any]:
    """A reaction as plain data."""
    return {
        "took": reaction.took,
        "events": [event_to_json(event) for event in reaction.events],
        "now_ms": reaction.now_ms,
        "next_timer_ms": reaction.next_timer_ms,
    }


def reaction_from_json(data: dict[str, Any]) -> Reaction:
    """The reaction that a line tells. Raises `SubjectError` with one line where it tells none."""
    for name in data:
        if name not in Reaction._fields:
            raise SubjectError(f"reaction: {shown(name)} is unknown{near_match(name, Reaction._fields)}")
    events = _typed(data, "events", (list,), "reaction")
    return Reaction(
        _typed(data, "took", (int,), "reaction"),
        tuple(_record("event", EVENTS, event) for event in events),
        _typed(data, "now_ms", (int, float), "reaction"),
        _typed(data, "next_timer_ms", (int, float, _NULL), "reaction"),
    )


def foreseen_to_json(lines: Sequence[ForeseenLine]) -> dict[str, Any]:
    """Several lines at once, as plain data."""
    return {
        "foreseen": [
            {
                "steps": [step_to_json(step) for step in line.steps],
                "took": line.took,
                "calls": line.calls,
                "next_timer_ms": line.next_timer_ms,
            }
            for line in lines
        ]
    }


def reactions_from_json(data: dict[str, Any]) -> tuple[Reaction, ...]:
    """The answers to several lines. Raises `SubjectError` with one line where it is no list of them."""
    return tuple(reaction_from_json(each) for each in _typed(data, "reactions", (list,), "reactions"))


def about_to_json(about: About) -> dict[str, Any]:
    """What a subject says of itself, as plain data."""
    hello = {"name": about.name, "version": about.version, "styles": dict(about.styles)}
    return {"hello": {**hello, **({"understands": list(about.understands)} if about.understands else {})}}


def about_from_json(data: dict[str, Any]) -> About:
    """What a subject says of itself. Raises `SubjectError` where that is not understood."""
    hello = _typed(data, "hello", (dict,), "hello")
    styles = _typed({"styles": {}, **hello}, "styles", (dict,), "hello")
    for operation, style in styles.items():
        if operation not in OPERATIONS:
            raise SubjectError(f"hello: styles: {shown(operation)} is unknown{near_match(operation, OPERATIONS)}")
        if style not in STYLES:
            raise SubjectError(f"hello: styles: {operation}: {shown(style)} is unknown{near_match(style, STYLES)}")
    foresight = _typed({"foresight": False, **hello}, "foresight", (bool,), "hello")
    understands = _typed({"understands": [], **hello}, "understands", (list,), "hello")
    about = About(
        _typed(hello, "name", (str,), "hello"),
        _typed(hello, "version", (int,), "hello"),
        styles,
        foresight,
        tuple(each for each in understands if each in EXTENSIONS),
    )
    if about.version != messages.VERSION:
        raise SubjectError(f"hello: speaks version {about.version} of the protocol; only {messages.VERSION} is known")
    return about


def _record(tag: str, kinds: dict[str, Any], data: Any) -> Any:
    if type(data) is not dict:
        raise SubjectError(f"expected an object with '{tag}', got {shown(data)}")
    name = data.get(tag)
    kind = kinds.get(name) if type(name) is str else None
    if kind is None:
        raise SubjectError(f"{tag}: {shown(name)} is unknown{near_match(name, kinds)}")
    values = []
    for field, types in _FIELDS[kind]:
        if field in data:
            value = data[field]
            if type(value) not in types:
                raise SubjectError(f"{name}: {field} cannot be {shown(value)}")
            values.append(value)
        elif field in kind._field_defaults:
            values.append(kind._field_defaults[field])
        else:
            raise SubjectError(f"{name}: {field} is missing")
    for field in data:
        if field != tag and field not in kind._fields:
            raise SubjectError(f"{name}: {shown(field)} is unknown{near_match(field, kind._fields)}")
    return kind(*values)


def _typed(data: dict[str, Any], name: str, types: tuple[type, ...], where: str) -> Any:
    if name not in data:
        raise SubjectError(f"{where}: {name} is missing")
    if type(data[name]) not in types:
        raise SubjectError(f"{where}: {name} cannot be {shown(data[name])}")
    return data[name]
