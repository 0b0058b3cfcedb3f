"""Partial order reduction: of steps whose order makes no difference, only one order is searched.

The effect of a call changes nothing but its own service, and the core hears nothing of it. So it commutes with every
step that leaves that service alone, and only what is next there can feel whether it has happened. Nor does the judge
see when: it is told of what the core hears, and looks at the services only where all is quiet, and a world in which a
call is on its way is not quiet. Two things follow.

*An effect that somebody waits for is put off* until something can feel it. By itself it is not searched; what can feel
it (the answer to the call, a service that falls over or is flipped, a backend that begins to refuse) is searched twice,
without the effect and with the effect just before. Whatever order a run has them in, the effect can be moved to one of
these places; or behind the moment in which its call is given up, from where on the next paragraph is about it. (A call
that hangs is forgotten then, so its effect is not put off.)

*An effect that nobody waits for any more is taken at once.* In a world where such a call is next on its service, its
effect, or the refusal or late failure in its stead, is all that is searched: the world's *ample set*. There, only
younger calls could feel it, and effects of one service come in the order of its calls, so they come later in any case.
If the core hears of it at all, then as the failure of a call that it has given up, which moves nothing (reading R9).
Nothing is put off for ever: each such step leaves one call less that is still to take effect. It holds only where
nothing else can happen to the service on the other side of the effect: no fault may be left that would matter there
(`commutes_under`), and no backend may be about to take writes again.

A lease is neither put off nor taken at once: whether it is given decides what another dashboard may do.

So the same quiet worlds are reached, and the same controls, and each after as few steps; tests compare both with and
without the reduction.
"""

from typing import assert_never

from broadcast_orchestrator.model.operations import LEASE
from broadcast_orchestrator.sim.world import service_state
from broadcast_orchestrator.sim.world.fault_semantics import FAILS_WITHOUT_EFFECT
from broadcast_orchestrator.sim.world.faults import FaultClass
from broadcast_orchestrator.sim.world.service_state import HUNG, PENDING, ServiceState, is_awaited, waits_for_backend
from broadcast_orchestrator.sim.world.steps import Answer, Effect, Mark, Notice, Step
from broadcast_orchestrator.sim.world.world import Scope


def commutes_under(fault: FaultClass) -> bool:
    """Whether an effect that nobody waits for commutes with all other steps under faults of this class, too.

    It does not where a younger call may take effect, or be answered, before an older one, and where the service itself
    may fall over, be flipped or begin to refuse, before the effect or after it. A reload leaves effects that nobody
    waits for as they are, the calls of another dashboard come after them, and a suspension is about those that somebody
    waits for.
    """
    match fault:
        case FaultClass.NONE | FaultClass.REFUSE | FaultClass.LOST_REPLY | FaultClass.HANG | FaultClass.LATE:
            return True
        case FaultClass.EARLY_REPLY | FaultClass.DUPLICATE:
            return True
        case FaultClass.RELOAD | FaultClass.SECOND_DASHBOARD | FaultClass.SUSPEND:
            return True
        case FaultClass.OVERTAKING | FaultClass.EMPTY_SUCCESS:
            return False
        case FaultClass.LOST_SERVICE | FaultClass.LOST_UNNOTICED | FaultClass.BYPASS | FaultClass.CONFLICT:
            return False
        case _:
            assert_never(fault)


def is_sound(scope: Scope) -> bool:
    """Whether ample sets lose nothing within this scope as long as a fault is left."""
    return all(commutes_under(FaultClass(fault)) for fault in scope.faults)


def _next_effect(local: ServiceState) -> int | None:
    """The call of this service that is the next to take effect; None where that decides what others may do."""
    flight = next((index for index, each in enumerate(local.flights) if each.effect is PENDING), None)
    return None if flight is None or local.flights[flight].operation == LEASE.name else flight


# -- Taken at once --------------------------------------------------------------------------------


def has_ample_set(local: ServiceState) -> bool:
    """Whether the next call of this service to take effect is one that nobody waits for."""
    flight = _next_effect(local)
    return flight is not None and not is_awaited(local, flight) and not local.refusing


def is_ample(step: Step, local: ServiceState) -> bool:
    """Whether the step of a service that has an ample set belongs to it: that effect, or what comes in its stead."""
    at = _next_effect(local)
    if isinstance(step, Answer):
        return step.flight == at and not step.ok and step.fault in FAILS_WITHOUT_EFFECT
    return isinstance(step, Effect) and step.flight == at


# -- Put off --------------------------------------------------------------------------------------


def put_off(service: str, local: ServiceState) -> Effect | None:
    """The effect of this service that is not searched by itself; None where there is none."""
    flight = _next_effect(local)
    if flight is None or not is_awaited(local, flight) or waits_for_backend(local, flight):
        return None
    return None if local.flights[flight].reply is HUNG else Effect(service, flight)


def feels(step: Step, effect: Effect) -> bool:
    """Whether it makes a difference to the step of the same service that the effect comes just before it.

    It does not to a report, which is on its way already; to the answer to another call; and where a call turns out to
    be late or to hang, since its effect can come as well afterwards.
    """
    match step:
        case Answer(_, flight):
            return flight == effect.flight
        case Notice() | Mark():
            return False
        case _:
            return step != effect


def with_effect(local: ServiceState, effect: Effect) -> ServiceState:
    """The service after the effect that was put off."""
    return service_state.take_effect(local, effect.flight)
