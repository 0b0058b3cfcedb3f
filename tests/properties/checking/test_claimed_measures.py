"""Measures that an implementation claims: it is judged by what they promise, and whoever has not got one is found."""

from functools import partial
from itertools import islice

import pytest
from places import TESTS

from broadcast_orchestrator.model.measures import POLL_PERIOD_MS, rules_with
from broadcast_orchestrator.model.runtime.leasing import LEASE_MS
from broadcast_orchestrator.properties.checking import check
from broadcast_orchestrator.properties.checking.judge.catalogue import GUIDE, judge
from broadcast_orchestrator.properties.checking.search.bench import Bench
from broadcast_orchestrator.properties.checking.search.sweep import Sweep
from broadcast_orchestrator.sim.subjects.dialect import Dialect, load_dialect
from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.protocol.messages import Limits
from broadcast_orchestrator.sim.subjects.protocol.periodic import PeriodicSubject
from broadcast_orchestrator.sim.subjects.python.class_by_name import subject_at
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import CallFault, Mishap, Order, Scenario, Upheaval

pytestmark = pytest.mark.usefixtures("untraced")

ALL = ("read-back", "fencing", "reconciled", "polling", "lease")
INIT, START = Order("initialize"), Order("start_broadcast", "s1")
EMERGENCY = Order("emergency_stop")


@pytest.fixture(scope="module")
def stories() -> tuple[Scenario, ...]:
    """The first scenarios of the sweep where all of them are claimed."""
    bench = bench_of(ALL)
    sweep = Sweep(bench.reference_run, bench.styles, 0, bench.understands, ("F12", "F13"), claims=ALL)
    found = tuple(islice(sweep.scenarios(), 90))
    assert {"claims", "polling", "silences", "reloads", "second dashboards"} <= set(sweep.names)
    return found


def bench_of(has: tuple[str, ...]) -> Bench:
    """The reference with some measures, judged by what all promise."""
    return Bench(partial(ReferenceSubject, rules_with(has), lease_ms=LEASE_MS), Dialect(measures=ALL), Limits())


def broken(bench: Bench, stories: tuple[Scenario, ...]) -> set[str]:
    """The guarantees that something breaks in one of the stories."""
    tried = map(bench.try_out, stories)
    return {complaint.kind[0] for each in tried for complaint in each.complaints}


def judged(scenario: Scenario, measures: tuple[str, ...], claims: tuple[str, ...]) -> list[str]:
    """What the reference with the measures breaks in the scenario, by what the claims promise."""
    subject = ReferenceSubject(rules_with(measures))
    evidence = play(scenario, PeriodicSubject(subject, POLL_PERIOD_MS) if "polling" in claims else subject)
    return [str(each) for each in judge(evidence, Dialect(measures=claims))]


def test_the_reference_with_measures_has_what_it_claims(stories: tuple[Scenario, ...]) -> None:
    """With all five it breaks nothing, reloads and another dashboard included."""
    assert broken(bench_of(ALL), stories) == set()


@pytest.mark.parametrize(
    ("missing", "guarantee"),
    [("read-back", "G4"), ("fencing", "reference"), ("reconciled", "G14"), ("polling", "G4"), ("lease", "G14")],
)
def test_a_measure_that_is_claimed_and_not_there_is_found(
    stories: tuple[Scenario, ...], missing: str, guarantee: str
) -> None:
    """Within forty scenarios."""
    assert guarantee in broken(bench_of(tuple(name for name in ALL if name != missing)), stories[:40])


RELOADED = Scenario((INIT, START, INIT), upheavals=(Upheaval("F12", order=2),))
UNNOTICED = Scenario((INIT, START), mishaps=(Mishap("F9u", "producer"),))
BESIDE = Scenario((INIT, START), upheavals=(Upheaval("F13", "stop_broadcast", order=2),))


@pytest.mark.parametrize(
    ("scenario", "claims", "told"),
    [
        (RELOADED, ("read-back", "reconciled"), "G17: live_feed is on after a reload, and neither its own nor named"),
        (Scenario((INIT, START, EMERGENCY)), ("reconciled",), "G14: the backend says that s1 is live in idle"),
        (
            Scenario((INIT, START), (CallFault("producer.start", 1, "F8"),)),
            ("read-back",),
            "G3: producer is off in live",
        ),
        (
            Scenario((INIT, START), (CallFault("producer.start", 1, "F6"),)),
            ("fencing",),
            "G2: producer is on after a failed start",
        ),
        (BESIDE, ("lease",), "G3: producer is off in live"),
        (UNNOTICED, ("polling",), "G3: producer is off in live"),
    ],
)
def test_what_a_measure_promises_is_asked(scenario: Scenario, claims: tuple[str, ...], told: str) -> None:
    """Of whoever claims it and has it not; whoever has it keeps its word, and of who claims nothing no more is asked
    than the guide can."""
    assert any(each.startswith(told) for each in judged(scenario, (), claims))
    assert judged(scenario, claims, claims) == []


def test_what_measures_cannot_promise_is_not_asked() -> None:
    """Numbers alone help nobody who has lost its memory."""
    assert judged(RELOADED, ("fencing",), ("fencing",)) == []
    assert judged(Scenario((INIT, START, EMERGENCY)), ("fencing",), ("fencing",)) == []


def test_without_claims_nothing_is_reloaded_unless_asked() -> None:
    """The sweep has no level of it then; asked for, they come with the first ones, and what nobody can know is told."""
    bench = Bench(ReferenceSubject, GUIDE, Limits())
    plain, asked = (Sweep(bench.reference_run, {}, 0, bench.understands, each) for each in ((), ("F12", "F13")))
    assert not any(scenario.upheavals for scenario in islice(plain.scenarios(), 200))
    assert [level.name for level in plain.seen(0)][:3] == ["one command", "one fault", "late successes"]
    assert [level.name for level in asked.seen(0)][:4] == ["one command", "one fault", "reloads", "second dashboards"]
    kinds = {each.kind for scenario in islice(asked.scenarios(), 30) for each in scenario.upheavals}
    assert kinds == {"F12", "F13"}
    evidence = play(RELOADED, ReferenceSubject())
    assert "G17" in [each.guarantee for each in judge(evidence)]


def test_the_driver_on_asyncio_has_what_it_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is put on air with measures, over stand-ins that can be read and mind numbers."""
    monkeypatch.syspath_prepend(str(TESTS / "subjects" / "python"))
    dialect = load_dialect(TESTS / "subjects" / "python" / "hardened.toml")
    assert dialect.measures == ("read-back", "fencing", "reconciled", "polling")
    report = check(partial(subject_at, "on_air:OnAirHardened"), scenarios=30, dialect=dialect)
    assert [(each.guarantee, each.title) for each in report.findings] == []
