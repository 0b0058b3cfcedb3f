"""The seven states and the transition table: the law of the whole house.

Two rules say what belongs here. Every ordinary change of state is a row of `TABLE`; every other
change is a row of `FORCED`, and only an emergency stop takes those. The diagrams are drawn from these rows.
"""

from enum import StrEnum
from typing import NamedTuple


class BroadcastState(StrEnum):
    """The states of the orchestrator, by the names that the guide gives them (clause ST-1)."""

    IDLE = "idle"
    INITIALIZING = "initializing"
    READY = "ready"
    STARTING = "starting"
    LIVE = "live"
    STOPPING = "stopping"
    ERROR = "error"

    __hash__ = str.__hash__  # an Enum hashes its name in Python code; states live in every key of the search


IDLE, INITIALIZING, READY, STARTING, LIVE, STOPPING, ERROR = BroadcastState


class Row(NamedTuple):
    """One permitted change of state.

    `cause` says what takes the row, `clause` which demand of the guide it comes from, and `reading`
    which of our readings gave it its cause ("" where the guide itself says it).
    """

    source: BroadcastState
    target: BroadcastState
    cause: str
    clause: str
    reading: str = ""


TABLE: tuple[Row, ...] = (
    Row(IDLE, INITIALIZING, "initialize, or the second half of a stop or a recover", "ST-2"),
    Row(IDLE, ERROR, "a service reports that it failed, or residue after a recover or a cleanup", "ST-2", "R14"),
    Row(INITIALIZING, READY, "the host agent is initialized", "ST-3"),
    Row(INITIALIZING, ERROR, "every attempt to initialize failed", "ST-3"),
    Row(READY, STARTING, "start_broadcast", "ST-4"),
    Row(READY, IDLE, "emergency_stop", "ST-4", "R13"),
    Row(READY, ERROR, "a service reports that it failed, or residue after a cleanup", "ST-4", "R14"),
    Row(STARTING, LIVE, "every step of the startup succeeded", "ST-5"),
    Row(STARTING, ERROR, "the rollback of a failed start is over", "ST-5", "R4"),
    Row(LIVE, STOPPING, "stop_broadcast", "ST-6"),
    Row(LIVE, ERROR, "a service reports that it failed", "ST-6", "R14"),
    Row(STOPPING, IDLE, "every step of the shutdown succeeded, or emergency_stop", "ST-7", "R1"),
    Row(STOPPING, ERROR, "a step of the shutdown failed", "ST-7", "R16"),
    Row(ERROR, IDLE, "recover, stop_broadcast or emergency_stop", "ST-8", "R2"),
    Row(ERROR, INITIALIZING, "initialize", "ST-8", "R11"),
)
"""The transition table. What it does not list never happens (clause ST-9)."""

FORCED: tuple[Row, ...] = (
    Row(INITIALIZING, IDLE, "emergency_stop", "EM-3", "R3"),
    Row(STARTING, IDLE, "emergency_stop", "EM-3", "R3"),
    Row(LIVE, IDLE, "emergency_stop", "EM-3", "R3"),
)
"""Changes outside the table that an emergency stop alone may force; the history marks them as forced."""

Edge = tuple[BroadcastState, BroadcastState]
EDGES: frozenset[Edge] = frozenset((row.source, row.target) for row in TABLE)
FORCED_EDGES: frozenset[Edge] = frozenset((row.source, row.target) for row in FORCED)


def targets(state: BroadcastState) -> tuple[BroadcastState, ...]:
    """The states that one ordinary transition leads to from `state`, in the table's order."""
    return tuple(row.target for row in TABLE if row.source is state)
