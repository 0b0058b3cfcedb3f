"""What the reference does when it is asked: one run, its commands one after the other, as evidence for a question."""

from typing import NamedTuple

from broadcast_orchestrator.model.config import DEFAULT_CONFIG, OrchestratorConfig
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import CoreEffect, Transition
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.sim.world.faults import REFUSE
from broadcast_orchestrator.sim.world.steps import Answer, Do, Step
from broadcast_orchestrator.sim.world.world import Scope, World, choices, happen

WITH_REFUSALS = Scope(faults=(REFUSE,), limit=2**31)


class ReferenceRun(NamedTuple):
    """The world that a run ended in, and everything that the core asked for on the way."""

    world: World
    effects: tuple[CoreEffect, ...]

    @property
    def states(self) -> tuple[str, ...]:
        """The states in their order, the first one included."""
        targets = [effect.target.value for effect in self.effects if isinstance(effect, Transition)]
        return (CoreState().state.value, *targets)


def run(
    *commands: str,
    session: str | None = None,
    config: OrchestratorConfig = DEFAULT_CONFIG,
    content: bool = True,
    fails: str = "",
    rules: type[Core] = Core,
) -> ReferenceRun:
    """Give the commands from a fresh world, each once the one before has settled, and every call works.

    `session` is the id that starts are given; every call of the operation `fails` is refused.
    """
    world = World(core=CoreState(config=config, content=content))
    effects: list[CoreEffect] = []
    for command in commands:
        step: Step | None = Do(command, session if command == "start_broadcast" else None)
        while step is not None:
            world, asked = happen(world, step, rules)
            effects += asked
            step = _next_step(world, fails)
    return ReferenceRun(world, tuple(effects))


def _next_step(world: World, fails: str) -> Step | None:
    """The refusal of a call that is to fail, else the first thing that can happen by itself."""
    offered = [step for step in choices(world, WITH_REFUSALS) if not isinstance(step, Do)]
    for step in offered:
        if isinstance(step, Answer) and step.fault == REFUSE and _operation(world, step) == fails:
            return step
    return next((step for step in offered if not getattr(step, "fault", "")), None)


def _operation(world: World, step: Answer) -> str:
    flights = [flight for some in world.flights for flight in some]
    named = [flight.operation for flight in flights if flight.operation.startswith(f"{step.service}.")]
    return named[step.flight]
