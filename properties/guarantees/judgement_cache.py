"""Judgements remembered: what a step means is worked out once for each world that it is taken from.

Nothing is judged here. What is looked up is what the guarantees' checks have said, as `properties.guarantees.catalogue.
watch` says it, and nothing else: their memory of a run is finite, too, so a world together with it is one more kind of
world, and a run that is judged this way costs a look into a dictionary for each step. Where a step is taken for the
first time from a world, the checks may have seen it all the same: they see no more of it than the way that it went
(`CachedStep.rule`) and what a `Glimpse` holds beside.
"""

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.guarantees.catalogue import glimpse_between, judge, judge_quiet
from broadcast_orchestrator.properties.guarantees.memory import JudgeMemory, memory_under
from broadcast_orchestrator.properties.guarantees.verdicts import Violation, unforeseen
from broadcast_orchestrator.sim.world.steps import UNHEARD
from broadcast_orchestrator.sim.world.trace import Passage
from broadcast_orchestrator.sim.world.transition_cache import CachedStep, TransitionCache, steps_of

Digest = TypeVar("Digest")


class JudgedStep(NamedTuple):
    """A step as a digest is made of it: the edge that it is, the number of the world before it, in which `steps` that
    is, and its violations that no gap of the guide explains."""

    steps: TransitionCache
    before: int
    edge: CachedStep
    violations: tuple[Violation, ...]

    @property
    def passage(self) -> Passage:
        """The step between its whole worlds, which have to be put together."""
        steps, edge = self.steps, self.edge
        return Passage(steps.world(self.before), edge.step, edge.effects, steps.world(edge.after))


Digester = Callable[[JudgedStep], Digest]
"""What there is to remember of a step: a pure function of it."""

Judged = tuple[int, tuple[Violation, ...]]
"""The number of what there is to remember after a step, and what the step breaks that no gap of the guide explains."""


class Judgement(NamedTuple, Generic[Digest]):
    """What one step means: where the run stands `after` it, and the digest of the step."""

    after: int
    digest: Digest


class JudgementCache(Generic[Digest]):
    """The judgements so far, over what `steps` has worked out. `edges` are, for each place where a run may stand, which
    is a world and what is remembered of the way there, the judgements by the numbers of the edges."""

    def __init__(self, steps: TransitionCache, digester: Digester[Digest]) -> None:
        self.steps = steps
        self.edges: list[dict[int, Judgement[Digest]]] = []
        self._digester = digester
        self._stands: list[tuple[int, int]] = []
        self._numbers: dict[tuple[int, int], int] = {}
        self._memories: list[JudgeMemory] = []
        self._memory_numbers: dict[JudgeMemory, int] = {}
        self._judged: dict[tuple[Any, ...], Judged] = {}
        self._judged_quiet: dict[tuple[int, int], tuple[Violation, ...]] = {}

    def start(self, world: int) -> int:
        """Where a run stands that begins in that world."""
        return self._number((self._remember(memory_under(self.steps.rules)), world))

    def step(self, stand: int, edge: CachedStep) -> Judgement[Digest]:
        """What the step means that is this edge, taken from where the run stands."""
        known = self.edges[stand].get(edge.number)
        return known if known is not None else self._work_out(stand, edge)

    def _work_out(self, stand: int, edge: CachedStep) -> Judgement[Digest]:
        memory, world = self._stands[stand]
        memory, violations = self._watch(memory, world, edge)
        digest = self._digester(JudgedStep(self.steps, world, edge, violations))
        judgement = Judgement(self._number((memory, edge.after)), digest)
        self.edges[stand][edge.number] = judgement
        return judgement

    def _watch(self, memory: int, world: int, edge: CachedStep) -> Judged:
        """What `watch` makes of the step, piece by piece."""
        violations = tuple[Violation, ...]()
        if not isinstance(edge.step, UNHEARD):
            memory, violations = self._judge(memory, world, edge)
        if self.steps.at_rest[edge.after]:
            violations += self._judge_quiet(memory, edge.after)
        return memory, violations

    def _judge(self, memory: int, world: int, edge: CachedStep) -> Judged:
        cores, services = self.steps.cores, self.steps.services
        glimpse = glimpse_between(
            self._memories[memory],
            cores[world],
            services[world],
            edge.step,
            edge.effects,
            cores[edge.after],
            services[edge.after],
        )
        seen = (memory, edge.rule, glimpse.call, glimpse.asked, glimpse.touched)
        judged = self._judged.get(seen)
        if judged is None:
            remembered, violations = judge(glimpse)
            judged = self._judged[seen] = self._remember(remembered), unforeseen(violations)
        return judged

    def _judge_quiet(self, memory: int, world: int) -> tuple[Violation, ...]:
        judged = self._judged_quiet.get((memory, world))
        if judged is None:
            violations = judge_quiet(self._memories[memory], self.steps.world(world), self.steps.rules)
            judged = self._judged_quiet[memory, world] = unforeseen(violations)
        return judged

    def _remember(self, memory: JudgeMemory) -> int:
        number = self._memory_numbers.setdefault(memory, len(self._memories))
        if number == len(self._memories):
            self._memories.append(memory)
        return number

    def _number(self, stand: tuple[int, int]) -> int:
        number = self._numbers.setdefault(stand, len(self._stands))
        if number == len(self._stands):
            self._stands.append(stand)
            self.edges.append({})
        return number


_shared: dict[tuple[type[Core], object], JudgementCache[object]] = {}


def judgements_of(digester: Digester[Digest], rules: type[Core] = Core) -> JudgementCache[Digest]:
    """What this process remembers of these rules under this digest; begun anew with the steps that it stands on."""
    steps, key = steps_of(rules), (rules, digester)
    judgements = _shared.get(key)
    if judgements is None or judgements.steps is not steps:
        judgements = _shared[key] = JudgementCache(steps, digester)
    return judgements  # type: ignore[return-value]
