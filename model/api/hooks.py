"""The guide's hooks as plain selectors: each picks one answer out of a snapshot (clauses HK-1 to HK-3).

Call one on a snapshot, or hand it to `Orchestrator.subscribe` to hear when its answer changes.
"""

from broadcast_orchestrator.model.api.snapshot import BroadcastSnapshot
from broadcast_orchestrator.model.table import BroadcastState


def is_broadcasting(snapshot: BroadcastSnapshot) -> bool:
    """Whether it is on air: the state is live."""
    return snapshot.computed.is_broadcasting


def can_start(snapshot: BroadcastSnapshot) -> bool:
    """Whether a start is possible now."""
    return snapshot.computed.can_start


def can_stop(snapshot: BroadcastSnapshot) -> bool:
    """Whether there is a broadcast to stop."""
    return snapshot.computed.can_stop


def state(snapshot: BroadcastSnapshot) -> BroadcastState:
    """The state; it equals its own name, so `state(s) == "live"` works."""
    return snapshot.orchestrator.state


def has_error(snapshot: BroadcastSnapshot) -> bool:
    """Whether the state is error."""
    return snapshot.computed.has_error


def error(snapshot: BroadcastSnapshot) -> str | None:
    """The text of the error, None outside the state error."""
    return snapshot.orchestrator.error


def is_transitioning(snapshot: BroadcastSnapshot) -> bool:
    """Whether it is between two states of rest (reading R21)."""
    return snapshot.computed.is_transitioning


def snapshot(snapshot: BroadcastSnapshot) -> BroadcastSnapshot:
    """The whole of it."""
    return snapshot
