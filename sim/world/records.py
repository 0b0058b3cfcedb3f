"""Records out of plain data: what kind it names, and whether it has the fields of that kind."""

from collections.abc import Mapping
from enum import EnumType
from typing import Any

from broadcast_orchestrator.model.config import near_match, shown


def named_fields(tag: str, kinds: Mapping[str, Any], data: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The kind of record that the data names under `tag`, and its fields, as they are. Raises ValueError with one line
    for another kind, for fields that it does not have, and for one that it needs."""
    fields = dict(data)
    name = fields.pop(tag, None)
    kind = kinds.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ValueError(f"unknown {tag} {shown(name)}{near_match(name, kinds)}")
    for field in fields:
        if field not in kind._fields:
            raise ValueError(f"{tag} {shown(name)}: {shown(field)} is unknown{near_match(field, kind._fields)}")
    for field in kind._fields:
        if field not in fields and field not in kind._field_defaults:
            raise ValueError(f"{tag} {shown(name)}: {field} is missing")
    return kind, fields


def member(known: EnumType, value: object) -> Any:
    """The member of a closed set that the value stands for. Raises ValueError with what to try."""
    names = list(map(str, known.__members__.values()))
    if not isinstance(value, str) or value not in names:
        raise ValueError(f"{shown(value)} is unknown{near_match(value, names)}")
    return known(value)
