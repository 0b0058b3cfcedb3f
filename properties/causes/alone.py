"""A departure on its own: what a mistake breaks where everything else is as the reference does it."""

from typing import NamedTuple

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.properties.causes.ground import FirstDeparture
from broadcast_orchestrator.properties.guarantees.catalogue import watch, watch_all
from broadcast_orchestrator.properties.guarantees.memory import JudgeMemory
from broadcast_orchestrator.properties.guarantees.raising import raised_violation
from broadcast_orchestrator.properties.guarantees.verdicts import Violation, unforeseen
from broadcast_orchestrator.properties.model_check.proof import guarantee_and_gap, judge_of
from broadcast_orchestrator.sim.explore.explorer import explore
from broadcast_orchestrator.sim.explore.state_space import Bounds, StateSpace
from broadcast_orchestrator.sim.world.steps import Step
from broadcast_orchestrator.sim.world.trace import Passage, take, taken
from broadcast_orchestrator.sim.world.world import World, happen

WORLDS = 10_000
"""How many worlds are looked at after one departure; what it has not broken by then counts as broken by nothing."""


class Broken(NamedTuple):
    """What one departure breaks, and the steps that show it, those before the departure included."""

    violation: Violation
    steps: tuple[Step, ...]


def broken_alone(departure: FirstDeparture, rules: type[Core]) -> Broken | None:
    """What goes wrong in the reference when it does in the last step as `rules` do; None where nothing does nearby."""
    before, step = tuple(take(departure.steps[:-1], departure.named.config)), departure.steps[-1]
    memory, _ = watch_all(before)
    world = before[-1].after if before else _start(departure)
    try:
        after, effects = happen(world, step, rules)
    except Exception as raised:
        return Broken(raised_violation(raised), departure.steps)
    memory, violations = watch(memory, world, step, effects, after)
    if wrong := unforeseen(violations):
        return Broken(wrong[0], departure.steps)
    return _later(departure, memory, after)


def shown_alone(departure: FirstDeparture, broken: Broken, rules: type[Core]) -> tuple[Passage, ...]:
    """The run that shows it: the reference's, but for the one step that these rules take."""
    world, passages, at = _start(departure), list[Passage](), len(departure.steps) - 1
    for steps, mine in ((broken.steps[:at], Core), (broken.steps[at : at + 1], rules), (broken.steps[at + 1 :], Core)):
        passages += taken(steps, world, mine)[0]
        world = passages[-1].after
    return tuple(passages)


def _start(departure: FirstDeparture) -> World:
    return World(CoreState(config=departure.named.config))


def _later(departure: FirstDeparture, memory: JudgeMemory, world: World) -> Broken | None:
    """What goes wrong from there on, under the reference's rules."""
    judge = judge_of(Core)._replace(start=memory)
    space = StateSpace(departure.named.scope, Core, judge, Bounds(states=WORLDS))
    exploration = explore(space, world, kind_of=guarantee_and_gap, until=lambda kind: not kind[1])
    found = next((each for each in exploration.found if not each.violation.gap), None)
    return Broken(found.violation, (*departure.steps, *exploration.path(found))) if found else None
