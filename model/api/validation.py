"""Questions that may be asked at any time: can it start, can it stop, may it go from here to there."""

from typing import NamedTuple

from broadcast_orchestrator.model.config import near_match, shown
from broadcast_orchestrator.model.state import CoreState, missing_for_start, residue
from broadcast_orchestrator.model.table import EDGES, LIVE, READY, STARTING, BroadcastState


class TransitionValidation(NamedTuple):
    """Whether a transition is allowed now; if not, the reason and what is missing (clauses VT-1 and VT-2)."""

    valid: bool
    reason: str | None = None
    missing_dependencies: tuple[str, ...] = ()


def can_start(core: CoreState) -> bool:
    """Whether a start given now is accepted (clauses CS-1 and BP-3, reading R5)."""
    return core.state is READY and not missing_for_start(core, residue(core))


def can_stop(core: CoreState) -> bool:
    """True in live and in no other state, although a stop is accepted in error too (clause CP-1, reading R12)."""
    return core.state is LIVE


def validate_transition(core: CoreState, to: str) -> TransitionValidation:
    """Whether the orchestrator may go from its present state to `to`, a state's name.

    The answer is the table's, also while it is only watched (reading R19). What a start would miss is listed whenever
    `to` is starting (readings R5 and R18). Raises `ValueError` for a name that is no state.
    """
    target = _state(to)
    missing = missing_for_start(core, residue(core)) if target is STARTING else ()
    if (core.state, target) not in EDGES:
        return TransitionValidation(False, f"Invalid transition from {core.state} to {target}", missing)
    if missing:
        return TransitionValidation(False, f"Cannot start broadcast: {'; '.join(missing)}", missing)
    return TransitionValidation(True)


def _state(name: str) -> BroadcastState:
    try:
        return BroadcastState(name)
    except ValueError:
        raise ValueError(f"{shown(name)}: unknown state{near_match(name, list(BroadcastState))}") from None
