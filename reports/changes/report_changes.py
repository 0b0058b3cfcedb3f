"""What changed between two verifications: cells, claims, mutants, coverage, evidence, bounds, counts and settings."""

import re
from collections.abc import Iterator, Mapping

from broadcast_orchestrator.properties.experiments.changes import BETTER, CHANGED, WORSE, Change
from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, VIOLATED
from broadcast_orchestrator.properties.verification.matrix import BY_DESIGN, CANNOT_ARISE, NOT_REACHED
from broadcast_orchestrator.reports.changes.changes import ABSENT, answered, paired, valued
from broadcast_orchestrator.reports.changes.saved import SavedCell, SavedClaim, SavedClause, SavedFinding, SavedReport
from broadcast_orchestrator.sim.world.faults import NONE

_NUMBER = re.compile(r"\d[\d,.]*")


def of_reports(old: SavedReport, new: SavedReport) -> Iterator[Change]:
    """Every change, the matrix first."""
    yield from answered("verdict", "the verdict", old.verdict, new.verdict)
    yield from _cells(old, new)
    yield from _claims(old.claims, new.claims)
    yield from _mutants(old, new)
    yield from _coverage(old, new)
    yield from _clauses(old, new)
    yield from _findings(old, new)
    yield from _bounds(old, new)
    yield from _counts(old, new)
    yield from _settings(old, new)


# -- The matrix and the claims --------------------------------------------------------------------


def answer(cell: SavedCell) -> str:
    """What the cell's square says, as in the matrix."""
    if cell.verdict == VIOLATED and cell.by_design:
        return BY_DESIGN
    if cell.verdict == PROVED and cell.happened == 0 and cell.fault_class != NONE:
        return NOT_REACHED
    return CANNOT_ARISE if cell.verdict == PROVED and not cell.arose else cell.verdict


def _cells(old: SavedReport, new: SavedReport) -> Iterator[Change]:
    """Cell by cell; of a class of faults or a guarantee that only one of the two is about, all cells in one line."""
    columns = tuple({cell.fault_class: None for cell in report.cells} for report in (old, new))
    rows = tuple({cell.guarantee: None for cell in report.cells} for report in (old, new))
    asked: dict[str, bool] = {}
    for before, after in paired(old.cells, new.cells, lambda cell: (cell.guarantee, cell.fault_class, cell.place)):
        cell = after or before
        assert cell is not None
        if not all(cell.fault_class in column for column in columns):
            asked[f"every cell under {cell.fault_class}"] = after is not None
        elif not all(cell.guarantee in row for row in rows):
            asked[f"every cell of {cell.guarantee}"] = after is not None
        else:
            what = f"{cell.guarantee} under {cell.fault_class} at {cell.place}"
            yield from answered("cell", what, answer(before) if before else None, answer(after) if after else None)
    for what, now in asked.items():
        yield Change("cell", what, *((ABSENT, "asked", BETTER) if now else ("asked", ABSENT, WORSE)))


def _claims(old: tuple[SavedClaim, ...], new: tuple[SavedClaim, ...]) -> Iterator[Change]:
    """Claims are told apart by their words; a number in them is a bound, which may change."""
    silent = [engine for engine in _judges(old) if engine not in _judges(new)]
    for engine in silent:
        yield Change("claim", f"every claim judged by {engine}", "asked", ABSENT, WORSE)
    for before, after in paired(old, new, lambda claim: (claim.engine, _wordless(claim.claim))):
        claim = after or before
        assert claim is not None
        if claim.engine in silent:
            continue
        what = f"{claim.engine}: {claim.claim}"
        yield from answered("claim", what, before.verdict if before else None, after.verdict if after else None)
        if before and after and before.claim != after.claim:
            yield Change("bound", claim.engine, before.claim, after.claim, CHANGED)


def _judges(claims: tuple[SavedClaim, ...]) -> list[str]:
    return list(dict.fromkeys(claim.engine for claim in claims))


def _wordless(text: str) -> str:
    return _NUMBER.sub("#", text)


def _mutants(old: SavedReport, new: SavedReport) -> Iterator[Change]:
    if old.mutants is None or new.mutants is None:
        return  # whether they were asked about at all is told by the claim
    for before, after in paired(_fates(old), _fates(new), lambda fate: fate[0]):
        name = (after or before or ("", ""))[0]
        was, now = before and before[1], after and after[1]
        survives, survived = now == SURVIVES, was == SURVIVES
        verdict = WORSE if survives and not survived else BETTER if survived and not survives else CHANGED
        yield from valued("mutant", name, was, now, verdict)


SURVIVES = "survives"


def _fates(report: SavedReport) -> list[tuple[str, str]]:
    """Each mutant, and which guarantees catch it."""
    assert report.mutants is not None
    fates: dict[str, list[str]] = {}
    for score in report.mutants.scores:
        fates.setdefault(score.mutant, []).extend(score.by)
    return [
        (name, SURVIVES if name in report.mutants.survivors else f"caught by {', '.join(dict.fromkeys(by))}")
        for name, by in fates.items()
    ]


# -- What the answers rest on ---------------------------------------------------------------------


def _coverage(old: SavedReport, new: SavedReport) -> Iterator[Change]:
    engines = [_engines(old), _engines(new)]
    for engine in engines[0]:
        if engine not in engines[1]:
            yield Change("coverage", f"the engine {engine}", "asked", ABSENT, WORSE)
    for engine in engines[1]:
        if engine not in engines[0]:
            yield Change("coverage", f"the engine {engine}", ABSENT, "asked", BETTER)
            continue
        taken = [
            {(row.source, row.target): row.taken.get(engine, 0) for row in r.transitions_covered} for r in (old, new)
        ]
        for edge in dict.fromkeys((*taken[1], *taken[0])):
            was, now = taken[0].get(edge, 0), taken[1].get(edge, 0)
            verdict = WORSE if was and not now else BETTER if now and not was else CHANGED
            yield from valued("coverage", f"{edge[0]} → {edge[1]} by {engine}", was, now, verdict)


def _taken(report: SavedReport, engine: str) -> dict[tuple[str, str], int]:
    return {(row.source, row.target): row.taken.get(engine, 0) for row in report.transitions_covered}


def _engines(report: SavedReport) -> list[str]:
    return list(dict.fromkeys(engine for row in report.transitions_covered for engine in row.taken))


def _clauses(old: SavedReport, new: SavedReport) -> Iterator[Change]:
    for before, after in paired(old.clauses, new.clauses, lambda clause: clause.id):
        clause = after or before
        assert clause is not None
        was, now = _evidence(before) if before else None, _evidence(after) if after else None
        lost = before is not None and (after is None or _lost(before, after))
        served = before is not None and after is not None and before.status == "open" != after.status
        yield from valued("clause", clause.id, was, now, WORSE if lost else BETTER if served else CHANGED)


def _evidence(clause: SavedClause) -> str:
    return ", ".join((*clause.guarantees, *clause.tests)) or clause.status


def _lost(before: SavedClause, after: SavedClause) -> bool:
    kept = (*after.guarantees, *after.tests)
    return any(each not in kept for each in (*before.guarantees, *before.tests))


def _findings(old: SavedReport, new: SavedReport) -> Iterator[Change]:
    if not old.findings or not new.findings:
        yield from valued("finding", "the audit of the guide", len(old.findings), len(new.findings))
        return
    for before, after in paired(old.findings, new.findings, lambda finding: finding.id):
        finding = after or before
        assert finding is not None
        was, now = _told(before) if before else None, _told(after) if after else None
        opened = after is not None and after.reading == "open" and (before is None or before.reading != "open")
        yield from valued("finding", finding.sentence, was, now, WORSE if opened else CHANGED)


def _told(finding: SavedFinding) -> str:
    return f"{finding.evidence} ({finding.reading})"


def _bounds(old: SavedReport, new: SavedReport) -> Iterator[Change]:
    verdict = WORSE if new.faults < old.faults else BETTER  # what holds with fewer faults is a weaker claim
    yield from valued("bound", "faults at most", old.faults, new.faults, verdict)
    for before, after in paired(old.space.bounds, new.space.bounds, _wordless):
        if before != after and not (after or before or "").endswith("in all"):  # that one tells the faults again
            yield Change("bound", "what keeps the space finite", before or ABSENT, after or ABSENT, CHANGED)


def _counts(old: SavedReport, new: SavedReport) -> Iterator[Change]:
    yield from valued("count", "worlds", old.space.states, new.space.states)
    yield from valued("count", "steps between them", old.space.transitions, new.space.transitions)
    yield from valued("count", "depth", old.space.depth, new.space.depth)
    before, after = _hits(old), _hits(new)
    for fault, place in after:
        was, now = before.get((fault, place), 0), after[fault, place]
        if was and now:  # where it never hit, the cells say so
            yield from valued("count", f"times that {fault} hit at {place}", was, now)


def _hits(report: SavedReport) -> Mapping[tuple[str, str], int]:
    return {(cell.fault_class, cell.place): cell.happened for cell in report.cells}


def _settings(old: SavedReport, new: SavedReport) -> Iterator[Change]:
    yield from valued("setting", "seed", old.seed, new.seed)
    for name in dict.fromkeys((*new.environment, *old.environment)):
        yield from valued("setting", name, old.environment.get(name), new.environment.get(name))
