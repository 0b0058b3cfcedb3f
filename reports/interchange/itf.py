"""A run in the Informal Trace Format, which Apalache writes and Quint and its viewers read (Apalache's ADR 15)."""

from collections.abc import Iterable
from typing import Any

from broadcast_orchestrator.model.operations import ON_AIR_SERVICES
from broadcast_orchestrator.model.state import CoreState, residue
from broadcast_orchestrator.properties.telling.story import in_full
from broadcast_orchestrator.reports.output.formats.json_objects import json_of
from broadcast_orchestrator.sim.world.steps import to_json
from broadcast_orchestrator.sim.world.trace import Passage
from broadcast_orchestrator.sim.world.world import World

VARIABLES = ("state", "command", "phase", "waiting", "initialized", "on", "residue", "faults", "action")


def itf_text(run: tuple[Passage, ...], source: str = "") -> str:
    """The worlds of the run, the first one included; each tells by which `action` it came about, the first by "".

    `source` is where the run comes from. An empty run raises ValueError.
    """
    if not run:
        raise ValueError("a run without a step has no states")
    states = [_state(0, run[0].before, "", {})]
    for number, passage in enumerate(run, 1):
        states.append(_state(number, passage.after, in_full(passage), to_json(passage.step)))
    meta = {
        "format": "ITF",
        "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
        "description": "A run of the Broadcast Orchestrator; #meta of a state has the step that led to it",
        **({"source": source} if source else {}),
    }
    return json_of({"#meta": meta, "vars": list(VARIABLES), "states": states}, indent=1)


def _state(number: int, world: World, action: str, step: dict[str, Any]) -> dict[str, Any]:
    core = world.core
    return {
        "#meta": {"index": number, **({"step": step} if step else {})},
        "state": core.state.value,
        **_procedure(core),
        "initialized": core.initialized,
        "on": _set(service for service, on in zip(ON_AIR_SERVICES, world.truth.active, strict=True) if on),
        "residue": _set(residue(core)),
        "faults": _number(world.faults),
        "action": action,
    }


def _procedure(core: CoreState) -> dict[str, Any]:
    procedure = core.procedure
    if procedure is None:
        return {"command": "", "phase": "", "waiting": []}
    waiting = [step.operation for step in procedure.waiting]
    return {"command": procedure.command, "phase": procedure.phase, "waiting": waiting}


def _set(names: Iterable[str]) -> dict[str, list[str]]:
    return {"#set": list(names)}


def _number(value: int) -> dict[str, str]:
    """Integers of any size are written so; every reader of the format takes it."""
    return {"#bigint": str(value)}
