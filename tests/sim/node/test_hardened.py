"""The TypeScript example with measures: it has what it claims, and each measure that is taken out of it is found."""

import contextlib
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice

import pytest
from node_parts import need
from places import TESTS

from broadcast_orchestrator.properties.checking import check
from broadcast_orchestrator.properties.checking.search.bench import Bench
from broadcast_orchestrator.properties.checking.search.sweep import Sweep
from broadcast_orchestrator.sim.subjects.dialect import load_dialect
from broadcast_orchestrator.sim.subjects.protocol.child_process import ChildSubject
from broadcast_orchestrator.sim.subjects.protocol.messages import Limits, SubjectError
from broadcast_orchestrator.sim.subjects.scenario import EVERYDAY, ClockChange, Mishap, Order, Scenario, Upheaval

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


def on_bench(*arguments: str) -> Bench:
    """The example, judged by what it claims."""
    return Bench(partial(hardened, *arguments), load_dialect(EXAMPLE / "hardened.toml"), Limits())


def broken(bench: Bench, scenarios: Iterable[Scenario]) -> Iterator[str]:
    """The guarantees that are broken, scenario by scenario."""
    with contextlib.closing(bench):
        for scenario in scenarios:
            yield from (complaint.kind[0] for complaint in bench.try_out(scenario).complaints)


def test_the_hardened_example_has_what_it_claims() -> None:
    """All five measures, over services that can be read, mind numbers and keep a lease."""
    report = check(hardened, scenarios=80, dialect=load_dialect(EXAMPLE / "hardened.toml"))
    assert [(each.guarantee, each.title) for each in report.findings] == []


@pytest.mark.parametrize(
    ("measure", "guarantee"),
    [("readBack", "G4"), ("fencing", "reference"), ("reconciled", "G14"), ("lease", "G14"), ("polling", "G4")],
)
def test_a_measure_that_is_taken_out_is_found(measure: str, guarantee: str) -> None:
    """By a few dozen scenarios, under a guarantee that it is there for, or as another outcome than the reference's."""
    bench = on_bench("--without", measure)
    sweep = Sweep(bench.reference_run, bench.styles, 0, bench.understands, EVERYDAY, claims=bench.dialect.measures)
    assert guarantee in broken(bench, islice(sweep.scenarios(), 40))


def test_a_measure_that_there_is_not_is_refused() -> None:
    """The adapter names those that there are."""
    with pytest.raises(
        SubjectError, match="--without: poll is unknown, try one of: readBack, fencing, reconciled, lease, polling"
    ):
        hardened("--without", "poll")


@pytest.mark.parametrize("variant", ["polls-in-vain", "polls-only-while-live", "polls-seldom", "finds-and-forgets"])
def test_polling_that_is_not_what_it_claims_is_found(variant: str) -> None:
    """By one story: what is on in ready, or what becomes of it."""
    assert {"G4", "reference"} & set(broken(on_bench("--variant", variant), [FOUND_ON]))


@pytest.mark.parametrize(("variant", "story"), [("keeps-a-lost-lease", "asleep"), ("renews-no-lease", "awake")])
def test_a_lease_that_is_kept_or_lost_by_a_silence_is_found(variant: str, story: str) -> None:
    """By one story: whoever has slept commands on, and whoever is awake loses it."""
    assert "G17" in broken(on_bench("--variant", variant), [SILENCES[story]])
