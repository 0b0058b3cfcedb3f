"""Witnesses: the ways that a search has found to what is broken, played again step by step."""

from collections.abc import Iterable
from itertools import chain

from broadcast_orchestrator.properties.guarantees.catalogue import watch_all
from broadcast_orchestrator.properties.guarantees.raising import raised_violation
from broadcast_orchestrator.properties.guarantees.verdicts import Violation, Witness
from broadcast_orchestrator.sim.explore.exploration import Exploration, Found, Way
from broadcast_orchestrator.sim.world.trace import Passage


def witness(exploration: Exploration, found: Found) -> Witness:
    """A shortest way to the violation."""
    return witnesses(exploration, [found])[found]


def witnesses(exploration: Exploration, wanted: Iterable[Found]) -> dict[Found, Witness]:
    """A shortest way to each of the violations."""
    return {found: _shown(exploration, found, way) for found, way in exploration.ways(wanted).items()}


def _shown(exploration: Exploration, found: Found, way: Way) -> Witness:
    """The way on which the violation shows. A search does not tell the failures apart that were met before, so it may
    need other failures on the same way for it to show: that the first of two is lost can be seen if they differ."""
    for each in chain([way], exploration.variants(way)):
        passages, violations = _judged(exploration, each)
        for shown in violations:
            if shown.kind == found.violation.kind:
                return Witness(shown, passages)
    return Witness(found.violation, exploration.played(way)[0])


def _judged(exploration: Exploration, way: Way) -> tuple[tuple[Passage, ...], tuple[Violation, ...]]:
    """The way step by step, and what is violated at its end."""
    passages, raised = exploration.played(way)
    if raised is not None:
        return passages, (raised_violation(raised),)
    _, violations = watch_all(passages, exploration.space.rules)
    return passages, violations
