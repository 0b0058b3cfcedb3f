"""One service and everything about it: what the core knows, what it truly is, and its calls on their way.

Every function here looks at one service alone; `sim.world.world` puts them together. That is what lets the explorer
treat a world as a handful of small independent parts.
"""

from enum import StrEnum
from typing import NamedTuple

from broadcast_orchestrator.model import views
from broadcast_orchestrator.model.operations import CONVEX, OPERATIONS
from broadcast_orchestrator.model.views import AWAITED, GIVEN_UP, VOID, View
from broadcast_orchestrator.sim.world.fault_semantics import (
    ANSWERED_BEFORE_EFFECT,
    SEMANTICS,
    SILENT,
    ReplyMoment,
)
from broadcast_orchestrator.sim.world.faults import CONFLICT, LATE, REFUSE, FaultClass, FaultOrNone
from broadcast_orchestrator.sim.world.steps import Answer, Conflict, Effect, Notice, Step


class EffectStatus(StrEnum):
    """The effect of a call: still to come, taken place, or not to be."""

    PENDING = "pending"
    DONE = "done"
    NEVER = "never"

    __hash__ = str.__hash__  # an Enum hashes its name in Python code; calls live in every key of the search


PENDING, DONE, NEVER = EffectStatus


class ReplyStatus(StrEnum):
    """The reply of a call: in time, never, after the limit, or given already (while the effect is still to come)."""

    OPEN = "open"
    HUNG = "hung"
    BELATED = "belated"
    REPLIED = "replied"

    __hash__ = str.__hash__


OPEN, HUNG, BELATED, REPLIED = ReplyStatus

_MARKED = {
    fault: HUNG if all(outcome.reply is ReplyMoment.NEVER for outcome in SEMANTICS[fault].outcomes) else BELATED
    for fault in SILENT
}
"""What the reply is of a call that turns out to suffer such a fault."""


class CallInFlight(NamedTuple):
    """A call on its way: its effect and its reply are two moments of their own."""

    operation: str
    session: str | None = None
    effect: EffectStatus = PENDING
    reply: ReplyStatus = OPEN


class ServiceState(NamedTuple):
    """One service. `view` is the core's, `active` and `initialized` are the truth, `backend` are the sessions that
    a backend calls live, `refusing` says that it takes no writes now; `reported`: it fell over and its report is on
    its way. Of the flights, those not yet answered correspond to `view.calls`, in the same order."""

    view: View = View()
    flights: tuple[CallInFlight, ...] = ()
    active: bool = False
    initialized: bool = False
    backend: tuple[str, ...] = ()
    refusing: bool = False
    reported: bool = False


# -- Questions ------------------------------------------------------------------------------------


def position(local: ServiceState, flight: int) -> int:
    """Where the core has this call among its open ones: those already answered do not count."""
    return sum(other.reply is not REPLIED for other in local.flights[:flight])


def is_awaited(local: ServiceState, flight: int) -> bool:
    """Whether a procedure still waits for this call."""
    if local.flights[flight].reply is REPLIED:
        return False
    return local.view.calls[position(local, flight)].standing == AWAITED


def is_overdue(local: ServiceState) -> bool:
    """Every call that a procedure waits for here hangs or is late: only then can its limit come (reading R7)."""
    return all(
        flight.reply in (HUNG, BELATED) for index, flight in enumerate(local.flights) if is_awaited(local, index)
    )


def is_answerable(local: ServiceState) -> bool:
    """Whether its oldest call has taken effect and may be answered in time, with no report that comes first."""
    return bool(local.flights) and local.flights[0][2:] == (DONE, OPEN) and not local.reported


def overtakes(local: ServiceState, flight: int) -> bool:
    """Whether an older call has not taken effect yet."""
    return any(older.effect is PENDING for older in local.flights[:flight])


def refuses(local: ServiceState, flight: CallInFlight) -> bool:
    """A host that is not initialized does not start, and a backend in conflict takes no write."""
    return (flight.operation == "host.start" and not local.initialized) or local.refusing


def waits_for_backend(local: ServiceState, flight: int) -> bool:
    """A write that was answered before its effect is taken as soon as the backend takes writes again."""
    return local.refusing and local.flights[flight].reply is REPLIED


# -- What can happen next -------------------------------------------------------------------------


def healthy_steps(service: str, local: ServiceState) -> list[Step]:
    """What happens to this service when no further fault hits it, in a fixed order."""
    steps: list[Step] = []
    for index, flight in enumerate(local.flights):
        if flight.effect is PENDING and not overtakes(local, index) and not waits_for_backend(local, index):
            steps.append(Effect(service, index))
        if not local.reported:
            steps.extend(_answers(service, local, index))
    if local.reported:
        steps.append(Notice(service))
    if local.refusing:
        steps.append(Conflict(False))
    return steps


def _answers(service: str, local: ServiceState, index: int) -> list[Step]:
    flight = local.flights[index]
    works = Answer(service, index, ok=True)
    if flight.reply is OPEN and flight.effect is not PENDING:
        return [works if flight.effect is DONE else Answer(service, index, ok=False, fault=_refusal(local))]
    if flight.reply is BELATED and not is_awaited(local, index):
        return [*([works] if flight.effect is DONE else []), Answer(service, index, ok=False, fault=LATE)]
    return []


def _refusal(local: ServiceState) -> FaultClass:
    return CONFLICT if local.refusing else REFUSE


# -- Changes --------------------------------------------------------------------------------------


def on_view(local: ServiceState, change: object, *details: object) -> ServiceState:
    """A change of what the core knows."""
    return local._replace(view=change(local.view, *details))  # type: ignore[operator]


def send(local: ServiceState, operation: str, session: str | None) -> ServiceState:
    """A call sets out."""
    return local._replace(flights=(*local.flights, CallInFlight(operation, session)))


def take_effect(local: ServiceState, index: int) -> ServiceState:
    """The service does as the call asks; a call that was answered before is over now."""
    flight = local.flights[index]
    refused = refuses(local, flight)
    changed = local if refused else obey(local, flight)
    if flight.reply is REPLIED:
        return _remove(changed, index)
    return _change(changed, index, flight._replace(effect=NEVER if refused else DONE))


def obey(local: ServiceState, flight: CallInFlight) -> ServiceState:
    """What each operation does to its service."""
    operation = OPERATIONS[flight.operation]
    if operation.turns_on is None:
        return local._replace(initialized=True)
    if operation.service != CONVEX:
        return local._replace(active=operation.turns_on)
    others = tuple(session for session in local.backend if session != flight.session)
    live = (flight.session,) if operation.turns_on and flight.session is not None else ()
    return local._replace(backend=tuple(sorted((*others, *live))))


def answered(local: ServiceState, index: int, fault: FaultOrNone) -> ServiceState:
    """A reply is given; the call stays on its way only where its effect is still to come."""
    if fault in ANSWERED_BEFORE_EFFECT:
        return _change(local, index, local.flights[index]._replace(reply=REPLIED, effect=PENDING))
    return _remove(local, index)


def mark(local: ServiceState, index: int, fault: FaultClass) -> ServiceState:
    """The call turns out to hang or to be late."""
    return _change(local, index, local.flights[index]._replace(reply=_MARKED[fault]))


def lose(local: ServiceState, noticed: bool) -> ServiceState:
    """The service falls over."""
    return local._replace(active=False, initialized=False, reported=local.reported or noticed)


def notice(local: ServiceState) -> ServiceState:
    """Its report has arrived."""
    return local._replace(reported=False)


def flip(local: ServiceState) -> ServiceState:
    """Someone switches it behind the orchestrator's back."""
    return local._replace(active=not local.active)


def refuse(local: ServiceState, refusing: bool) -> ServiceState:
    """The backend begins or ceases to refuse writes."""
    return local._replace(refusing=refusing)


def bury(local: ServiceState) -> ServiceState:
    """A hung call that nobody waits for is gone: it can change nothing, and the core may forget it."""
    for index in reversed(range(len(local.flights))):
        if local.flights[index].reply is HUNG and not is_awaited(local, index):
            local = _remove(on_view(local, views.close, position(local, index)), index)
    return local


def simplify(local: ServiceState) -> ServiceState:
    """Strike out calls whose effect is over and whose reply can change nothing any more: void calls, and those that
    can only be answered by a late failure (reading R9)."""
    for index in reversed(range(len(local.flights))):
        if _is_over(local, index):
            local = _remove(on_view(local, views.close, position(local, index)), index)
    return local


def not_over(local: ServiceState) -> list[int]:
    """The flights that `simplify` keeps, by their places before it."""
    return [index for index in range(len(local.flights)) if not _is_over(local, index)]


def _is_over(local: ServiceState, index: int) -> bool:
    flight = local.flights[index]
    if flight.effect is PENDING:
        return False
    standing = local.view.calls[position(local, index)].standing
    return standing == VOID or (standing == GIVEN_UP and flight.effect is NEVER)


def _change(local: ServiceState, index: int, flight: CallInFlight) -> ServiceState:
    return local._replace(flights=(*local.flights[:index], flight, *local.flights[index + 1 :]))


def _remove(local: ServiceState, index: int) -> ServiceState:
    return local._replace(flights=local.flights[:index] + local.flights[index + 1 :])
