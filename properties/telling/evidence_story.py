"""What was seen of a subject told in sentences: what each step means, and what the subject does because of it."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, assert_never

from broadcast_orchestrator.model.events import FAILED, SUCCEEDED
from broadcast_orchestrator.model.operations import ON_AIR_SERVICES
from broadcast_orchestrator.model.table import IDLE
from broadcast_orchestrator.properties.telling import phrases
from broadcast_orchestrator.properties.telling.scenario_story import FORM_WORDS
from broadcast_orchestrator.sim.subjects.evidence import Evidence, EvidenceMoment
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    Advance,
    Begin,
    Called,
    ChangeConfig,
    CommandElsewhere,
    CommandSettled,
    EffectElsewhere,
    ErrorText,
    FillFeed,
    FlipService,
    GiveAnswer,
    GiveCommand,
    Logged,
    LookAround,
    LoseService,
    Recorded,
    ReloadPage,
    ResumeTimers,
    SetClock,
    Snapshot,
    StateShown,
    SubjectEvent,
    SubjectStep,
    SuspendTimers,
    TakeEffect,
    Unhandled,
    Wrote,
)
from broadcast_orchestrator.sim.world.world import Truth


class ToldMoment(NamedTuple):
    """A moment in words: the step, what followed, and what the last command that ended then was told ("": none)."""

    words: str
    then: tuple[str, ...] = ()
    answer: str = ""


def told(evidence: Evidence) -> Iterator[tuple[float, str]]:
    """The whole run: at which time, in milliseconds, what happened."""
    for moment, words in zip(evidence.moments, in_full(evidence.moments), strict=True):
        if matters(moment):
            yield moment.at_ms, words


def in_full(moments: Iterable[EvidenceMoment]) -> tuple[str, ...]:
    """Each step in words, and everything that the subject does because of it."""
    teller = EvidenceTeller()
    return tuple("; ".join((each.words, *each.then)) for each in map(teller.tell, moments))


def matters(moment: EvidenceMoment) -> bool:
    """Whether anything happened: looking at a snapshot is no step of a run, unless something followed."""
    return not isinstance(moment.step, LookAround | Begin) or any(
        not isinstance(event, Snapshot | Logged) for event in moment.events
    )


def reason_given(moment: EvidenceMoment, source: str, target: str) -> str:
    """Why the state changed so, by the history that the subject itself keeps; "" where that does not say."""
    recorded = (event for event in moment.events if isinstance(event, Recorded))
    return next((event.reason for event in recorded if (event.source, event.target) == (source, target)), "")


class EvidenceTeller:
    """Tells the moments of one run, in their order: it remembers what the later ones refer to."""

    def __init__(self) -> None:
        self._state: str = IDLE
        self._calls: dict[int, str] = {}
        self._commands: dict[int, str] = {}
        self._truth = Truth()

    def tell(self, moment: EvidenceMoment, without: tuple[type[SubjectEvent], ...] = ()) -> ToldMoment:
        """The next moment, but nothing of the kinds in `without`."""
        words, then, answer = self._step(moment.step), [], ""
        for event in moment.events:
            sentence = self._event(event, moment)
            if sentence and not isinstance(event, without):
                then.append(sentence)
            if isinstance(event, CommandSettled):
                answer = sentence
        self._truth = moment.truth
        return ToldMoment(words, tuple(then), answer)

    def _step(self, step: SubjectStep) -> str:
        match step:
            case Begin():
                return "a fresh instance of the implementation begins"
            case GiveCommand(number, command, session):
                self._commands[number] = phrases.named(command, session)
                return phrases.asked(command, session)
            case TakeEffect(call):
                return f"{self._call(call)} {phrases.TAKES_EFFECT}"
            case GiveAnswer(call, ok, _, form, found):
                failing = _because(f"{phrases.FAILS}{FORM_WORDS.get(form, '')}", step.words)
                return f"{self._call(call)} {phrases.found(found) if ok else failing}"
            case Advance():
                return "timers run out"
            case SetClock() | SuspendTimers() | ResumeTimers() | ReloadPage() | CommandElsewhere() | EffectElsewhere():
                return _of_dashboard(step)
            case LookAround():
                return "a snapshot is asked for"
            case other:
                return self._around(other)

    def _around(self, step: LoseService | FlipService | FillFeed | ChangeConfig) -> str:
        """What befalls the services, and the configuration."""
        match step:
            case LoseService(service, noticed):
                return phrases.falls_over_and_reports(service) if noticed else phrases.falls_over_unnoticed(service)
            case FlipService(service):
                return phrases.switched(
                    service, dict(zip(ON_AIR_SERVICES, self._truth.active, strict=False)).get(service)
                )
            case FillFeed(present):
                return phrases.filled(present)
            case ChangeConfig(config):
                return phrases.reconfigured(config)
            case _:
                assert_never(step)

    def _event(self, event: SubjectEvent, moment: EvidenceMoment) -> str:
        match event:
            case Called(_, _, call, operation, session):
                self._calls[call] = phrases.named(operation, session)
                return phrases.called(operation, session)
            case CommandSettled(_, _, number, ok, message):
                command = self._commands.get(number, f"command {number}")
                return phrases.ended(command, SUCCEEDED) if ok else phrases.ended(command, FAILED, message)
            case StateShown(_, _, state):
                source, self._state = self._state, state
                return phrases.moved(source, state, *filter(None, [reason_given(moment, source, state)]))
            case ErrorText(_, _, text):
                return f"the error says {text}" if text else "the error is cleared"
            case Wrote(_, _, service, field, value):
                return f"writes {service}.{field} = {value} by itself"
            case Unhandled(_, _, message):
                return f"nobody catches: {message}"
            case Recorded() | Logged() | Snapshot():
                return ""
            case _:
                assert_never(event)

    def _call(self, number: int) -> str:
        return self._calls.get(number, "a call")


def _of_dashboard(
    step: SetClock | SuspendTimers | ResumeTimers | ReloadPage | CommandElsewhere | EffectElsewhere,
) -> str:
    """What befalls the dashboard as a whole, its clock, or the services by another one."""
    match step:
        case SetClock(by_ms):
            return phrases.clock_set(by_ms)
        case SuspendTimers():
            return "timers stand still"
        case ResumeTimers():
            return "timers go on, and those that are overdue run out"
        case ReloadPage():
            return phrases.RELOADED
        case CommandElsewhere(command):
            return phrases.asked_elsewhere(command)
        case EffectElsewhere(operation, session):
            return f"{phrases.named(operation, session)} of the other dashboard {phrases.TAKES_EFFECT}"
        case _:
            assert_never(step)


def _because(what: str, message: str) -> str:
    return f"{what}: {message}" if message else what
