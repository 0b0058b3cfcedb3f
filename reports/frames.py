"""A run, step by step: what happened when, what the core asked for, and the worlds before and after."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from model.core import Core
from model.events import Effect
from sim.steps import Step
from sim.trace import Trace, walk
from sim.world import World, happen


class Frame(NamedTuple):
    """One step of a run. `at` is its moment: milliseconds of virtual time, or its number where nothing was timed."""

    at: float
    step: Step
    effects: tuple[Effect, ...]
    before: World
    after: World


def frames(
    timed: Iterable[tuple[float, Step]], start: World | None = None, rules: type[Core] = Core
) -> Iterator[Frame]:
    """Play (moment, step) pairs from `start` (None: the first world there is), under `rules`.

    Raises IndexError or KeyError for a step that cannot happen there.
    """
    world = World() if start is None else start
    for at, step in timed:
        before = world
        world, effects = happen(world, step, rules)
        yield Frame(at, step, effects, before, world)


def untimed(steps: Iterable[Step]) -> Iterator[tuple[float, Step]]:
    """Steps that nobody timed, each at its number, from 1 on."""
    return ((float(number), step) for number, step in enumerate(steps, 1))


def of_trace(trace: Trace) -> Iterator[Frame]:
    """The frames of a trace, from its own beginning; at the times that it tells, else numbered from 1 on."""
    for number, (line, passage) in enumerate(zip(trace.lines, walk(trace), strict=True), 1):
        at = float(number) if line.at_ms is None else line.at_ms
        yield Frame(at, passage.step, passage.effects, passage.before, passage.after)
