"""What a fault does, said once: to the effect of a call and to its reply, or to a service as a whole.

The explorer, the clock, the subjects and the exact answers take it from here and add what is theirs alone: symbolic
steps, moments, styles of call, chances. A class that is added to the taxonomy has to be described in `semantics_of`
before anything else passes the type check; one that comes to something new, a member of the enumerations below, is an
error in each engine that does not know it yet.
"""

from enum import StrEnum, auto
from typing import NamedTuple, assert_never

from broadcast_orchestrator.model.operations import CALLABLE, CONVEX, ON_AIR_SERVICES, SERVICES
from broadcast_orchestrator.sim.world.faults import FaultClass, FaultOrNone


class EffectMoment(StrEnum):
    """When a call takes effect on its service: before its reply; never; after the limit of its procedure; after its
    reply, which was early; before its reply and once more, later; out of turn, on the other side of the effect of
    another call to the service."""

    IN_TIME = auto()
    NEVER = auto()
    LATE = auto()
    AFTER_REPLY = auto()
    TWICE = auto()
    OUT_OF_TURN = auto()


class ReplyMoment(StrEnum):
    """When its caller learns of it: in time and after its effect; in time, and before its effect; after the limit of
    its procedure; never."""

    IN_TIME = auto()
    EARLY = auto()
    LATE = auto()
    NEVER = auto()


class ServiceChange(StrEnum):
    """What happens to a service by itself: someone switches it; it falls over, and reports it or does not; it refuses
    every write for a while. They are tried in this order."""

    IS_SWITCHED = auto()
    FALLS_AND_REPORTS = auto()
    FALLS_SILENTLY = auto()
    REFUSES_WRITES = auto()


class DashboardChange(StrEnum):
    """What happens to the orchestrator as a whole: it forgets everything; another one issues a command; its timers
    stand still until everything that it waits for is overdue."""

    FORGETS = auto()
    HAS_COMPANY = auto()
    SLEEPS = auto()


class CallOutcome(NamedTuple):
    """One thing that a call can come to. `ok` is what the reply says, if there is one; `way` is how a scenario tells
    the outcomes of one class apart (None where there is one only, and where the effect alone is in time)."""

    effect: EffectMoment
    reply: ReplyMoment
    ok: bool = True
    way: bool | None = None


class FaultSemantics(NamedTuple):
    """What a fault does.

    `outcomes` is what a call can come to that it hits, each as likely as the others; none where it leaves calls alone.
    `change` is what happens to the service, `dashboard` what happens to the orchestrator; None where it leaves them
    alone. `services` are those that it can hit, `awaited`: it is defined for a call that a procedure waits for alone.
    `message` is what a failure says, which is part of the world, so that a replay says the same.
    """

    outcomes: tuple[CallOutcome, ...] = ()
    change: ServiceChange | None = None
    dashboard: DashboardChange | None = None
    services: tuple[str, ...] = SERVICES
    awaited: bool = False
    message: str = "failed"


WORKS = CallOutcome(EffectMoment.IN_TIME, ReplyMoment.IN_TIME)
"""What a call comes to that no fault hits."""


def semantics_of(fault: FaultClass) -> FaultSemantics:  # noqa: C901 -- a row for each class
    """What a fault of the class does: the one place that says so."""
    match fault:
        case FaultClass.NONE:
            return FaultSemantics((WORKS,))
        case FaultClass.REFUSE:
            refused = CallOutcome(EffectMoment.NEVER, ReplyMoment.IN_TIME, ok=False)
            return FaultSemantics((refused,), message="refused")
        case FaultClass.LOST_REPLY:
            done = CallOutcome(EffectMoment.IN_TIME, ReplyMoment.IN_TIME, ok=False)
            return FaultSemantics((done,), message="connection lost")
        case FaultClass.HANG:
            done = CallOutcome(EffectMoment.IN_TIME, ReplyMoment.NEVER, way=True)
            nothing = CallOutcome(EffectMoment.NEVER, ReplyMoment.NEVER, way=False)
            return FaultSemantics((done, nothing), awaited=True)
        case FaultClass.LATE:
            late = CallOutcome(EffectMoment.LATE, ReplyMoment.LATE, way=True)
            done = CallOutcome(EffectMoment.IN_TIME, ReplyMoment.LATE)
            nothing = CallOutcome(EffectMoment.NEVER, ReplyMoment.LATE, ok=False, way=False)
            return FaultSemantics((late, done, nothing), awaited=True, message="too late")
        case FaultClass.EARLY_REPLY:
            success = CallOutcome(EffectMoment.AFTER_REPLY, ReplyMoment.EARLY, way=True)
            return FaultSemantics((success, success._replace(ok=False, way=False)))
        case FaultClass.OVERTAKING:
            return FaultSemantics((CallOutcome(EffectMoment.OUT_OF_TURN, ReplyMoment.IN_TIME),))
        case FaultClass.DUPLICATE:
            return FaultSemantics((CallOutcome(EffectMoment.TWICE, ReplyMoment.IN_TIME),), awaited=True)
        case FaultClass.EMPTY_SUCCESS:
            return FaultSemantics((CallOutcome(EffectMoment.NEVER, ReplyMoment.IN_TIME),))
        case FaultClass.LOST_SERVICE:
            return FaultSemantics(change=ServiceChange.FALLS_AND_REPORTS, services=ON_AIR_SERVICES)
        case FaultClass.LOST_UNNOTICED:
            return FaultSemantics(change=ServiceChange.FALLS_SILENTLY, services=ON_AIR_SERVICES)
        case FaultClass.BYPASS:
            return FaultSemantics(change=ServiceChange.IS_SWITCHED, services=ON_AIR_SERVICES)
        case FaultClass.CONFLICT:
            refused = CallOutcome(EffectMoment.NEVER, ReplyMoment.IN_TIME, ok=False)
            change = ServiceChange.REFUSES_WRITES
            return FaultSemantics((refused,), change, services=(CONVEX,), message="write conflict")
        case FaultClass.RELOAD:
            return FaultSemantics(dashboard=DashboardChange.FORGETS)
        case FaultClass.SECOND_DASHBOARD:
            return FaultSemantics(dashboard=DashboardChange.HAS_COMPANY)
        case FaultClass.SUSPEND:
            return FaultSemantics(dashboard=DashboardChange.SLEEPS)
        case _:
            assert_never(fault)


SEMANTICS = {fault: semantics_of(fault) for fault in FaultClass}
"""What each class does."""

CALL_FAULTS = tuple(fault for fault, does in SEMANTICS.items() if does.outcomes and fault is not FaultClass.NONE)
"""The classes that can be what goes wrong with one call."""

SERVICE_FAULTS = tuple(fault for fault, does in SEMANTICS.items() if does.change is not None)
"""The classes that hit a service, whatever calls are on their way."""


FALSE_OF_A_READ = frozenset((FaultClass.EARLY_REPLY, FaultClass.DUPLICATE, FaultClass.EMPTY_SUCCESS))
"""What cannot go wrong with a read: its answer says what it has read, so none comes before that, and there is nothing
to do twice. (A service that lies about itself is beyond every measure.)"""

DASHBOARD_FAULTS = tuple(fault for fault, does in SEMANTICS.items() if does.dashboard is not None)
"""The classes that hit the orchestrator as a whole."""


def can_hit(fault: FaultClass, operation: str) -> bool:
    """Whether calls of the operation go to a service that the fault can hit, and can go wrong so."""
    return CALLABLE[operation].service in SEMANTICS[fault].services and not is_false_of(fault, operation)


def is_false_of(fault: FaultClass, operation: str) -> bool:
    """Whether the operation is a read, and the fault nothing that can go wrong with one."""
    return CALLABLE[operation].finds is not None and fault in FALSE_OF_A_READ


def message_of(fault: FaultOrNone) -> str:
    """What a call says that fails because of this fault."""
    return SEMANTICS[fault].message if fault else "failed"


# -- Where no clock runs --------------------------------------------------------------------------


class Sign(StrEnum):
    """How an outcome shows where no clock runs, so that only the order of things tells it from another: by an effect
    out of turn; by the silence of a call that is waited for; by a reply before its effect, or in its stead; by a reply
    after it."""

    EFFECT = auto()
    SILENCE = auto()
    REPLY_BEFORE_EFFECT = auto()
    REPLY_AFTER_EFFECT = auto()


def sign_of(outcome: CallOutcome) -> Sign:
    """How the outcome of a call shows."""
    match outcome.reply:
        case ReplyMoment.LATE | ReplyMoment.NEVER:
            return Sign.SILENCE
        case ReplyMoment.EARLY:
            return Sign.REPLY_BEFORE_EFFECT
        case ReplyMoment.IN_TIME:
            return _sign_of_effect(outcome.effect)
        case _:
            assert_never(outcome.reply)


def _sign_of_effect(effect: EffectMoment) -> Sign:
    match effect:
        case EffectMoment.OUT_OF_TURN:
            return Sign.EFFECT
        case EffectMoment.NEVER | EffectMoment.LATE | EffectMoment.AFTER_REPLY:
            return Sign.REPLY_BEFORE_EFFECT
        case EffectMoment.IN_TIME | EffectMoment.TWICE:
            return Sign.REPLY_AFTER_EFFECT
        case _:
            assert_never(effect)


def _showing(sign: Sign) -> dict[FaultClass, tuple[bool, ...]]:
    """The faults of single calls that show so, and what their replies may say."""
    shown: dict[FaultClass, tuple[bool, ...]] = {}
    for fault in CALL_FAULTS:
        if SEMANTICS[fault].change is None:
            said = tuple(outcome.ok for outcome in SEMANTICS[fault].outcomes if sign_of(outcome) is sign)
            shown |= {fault: said} if said else {}
    return shown


OUT_OF_TURN = _showing(Sign.EFFECT)
SILENT = _showing(Sign.SILENCE)
BEFORE_EFFECT = _showing(Sign.REPLY_BEFORE_EFFECT)
AFTER_EFFECT = _showing(Sign.REPLY_AFTER_EFFECT)
"""The faults of single calls by their signs: each with what its replies may say."""

ANSWERED_BEFORE_EFFECT = frozenset(
    fault
    for fault in CALL_FAULTS
    for outcome in SEMANTICS[fault].outcomes
    if outcome.effect in (EffectMoment.AFTER_REPLY, EffectMoment.TWICE)
)
"""The faults whose reply leaves an effect to come."""

FAILS_WITHOUT_EFFECT = frozenset(
    fault
    for fault in CALL_FAULTS
    for outcome in SEMANTICS[fault].outcomes
    if outcome.effect is EffectMoment.NEVER and outcome.reply is not ReplyMoment.NEVER and not outcome.ok
)
"""The faults whose failure can come in the stead of an effect."""
