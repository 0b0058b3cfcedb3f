"""A run of ours told in sentences: what each step means, and what the orchestrator does because of it."""

from typing import assert_never

from broadcast_orchestrator.model.events import (
    Accepted,
    Call,
    CancelTimer,
    CoreEffect,
    Failure,
    GiveUp,
    Refused,
    SetTimer,
    Settled,
    Transition,
)
from broadcast_orchestrator.model.state import DELAY
from broadcast_orchestrator.model.views import INDEX
from broadcast_orchestrator.properties.telling import phrases
from broadcast_orchestrator.sim.world.faults import (
    BY_ID,
    CONFLICT,
    DUPLICATE,
    EARLY_REPLY,
    EMPTY_SUCCESS,
    HANG,
    LATE,
    LOST_REPLY,
)
from broadcast_orchestrator.sim.world.service_state import REPLIED, CallInFlight
from broadcast_orchestrator.sim.world.steps import (
    Answer,
    Conflict,
    Do,
    Effect,
    Elsewhere,
    Fill,
    Flip,
    Lose,
    Mark,
    Notice,
    Reconfigure,
    Reload,
    Suspend,
    Timer,
    fault_of,
)
from broadcast_orchestrator.sim.world.trace import Passage
from broadcast_orchestrator.sim.world.world import World

_ANSWERS: dict[tuple[bool, str], str] = {
    (True, EARLY_REPLY): "reports success before it has taken effect",
    (True, EMPTY_SUCCESS): "reports success, though nothing happened",
    (True, DUPLICATE): "succeeds, and will take effect once more",
    (False, CONFLICT): "is refused by the backend",
    (False, LOST_REPLY): "has taken effect, but its caller sees a failure",
    (False, EARLY_REPLY): "reports a failure before it takes effect after all",
    (False, LATE): "fails, too late for anyone to wait for it",
}
"""Answers that mean more than that the call succeeds or fails."""

_MARKS = {HANG: "will never be answered", LATE: "will be answered only after its limit"}


def what_happened(passage: Passage) -> str:
    """The step in words, its call named by its operation; a fault is named with its class."""
    fault = fault_of(passage.step)
    return _step(passage) + (f" [{fault} {BY_ID[fault].name}]" if fault in BY_ID else "")


def in_brief(passage: Passage) -> str:
    """The step in words, then the states that it led through, or where it was refused."""
    changes = [effect.target.value for effect in passage.effects if isinstance(effect, Transition)]
    states = " → ".join((passage.before.core.state.value, *changes))
    refused = any(isinstance(effect, Refused) for effect in passage.effects)
    return f"{what_happened(passage)} ({'refused in ' if refused else ''}{states})"


def in_full(passage: Passage) -> str:
    """The step in words, and everything that the orchestrator does because of it."""
    return "; ".join((what_happened(passage), *consequences(passage)))


def _step(passage: Passage) -> str:
    before = passage.before
    match passage.step:
        case Do(command, session):
            return phrases.asked(command, session)
        case Effect(service, index):
            return f"{_named(_flight(before, service, index))} {_effect(passage)}"
        case Answer(service, index, ok, fault):
            words = _ANSWERS.get((ok, fault), phrases.SUCCEEDS if ok else phrases.FAILS)
            return f"{_named(_flight(before, service, index))} {words}"
        case Mark(service, index, fault):
            return f"{_named(_flight(before, service, index))} {_MARKS[fault]}"
        case Reload() | Elsewhere() | Suspend():
            return _of_dashboard(passage.step)
        case other:
            return _around(other, before)


def _around(step: Timer | Lose | Notice | Flip | Conflict | Fill | Reconfigure, before: World) -> str:
    """The steps that are about no single call."""
    match step:
        case Timer():
            procedure = before.core.procedure
            return "the delay before the next attempt is over" if procedure and procedure.phase == DELAY else _LIMIT
        case Lose(service):
            return phrases.falls_over(service) if step.noticed else phrases.falls_over_unnoticed(service)
        case Notice(service, _, found):
            return phrases.found_on(service) if found else f"{service} reports that it was lost"
        case Flip(service):
            return phrases.switched(service, before.truth.active[INDEX[service]])
        case Conflict(refusing):
            return "the backend begins to refuse writes" if refusing else "the backend takes writes again"
        case Fill(present):
            return phrases.filled(present)
        case Reconfigure(config):
            old = before.core.config._asdict()
            return phrases.reconfigured({n: value for n, value in config._asdict().items() if old[n] != value})
        case _:
            assert_never(step)


def _of_dashboard(step: Reload | Elsewhere | Suspend) -> str:
    """What happens to the orchestrator as a whole."""
    match step:
        case Reload():
            return phrases.RELOADED
        case Elsewhere(command):
            return phrases.asked_elsewhere(command)
        case Suspend():
            return phrases.SUSPENDED
        case _:
            assert_never(step)


_LIMIT = "the time limit comes"


def _effect(passage: Passage) -> str:
    assert isinstance(passage.step, Effect)
    taken = passage.before.truth != passage.after.truth
    again = _flight(passage.before, passage.step.service, passage.step.flight).reply == REPLIED
    late = ", after its answer" if again else ""
    return (phrases.TAKES_EFFECT if taken else "changes nothing") + late


def _flight(world: World, service: str, index: int) -> CallInFlight:
    return world.flights[INDEX[service]][index]


def _named(flight: CallInFlight) -> str:
    return phrases.named(flight.operation, flight.session)


def consequences(passage: Passage, without: tuple[type[CoreEffect], ...] = ()) -> tuple[str, ...]:
    """What the orchestrator does because of the step, a sentence each, but nothing of the kinds in `without`.

    Timers are left out in any case: that one is armed is only interesting when it runs out.
    """
    sentences = (_consequence(effect) for effect in passage.effects if not isinstance(effect, without))
    return tuple(sentence for sentence in sentences if sentence)


def _consequence(effect: CoreEffect) -> str:
    match effect:
        case Call(operation, session):
            return phrases.called(operation, session)
        case GiveUp(operation, session):
            return f"waits no longer for {phrases.named(operation, session)}"
        case Transition(source, target, reason, forced):
            return phrases.moved(source, target, reason, *(["forced"] if forced else []))
        case Accepted(command, joined):
            return f"{command} {'joins the one under way' if joined else 'begins'}"
        case Refused(command, reason):
            return f"{command} is refused: {reason}"
        case Settled(command, verdict, failures, notes):
            noted = f"; noted: {listed(notes)}" if notes else ""
            return phrases.ended(command, verdict, listed(failures)) + noted
        case SetTimer() | CancelTimer():
            return ""
        case _:
            assert_never(effect)


def listed(failures: tuple[Failure, ...]) -> str:
    """Failures in their order, the first cause first."""
    return "; ".join(str(failure) for failure in failures)
