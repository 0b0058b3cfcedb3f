"""The worlds of one scope, and what follows them: many worlds at a time, one look-up a part."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.sim.explore import partial_order as reduction
from broadcast_orchestrator.sim.explore.choices import SAME, Choice, ChoiceTable
from broadcast_orchestrator.sim.explore.lazy_tables import Numbers, StepTable, ValueFacts
from broadcast_orchestrator.sim.explore.open_choices import OpenChoices
from broadcast_orchestrator.sim.explore.recorder import run
from broadcast_orchestrator.sim.explore.symbolic_rules import NOBODY, Compiler, SymbolicJudge
from broadcast_orchestrator.sim.explore.world_numbers import (
    CONTROL_SHIFT,
    DIGIT_SHIFTS,
    DIGITS,
    FAULT_SHIFT,
    Keys,
    WorldNumbers,
    check_room,
    controls_of,
    digits_of,
    faults_of,
)
from broadcast_orchestrator.sim.world import service_state
from broadcast_orchestrator.sim.world.world import Scope

IMPOSSIBLE, BEYOND = -2, -3
"""What a program may come to instead of a digit: it does not apply; or it leads outside the bounds."""


class Bounds(NamedTuple):
    """What keeps the space finite, part of every claim: at most `older` calls a service that nobody waits for any
    more, and at most `states` worlds in all (None: no limit)."""

    older: int = 2
    states: int | None = None


BOUNDS = Bounds()


class Successors(NamedTuple):
    """The worlds that follow some worlds: their keys, where each came from, and by which choice."""

    keys: Keys
    origins: Numbers
    choices: Numbers


class StateSpace:
    """The worlds of one scope under the eyes of one judge.

    `numbers` tells worlds and keys from each other, `table` has every choice that was met so far, and `beyond` counts
    how often the bounds left one out. With `partial_order`, steps whose order makes no difference are searched in one
    order only, where that is sound (`sim.explore.partial_order`). Raises SearchTooLarge for more faults than a world's
    number can count.
    """

    def __init__(
        self,
        scope: Scope,
        rules: type[Core] = Core,
        judge: SymbolicJudge = NOBODY,
        bounds: Bounds = BOUNDS,
        *,
        partial_order: bool = True,
    ) -> None:
        check_room(len(SERVICES), scope.limit)
        self.scope, self.bounds, self.judge = scope, bounds, judge
        self.partial_order = partial_order and reduction.is_sound(scope)
        self.numbers, self.table = WorldNumbers(), ChoiceTable()
        self.beyond = 0
        self._open = OpenChoices(self.numbers, self.table, Compiler(scope, rules, judge))
        self._moves = [StepTable(DIGITS, self._runner(at)) for at in range(len(SERVICES))]
        self._has_ample = [ValueFacts(each, reduction.has_ample_set) for each in self.numbers.locals]

    @property
    def choices(self) -> list[Choice]:
        """Every choice that was met so far, by number."""
        return self.table.choices

    def successors(self, keys: Keys) -> Iterator[Successors]:
        """Everything that follows these worlds, a part at a time."""
        control = controls_of(keys)
        digits = [digits_of(keys, at) for at in range(len(SERVICES))]
        rest = np.arange(len(keys))
        if self.partial_order:
            for at in range(len(SERVICES)):
                ample = self._has_ample[at].of(digits[at][rest]) != 0
                which = rest[ample]
                lists = self._open.ample(at, control[which], digits[at][which])
                yield self._follow(keys, control, digits, which, lists)
                rest = rest[~ample]
        left = control[rest]
        yield self._follow(keys, control, digits, rest, self._open.central(left))
        for at in range(len(SERVICES)):
            parts = at, left, digits[at][rest]
            yield self._follow(keys, control, digits, rest, self._open.untold(*parts))
            yield self._follow(keys, control, digits, rest, self._open.told(*parts))

    def _follow(
        self, keys: Keys, control: Numbers, digits: list[Numbers], which: Numbers, lists: Numbers
    ) -> Successors:
        """Open the lists of choices, and follow each choice as far as the services let it."""
        origins, choices = self._open.lists.open(lists)
        origins = which[origins]
        targets, costs, programs = self.table.outcomes()
        faults = faults_of(keys[origins]) + costs[choices]
        fits = np.flatnonzero(faults <= self.scope.limit)
        origins, choices, faults = origins[fits], choices[fits], faults[fits]
        target = targets[choices]
        result = np.where(target == SAME, control[origins], target) << CONTROL_SHIFT | faults << FAULT_SHIFT
        for at in range(len(SERVICES)):
            program = programs[at][choices]
            following = digits[at][origins]
            moved = np.flatnonzero(program)
            following[moved] = self._moves[at].look_up(program[moved], following[moved])
            possible = np.flatnonzero(following >= 0)
            if len(possible) < len(following):
                self.beyond += int(np.count_nonzero(following == BEYOND))
                result, origins, choices = result[possible], origins[possible], choices[possible]
                following = following[possible]
            result |= following << DIGIT_SHIFTS[at]
        return Successors(result.astype(np.uint64), origins, choices)

    def _runner(self, at: int) -> Callable[[int, int], int]:
        """What a program makes of a digit."""
        locals_, programs = self.numbers.locals[at], self.table.programs[at]

        def fill(program: int, digit: int) -> int:
            following = run(programs.values[program], locals_.values[digit])
            if following is None:
                return IMPOSSIBLE
            older = sum(not service_state.is_awaited(following, flight) for flight in range(len(following.flights)))
            return BEYOND if older > self.bounds.older else locals_.number(following)

        return fill
