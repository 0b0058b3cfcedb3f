"""With every measure, two faults in a run: searches that take too long for each change, one command at a time.

A search with one fault never shows what a fault does to the life after a reload, or to a recover that drains.
"""

import pytest

from broadcast_orchestrator.model.measures import rules_with
from broadcast_orchestrator.properties.guarantees.verdicts import PROVED
from broadcast_orchestrator.properties.measures.table import ALL_MEASURES
from broadcast_orchestrator.properties.model_check.proof import prove

SEARCHES = (
    ("F1", "F8"),
    ("F1", "F12"),
    ("F8", "F9u", "F12"),
    ("F10", "F9u"),
    ("F4", "F12"),
    ("F1", "F2", "F3", "F4", "F12"),
    ("F1", "F13"),
    ("F3", "F10"),
)


@pytest.mark.parametrize("classes", SEARCHES, ids=" ".join)
def test_with_all_measures_two_faults_break_nothing(classes: tuple[str, ...]) -> None:
    """Every cell of these classes is proved, and each of them happens."""
    proof = prove(2, classes=classes, racing=False, rules=rules_with(ALL_MEASURES))
    print(f"\n{' '.join(classes)}: {proof.states:,} worlds")
    assert [cell.name for cell in proof.cells if cell.verdict != PROVED] == []
    assert {cell.fault_class for cell in proof.cells if cell.happened} == {"F0", *classes}
