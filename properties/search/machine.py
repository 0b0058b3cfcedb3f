"""The search by Hypothesis: any command at any moment, faults within a budget, and the guarantees after every step.

Use it as it is, `TestBroadcast = BroadcastMachine.TestCase`, or through `search`; or subclass it, to change what can
go wrong, to add rules, or to put other rules in the place of the core's.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import EMERGENCY_STOP, INITIALIZE, RECOVER, START_BROADCAST, STOP_BROADCAST
from broadcast_orchestrator.properties.guarantees.by_design import beyond_design
from broadcast_orchestrator.properties.guarantees.catalogue import watch
from broadcast_orchestrator.properties.guarantees.memory import memory_under
from broadcast_orchestrator.properties.guarantees.raising import raised_violation
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.properties.search.by_seed import by_the_seed_alone
from broadcast_orchestrator.properties.search.coverage import SIGHTS, Coverage
from broadcast_orchestrator.properties.search.watched import SESSION
from broadcast_orchestrator.properties.telling.story import in_brief
from broadcast_orchestrator.sim.world.rules_by_name import path_of
from broadcast_orchestrator.sim.world.steps import Do, Effect, Step, Timer, fault_of
from broadcast_orchestrator.sim.world.trace import Passage, Trace
from broadcast_orchestrator.sim.world.world import Scope, World, choices, first_world, happen, quiet


class GuaranteeBroken(AssertionError):
    """A guarantee does not hold. `violations` say which and how, `steps` replay it, `story` tells it line by line, and
    `trace` is what `broadcast replay` takes, as far as the rules could go."""

    def __init__(
        self,
        violations: tuple[Violation, ...],
        steps: tuple[Step, ...],
        story: tuple[str, ...],
        trace: Trace | None = None,
    ) -> None:
        self.violations, self.steps, self.story, self.trace = violations, steps, story, trace
        told = [f"{number:3}. {what}" for number, what in enumerate(story, 1)]
        super().__init__("\n".join([*map(str, violations), *told]))


PRELUDES: tuple[tuple[str, ...], ...] = ((), (INITIALIZE,), (INITIALIZE, START_BROADCAST))


class BroadcastMachine(RuleBasedStateMachine):
    """One world, in which Hypothesis chooses what happens next.

    Override in a subclass: `rules_of_core` (`model.measures.rules_with` has those with measures); `config`, in
    milliseconds; `fault_classes` by id and `fault_limit`, how many faults a run may have; `sessions`, the ids that
    starts may give; `waived`, guarantees by id that are not judged (G14: an emergency stop leaves the backend saying
    live, reading R10); `patience`, the steps within which a world left to itself must be quiet; `sometimes`, what
    `check_sometimes` asks for besides the fault classes. `coverage` is what all runs of the class have seen. What the
    design foresees of these rules under the faults so far is no violation (`properties.guarantees.by_design`).
    """

    rules_of_core: ClassVar[type[Core]] = Core
    config: ClassVar[OrchestratorConfig] = OrchestratorConfig(max_retries=1)
    fault_classes: ClassVar[tuple[str, ...]] = ("F1", "F2", "F3", "F4")
    fault_limit: ClassVar[int] = 2
    sessions: ClassVar[tuple[str | None, ...]] = ("s1", None)
    waived: ClassVar[tuple[str, ...]] = ()
    patience: ClassVar[int] = 500
    sometimes: ClassVar[tuple[str, ...]] = tuple(SIGHTS)
    coverage: ClassVar[Coverage] = Coverage()

    def __init_subclass__(cls, **options: Any) -> None:
        """Each class keeps a coverage of its own."""
        super().__init_subclass__(**options)
        cls.coverage = Coverage()

    def __init__(self) -> None:
        super().__init__()
        self.world = first_world(self.config, self.rules_of_core)
        self.observer = memory_under(self.rules_of_core)
        self._known: tuple[World | None, tuple[tuple[Step, ...], tuple[Step, ...]]] = (None, ((), ()))
        self._scope = Scope(faults=self.fault_classes, limit=self.fault_limit)
        self.steps: list[Step] = []
        self.trace = Trace(self.config, "hypothesis", rules=path_of(self.rules_of_core))
        self.story: list[str] = []
        self.violations: tuple[Violation, ...] = ()

    # -- What can be chosen -----------------------------------------------------------------------

    def commands(self) -> tuple[Do, ...]:
        """What a caller may ask for: every command, a start with each of the session ids."""
        starts = tuple(Do(START_BROADCAST, session) for session in self.sessions)
        return (Do(INITIALIZE), *starts, Do(STOP_BROADCAST), Do(RECOVER), Do(EMERGENCY_STOP))

    def healthy(self) -> tuple[Step, ...]:
        """What can happen by itself when nothing goes wrong; commands come from rules of their own."""
        return self._offered()[0]

    def faulty(self) -> tuple[Step, ...]:
        """What can go wrong now, within the budget."""
        return self._offered()[1]

    def mishaps(self) -> tuple[tuple[tuple[Step, ...], ...], ...]:
        """What can go wrong, of each class of fault by itself: now, or else right after the effect of a call, since a
        reply can be lost only then."""
        now = [(step,) for step in self.faulty()]
        classes = {fault_of(step) for (step,) in now}
        soon = [each for each in self._after_effects() if fault_of(each[-1]) not in classes]
        by_class = groupby(sorted((*now, *soon), key=_class_of), key=_class_of)
        return tuple(tuple(of_one_class) for _, of_one_class in by_class)

    def _after_effects(self) -> Iterator[tuple[Step, ...]]:
        """What can go wrong right after the effect of a call."""
        for effect in (step for step in self.moves() if isinstance(step, Effect)):
            after, _ = happen(self.world, effect, self.rules_of_core)
            yield from ((effect, step) for step in choices(after, self._scope) if fault_of(step))

    def _offered(self) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
        """Both, worked out once for each world, since Hypothesis asks again and again."""
        world, offered = self._known
        if world is not self.world:
            fine = tuple(step for step in choices(self.world, Scope()) if not isinstance(step, Do))
            anything = (step for step in choices(self.world, self._scope) if not isinstance(step, Do))
            offered = fine, tuple(step for step in anything if step not in fine)
            self._known = self.world, offered
        return offered

    def moves(self) -> tuple[Step, ...]:
        """The healthy steps but the timer, which has a rule of its own."""
        return tuple(step for step in self.healthy() if not isinstance(step, Timer))

    # -- Rules ------------------------------------------------------------------------------------

    @initialize(commands=st.sampled_from(PRELUDES), settled=st.booleans())
    def begin(self, commands: tuple[str, ...], settled: bool) -> None:
        """Some runs begin in ready or in live, or on the way there, so that what is rare there is not also far away."""
        for command in commands:
            self.run_to_quiet()
            self.take(Do(command, self.sessions[0] if command == START_BROADCAST else None))
        if settled:
            self.run_to_quiet()

    @rule(step=st.runner().flatmap(lambda machine: st.sampled_from(machine.commands())))
    def ask(self, step: Do) -> None:
        """A caller gives a command, at any moment."""
        self.take(step)

    @precondition(lambda machine: bool(machine.moves()))
    @rule(step=st.runner().flatmap(lambda machine: st.sampled_from(machine.moves())))
    def let_happen(self, step: Step) -> None:
        """One of the calls under way takes effect, or is answered."""
        self.take(step)

    @precondition(lambda machine: bool(machine.faulty()))
    @rule(steps=st.runner().flatmap(lambda machine: st.sampled_from(machine.mishaps())).flatmap(st.sampled_from))
    def go_wrong(self, steps: tuple[Step, ...]) -> None:
        """A fault hits, of each class as often as of another, however many calls it could hit."""
        for step in steps:
            self.take(step)

    @precondition(lambda machine: Timer() in machine.healthy())
    @rule()
    def pass_time(self) -> None:
        """The armed timer runs out."""
        self.take(Timer())

    @precondition(lambda machine: bool(machine.healthy()))
    @rule()
    def run_to_quiet(self) -> None:
        """Nothing more goes wrong, and everything under way comes to its end."""
        for _ in range(self.patience):
            step = self._next_healthy()
            if step is None:
                return
            self.take(step)
        self.violations = (Violation("G7", f"not quiet after {self.patience} steps without a further fault"),)

    def _next_healthy(self) -> Step | None:
        """What works comes before the timer: a conflict ends, or what is tried again after a delay never would."""
        if self.violations or quiet(self.world):
            return None
        return next(iter((*self.moves(), *self.healthy())), None)

    # -- Judging ----------------------------------------------------------------------------------

    @invariant()
    def guarantees_hold(self) -> None:
        """Raise `GuaranteeBroken` as soon as a step, or a quiet world after it, breaks a guarantee."""
        if self.violations:
            raise GuaranteeBroken(self.violations, tuple(self.steps), tuple(self.story), self.trace)

    def teardown(self) -> None:
        """The run is over, and counts in the summary of a pytest session."""
        SESSION.searched(self.steps, self.violations)

    def take(self, step: Step) -> None:
        """Let one step happen, watch it and count it; rules of subclasses do everything through here. Once something is
        violated the run is over, whatever a rule still has to come."""
        if self.violations:
            return
        before = self.world
        self.steps.append(step)
        try:
            self.world, effects = happen(before, step, self.rules_of_core)
        except Exception as raised:  # whatever broken rules do
            self.story.append(in_brief(Passage(before, step, (), before)))
            self.violations = (raised_violation(raised),)
            return
        passage = Passage(before, step, effects, self.world)
        self.story.append(in_brief(passage))
        self.observer, violations = watch(self.observer, before, step, effects, self.world, self.rules_of_core)
        self.violations = tuple(each for each in self.told(violations) if each.guarantee not in self.waived)
        self.trace.lines.append(passage.line)
        for coverage in (self.coverage, SESSION.coverage):
            coverage.see(before, step, effects, self.world)

    def told(self, violations: tuple[Violation, ...]) -> tuple[Violation, ...]:
        """Those that the design does not foresee of these rules after the faults so far."""
        hit = [fault_of(step) for step in self.steps if fault_of(step)] if violations else []
        return beyond_design(violations, hit, self.rules_of_core.measures)

    @classmethod
    def check_sometimes(cls) -> None:
        """Raise AssertionError unless the runs so far have seen everything that they should see sometimes."""
        missing = cls.coverage.missing((*cls.sometimes, *cls.fault_classes))
        if missing:
            raise AssertionError(f"{cls.__name__} never saw: {', '.join(missing)}; try more examples or more steps")


def _class_of(mishap: tuple[Step, ...]) -> str:
    return fault_of(mishap[-1])


def search(
    machine: type[BroadcastMachine] = BroadcastMachine, *, seed: int = 0, max_examples: int = 100, steps: int = 25
) -> type[BroadcastMachine]:
    """Run the machine: `max_examples` runs of up to `steps` rules each; the same seed makes the same runs.

    Returns the class that ran, with its own `coverage`. Raises `GuaranteeBroken` with the shortest story that was
    found.
    """
    tried = seeded(seed)(type(machine.__name__, (machine,), {}))
    effort = settings(
        max_examples=max_examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    with by_the_seed_alone():
        run_state_machine_as_test(tried, settings=effort)
    return tried
