"""Two faults in a run, of classes that a verification takes for the only fault of one, and with every measure: searches
that take too long for each change.

A search with one fault never shows what a fault does to the life after a reload, to a recover that drains, or beside
another dashboard. The numbers of worlds are exact: one that changes is a change of the design. Each of these took 1 to
25 CPU seconds and less than 1 GB when it was recorded.
"""

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.measures import rules_with
from broadcast_orchestrator.properties.guarantees.verdicts import PROVED
from broadcast_orchestrator.properties.measures.table import ALL_MEASURES
from broadcast_orchestrator.properties.model_check.proof import ProofSearch, prove
from broadcast_orchestrator.properties.model_check.scopes import DEEP_SCOPES, NamedScope, scope_answer
from broadcast_orchestrator.sim.explore.exploration import Exploration
from broadcast_orchestrator.sim.world.world import Scope

WHOLE = rules_with(ALL_MEASURES)

SEARCHES = (
    ("F1", "F8"),
    ("F1", "F12"),
    ("F8", "F9u", "F12"),
    ("F10", "F9u"),
    ("F4", "F12"),
    ("F1", "F2", "F3", "F4", "F12"),
    ("F3", "F10"),
)


@pytest.mark.parametrize("classes", SEARCHES, ids=" ".join)
def test_with_all_measures_two_faults_break_nothing(classes: tuple[str, ...]) -> None:
    """Every cell of these classes is proved, one command at a time, and each of them happens."""
    proof = prove(2, classes=classes, racing=False, rules=WHOLE)
    print(f"\n{' '.join(classes)}: {proof.states:,} worlds")
    assert [cell.name for cell in proof.cells if cell.verdict != PROVED] == []
    assert {cell.fault_class for cell in proof.cells if cell.happened} == {"F0", *classes}


Worlds = dict[tuple[str, ...], int]

ONE_AT_A_TIME: Worlds = {
    ("F1", "F13"): 133_635,
    ("F2", "F13"): 128_884,
    ("F3", "F13"): 846_115,
    ("F6", "F13"): 197_389,
    ("F7", "F13"): 122_454,
    ("F9", "F13"): 297_027,
    ("F9u", "F13"): 267_193,
    ("F10", "F13"): 362_185,
    ("F11", "F13"): 207_662,
    ("F12", "F13"): 259_153,
}
ASLEEP: Worlds = {
    ("F1", "F14"): 3_925_417,
    ("F3", "F14"): 4_066_188,
}
RACING: Worlds = {
    ("F1", "F12"): 575_799,
    ("F3", "F12"): 2_817_944,
    ("F8", "F12"): 546_843,
    ("F11", "F12"): 745_672,
}
"""How many worlds there are with all measures where two classes are mixed, two faults in a run."""

BELIEVED: Worlds = {("F5", "F13"): 175_407, ("F8", "F13"): 253_685}
"""The same where a lease can be reported as given that is not."""


def searched(classes: tuple[str, ...], rules: type[Core], *, racing: bool = False) -> Exploration:
    """The worlds with two faults of these classes, mixed in any way."""
    found = ProofSearch(Scope(classes, limit=2, racing=racing), rules).explored()
    print(f"\n{' '.join(classes)}: {found.states:,} worlds, {found.beyond:,} transitions beyond the bounds")
    assert found.cut_off == ""
    return found


@pytest.mark.parametrize("classes", [*ONE_AT_A_TIME, *ASLEEP], ids=" ".join)
def test_another_dashboard_or_a_sleep_beside_one_more_fault(classes: tuple[str, ...]) -> None:
    """With all measures nothing is broken, one command at a time: a matrix has them as the only fault of a run."""
    found = searched(classes, WHOLE)
    assert [str(each.violation) for each in found.found] == []
    assert found.states == (ONE_AT_A_TIME | ASLEEP)[classes]


@pytest.mark.parametrize("classes", RACING, ids=" ".join)
def test_two_faults_while_commands_race(classes: tuple[str, ...]) -> None:
    """With all measures nothing is broken whatever crosses, these two classes mixed."""
    found = searched(classes, WHOLE, racing=True)
    assert [str(each.violation) for each in found.found] == []
    assert found.states == RACING[classes]


@pytest.mark.parametrize("classes", BELIEVED, ids=" ".join)
def test_a_lease_that_was_not_given_is_believed(classes: tuple[str, ...]) -> None:
    """What all measures together do not withstand: the lease is reported as given, nothing happened, and another
    dashboard begins. What it switches on is found and named; its session stays live on the backend."""
    found = searched(classes, WHOLE)
    assert {str(each.violation) for each in found.found} == {"G14: the backend says that elsewhere is live in error"}
    assert found.states == BELIEVED[classes]


def test_a_write_that_has_become_due_while_it_waited_is_made_once() -> None:
    """A late live write makes an idle write due that has just been refused: it is made at once or, where it waits to be
    made again, when that is over; and after another refusal it waits."""
    found = searched(("F9u", "F11"), WHOLE, racing=True)
    assert [str(each.violation) for each in found.found] == []


@pytest.mark.parametrize(("named", "worlds"), list(zip(DEEP_SCOPES, ("1,691,768", "1,562,940"), strict=True)))
def test_the_deepest_scopes_of_a_thorough_verification(named: NamedScope, worlds: str) -> None:
    """The guide's orchestrator, one command at a time: asleep or beside another dashboard, and one fault besides."""
    claim = scope_answer(named).claim
    assert (claim.verdict, claim.evidence.split()[0]) == (PROVED, worlds)
