"""What the core asks for, as plain data, and back: what comes from outside is checked field by field."""

from enum import EnumType
from typing import Any

from broadcast_orchestrator.model.config import shown
from broadcast_orchestrator.model.events import (
    Accepted,
    Call,
    CancelTimer,
    CoreEffect,
    Failure,
    FailureKind,
    GiveUp,
    Refused,
    SetTimer,
    Settled,
    Transition,
)
from broadcast_orchestrator.sim.world.records import member, named_fields

EFFECTS: dict[str, type[CoreEffect]] = {
    "call": Call,
    "give_up": GiveUp,
    "set_timer": SetTimer,
    "cancel_timer": CancelTimer,
    "transition": Transition,
    "accepted": Accepted,
    "refused": Refused,
    "settled": Settled,
}
NAMES = {kind: name for name, kind in EFFECTS.items()}


def effect_to_json(effect: CoreEffect) -> dict[str, Any]:
    """An effect as plain data, its kind under "effect"; fields that say nothing are left out."""
    defaults = type(effect)._field_defaults
    fields = {n: value for n, value in effect._asdict().items() if n not in defaults or value != defaults[n]}
    return {"effect": NAMES[type(effect)], **fields}


def effect_from_json(data: dict[str, Any]) -> CoreEffect:
    """The effect that `effect_to_json` wrote. Raises ValueError with one line where it cannot be one."""
    kind, fields = named_fields("effect", EFFECTS, data)
    try:
        made: CoreEffect = kind(**{name: _field(kind, name, value) for name, value in fields.items()})
        return made
    except ValueError as mistake:
        raise ValueError(f"effect {shown(data['effect'])}: {mistake}") from None


def _field(kind: type[CoreEffect], name: str, value: object) -> object:
    try:
        if name in ("failures", "notes"):
            return tuple(_failure(each) for each in _list_of(list, value))
        if name == "missing":
            return tuple(_list_of(str, value))
        wanted = kind.__annotations__[name]
        if isinstance(wanted, EnumType):
            return member(wanted, value)
    except ValueError as mistake:
        raise ValueError(f"{name}: {mistake}") from None
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise ValueError(f"{name} cannot be {shown(value)}")
    return value


def _list_of(kind: type, value: object) -> list[Any]:
    if not isinstance(value, list) or not all(isinstance(each, kind) for each in value):
        raise ValueError(f"expected a list of {'texts' if kind is str else 'lists'}, got {shown(value)}")
    return value


def _failure(value: list[Any]) -> Failure:
    match value:
        case [str() as subject, kind]:
            return Failure(subject, member(FailureKind, kind))
        case [str() as subject, kind, str() as message]:
            return Failure(subject, member(FailureKind, kind), message)
        case _:
            raise ValueError("expected of each failure its subject, its kind and perhaps a message")
