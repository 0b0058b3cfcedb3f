"""The answers: what was asked, what the verdict is, and the evidence behind it. Plain records, no judging."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # who only asks what a verdict is called needs no worlds
    from broadcast_orchestrator.model.config import OrchestratorConfig
    from broadcast_orchestrator.sim.world.trace import Passage

PROVED, VIOLATED, UNKNOWN = "proved", "violated", "unknown"
"""The whole space was explored and it holds; a witness breaks it; the search was cut off before either."""


class Violation(NamedTuple):
    """A guarantee that something breaks: its id, and what is wrong in one sentence. The one record of that, whoever
    finds it.

    `gap` names a gap of the guide's own from which it follows ("" for none), which only who knows the core can tell.
    `key` names the kind of violation and is the same whatever the service, `moment` is where in the evidence it shows,
    from 0: only who sees a whole run from outside names these ("" and None elsewhere).
    """

    guarantee: str
    what: str
    gap: str = ""
    key: str = ""
    moment: int | None = None

    def __str__(self) -> str:
        return f"{self.guarantee}: {self.what}"

    @property
    def kind(self) -> tuple[str, str]:
        """What violations of one kind have in common: the guarantee, with the gap or the key."""
        return self.guarantee, self.gap or self.key

    @property
    def at(self) -> int:
        """The moment; the beginning where none is named."""
        return self.moment or 0


def worst_of(verdicts: Iterable[str]) -> str:
    """Violated if any is, else unknown if any is, else proved."""
    given = set(verdicts)
    return next((verdict for verdict in (VIOLATED, UNKNOWN) if verdict in given), PROVED)


def unforeseen(violations: Iterable[Violation]) -> tuple[Violation, ...]:
    """The violations that do not follow from a gap of the guide's own."""
    return tuple(violation for violation in violations if not violation.gap)


class Witness(NamedTuple):
    """The shortest way found from the start to a violation, replayable from the initial world."""

    violation: Violation
    passages: "tuple[Passage, ...]"

    def config(self, otherwise: "OrchestratorConfig") -> "OrchestratorConfig":
        """The configuration that the run begins with; `otherwise` where it has no step."""
        return self.passages[0].before.core.config if self.passages else otherwise


class Cell(NamedTuple):
    """One cell of the guarantee matrix: does the guarantee hold when faults of this class hit at this place?

    `faults` is how many faults were allowed in all, `states` how many worlds the verdict rests on, and `happened`
    in how many of the explored steps the fault really hit there (0 would make the cell vacuous). Where a guarantee
    cannot hold, `by_design` says in one sentence why, and what would be needed. `arose` says whether what the guarantee
    is about occurred at all in what was explored: no start fails where nothing can go wrong.
    """

    guarantee: str
    fault_class: str
    place: str
    verdict: str
    faults: int
    states: int
    happened: int
    witness: Witness | None = None
    by_design: str = ""
    arose: bool = True

    @property
    def name(self) -> str:
        """What the cell is called."""
        return f"{self.guarantee} under {self.fault_class} at {self.place}"

    @property
    def as_claimed(self) -> bool:
        """Proved, or violated where the design says so."""
        return self.verdict == PROVED or (self.verdict == VIOLATED and bool(self.by_design))


HELD = "held"
"""What was tried and never failed: evidence, but no proof."""


class Claim(NamedTuple):
    """A question outside the matrix, with its answer: `engine` gave it, `evidence` says on what grounds.

    `verdict` is one of those of the matrix, or HELD. `evidence` tells the `Violation`s, where the question is
    whether any was found; most questions are about something else, such as the shape of a graph, or a time. `witness`
    shows what is violated, where a search has found it.
    """

    engine: str
    claim: str
    verdict: str
    evidence: str
    witness: Witness | None = None

    def to_json(self) -> dict[str, str]:
        """The claim as plain data, without its witness."""
        return {"engine": self.engine, "claim": self.claim, "verdict": self.verdict, "evidence": self.evidence}


ANYWHERE = "anywhere"
"""The place of the cells in which nothing goes wrong, or in which no call is hit."""
