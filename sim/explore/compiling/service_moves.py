"""What can happen to one service, laid out once for each of its states, and apart from what the core makes of it.

A service knows of the core no more than where a fault belongs that hits a call which somebody waits for. So all that
can happen to a service in one state is one list for each such place; what the core makes of the answers and reports
among it is compiled elsewhere, by what the core can tell from one another (`Hearing`).
"""

from collections.abc import Iterator
from typing import NamedTuple

from broadcast_orchestrator.model import views
from broadcast_orchestrator.model.events import Event, Reply
from broadcast_orchestrator.model.views import OpenCall
from broadcast_orchestrator.sim.explore import partial_order
from broadcast_orchestrator.sim.explore.compiling.recorder import Program, SymbolicMove
from broadcast_orchestrator.sim.world import fault_steps, service_state
from broadcast_orchestrator.sim.world.faults import ABANDONED, Place, PlaceOrNone
from broadcast_orchestrator.sim.world.service_state import ServiceState
from broadcast_orchestrator.sim.world.steps import Answer, Effect, Step, fault_of
from broadcast_orchestrator.sim.world.world import Scope, follows_from_fault, heard, in_scope


class ServiceMove(NamedTuple):
    """One thing that can happen to a service: the step, where its fault hits ("" for none), whether it costs one, and
    an effect that was put off until now (None: none)."""

    step: Step
    place: PlaceOrNone
    cost: int
    first: Effect | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        """What happens, one after the other."""
        return (self.step,) if self.first is None else (self.first, self.step)


class Hearing(NamedTuple):
    """What the core hears: an answer to an open call, or a report (`call` is None then); and how the call stands in
    `truth`, for the judge. Two that are equal are all the same to both."""

    event: Event
    call: OpenCall | None
    truth: OpenCall | None


def moves(service: str, state: ServiceState, place: Place, scope: Scope, *, puts_off: bool) -> Iterator[ServiceMove]:
    """Everything that can happen to the service while calls that are waited for belong to `place`. With `puts_off`,
    effects that somebody waits for are put off (`sim.explore.partial_order`)."""
    effect = partial_order.put_off(service, state) if puts_off else None
    yield from (move for move in _moves(service, state, place, scope) if move.step != effect)
    if effect is not None:
        for move in _moves(service, partial_order.with_effect(state, effect), place, scope):
            if partial_order.feels(move.step, effect):
                yield move._replace(first=effect)


def _moves(service: str, state: ServiceState, place: Place, scope: Scope) -> Iterator[ServiceMove]:
    for step in service_state.healthy_steps(service, state):
        yield ServiceMove(step, "", _cost(state, step))
    for step, awaited in fault_steps.faulty_steps(service, state):
        hit: PlaceOrNone = "" if awaited is None else place if awaited else ABANDONED
        if in_scope(step, hit, scope):
            yield ServiceMove(step, hit, _cost(state, step))


def _cost(state: ServiceState, step: Step) -> int:
    if isinstance(step, Answer) and step.fault and follows_from_fault(state, step.flight, step.fault):
        return 0
    return 1 if fault_of(step) else 0


def hearing(state: ServiceState, move: ServiceMove) -> Hearing | None:
    """What the core hears of it; None where it hears nothing."""
    event = heard(lambda _, question, *details: question(state, *details), move.step)
    if event is None:
        return None
    if not isinstance(event, Reply) or not isinstance(move.step, Answer):
        return Hearing(event, None, None)
    truth = service_state.true_call(state, move.step.flight)
    return Hearing(event, views.open_call(state.view, event.position), truth)


def with_reaction(move: ServiceMove, reaction: Program, reads_back: bool) -> Program:
    """What becomes of the service when the core hears of it: the answer or report itself, and then what the core makes
    of it, which `reads_back` or does not."""
    changes = [] if move.first is None else [SymbolicMove(service_state.take_effect, (move.first.flight,), False)]
    if isinstance(move.step, Answer):
        answer = move.step.flight, move.step.fault, move.step.ok, reads_back
        changes.append(SymbolicMove(service_state.answered, answer, False))
    else:
        changes.append(SymbolicMove(service_state.notice, (), False))
    return (*changes, *reaction)
