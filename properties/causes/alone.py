"""A departure on its own: what a mistake breaks where everything else is as the reference does it."""

from typing import NamedTuple

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.causes.ground import FirstDeparture
from broadcast_orchestrator.properties.guarantees.catalogue import watch, watch_all
from broadcast_orchestrator.properties.guarantees.memory import JudgeMemory
from broadcast_orchestrator.properties.guarantees.raising import raised_violation
from broadcast_orchestrator.properties.guarantees.verdicts import Violation, unforeseen
from broadcast_orchestrator.properties.model_check.proof import guarantee_and_gap, judge_of
from broadcast_orchestrator.sim.explore.explorer import explore
from broadcast_orchestrator.sim.explore.state_space import Bounds, StateSpace
from broadcast_orchestrator.sim.world.rules_by_name import reference_of
from broadcast_orchestrator.sim.world.steps import Step
from broadcast_orchestrator.sim.world.trace import Passage, take, taken
from broadcast_orchestrator.sim.world.world import World, first_world, happen

WORLDS = 10_000
"""How many worlds are looked at after one departure; what it has not broken by then counts as broken by nothing."""


class Broken(NamedTuple):
    """What one departure breaks, and the steps that show it, those before the departure included."""

    violation: Violation
    steps: tuple[Step, ...]


def broken_alone(departure: FirstDeparture, rules: type[Core]) -> Broken | None:
    """What goes wrong in the reference when it does in the last step as `rules` do; None where nothing does nearby."""
    reference, step = reference_of(rules), departure.steps[-1]
    before = tuple(take(departure.steps[:-1], departure.named.config, reference))
    memory, _ = watch_all(before, reference)
    world = before[-1].after if before else _start(departure, reference)
    try:
        after, effects = happen(world, step, rules)
    except Exception as raised:
        return Broken(raised_violation(raised), departure.steps)
    memory, violations = watch(memory, world, step, effects, after, reference)
    if wrong := unforeseen(violations):
        return Broken(wrong[0], departure.steps)
    return _later(departure, memory, after, reference)


def shown_alone(departure: FirstDeparture, broken: Broken, rules: type[Core]) -> tuple[Passage, ...]:
    """The run that shows it: the reference's, but for the one step that these rules take."""
    reference, passages, at = reference_of(rules), list[Passage](), len(departure.steps) - 1
    world, steps = _start(departure, reference), broken.steps
    for some, mine in ((steps[:at], reference), (steps[at : at + 1], rules), (steps[at + 1 :], reference)):
        passages += taken(some, world, mine)[0]
        world = passages[-1].after if passages else world
    return tuple(passages)


def _start(departure: FirstDeparture, reference: type[Core]) -> World:
    return first_world(departure.named.config, reference)


def _later(departure: FirstDeparture, memory: JudgeMemory, world: World, reference: type[Core]) -> Broken | None:
    """What goes wrong from there on, under the reference's rules."""
    judge = judge_of(reference)._replace(start=memory)
    space = StateSpace(departure.named.scope, reference, judge, Bounds(states=WORLDS))
    exploration = explore(space, world, kind_of=guarantee_and_gap, until=lambda kind: not kind[1])
    found = next((each for each in exploration.found if not each.violation.gap), None)
    return Broken(found.violation, (*departure.steps, *exploration.path(found))) if found else None
