"""The table and the procedures as a TLA+ module, for whoever wants the word of TLC.

The template has the rules, in the order of `model.core`; what is filled in are the tables that the core runs on.
"""

import re
from collections.abc import Iterable
from importlib import resources
from string import Template

from broadcast_orchestrator.model.operations import CONVEX, OPERATIONS, STARTUP, STOPS, Operation
from broadcast_orchestrator.model.table import FORCED, TABLE, BroadcastState, Row
from broadcast_orchestrator.reports.output.files import BadInput

NAME = "Broadcast"
WIDTH = 77
"""How long the lines are that open and close a module."""


def tla_text(name: str = NAME) -> str:
    """The module under this name; TLC wants a file of the same name."""
    template = (
        resources.files("broadcast_orchestrator.reports.interchange")
        .joinpath("broadcast.tla.template")
        .read_text(encoding="utf-8")
    )
    named = {operation.name: operation for operation in OPERATIONS.values()}
    on_air = [operation for operation in named.values() if operation.service != CONVEX]
    return Template(template).substitute(
        name=name,
        opening=f" MODULE {name} ".center(WIDTH, "-"),
        states=_set(_quoted(state.value) for state in BroadcastState),
        table=_pairs(TABLE),
        forced=_pairs(FORCED),
        startup=f"<<{', '.join(_quoted(step.operation) for step in STARTUP)}>>",
        stops=f"<<{', '.join(map(_quoted, STOPS.values()))}>>",
        tell_live=next(step.operation for step in STARTUP if step.sync),
        tell_idle=next(step.undo for step in STARTUP if step.sync),
        undo=_cases((step.operation, step.undo) for step in STARTUP),
        service_of=_cases((operation.name, operation.service) for operation in named.values()),
        services=_set(_quoted(service) for service in STOPS),
        switch_ons=_switches(on_air, True),
        switch_offs=_switches(on_air, False),
    )


def cfg_text() -> str:
    """What TLC is to check, and how far."""
    return (
        "SPECIFICATION Spec\n"
        "CONSTANTS MaxFaults = 2 MaxRetries = 1 AutoRecovery = TRUE\n"
        "INVARIANTS TypeOK NothingLeftOn LiveIsOn\n"
        "PROPERTIES OnlyRows Settles\n"
    )


def module_name(stem: str | None) -> str:
    """The name of the module in a file with this stem. Raises BadInput where TLA+ has no such names."""
    if stem is None:
        return NAME
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", stem):
        raise BadInput(f"--out {stem}.tla: a TLA+ module is named as its file, so letters and digits; try {NAME}.tla")
    return stem


def _switches(operations: list[Operation], on: bool) -> str:
    return _set(_quoted(operation.name) for operation in operations if operation.turns_on is on)


def _pairs(rows: tuple[Row, ...]) -> str:
    return "{\n" + ",\n".join(f"    <<{_quoted(row.source)}, {_quoted(row.target)}>>" for row in rows) + "}"


def _cases(pairs: Iterable[tuple[str, str]]) -> str:
    return "\n    CASE " + "\n      [] ".join(f"op = {_quoted(one)} -> {_quoted(two)}" for one, two in pairs)


def _set(items: Iterable[str]) -> str:
    return f"{{{', '.join(items)}}}"


def _quoted(text: str) -> str:
    return f'"{text}"'
