"""Witnesses: the ways that a search has found to what is broken, played again step by step."""

from collections.abc import Iterable

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.guarantees.catalogue import watch
from broadcast_orchestrator.properties.guarantees.memory import JudgeMemory
from broadcast_orchestrator.properties.guarantees.raising import raised_violation
from broadcast_orchestrator.properties.guarantees.verdicts import Violation, Witness
from broadcast_orchestrator.sim.explore.exploration import Exploration, Found
from broadcast_orchestrator.sim.world.steps import Step
from broadcast_orchestrator.sim.world.trace import taken


def witness(exploration: Exploration, found: Found, rules: type[Core]) -> Witness:
    """A shortest way to the violation."""
    return witnesses(exploration, [found], rules)[found]


def witnesses(exploration: Exploration, wanted: Iterable[Found], rules: type[Core]) -> dict[Found, Witness]:
    """A shortest way to each of the violations."""
    ways = exploration.paths(wanted)
    return {found: _played(exploration, way, found.violation, rules) for found, way in ways.items()}


def _played(exploration: Exploration, way: tuple[Step, ...], violation: Violation, rules: type[Core]) -> Witness:
    start, _ = exploration.space.numbers.world(int(exploration.levels[0][0]))
    passages, raised = taken(way, start.core.config, rules)
    if raised is not None:
        return Witness(raised_violation(raised), passages)
    observer, violations = JudgeMemory(), tuple[Violation, ...]()
    for before, step, effects, after, _ in passages:
        observer, violations = watch(observer, before, step, effects, after, rules)
    return Witness(next((each for each in violations if each.kind == violation.kind), violation), passages)
