"""What a call does when its moment has come: the step to take now, or None while it has to wait its turn.

Effects of one service take place in the order of its calls, and a reply never comes before the effect that it
tells of, unless a fault says so. So whatever is due may have to wait for something older.
"""

from broadcast_orchestrator.sim.simulate.drawn_calls import DrawnCall
from broadcast_orchestrator.sim.world import service_state
from broadcast_orchestrator.sim.world.faults import (
    CONFLICT,
    DUPLICATE,
    EARLY_REPLY,
    EMPTY_SUCCESS,
    LATE,
    LOST_REPLY,
    OVERTAKING,
    REFUSE,
)
from broadcast_orchestrator.sim.world.service_state import DONE, HUNG, NEVER, OPEN, PENDING, REPLIED, ServiceState
from broadcast_orchestrator.sim.world.steps import Answer, Effect


def due_effect(call: DrawnCall, whole: ServiceState, index: int) -> Effect | None:
    """The effect, unless an older call to the service has to take effect first."""
    if not call.effect_due or whole.flights[index].effect != PENDING:
        return None
    if not service_state.overtakes(whole, index):
        return Effect(call.service, index)
    return Effect(call.service, index, OVERTAKING) if call.fault == OVERTAKING else None


def due_answer(call: DrawnCall, whole: ServiceState, index: int) -> Answer | None:
    """The reply, unless its effect has to come first."""
    flight = whole.flights[index]
    if not call.reply_due or flight.reply in (HUNG, REPLIED) or _waits_for_effect(call, flight.effect):
        return None
    if flight.reply == OPEN:
        return _in_time(call, whole, index)
    if service_state.is_awaited(whole, index):
        return None
    told = flight.effect == DONE and call.fault != LOST_REPLY
    return Answer(call.service, index, ok=True) if told else Answer(call.service, index, ok=False, fault=LATE)


def _waits_for_effect(call: DrawnCall, effect: str) -> bool:
    return effect == PENDING and call.has_effect and call.fault != EARLY_REPLY


def _in_time(call: DrawnCall, whole: ServiceState, index: int) -> Answer:
    """A reply that is not late. Without its effect a call fails, unless the success is empty or early."""
    ok, fault = _said(call, whole.flights[index].effect)
    if fault == DUPLICATE and not service_state.is_awaited(whole, index):
        fault = ""  # a newer call may be on its way, so a second effect would overtake it
    if whole.flights[index].effect == NEVER and whole.refusing:
        fault = CONFLICT
    return Answer(call.service, index, ok, fault)


def _said(call: DrawnCall, effect: str) -> tuple[bool, str]:
    if effect == NEVER:
        return False, REFUSE
    if effect == DONE:
        said = {LOST_REPLY: (False, LOST_REPLY), DUPLICATE: (True, DUPLICATE)}
        return said.get(call.fault, (True, ""))
    said = {EMPTY_SUCCESS: (True, EMPTY_SUCCESS), EARLY_REPLY: (call.luck < 1 / 2, EARLY_REPLY)}
    return said.get(call.fault, (False, REFUSE))
