"""The TypeScript example with measures: it has what it claims, and each measure that is taken out of it is found."""

from functools import partial

import pytest
from node_parts import need
from places import TESTS

from broadcast_orchestrator.properties.checking import check
from broadcast_orchestrator.properties.checking.search.bench import Bench
from broadcast_orchestrator.sim.subjects.dialect import load_dialect
from broadcast_orchestrator.sim.subjects.protocol.child_process import ChildSubject
from broadcast_orchestrator.sim.subjects.protocol.messages import Limits, SubjectError
from broadcast_orchestrator.sim.subjects.scenario import ClockChange, Mishap, Order, Scenario, Upheaval

pytestmark = pytest.mark.usefixtures("untraced")

EXAMPLE = TESTS / "subjects" / "typescript"
FOUND_ON = Scenario((Order("initialize"), Order("initialize")), mishaps=(Mishap("F10", "live_feed", None, 1),))
EVENING = ("initialize", "start_broadcast", "emergency_stop", "initialize", "start_broadcast")
SILENCES = {
    "awake": Scenario((Order("initialize"),), upheavals=(Upheaval("F13", "start_broadcast", None, 1),)),
    "asleep": Scenario(
        tuple(map(Order, EVENING)),
        clocks=(ClockChange("hidden", 20_000, None, 2),),
        upheavals=(Upheaval("F13", "start_broadcast", None, 2),),
    ),
}
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
    """All five measures, over services that can be read, mind numbers and keep a lease."""
    assert found(120) == []


@pytest.mark.parametrize(
    ("measure", "guarantee", "scenarios"),
    [
        ("readBack", "G4", 30),
        ("fencing", "reference", 40),
        ("reconciled", "G14", 30),
        ("lease", "G14", 40),
        ("polling", "G4", 40),
    ],
)
def test_a_measure_that_is_taken_out_is_found(measure: str, guarantee: str, scenarios: int) -> None:
    """By a few dozen scenarios, under a guarantee that it is there for, or as another outcome than the reference's."""
    assert guarantee in {name for name, _ in found(scenarios, "--without", measure)}


def test_a_measure_that_there_is_not_is_refused() -> None:
    """The adapter names those that there are."""
    with pytest.raises(
        SubjectError, match="--without: poll is unknown, try one of: readBack, fencing, reconciled, lease, polling"
    ):
        hardened("--without", "poll")


@pytest.mark.parametrize("variant", ["polls-in-vain", "polls-only-while-live", "polls-seldom", "finds-and-forgets"])
def test_polling_that_is_not_what_it_claims_is_found(variant: str) -> None:
    """By one story: what is on in ready, or what becomes of it."""
    bench = Bench(partial(hardened, "--variant", variant), load_dialect(EXAMPLE / "hardened.toml"), Limits())
    told = bench.try_out(FOUND_ON).complaints
    bench.close()
    assert {each.kind[0] for each in told} & {"G4", "reference"}


@pytest.mark.parametrize(("variant", "story"), [("keeps-a-lost-lease", "asleep"), ("renews-no-lease", "awake")])
def test_a_lease_that_is_kept_or_lost_by_a_silence_is_found(variant: str, story: str) -> None:
    """By one story: whoever has slept commands on, and whoever is awake loses it."""
    bench = Bench(partial(hardened, "--variant", variant), load_dialect(EXAMPLE / "hardened.toml"), Limits())
    told = bench.try_out(SILENCES[story]).complaints
    bench.close()
    assert "G17" in {each.kind[0] for each in told}
