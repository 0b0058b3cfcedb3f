"""Which checks a mutant dies by: the same search as for its guarantees, with each violation under its check's name."""

from collections.abc import Iterator
from typing import Any

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.guarantees.catalogue import OF_QUIET, OF_STEPS
from broadcast_orchestrator.properties.guarantees.memory import Glimpse, JudgeMemory, asks, memory_under, observe
from broadcast_orchestrator.properties.guarantees.quiet_world import QuietWorld
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.properties.model_check.proof import glimpse_of_search
from broadcast_orchestrator.properties.mutants.mutant import Mutant
from broadcast_orchestrator.sim.explore.compiling.symbolic_judge import SymbolicJudge
from broadcast_orchestrator.sim.explore.explorer import explore
from broadcast_orchestrator.sim.explore.state_space import Bounds, StateSpace
from broadcast_orchestrator.sim.world.world import World, first_world


def dies_by(mutant: Mutant, check: str, worlds: int = 200_000) -> bool:
    """Whether the check of this name notices the mutant in its scope, among the first so many `worlds`."""
    space = StateSpace(mutant.scope, mutant.rules, _judge_of(mutant.rules), Bounds(states=worlds))
    start = first_world(mutant.config, mutant.rules)
    exploration = explore(space, start, kind_of=lambda violation: violation.key, until=lambda key: key == check)
    return check in [each.violation.key for each in exploration.found]


def _judge_of(rules: type[Core]) -> SymbolicJudge:
    def step(*moment: Any) -> tuple[JudgeMemory, tuple[Violation, ...]]:
        glimpse = glimpse_of_search(*moment)
        remembered = observe(glimpse)
        return remembered, tuple(_of_step(glimpse._replace(later=remembered)))

    def quiet(memory: JudgeMemory, world: World) -> tuple[Violation, ...]:
        return tuple(_of_quiet(memory, world, rules))

    def raised(_: Exception) -> tuple[Violation, ...]:
        return (Violation("G1", "it leaves the enforced table, or raises", key="table"),)

    return SymbolicJudge(memory_under(rules), step, quiet, asks, raised)


def _of_step(glimpse: Glimpse) -> Iterator[Violation]:
    for name, check in OF_STEPS:
        for wrong in check.asks(glimpse):
            yield Violation(name, wrong.what, key=check.name)


def _of_quiet(memory: JudgeMemory, world: World, rules: type[Core]) -> Iterator[Violation]:
    """Gaps of the guide's own are no mistake of the mutant's."""
    for name, check in OF_QUIET:
        for wrong in check(memory, QuietWorld(world, rules)):
            if not wrong.gap:
                yield Violation(name, wrong.what, key=check.__name__)
