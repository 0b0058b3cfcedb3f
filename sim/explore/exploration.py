"""The record of an exploration: which worlds there are, and how to get to what was found."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from broadcast_orchestrator.sim.explore.control import Control
from broadcast_orchestrator.sim.explore.fault_record import FaultRecord
from broadcast_orchestrator.sim.explore.lazy_tables import distinct_pairs
from broadcast_orchestrator.sim.explore.levels import chunks
from broadcast_orchestrator.sim.explore.loops.native import Numbers
from broadcast_orchestrator.sim.explore.state_space import StateSpace
from broadcast_orchestrator.sim.explore.symmetry import as_called, last_answers
from broadcast_orchestrator.sim.explore.world_numbers import Keys
from broadcast_orchestrator.sim.world.steps import Step
from broadcast_orchestrator.sim.world.trace import Passage, taken
from broadcast_orchestrator.sim.world.world import World, happen


class Found(NamedTuple):
    """The first violation of its kind with these faults behind it: the world on `level` in which it shows; or, where a
    choice breaks something, the world on `level` that the choice leaves."""

    violation: Any
    faults: FaultRecord
    level: int
    key: int
    choice: int | None


class Way(NamedTuple):
    """A way through a space: the worlds that it passes, and the choices between them; where a choice breaks something,
    it is the last, and the world after it is not named."""

    keys: tuple[int, ...]
    choices: tuple[int, ...]

    def after(self, key: int, choice: int) -> "Way":
        """The way that begins in a world before."""
        return Way((key, *self.keys), (choice, *self.choices))


class Exploration(NamedTuple):
    """What a search found: the distinct worlds by level, how many of them count, how many transitions, the first
    violation of each kind, how often each choice of the space was taken, how many transitions were `beyond` the bounds,
    and why it ended early ("" if it did not)."""

    space: StateSpace
    levels: tuple[Keys, ...]
    states: int
    transitions: int
    found: tuple[Found, ...]
    taken: Numbers
    beyond: int
    cut_off: str

    @property
    def depth(self) -> int:
        """The length of the longest shortest way."""
        return len(self.levels) - 1

    def worlds_of_controls(self) -> Numbers:
        """How many worlds have each control."""
        numbers = self.space.numbers
        counts = np.zeros(len(numbers.controls.values), dtype=np.int64)
        for level in self.levels:
            counts += np.bincount(numbers.controls_of(level), minlength=len(counts))
        return counts

    def controls(self) -> dict[FaultRecord, list[Control]]:
        """Every control that a world has, the core and what is remembered, without the services: by the faults behind
        it."""
        numbers, found = self.space.numbers, dict[FaultRecord, list[Control]]()
        of_levels = [distinct_pairs(numbers.controls_of(level), numbers.records_of(level)) for level in self.levels]
        pairs = distinct_pairs(*(np.concatenate(each) for each in zip(*of_levels, strict=True)))
        for control, record in zip(*(each.tolist() for each in pairs), strict=True):
            found.setdefault(numbers.records.values[record], []).append(numbers.controls.values[control])
        return found

    def path(self, found: Found) -> tuple[Step, ...]:
        """A shortest way from the start to the violation."""
        passages, _ = self.played(self.ways([found])[found])
        return tuple(passage.step for passage in passages)

    def played(self, way: Way) -> tuple[tuple[Passage, ...], Exception | None]:
        """The way step by step, and what the rules raise at its end, if they do; in worlds from which nothing is struck
        out. (There, calls that are over may still be on their way, and are counted; where the way ends in a world, they
        come to their end.)"""
        steps = [step for choice in way.choices for step in self.space.choices[choice].steps]
        start, _ = self.space.numbers.world(int(self.levels[0][0]))
        passages, raised = taken(steps, start, self.space.rules, as_called)
        if raised is not None or len(way.keys) == len(way.choices):
            return passages, raised
        world = passages[-1].after if passages else start
        return (*passages, *self._last_answers(world)), None

    def _last_answers(self, world: World) -> Iterator[Passage]:
        while answer := next(last_answers(world), None):
            after, effects = happen(world, answer, self.space.rules)
            yield Passage(world, answer, effects, after)
            world = after

    def ways(self, wanted: Iterable[Found]) -> dict[Found, Way]:
        """A shortest way to each violation: one more pass, backwards over the levels, for all of them together."""
        ways = {each: Way((each.key,), () if each.choice is None else (each.choice,)) for each in wanted}
        steps = self.space.control_steps()
        open_at: dict[int, dict[int, list[Found]]] = {}
        for each in ways:
            open_at.setdefault(each.level, {}).setdefault(each.key, []).append(each)
        for level in range(max(open_at, default=0), 0, -1):
            ending = open_at.pop(level, {})
            for key, (earlier, choice) in self._before(list(ending), level, steps).items():
                length = len(self.space.choices[choice].steps)
                for each in ending[key]:
                    ways[each] = ways[each].after(earlier, choice)
                    open_at.setdefault(level - length, {}).setdefault(earlier, []).append(each)
        return ways

    def variants(self, way: Way) -> Iterator[Way]:
        """The ways through the same worlds that differ in one choice: where a world stands for several that behave
        alike, what led there may have been another fault."""
        for at, (key, following) in enumerate(zip(way.keys, way.keys[1:], strict=False)):
            for part in self.space.successors(np.array([key])):
                for choice in part.choices[part.keys == following].tolist():
                    if choice != way.choices[at]:
                        yield way._replace(choices=(*way.choices[:at], choice, *way.choices[at + 1 :]))

    def _before(self, keys: list[int], level: int, steps: tuple[Numbers, Numbers]) -> dict[int, tuple[int, int]]:
        """For each of these worlds on the level a world from which it follows, and by which choice; `steps` are those
        between controls. (A choice is one step or two, and one of them it must be that makes the distance of a world so
        long.)"""
        before: dict[int, tuple[int, int]] = {}
        for length in (1, 2):
            missing = [key for key in keys if key not in before]
            if missing and level >= length:
                before |= self._leading(np.array(missing), level - length, length, steps)
        return before

    def _leading(
        self, keys: Keys, level: int, length: int, steps: tuple[Numbers, Numbers]
    ) -> dict[int, tuple[int, int]]:
        leading: dict[int, tuple[int, int]] = {}
        numbers = self.space.numbers
        (before, after), controls = steps, np.unique(numbers.controls_of(keys))
        sources = np.union1d(controls, before[np.isin(after, controls)])
        near = self.levels[level][np.isin(numbers.controls_of(self.levels[level]), sources)]
        for chunk in chunks(near):
            for part in self.space.successors(chunk):
                leads = np.isin(part.keys, keys) & (self.space.table.lengths()[part.choices] == length)
                for at in np.flatnonzero(leads).tolist():
                    way = int(chunk[part.origins[at]]), int(part.choices[at])
                    leading.setdefault(int(part.keys[at]), way)
            if len(leading) == len(keys):
                break
        return leading
