"""When everything comes of one call of a subject: what its fault does (see `sim.world.fault_semantics`), as behaviour,
effects and an answer in virtual time, for each style of call.

A promise is settled by the driver; a synchronous call is over when it returns, so it can neither hang nor be late; a
call that shows its success in a field has no reply but that field, or the error that the store shows, so its success
cannot come early, and one without effect is a hang.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple, assert_never

from broadcast_orchestrator.sim.subjects.protocol.messages import (
    AT_ONCE,
    EFFECT_THEN_THROW,
    NOTHING,
    PROMISE,
    THROW,
    CallBehaviour,
    CallStyle,
    RejectionForm,
)
from broadcast_orchestrator.sim.subjects.protocol.step_check import FORMS
from broadcast_orchestrator.sim.subjects.scenario import CallFault, Scenario, ways
from broadcast_orchestrator.sim.world.fault_semantics import (
    SEMANTICS,
    WORKS,
    CallOutcome,
    EffectMoment,
    ReplyMoment,
    can_hit,
)
from broadcast_orchestrator.sim.world.faults import NONE, REFUSE, FaultClass, FaultOrNone


class Said(NamedTuple):
    """An answer, so many milliseconds after the call; a failure comes of a fault, and has a form."""

    at_ms: float
    ok: bool
    fault: FaultOrNone = NONE
    form: str = RejectionForm.ERROR


class ScheduledCall(NamedTuple):
    """What becomes of one call: how it behaves when it is made ("" is its own way), its effects in milliseconds after
    the call, its answer if there is one; `held`: its effect waits until a younger call to the same service has taken
    effect."""

    behaviour: CallBehaviour | Literal[""] = ""
    effects_ms: tuple[float, ...] = ()
    answer: Said | None = None
    held: bool = False


class Times(NamedTuple):
    """The effect and the reply of a call that works, and how much later is too late; milliseconds."""

    effect: float
    reply: float
    late: float


# -- What a style of call can suffer --------------------------------------------------------------


def ways_in(kind: str, style: str) -> tuple[bool | None, ...]:
    """The values of `CallFault.ok` that make a difference for this fault in this style; none where a call of the
    style cannot suffer it, so that a search can leave it out."""
    made = CallStyle(style)
    if made is CallStyle.SYNC and kind == REFUSE:
        return (None,)  # it throws in any case
    return tuple(ok for ok in ways(kind) if _possible(outcome_of(kind, ok), made))


def ways_at(operation: str, kind: str, styles: Mapping[str, str]) -> tuple[bool | None, ...]:
    """The same for calls of the operation, answered as `styles` says; none where the fault cannot hit its service."""
    return ways_in(kind, styles.get(operation, PROMISE)) if can_hit(FaultClass(kind), operation) else ()


def forms_at(operation: str, kind: str, ok: bool | None, styles: Mapping[str, str]) -> tuple[str, ...]:
    """The forms that make a difference for a fault that can hit calls of the operation in this way: a promise alone is
    rejected with something."""
    made, outcome = styles.get(operation, PROMISE), outcome_of(kind, ok)
    thrown = (kind, ok) == (REFUSE, False)
    rejected = made == PROMISE and not outcome.ok and outcome.reply is not ReplyMoment.NEVER and not thrown
    return FORMS if rejected else (RejectionForm.ERROR,)


def applicable(kind: str, style: str) -> bool:
    """Whether a call of this style can suffer this fault."""
    return bool(ways_in(kind, style))


def outcome_of(kind: str, ok: bool | None) -> CallOutcome:
    """What a call comes to that suffers this fault in this way; the first of its outcomes where it has no such way."""
    outcomes = SEMANTICS[FaultClass(kind)].outcomes
    return next((outcome for outcome in outcomes if outcome.way == ok), outcomes[0])


def _possible(outcome: CallOutcome, style: CallStyle) -> bool:
    match style:
        case CallStyle.PROMISE:
            return True
        case CallStyle.SYNC:
            return outcome.reply in (ReplyMoment.IN_TIME, ReplyMoment.EARLY)
        case CallStyle.FIELD:
            return outcome.reply is not ReplyMoment.EARLY and (not outcome.ok or _is_seen(outcome))
        case _:
            assert_never(style)


def _is_seen(outcome: CallOutcome) -> bool:
    """Whether the effect comes just when a success would be told: where a field tells it, they are one."""
    match outcome.reply:
        case ReplyMoment.IN_TIME:
            return outcome.effect is not EffectMoment.NEVER
        case ReplyMoment.LATE:
            return outcome.effect is EffectMoment.LATE
        case ReplyMoment.NEVER:
            return outcome.effect is EffectMoment.NEVER
        case ReplyMoment.EARLY:
            return False
        case _:
            assert_never(outcome.reply)


# -- What becomes of a call -----------------------------------------------------------------------


def schedule_of(scenario: Scenario, operation: str, style: str, fault: CallFault | None) -> ScheduledCall:
    """What becomes of a call of the operation; a fault that its style cannot suffer is none."""
    times = Times(scenario.effect_ms(operation), scenario.reply_ms(operation), scenario.late_ms)
    if fault is None or not applicable(fault.kind, style):
        return _scheduled(CallStyle(style), WORKS, NONE, times)
    if fault.kind == REFUSE and fault.ok is False:
        return ScheduledCall(THROW)
    schedule = _scheduled(CallStyle(style), outcome_of(fault.kind, fault.ok), FaultClass(fault.kind), times)
    if schedule.answer is None or style != PROMISE:
        return schedule
    return schedule._replace(answer=schedule.answer._replace(form=fault.form))


def _scheduled(style: CallStyle, outcome: CallOutcome, fault: FaultClass, at: Times) -> ScheduledCall:
    effects_ms, answer = _effects(outcome.effect, at), _answer(outcome, fault, at)
    held = outcome.effect is EffectMoment.OUT_OF_TURN
    match style:
        case CallStyle.PROMISE:
            return ScheduledCall("", effects_ms, answer, held)
        case CallStyle.SYNC:
            at_once = outcome.effect in (EffectMoment.IN_TIME, EffectMoment.TWICE)
            return ScheduledCall(RETURNS[at_once, outcome.ok], effects_ms[at_once:], None, held)
        case CallStyle.FIELD if answer is None:
            return ScheduledCall()
        case CallStyle.FIELD if outcome.ok:  # the effect is the answer
            shown_ms = effects_ms if held else (answer.at_ms, *effects_ms[1:])
            return ScheduledCall("", shown_ms, None, held)
        case CallStyle.FIELD:
            return ScheduledCall("", effects_ms, answer)
        case _:
            assert_never(style)


RETURNS = {
    (True, True): AT_ONCE,
    (True, False): EFFECT_THEN_THROW,
    (False, True): NOTHING,
    (False, False): THROW,
}
"""How a synchronous call behaves, by whether it takes effect at once and whether it succeeds."""


def _effects(effect: EffectMoment, at: Times) -> tuple[float, ...]:
    match effect:
        case EffectMoment.IN_TIME:
            return (at.effect,)
        case EffectMoment.NEVER:
            return ()
        case EffectMoment.AFTER_REPLY:
            return (at.reply,)
        case EffectMoment.LATE | EffectMoment.OUT_OF_TURN:
            return (at.late + at.effect,)
        case EffectMoment.TWICE:
            return (at.effect, at.late + at.effect)
        case _:
            assert_never(effect)


def _answer(outcome: CallOutcome, fault: FaultOrNone, at: Times) -> Said | None:
    cause = NONE if outcome.ok else fault
    match outcome.reply:
        case ReplyMoment.IN_TIME:  # that is, after its effect, however long that is held
            held = outcome.effect is EffectMoment.OUT_OF_TURN
            return Said(at.late + at.reply if held else at.reply, outcome.ok, cause)
        case ReplyMoment.EARLY:
            return Said(at.effect, outcome.ok, cause)
        case ReplyMoment.LATE:
            return Said(at.late + at.reply, outcome.ok, cause)
        case ReplyMoment.NEVER:
            return None
        case _:
            assert_never(outcome.reply)
