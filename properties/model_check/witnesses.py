"""Witnesses: the ways that a search has found to what is broken, played again step by step."""

from collections.abc import Iterable

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.guarantees.catalogue import watch
from broadcast_orchestrator.properties.guarantees.memory import JudgeMemory
from broadcast_orchestrator.properties.guarantees.raising import raised_violation
from broadcast_orchestrator.properties.guarantees.verdicts import Violation, Witness
from broadcast_orchestrator.sim.explore.exploration import Exploration, Found, Way
from broadcast_orchestrator.sim.world.trace import Passage, taken


def witness(exploration: Exploration, found: Found, rules: type[Core]) -> Witness:
    """A shortest way to the violation."""
    return witnesses(exploration, [found], rules)[found]


def witnesses(exploration: Exploration, wanted: Iterable[Found], rules: type[Core]) -> dict[Found, Witness]:
    """A shortest way to each of the violations."""
    ways = exploration.ways(wanted)
    return {found: _shown(exploration, found, way, rules) for found, way in ways.items()}


def _shown(exploration: Exploration, found: Found, way: Way, rules: type[Core]) -> Witness:
    """The way on which the violation shows. A search does not tell the failures apart that were met before, so it may
    need other failures on the same way for it to show: that the first of two is lost can be seen if they differ."""
    passages, violations = _played(exploration, way, rules)
    for shown in violations:
        if shown.kind == found.violation.kind:
            return Witness(shown, passages)
    for other in exploration.variants(way):
        others, violations = _played(exploration, other, rules)
        for shown in violations:
            if shown.kind == found.violation.kind:
                return Witness(shown, others)
    return Witness(found.violation, passages)


def _played(exploration: Exploration, way: Way, rules: type[Core]) -> tuple[tuple[Passage, ...], tuple[Violation, ...]]:
    """The way step by step, and what is violated at its end."""
    start, _ = exploration.space.numbers.world(int(exploration.levels[0][0]))
    passages, raised = taken(exploration.steps(way), start.core.config, rules)
    if raised is not None:
        return passages, (raised_violation(raised),)
    observer, violations = JudgeMemory(), tuple[Violation, ...]()
    for before, step, effects, after, _ in passages:
        observer, violations = watch(observer, before, step, effects, after, rules)
    return passages, violations
