"""Modules in other styles than the example: each is clean as its adapter serves it, and its mistakes are found."""

from functools import partial
from itertools import islice

import pytest
from node_parts import need
from places import TESTS

from broadcast_orchestrator.properties.checking import check
from broadcast_orchestrator.properties.checking.search.bench import Bench
from broadcast_orchestrator.properties.checking.search.sweep import Sweep
from broadcast_orchestrator.properties.guarantees.observations import Aspect
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.protocol.child_process import ChildSubject
from broadcast_orchestrator.sim.subjects.protocol.messages import Limits

pytestmark = pytest.mark.usefixtures("untraced")

STYLES = TESTS / "subjects" / "styles"
KIT = TESTS.parent / "sim" / "node"


def served(style: str, *arguments: str) -> ChildSubject:
    """The style's module in a process of its own."""
    need(TESTS / "node")
    return ChildSubject([need(KIT), str(STYLES / f"{style}.mjs"), *arguments])


@pytest.mark.parametrize("style", ["plain", "services", "redux", "xstate"])
def test_a_style_is_clean(style: str) -> None:
    """A class without a library, one that is given its services, a Redux store and an XState machine break nothing."""
    report = check(partial(served, style), scenarios=200)
    assert [(each.title, each.place) for each in report.findings] == []
    assert Aspect.HISTORY not in {aspect for each in report.not_observable for aspect in each.needs}


@pytest.mark.parametrize("style", ["plain", "services", "redux", "xstate"])
def test_a_style_minds_no_clocks_odd_rejections_or_strict_services(style: str) -> None:
    """The first scenarios of these levels, of which a short check sees next to nothing."""
    bench = Bench(partial(served, style), Dialect(), Limits())
    try:
        sweep = Sweep(bench.reference_run, bench.styles, 0, bench.understands)
        levels = (
            *islice(sweep.clocks(), 50),
            *islice(sweep.odd_rejections(), 30),
            *islice(sweep.strict_services(), 40),
        )
        assert len(levels) == 120
        assert [(each.what, scenario) for scenario in levels for each in bench.try_out(scenario).complaints] == []
    finally:
        bench.close()


@pytest.mark.parametrize(
    ("style", "mistake", "guarantee"),
    [
        ("plain", "forgets-null", "G5"),
        ("plain", "joins-nothing", "G10"),
        ("services", "stop-unawaited", "G8"),
        ("services", "swaps-services", "G2"),
        ("redux", "swallowed-in-thunk", "G7"),
        ("redux", "error-kept", "G5"),
        ("xstate", "missing-row", "G7"),
        ("xstate", "failure-is-done", "G5"),
    ],
)
def test_a_planted_mistake_is_found(style: str, mistake: str, guarantee: str) -> None:
    """Each mistake is told under the guarantee that it breaks."""
    report = check(partial(served, style, "--mistake", mistake), scenarios=120)
    assert guarantee in report.guarantees


def test_a_member_that_the_stand_in_lacks_is_told_and_nothing_else() -> None:
    """A module that calls what only its own store has gets one finding, which names it, after one evening."""
    report = check(partial(served, "plain", "--mistake", "reads-more"), scenarios=120)
    (finding,) = report.findings
    assert finding.title == (
        "it reads live_feed.setCurrentSessionId, which the stand-in lacks; an adapter says what it is under "
        "`services`: a field in `state`, a method in `extra`. Then on an evening without faults start_broadcast fails: "
        "useSimpleLiveFeedStore.getState(...).setCurrentSessionId is not a function"
    )
    assert (finding.guarantee, report.scenarios, report.is_served) == ("subject", 1, False)
