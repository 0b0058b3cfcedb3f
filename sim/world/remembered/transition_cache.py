"""Steps remembered: what a step makes of a world is worked out once, and looked up ever after.

The core and the services are finite, so a simulation that runs long enough meets the same worlds again and again.
Worlds are numbered as they are met, with their count of faults left out, since it decides nothing, and with places
instead of the failures that the core keeps, since that decides little; a step from one to the next is then one look
into a dictionary. A step from a world where it was not taken yet is put together from what is known of the world's
control and of each service (see `step_rules`). What is remembered is what `sim.world.world.perform` did, and
nothing else.

An answer that is remembered is never wrong. `perform` reads the world, the step and the rules, and nothing besides: no
clock, no chance, no history. The world, its configuration included, and the step are the keys, compared whole; where
`perform` looks into a failure, what it finds there is a key as well (see `met_failures`). The rules have a
cache of their own. And what is remembered is never changed afterwards.
"""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Call, CancelTimer, CoreEffect, SetTimer
from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.table import IDLE, BroadcastState
from broadcast_orchestrator.model.views import INDEX
from broadcast_orchestrator.sim.world.fault_semantics import ANSWERED_BEFORE_EFFECT
from broadcast_orchestrator.sim.world.remembered.met_failures import FailuresMet, Inquiry, Kept, Remembered, told
from broadcast_orchestrator.sim.world.remembered.step_rules import ServiceNumbers, StepRule, StepRules
from broadcast_orchestrator.sim.world.service_state import HUNG, PENDING, REPLIED, ServiceState, is_left_behind
from broadcast_orchestrator.sim.world.steps import Answer, Effect, Reload, Step
from broadcast_orchestrator.sim.world.world import World, assemble, first_world, place_of, services_of

LARGEST, MOST_WAYS, ENOUGH = 250_000, 80_000, 4_000
"""How many places are remembered before all are forgotten, with how many ways of steps these are forgotten as well, and
how many new places are worth setting aside."""

Flights = tuple[tuple[int, int], ...]
"""Of each its service's place in `SERVICES` and its own place among the flights of that service."""


@dataclass(slots=True, eq=False)  # frozen it would take five times as long to make, and they are made all the time
class CachedStep:
    """A step from one world to the next: what the core asked for, and of it the calls and what became of the timer
    (None: nothing); `entered` are the states that it changed to, after a reload idle; `cost` is 1 for a fault. `gone`
    are the flights that are no more, the last first. Failures from before the step are told by their places, and `kept`
    are those that the core keeps (see `met_failures`). `digest` is what somebody makes of it who follows the run (see
    `TransitionCache`); None where that is nothing."""

    step: Step
    after: int
    effects: tuple[CoreEffect, ...]
    cost: int
    calls: tuple[Call, ...]
    timer: SetTimer | CancelTimer | None
    entered: tuple[BroadcastState, ...]
    gone: Flights
    kept: Kept | None
    digest: Any = None


FIRST_EFFECT = tuple(Effect(service, 0) for service in SERVICES)
FIRST_ANSWER = tuple(Answer(service, 0, ok=True) for service in SERVICES)
"""What a call that works, the only one of its service, comes to."""

PlainCall = tuple[CachedStep, CachedStep, bool]
"""The two steps with which such a call takes effect and is answered with success, and whether the answer leads to one
other call and to nothing else."""

Continuation = tuple[int, CachedStep]
"""The place before a step, and the step."""

Parts = tuple[int, ...]
"""What makes a place: the numbers of its control, of its services in the order of `SERVICES`, and of what there is to
remember of the way there."""


class PlainCalls(dict[tuple[int, int], PlainCall | None]):
    """For a world and the place of a service in `SERVICES` what comes of the only call of that service, where that is
    one that works; None where it is not, or nobody has seen it yet."""

    def __init__(self, steps: "TransitionCache") -> None:
        super().__init__()
        self._steps = steps

    def __missing__(self, of: tuple[int, int]) -> PlainCall | None:
        found = self._looked_for(*of)
        if found is not None:
            self[of] = found
        return found

    def _looked_for(self, world: int, at: int) -> PlainCall | None:
        """Both steps, if they are known: what rules do, broken ones above all, they do when it is time for it."""
        steps = self._steps
        flights = steps.services[world][at].flights
        if len(flights) != 1 or flights[0].effect is not PENDING:
            return None
        effect = steps.edges[world].get(FIRST_EFFECT[at])
        if effect is None or not steps.answerable[effect.after][at]:
            return None
        answer = steps.edges[effect.after].get(FIRST_ANSWER[at])
        if answer is None:
            return None
        return effect, answer, _leads_on(answer)


class LoneCalls(dict[tuple[int, int], Continuation | None]):
    """For a place, in a run that has met no failure, and the place of a service in `SERVICES` how the call to that
    service is answered, where it is the only thing on its way, works, and leads to one other call and to nothing that
    anybody outside could see; None where it is not so. What is not known is worked out."""

    def __init__(self, steps: "TransitionCache") -> None:
        super().__init__()
        self._steps = steps

    def __missing__(self, of: tuple[int, int]) -> Continuation | None:
        found = self[of] = self._worked_out(*of) if self._is_alone(*of) else None
        return found

    def _is_alone(self, place: int, at: int) -> bool:
        services = self._steps.services[place]
        flights = [flight for each in services for flight in each.flights]
        disturbed = any(each.reported or each.refusing for each in services)
        return len(flights) == len(services[at].flights) == 1 and flights[0].effect is PENDING and not disturbed

    def _worked_out(self, place: int, at: int) -> Continuation | None:
        effect = self._steps.edge(place, FIRST_EFFECT[at])
        if not self._steps.answerable[effect.after][at]:
            return None
        answer = self._steps.edge(effect.after, FIRST_ANSWER[at])
        return (effect.after, answer) if _leads_on(answer) and not answer.entered else None


def _leads_on(answer: CachedStep) -> bool:
    return len(answer.calls) == len(answer.gone) == 1 and not answer.cost and answer.kept is None


class TransitionCache:
    """Steps that were taken from places which are known by their numbers, under one set of rules. A place is a world;
    where somebody follows the run, it is a world together with what there is to remember of the way there.

    For each place: `cores` is its core without the views and with places for failures, `services` are its services in
    the order of `SERVICES`, `edges` are the steps taken from it that do not depend on what failures were met, `places`
    is where a fault of a call that is made there belongs, and `at_rest` whether it is quiet; `answerable` tells of each
    service whether nothing is in the way of a reply to its oldest call. `works` is what comes of calls that work, two
    steps at once, `lone` of those of them that are alone. `ways` are how steps were seen to go.
    """

    def __init__(self, ways: StepRules) -> None:
        self.ways = ways
        self.rules = ways.rules
        self.cores: list[CoreState] = []
        self.services: list[tuple[ServiceState, ...]] = []
        self.edges: list[dict[Step, CachedStep]] = []
        self.places: list[str] = []
        self.at_rest: list[bool] = []
        self.answerable: list[tuple[bool, ...]] = []
        self.works, self.lone = PlainCalls(self), LoneCalls(self)
        self._parts: list[Parts] = []
        self._numbers: dict[Parts, int] = {}
        self._starts: dict[OrchestratorConfig, int] = {}
        self._forked = Remembered[CachedStep]()
        # few of these are different, and each is kept once; as tuples steps of two kinds may be equal
        self._steps: dict[tuple[type, Step], Step] = {}
        self._gone: dict[Flights, Flights] = {}
        self._answerable: dict[tuple[bool, ...], tuple[bool, ...]] = {}

    def __len__(self) -> int:
        """How many there are."""
        return len(self.cores)

    def world(self, number: int, met: FailuresMet = ()) -> World:
        """The world of that number, without faults, in a run that has met these failures."""
        return assemble(told(self.cores[number], met), self.services[number], 0)

    def start(self, config: OrchestratorConfig) -> int:
        """Where everything begins."""
        start = self._starts.get(config)
        if start is None:
            world, numbers = first_world(config, self.rules), self.ways.numbers
            services = [each.number(whole) for each, whole in zip(numbers, services_of(world), strict=True)]
            parts = self.ways.control(world.core), *services, self._nothing_yet()
            start = self._starts[config] = self._number(parts)
        return start

    def edge(self, number: int, step: Step, met: FailuresMet = ()) -> CachedStep:
        """Everything about the step from there, in a run that has met these failures; raises what
        `sim.world.world.happen` raises for one that cannot be."""
        known = self.edges[number].get(step)
        if known is not None:
            return known
        inquiry, step = Inquiry(met), self._steps.setdefault((type(step), step), step)
        if met and (known := self._forked.get((number, step), inquiry)):
            return known
        known = self._work_out(number, step, inquiry)
        if inquiry.asked:
            self._forked.learn((number, step), inquiry.asked, known)
        else:
            self.edges[number][step] = known
        return known

    def _nothing_yet(self) -> int:
        """The number of what there is to remember when a run begins."""
        return 0

    def _work_out(self, number: int, step: Step, inquiry: Inquiry) -> CachedStep:
        """It has not been taken from there, where what is asked of the failures met has these answers."""
        world, rule = self._take(number, step, inquiry)
        return self._edge(number, step, rule, self._number((*world, 0)))

    def _take(self, number: int, step: Step, inquiry: Inquiry) -> tuple[Parts, StepRule]:
        """The control and the services after the step, and what comes of it."""
        control, *services, _ = self._parts[number]
        control, rule = self.ways.take(control, services, step, inquiry)
        return (control, *services), rule

    def _edge(self, before: int, step: Step, rule: StepRule, after: int, digest: Any = None) -> CachedStep:
        gone = tuple(_gone(step, self.ways.numbers, self._parts[before][1:-1], self._parts[after][1:-1]))
        return CachedStep(
            step,
            after,
            rule.effects,
            rule.cost,
            rule.calls,
            rule.timer,
            (IDLE,) if isinstance(step, Reload) else rule.entered,
            self._gone.setdefault(gone, gone),
            rule.kept,
            digest,
        )

    def _number(self, parts: Parts) -> int:
        number = self._numbers.setdefault(parts, len(self._parts))
        if number == len(self._parts):
            control, *services, _ = parts
            core, states = self.ways.controls[control], tuple(zip(self.ways.numbers, services, strict=True))
            answerable = tuple([numbers.answerable[state] for numbers, state in states])
            self._parts.append(parts)
            self.cores.append(core)
            self.services.append(self.ways.services(services))
            self.answerable.append(self._answerable.setdefault(answerable, answerable))
            self.edges.append({})
            self.places.append(place_of(core.procedure, True))
            rests = core.procedure is None
            self.at_rest.append(rests and True not in [numbers.busy[state] for numbers, state in states])
        return number


def _gone(step: Step, numbers: tuple[ServiceNumbers, ...], before: Parts, after: Parts) -> list[tuple[int, int]]:
    """The flights that the step ended: the one that it answered or, once answered, let take effect; the hung ones
    of a service when nobody waits for them any more; and all that a reload leaves without an effect to come."""
    gone = []
    if isinstance(step, Reload):
        return [
            (at, place)
            for at, each in reversed(list(enumerate(numbers)))
            for place, flight in reversed(list(enumerate(each.states[before[at]].flights)))
            if not is_left_behind(flight)
        ]
    if isinstance(step, Answer | Effect):
        at = INDEX[step.service]
        service = numbers[at].states[before[at]]
        if _ends(step, service):
            gone = [(at, step.flight)]
        if isinstance(step, Effect) and service.flights[step.flight].numbered:
            older = enumerate(service.flights[: step.flight])
            gone += [(at, place) for place, flight in older if (flight.effect, flight.reply) == (PENDING, REPLIED)]
    for at, each in enumerate(numbers):
        if after[at] != before[at] and each.hung[after[at]] < each.hung[before[at]]:
            flights = each.states[before[at]].flights
            gone += [(at, place) for place, flight in enumerate(flights) if flight.reply is HUNG]
    return sorted(gone, reverse=True)


def _ends(step: Answer | Effect, before: ServiceState) -> bool:
    if isinstance(step, Answer):
        return step.fault not in ANSWERED_BEFORE_EFFECT
    return before.flights[step.flight].reply is REPLIED


class _Memory:
    """What this process remembers, by the rules and by who follows the runs, and how many places of it the garbage
    collector no longer looks at."""

    ways: ClassVar[dict[type[Core], StepRules]] = {}
    steps: ClassVar[dict[tuple[type[Core], object], TransitionCache]] = {}
    aside = 0


Cache = TypeVar("Cache", bound=TransitionCache)


def steps_followed(rules: type[Core], by: object, begin: Callable[[StepRules, Cache | None], Cache]) -> Cache:
    """What this process remembers of these rules for whoever follows the runs; where that is nothing, too much, or over
    ways that are forgotten, it begins anew, with what there was at hand."""
    ways = _Memory.ways.get(rules)
    if ways is None or ways.written > MOST_WAYS:
        ways = _Memory.ways[rules] = StepRules(rules)
    steps: Cache | None = _Memory.steps.get((rules, by))  # type: ignore[assignment]  # it was begun by the same
    if steps is None or len(steps) > LARGEST or steps.ways is not ways:
        steps = _Memory.steps[rules, by] = begin(ways, steps)
    return steps


def steps_of(rules: type[Core] = Core) -> TransitionCache:
    """What this process remembers of these rules where nobody follows; a run goes on with what it was given when it
    began."""
    return steps_followed(rules, None, lambda ways, _: TransitionCache(ways))


def set_aside() -> None:
    """Spare the garbage collector going through all that is remembered again and again; for long rows of runs."""
    known = sum(len(steps) for steps in _Memory.steps.values())
    if abs(known - _Memory.aside) > ENOUGH:
        if known < _Memory.aside:
            gc.unfreeze()  # what was forgotten is in circles, and can go
        gc.collect()
        gc.freeze()
        _Memory.aside = known
