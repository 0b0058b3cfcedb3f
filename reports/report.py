"""Everything that a report says, gathered into one record, before anyone decides how it looks."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import NamedTuple

from model.clauses import CLAUSES, Clause
from model.table import FORCED, TABLE
from properties.evidence import EVIDENCE
from properties.guarantees import GUARANTEES
from properties.verdicts import PROVED, UNKNOWN, VIOLATED, Cell
from properties.verification import Verification
from reports.frames import Frame
from reports.matrix import NOT_REACHED, Matrix, answer, matrix
from reports.words import consequences, what_happened

LIBRARIES = ("broadcast-orchestrator", "simpy", "hypothesis", "networkx", "pygraphviz", "numpy", "pytest")
"""The distributions whose versions the report names."""


class Told(NamedTuple):
    """A witness told for people: `id` is also its place on the page, `replay` the command that shows it again."""

    id: str
    cell: Cell
    what: str
    frames: tuple[Frame, ...]
    story: tuple[str, ...]
    replay: str


class ClauseRow(NamedTuple):
    """A clause of the guide and what stands for it."""

    clause: Clause
    guarantees: tuple[str, ...]
    tests: tuple[str, ...]


class CoverageRow(NamedTuple):
    """A row of the table, or a forced edge, and how often each engine took it."""

    source: str
    target: str
    cause: str
    forced: bool
    taken: Mapping[str, int]

    @property
    def total(self) -> int:
        """How often all engines together took it."""
        return sum(self.taken.values())


@dataclass(frozen=True)
class Report:
    """One verification, and everything that is shown of it."""

    verification: Verification
    sentence: str
    matrix: Matrix
    witnesses: tuple[Told, ...]
    coverage: tuple[CoverageRow, ...]
    clauses: tuple[ClauseRow, ...]
    environment: Mapping[str, str]
    reproduce: tuple[str, ...]
    example: tuple[Frame, ...] = ()
    by_cell: Mapping[tuple[str, str, str], Told] = field(default_factory=dict)

    def told(self, cell: Cell) -> Told | None:
        """The witness of a cell, told for people; None where there is none."""
        return self.by_cell.get((cell.guarantee, cell.fault_class, cell.place))


def gather(verification: Verification, witnesses: tuple[Told, ...] = (), example: tuple[Frame, ...] = ()) -> Report:
    """The report of a verification; `example` is the run that it shows, `witnesses` are those of its red cells."""
    return Report(
        verification=verification,
        sentence=sentence(verification),
        matrix=matrix(verification.cells),
        witnesses=witnesses,
        coverage=_coverage(verification),
        clauses=clause_rows(),
        environment=environment(),
        reproduce=(f"broadcast verify --faults {verification.faults} --seed {verification.seed} --out report",),
        example=example,
        by_cell={(told.cell.guarantee, told.cell.fault_class, told.cell.place): told for told in witnesses},
    )


def story(frames: tuple[Frame, ...]) -> tuple[str, ...]:
    """A run in sentences, one a step: what happened, and what followed from it."""
    return tuple(
        what_happened(frame) + "".join(f"; {sentence}" for sentence in consequences(frame)) for frame in frames
    )


def sentence(verification: Verification) -> str:
    """The verdict in one sentence."""
    cells, claims = verification.cells, verification.claims
    limit = f"up to {verification.faults} {'fault' if verification.faults == 1 else 'faults'}"
    if broken := [cell for cell in cells if cell.verdict == VIOLATED]:
        rows = ", ".join(dict.fromkeys(cell.guarantee for cell in broken))
        return f"{len(broken)} of {len(cells):,} cells are violated with {limit}: {rows}."
    if wrong := [claim for claim in claims if claim.verdict == VIOLATED]:
        return f"No cell is violated, but {len(wrong)} of {len(claims)} further claims: {wrong[0].claim}."
    unknown = sum(cell.verdict == UNKNOWN for cell in cells) + sum(claim.verdict == UNKNOWN for claim in claims)
    if unknown:
        return f"Nothing is violated with {limit}, but {unknown} answers are unknown."
    guarantees = len(dict.fromkeys(cell.guarantee for cell in cells))
    return (
        f"All {guarantees} guarantees are proved over {verification.space.states:,} worlds with {limit}, "
        f"and all {len(claims)} further claims hold."
    )


def tally(verification: Verification) -> dict[str, int]:
    """How many cells give each answer, the worst first; answers that no cell gives are left out."""
    answers = [answer(cell) for cell in verification.cells]
    return {word: answers.count(word) for word in (VIOLATED, UNKNOWN, PROVED, NOT_REACHED) if word in answers}


def _coverage(verification: Verification) -> tuple[CoverageRow, ...]:
    rows = [(row, False) for row in TABLE] + [(row, True) for row in FORCED]
    return tuple(
        CoverageRow(
            row.source.value,
            row.target.value,
            row.cause,
            forced,
            {engine: taken.get((row.source, row.target), 0) for engine, taken in verification.coverage.items()},
        )
        for row, forced in rows
    )


def clause_rows() -> tuple[ClauseRow, ...]:
    """Every clause of the guide, in its order, with the guarantees and the tests that stand for it."""
    return tuple(
        ClauseRow(
            clause,
            tuple(guarantee.id for guarantee in GUARANTEES if clause.id in guarantee.clauses),
            tuple(test for served, test in EVIDENCE if served == clause.id),
        )
        for clause in CLAUSES
    )


def environment() -> dict[str, str]:
    """What the verification ran on: the interpreter, the kind of system, and the libraries that matter."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        **{library: version(library) for library in LIBRARIES},
    }
