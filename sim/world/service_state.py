"""One service and everything about it: what the core knows, what it truly is, and its calls on their way.

Every function here looks at one service alone; `sim.world.world` puts them together. That is what lets the explorer
treat a world as a handful of small independent parts.
"""

from enum import StrEnum
from typing import NamedTuple

from broadcast_orchestrator.model import views
from broadcast_orchestrator.model.operations import CALLABLE, CONVEX, IS_INITIALIZED, LEASE
from broadcast_orchestrator.model.views import AWAITED, FINE, GIVEN_UP, VOID, OpenCall, View
from broadcast_orchestrator.sim.world.fault_semantics import (
    ANSWERED_BEFORE_EFFECT,
    SEMANTICS,
    SILENT,
    ReplyMoment,
)
from broadcast_orchestrator.sim.world.faults import CONFLICT, LATE, REFUSE, FaultClass, FaultOrNone
from broadcast_orchestrator.sim.world.steps import FOUND_ON, Answer, Conflict, Effect, Notice, Step


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
    """A call on its way: its effect and its reply are two moments of their own. One that is `numbered` makes all before
    it stale where it takes effect first. `void` says that something newer has made a late success of it mean nothing
    (reading R9), whatever the core thinks of that."""

    operation: str
    session: str | None = None
    effect: EffectStatus = PENDING
    reply: ReplyStatus = OPEN
    numbered: bool = False
    void: bool = False


class ServiceState(NamedTuple):
    """One service. `view` is the core's, `active` and `initialized` are the truth, `backend` are the sessions that
    a backend calls live, `refusing` says that it takes no writes now; `reported`: it fell over and its report is on
    its way. `polled`: somebody reads it once a period; `unread`: it has fallen over since. `holder` is the dashboard
    that has the backend's lease, "ours", "elsewhere" or "" (None: it keeps none). Of the flights, those not yet
    answered correspond to `view.calls`, in the same order."""

    view: View = View()
    flights: tuple[CallInFlight, ...] = ()
    active: bool = False
    initialized: bool = False
    backend: tuple[str, ...] = ()
    refusing: bool = False
    reported: bool = False
    polled: bool = False
    unread: bool = False
    holder: str | None = None


# -- Questions ------------------------------------------------------------------------------------


def position(local: ServiceState, flight: int) -> int:
    """Where the core has this call among its open ones: those already answered do not count."""
    return sum(other.reply is not REPLIED for other in local.flights[:flight])


def is_awaited(local: ServiceState, flight: int) -> bool:
    """Whether a procedure still waits for this call."""
    if local.flights[flight].reply is REPLIED:
        return False
    return local.view.calls[position(local, flight)].standing == AWAITED


def true_call(local: ServiceState, flight: int) -> OpenCall:
    """The open call of this flight, as it stands by what was asked and answered since (reading R9). What a backend is
    told, and calls that are no switch, stand as the core has them."""
    call, operation = local.view.calls[position(local, flight)], CALLABLE[local.flights[flight].operation]
    if call.standing == AWAITED or operation.turns_on is None or operation.service == CONVEX:
        return call
    return call._replace(standing=VOID if local.flights[flight].void else GIVEN_UP)


def is_overdue(local: ServiceState) -> bool:
    """Every call that a procedure waits for here hangs or is late: only then can its limit come (reading R7)."""
    return all(
        flight.reply in (HUNG, BELATED) for index, flight in enumerate(local.flights) if is_awaited(local, index)
    )


def is_answerable(local: ServiceState) -> bool:
    """Whether its oldest call has taken effect and may be answered in time, with no report that comes first."""
    return bool(local.flights) and local.flights[0][2:4] == (DONE, OPEN) and not local.reported


def is_still(local: ServiceState) -> bool:
    """Whether nothing is on its way here; what somebody will read that nobody knows of yet is."""
    return not local.flights and not local.reported and not to_be_found(local)


def to_be_found(local: ServiceState) -> bool:
    """Whether somebody who reads it finds it otherwise than the orchestrator has it."""
    if not local.polled or local.flights or local.reported:
        return False
    return local.unread or (local.view.off == FINE and local.active != local.view.on_air)


def may_command_elsewhere(local: ServiceState, command: str) -> bool:
    """Whether the backend's lease lets another dashboard issue the command."""
    if local.holder is None:
        return True
    return local.holder != OURS if command == "start_broadcast" else local.holder == ELSEWHERE


OURS, ELSEWHERE = "ours", "elsewhere"
"""Who may hold the lease."""


def overtakes(local: ServiceState, flight: int) -> bool:
    """Whether an older call has not taken effect yet."""
    return any(older.effect is PENDING for older in local.flights[:flight])


def refuses(local: ServiceState, flight: CallInFlight) -> bool:
    """A host that is not initialized does not start, and a backend in conflict takes no write; a read that finds
    something else than it has to is refused, too."""
    finds = CALLABLE[flight.operation].finds
    if flight.operation == IS_INITIALIZED:
        return not local.initialized
    if finds is not None:
        return is_on(local, flight.session) is not finds
    if flight.operation == LEASE.name:
        return local.refusing or local.holder == ELSEWHERE
    return (flight.operation == "host.start" and not local.initialized) or local.refusing


def is_on(local: ServiceState, session: str | None) -> bool:
    """Whether the service is on; the backend, whether it calls the session live, or, where none is named, any."""
    return local.active or (session in local.backend if session is not None else bool(local.backend))


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
    elif to_be_found(local):
        steps.append(finding(service, local))
    if local.refusing:
        steps.append(Conflict(False))
    return steps


def finding(service: str, local: ServiceState) -> Notice:
    """What somebody who reads it reports, where there is something to be found."""
    found_on = local.active and not local.unread
    return Notice(service, FOUND_ON, "on") if found_on else Notice(service)


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


def send(local: ServiceState, operation: str, session: str | None, numbered: bool = False) -> ServiceState:
    """A call sets out. It is newer than every other, so older switch-offs mean nothing beside a switch-on."""
    older = _voided(local.flights, False, session) if CALLABLE[operation].turns_on else local.flights
    return local._replace(flights=(*older, CallInFlight(operation, session, numbered=numbered)))


def _voided(flights: tuple[CallInFlight, ...], turns_on: bool, session: str | None) -> tuple[CallInFlight, ...]:
    return tuple(
        each._replace(void=True) if CALLABLE[each.operation].turns_on is turns_on and each.session == session else each
        for each in flights
    )


def take_effect(local: ServiceState, index: int) -> ServiceState:
    """The service does as the call asks; a call that was answered before is over now. To a service that knows numbers
    the older ones that come after it are stale."""
    flight = local.flights[index]
    refused = refuses(local, flight)
    changed = local if refused else obey(local, flight)
    if flight.reply is REPLIED:
        changed = _remove(changed, index)
    else:
        changed = _change(changed, index, flight._replace(effect=NEVER if refused else DONE))
    return _fence(changed, index) if flight.numbered else changed


def _fence(local: ServiceState, newest: int) -> ServiceState:
    """The older calls that have not taken effect are refused: they never will."""
    for index in reversed(range(newest)):
        flight = local.flights[index]
        if flight.effect is PENDING:
            refused = flight._replace(effect=NEVER)
            local = _remove(local, index) if flight.reply is REPLIED else _change(local, index, refused)
    return local


def obey(local: ServiceState, flight: CallInFlight) -> ServiceState:
    """What each operation does to its service; an idle write that names no session is for all of them."""
    operation = CALLABLE[flight.operation]
    if operation.finds is not None:
        return local
    if operation is LEASE:
        return local._replace(holder=OURS)
    if operation.turns_on is None:
        return local._replace(initialized=True, unread=False)
    if operation.service != CONVEX:
        return local._replace(active=operation.turns_on)
    others = tuple(s for s in local.backend if flight.session is not None and s != flight.session)
    live = (flight.session,) if operation.turns_on and flight.session is not None else ()
    return local._replace(backend=tuple(sorted((*others, *live))))


def answered(local: ServiceState, index: int, fault: FaultOrNone, ok: bool, reads_back: bool) -> ServiceState:
    """A reply is given; the call stays on its way only where its effect is still to come. Where it confirms that the
    service is off, no older switch-on can matter; one that `reads_back` takes that from reads alone."""
    if ok and _confirms_off(local, index, reads_back):
        local = local._replace(flights=_voided(local.flights, True, local.flights[index].session))
    if fault in ANSWERED_BEFORE_EFFECT:
        return _change(local, index, local.flights[index]._replace(reply=REPLIED, effect=PENDING))
    return _remove(local, index)


def _confirms_off(local: ServiceState, index: int, reads_back: bool) -> bool:
    flight = local.flights[index]
    if reads_back:
        return CALLABLE[flight.operation].finds is False and is_awaited(local, index)
    return CALLABLE[flight.operation].turns_on is False and not flight.void


def mark(local: ServiceState, index: int, fault: FaultClass) -> ServiceState:
    """The call turns out to hang or to be late."""
    return _change(local, index, local.flights[index]._replace(reply=_MARKED[fault]))


def lose(local: ServiceState, noticed: bool) -> ServiceState:
    """The service falls over."""
    unread = local.unread or (local.polled and local.initialized and not noticed)
    return local._replace(active=False, initialized=False, reported=local.reported or noticed, unread=unread)


def notice(local: ServiceState) -> ServiceState:
    """Its report has arrived, or that of whoever has read it."""
    return local._replace(reported=False, unread=False)


def flip(local: ServiceState) -> ServiceState:
    """Someone switches it behind the orchestrator's back."""
    return local._replace(active=not local.active)


def refuse(local: ServiceState, refusing: bool) -> ServiceState:
    """The backend begins or ceases to refuse writes."""
    return local._replace(refusing=refusing)


def forget(local: ServiceState) -> ServiceState:
    """Whoever made the calls is no more, and does not hold the lease: they have no caller now. What has not taken
    effect yet still does, and its answer reaches nobody, nor does a report. (A call that hangs is taken not to take
    effect any more, as always where nobody waits for one.)"""
    flights = [each for each in local.flights if is_left_behind(each)]
    flights = [each._replace(reply=REPLIED) for each in flights]
    holder = "" if local.holder == OURS else local.holder
    return local._replace(view=View(), flights=tuple(flights), reported=False, unread=False, holder=holder)


def is_left_behind(flight: CallInFlight) -> bool:
    """Whether a call still changes something when its caller is no more."""
    return flight.effect is PENDING and flight.reply is not HUNG and CALLABLE[flight.operation].finds is None


def oversleep(local: ServiceState) -> ServiceState:
    """Whatever is waited for here is late from now on."""
    for index in range(len(local.flights)):
        if local.flights[index].reply is OPEN and is_awaited(local, index):
            local = mark(local, index, LATE)
    return local


def lease_elsewhere(local: ServiceState, command: str) -> ServiceState:
    """Another dashboard takes the lease, or gives it back."""
    if local.holder is None:
        return local
    return local._replace(holder=ELSEWHERE if command == "start_broadcast" else "")


def send_from_elsewhere(local: ServiceState, operation: str, session: str | None, numbered: bool) -> ServiceState:
    """A call of another dashboard sets out: its answer is not for us."""
    flight = CallInFlight(operation, session, reply=REPLIED, numbered=numbered)
    return local._replace(flights=(*local.flights, flight))


def bury(local: ServiceState) -> ServiceState:
    """A hung call that nobody waits for is gone: it can change nothing, and the core may forget it."""
    for index in reversed(range(len(local.flights))):
        if local.flights[index].reply is HUNG and not is_awaited(local, index):
            local = _remove(on_view(local, views.close, position(local, index)), index)
    return local


def simplify(local: ServiceState) -> ServiceState:
    """Strike out calls whose effect is over and whose reply can change nothing any more: calls that are void, to the
    core and in truth, and those that can only be answered by a late failure (reading R9)."""
    for index in reversed(range(len(local.flights))):
        if _is_over(local, index):
            local = _remove(on_view(local, views.close, position(local, index)), index)
    return local


def not_over(local: ServiceState) -> list[int]:
    """The flights that `simplify` keeps, by their places before it."""
    return [index for index in range(len(local.flights)) if not _is_over(local, index)]


def _is_over(local: ServiceState, index: int) -> bool:
    flight = local.flights[index]
    if flight.effect is PENDING and (flight.reply is REPLIED or CALLABLE[flight.operation].finds is None):
        return False
    standing = local.view.calls[position(local, index)].standing
    if flight.effect is NEVER:
        return standing != AWAITED
    return standing == VOID and true_call(local, index).standing == VOID


def _change(local: ServiceState, index: int, flight: CallInFlight) -> ServiceState:
    return local._replace(flights=(*local.flights[:index], flight, *local.flights[index + 1 :]))


def _remove(local: ServiceState, index: int) -> ServiceState:
    return local._replace(flights=local.flights[:index] + local.flights[index + 1 :])
