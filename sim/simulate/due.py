"""What a call does when its moment has come: the step to take now, or None while it has to wait its turn.

Effects of one service take place in the order of its calls, and a reply never comes before the effect that it
tells of, unless a fault says so. So whatever is due may have to wait for something older.
"""

from broadcast_orchestrator.sim.simulate.drawn_calls import DrawnCall
from broadcast_orchestrator.sim.world import service_state
from broadcast_orchestrator.sim.world.fault_semantics import (
    AFTER_EFFECT,
    BEFORE_EFFECT,
    OUT_OF_TURN,
    SEMANTICS,
)
from broadcast_orchestrator.sim.world.faults import CONFLICT, LATE, REFUSE, FaultOrNone
from broadcast_orchestrator.sim.world.service_state import (
    DONE,
    HUNG,
    NEVER,
    OPEN,
    PENDING,
    REPLIED,
    EffectStatus,
    ServiceState,
)
from broadcast_orchestrator.sim.world.steps import Answer, Effect


def due_effect(call: DrawnCall, whole: ServiceState, index: int) -> Effect | None:
    """The effect, unless an older call to the service has to take effect first."""
    if not call.effect_due or whole.flights[index].effect is not PENDING:
        return None
    if not service_state.overtakes(whole, index):
        return Effect(call.service, index)
    return Effect(call.service, index, call.fault) if call.fault in OUT_OF_TURN else None


def due_answer(call: DrawnCall, whole: ServiceState, index: int) -> Answer | None:
    """The reply, unless its effect has to come first."""
    flight = whole.flights[index]
    if not call.reply_due or flight.reply in (HUNG, REPLIED) or _waits_for_effect(call, flight.effect):
        return None
    if flight.reply is OPEN:
        return _in_time(call, whole, index)
    if service_state.is_awaited(whole, index):
        return None
    told = flight.effect is DONE and _said(call, DONE)[0]
    return Answer(call.service, index, ok=True) if told else Answer(call.service, index, ok=False, fault=LATE)


def _waits_for_effect(call: DrawnCall, effect: EffectStatus) -> bool:
    return effect is PENDING and call.has_effect and not call.outcome.early_reply


def _in_time(call: DrawnCall, whole: ServiceState, index: int) -> Answer:
    """A reply that is not late."""
    ok, fault = _said(call, whole.flights[index].effect)
    if fault and SEMANTICS[fault].awaited and not service_state.is_awaited(whole, index):
        fault = ""  # a newer call may be on its way, so a second effect would overtake it
    if whole.flights[index].effect is NEVER and whole.refusing:
        fault = CONFLICT
    return Answer(call.service, index, ok, fault)


def _said(call: DrawnCall, effect: EffectStatus) -> tuple[bool, FaultOrNone]:
    """Whether the reply is a success, and the fault that it is. Without its effect a call fails, unless its fault says
    otherwise."""
    if effect is DONE:
        return (call.outcome.ok, call.fault) if call.fault in AFTER_EFFECT else (True, "")
    if effect is PENDING and call.fault in BEFORE_EFFECT:
        return call.outcome.ok, call.fault
    return False, REFUSE
