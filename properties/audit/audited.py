"""The audit with a verdict: what a reading settles, what is open and known to be, and what nobody has answered.

Beside the findings about the guide it asks whether the reference does what it should: takes every row, leaves the
table nowhere, and has evidence for every clause that is said to be served; and whether a verification asks for every
clause and reading (`properties.traceability`).
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from broadcast_orchestrator.model.guide.clauses import CLAUSE, CLAUSES
from broadcast_orchestrator.model.guide.readings import READING
from broadcast_orchestrator.properties.audit.audit import (
    AMBIGUITY,
    CONTRADICTION,
    GAP,
    OPEN,
    OUTSIDE_TABLE,
    ROW_NEVER_TAKEN,
    Contradiction,
    audit,
)
from broadcast_orchestrator.properties.audit.evidence import EVIDENCE
from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES
from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, UNKNOWN, VIOLATED
from broadcast_orchestrator.properties.lint.catalogue import rules_for
from broadcast_orchestrator.properties.model_check.graphs import changes_stay_within_the_table, every_row_is_taken
from broadcast_orchestrator.properties.model_check.procedures import ProcedureGraph
from broadcast_orchestrator.properties.traceability.standing import Asked, Standing, standings

SETTLED, KNOWN_OPEN, WRONG = "settled", "open", "wrong"
"""Where a remark stands: a reading answers it; nothing does, and it is said why; or it needs somebody's attention."""

OPEN_CLAUSE, NOT_OF_A_RUN, UNASKED, MODEL = "open_clause", "not_of_a_run", "unasked", "model"
KINDS: dict[str, str] = {
    OUTSIDE_TABLE: "steps of the prose outside the table",
    ROW_NEVER_TAKEN: "rows that the prose of no action takes",
    CONTRADICTION: "contradictions",
    AMBIGUITY: "ambiguities",
    GAP: "gaps",
    OPEN_CLAUSE: "open clauses",
    NOT_OF_A_RUN: "clauses that no run can show",
    UNASKED: "clauses and readings that no verification would miss",
    MODEL: "the reference against the table and the clauses",
}
"""What there are remarks about, in the order in which they are shown."""

KNOWN: dict[str, str] = {
    "startup-test-without-content": "it is about the guide's own example; a start requires content (R18)",
    "schema-fields-never-written": "they are the backend's own, and the orchestrator never reads them",
}
"""Findings that no reading settles because no rule of the orchestrator depends on them."""


class Remark(NamedTuple):
    """One thing that an audit says: `because` tells why it stands where it stands, and `readings` are the ids of those
    that settle it."""

    id: str
    kind: str
    standing: str
    sentence: str
    evidence: str
    clauses: tuple[str, ...]
    because: str
    readings: tuple[str, ...] = ()


def remarks(exploration: ProcedureGraph) -> tuple[Remark, ...]:
    """Every remark, by kind; `exploration` is what `properties.model_check.procedures.explore` found."""
    found = [*map(of_finding, audit(exploration)), *of_clauses(), *of_demands(standings()), *of_model(exploration)]
    return tuple(remark for kind in KINDS for remark in found if remark.kind == kind)


def verdict(audited: tuple[Remark, ...], exploration: ProcedureGraph) -> str:
    """Violated if anything is wrong, unknown if the search was cut off, else proved."""
    if any(remark.standing == WRONG for remark in audited):
        return VIOLATED
    return PROVED if exploration.complete else UNKNOWN


def of_finding(finding: Contradiction) -> Remark:
    """A finding about the guide is settled by readings that exist, known to be open, or wrong."""
    readings = () if finding.reading == OPEN else tuple(finding.reading.split(", "))
    unknown = [reading for reading in readings if reading not in READING]
    if readings and not unknown:
        standing, because = SETTLED, "; ".join(f"{reading}: {READING[reading].question}" for reading in readings)
    elif finding.id in KNOWN and not readings:
        standing, because = KNOWN_OPEN, KNOWN[finding.id]
    else:
        standing, because = WRONG, f"there is no reading {', '.join(unknown)}" if unknown else "no reading settles it"
    return Remark(
        finding.id, finding.kind, standing, finding.sentence, finding.evidence, finding.clauses, because, readings
    )


def of_clauses() -> Iterator[Remark]:
    """The clauses that nothing stands for: those that say so themselves, and any that should have evidence."""
    served = {clause for guarantee in GUARANTEES for clause in guarantee.clauses} | {clause for clause, _ in EVIDENCE}
    for clause in CLAUSES:
        if clause.status == "open" or clause.id not in served:
            known = clause.status == "open"
            yield Remark(
                f"clause-{clause.id}",
                OPEN_CLAUSE,
                KNOWN_OPEN if known else WRONG,
                clause.demand,
                f"under the heading {clause.heading}",
                (clause.id,),
                clause.note if known else "it is said to be served, and no guarantee and no test stands for it",
            )


def of_demands(found: Iterable[Standing]) -> Iterator[Remark]:
    """The demands that no run can show, with the reason; and those that nobody asks for, with what is missing: a check,
    a scope in which it is put to the test, or a mutant that dies by it."""
    for each in found:
        clauses = (each.demand,) if each.demand in CLAUSE else READING[each.demand].clauses
        readings = (each.demand,) if each.demand in READING else ()
        evidence = "; ".join(map(told, each.asked)) or "no check asks for it"
        if each.missing:
            because = "; ".join(each.missing)
            yield Remark(f"unasked-{each.demand}", UNASKED, WRONG, each.words, evidence, clauses, because, readings)
        elif each.apart and CLAUSE[each.demand].status != "open":
            yield Remark(
                f"apart-{each.demand}", NOT_OF_A_RUN, KNOWN_OPEN, each.words, _asked_apart(each), clauses, each.apart
            )


def _asked_apart(demand: Standing) -> str:
    """The tests that ask for it in place of a run, and the rules by which an application's pages are read."""
    tests = ", ".join(file for clause, file in EVIDENCE if clause == demand.demand)
    rules = ", ".join(rules_for(demand.demand))
    return f"asked by {tests}" + (f"; of an application's pages by broadcast lint: {rules}" if rules else "")


def told(asked: Asked) -> str:
    """Who asks, in one line."""
    kills = f"; kills {', '.join(asked.mutants)}" if asked.mutants else ""
    return f"{', '.join(asked.checks)}: {asked.sight}, met where {asked.scope or 'nobody has looked'}{kills}"


def of_model(exploration: ProcedureGraph) -> Iterator[Remark]:
    """Where the reference leaves the table, or a row of it is dead."""
    for name, ask in (("changes-outside-the-table", changes_stay_within_the_table), ("dead-rows", every_row_is_taken)):
        claim = ask(exploration)
        if claim.verdict == VIOLATED:
            because = "the reference must take every row and leave the table nowhere"
            yield Remark(
                name, MODEL, WRONG, f"It does not hold that {claim.claim}.", claim.evidence, ("ST-9",), because
            )
