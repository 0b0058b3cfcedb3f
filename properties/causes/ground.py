"""The reference's ground: the cores that it comes to in some scopes, and what it does there at each event.

A first departure happens where everything was as in the reference until then. So whoever asks other rules for what
they do on this ground, event by event, meets first departures however many mistakes hide one another in the runs of
those rules.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import COMMANDS, START_BROADCAST, Command, Event, Reply, Report, TimerFired
from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.views import CallStanding
from broadcast_orchestrator.properties.causes.departed import DepartedStep
from broadcast_orchestrator.properties.causes.deviations import Kinds, deviations
from broadcast_orchestrator.properties.causes.outcome import Outcome, outcome_of
from broadcast_orchestrator.properties.model_check.proof import CONFIG
from broadcast_orchestrator.properties.model_check.scopes import BARE, HASTY, OTHER, NamedScope
from broadcast_orchestrator.sim.explore.exploration import Found
from broadcast_orchestrator.sim.explore.explorer import explore
from broadcast_orchestrator.sim.explore.lazy_tables import ValueFacts
from broadcast_orchestrator.sim.explore.loops.native import Numbers
from broadcast_orchestrator.sim.explore.state_space import StateSpace
from broadcast_orchestrator.sim.world.fault_semantics import message_of
from broadcast_orchestrator.sim.world.faults import LATE, LOST_SERVICE, REFUSE
from broadcast_orchestrator.sim.world.rules_by_name import reference_of
from broadcast_orchestrator.sim.world.steps import Fill, Reconfigure, Step
from broadcast_orchestrator.sim.world.trace import take
from broadcast_orchestrator.sim.world.world import Scene, Scope, World, choices, event_of, first_world, happen, heard

GROUNDS = (
    NamedScope("commands come at any moment", Scope(racing=True)),
    NamedScope("a call is refused or late", Scope((REFUSE, LATE), limit=1)),
    NamedScope("content goes and comes", Scope(filling=True)),
    NamedScope("neither retries nor auto-recovery nor sync", Scope((REFUSE,), limit=1), BARE),
    NamedScope("calls are refused twice", Scope((REFUSE,), limit=2)),
    NamedScope("two retries", Scope((REFUSE,), limit=2), CONFIG._replace(max_retries=2)),
    NamedScope("starts without a session and with two", Scope((REFUSE,), limit=1, sessions=(None, "s1", "s2"))),
    NamedScope("the configuration changes", Scope((REFUSE,), limit=1, configs=(CONFIG, OTHER))),
    NamedScope("a refusal and a lost service", Scope((REFUSE, LOST_SERVICE), limit=2), HASTY),
    NamedScope("a call is refused, commands racing", Scope((REFUSE,), limit=1, racing=True)),
)
"""Where the reference is asked, plain scopes first. What it knows is all that counts here, so the two classes that it
can tell apart, a failed reply and a late one, stand for all that hit a call."""

WORLDS_TRIED = 64
"""In how many worlds of a core an event is looked for; it may need an answer that only some of them give."""

UNREACHED = 6
"""How many moments of one kind that no step of the scope leads to are looked for in vain."""

BITS = 9
"""How many bits the number of a view takes in that of a core."""


class Moment(NamedTuple):
    """A core that the reference comes to, by its number and as it is, an event, and what the reference makes of it."""

    number: int
    core: CoreState
    event: Event
    reference: Outcome


class FirstDeparture(NamedTuple):
    """Rules that do otherwise than the reference where nothing differed before: the scope, the steps that lead there,
    the last one included, and what differs in it."""

    named: NamedScope
    steps: tuple[Step, ...]
    last: DepartedStep


class Ground:
    """The reference's ground in one scope, be it one with measures."""

    def __init__(self, named: NamedScope, reference: type[Core]) -> None:
        self.named, self.reference = named, reference
        self._exploration = explore(StateSpace(named.scope, reference), first_world(named.config, reference))
        self._cores = tuple(self._numbered())
        self.moments = tuple(self._moments())

    def _numbered(self) -> Iterator[Numbers]:
        """For each level the number of the core of each world: its control and its views, everything else left out."""
        numbers = self._exploration.space.numbers
        facts = [ValueFacts(states, _number_of_view()) for states in numbers.locals]
        for keys in self._exploration.levels:
            parts = numbers.parts(keys)
            code = parts.controls
            for at, digits in enumerate(parts.digits):
                code = (code << BITS) | facts[at].of(digits)
            yield code

    def _moments(self) -> Iterator[Moment]:
        """Every event for enough cores that each service is met in each standing that it has beside each control."""
        met: set[tuple[int, int, int]] = set()
        for keys, cores in zip(self._exploration.levels, self._cores, strict=True):
            numbers, firsts = np.unique(cores, return_index=True)
            for number, first in zip(numbers.tolist(), firsts.tolist(), strict=True):
                parts = set(_parts(number))
                if not parts <= met:
                    met |= parts
                    core = self._world(int(keys[first])).core
                    for event in self._events(core):
                        yield Moment(number, core, event, outcome_of(core, event, self.reference))

    def _world(self, key: int) -> World:
        return self._exploration.space.numbers.world(key)[0]

    def _events(self, core: CoreState) -> Iterator[Event]:
        """What may happen to this core in the scope, and perhaps more: a step is looked for only where it matters. What
        is the same where a simpler scope has it is left to that one."""
        scope, procedure = self.named.scope, core.procedure
        losing = LOST_SERVICE in scope.faults
        if losing:
            yield from (Report(service, "lost") for service in SERVICES)
        if losing and (procedure is None or not procedure.notes):
            yield from self._replies(core, (CallStanding.GIVEN_UP,))
            return
        if procedure is None or scope.racing:
            for command in COMMANDS:
                sessions = scope.sessions if command == START_BROADCAST else (None,)
                yield from (Command(command, session) for session in sessions)
        if scope.racing and scope.limit:
            return
        yield from self._replies(core, tuple(CallStanding))
        if procedure is not None:
            yield TimerFired()
        if scope.filling:
            yield event_of(Fill(not core.content))
        yield from (event_of(Reconfigure(config)) for config in scope.configs if config != core.config)

    @staticmethod
    def _replies(core: CoreState, standings: tuple[CallStanding, ...]) -> Iterator[Event]:
        """Both answers to every call of these standings."""
        for service, view in zip(SERVICES, core.views, strict=True):
            for at, call in enumerate(view.calls):
                if call.standing in standings:
                    yield Reply(service, at, ok=True)
                    yield Reply(service, at, ok=False, message=message_of(REFUSE))

    def departures(self, rules: type[Core], wanted: Callable[[DepartedStep], bool]) -> Iterator[FirstDeparture]:
        """The first departures of these rules, the nearest first, as far as they are `wanted` when they are met."""
        missed: Counter[Kinds] = Counter()
        for moment in self.moments:
            core, event, there = moment.core, moment.event, moment.reference
            here = outcome_of(core, event, rules)
            if here == there:
                continue
            step = DepartedStep(core, event, deviations(core, event, there, here))
            if missed[step.kinds] < UNREACHED and wanted(step):
                steps = self._way_to(moment)
                last = departed_in(steps, self.named, rules) if steps else None
                if last is None:
                    missed[step.kinds] += 1
                else:
                    yield FirstDeparture(self.named, steps, last)

    def _way_to(self, moment: Moment) -> tuple[Step, ...]:
        """A shortest way to a world with this core in which the event can happen, and the step that is the event; ()
        where no world near offers it."""
        left = WORLDS_TRIED
        for level, (keys, cores) in enumerate(zip(self._exploration.levels, self._cores, strict=True)):
            for key in keys[cores == moment.number][:left].tolist():
                left -= 1
                if steps := self._steps_to(self._world(key), moment.event):
                    record = self._exploration.space.numbers.record(key)
                    return (*self._exploration.path(Found(None, record, level, key, None)), *steps)
        return ()

    def _steps_to(self, world: World, event: Event) -> tuple[Step, ...]:
        """The step that is the event, with one before it of which the core hears nothing where it takes that; () where
        neither is enough."""
        offered = tuple(choices(world, self.named.scope))
        unheard = [step for step in offered if event_told(world, step) is None]
        for before in ((), *((step,) for step in unheard)):
            there = happen(world, before[0], self.reference)[0] if before else world
            for step in choices(there, self.named.scope):
                if event_told(there, step) == event:
                    return (*before, step)
        return ()


def _number_of_view() -> Callable[[object], int]:
    """Gives each view a number, in the order in which they are met."""
    views: dict[object, int] = {}
    return lambda state: views.setdefault(state.view, len(views))  # type: ignore[attr-defined]


def _parts(number: int) -> Iterator[tuple[int, int, int]]:
    """The number of a core taken apart: for each service its place, and the numbers of the control and of its view."""
    control = number >> BITS * len(SERVICES)
    for at in range(len(SERVICES)):
        yield at, control, number >> BITS * at & (1 << BITS) - 1


def departed_in(steps: tuple[Step, ...], named: NamedScope, rules: type[Core]) -> DepartedStep | None:
    """What differs in the last of the steps; None where nothing does: a search strikes out what decides nothing, such
    as which failures there were."""
    before = list(take(steps, named.config, reference_of(rules)))[-1].before
    event = event_told(before, steps[-1])
    assert event is not None
    departed = DepartedStep.of(before.core, event, rules)
    return departed if departed.found else None


@lru_cache
def ground(named: NamedScope, reference: type[Core]) -> Ground:
    """The reference's ground in the scope, explored once."""
    return Ground(named, reference)


def event_told(world: World, step: Step) -> Event | None:
    """What the core hears of the step in this world; None where it hears nothing."""
    return heard(Scene(world).ask, step)
