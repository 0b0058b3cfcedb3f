"""What measures are worth: each closes the cells that it claims, all of them together close all, and none can be broken
unnoticed.
"""

import pickle

import pytest

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Call, Command, Event, Reply, Report, Settled, TimerFired
from broadcast_orchestrator.model.measures import MEASURES, rules_with
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.properties.guarantees.by_design import beyond_design
from broadcast_orchestrator.properties.guarantees.verdicts import VIOLATED
from broadcast_orchestrator.properties.measures.broken import OF_MEASURES
from broadcast_orchestrator.properties.measures.price import lines_of, price
from broadcast_orchestrator.properties.measures.table import ALL_MEASURES, GUIDE, SINGLE, named, open_cells, sets, trial
from broadcast_orchestrator.properties.model_check.liveness.liveness import explored, liveness, liveness_claims
from broadcast_orchestrator.properties.model_check.proof import CLASSES, ProofSearch, prove
from broadcast_orchestrator.properties.model_check.scopes import SCOPES, unforeseen_in
from broadcast_orchestrator.properties.model_check.scopes import explored as explored_in
from broadcast_orchestrator.properties.mutants.mutant import Mutant
from broadcast_orchestrator.sim.world.rules_by_name import find_rules, path_of
from broadcast_orchestrator.sim.world.world import Scope

pytestmark = pytest.mark.usefixtures("untraced")

WHOLE = rules_with(ALL_MEASURES)


def violated(names: tuple[str, ...], *classes: str, racing: bool = False) -> set[tuple[str, str]]:
    """The guarantees that a core with these measures breaks with one such fault in a run, each with the class."""
    proof = prove(1, classes=classes, racing=racing, rules=rules_with(names))
    return {(cell.guarantee, cell.fault_class) for cell in proof.cells if cell.verdict == VIOLATED}


def test_without_measures_it_is_the_guide() -> None:
    """No measure is on unless it is asked for."""
    assert rules_with(()) is Core
    assert (Core.measures, Core.numbered, Core.polled, Core.leased) == ((), False, False, False)


def test_measures_are_found_by_name() -> None:
    """The same names give the same rules in whatever order and in another process, and a trace finds them again."""
    rules = rules_with(("reconciled", "read-back"))
    assert rules is rules_with(["read-back", "reconciled"])
    assert rules.measures == ("read-back", "reconciled")
    assert pickle.loads(pickle.dumps(rules)) is rules
    assert find_rules(path_of(rules)) is rules
    with pytest.raises(KeyError):
        rules_with(["reading-tea-leaves"])


def test_with_all_measures_nothing_is_violated() -> None:
    """Every class of fault at every place, one in a run, commands racing: no cell is violated, each fault happens, and
    a loss of memory and another dashboard are put to the test."""
    proof = prove(1, rules=WHOLE)
    assert [cell.name for cell in proof.cells if cell.verdict == VIOLATED] == []
    assert all(cell.verdict == "proved" for cell in proof.cells)
    assert {cell.fault_class for cell in proof.cells if cell.happened} == {"F0", *CLASSES}
    assert {cell.fault_class for cell in proof.cells if cell.guarantee == "G17" and cell.arose} == {"F12", "F13"}


def test_with_all_measures_every_world_comes_to_rest() -> None:
    """None goes round in a circle, which would hide whatever is judged at rest; from each idle and ready are reached.
    (A backend that refuses for ever is written to for ever: F11 is left out.)"""
    graph = explored(Scope(("F1", "F8", "F9u", "F10", "F12", "F13"), limit=1), WHOLE)
    claims = liveness_claims(liveness(graph, WHOLE))
    assert [claim.verdict for claim in claims] == ["proved", "proved"]


@pytest.mark.parametrize(
    ("names", "classes", "racing", "left"),
    [
        ((), ("F8",), False, {("G3", "F8"), ("G4", "F8"), ("G14", "F0"), ("G14", "F8")}),
        (("read-back",), ("F8",), False, {("G14", "F0"), ("G14", "F8")}),
        (("read-back", "reconciled"), ("F8",), False, set()),
        ((), ("F6",), True, {("G3", "F6"), ("G4", "F6"), ("G14", "F0"), ("G14", "F6")}),
        (("fencing",), ("F6",), True, {("G14", "F0"), ("G14", "F6")}),
        (("fencing", "reconciled"), ("F6",), True, set()),
        ((), ("F9u", "F10"), False, {("G3", "F9u"), ("G4", "F9u"), ("G3", "F10"), ("G4", "F10"),
                                     ("G14", "F0"), ("G14", "F9u"), ("G14", "F10")}),
        (("polling", "reconciled"), ("F9u", "F10"), False, {("G4", "F10")}),
        (("read-back", "polling", "reconciled"), ("F9u", "F10"), False, set()),
        ((), ("F12",), False, {("G4", "F12"), ("G17", "F12"), ("G14", "F0"), ("G14", "F12")}),
        (("read-back",), ("F12",), False, {("G14", "F0"), ("G14", "F12")}),
        (("read-back", "reconciled"), ("F12",), False, set()),
        ((), ("F13",), False, {("G3", "F13"), ("G4", "F13"), ("G17", "F13"), ("G14", "F0"), ("G14", "F13")}),
        (("lease", "reconciled"), ("F13",), False, {("G4", "F13"), ("G17", "F13")}),
        (("lease", "polling", "reconciled"), ("F13",), False, set()),
        ((), ("F14",), True, {("G14", "F0"), ("G14", "F14")}),
        (("reconciled",), ("F14",), True, set()),
    ],
)  # fmt: skip
def test_what_each_measure_closes(
    names: tuple[str, ...], classes: tuple[str, ...], racing: bool, left: set[tuple[str, str]]
) -> None:
    """With one fault in a run these cells are violated, and no others."""
    assert violated(names, *classes, racing=racing) == left


@pytest.mark.parametrize("mutant", OF_MEASURES, ids=[mutant.name for mutant in OF_MEASURES])
def test_a_broken_measure_is_noticed(mutant: Mutant) -> None:
    """A rule of a measure that is broken on purpose leaves a cell violated that the measures claim to close."""
    scope = mutant.scope
    proof = prove(scope.limit, classes=scope.faults, racing=scope.racing, rules=mutant.rules, config=mutant.config)
    noticed = {cell.guarantee for cell in proof.cells if cell.verdict == VIOLATED and not cell.by_design}
    assert noticed & set(mutant.expected), noticed


def test_the_design_excuses_less_where_a_measure_closes_it() -> None:
    """What the guide leaves open by design is a violation of a core that claims to close it."""
    told = {
        names: {cell.by_design != "" for cell in prove(0, rules=rules_with(names)).cells if cell.guarantee == "G14"}
        for names in ((), ("fencing",))
    }
    assert told == {(): {True}, ("fencing",): {True}}
    forgetful = next(mutant for mutant in OF_MEASURES if mutant.name == "gives-up-on-the-backend")
    proof = prove(1, classes=("F1",), racing=True, rules=forgetful.rules)
    assert {cell.by_design for cell in proof.cells if cell.guarantee == "G14" and cell.verdict == VIOLATED} == {""}


def test_a_number_fences_what_is_older() -> None:
    """A core that reads back asks after each switch; one that does not, does not."""
    for rules, expected in ((Core, "session.start"), (rules_with(["read-back"]), "live_feed.is_on")):
        core = CoreState()
        ready, _ = _ready(core, rules)
        starting, _ = rules_step(ready, Command("start_broadcast", "s1"), rules)
        _, effects = rules_step(starting, Reply("live_feed", 0, ok=True), rules)
        assert [effect.operation for effect in effects if isinstance(effect, Call)] == [expected]


def test_an_attempt_after_stops_that_were_cut_short_has_a_limit_of_its_own() -> None:
    """A recover reads at its limit what a stop that never answered has done, and initializes; the attempt that runs out
    then has timed out. (Two faults: it was told as not confirmed, like what is left at the end of a limit.)"""
    rules = rules_with(["read-back", "polling"])
    core = CoreState(config=OrchestratorConfig(max_retries=0))
    events: tuple[Event, ...] = (
        Report("live_feed", "found on", found_on=True),
        Command("recover"),
        *(Reply(service, 0, ok=True) for service in ("host", "session", "live_feed")),
        TimerFired(),  # the producer's stop is given up, and all four are read
        *(Reply(service, 0, ok=True) for service in ("host", "session", "live_feed")),
        Reply("producer", 1, ok=True),
    )
    for event in events:
        core, _ = rules_step(core, event, rules)
    assert core.state == "initializing"
    core, effects = rules_step(core, TimerFired(), rules)
    (settled,) = [effect for effect in effects if isinstance(effect, Settled)]
    assert str(settled.failures[0]) == "host.initialize timed out"


def test_an_emergency_stop_that_takes_over_stops_that_were_cut_short_has_a_limit_of_its_own() -> None:
    """A recover reads at its limit what a stop that never answered has done; an emergency stop takes the reads over,
    and those that are not answered within its own limit have timed out. (Two faults, commands racing: they were told as
    not confirmed, like what is left at the end of a limit.)"""
    rules = rules_with(["read-back", "polling"])
    core = CoreState()
    events: tuple[Event, ...] = (
        Report("live_feed", "found on", found_on=True),
        Command("recover"),
        *(Reply(service, 0, ok=True) for service in ("producer", "session", "live_feed")),
        TimerFired(),  # the host's stop is given up, and all four are read
        Command("emergency_stop"),
    )
    for event in events:
        core, _ = rules_step(core, event, rules)
    _, effects = rules_step(core, TimerFired(), rules)
    (settled,) = [effect for effect in effects if isinstance(effect, Settled)]
    assert str(settled.failures[-1]) == "live_feed.is_off timed out"


def rules_step(core: CoreState, event: Event, rules: type[Core]) -> tuple[CoreState, tuple[object, ...]]:
    """One turn."""
    from broadcast_orchestrator.model.core import advance

    return advance(core, event, rules)


def _ready(core: CoreState, rules: type[Core]) -> tuple[CoreState, tuple[object, ...]]:
    core, effects = rules_step(core, Command("initialize"), rules)
    while calls := [effect for effect in effects if isinstance(effect, Call)]:
        core, effects = rules_step(core, Reply(calls[0].operation.split(".")[0], 0, ok=True), rules)
    assert core.state == "ready"
    return core, effects


def test_the_table_has_a_row_for_what_anybody_leaves_open() -> None:
    """Without any fault the guide leaves G14 open, and the measure that reconciles the backend closes it."""
    tried = tuple(trial(names, 0) for names in (GUIDE, ("reconciled",)))
    assert [(cell.guarantee, cell.fault_class) for cell in open_cells(tried)] == [("G14", "F0")]
    assert [cell.verdict for cell in open_cells(tried)[0].answers] == [VIOLATED, "proved"]
    assert [each.verdict for each in tried] == ["proved", "proved"]


def test_the_sets_that_are_tried() -> None:
    """The guide first, all measures last."""
    assert sets(pairs=False) == (GUIDE, *SINGLE, ALL_MEASURES)
    assert len(sets(pairs=True)) == 17
    assert [named(names) for names in (GUIDE, ("read-back", "lease"), ALL_MEASURES)] == [
        "the guide",
        "read-back + lease",
        "all measures",
    ]


def test_what_measures_cost() -> None:
    """Reading back doubles the calls; a number costs none; and each measure is some lines of the core."""
    calls = {names: price(names, 5)[2:7:2] for names in (GUIDE, ("fencing",), ("read-back",))}
    assert calls == {GUIDE: (1.0, 5.0, 5.0), ("fencing",): (1.0, 5.0, 5.0), ("read-back",): (6.0, 10.0, 10.0)}
    assert price(("read-back",), 5).busy_ms > price(GUIDE, 5).busy_ms
    assert all(1 < lines_of(measure.rules) < 40 for measure in MEASURES)


def test_whether_there_is_a_way_out_is_asked_when_the_backend_takes_writes_again() -> None:
    """Who needs a lease to be initialized gets none while the backend is in conflict; that is no lack of a way out."""
    (scope,) = (named for named in SCOPES if named.name == "a refusal and a conflict")
    exploration = explored_in(scope, rules_with(["lease"]), first=True)
    assert unforeseen_in(exploration) is None
    assert exploration.states == 5_691


@pytest.mark.parametrize(("lease", "broken"), [((), {"G2", "G3", "G4", "G14", "G17"}), (("lease",), {"G4", "G17"})])
def test_a_failed_start_beside_another_dashboard(lease: tuple[str, ...], broken: set[str]) -> None:
    """Without a lease it leaves on what the other has switched on (G2), which no search with one fault shows: the
    design foresees it all the same, and nothing else."""
    rules = rules_with(lease)
    found = ProofSearch(Scope(("F1", "F13"), limit=2), rules).explored()
    assert {each.violation.guarantee for each in found.found if not each.violation.gap} == broken
    assert beyond_design((each.violation for each in found.found), ("F13",), rules.measures) == ()
