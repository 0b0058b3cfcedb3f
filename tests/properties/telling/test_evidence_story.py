"""What was seen of a subject in words: a sentence for every step, the same as for a run of ours."""

from typing import get_args

import pytest

from broadcast_orchestrator.properties.telling.evidence_story import EvidenceTeller, told
from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.evidence import EvidenceMoment
from broadcast_orchestrator.sim.subjects.protocol import messages
from broadcast_orchestrator.sim.subjects.protocol.messages import SubjectEvent, SubjectStep
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import EMPTY, Mishap, Order, Scenario
from broadcast_orchestrator.sim.world.faults import BYPASS, LOST_SERVICE, LOST_UNNOTICED
from broadcast_orchestrator.sim.world.world import Truth

STEPS: list[tuple[SubjectStep, str]] = [
    (messages.GiveCommand(2, "start_broadcast", "s1"), "a caller asks: start_broadcast for session s1"),
    (messages.TakeEffect(1), "convex.live(s1) takes effect"),
    (messages.GiveAnswer(1, True), "convex.live(s1) succeeds"),
    (messages.GiveAnswer(1, False, "refused"), "convex.live(s1) fails: refused"),
    (messages.GiveAnswer(7, False), "a call fails"),
    (messages.GiveAnswer(1, False, "no", "text"), "convex.live(s1) fails, with a text that is no error: no"),
    (messages.GiveAnswer(1, False, "no", "object"), "convex.live(s1) fails, with an object that has no message"),
    (messages.Advance(10), "timers run out"),
    (messages.SetClock(-60_000), "the clock is set back by 60,000 ms"),
    (messages.SuspendTimers(), "timers stand still"),
    (messages.ReloadPage(), "the page is reloaded: the orchestrator forgets everything"),
    (messages.CommandElsewhere("start_broadcast"), "another dashboard asks: start_broadcast"),
    (
        messages.EffectElsewhere("host.start", "elsewhere"),
        "host.start(elsewhere) of the other dashboard takes effect",
    ),
    (messages.GiveAnswer(9, True, found=False), "a call finds it not so"),
    (messages.GiveAnswer(9, True, found=["s1"]), "a call finds s1 live"),
    (messages.ResumeTimers(), "timers go on, and those that are overdue run out"),
    (messages.LoseService("host"), "host falls over and reports it"),
    (messages.LoseService("host", False), "host falls over, and nobody notices"),
    (messages.FlipService("host"), "someone switches host off behind the orchestrator's back"),
    (messages.FlipService("session"), "someone switches session on behind the orchestrator's back"),
    (messages.FillFeed(True), "the live feed gains its content"),
    (messages.LookAround(), "a snapshot is asked for"),
]

EVENTS: list[tuple[SubjectEvent, str]] = [
    (messages.Called(1, 0, 2, "host.start"), "calls host.start"),
    (messages.CommandSettled(1, 0, 1, True), "initialize succeeded"),
    (messages.CommandSettled(1, 0, 1, False, "refused"), "initialize failed: refused"),
    (messages.CommandSettled(1, 0, 9, True), "command 9 succeeded"),
    (messages.StateShown(1, 0, "initializing"), "idle → initializing"),
    (messages.ErrorText(1, 0, "no host"), "the error says no host"),
    (messages.ErrorText(1, 0, None), "the error is cleared"),
    (messages.Wrote(1, 0, "host", "active", True), "writes host.active = True by itself"),
    (messages.Unhandled(1, 0, "oh"), "nobody catches: oh"),
]

SILENT = {messages.Recorded, messages.Logged, messages.Snapshot}


def teller() -> EvidenceTeller:
    """One that has been told of an initialize, of a call to the backend, and that the host is on."""
    given = EvidenceTeller()
    on = Truth((False, False, True, False))
    called = messages.Called(1, 0, 1, "convex.live", "s1")
    given.tell(EvidenceMoment(0, messages.GiveCommand(1, "initialize"), (called,), on))
    return given


@pytest.mark.parametrize(("step", "words"), STEPS, ids=str)
def test_every_step_is_a_sentence(step: SubjectStep, words: str) -> None:
    """Whatever the driver does is told in a sentence, with the names of what it is done to."""
    assert teller().tell(EvidenceMoment(0, step, (), Truth())).words == words


@pytest.mark.parametrize(("event", "words"), EVENTS, ids=str)
def test_every_event_is_a_sentence(event: SubjectEvent, words: str) -> None:
    """Whatever a subject does is told in a sentence; what it writes down about itself is left out."""
    assert teller().tell(EvidenceMoment(0, messages.Advance(1), (event,), Truth())).then == (words,)


def test_nothing_is_left_untold() -> None:
    """Every kind of step and of event is among those above, but for those that hold a mapping and those that are
    silent."""
    assert {*(type(step) for step, _ in STEPS), messages.Begin, messages.ChangeConfig} == set(get_args(SubjectStep))
    assert {type(event) for event, _ in EVENTS} | SILENT == set(get_args(SubjectEvent))
    configured = EvidenceMoment(0, messages.ChangeConfig({"max_retries": 1}), (), Truth())
    assert teller().tell(configured).words == "the configuration is changed: max_retries = 1"


def test_a_run_is_told_from_its_first_step_to_its_last() -> None:
    """A scenario in which services fall over reads as what happened, reasons and answers included."""
    mishaps = (
        Mishap(BYPASS, "session", None, 1),
        Mishap(LOST_UNNOTICED, "session", None, 1),
        Mishap(LOST_SERVICE, "host", None, 1),
        Mishap(EMPTY, "live_feed", None, 1),
    )
    scenario = Scenario((Order("initialize"), Order("start_broadcast")), mishaps=mishaps)
    assert [words for _, words in told(play(scenario, ReferenceSubject()))] == [
        "a caller asks: initialize; idle → initializing (system_init); calls host.initialize",
        "host.initialize takes effect",
        "host.initialize succeeds; initializing → ready (dependency_ready); initialize succeeded",
        "someone switches session on behind the orchestrator's back",
        "session falls over, and nobody notices",
        "host falls over and reports it; ready → error (service_failed); the error says host reported a failure: lost",
        "the live feed loses its content",
        "a caller asks: start_broadcast; start_broadcast failed: Cannot start broadcast: state is error, not ready; "
        "host agent is not initialized; live feed has no content",
    ]
