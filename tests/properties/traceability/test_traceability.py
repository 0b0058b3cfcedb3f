"""Who asks for each demand of the guide: the table of askers says what is so, and no demand is without one."""

import pytest

from broadcast_orchestrator.model.guide.clauses import CLAUSE
from broadcast_orchestrator.model.guide.readings import READING
from broadcast_orchestrator.properties.guarantees.asking import ASKING, QUERIES, Asking
from broadcast_orchestrator.properties.model_check.scopes import SCOPES, NamedScope, explored
from broadcast_orchestrator.properties.model_check.sights import count_sights
from broadcast_orchestrator.properties.mutants import BY_NAME
from broadcast_orchestrator.properties.traceability.apart import APART
from broadcast_orchestrator.properties.traceability.dying import dies_by
from broadcast_orchestrator.properties.traceability.reached import FIRST_MET
from broadcast_orchestrator.properties.traceability.standing import (
    ASKED,
    CHECKS,
    DEMANDS,
    NOT_OF_A_RUN,
    UNASKED,
    standings,
)
from broadcast_orchestrator.sim.world.world import Scope

pytestmark = pytest.mark.usefixtures("untraced")

OF_THE_CORE = sorted(
    {(mutant, row.checks) for row in ASKING for mutant in row.mutants if row.checks != (QUERIES,) and mutant in BY_NAME}
)


@pytest.mark.parametrize(
    ("mutant", "checks"), OF_THE_CORE, ids=[f"{mutant} by {' or '.join(checks)}" for mutant, checks in OF_THE_CORE]
)
def test_the_mutants_of_a_row_die_by_its_checks(mutant: str, checks: tuple[str, ...]) -> None:
    """Whoever breaks the demand is noticed by a check that is said to ask for it, not just by some check."""
    assert any(dies_by(BY_NAME[mutant], check) for check in checks)


def test_a_mutant_does_not_die_by_a_check_about_something_else() -> None:
    """One that starts its steps in another order is noticed by the order, and by nothing about limits."""
    mutant = BY_NAME["starts-the-host-first"]
    assert dies_by(mutant, "order")
    assert not dies_by(mutant, "armed")


def test_the_sights_are_met_where_it_is_written() -> None:
    """What a row has to see is met in some scope of a verification, and first in the one that is written down."""
    first, wanted = dict[str, str](), {row.sight for row in ASKING}
    for named in SCOPES:
        if not wanted <= set(first):
            for sight in wanted & set(count_sights(explored(named))):
                first.setdefault(sight, named.name)
    assert first == {sight: scope for scope, sights in FIRST_MET.items() for sight in sights}


def test_sights_are_counted_in_steps_and_in_worlds() -> None:
    """Without faults and racing there are two ways into a start, one rest in live, and no rest in error."""
    seen = count_sights(explored(NamedScope("nothing goes wrong", Scope())))
    assert (seen["ready to starting"], seen["rest in live"], seen["emergency_stop begins"]) == (2, 1, 6)
    assert (seen["rest in error"], seen["initialize under way, commands racing"]) == (0, 0)


def test_every_check_asks_for_something() -> None:
    """No check of the catalogue is without a row, but for that of G17, which is about what the guide never speaks of;
    and no row names a check that there is not."""
    assert sorted({check for row in ASKING for check in row.checks} - {QUERIES} | {"adopted"}) == sorted(CHECKS)


def test_every_demand_is_asked_for_or_stands_apart() -> None:
    """Of 90 clauses and 22 readings 89 are asked for; 23 clauses no run can show, and each says why; none is both."""
    found = standings()
    assert [each.demand for each in found] == [*CLAUSE, *READING] == list(DEMANDS)
    assert [each.demand for each in found if each.standing == UNASKED] == []
    assert sum(each.standing == ASKED for each in found) == 89
    assert [each.demand for each in found if each.standing == NOT_OF_A_RUN] == [*APART]
    assert not {row.demand for row in ASKING} & set(APART)
    assert all(demand in CLAUSE and len(why) > 20 for demand, why in APART.items())


@pytest.mark.parametrize(
    ("row", "missing"),
    [
        (None, "no check asks for it"),
        (Asking("SU-5", ("steps",), "rest in live", ("starts-without-the-feed",)), "there is no check steps"),
        (Asking("SU-5", ("order",), "rest on the moon", ("starts-without-the-feed",)), "'rest on the moon' is met in"),
        (Asking("SU-5", ("order",), "rest in live", ()), "there is no mutant that breaks it"),
        (Asking("SU-5", ("order",), "rest in live", ("starts-nothing",)), "there is no mutant starts-nothing"),
    ],
)
def test_a_demand_without_all_three_is_open(row: Asking | None, missing: str) -> None:
    """A check, a sight that is met, and a mutant: without one of them the demand is open, and is told why."""
    found = {each.demand: each for each in standings(rows=(row,) if row else ())}
    assert found["SU-5"].standing == UNASKED
    assert found["SU-5"].missing[0].startswith(missing)


def test_a_verification_counts_for_itself() -> None:
    """Where sights were counted, the counts decide: how often in all, and in which scope first."""
    met = {"one": {"rest in live": 0}, "two": {"rest in live": 3}, "three": {"rest in live": 4}}
    (row,) = (each for each in standings(met) if each.demand == "UT-3")
    assert [(asked.scope, asked.times) for asked in row.asked] == [("two", 7)]
    (row,) = (each for each in standings({"one": {}}) if each.demand == "UT-3")
    assert row.missing == ("'rest in live' is met in no scope",)
