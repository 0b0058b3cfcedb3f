"""The record of an exploration: which worlds there are, and how to get to what was found."""

from typing import Any, NamedTuple

import numpy as np

from broadcast_orchestrator.sim.explore.lazy_tables import Numbers
from broadcast_orchestrator.sim.explore.levels import chunks
from broadcast_orchestrator.sim.explore.state_space import StateSpace
from broadcast_orchestrator.sim.explore.symbolic_rules import Control
from broadcast_orchestrator.sim.explore.world_numbers import Keys, controls_of
from broadcast_orchestrator.sim.world.steps import Step


class Found(NamedTuple):
    """The first violation of its kind: the world on `level` in which it shows; or, where a choice breaks something,
    the world on `level` that the choice leaves."""

    violation: Any
    level: int
    key: int
    choice: int | None


class Exploration(NamedTuple):
    """What a search found: the distinct worlds by level, how many transitions, the first violation of each kind, how
    often each choice of the space was taken, and why it ended early ("" if it did not)."""

    space: StateSpace
    levels: tuple[Keys, ...]
    transitions: int
    found: tuple[Found, ...]
    taken: Numbers
    cut_off: str

    @property
    def states(self) -> int:
        """How many distinct worlds there are."""
        return sum(len(level) for level in self.levels)

    def controls(self) -> tuple[Control, ...]:
        """Every control that a world has: the core and what is remembered, without the services."""
        known = self.space.numbers.controls.values
        reached = {int(at) for level in self.levels for at in np.unique(controls_of(level))}
        return tuple(known[at] for at in sorted(reached))

    def path(self, found: Found) -> tuple[Step, ...]:
        """A shortest way from the start to the violation: one more pass, backwards over the levels."""
        steps = [] if found.choice is None else [self.space.choices[found.choice].step]
        key = found.key
        for level in reversed(self.levels[: found.level]):
            key, choice = before(self.space, level, key)
            steps.append(self.space.choices[choice].step)
        return tuple(reversed(steps))


def before(space: StateSpace, level: Keys, key: int) -> tuple[int, int]:
    """A world on the level from which `key` follows, and by which choice."""
    for chunk in chunks(level):
        for part in space.successors(chunk):
            at = np.flatnonzero(part.keys == np.uint64(key))
            if len(at):
                return int(chunk[part.origins[at[0]]]), int(part.choices[at[0]])
    raise LookupError("no world on this level leads there")
