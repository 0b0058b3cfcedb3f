"""Judgements remembered: what a step means is worked out once for each world that it is taken from.

Nothing is judged here. What is looked up is what the guarantees' checks have said, as `properties.guarantees.catalogue.
watch` says it, and nothing else: their memory of a run is finite, too, so a world together with it is one more kind of
world, between which a step carries what it means, and a run that is judged this way costs no more looks into a
dictionary than one that is not. Where a step is taken for the first time from a world, the checks may have seen it all
the same: they see no more of it than the way that it went (`CachedStep.rule`) and what a `Glimpse` holds beside.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Generic, NamedTuple, TypeVar

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import CoreEffect
from broadcast_orchestrator.properties.guarantees.by_design import beyond_design
from broadcast_orchestrator.properties.guarantees.catalogue import glimpse_between, judge, judge_quiet
from broadcast_orchestrator.properties.guarantees.memory import JudgeMemory, memory_under
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.sim.world.remembered.met_failures import (
    Inquiry,
    Remembered,
    after_step,
    effects_told,
    told,
)
from broadcast_orchestrator.sim.world.remembered.transition_cache import (
    CachedStep,
    KnownSteps,
    TransitionCache,
    steps_of,
)
from broadcast_orchestrator.sim.world.steps import UNHEARD, Step
from broadcast_orchestrator.sim.world.trace import Passage

Digest = TypeVar("Digest")


class JudgedStep(NamedTuple):
    """A step as a digest is made of it: the edge that it is, the number of the world before it, in which `steps` that
    is, and its violations that no gap of the guide explains. Whoever looks into a failure that the run has met asks the
    `inquiry`, so a digest may hold what failures say, and no failure that nobody has looked into."""

    steps: TransitionCache
    before: int
    edge: CachedStep
    violations: tuple[Violation, ...]
    inquiry: Inquiry

    @property
    def effects(self) -> tuple[CoreEffect, ...]:
        """What the core asked for, to look into."""
        return effects_told(self.edge.effects, self.inquiry.failures)

    @property
    def passage(self) -> Passage:
        """The step between its whole worlds, which have to be put together, to look into."""
        steps, edge, met = self.steps, self.edge, self.inquiry.failures
        then = after_step(edge.kept, met)
        return Passage(steps.world(self.before, met), edge.step, self.effects, steps.world(edge.after, then))


Digester = Callable[[JudgedStep], Digest]
"""What there is to remember of a step: a pure function of it."""

Judged = tuple[int, tuple[Violation, ...]]
"""The number of what there is to remember after a step, and what the step breaks that no gap of the guide explains."""


class JudgementCache(KnownSteps, Generic[Digest]):
    """The steps of runs that are judged, over what `steps` has worked out: each edge has its digest. Where a run stands
    is a world and what is remembered of the way there."""

    def __init__(
        self, steps: TransitionCache, digester: Digester[Digest], earlier: "JudgementCache[Digest] | None" = None
    ) -> None:
        """Judgements over these steps; of `earlier` ones, over worlds that were forgotten, it takes over what the
        checks have said of the ways of steps, if these are still known."""
        super().__init__(steps.rules)
        self.steps = steps
        self._digester = digester
        self._starts: dict[OrchestratorConfig, int] = {}
        self._stands: list[tuple[int, int]] = []
        self._numbers: dict[tuple[int, int], int] = {}
        kept = earlier if earlier is not None and earlier.steps.ways is steps.ways else None
        self._memories: list[JudgeMemory] = kept._memories if kept is not None else []
        self._memory_numbers: dict[JudgeMemory, int] = kept._memory_numbers if kept is not None else {}
        self._judged: Remembered[Judged] = kept._judged if kept is not None else Remembered()
        self._judged_quiet = Remembered[tuple[Violation, ...]]()

    def start(self, config: OrchestratorConfig) -> int:
        """Where a run begins."""
        start = self._starts.get(config)
        if start is None:
            stand = self._remember(memory_under(self.rules)), self.steps.start(config)
            start = self._starts[config] = self._number(stand)
        return start

    def _work_out(self, number: int, step: Step, inquiry: Inquiry) -> CachedStep:
        memory, world = self._stands[number]
        edge = self.steps.edge_of(world, step, inquiry)
        memory, violations = self._watch(memory, world, edge, inquiry)
        digest = self._digester(JudgedStep(self.steps, world, edge, violations, inquiry))
        return replace(edge, after=self._number((memory, edge.after)), digest=digest)

    def _watch(self, memory: int, world: int, edge: CachedStep, inquiry: Inquiry) -> Judged:
        """What `watch` makes of the step, piece by piece."""
        violations = tuple[Violation, ...]()
        if not isinstance(edge.step, UNHEARD):
            memory, violations = self._judge(memory, world, edge, inquiry)
        if self.steps.at_rest[edge.after]:
            violations += self._judge_quiet(memory, edge, inquiry)
        return memory, violations

    def _judge(self, memory: int, world: int, edge: CachedStep, inquiry: Inquiry) -> Judged:
        cores, services = self.steps.cores, self.steps.services
        before, after = cores[world], cores[edge.after]
        glimpse = glimpse_between(
            self._memories[memory], before, services[world], edge.step, edge.effects, after, services[edge.after]
        )

        def judged(own: Inquiry) -> Judged:
            met = own.failures
            then, effects = told(after, after_step(edge.kept, met)), effects_told(edge.effects, met)
            remembered, violations = judge(glimpse._replace(before=told(before, met), effects=effects, after=then))
            return self._remember(remembered), self._unexplained(violations)

        seen = (memory, edge.rule, glimpse.call, glimpse.asked, glimpse.touched)
        return self._judged.of(seen, inquiry, judged)

    def _judge_quiet(self, memory: int, edge: CachedStep, inquiry: Inquiry) -> tuple[Violation, ...]:
        def judged(own: Inquiry) -> tuple[Violation, ...]:
            world = self.steps.world(edge.after, after_step(edge.kept, own.failures))
            return self._unexplained(judge_quiet(self._memories[memory], world, self.steps.rules))

        return self._judged_quiet.of((memory, edge.after, edge.kept), inquiry, judged)

    def _unexplained(self, violations: tuple[Violation, ...]) -> tuple[Violation, ...]:
        """Those that no gap of the guide explains; one that the measures of the rules close explains nothing."""
        return beyond_design(violations, (), self.steps.rules.measures)

    def _remember(self, memory: JudgeMemory) -> int:
        number = self._memory_numbers.setdefault(memory, len(self._memories))
        if number == len(self._memories):
            self._memories.append(memory)
        return number

    def _number(self, stand: tuple[int, int]) -> int:
        number = self._numbers.setdefault(stand, len(self._stands))
        if number == len(self._stands):
            self._stands.append(stand)
            steps, (_, world) = self.steps, stand
            self.cores.append(steps.cores[world])
            self.services.append(steps.services[world])
            self.answerable.append(steps.answerable[world])
            self.edges.append({})
            self.places.append(steps.places[world])
            self.at_rest.append(steps.at_rest[world])
        return number


_shared: dict[tuple[type[Core], object], JudgementCache[object]] = {}


def judgements_of(digester: Digester[Digest], rules: type[Core] = Core) -> JudgementCache[Digest]:
    """What this process remembers of these rules under this digest; begun anew with the worlds that it stands on."""
    steps, key = steps_of(rules), (rules, digester)
    judgements = _shared.get(key)
    if judgements is None or judgements.steps is not steps:
        judgements = _shared[key] = JudgementCache(steps, digester, judgements)
    return judgements  # type: ignore[return-value]
