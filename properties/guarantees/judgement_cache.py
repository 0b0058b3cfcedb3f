"""Judgements remembered: what a step means is worked out once for each world that it is taken from.

Nothing is judged here. What is looked up is what the guarantees' checks have said, as `properties.guarantees.catalogue.
watch` says it, and nothing else: their memory of a run is finite, too, so a world together with it is one more kind of
world, between which a step carries what it means, and a run that is judged this way costs no more looks into a
dictionary than one that is not. Where a step is taken for the first time from a world, the checks may have seen it all
the same: they see no more of it than the way that it went (`StepRule.number`) and what a `Glimpse` holds beside.
"""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import CoreEffect
from broadcast_orchestrator.properties.guarantees.by_design import beyond_design
from broadcast_orchestrator.properties.guarantees.catalogue import glimpse_between, judge, judge_quiet
from broadcast_orchestrator.properties.guarantees.memory import JudgeMemory, memory_under
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.sim.world.remembered.met_failures import (
    Inquiry,
    Kept,
    Remembered,
    after_step,
    effects_told,
    told,
)
from broadcast_orchestrator.sim.world.remembered.step_rules import StepRule, StepRules
from broadcast_orchestrator.sim.world.remembered.transition_cache import (
    CachedStep,
    Parts,
    TransitionCache,
    steps_followed,
)
from broadcast_orchestrator.sim.world.steps import UNHEARD, Step
from broadcast_orchestrator.sim.world.trace import Passage

Digest = TypeVar("Digest")


class JudgedStep(NamedTuple):
    """A step as a digest is made of it: from the place of which number in `steps` to which it goes, what came of it,
    and its violations that no gap of the guide explains. Whoever looks into a failure that the run has met asks the
    `inquiry`, so a digest may hold what failures say, and no failure that nobody has looked into."""

    steps: TransitionCache
    before: int
    step: Step
    rule: StepRule
    after: int
    violations: tuple[Violation, ...]
    inquiry: Inquiry

    @property
    def effects(self) -> tuple[CoreEffect, ...]:
        """What the core asked for, to look into."""
        return effects_told(self.rule.effects, self.inquiry.failures)

    @property
    def passage(self) -> Passage:
        """The step between its whole worlds, which have to be put together, to look into."""
        steps, met = self.steps, self.inquiry.failures
        then = after_step(self.rule.kept, met)
        return Passage(steps.world(self.before, met), self.step, self.effects, steps.world(self.after, then))


Digester = Callable[[JudgedStep], Digest]
"""What there is to remember of a step: a pure function of it."""

Judged = tuple[int, tuple[Violation, ...]]
"""The number of what there is to remember after a step, and what the step breaks that no gap of the guide explains."""


class JudgementCache(TransitionCache, Generic[Digest]):
    """The steps of runs that are judged: each has its digest. A place is a world and what is remembered of the way
    there."""

    def __init__(
        self, ways: StepRules, digester: Digester[Digest], earlier: "JudgementCache[Digest] | None" = None
    ) -> None:
        """Steps that go these ways; of `earlier` ones, which were forgotten, it takes over what the checks have said,
        if these ways are still the same."""
        super().__init__(ways)
        self._digester = digester
        kept = earlier if earlier is not None and earlier.ways is ways else None
        self._memories: list[JudgeMemory] = kept._memories if kept is not None else []
        self._memory_numbers: dict[JudgeMemory, int] = kept._memory_numbers if kept is not None else {}
        self._judged: Remembered[Judged] = kept._judged if kept is not None else Remembered()
        self._judged_quiet: Remembered[tuple[Violation, ...]] = kept._judged_quiet if kept is not None else Remembered()

    def _nothing_yet(self) -> int:
        return self._remember(memory_under(self.rules))

    def _work_out(self, number: int, step: Step, inquiry: Inquiry) -> CachedStep:
        """What `watch` makes of the step, piece by piece."""
        world, rule = self._take(number, step, inquiry)
        memory = self._parts[number][-1]
        violations: tuple[Violation, ...] = ()
        if not isinstance(step, UNHEARD):
            memory, violations = self._judge(number, step, rule, world, inquiry)
        after = self._number((*world, memory))
        if self.at_rest[after]:
            violations += self._judge_quiet(after, rule.kept, inquiry)
        judged = JudgedStep(self, number, step, rule, after, violations, inquiry)
        return self._edge(number, step, rule, after, self._digester(judged))

    def _judge(self, number: int, step: Step, rule: StepRule, world: Parts, inquiry: Inquiry) -> Judged:
        memory, before, after = self._parts[number][-1], self.cores[number], self.ways.controls[world[0]]
        services, then = self.services[number], self.ways.services(world[1:])
        glimpse = glimpse_between(self._memories[memory], before, services, step, rule.effects, after, then)

        def judged(own: Inquiry) -> Judged:
            met = own.failures
            then, effects = told(after, after_step(rule.kept, met)), effects_told(rule.effects, met)
            remembered, violations = judge(glimpse._replace(before=told(before, met), effects=effects, after=then))
            return self._remember(remembered), self._unexplained(violations)

        seen = (memory, rule.number, glimpse.call, glimpse.asked, glimpse.touched)
        return self._judged.of(seen, inquiry, judged)

    def _judge_quiet(self, after: int, kept: Kept | None, inquiry: Inquiry) -> tuple[Violation, ...]:
        parts = self._parts[after]

        def judged(own: Inquiry) -> tuple[Violation, ...]:
            world = self.world(after, after_step(kept, own.failures))
            return self._unexplained(judge_quiet(self._memories[parts[-1]], world, self.rules))

        return self._judged_quiet.of((parts, kept), inquiry, judged)

    def _unexplained(self, violations: tuple[Violation, ...]) -> tuple[Violation, ...]:
        """Those that no gap of the guide explains; one that the measures of the rules close explains nothing."""
        return beyond_design(violations, (), self.rules.measures)

    def _remember(self, memory: JudgeMemory) -> int:
        number = self._memory_numbers.setdefault(memory, len(self._memories))
        if number == len(self._memories):
            self._memories.append(memory)
        return number


def judgements_of(digester: Digester[Digest], rules: type[Core] = Core) -> JudgementCache[Digest]:
    """What this process remembers of these rules under this digest."""
    return steps_followed(rules, digester, lambda ways, earlier: JudgementCache(ways, digester, earlier))
