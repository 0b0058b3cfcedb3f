"""What must hold of late successes, seen from outside: what came on late is switched off again (G16)."""

from broadcast_orchestrator.model.events import EMERGENCY_STOP
from broadcast_orchestrator.model.operations import ON_AIR_SERVICES, OPERATIONS
from broadcast_orchestrator.model.table import ERROR, LIVE
from broadcast_orchestrator.properties.checking.judge.observation import (
    NEVER,
    Observation,
    ObservedCall,
    ObservedRest,
    Sightings,
)
from broadcast_orchestrator.properties.checking.judge.rest import truth_can_be_known


def cleaned(sight: Observation) -> Sightings:
    """A switch-on that succeeds after it was given up is followed by a switch-off, or by the confirmation of one that
    is newer. In live, and in error, where a stop is owed anyway, it may be left alone (R9)."""
    for rest in sight.rests if truth_can_be_known(sight) else ():
        for call in sight.made:
            if _is_late(sight, call, rest) and not _undone(sight, call, rest):
                what = f"{call.operation} succeeded late, and no {call.service} was switched off after it"
                yield "late success left", what, rest.moment
                return


def _is_late(sight: Observation, call: ObservedCall, rest: ObservedRest) -> bool:
    """Whether the call switched on, and its success came after its procedure had gone on without it."""
    if call.service not in ON_AIR_SERVICES or not OPERATIONS[call.operation].turns_on or not call.ok:
        return False
    if call.answered == NEVER or call.answered[0] > rest.moment or call.owner is None:
        return False
    undoing = any(not OPERATIONS[each.operation].turns_on and each.tick < call.answered for each in call.owner.made)
    state = sight.states[max(call.answered[0] - 1, 0)]
    return (undoing or call.owner.settled < call.answered) and state not in (LIVE, ERROR)


def _undone(sight: Observation, call: ObservedCall, rest: ObservedRest) -> bool:
    """Whether a newer switch-off is confirmed or was issued since, or an emergency stop came between."""
    for other in sight.made:
        newer = other.service == call.service and other.tick > call.tick and other.tick[0] <= rest.moment
        if newer and OPERATIONS[other.operation].turns_on is False and (other.ok or other.tick > call.answered):
            return True
    return any(
        asked.name == EMERGENCY_STOP and call.answered[0] <= asked.moment <= rest.moment for asked in sight.asked
    )
