"""One service and everything about it: what the core knows, what it truly is, and its calls on their way.

Every function here looks at one service alone; `sim.world.world` puts them together. That is what lets the explorer
treat a world as a handful of small independent parts.
"""

from typing import NamedTuple

from broadcast_orchestrator.model import views
from broadcast_orchestrator.model.operations import CONVEX, OPERATIONS
from broadcast_orchestrator.model.views import AWAITED, GIVEN_UP, VOID, View
from broadcast_orchestrator.sim.world.faults import (
    BYPASS,
    CONFLICT,
    DUPLICATE,
    EARLY_REPLY,
    EMPTY_SUCCESS,
    HANG,
    LATE,
    LOST_REPLY,
    LOST_UNNOTICED,
    OVERTAKING,
    REFUSE,
)
from broadcast_orchestrator.sim.world.steps import Answer, Conflict, Effect, Flip, Lose, Mark, Notice, Step

PENDING, DONE, NEVER = "pending", "done", "never"
"""The effect of a call: still to come, taken place, or not to be."""

OPEN, HUNG, BELATED, REPLIED = "open", "hung", "belated", "replied"
"""The reply of a call: in time, never, after the limit, or given already (while the effect is still to come)."""


class CallInFlight(NamedTuple):
    """A call on its way: its effect and its reply are two moments of their own."""

    operation: str
    session: str | None = None
    effect: str = PENDING
    reply: str = OPEN


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
    return sum(other.reply != REPLIED for other in local.flights[:flight])


def is_awaited(local: ServiceState, flight: int) -> bool:
    """Whether a procedure still waits for this call."""
    if local.flights[flight].reply == REPLIED:
        return False
    return local.view.calls[position(local, flight)].standing == AWAITED


def is_overdue(local: ServiceState) -> bool:
    """Every call that a procedure waits for here hangs or is late: only then can its limit come (reading R7)."""
    return all(
        flight.reply in (HUNG, BELATED) for index, flight in enumerate(local.flights) if is_awaited(local, index)
    )


def overtakes(local: ServiceState, flight: int) -> bool:
    """Whether an older call has not taken effect yet."""
    return any(older.effect == PENDING for older in local.flights[:flight])


def refuses(local: ServiceState, flight: CallInFlight) -> bool:
    """A host that is not initialized does not start, and a backend in conflict takes no write."""
    return (flight.operation == "host.start" and not local.initialized) or local.refusing


def waits_for_backend(local: ServiceState, flight: int) -> bool:
    """A write that was answered before its effect is taken as soon as the backend takes writes again."""
    return local.refusing and local.flights[flight].reply == REPLIED


# -- What can happen next -------------------------------------------------------------------------


def healthy_steps(service: str, local: ServiceState) -> list[Step]:
    """What happens to this service when no further fault hits it, in a fixed order."""
    steps: list[Step] = []
    for index, flight in enumerate(local.flights):
        if flight.effect == PENDING and not overtakes(local, index) and not waits_for_backend(local, index):
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
    if flight.reply == OPEN and flight.effect != PENDING:
        return [works if flight.effect == DONE else Answer(service, index, ok=False, fault=_refusal(local))]
    if flight.reply == BELATED and not is_awaited(local, index):
        return [*([works] if flight.effect == DONE else []), Answer(service, index, ok=False, fault=LATE)]
    return []


def _refusal(local: ServiceState) -> str:
    return CONFLICT if local.refusing else REFUSE


def faulty_steps(service: str, local: ServiceState) -> list[tuple[Step, bool | None]]:
    """Every single fault that can hit this service now; beside it whether it hits a call that is waited for
    (True), one that was given up (False), or no call at all (None)."""
    steps: list[tuple[Step, bool | None]] = []
    for index in range(len(local.flights)):
        awaited = is_awaited(local, index)
        steps.extend((step, awaited) for step in _call_faults(service, local, index, awaited))
    steps.extend((step, None) for step in _service_faults(service, local))
    return steps


def _call_faults(service: str, local: ServiceState, index: int, awaited: bool) -> list[Step]:
    flight = local.flights[index]
    steps: list[Step] = []
    if flight.effect == PENDING and overtakes(local, index):
        steps.append(Effect(service, index, OVERTAKING))
    if flight.reply == OPEN and awaited:
        steps += [Mark(service, index, HANG), Mark(service, index, LATE)]
    if flight.reply != OPEN or local.reported:
        return steps
    if flight.effect == PENDING:
        steps += [
            Answer(service, index, ok=False, fault=REFUSE),
            Answer(service, index, ok=True, fault=EARLY_REPLY),
            Answer(service, index, ok=False, fault=EARLY_REPLY),
            Answer(service, index, ok=True, fault=EMPTY_SUCCESS),
        ]
    elif flight.effect == DONE:
        steps.append(Answer(service, index, ok=False, fault=LOST_REPLY))
        if awaited:  # it is the newest call of its service, so the second effect overtakes none
            steps.append(Answer(service, index, ok=True, fault=DUPLICATE))
    return steps


def _service_faults(service: str, local: ServiceState) -> list[Step]:
    if service == CONVEX:
        return [] if local.refusing else [Conflict(True, CONFLICT)]
    steps: list[Step] = [Flip(service, BYPASS)]
    if (local.active or local.initialized) and not local.reported:
        steps += [Lose(service), Lose(service, LOST_UNNOTICED)]
    return steps


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
    if flight.reply == REPLIED:
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


def answered(local: ServiceState, index: int, fault: str) -> ServiceState:
    """A reply is given; the call stays on its way only where its effect is still to come."""
    if fault in (EARLY_REPLY, DUPLICATE):
        return _change(local, index, local.flights[index]._replace(reply=REPLIED, effect=PENDING))
    return _remove(local, index)


def mark(local: ServiceState, index: int, fault: str) -> ServiceState:
    """The call turns out to hang or to be late."""
    return _change(local, index, local.flights[index]._replace(reply=HUNG if fault == HANG else BELATED))


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
        if local.flights[index].reply == HUNG and not is_awaited(local, index):
            local = _remove(on_view(local, views.close, position(local, index)), index)
    return local


def simplify(local: ServiceState) -> ServiceState:
    """Strike out calls whose effect is over and whose reply can change nothing any more: void calls, and those that
    can only be answered by a late failure (reading R9)."""
    for index in reversed(range(len(local.flights))):
        if _is_over(local, index):
            local = _remove(on_view(local, views.close, position(local, index)), index)
    return local


def _is_over(local: ServiceState, index: int) -> bool:
    flight = local.flights[index]
    if flight.effect == PENDING:
        return False
    standing = local.view.calls[position(local, index)].standing
    return standing == VOID or (standing == GIVEN_UP and flight.effect == NEVER)


def _change(local: ServiceState, index: int, flight: CallInFlight) -> ServiceState:
    return local._replace(flights=(*local.flights[:index], flight, *local.flights[index + 1 :]))


def _remove(local: ServiceState, index: int) -> ServiceState:
    return local._replace(flights=local.flights[:index] + local.flights[index + 1 :])
