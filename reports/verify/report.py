"""Everything that a report says, gathered into one record, before anyone decides how it looks."""

import platform
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.guide.clauses import CLAUSES, Clause
from broadcast_orchestrator.model.table import FORCED, TABLE, Edge
from broadcast_orchestrator.properties.audit.evidence import EVIDENCE
from broadcast_orchestrator.properties.experiments.changes import Changes
from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES
from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, UNKNOWN, VIOLATED, Cell, worst_of
from broadcast_orchestrator.properties.verification.matrix import (
    CANNOT_ARISE,
    WORST_FIRST,
    Matrix,
    Square,
    answer,
    matrix,
)
from broadcast_orchestrator.properties.verification.verification import Verification
from broadcast_orchestrator.reports.verify.causes import ToldCause, by_cell, in_short, told_causes
from broadcast_orchestrator.reports.verify.embedded import Shown
from broadcast_orchestrator.sim.world.rules_by_name import path_of, reference_of
from broadcast_orchestrator.sim.world.trace import Passage

if TYPE_CHECKING:
    from broadcast_orchestrator.reports.measures.facts import MeasuresReport

EXPLORER = "explorer"
"""The engine that answers for further scopes, each in a claim."""

FOREMOST = 2
"""How many of the bounds are told in the first line: those of commands, and of the classes of fault."""

LIBRARIES = ("broadcast-orchestrator", "simpy", "hypothesis", "networkx", "pygraphviz", "numpy", "pytest")
"""The distributions whose versions the report names."""


class Told(NamedTuple):
    """A witness told for people: `id` is also its place on the page, `replay` the command that shows it again, and
    `explain` the one that says why it happens."""

    id: str
    cell: Cell
    what: str
    run: tuple[Passage, ...]
    story: tuple[str, ...]
    replay: str
    explain: str


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
class VerificationReport:
    """One verification, and everything that is shown of it; `left_out` says what its verdict is not about, `changes`
    are those since an earlier report, if any, `experiments` results that are shown beside it, `measures` the table of
    measures, where it was made too."""

    verification: Verification
    sentence: str
    left_out: tuple[str, ...]
    causes: tuple[ToldCause, ...]
    matrix: Matrix
    witnesses: tuple[Told, ...]
    coverage: tuple[CoverageRow, ...]
    clauses: tuple[ClauseRow, ...]
    environment: Mapping[str, str]
    reproduce: tuple[str, ...]
    example: tuple[Passage, ...] = ()
    by_cell: Mapping[tuple[str, str, str], Told] = field(default_factory=dict)
    causes_by_cell: Mapping[str, ToldCause] = field(default_factory=dict)
    changes: Changes | None = None
    experiments: tuple[Shown, ...] = ()
    measures: "MeasuresReport | None" = None

    @property
    def verdict(self) -> str:
        """That of the verification and that of the table of measures, the worse of the two."""
        verdicts = (self.verification.verdict, self.measures.verdict if self.measures else PROVED)
        return worst_of(verdicts)

    @property
    def taken(self) -> dict[Edge, int]:
        """How often each change of state was seen, all engines together."""
        return dict(sum((Counter(rows) for rows in self.verification.coverage.values()), Counter[Edge]()))

    def told(self, cell: Cell) -> Told | None:
        """The witness of a cell, told for people; None where there is none."""
        return self.by_cell.get((cell.guarantee, cell.fault_class, cell.place))

    def cause_of(self, cell: Cell) -> ToldCause | None:
        """The cause that explains a cell; None where there is none."""
        return self.causes_by_cell.get(cell.name)

    def place_of(self, square: Square) -> str:
        """Where a square leads to on the page: to the witness of its worst cell, or else to its cells."""
        worst = (cell for cell in square.cells if answer(cell) == square.answer)
        told = next((told for cell in worst if (told := self.cause_of(cell) or self.told(cell))), None)
        return told.id if told else f"{square.guarantee}-{square.fault_class}"


def gather(
    verification: Verification, witnesses: tuple[Told, ...] = (), example: tuple[Passage, ...] = ()
) -> VerificationReport:
    """The report of a verification; `example` is the run that it shows, `witnesses` are those of its red cells."""
    causes = told_causes(verification)
    return VerificationReport(
        verification=verification,
        sentence=sentence(verification),
        left_out=left_out(verification),
        causes=causes,
        matrix=matrix(verification.cells),
        witnesses=witnesses,
        coverage=coverage_rows(verification.coverage),
        clauses=clause_rows(),
        environment=environment(),
        reproduce=(reproduce(verification),),
        example=example,
        by_cell={
            (cell.guarantee, cell.fault_class, cell.place): told
            for told in witnesses
            for cell in verification.cells
            if same_story(cell, told.cell)
        },
        causes_by_cell=by_cell(causes),
    )


def same_story(cell: Cell, other: Cell) -> bool:
    """Whether two cells of one guarantee are broken by the same witness; it is told once."""
    return cell.guarantee == other.guarantee and cell.witness is not None and cell.witness == other.witness


def reproduce(verification: Verification) -> str:
    """The command that verifies the same again."""
    asked = verification.asked
    narrowed = (("--only", asked.guarantees), ("--faults-only", asked.faults), ("--places", asked.places))
    options = "".join(f" {option} {','.join(names)}" for option, names in narrowed if names)
    rules = "" if asked.rules is Core else f" --rules {path_of(asked.rules)}"
    thorough = " --thorough" if verification.teeth else ""
    if verification.mechanical:
        thorough += f" --mechanical {len(verification.mechanical.scores)}"
    numbers = f"--faults {verification.faults} --seed {verification.seed}"
    return f"broadcast verify {numbers}{options}{rules}{thorough} --out report"


def sentence(verification: Verification) -> str:
    """The verdict in one sentence."""
    cells, claims, causes = verification.cells, verification.claims, verification.causes
    limit = _limit(verification)
    if broken := _broken(verification):
        where = f"{len(broken)} of {len(cells):,} cells"
        if causes:
            return f"{headline(verification)}: {in_short(causes)}."
        rows = ", ".join(dict.fromkeys(cell.guarantee for cell in broken))
        return f"{where} are violated with {limit}: {rows}."
    if wrong := [claim for claim in claims if claim.verdict == VIOLATED]:
        return f"No cell is violated, but {len(wrong)} of {len(claims)} further claims: {wrong[0].claim}."
    unknown = sum(cell.verdict == UNKNOWN for cell in cells) + sum(claim.verdict == UNKNOWN for claim in claims)
    if unknown:
        return f"Nothing is violated with {limit}, but {unknown} answers are unknown."
    guarantees = len(dict.fromkeys(cell.guarantee for cell in cells))
    scopes = sum(claim.engine == EXPLORER for claim in claims)
    beside = f", {scopes} of them about further scopes" if scopes else ""
    further = f", and all {len(claims)} further claims hold{beside}" if claims else ""
    named = "The one guarantee is" if guarantees == 1 else f"All {guarantees} guarantees are"
    told = f" ({explored(verification)})" if verification.space.bounds else ""
    over = f"over {verification.space.states:,} worlds with {limit}{told}"
    foreseen = sum(bool(cell.by_design) for cell in cells)
    if not foreseen:
        return f"{named} proved {over}{further}."
    nothing = sum(answer(cell) == CANNOT_ARISE for cell in cells)
    told = f"{len(cells) - foreseen - nothing} cells proved, {foreseen} broken by design"
    told += f", {nothing} that cannot arise" if nothing else ""
    return f"{named} as claimed {over}: {told}{further}."


def headline(verification: Verification) -> str:
    """How many causes there are that show, and in how many cells; the sentence, where there is no cause."""
    if not verification.causes:
        return sentence(verification)
    count = sum(not cause.hidden_by for cause in verification.causes)
    where = f"{len(_broken(verification))} of {len(verification.cells):,} cells"
    return f"{count} {'cause' if count == 1 else 'causes'} in {where} with {_limit(verification)}"


def _broken(verification: Verification) -> list[Cell]:
    return [cell for cell in verification.cells if cell.verdict == VIOLATED and not cell.by_design]


def _limit(verification: Verification) -> str:
    faults = verification.faults
    return f"up to {faults} {'fault' if faults == 1 else 'faults'}" if faults else "no fault"


def explored(verification: Verification) -> str:
    """What the verdict rests on, in a few words: how commands come, and which classes are mixed."""
    return "; ".join(verification.space.bounds[:FOREMOST])


def left_out(verification: Verification) -> tuple[str, ...]:
    """What the verdict is not about, where a part was asked for, another core is judged or a search was cut off, a
    sentence each."""
    asked, told = verification.asked, []
    parts = (
        ("guarantees", asked.guarantees),
        ("classes of fault", asked.faults),
        ("places of faults", asked.places),
    )
    told += [
        f"Only these {what} were asked for: {', '.join(names)}; nothing is said of others."
        for what, names in parts
        if names
    ]
    if any(names for _, names in parts):
        told.append("The scopes beside the plain one were not explored.")
    if asked.rules is not Core:
        told.append(f"The core that is judged is {judged_core(asked.rules)}.")
    if told:
        both = "The explorer and random runs alone were asked: no search by Hypothesis,"
        one = "The explorer alone was asked: no search by Hypothesis, no simulated runs,"
        beside = both if asked.is_simulated else one
        told.append(f"{beside} no graphs of procedures and of progress, no audit of the guide.")
    unknown = "A search was cut off, and what it did not reach is unknown"
    return (*told, *(f"{unknown}: {why}." for why in verification.space.cut_off))


def tally(cells: Iterable[Cell]) -> dict[str, int]:
    """How many cells give each answer, the worst first; answers that no cell gives are left out."""
    answers = [answer(cell) for cell in cells]
    return {word: answers.count(word) for word in WORST_FIRST if word in answers}


def coverage_rows(coverage: Mapping[str, Mapping[Edge, int]]) -> tuple[CoverageRow, ...]:
    """Every row of the table and every forced edge, with how often each engine took it."""
    rows = [(row, False) for row in TABLE] + [(row, True) for row in FORCED]
    return tuple(
        CoverageRow(
            row.source.value,
            row.target.value,
            row.cause,
            forced,
            {engine: taken.get((row.source, row.target), 0) for engine, taken in coverage.items()},
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


def judged_core(rules: type[Core]) -> str:
    """What the core is called that is judged in place of the reference."""
    if rules is reference_of(rules):
        return f"the reference with {', '.join(rules.measures)}"
    return f"{path_of(rules)}, not the reference"
