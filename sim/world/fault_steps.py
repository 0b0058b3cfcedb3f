"""The single faults that can hit one service now, as steps of its world: what faults do, where no clock runs.

A search asks for them in every state of a service, so what does not depend on the state is laid out beforehand.
"""

from collections.abc import Callable
from typing import assert_never

from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.sim.world.fault_semantics import (
    AFTER_EFFECT,
    BEFORE_EFFECT,
    OUT_OF_TURN,
    SEMANTICS,
    SERVICE_FAULTS,
    SILENT,
    ServiceChange,
    is_false_of,
)
from broadcast_orchestrator.sim.world.faults import FaultClass
from broadcast_orchestrator.sim.world.service_state import (
    DONE,
    NEVER,
    OPEN,
    PENDING,
    EffectStatus,
    ServiceState,
    is_awaited,
    overtakes,
)
from broadcast_orchestrator.sim.world.steps import Answer, Conflict, Effect, Flip, Lose, Mark, Step


def faulty_steps(service: str, local: ServiceState) -> list[tuple[Step, bool | None]]:
    """Every single fault that can hit this service now; beside it whether it hits a call that is waited for
    (True), one that was given up (False), or no call at all (None)."""
    steps: list[tuple[Step, bool | None]] = []
    for index in range(len(local.flights)):
        awaited = is_awaited(local, index)
        steps.extend((step, awaited) for step in _call_faults(service, local, index, awaited))
    steps.extend((step, None) for step, is_possible in _CHANGES[service] if is_possible(local))
    return steps


def _call_faults(service: str, local: ServiceState, index: int, awaited: bool) -> list[Step]:
    flight = local.flights[index]
    steps: list[Step] = []
    if flight.effect is PENDING and overtakes(local, index):
        steps += [Effect(service, index, fault) for fault in OUT_OF_TURN]
    if flight.reply is OPEN and awaited:
        steps += [Mark(service, index, fault) for fault in SILENT]
    if flight.reply is OPEN and not local.reported:
        replies = _REPLIES[flight.effect, awaited]
        steps += [
            Answer(service, index, ok, fault) for fault, ok in replies if not is_false_of(fault, flight.operation)
        ]
    return steps


def _replies(effect: EffectStatus, awaited: bool) -> tuple[tuple[FaultClass, bool], ...]:
    """The faults that a reply can be while the effect of its call stands so, each with what the reply may say. (Of a
    call that is waited for there is none that is newer, so a second effect overtakes nothing.)"""
    replies = {PENDING: BEFORE_EFFECT, DONE: AFTER_EFFECT, NEVER: {}}[effect].items()
    return tuple((fault, ok) for fault, said in replies if awaited or not SEMANTICS[fault].awaited for ok in said)


_REPLIES = {(effect, awaited): _replies(effect, awaited) for effect in EffectStatus for awaited in (True, False)}

Possible = Callable[[ServiceState], bool]
"""Whether something can happen to a service that is in this state."""


def _change(service: str, fault: FaultClass, change: ServiceChange) -> tuple[Step, Possible]:
    """What the fault does to the service as a step, and when there is anything to do."""
    match change:
        case ServiceChange.IS_SWITCHED:
            return Flip(service, fault), lambda local: True
        case ServiceChange.FALLS_AND_REPORTS | ServiceChange.FALLS_SILENTLY:
            return Lose(
                service, fault
            ), lambda local: (local.active or local.initialized) and not local.reported and not local.unread
        case ServiceChange.REFUSES_WRITES:
            return Conflict(True, fault), lambda local: not local.refusing
        case _:
            assert_never(change)


_CHANGES = {
    service: tuple(
        _change(service, fault, change)
        for change in ServiceChange
        for fault in SERVICE_FAULTS
        if SEMANTICS[fault].change is change and service in SEMANTICS[fault].services
    )
    for service in SERVICES
}
