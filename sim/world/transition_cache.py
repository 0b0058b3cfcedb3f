"""Steps remembered: what a step makes of a world is worked out once, and looked up ever after.

The core and the services are finite, so a simulation that runs long enough meets the same worlds again and again.
Worlds are numbered as they are met, with their count of faults left out, since it decides nothing; a step from one to
the next is then one look into a dictionary. What is remembered is what `sim.world.world.perform` did, and nothing else.

An answer that is remembered is never wrong. `perform` reads the world, the step and the rules, and nothing besides: no
clock, no chance, no history. The world, its configuration included, and the step are the keys, compared whole; the
rules have a cache of their own. And what is remembered is immutable, so nobody can change it afterwards.
"""

import gc
from typing import ClassVar, NamedTuple

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Call, CancelTimer, CoreEffect, SetTimer, Transition
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.table import BroadcastState
from broadcast_orchestrator.model.views import INDEX
from broadcast_orchestrator.sim.world.fault_semantics import ANSWERED_BEFORE_EFFECT
from broadcast_orchestrator.sim.world.service_state import HUNG, REPLIED, CallInFlight, ServiceState
from broadcast_orchestrator.sim.world.steps import Answer, Effect, Step
from broadcast_orchestrator.sim.world.world import Scene, World, perform, place_of, quiet, services_of

LARGEST, ENOUGH = 30_000, 1_000
"""How many worlds are remembered before everything is forgotten, and how many new ones are worth setting aside."""


class CachedStep(NamedTuple):
    """A step from one world to the next, and its own number: what the core asked for, and of it the calls and what
    became of the timer (None: nothing); `entered` are the states that it changed to; `cost` is 1 for a fault. `gone`
    are the flights that are no more: the service's place in `SERVICES` and the flight's place, the last first."""

    number: int
    step: Step
    after: int
    effects: tuple[CoreEffect, ...]
    cost: int
    calls: tuple[Call, ...]
    timer: SetTimer | CancelTimer | None
    entered: tuple[BroadcastState, ...]
    gone: tuple[tuple[int, int], ...]


class TransitionCache:
    """What has been worked out so far under one set of rules. A world is known by its number.

    For each world: `worlds` is itself, `edges` are the steps taken from it, `services` are its services in the order
    of `SERVICES`, `places` is where a fault of a call that is made there belongs, and `at_rest` whether it is quiet.
    """

    def __init__(self, rules: type[Core] = Core) -> None:
        self.rules = rules
        self.worlds: list[World] = []
        self.edges: list[dict[Step, CachedStep]] = []
        self.services: list[tuple[ServiceState, ...]] = []
        self.places: list[str] = []
        self.at_rest: list[bool] = []
        self._numbers: dict[World, int] = {}
        self._starts: dict[OrchestratorConfig, int] = {}
        self._worked_out = 0

    def start(self, config: OrchestratorConfig) -> int:
        """The world in which everything begins."""
        if config not in self._starts:
            world = World(CoreState(config=config))
            self._starts[config] = self._number(world, services_of(world))
        return self._starts[config]

    def edge(self, world: int, step: Step) -> CachedStep:
        """Everything about the step from that world; raises what `sim.world.world.happen` raises for one that cannot
        be."""
        known = self.edges[world].get(step)
        return known if known is not None else self._work_out(world, step)

    def _work_out(self, number: int, step: Step) -> CachedStep:
        before = self.worlds[number]
        scene = Scene(before, self.services[number])
        effects = perform(scene, step, self.rules)
        cost, scene.faults = scene.faults, 0
        after = scene.world()
        timers = [effect for effect in effects if isinstance(effect, SetTimer | CancelTimer)]
        self._worked_out += 1
        edge = CachedStep(
            self._worked_out,
            step,
            self._number(after, scene.services()),
            effects,
            cost,
            tuple(effect for effect in effects if isinstance(effect, Call)),
            timers[-1] if timers else None,
            tuple(effect.target for effect in effects if isinstance(effect, Transition)),
            tuple(_gone(before, step, after)),
        )
        self.edges[number][step] = edge
        return edge

    def _number(self, world: World, services: tuple[ServiceState, ...]) -> int:
        number = self._numbers.setdefault(world, len(self.worlds))
        if number == len(self.worlds):
            self.worlds.append(world)
            self.edges.append({})
            self.services.append(services)
            self.places.append(place_of(world.core.procedure, True))
            self.at_rest.append(quiet(world))
        return number


def _gone(before: World, step: Step, after: World) -> list[tuple[int, int]]:
    """The flights that the step ended: the one that it answered or, once answered, let take effect; and the hung ones
    of a service when nobody waits for them any more."""
    gone = [(INDEX[step.service], step.flight)] if isinstance(step, Answer | Effect) and _ends(before, step) else []
    for at, (flights, left) in enumerate(zip(before.flights, after.flights, strict=True)):
        if _hung(left) < _hung(flights):
            gone += [(at, place) for place, flight in enumerate(flights) if flight.reply is HUNG]
    return sorted(gone, reverse=True)


def _ends(before: World, step: Answer | Effect) -> bool:
    if isinstance(step, Answer):
        return step.fault not in ANSWERED_BEFORE_EFFECT
    return before.flights[INDEX[step.service]][step.flight].reply is REPLIED


def _hung(flights: tuple[CallInFlight, ...]) -> int:
    return sum(flight.reply is HUNG for flight in flights)


class _Memory:
    """What this process remembers, and how many worlds of it the garbage collector no longer looks at."""

    steps: ClassVar[dict[type[Core], TransitionCache]] = {}
    aside = 0


def steps_of(rules: type[Core] = Core) -> TransitionCache:
    """What this process remembers of these rules; a run goes on with what it was given when it began."""
    steps = _Memory.steps.get(rules)
    if steps is None or len(steps.worlds) > LARGEST:
        steps = _Memory.steps[rules] = TransitionCache(rules)
    return steps


def set_aside() -> None:
    """Spare the garbage collector going through all that is remembered again and again; for long rows of runs."""
    known = sum(len(steps.worlds) for steps in _Memory.steps.values())
    if abs(known - _Memory.aside) > ENOUGH:
        gc.collect()
        gc.freeze()
        _Memory.aside = known
