"""Where each demand of the guide stands: asked for by checks that were put to the test and have teeth; apart; open."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from broadcast_orchestrator.model.guide.clauses import CLAUSES
from broadcast_orchestrator.model.guide.readings import READINGS
from broadcast_orchestrator.properties.guarantees.asking import ASKING, QUERIES, Asking
from broadcast_orchestrator.properties.guarantees.catalogue import OF_QUIET, OF_STEPS
from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, VIOLATED, Claim
from broadcast_orchestrator.properties.mutants import BY_NAME
from broadcast_orchestrator.properties.queries.broken_queries import BROKEN_QUERIES
from broadcast_orchestrator.properties.traceability.apart import APART
from broadcast_orchestrator.properties.traceability.reached import FIRST_MET

ASKED, NOT_OF_A_RUN, UNASKED = "asked", "not of a run", "open"
"""How a demand may stand."""

DEMANDS: dict[str, str] = {
    **{clause.id: clause.demand for clause in CLAUSES},
    **{reading.id: reading.question for reading in READINGS},
}
"""Every clause and every reading, by id, in words."""

CHECKS: dict[str, str] = {
    **{check.name: guarantee for guarantee, check in OF_STEPS},
    **{check.__name__: guarantee for guarantee, check in OF_QUIET},
}
"""The guarantee that each check belongs to, by the check's name."""

TEETH = frozenset((*BY_NAME, *(broken.name for broken in BROKEN_QUERIES)))
"""The names of all mutants, of the core and of its queries."""

Met = Mapping[str, Mapping[str, int]]
"""For each scope, by its name, how often each sight was met there."""


class Asked(NamedTuple):
    """One row of who asks: the checks with their guarantees, the sight, how often it was met in all (None where nobody
    has counted), the scope in which it was met first ("" for none), and the mutants that die by these checks."""

    checks: tuple[str, ...]
    sight: str
    times: int | None
    scope: str
    mutants: tuple[str, ...]


class Standing(NamedTuple):
    """Where one demand stands: who asks, or why no run can show it (`apart`), or what is `missing`."""

    demand: str
    words: str
    asked: tuple[Asked, ...]
    apart: str
    missing: tuple[str, ...]

    @property
    def standing(self) -> str:
        """In a word."""
        return UNASKED if self.missing else NOT_OF_A_RUN if self.apart else ASKED


def standings(
    met: Met | None = None, rows: Iterable[Asking] = ASKING, apart: Mapping[str, str] = APART
) -> tuple[Standing, ...]:
    """Every clause and reading, in the order of the guide; `met` is what was counted, else what is written down."""
    known = tuple(rows)
    return tuple(
        _standing(demand, words, [row for row in known if row.demand == demand], apart.get(demand, ""), met)
        for demand, words in DEMANDS.items()
    )


def _standing(demand: str, words: str, rows: list[Asking], apart: str, met: Met | None) -> Standing:
    asked = tuple(_asked(row, met) for row in rows)
    missing = [lack for each in asked for lack in _lacks(each)]
    if not asked and not apart:
        missing.append("no check asks for it")
    return Standing(demand, words, asked, apart, tuple(dict.fromkeys(missing)))


def _asked(row: Asking, met: Met | None) -> Asked:
    checks = tuple(f"{CHECKS[check]} {check}" if check in CHECKS else check for check in row.checks)
    if met is None:
        scope = next((scope for scope, sights in FIRST_MET.items() if row.sight in sights), "")
        return Asked(checks, row.sight, None, scope, row.mutants)
    scope = next((scope for scope, counts in met.items() if counts.get(row.sight)), "")
    times = sum(counts.get(row.sight, 0) for counts in met.values())
    return Asked(checks, row.sight, times, scope, row.mutants)


def _lacks(asked: Asked) -> Iterable[str]:
    """What keeps the row from standing for its demand: one of the three is missing."""
    unknown = [check for check in asked.checks if check != QUERIES and check.partition(" ")[2] not in CHECKS]
    if unknown or not asked.checks:
        yield f"there is no check {', '.join(unknown) or 'that asks'}"
    if not asked.scope:
        yield f"{asked.sight!r} is met in no scope"
    dead = [mutant for mutant in asked.mutants if mutant not in TEETH]
    if dead or not asked.mutants:
        yield f"there is no mutant {', '.join(dead) or 'that breaks it'}"


def guide_claim(found: Iterable[Standing]) -> Claim:
    """Whether every demand that a run can show is asked for, was put to the test, and has a mutant that dies by it."""
    known = tuple(found)
    counts = {word: sum(each.standing == word for each in known) for word in (ASKED, NOT_OF_A_RUN)}
    missing = [f"{each.demand}: {', '.join(each.missing)}" for each in known if each.missing]
    evidence = f"{counts[ASKED]} clauses and readings asked for, {counts[NOT_OF_A_RUN]} that no run can show"
    return Claim("audit", WORDS, VIOLATED if missing else PROVED, "; ".join(missing) or evidence)


WORDS = "every clause and reading is asked for by a check, put to the test in a scope, and broken by a mutant that dies"
