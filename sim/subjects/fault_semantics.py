"""Fates: how the faults of the taxonomy become manners, effects and answers, for each style of call.

A promise is settled by the driver; a synchronous call is over when it returns, so it can neither hang nor be late; a
call that shows its success in a field has no reply but that field, or the error that the store shows, so its success
cannot come early, and one without effect is a hang.
"""

from collections.abc import Callable
from typing import NamedTuple

from broadcast_orchestrator.sim.subjects.protocol.messages import AT_ONCE, EFFECT_THEN_THROW, NOTHING, PENDING, THROW
from broadcast_orchestrator.sim.subjects.scenario import CallFault, Scenario, ways
from broadcast_orchestrator.sim.world.faults import (
    CONFLICT,
    DUPLICATE,
    EARLY_REPLY,
    EMPTY_SUCCESS,
    HANG,
    LATE,
    LOST_REPLY,
    MESSAGES,
    NONE,
    OVERTAKING,
    REFUSE,
)

PROMISE, SYNC, FIELD = "promise", "sync", "field"

OWN_MANNER = {PROMISE: PENDING, SYNC: AT_ONCE, FIELD: NOTHING}
"""How a call of each style behaves when nothing is said."""


class Said(NamedTuple):
    """An answer, so many milliseconds after the call."""

    at_ms: float
    ok: bool
    message: str = ""


class Fate(NamedTuple):
    """What becomes of one call: its manner ("" is its own), its effects in milliseconds after the call, its answer if
    there is one; `held`: its effect waits until a younger call to the same service has taken effect."""

    manner: str = ""
    effects_ms: tuple[float, ...] = ()
    answer: Said | None = None
    held: bool = False


def ways_in(kind: str, style: str) -> tuple[bool | None, ...]:
    """The values of `CallFault.ok` that make a difference for this fault in this style; none where a call of the
    style cannot suffer it, so that a search can leave it out."""
    if kind not in FATES[style]:
        return ()
    if style == SYNC and kind == REFUSE:
        return (None,)
    if style == FIELD and kind in (HANG, LATE):
        return (False,) if kind == HANG else (True, False)
    return ways(kind)


def applicable(kind: str, style: str) -> bool:
    """Whether a call of this style can suffer this fault."""
    return bool(ways_in(kind, style))


def fate_of(scenario: Scenario, operation: str, style: str, fault: CallFault | None) -> Fate:
    """What becomes of a call of the operation; a fault that its style cannot suffer is none."""
    times = Times(scenario.effect_ms(operation), scenario.reply_ms(operation), scenario.late_ms)
    if fault is None or fault.kind not in FATES[style]:
        return FATES[style][NONE](None, times)
    return FATES[style][fault.kind](fault.ok, times)


class Times(NamedTuple):
    """The effect and the reply of a call that works, and how much later is too late; milliseconds."""

    effect: float
    reply: float
    late: float


def _works(at: Times) -> Said:
    return Said(at.reply, True)


def _fails(kind: str, at: Times) -> Said:
    return Said(at.reply, False, MESSAGES[kind])


def _late(ok: bool | None, at: Times) -> Fate:
    if ok is False:
        return Fate(answer=Said(at.late + at.reply, False, MESSAGES[LATE]))
    return Fate(effects_ms=(at.effect + (at.late if ok else 0),), answer=Said(at.late + at.reply, True))


def _late_field(ok: bool | None, at: Times) -> Fate:
    if ok is False:
        return Fate(answer=Said(at.late + at.reply, False, MESSAGES[LATE]))
    return Fate(effects_ms=(at.late + at.reply,))


def _early(ok: bool | None, at: Times) -> Fate:
    said = Said(at.effect, False, "failed") if ok is False else Said(at.effect, True)
    return Fate(effects_ms=(at.reply,), answer=said)


FATES: dict[str, dict[str, Callable[[bool | None, Times], Fate]]] = {
    PROMISE: {
        NONE: lambda ok, at: Fate(effects_ms=(at.effect,), answer=_works(at)),
        REFUSE: lambda ok, at: Fate(THROW) if ok is False else Fate(answer=_fails(REFUSE, at)),
        LOST_REPLY: lambda ok, at: Fate(effects_ms=(at.effect,), answer=_fails(LOST_REPLY, at)),
        HANG: lambda ok, at: Fate(effects_ms=() if ok is False else (at.effect,)),
        LATE: _late,
        EARLY_REPLY: _early,
        OVERTAKING: lambda ok, at: Fate(
            effects_ms=(at.late + at.effect,), answer=Said(at.late + at.reply, True), held=True
        ),
        DUPLICATE: lambda ok, at: Fate(effects_ms=(at.effect, at.late + at.effect), answer=_works(at)),
        EMPTY_SUCCESS: lambda ok, at: Fate(answer=_works(at)),
        CONFLICT: lambda ok, at: Fate(answer=_fails(CONFLICT, at)),
    },
    SYNC: {
        NONE: lambda ok, at: Fate(AT_ONCE),
        REFUSE: lambda ok, at: Fate(THROW),
        LOST_REPLY: lambda ok, at: Fate(EFFECT_THEN_THROW),
        EARLY_REPLY: lambda ok, at: Fate(THROW if ok is False else NOTHING, effects_ms=(at.reply,)),
        OVERTAKING: lambda ok, at: Fate(NOTHING, effects_ms=(at.late + at.effect,), held=True),
        DUPLICATE: lambda ok, at: Fate(AT_ONCE, effects_ms=(at.late + at.effect,)),
        EMPTY_SUCCESS: lambda ok, at: Fate(NOTHING),
        CONFLICT: lambda ok, at: Fate(THROW),
    },
    FIELD: {
        NONE: lambda ok, at: Fate(effects_ms=(at.reply,)),
        REFUSE: lambda ok, at: Fate(THROW) if ok is False else Fate(answer=_fails(REFUSE, at)),
        LOST_REPLY: lambda ok, at: Fate(effects_ms=(at.effect,), answer=_fails(LOST_REPLY, at)),
        HANG: lambda ok, at: Fate(),
        LATE: _late_field,
        OVERTAKING: lambda ok, at: Fate(effects_ms=(at.late + at.effect,), held=True),
        DUPLICATE: lambda ok, at: Fate(effects_ms=(at.reply, at.late + at.effect)),
        CONFLICT: lambda ok, at: Fate(answer=_fails(CONFLICT, at)),
    },
}
"""For each style, what becomes of a call that suffers a fault; one that its style cannot suffer is missing."""
