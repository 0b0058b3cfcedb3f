"""All three kinds of evidence in one record: proofs by exploration, answers from graphs, and tried runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.table import Edge
from broadcast_orchestrator.properties.guarantees.verdicts import Cell, Claim, worst_of
from broadcast_orchestrator.properties.model_check.proof import CONFIG
from broadcast_orchestrator.sim.world.rules_by_name import reference_of

if TYPE_CHECKING:  # the mutants bring Hypothesis with them, which few commands need
    from broadcast_orchestrator.properties.audit.audit import Contradiction
    from broadcast_orchestrator.properties.causes.causes import RootCause
    from broadcast_orchestrator.properties.model_check.growth import Growth
    from broadcast_orchestrator.properties.model_check.space import Survey
    from broadcast_orchestrator.properties.mutants.mechanical.score import MechanicalScores
    from broadcast_orchestrator.properties.mutants.mutation_score import MutationScore
    from broadcast_orchestrator.properties.traceability.standing import Standing


NO_ALARM = "no simulated run breaks a guarantee"
"""The claim of all the random runs; it is told even where it holds."""


class VerificationScope(NamedTuple):
    """What is asked of a verification, where that is less than everything: `guarantees` by id, classes of `faults` by
    id, and `places`, () for all of them; and the rules that are judged. The explorer answers such a question, and
    random runs beside it where they can."""

    guarantees: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    rules: type[Core] = Core

    @property
    def is_simulated(self) -> bool:
        """Whether random runs are made, too: of the reference and its measures, where all of it is asked for."""
        return not (self.guarantees or self.faults or self.places) and self.rules is reference_of(self.rules)


ALL = VerificationScope()
"""Everything, about the reference."""


class SpaceSummary(NamedTuple):
    """What was explored: worlds, steps between them, the length of the longest shortest path of what was searched by
    levels, the bounds, and why searches were cut off, if they were."""

    states: int
    transitions: int
    depth: int
    bounds: tuple[str, ...]
    cut_off: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verification:
    """Everything that one verification found. `coverage` tells, by engine, how often each row was taken, `causes` are
    the mistakes behind what is violated, `config` is the configuration that was explored, `survey` is the shape of the
    space that was judged for liveness, `standings` who asks for each demand of the guide; `growth`, `teeth` and
    `mechanical` are there after a thorough one alone."""

    faults: int
    seed: int
    seconds: float
    cells: tuple[Cell, ...]
    claims: tuple[Claim, ...]
    findings: "tuple[Contradiction, ...]"
    space: SpaceSummary
    coverage: Mapping[str, Mapping[Edge, int]]
    causes: "tuple[RootCause, ...]" = ()
    asked: VerificationScope = ALL
    config: OrchestratorConfig = CONFIG
    survey: "Survey | None" = None
    standings: "tuple[Standing, ...]" = ()
    growth: "tuple[Growth, ...]" = ()
    teeth: "MutationScore | None" = None
    mechanical: "MechanicalScores | None" = None

    @property
    def verdict(self) -> str:
        """Violated if anything is that the design does not foresee, else unknown if anything is, else proved."""
        verdicts = [cell.verdict for cell in self.cells if not cell.as_claimed]
        verdicts += [claim.verdict for claim in self.claims]
        return worst_of(verdicts)
