"""The TypeScript example with measures: it has what it claims, and each measure that is taken out of it is found."""

from functools import partial

import pytest
from node_parts import need
from places import TESTS

from broadcast_orchestrator.properties.checking import check
from broadcast_orchestrator.sim.subjects.dialect import load_dialect
from broadcast_orchestrator.sim.subjects.protocol.child_process import ChildSubject
from broadcast_orchestrator.sim.subjects.protocol.messages import SubjectError

pytestmark = pytest.mark.usefixtures("untraced")

EXAMPLE = TESTS / "subjects" / "typescript"
KIT = TESTS.parent / "sim" / "node"


def hardened(*arguments: str) -> ChildSubject:
    """The example with measures in a process of its own."""
    return ChildSubject([need(KIT), str(EXAMPLE / "hardened.mjs"), *arguments])


def found(scenarios: int, *arguments: str) -> list[tuple[str, str]]:
    """What so many scenarios find."""
    dialect = load_dialect(EXAMPLE / "hardened.toml")
    report = check(partial(hardened, *arguments), scenarios=scenarios, dialect=dialect)
    return [(each.guarantee, each.title) for each in report.findings]


def test_the_hardened_example_has_what_it_claims() -> None:
    """All four measures, over services that can be read, mind numbers and keep a lease."""
    assert found(120) == []


@pytest.mark.parametrize(
    ("measure", "guarantee", "scenarios"),
    [("readBack", "G4", 30), ("fencing", "reference", 40), ("reconciled", "G14", 30), ("lease", "G3", 40)],
)
def test_a_measure_that_is_taken_out_is_found(measure: str, guarantee: str, scenarios: int) -> None:
    """By a few dozen scenarios, under a guarantee that it is there for, or as another outcome than the reference's."""
    assert guarantee in {name for name, _ in found(scenarios, "--without", measure)}


def test_a_measure_that_there_is_not_is_refused() -> None:
    """The adapter names those that there are."""
    with pytest.raises(
        SubjectError, match="--without: polling is unknown, try one of: readBack, fencing, reconciled, lease"
    ):
        hardened("--without", "polling")
