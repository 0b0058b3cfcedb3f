"""Partial order reduction: of steps whose order makes no difference, only one order is searched.

A call that nobody waits for any more may take effect at any moment, and a search would try each. Here it takes effect
at once: in a world where such a call is next, its effect (or the refusal or late failure in its stead) is all that is
searched, the world's *ample set*. That loses nothing that is judged, for these reasons.

- *The step commutes with all others.* It changes nothing but its own service. There, only younger calls could feel it,
  and effects of one service come in the order of its calls, so they come later in any case. If the core hears of it at
  all, then as the failure of a call that it has given up, which moves nothing (reading R9).
- *Nobody sees when.* The judge is told of what the core hears, and looks at the services only where all is quiet; a
  world in which a call is on its way is not quiet, so the effect comes before it is looked at.
- *Nothing is put off for ever.* Each such step leaves one call less that is still to take effect, so they come to an
  end, and everything else is searched from there.

So the same quiet worlds are reached, and the same controls; tests compare both with and without the reduction. It does
not hold under faults that make the order of effects matter, see `commutes_under`.
"""

from typing import assert_never

from broadcast_orchestrator.sim.world.fault_semantics import FAILS_WITHOUT_EFFECT
from broadcast_orchestrator.sim.world.faults import FaultClass
from broadcast_orchestrator.sim.world.service_state import PENDING, ServiceState, is_awaited, waits_for_backend
from broadcast_orchestrator.sim.world.steps import Answer, Effect, Step
from broadcast_orchestrator.sim.world.world import Scope


def commutes_under(fault: FaultClass) -> bool:
    """Whether the step commutes with all others under faults of this class, too.

    It does not where a younger call may take effect, or be answered, before an older one, and where the service itself
    may fall over, be flipped or begin to refuse, before the effect or after it.
    """
    match fault:
        case FaultClass.NONE | FaultClass.REFUSE | FaultClass.LOST_REPLY | FaultClass.HANG | FaultClass.LATE:
            return True
        case FaultClass.EARLY_REPLY | FaultClass.DUPLICATE:
            return True
        case FaultClass.OVERTAKING | FaultClass.EMPTY_SUCCESS:
            return False
        case FaultClass.LOST_SERVICE | FaultClass.LOST_UNNOTICED | FaultClass.BYPASS | FaultClass.CONFLICT:
            return False
        case _:
            assert_never(fault)


def is_sound(scope: Scope) -> bool:
    """Whether the reduction loses nothing within this scope."""
    return all(commutes_under(FaultClass(fault)) for fault in scope.faults)


def has_ample_set(local: ServiceState) -> bool:
    """Whether the next call of this service to take effect is one that nobody waits for."""
    flight = next((index for index, each in enumerate(local.flights) if each.effect is PENDING), None)
    return flight is not None and not is_awaited(local, flight) and not waits_for_backend(local, flight)


def is_ample(step: Step, local: ServiceState) -> bool:
    """Whether the step of a service that has an ample set belongs to it: that effect, or what comes in its stead."""
    at = next(index for index, each in enumerate(local.flights) if each.effect is PENDING)
    if isinstance(step, Answer):
        return step.flight == at and not step.ok and step.fault in FAILS_WITHOUT_EFFECT
    return isinstance(step, Effect) and step.flight == at
