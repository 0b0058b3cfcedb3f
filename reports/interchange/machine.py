"""The table as other tools want it: a machine whose events are the reasons that the history gives for its changes.

In each state a reason leads to one place, so that the log of any implementation can be fed to the machine.
"""

from typing import NamedTuple

from broadcast_orchestrator.model.table import (
    ERROR,
    FORCED,
    IDLE,
    INITIALIZING,
    LIVE,
    READY,
    STARTING,
    STOPPING,
    TABLE,
    BroadcastState,
    Edge,
)
from broadcast_orchestrator.model.table import Row as TableRow

REASONS: dict[Edge, tuple[str, ...]] = {
    (IDLE, INITIALIZING): ("system_init",),
    (IDLE, ERROR): ("service_failed", "residue"),
    (INITIALIZING, READY): ("dependency_ready",),
    (INITIALIZING, ERROR): ("initialization_failed",),
    (READY, STARTING): ("start_requested",),
    (READY, IDLE): ("emergency_stop",),
    (READY, ERROR): ("service_failed",),
    (STARTING, LIVE): ("startup_complete",),
    (STARTING, ERROR): ("startup_failed",),
    (LIVE, STOPPING): ("stop_requested",),
    (LIVE, ERROR): ("service_failed",),
    (STOPPING, IDLE): ("shutdown_complete", "emergency_stop"),
    (STOPPING, ERROR): ("shutdown_failed",),
    (ERROR, IDLE): ("recovery", "shutdown_complete", "emergency_stop"),
    (ERROR, INITIALIZING): ("system_init",),
    (INITIALIZING, IDLE): ("emergency_stop",),
    (STARTING, IDLE): ("emergency_stop",),
    (LIVE, IDLE): ("emergency_stop",),
}
"""Every reason that the core gives for a change of state."""

INITIAL = IDLE


class Arrow(NamedTuple):
    """In the row's source, `event` leads to its target; `forced` where the table has no such row."""

    row: TableRow
    event: str
    forced: bool


def arrows(state: BroadcastState) -> tuple[Arrow, ...]:
    """What leads out of a state, in the table's order, forced changes last."""
    return tuple(
        Arrow(row, event, forced)
        for forced, rows in ((False, TABLE), (True, FORCED))
        for row in rows
        if row.source is state
        for event in REASONS[row.source, row.target]
    )
