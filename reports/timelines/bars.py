"""The calls of a run as bars: when each was issued, took effect and was answered, followed step by step."""

from dataclasses import dataclass, field

from broadcast_orchestrator.model.events import Call, GiveUp
from broadcast_orchestrator.model.operations import CALLABLE, SERVICES
from broadcast_orchestrator.model.views import INDEX
from broadcast_orchestrator.sim.subjects.at_return import at_return
from broadcast_orchestrator.sim.subjects.driver import faults_by_call
from broadcast_orchestrator.sim.subjects.evidence import Evidence, EvidenceMoment
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    FIELD,
    Begin,
    Called,
    GiveAnswer,
    SubjectStep,
    TakeEffect,
)
from broadcast_orchestrator.sim.world.faults import HANG
from broadcast_orchestrator.sim.world.service_state import is_left_behind
from broadcast_orchestrator.sim.world.steps import Answer, Effect, Elsewhere, Mark, Reload, Step
from broadcast_orchestrator.sim.world.trace import Passage
from broadcast_orchestrator.sim.world.world import CALLS_ELSEWHERE, ITS_SESSION, World


@dataclass
class Bar:
    """A call, from its issue to its end; `number` counts the calls of a run from 0. All moments are numbers of steps;
    None: it never came to that. `ok` is the answer; `faults` are (moment, class) of what went wrong with it; `unheard`:
    nobody here hears of it, since it is another dashboard's, or that of a life before a reload.
    """

    number: int
    service: str
    operation: str
    session: str | None
    begin: int
    end: int | None = None
    effect: int | None = None
    reply: int | None = None
    ok: bool = False
    given_up: int | None = None
    faults: list[tuple[int, str]] = field(default_factory=list)
    unheard: bool = False


# -- A run of ours --------------------------------------------------------------------------------


class CallBars:
    """The calls of a run while it goes on, each followed by its place among the flights of its service."""

    def __init__(self) -> None:
        self.bars: list[Bar] = []
        self.flying: dict[str, list[Bar]] = {service: [] for service in SERVICES}

    def add(self, number: int, passage: Passage) -> list[Bar]:
        """Follow the calls through one more step, which has this number; those that it concerns."""
        concerned = _advance(self.flying, number, passage.step)
        if isinstance(passage.step, Elsewhere):
            concerned += [
                self._issued(number, Call(o, ITS_SESSION), unheard=True) for o in CALLS_ELSEWHERE[passage.step.command]
            ]
        elif isinstance(passage.step, Reload):
            concerned += _forget(self.flying, number, passage.before)
        for effect in passage.effects:
            if isinstance(effect, Call):
                concerned.append(self._issued(number, effect))
            elif isinstance(effect, GiveUp):
                concerned.append(_give_up(self.flying, number, effect))
        return concerned + _bury(self.flying, number, passage.after)

    def _issued(self, number: int, call: Call, *, unheard: bool = False) -> Bar:
        service = CALLABLE[call.operation].service
        bar = Bar(len(self.bars), service, call.operation, call.session, number, unheard=unheard)
        bar.given_up = number if unheard else None
        self.bars.append(bar)
        self.flying[bar.service].append(bar)
        return bar


def _advance(flying: dict[str, list[Bar]], number: int, step: Step) -> list[Bar]:
    if not isinstance(step, Effect | Answer | Mark):
        return []
    bar = flying[step.service][step.flight]
    if step.fault:
        bar.faults.append((number, step.fault))
    if isinstance(step, Effect):
        bar.effect = number
    elif isinstance(step, Answer):
        bar.reply, bar.ok = number, step.ok
    return [bar]


def _give_up(flying: dict[str, list[Bar]], number: int, effect: GiveUp) -> Bar:
    """Only the newest call of an operation can still be waited for."""
    calls = [bar for bar in flying[CALLABLE[effect.operation].service] if bar.reply is None and not bar.unheard]
    matching = [bar for bar in calls if (bar.operation, bar.session) == (effect.operation, effect.session)]
    matching[-1].given_up = number
    return matching[-1]


def _forget(flying: dict[str, list[Bar]], number: int, before: World) -> list[Bar]:
    """After a reload nobody hears of a call any more; those without an effect to come are over."""
    concerned = [bar for bars in flying.values() for bar in bars]
    for service, bars in flying.items():
        for bar, flight in zip(tuple(bars), before.flights[INDEX[service]], strict=True):
            bar.unheard, bar.given_up = True, number if bar.given_up is None else bar.given_up
            if not is_left_behind(flight):
                bar.end = number
                bars.remove(bar)
    return concerned


def _bury(flying: dict[str, list[Bar]], number: int, after: World) -> list[Bar]:
    """Take out the calls that are over, as many as the world took out."""
    buried: list[Bar] = []
    for service, bars in flying.items():
        excess = len(bars) - len(after.flights[INDEX[service]])
        over = [bar for bar in bars if _is_over(bar, number)]
        if excess > len(over):
            newest = max((place for place, bar in enumerate(bars) if bar.effect == number), default=0)
            over += [bar for bar in bars[:newest] if _is_refused_unheard(bar)]
        for bar in over[:excess]:
            bar.end = number
            bars.remove(bar)
            buried.append(bar)
    return buried


def _is_over(bar: Bar, number: int) -> bool:
    """Whether this step brought what may end the call: its answer, its overdue effect, or that nobody waits for it."""
    if bar.given_up == number:
        return any(fault == HANG for _, fault in bar.faults)
    return (bar.reply is not None or bar.unheard) and number in (bar.effect, bar.reply)


def _is_refused_unheard(bar: Bar) -> bool:
    """Whether it would be over without an effect; a service that knows numbers refuses it beside a newer one."""
    return bar.effect is None and (bar.reply is not None or bar.unheard)


# -- What was seen of a subject -------------------------------------------------------------------


class EvidenceBars:
    """The calls of a subject while its run goes on, as far as they can be seen. That nobody waits for one any more
    cannot; a fault on order is there from the call's beginning."""

    def __init__(self) -> None:
        self.bars: list[Bar] = []
        self._by_number: dict[int, Bar] = {}
        self._initialized = False

    def add(self, number: int, moment: EvidenceMoment, evidence: Evidence) -> list[Bar]:
        """Follow the calls through one more moment of the evidence, which has this number; those that it concerns."""
        concerned = self._settle(number, moment.step, evidence)
        for event in moment.events:
            if isinstance(event, Called):
                self._by_number[event.call] = self._issued(number, event, evidence)
                self.bars.append(self._by_number[event.call])
                concerned.append(self.bars[-1])
        self._initialized = moment.truth.initialized
        return concerned

    def _settle(self, number: int, step: SubjectStep, evidence: Evidence) -> list[Bar]:
        """An effect or an answer; where the style is "field", the first effect answers, too."""
        if not isinstance(step, TakeEffect | GiveAnswer) or step.call not in self._by_number:
            return []
        bar = self._by_number[step.call]
        answer = step.ok if isinstance(step, GiveAnswer) else evidence.about.styles.get(bar.operation) == FIELD or None
        if isinstance(step, TakeEffect) and bar.effect is None:
            bar.effect = number
        if answer is not None and bar.reply is None:
            bar.reply, bar.ok = number, answer
        if bar.reply is not None:
            bar.end = number
        return [bar]

    def _issued(self, number: int, event: Called, evidence: Evidence) -> Bar:
        """The call, with what has come of it already when it returns."""
        nth = 1 + sum(bar.operation == event.operation for bar in self.bars)
        first = evidence.moments[0].step
        behaviours = first.manners if isinstance(first, Begin) else {}
        come = at_return(event.operation, nth, behaviours, evidence.about.styles, initialized=self._initialized)
        over = None if come.ok is None else number
        fault = faults_by_call(evidence.scenario).get((event.operation, nth))
        return Bar(
            len(self.bars),
            CALLABLE[event.operation].service,
            event.operation,
            event.session,
            begin=number,
            end=over,
            effect=number if come.effect else None,
            reply=over,
            ok=bool(come.ok),
            faults=[(number, fault.kind)] if fault else [],
        )
