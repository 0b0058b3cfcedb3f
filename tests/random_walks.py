"""Random walks through the world, for tests that compare two ways of doing the same along them."""

import random
from collections.abc import Iterator
from typing import NamedTuple

from broadcast_orchestrator.model.config import DEFAULT_CONFIG, OrchestratorConfig
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import CoreEffect
from broadcast_orchestrator.sim.world.steps import Do, Step, fault_of
from broadcast_orchestrator.sim.world.world import Scope, World, choices, first_world, happen


class WalkedStep(NamedTuple):
    """A step from one world to the next, and what the core asked for."""

    before: World
    step: Step
    effects: tuple[CoreEffect, ...]
    after: World


def drawn(draw: random.Random, world: World, scope: Scope) -> Step:
    """A step that can happen now: mostly the world goes on by itself."""
    offered = list(choices(world, scope))
    calm = [step for step in offered if not fault_of(step) and not isinstance(step, Do)]
    return draw.choice(calm if calm and draw.random() < 0.6 else offered)


def walked(
    draw: random.Random, scope: Scope, most: int, rules: type[Core] = Core, config: OrchestratorConfig = DEFAULT_CONFIG
) -> Iterator[WalkedStep]:
    """At most so many steps from the start; fewer where broken rules raise."""
    world = first_world(config, rules)
    for _ in range(most):
        step = drawn(draw, world, scope)
        try:
            after, effects = happen(world, step, rules)
        except Exception:  # whatever it is; what was done until then was walked
            if rules is Core:
                raise
            return
        yield WalkedStep(world, step, effects, after)
        world = after
