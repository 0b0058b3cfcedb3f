"""Judgements remembered: what a step means is worked out once for each world that it is taken from.

Nothing is judged here. What is looked up is what the guarantees' checks have said, through
`properties.guarantees.catalogue.watch`, and nothing else: their memory of a run is finite, too, so a world together
with it is one more kind of world, and a run that is judged this way costs a look into a dictionary for each step.
"""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.guarantees.catalogue import watch
from broadcast_orchestrator.properties.guarantees.memory import JudgeMemory
from broadcast_orchestrator.properties.guarantees.verdicts import Violation, unforeseen
from broadcast_orchestrator.sim.world.trace import Passage
from broadcast_orchestrator.sim.world.transition_cache import CachedStep, TransitionCache, steps_of

Digest = TypeVar("Digest")

Digester = Callable[[Passage, tuple[Violation, ...], CachedStep], Digest]
"""What there is to remember of a step: a pure function of the step, of the violations in it that no gap of the guide
explains, and of the edge that it is."""


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
        self._stands: list[tuple[JudgeMemory, int]] = []
        self._numbers: dict[tuple[JudgeMemory, int], int] = {}

    def start(self, world: int) -> int:
        """Where a run stands that begins in that world."""
        return self._number((JudgeMemory(), world))

    def step(self, stand: int, edge: CachedStep) -> Judgement[Digest]:
        """What the step means that is this edge, taken from where the run stands."""
        known = self.edges[stand].get(edge.number)
        return known if known is not None else self._work_out(stand, edge)

    def _work_out(self, stand: int, edge: CachedStep) -> Judgement[Digest]:
        observer, number = self._stands[stand]
        worlds = self.steps.worlds
        passage = Passage(worlds[number], edge.step, edge.effects, worlds[edge.after])
        observer, violations = watch(observer, *passage[:4], self.steps.rules)
        digest = self._digester(passage, unforeseen(violations), edge)
        judgement = Judgement(self._number((observer, edge.after)), digest)
        self.edges[stand][edge.number] = judgement
        return judgement

    def _number(self, stand: tuple[JudgeMemory, int]) -> int:
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
