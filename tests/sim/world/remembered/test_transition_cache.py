"""Steps that are looked up or put together are steps that would be performed."""

import random
from collections import Counter

from random_walks import walked

from broadcast_orchestrator.model.config import DEFAULT_CONFIG
from broadcast_orchestrator.model.events import Call, CancelTimer, CoreEffect, SetTimer, Transition
from broadcast_orchestrator.model.operations import OPERATIONS, SERVICES
from broadcast_orchestrator.model.table import IDLE
from broadcast_orchestrator.properties.mutants import MUTANTS
from broadcast_orchestrator.sim.world.faults import FaultClass
from broadcast_orchestrator.sim.world.remembered.met_failures import FailuresMet, after_step, effects_told, told
from broadcast_orchestrator.sim.world.remembered.step_rules import StepRules
from broadcast_orchestrator.sim.world.remembered.transition_cache import CachedStep, TransitionCache
from broadcast_orchestrator.sim.world.service_state import DONE, OPEN
from broadcast_orchestrator.sim.world.steps import Do, Elsewhere, Reload, Step
from broadcast_orchestrator.sim.world.world import CALLS_ELSEWHERE, Scope, World, happen, place_of, quiet, services_of

SCOPE = Scope(tuple(FaultClass), limit=4, racing=True, sessions=(None, "s1", "s2"), filling=True)


def check_world(steps: TransitionCache, number: int, met: FailuresMet, world: World) -> None:
    """What is said of the world of that number, in a run that has met these failures, is so."""
    services = services_of(world)
    assert steps.world(number, met) == world._replace(faults=0)
    assert told(steps.cores[number], met) == world.core._replace(views=())
    assert len(set(met)) == len(met), "none is met twice"
    assert steps.services[number] == services
    assert steps.at_rest[number] == quiet(world)
    assert steps.places[number] == place_of(world.core.procedure, True)
    assert steps.answerable[number] == tuple(
        any((flight.effect, flight.reply) == (DONE, OPEN) for flight in whole.flights[:1]) and not whole.reported
        for whole in services
    )


def check_edge(
    edge: CachedStep, met: FailuresMet, effects: tuple[CoreEffect, ...], before: World, after: World
) -> None:
    """What is said of the step besides is so: what it costs, what of its effects is what, and which calls are over."""
    assert effects_told(edge.effects, met) == effects
    assert edge.cost == after.faults - before.faults
    assert list(edge.calls) == [each for each in edge.effects if isinstance(each, Call)]
    assert edge.timer == next((e for e in reversed(edge.effects) if isinstance(e, SetTimer | CancelTimer)), None)
    moved = [each.target for each in edge.effects if isinstance(each, Transition)]
    assert list(edge.entered) == ([IDLE] if isinstance(edge.step, Reload) else moved)
    sent = Counter(OPERATIONS[call.operation].service for call in edge.calls)
    if isinstance(edge.step, Elsewhere):
        sent = Counter(OPERATIONS[operation].service for operation in CALLS_ELSEWHERE[edge.step.command])
    gone = Counter(SERVICES[at] for at, _ in edge.gone)
    for service, flights, left in zip(SERVICES, before.flights, after.flights, strict=True):
        assert len(left) == len(flights) - gone[service] + sent[service]


def test_a_step_from_the_cache_is_the_step_performed() -> None:
    """In random walks through faults and racing commands, a step out of one cache gives the world, the effects and
    everything else that it gives when it is performed; most such steps are put together from known ways."""
    steps, taken = TransitionCache(StepRules()), 0
    for seed in range(150):
        number, met = steps.start(DEFAULT_CONFIG), FailuresMet()
        for world, step, effects, after in walked(random.Random(seed), SCOPE, 60):
            edge = steps.edge(number, step, met)
            assert edge.step == step
            check_edge(edge, met, effects, world, after)
            number, met, taken = edge.after, after_step(edge.kept, met), taken + 1
            check_world(steps, number, met, after)
    edges = [edge for each in steps.edges for edge in each.values()]
    assert taken > 1.5 * len(edges), "often a step is taken again from a world"
    assert len(edges) > 1.5 * steps.ways.written, (
        "often it is taken for the first time, and the way that it goes is known"
    )


def test_broken_rules_go_the_ways_that_they_would_go() -> None:
    """Under every mutant a step from the cache is the step performed."""
    for seed, mutant in enumerate(MUTANTS):
        draw, steps = random.Random(seed), TransitionCache(StepRules(mutant.rules))
        for _ in range(2):
            number, met = steps.start(mutant.config), FailuresMet()
            for _, step, effects, after in walked(draw, SCOPE, 50, mutant.rules, mutant.config):
                edge = steps.edge(number, step, met)
                assert effects_told(edge.effects, met) == effects, mutant.name
                number, met = edge.after, after_step(edge.kept, met)
                assert steps.world(number, met) == after._replace(faults=0), mutant.name


def raises(steps: TransitionCache, number: int, step: Step) -> tuple[type[Exception], str] | None:
    """What the cache raises for the step."""
    try:
        steps.edge(number, step)
    except Exception as mistake:
        return type(mistake), str(mistake)
    return None


def test_a_step_that_raises_is_tried_anew() -> None:
    """What raises leaves nothing behind: the same step raises again, and others go on."""
    steps = TransitionCache(StepRules())
    start = steps.start(World().core.config)
    mistake = raises(steps, start, Do("dance"))
    assert mistake is not None
    assert raises(steps, start, Do("dance")) == mistake
    assert steps.world(steps.edge(start, Do("initialize")).after) == happen(World(), Do("initialize"))[0]
