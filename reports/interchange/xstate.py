"""The table as the configuration of an XState machine, version 5: `createMachine(JSON.parse(text))`."""

from typing import Any

from broadcast_orchestrator.model.table import BroadcastState
from broadcast_orchestrator.reports.interchange.machine import INITIAL, Arrow, arrows
from broadcast_orchestrator.reports.output.formats.json_objects import json_of


def xstate_text() -> str:
    """A state for each of ours, a transition for each reason to leave it, with its cause, clause and reading."""
    states = {
        each.value: {"on": {arrow.event: _transition(arrow) for arrow in arrows(each)}} for each in BroadcastState
    }
    machine = {"id": "broadcast", "initial": INITIAL.value, "states": states}
    return json_of(machine, indent=2)


def _transition(arrow: Arrow) -> dict[str, Any]:
    row = arrow.row
    meta = {"clause": row.clause, "reading": row.reading, "forced": arrow.forced}
    return {"target": row.target.value, "description": row.cause, "meta": meta}
