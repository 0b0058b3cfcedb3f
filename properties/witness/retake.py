"""Runs, judged; and runs taken again with something left out, where not every step can happen any more.

A step that cannot happen is dropped. A caller who waited for the orchestrator waits again, and in the end everything
under way comes to its end without a further fault, so that what must hold in a quiet world is judged too.
"""

from collections.abc import Callable, Container, Iterable, Iterator
from typing import NamedTuple

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import COMMANDS, Accepted, CoreEffect, Settled
from broadcast_orchestrator.model.views import INDEX
from broadcast_orchestrator.properties.guarantees.catalogue import watch
from broadcast_orchestrator.properties.guarantees.memory import memory_under
from broadcast_orchestrator.properties.guarantees.raising import raised_violation
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.sim.world.faults import FAULTS
from broadcast_orchestrator.sim.world.service_state import is_awaited
from broadcast_orchestrator.sim.world.steps import (
    Answer,
    Do,
    Effect,
    Fill,
    Mark,
    Reconfigure,
    Step,
    Timer,
    as_simulated,
    fault_of,
)
from broadcast_orchestrator.sim.world.trace import Passage, Trace
from broadcast_orchestrator.sim.world.world import PATIENCE, Scope, World, choices, first_world, happen, local_of, quiet

ANYTHING = Scope(faults=tuple(fault.id for fault in FAULTS), limit=2**31)


def judged(run: Iterable[Passage], rules: type[Core] = Core) -> Iterator[Violation]:
    """Every violation in the run, in its order; `rules` are those of the core that ran."""
    observer = memory_under(rules)
    for before, step, effects, after, _ in run:
        observer, violations = watch(observer, before, step, effects, after, rules)
        yield from violations


class Wish(NamedTuple):
    """A step that is to happen if it can: `call` is what it is about, `waits` that its caller gave the command only
    when nothing was under way."""

    step: Step
    call: tuple[str, str | None] | None = None
    waits: bool = False


class RetakenRun(NamedTuple):
    """What became of the wishes: the steps that were taken, up to the first violation of the guarantee, if there is
    one, and every violation of any guarantee until then."""

    passages: tuple[Passage, ...]
    violation: Violation | None
    violations: tuple[Violation, ...]

    @property
    def size(self) -> tuple[int, int, int]:
        """How many faults, commands and steps: what makes one run smaller than another, in this order."""
        faults = self.passages[-1].after.faults if self.passages else 0
        return faults, sum(isinstance(passage.step, Do) for passage in self.passages), len(self.passages)


def wish(passage: Passage) -> Wish:
    """The wish that the step of this passage should happen again."""
    step, before = passage.step, passage.before
    if isinstance(step, Effect | Answer | Mark):
        flight = before.flights[INDEX[step.service]][step.flight]
        return Wish(step, (flight.operation, flight.session))
    return Wish(step, None, isinstance(step, Do) and before.core.procedure is None)


def left_out(wishes: tuple[Wish, ...], numbers: Container[int]) -> tuple[Wish, ...]:
    """The wishes without those of these numbers; where a fault hit a call, the call works at that moment instead."""
    kept: list[Wish] = []
    for number, each in enumerate(wishes):
        if number not in numbers:
            kept.append(each)
        elif fault_of(each.step) and isinstance(each.step, Answer | Mark):
            service, flight = each.step.service, each.step.flight
            kept += [Wish(Effect(service, flight), each.call), Wish(Answer(service, flight, ok=True), each.call)]
    return tuple(kept)


def wishes_of(trace: Trace) -> tuple[Wish, ...]:
    """The wishes that everything in the trace should happen again, whatever rules it was made by."""
    wishes, under_way = [], False
    for line in trace.lines:
        wishes.append(Wish(line.step, None, isinstance(line.step, Do) and not under_way))
        for effect in line.effects:
            under_way = isinstance(effect, Accepted) or (under_way and not isinstance(effect, Settled))
    return tuple(wishes)


def retake(wishes: Iterable[Wish], guarantee: str, rules: type[Core], config: OrchestratorConfig) -> RetakenRun:
    """Take the steps that are wished for as far as they can happen, until the guarantee is broken or all is quiet."""
    again = _Again(guarantee, rules, first_world(config, rules))
    for each in wishes:
        if each.waits:
            again.rest(lambda world: world.core.procedure is None)
        if not again.ended and (step := fitting(each, again.world)) is not None:
            again.take(step)
    again.rest(quiet)
    return RetakenRun(tuple(again.passages), again.violation, tuple(again.violations))


def fitting(wished: Wish, world: World) -> Step | None:
    """The step that fulfils the wish in this world: the same one if it can happen, else the same for the same call."""
    step = wished.step
    if isinstance(step, Do):
        return step if step.command in COMMANDS else None
    if isinstance(step, Reconfigure):
        return step
    if isinstance(step, Fill):
        return step if step.present != world.core.content else None
    offered = tuple(choices(world, ANYTHING))
    return (
        step
        if as_simulated(step) in offered
        else next((other for other in offered if _alike(wished, other, world)), None)
    )


def _alike(wished: Wish, other: Step, world: World) -> bool:
    """Whether it is the same for the same call, which now has another place among those of its service."""
    if wished.call is None or not isinstance(other, Effect | Answer | Mark) or type(other) is not type(wished.step):
        return False
    flight = world.flights[INDEX[other.service]][other.flight]
    here = other._replace(flight=wished.step.flight)
    return here == as_simulated(wished.step) and (flight.operation, flight.session) == wished.call


class _Again:
    """A run while it is taken again."""

    def __init__(self, guarantee: str, rules: type[Core], world: World) -> None:
        self.guarantee, self.rules, self.world = guarantee, rules, world
        self.observer = memory_under(rules)
        self.violation: Violation | None = None
        self.passages: list[Passage] = []
        self.violations: list[Violation] = []
        self.ended = False

    def rest(self, over: Callable[[World], bool]) -> None:
        """Let what is under way go on without a fault until it is `over`, or nothing can happen any more."""
        for _ in range(PATIENCE):
            steps = () if self.ended or over(self.world) else calm_steps(self.world)
            if not steps:
                return
            self.take(steps[0])

    def take(self, step: Step) -> None:
        """Let one step happen, and judge it."""
        before, effects = self.world, tuple[CoreEffect, ...]()
        try:
            self.world, effects = happen(before, step, self.rules)
            self.observer, violations = watch(self.observer, before, step, effects, self.world, self.rules)
        except Exception as raised:  # whatever broken rules do, and nothing goes on from there
            self.ended, violations = True, (raised_violation(raised),)
        self.violation = next((violation for violation in violations if violation.guarantee == self.guarantee), None)
        self.ended = self.ended or self.violation is not None
        self.passages.append(Passage(before, step, effects, self.world))
        self.violations += violations


def calm_steps(world: World) -> tuple[Step, ...]:
    """What can happen without a command and without a further fault: first to the calls that are waited for, then the
    timer, then to those that nobody waits for."""
    steps = [step for step in choices(world, Scope()) if not isinstance(step, Do)]
    return tuple(sorted(steps, key=lambda step: _urgency(world, step)))


def _urgency(world: World, step: Step) -> int:
    if isinstance(step, Effect | Answer):
        return 0 if is_awaited(local_of(world, step.service), step.flight) else 2
    return 1 if isinstance(step, Timer) else 2
