"""A page that is reloaded, another dashboard, reads, numbers and a lease: what the driver does, whoever the subject."""

import pytest
from places import TESTS

from broadcast_orchestrator.model.measures import rules_with
from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.evidence import Evidence, evidence_from_text
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    Called,
    GiveAnswer,
    ReloadPage,
    Snapshot,
    Subject,
    TakeEffect,
)
from broadcast_orchestrator.sim.subjects.python.class_by_name import subject_at
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import (
    CallFault,
    Order,
    Scenario,
    ScenarioError,
    Setting,
    Upheaval,
    scenario_from_json,
)

INIT, START = Order("initialize"), Order("start_broadcast", "s1")
MID_START = Scenario((INIT, START, INIT), upheavals=(Upheaval("F12", after=3, order=2),))


@pytest.fixture(params=["reference", "on_air:OnAir"])
def subject(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Subject:
    """One of each kind in this process."""
    monkeypatch.syspath_prepend(str(TESTS / "subjects" / "python"))
    return ReferenceSubject() if request.param == "reference" else subject_at(request.param)


def last_look(evidence: Evidence) -> dict[str, object]:
    """The last snapshot."""
    looks = [each.data for moment in evidence.moments for each in moment.events if isinstance(each, Snapshot)]
    return dict(looks[-1])


def test_after_a_reload_nobody_hears_of_the_former_life(subject: Subject) -> None:
    """Its calls take effect and are never answered, its command is nobody's any more, and a fresh instance begins in
    idle, with the options as they are by then."""
    late = CallFault("host.start", 1, "F4", None)
    scenario = Scenario(
        (INIT, START, INIT),
        (late,),
        settings=(Setting("max_retries", 1, 0, 2),),
        upheavals=(Upheaval("F12", after=1, order=2),),
    )
    evidence = play(scenario, subject)
    at = next(n for n, moment in enumerate(evidence.moments) if isinstance(moment.step, ReloadPage))
    assert evidence.moments[at].step == ReloadPage({"max_retries": 1})
    before = {e.call for moment in evidence.moments[:at] for e in moment.events if isinstance(e, Called)}
    after = [moment.step for moment in evidence.moments[at:]]
    assert not [step for step in after if isinstance(step, GiveAnswer) and step.call in before]
    assert (evidence.ended, evidence.pending) == ("quiet", ())
    assert last_look(evidence)["state"] == "ready"
    assert evidence.moments[-1].truth.active[0] is True
    assert evidence_from_text(evidence.to_text()).moments == evidence.moments


def test_an_effect_on_its_way_outlives_the_page() -> None:
    """What had set out before the reload comes to its service after it."""
    evidence = play(Scenario((INIT, START, INIT), upheavals=(Upheaval("F12", after=4, order=2),)), ReferenceSubject())
    at = next(n for n, moment in enumerate(evidence.moments) if isinstance(moment.step, ReloadPage))
    assert any(isinstance(moment.step, TakeEffect) for moment in evidence.moments[at:])


def test_who_does_not_understand_it_is_not_reloaded() -> None:
    """As with every extension."""
    subject = ReferenceSubject(understands=())
    steps = [moment.step for moment in play(MID_START, subject).moments]
    assert not any(isinstance(step, ReloadPage) for step in steps)


def test_a_service_refuses_an_older_number() -> None:
    """A start that comes after its undoing is refused by its number, and takes effect where commands have none."""
    story = Scenario((INIT, START), (CallFault("producer.start", 1, "F6"),))
    on = [
        play(story, ReferenceSubject(rules)).moments[-1].truth.active[3]
        for rules in map(rules_with, ((), ("fencing",)))
    ]
    assert on == [True, False]


def test_a_command_that_is_refused_makes_older_ones_stale_all_the_same() -> None:
    """The service has seen its number: a start that comes after a stop that it refused, since it was off, is stale."""
    story = Scenario((INIT, START), (CallFault("host.start", 1, "F6"),), strict="it is so already")
    evidence = play(story, ReferenceSubject(rules_with(("read-back", "fencing"))))
    assert evidence.moments[-1].truth.active[2] is False


def test_a_lease_keeps_the_other_dashboard_away() -> None:
    """It commands where nobody holds the lease, and not where this one does."""
    story = Scenario((INIT,), upheavals=(Upheaval("F13", "start_broadcast"),))
    backends = [
        play(story, ReferenceSubject(rules_with(names))).moments[-1].truth.backend for names in ((), ("lease",))
    ]
    assert backends == [("elsewhere",), ()]


@pytest.mark.parametrize(
    ("upheaval", "told"),
    [
        ({"kind": "F9"}, "kind: 'F9' is unknown, try one of: F12, F13"),
        ({"kind": "reload", "command": "start_broadcast"}, "command: expected none, nobody is asked"),
        ({"kind": "F13"}, "command: expected start_broadcast or stop_broadcast, got ''"),
        ({"kind": "F12", "order": 9}, "order: expected a number from 0 to 1, got 9"),
    ],
)
def test_an_upheaval_that_cannot_be_is_told_in_one_line(upheaval: dict[str, object], told: str) -> None:
    """Where it is, what is wrong, and what to try."""
    with pytest.raises(ScenarioError, match=f"^scenario: upheavals, number 1: {told}"):
        scenario_from_json({"orders": [{"command": "initialize"}], "upheavals": [upheaval]})
