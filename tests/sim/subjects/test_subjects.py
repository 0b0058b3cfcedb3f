"""The subject protocol: scenarios, what becomes of calls, evidence, and the reference as a subject."""

import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from broadcast_orchestrator.model.operations import OPERATIONS
from broadcast_orchestrator.sim.subjects.call_schedule import applicable, forms_at, ways_in
from broadcast_orchestrator.sim.subjects.driver import behaviours_of, play
from broadcast_orchestrator.sim.subjects.evidence import Evidence, EvidenceError, evidence_from_text, load_evidence
from broadcast_orchestrator.sim.subjects.protocol import codec, messages
from broadcast_orchestrator.sim.subjects.protocol.child_process import ChildSubject
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    About,
    Advance,
    Begin,
    Called,
    ChangeConfig,
    FillFeed,
    FlipService,
    GiveAnswer,
    GiveCommand,
    LookAround,
    LoseService,
    Reaction,
    ResumeTimers,
    SetClock,
    Snapshot,
    Subject,
    SubjectError,
    SubjectEvent,
    SubjectStep,
    SuspendTimers,
    TakeEffect,
    Wrote,
)
from broadcast_orchestrator.sim.subjects.protocol.serve import serve
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import (
    CallFault,
    ClockChange,
    Mishap,
    Order,
    Scenario,
    ScenarioError,
    scenario_from_json,
)
from broadcast_orchestrator.sim.world.fault_semantics import CALL_FAULTS
from broadcast_orchestrator.sim.world.faults import CONFLICT, EMPTY_SUCCESS, OVERTAKING

SUBJECTS = Path(messages.__file__).parent
WHOLE = (Order("initialize"), Order("start_broadcast", "s1"), Order("stop_broadcast"))
SLOW = dict.fromkeys(OPERATIONS, 100)  # effect after 40 ms, reply after 100


class Scripted:
    """A subject that makes the calls listed for each command, keeps the timers given, and never settles."""

    def __init__(
        self,
        *calls: tuple[str, ...],
        styles: dict[str, str] | None = None,
        timers: tuple[float, ...] = (),
        wrote: tuple[tuple[str, str, Any], ...] = (),
    ) -> None:
        self.about = About("scripted", styles=styles or {})
        self._calls, self._timers, self._wrote = calls, timers, wrote

    def take(self, steps: tuple[SubjectStep, ...]) -> Reaction:
        """Take the steps."""
        events: list[SubjectEvent] = []
        for took, step in enumerate(steps, 1):
            if isinstance(step, Begin):
                self._n, self._call, self._now, self._due = 0, 0, 0.0, list(self._timers)
            elif isinstance(step, Advance):
                self._now = step.to_ms
                self._due = [due for due in self._due if due > self._now]
            elif isinstance(step, LookAround):
                events.append(Snapshot(self._next(), self._now, {}))
            elif isinstance(step, GiveCommand):
                events += [Wrote(self._next(), self._now, *wrote) for wrote in self._wrote]
                if operations := self._calls[step.id - 1]:
                    events += [self._called(operation) for operation in operations]
                    return Reaction(took, tuple(events), self._now, min(self._due, default=None))
        return Reaction(len(steps), tuple(events), self._now, min(self._due, default=None))

    def _next(self) -> int:
        self._n += 1
        return self._n

    def _called(self, operation: str) -> Called:
        self._call += 1
        return Called(self._next(), self._now, self._call, operation, "s1" if "convex" in operation else None)

    def close(self) -> None:
        """Nothing to end."""


def told(evidence: Evidence) -> list[str]:
    """Every step but the first and the looks, one short text each."""
    assert evidence.ended == "quiet", evidence.why
    return [f"{m.at_ms:g} {_told(m.step)}" for m in evidence.moments if not isinstance(m.step, Begin | LookAround)]


def _told(step: SubjectStep) -> str:
    match step:
        case TakeEffect(call):
            return f"effect {call}"
        case GiveAnswer(call, ok, message):
            return f"answer {call} {'ok' if ok else message}"
        case GiveCommand(number):
            return f"command {number}"
        case Advance():
            return "timers"
        case LoseService(service, noticed):
            return f"lose {service}{' noticed' if noticed else ''}"
        case FlipService(service):
            return f"flip {service}"
        case FillFeed(present):
            return f"fill {present}"
    return _told_of_clock(step)


def _told_of_clock(step: SubjectStep) -> str:
    match step:
        case SetClock(by_ms):
            return f"set {by_ms}"
        case SuspendTimers():
            return "suspend"
        case ResumeTimers():
            return "resume"
    return type(step).__name__


# -- What becomes of a call -----------------------------------------------------------------------

NONE: list[str] = []
SCHEDULES = [
    ("promise", None, None, "", ["40 effect 1", "100 answer 1 ok"]),
    ("promise", "F1", None, "", ["100 answer 1 refused (call 1)"]),
    ("promise", "F1", False, "throw", NONE),
    ("promise", "F2", None, "", ["40 effect 1", "100 answer 1 connection lost (call 1)"]),
    ("promise", "F3", True, "", ["40 effect 1"]),
    ("promise", "F3", False, "", NONE),
    ("promise", "F4", True, "", ["15940 effect 1", "16000 answer 1 ok"]),
    ("promise", "F4", False, "", ["16000 answer 1 too late (call 1)"]),
    ("promise", "F4", None, "", ["40 effect 1", "16000 answer 1 ok"]),
    ("promise", "F5", True, "", ["40 answer 1 ok", "100 effect 1"]),
    ("promise", "F5", False, "", ["40 answer 1 failed (call 1)", "100 effect 1"]),
    ("promise", "F6", None, "", ["15940 effect 1", "16000 answer 1 ok"]),
    ("promise", "F7", None, "", ["40 effect 1", "100 answer 1 ok", "15940 effect 1"]),
    ("promise", "F8", None, "", ["100 answer 1 ok"]),
    ("promise", "F11", None, "", ["100 answer 1 write conflict (call 1)"]),
    ("sync", None, None, "at_once", NONE),
    ("sync", "F1", None, "throw", NONE),
    ("sync", "F2", None, "effect_then_throw", NONE),
    ("sync", "F5", True, "nothing", ["100 effect 1"]),
    ("sync", "F5", False, "throw", ["100 effect 1"]),
    ("sync", "F6", None, "nothing", ["15940 effect 1"]),
    ("sync", "F7", None, "at_once", ["15940 effect 1"]),
    ("sync", "F8", None, "nothing", NONE),
    ("sync", "F11", None, "throw", NONE),
    ("field", None, None, "", ["100 effect 1"]),
    ("field", "F1", None, "", ["100 answer 1 refused (call 1)"]),
    ("field", "F1", False, "throw", NONE),
    ("field", "F2", None, "", ["40 effect 1", "100 answer 1 connection lost (call 1)"]),
    ("field", "F3", False, "", NONE),
    ("field", "F4", True, "", ["16000 effect 1"]),
    ("field", "F4", False, "", ["16000 answer 1 too late (call 1)"]),
    ("field", "F6", None, "", ["15940 effect 1"]),
    ("field", "F7", None, "", ["100 effect 1", "15940 effect 1"]),
    ("field", "F11", None, "", ["100 answer 1 write conflict (call 1)"]),
]


@pytest.mark.parametrize(("style", "kind", "ok", "behaviour", "steps"), SCHEDULES)
def test_each_fault_has_its_behaviour_its_effects_and_its_answer(
    style: str, kind: str | None, ok: bool | None, behaviour: str, steps: list[str]
) -> None:
    """For each style and each way of each fault: what the subject is told beforehand, and what happens when."""
    styles = {"convex.live": style}
    faults = (CallFault("convex.live", 1, kind, ok),) if kind else ()
    scenario = Scenario((Order("initialize"),), faults, latency_ms=SLOW)
    assert told(play(scenario, Scripted(("convex.live",), styles=styles))) == ["0 command 1", *steps]
    if kind:
        assert behaviours_of(scenario, styles) == ({"convex.live": [behaviour]} if behaviour else {})


def answers(subject: Subject, form: str, style: str = "promise") -> list[GiveAnswer]:
    """How a refused call is answered when the scenario wants this form."""
    scenario = Scenario((Order("initialize"),), (CallFault("convex.live", 1, "F1", form=form),))
    return [m.step for m in play(scenario, subject).moments if isinstance(m.step, GiveAnswer)]


def test_a_rejection_has_the_form_that_the_subject_understands() -> None:
    """A promise is rejected with what the fault says; a subject that does not know of that, and a store's field, get
    the usual error."""
    knows = Scripted(("convex.live",))
    knows.about = knows.about._replace(understands=("rejections",))
    assert answers(knows, "nothing") == [GiveAnswer(1, False, "refused (call 1)", "nothing")]
    assert answers(Scripted(("convex.live",)), "nothing") == [GiveAnswer(1, False, "refused (call 1)")]
    field = Scripted(("convex.live",), styles={"convex.live": "field"})
    field.about = field.about._replace(understands=("rejections",))
    assert answers(field, "nothing") == [GiveAnswer(1, False, "refused (call 1)")]


def test_what_has_no_message_asks_for_none() -> None:
    """An error and a text have words of their own, the others have not; on the wire an error goes without saying."""
    forms = ("error", "text", "nothing", "object")
    assert [GiveAnswer(1, False, "no", form).words for form in forms] == ["no", "no", "", ""]
    assert ["form" in codec.step_to_json(GiveAnswer(1, False, "no", form)) for form in forms] == [
        False,
        True,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("kind", "ok", "style", "count"),
    [("F1", None, "promise", 4), ("F1", False, "promise", 1), ("F1", None, "sync", 1), ("F4", False, "promise", 4),
     ("F4", True, "promise", 1), ("F3", None, "promise", 1), ("F2", None, "field", 1)],
)  # fmt: skip
def test_a_form_makes_a_difference_where_a_promise_is_rejected(
    kind: str, ok: bool | None, style: str, count: int
) -> None:
    """Not where a call throws, succeeds, hangs, or shows its failure otherwise."""
    assert len(forms_at("host.start", kind, ok, {"host.start": style})) == count


def test_the_ways_of_the_faults_are_those_that_make_a_difference() -> None:
    """A search that goes through the ways misses none and tries none twice."""
    listed = [(style, kind, ok) for style, kind, ok, *_ in SCHEDULES if kind]
    ways = [(s, str(kind), ok) for s in ("promise", "sync", "field") for kind in CALL_FAULTS for ok in ways_in(kind, s)]
    assert sorted(ways, key=str) == sorted(listed, key=str)


def test_a_synchronous_call_can_neither_hang_nor_be_late() -> None:
    """What a style cannot suffer is not applicable, and plays like no fault."""
    assert [kind for kind in CALL_FAULTS if not applicable(kind, "sync")] == ["F3", "F4"]
    assert [kind for kind in CALL_FAULTS if not applicable(kind, "field")] == ["F5", "F8"]
    scenario = Scenario((Order("initialize"),), (CallFault("session.start", 1, "F3"),))
    evidence = play(scenario, Scripted(("session.start",), styles={"session.start": "sync"}))
    assert evidence.moments[-1].truth.active == (False, True, False, False)


def test_a_fault_hits_the_nth_call_of_its_operation() -> None:
    """Behaviours are given up to the n-th call; the calls before it have their own."""
    scenario = Scenario((Order("initialize"),), (CallFault("session.start", 3, "F1"),))
    assert behaviours_of(scenario, {"session.start": "sync"}) == {"session.start": ["", "", "throw"]}
    scenario = Scenario((Order("initialize"),), (CallFault("producer.stop", 2, "F8"),), latency_ms=SLOW)
    steps = told(play(scenario, Scripted(("producer.stop", "producer.stop"))))
    assert steps == ["0 command 1", "40 effect 1", "100 answer 1 ok", "100 answer 2 ok"]


def test_where_two_faults_would_hit_one_call_the_first_does() -> None:
    """The order of the faults decides."""
    faults = (CallFault("host.stop", 1, "F8"), CallFault("host.stop", 1, "F1"))
    scenario = Scenario((Order("initialize"),), faults, latency_ms=SLOW)
    assert told(play(scenario, Scripted(("host.stop",)))) == ["0 command 1", "100 answer 1 ok"]


# -- Order and truth ------------------------------------------------------------------------------

RACE = (Order("start_broadcast"), Order("stop_broadcast", after=0))


def race(kind: str, ok: bool | None = None) -> Evidence:
    """A switch-on that suffers the fault, and a switch-off right behind it."""
    scenario = Scenario(RACE, (CallFault("producer.start", 1, kind, ok),), latency_ms=SLOW)
    return play(scenario, Scripted(("producer.start",), ("producer.stop",)))


def test_a_late_effect_does_not_overtake() -> None:
    """Effects of one service keep the order of its calls: a late one comes at the latest just before the next."""
    evidence = race("F4", True)
    assert told(evidence)[2:] == ["40 effect 1", "40 effect 2", "100 answer 2 ok", "16000 answer 1 ok"]
    assert evidence.moments[-1].truth.active == (False, False, False, False)


def test_an_overtaken_effect_comes_right_after_the_next() -> None:
    """Overtaking is the other order: off first, then on, and on it stays."""
    evidence = race("F6")
    assert told(evidence)[2:] == ["40 effect 2", "40 effect 1", "100 answer 2 ok", "16000 answer 1 ok"]
    assert evidence.moments[-1].truth.active == (False, False, False, True)


def test_a_second_effect_comes_before_that_of_the_next_call() -> None:
    """A duplicate that would overtake is another fault."""
    scenario = Scenario(
        (Order("start_broadcast"), Order("stop_broadcast", after=2)),
        (CallFault("producer.start", 1, "F7"),),
        latency_ms=SLOW,
    )
    steps = told(play(scenario, Scripted(("producer.start",), ("producer.stop",))))
    assert steps[1:] == [
        "40 effect 1",
        "100 answer 1 ok",
        "100 command 2",
        "140 effect 1",
        "140 effect 2",
        "200 answer 2 ok",
    ]


@pytest.mark.parametrize(("kind", "on"), [("F5", False), ("F6", True)])
def test_a_synchronous_call_comes_after_older_effects_unless_they_are_overtaken(kind: str, on: bool) -> None:
    """A call that works at once leaves an older effect unseen, or is followed by it at once."""
    scenario = Scenario(RACE, (CallFault("live_feed.start", 1, kind),))
    styles = {"live_feed.start": "sync", "live_feed.stop": "sync"}
    evidence = play(scenario, Scripted(("live_feed.start",), ("live_feed.stop",), styles=styles))
    assert told(evidence) == ["0 command 1", "0 command 2", *(["0 effect 1"] if on else [])]
    assert evidence.moments[-1].truth.active[0] is on


def test_a_host_that_is_not_initialized_does_not_start() -> None:
    """No effect is sent, and the answer is a refusal; once initialized it works."""
    scenario = Scenario((Order("initialize"), Order("initialize"), Order("initialize")), latency_ms=SLOW)
    evidence = play(scenario, Scripted(("host.start",), ("host.initialize",), ("host.start",)))
    assert told(evidence)[:2] == ["0 command 1", "100 answer 1 refused (call 1)"]
    assert told(evidence)[-2:] == ["240 effect 3", "300 answer 3 ok"]
    assert evidence.moments[-1].truth.active == (False, False, True, False)


def test_the_backend_is_live_by_session() -> None:
    """A mutation says which session it is about."""
    evidence = play(Scenario(RACE), Scripted(("convex.live",), ()))
    assert evidence.moments[-1].truth.backend == ("s1",)


def test_what_the_subject_writes_itself_is_true() -> None:
    """Fields that say what is on change the truth in any spelling; others do not."""
    wrote = (("host", "isActive", True), ("host", "isInitialized", True), ("live_feed", "is_live", True))
    evidence = play(Scenario((Order("initialize"),)), Scripted((), wrote=(*wrote, ("producer", "volume", 7))))
    truth = evidence.moments[-1].truth
    assert (truth.active, truth.initialized) == ((True, False, True, False), True)


# -- Time and orders ------------------------------------------------------------------------------


class Suspended(Scripted):
    """The same, and its timers can stand still."""

    def __init__(self, *calls: tuple[str, ...], timers: tuple[float, ...] = ()) -> None:
        super().__init__(*calls, timers=timers)
        self.about = self.about._replace(understands=("clock",))
        self._kept: list[float] | None = None

    def take(self, steps: tuple[SubjectStep, ...]) -> Reaction:
        """Timers that stand still are kept elsewhere."""
        events: list[SubjectEvent] = []
        for taken, step in enumerate(steps, 1):
            if isinstance(step, SuspendTimers):
                self._kept, self._due = self._due, []
            elif isinstance(step, ResumeTimers) and self._kept is not None:
                self._due, self._kept = [due for due in self._kept if due > self._now], None
            reaction = super().take((step,))
            events += reaction.events
            if taken == len(steps) or any(isinstance(event, Called) for event in reaction.events):
                return reaction._replace(took=taken, events=tuple(events))
        raise SubjectError("there was no step to take")


@pytest.mark.parametrize(
    ("change", "steps"),
    [
        (
            ClockChange("hidden", 500, 0),
            ["0 suspend", "40 effect 1", "100 answer 1 ok", "500 resume", "700 timers"],
        ),
        (
            ClockChange("asleep", 500, 0),
            ["0 suspend", "40 effect 1", "500 resume", "500 answer 1 ok", "700 timers"],
        ),
        (ClockChange("asleep", 500, 1), ["40 effect 1", "40 suspend", "540 resume", "540 answer 1 ok", "700 timers"]),
        (ClockChange("set", -500, 1), ["40 effect 1", "40 set -500", "70 timers", "100 answer 1 ok", "700 timers"]),
    ],
)
def test_what_is_overdue_comes_when_timers_go_on(change: ClockChange, steps: list[str]) -> None:
    """A hidden tab hears replies first; a machine that slept, its timers. A clock that is set changes no moment."""
    scenario = Scenario((Order("initialize"),), latency_ms=SLOW, clocks=(change,))
    evidence = play(scenario, Suspended(("producer.stop",), timers=(70.0, 700.0)))
    assert told(evidence) == ["0 command 1", *steps]


def test_a_subject_that_knows_no_clock_hears_of_none() -> None:
    """Nothing is said that it has not said it understands."""
    clocks = (ClockChange("hidden", 500, 0), ClockChange("set", 500, 0))
    scenario = Scenario((Order("initialize"),), latency_ms=SLOW, clocks=clocks)
    evidence = play(scenario, Scripted(("producer.stop",)))
    assert told(evidence) == ["0 command 1", "40 effect 1", "100 answer 1 ok"]


def test_a_strict_service_refuses_to_become_what_it_is() -> None:
    """A stop while off takes no effect and is answered by a failure in the service's own words; without `strict` it is
    done, and so is the first of two starts."""
    stop = Scenario((Order("initialize"),), latency_ms=SLOW, strict="nothing is on")
    refused = [each.step for each in play(stop, Scripted(("producer.stop",))).moments]
    assert GiveAnswer(1, False, "nothing is on (call 1)") in refused
    assert told(play(replace(stop, strict=""), Scripted(("producer.stop",)))) == [
        "0 command 1",
        "40 effect 1",
        "100 answer 1 ok",
    ]
    twice = play(stop, Scripted(("producer.start", "producer.start")))
    answers = [each.step for each in twice.moments if isinstance(each.step, GiveAnswer)]
    assert [(each.call, each.ok) for each in answers] == [(1, True), (2, False)]


def test_at_one_instant_a_reply_comes_before_a_timer() -> None:
    """A reply exactly at a limit wins: it is given a millisecond before, since the timer is due at its own moment."""
    scenario = Scenario((Order("initialize"),), latency_ms=SLOW)
    steps = told(play(scenario, Scripted(("producer.stop",), timers=(100.0,))))
    assert steps == ["0 command 1", "40 effect 1", "99 answer 1 ok", "100 timers"]


def test_the_clock_never_jumps_over_a_timer() -> None:
    """Timers between an effect and its reply run at their own time."""
    scenario = Scenario((Order("initialize"),), latency_ms=SLOW)
    steps = told(play(scenario, Scripted(("producer.stop",), timers=(20.0, 70.0, 500.0))))
    assert steps == ["0 command 1", "20 timers", "40 effect 1", "70 timers", "100 answer 1 ok", "500 timers"]


@pytest.mark.parametrize(
    ("after", "steps"),
    [
        (0, ["0 command 2", "40 effect 1", "100 answer 1 ok", "500 timers"]),
        (1, ["40 effect 1", "40 command 2", "100 answer 1 ok", "500 timers"]),
        (2, ["40 effect 1", "100 answer 1 ok", "100 command 2", "500 timers"]),
        (3, ["40 effect 1", "100 answer 1 ok", "500 timers", "500 command 2"]),
        (9, ["40 effect 1", "100 answer 1 ok", "500 timers", "500 command 2"]),
        (None, ["40 effect 1", "100 answer 1 ok", "500 timers", "500 command 2"]),
    ],
)
def test_an_order_comes_after_so_many_settle_events(after: int | None, steps: list[str]) -> None:
    """Effects, answers and timers count; what never comes to that many happens when all is quiet."""
    scenario = Scenario((Order("initialize"), Order("recover", after=after)), latency_ms=SLOW)
    assert told(play(scenario, Scripted(("producer.stop",), (), timers=(500.0,))))[1:] == steps


def test_a_snapshot_is_taken_before_each_order_and_when_all_is_quiet() -> None:
    """Two orders, three looks."""
    evidence = play(Scenario((Order("initialize"), Order("recover", after=0))), Scripted((), ()))
    assert [type(m.step).__name__ for m in evidence.moments] == [
        "Begin",
        "LookAround",
        "GiveCommand",
        "LookAround",
        "GiveCommand",
        "LookAround",
    ]


@pytest.mark.parametrize(
    ("mishap", "steps"),
    [
        (Mishap("F9", "producer", 1), ["40 effect 1", "40 lose producer noticed", "100 answer 1 ok"]),
        (Mishap("F9u", "producer", 2), ["40 effect 1", "100 answer 1 ok", "100 lose producer"]),
        (Mishap("F9u", "producer", 0), ["40 effect 1", "100 answer 1 ok"]),
        (Mishap("F9", "producer"), ["40 effect 1", "100 answer 1 ok", "100 lose producer noticed"]),
        (Mishap("F10", "session", 0), ["0 flip session", "40 effect 1", "100 answer 1 ok"]),
        (Mishap("empty", "live_feed", 0), ["0 fill False", "40 effect 1", "100 answer 1 ok"]),
        (Mishap("fill", "live_feed", 1, order=1), ["40 effect 1", "40 fill True", "100 answer 1 ok"]),
    ],
)
def test_a_mishap_comes_after_so_many_settle_events(mishap: Mishap, steps: list[str]) -> None:
    """A service falls over, is flipped, or loses its content; what is off has nothing to fall over."""
    scenario = Scenario((Order("initialize"),), mishaps=(mishap,), latency_ms=SLOW)
    assert told(play(scenario, Scripted(("producer.start",))))[1:] == steps


def test_a_mishap_changes_what_is_true() -> None:
    """A host that falls over is off and uninitialized; a flip turns over."""
    mishaps = (Mishap("F10", "host", 0), Mishap("F9u", "host", 2), Mishap("F10", "session", 0))
    scenario = Scenario((Order("initialize"),), mishaps=mishaps)
    evidence = play(scenario, Scripted(("host.initialize",)))
    truths = [
        (m.truth.active, m.truth.initialized) for m in evidence.moments if isinstance(m.step, FlipService | LoseService)
    ]
    assert truths == [
        ((False, False, True, False), False),
        ((False, True, True, False), False),
        ((False, True, False, False), False),
    ]


# -- The reference --------------------------------------------------------------------------------


def final(evidence: Evidence) -> Any:
    """What the subject says of itself in the end."""
    assert evidence.ended == "quiet", evidence.why
    (snapshot,) = evidence.moments[-1].events
    assert isinstance(snapshot, Snapshot)
    return snapshot.data


@pytest.mark.parametrize("style", ["promise", "sync", "field"])
def test_the_reference_goes_through_a_whole_broadcast(style: str) -> None:
    """In every style of call: ready, live with everything on, ready again with everything off."""
    subject = ReferenceSubject(styles=dict.fromkeys(OPERATIONS, style))
    live = play(Scenario(WHOLE[:2]), subject)
    assert final(live)["state"] == "live"
    assert live.moments[-1].truth[:4] == ((True, True, True, True), True, ("s1",), False)
    off = play(Scenario(WHOLE), subject)
    assert (final(off)["state"], off.pending) == ("ready", ())
    assert off.moments[-1].truth[:4] == ((False, False, False, False), True, (), False)


@pytest.mark.parametrize("style", ["promise", "sync", "field"])
def test_the_reference_survives_every_fault_of_every_call(style: str) -> None:
    """Everything settles, everything is quiet, and what is on in idle or ready is named; only an effect that overtakes
    and a success without effect can deceive it."""
    subject = ReferenceSubject(styles=dict.fromkeys(OPERATIONS, style))
    orders = (*WHOLE[:2], Order("emergency_stop", after=3), Order("recover"))
    tried = 0
    for operation in OPERATIONS:
        for kind in (kind for kind in CALL_FAULTS if kind not in (OVERTAKING, EMPTY_SUCCESS)):
            if kind == CONFLICT and not operation.startswith("convex"):
                continue
            for ok in ways_in(kind, style):
                for script in (WHOLE, orders):
                    evidence = play(Scenario(script, (CallFault(operation, 1, kind, ok),)), subject)
                    data, active = final(evidence), evidence.moments[-1].truth.active
                    names = ("live_feed", "session", "host", "producer")
                    on = [name for name, is_on in zip(names, active, strict=True) if is_on]
                    assert evidence.pending == ()
                    assert data["state"] == "error" or set(on) <= set(data["residue"]), evidence.scenario
                    tried += 1
    assert tried == {"promise": 246, "sync": 114, "field": 158}[style]


def test_the_reference_tells_states_errors_and_records_together() -> None:
    """A start that fails: the error comes with the state, before the command settles, and stays until it is left."""
    scenario = Scenario(
        (*WHOLE[:2], Order("recover")), (CallFault("host.start", 1, "F1"),), config={"verbose_logging": False}
    )
    evidence = play(scenario, ReferenceSubject())
    words = [_event(e) for m in evidence.moments for e in m.events if not isinstance(e, Called | Snapshot)]
    assert words[words.index("state error") :] == [
        "state error",
        "error host.start failed: refused (call 4)",
        "starting to error",
        "2 failed",
        "state idle",
        "error None",
        "error to idle",
        "state initializing",
        "idle to initializing",
        "state ready",
        "initializing to ready",
        "3 ok",
    ]


def _event(event: SubjectEvent) -> str:
    match event:
        case messages.StateShown(_, _, state):
            return f"state {state}"
        case messages.ErrorText(_, _, text):
            return f"error {text}"
        case messages.Recorded(_, _, source, target):
            return f"{source} to {target}"
        case messages.CommandSettled(_, _, command, ok):
            return f"{command} {'ok' if ok else 'failed'}"
    return type(event).__name__


def test_the_reference_logs_unless_told_not_to() -> None:
    """Verbose logging is an option as in the guide."""
    for verbose in (True, False):
        evidence = play(Scenario(WHOLE[:1], config={"verbose_logging": verbose}), ReferenceSubject())
        logged = [e.text for m in evidence.moments for e in m.events if isinstance(e, messages.Logged)]
        assert any("State transition: idle → initializing" in text for text in logged) is verbose


def test_the_reference_takes_new_options_for_later_procedures() -> None:
    """Options change, and what cannot be an option is refused in one line."""
    subject = ReferenceSubject()
    subject.take((Begin(), ChangeConfig({"initialization_timeout": 70})))
    assert subject.take((GiveCommand(1, "initialize"),)).next_timer_ms == 70
    with pytest.raises(SubjectError, match="config: 'max_retry': unknown option, did you mean 'max_retries'"):
        subject.take((ChangeConfig({"max_retry": 1}),))


@pytest.mark.parametrize(
    ("step", "told"), [(TakeEffect(4), "call 4: there is no such call"), (Advance(-1), "advance: it is 0 ms already")]
)
def test_the_reference_refuses_steps_that_make_no_sense(step: SubjectStep, told: str) -> None:
    """A driver that is wrong hears of it."""
    with pytest.raises(SubjectError, match=told):
        ReferenceSubject().take((Begin(), step))


def test_the_reference_stops_after_a_step_in_which_it_called() -> None:
    """What comes next may depend on the call, so it is not taken."""
    reaction = ReferenceSubject().take((Begin(), GiveCommand(1, "initialize"), LookAround()))
    assert (reaction.took, reaction.now_ms, reaction.next_timer_ms) == (2, 0, 10_000)


def test_the_same_scenario_gives_the_same_evidence_byte_for_byte() -> None:
    """Nothing of an earlier scenario is left in a subject."""
    scenario = Scenario(WHOLE, (CallFault("host.start", 1, "F4", True),))
    subject = ReferenceSubject()
    first = play(scenario, subject).to_text()
    play(Scenario(WHOLE, content=False), subject)
    assert play(scenario, subject).to_text() == first == play(scenario, ReferenceSubject()).to_text()


# -- Served ---------------------------------------------------------------------------------------


def session() -> list[tuple[str, str]]:
    """The session that the documentation shows: each line of the driver with its answer."""
    text = (SUBJECTS / "PROTOCOL.md").read_text()
    return list(re.findall(r"^→ (.*)\n← (.*)$", text, re.MULTILINE))


def test_the_documented_session_is_what_the_reference_answers() -> None:
    """Byte for byte, from the first line to the last."""
    told, answered = io.BytesIO("".join(f"{ask}\n" for ask, _ in session()).encode()), io.BytesIO()
    serve(ReferenceSubject(), told, answered)
    assert answered.getvalue().decode().splitlines() == [answer for _, answer in session()]
    assert len(session()) == 6


def test_the_documented_session_is_what_the_driver_says() -> None:
    """Byte for byte, too: the scenario of the documentation, played."""
    said = [f'{{"hello":{{"protocol":{messages.VERSION}}}}}']

    class Listening(ReferenceSubject):
        def take(self, steps: tuple[SubjectStep, ...]) -> Reaction:
            said.append(codec.dumped({"steps": [codec.step_to_json(step) for step in steps]}))
            return super().take(steps)

    play(Scenario(WHOLE[:1], (CallFault("host.initialize", 1, "F1"),), config={"verbose_logging": False}), Listening())
    assert said == [ask for ask, _ in session()]


def test_a_child_process_gives_the_evidence_of_this_process() -> None:
    """`broadcast serve-reference` is the reference, whatever goes wrong and in whatever order."""
    command = [sys.executable, "-c", "from broadcast_orchestrator.reports.cli import main; main()", "serve-reference"]
    with ChildSubject(command) as subject:
        for fault in ("F1", "F4", "F6", "F7"):
            orders = (*WHOLE, Order("emergency_stop", after=1))
            scenario = Scenario(orders, (CallFault("host.start", 1, fault, True),), mishaps=(Mishap("F9", "host", 2),))
            assert play(scenario, subject).to_text() == play(scenario, ReferenceSubject()).to_text()


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("hello\n", "line 1: is not a line of JSON (Expecting value): 'hello'"),
        ('{"hello":{"protocol":9}}\n', 'line 1: expected {"hello":{"protocol":1}}'),
        ('{"hello":{"protocol":1}}\n{"steps":[]}\n', "line 2: steps: expected a list of at least one step"),
        ('{"hello":{"protocol":1}}\n{"steps":[{"do":"jump"}]}\n', "line 2: do: 'jump' is unknown"),
        ('{"hello":{"protocol":1}}\n{"steps":[{"do":"effect","call":"3"}]}\n', "line 2: effect: call cannot be '3'"),
    ],
)
def test_a_driver_that_breaks_the_protocol_is_told_in_one_line(lines: str, told: str) -> None:
    """Which line it was, and what is wrong with it."""
    with pytest.raises(SubjectError, match=f"^{re.escape(told)}"):
        serve(ReferenceSubject(), io.BytesIO(lines.encode()), io.BytesIO())


def test_the_command_ends_with_code_2_where_a_line_breaks_the_protocol() -> None:
    """One line on the error output, no traceback."""
    command = [sys.executable, "-c", "from broadcast_orchestrator.reports.cli import main; main()", "serve-reference"]
    done = subprocess.run(command, input="hello\n", capture_output=True, text=True, check=False)
    told = "broadcast: standard input, line 1: is not a line of JSON (Expecting value): 'hello'\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)


# -- The schema -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def schema() -> Any:
    """The published schema of every line."""
    return json.loads((SUBJECTS / "subject.schema.json").read_text())


def test_every_line_that_is_said_follows_the_schema(schema: Any) -> None:
    """Hellos, steps and reactions of runs with faults, mishaps and every style are valid."""
    validator = jsonschema.Draft202012Validator(schema)
    lines = [json.loads(line) for pair in session() for line in pair]

    class Listening(ReferenceSubject):
        def take(self, steps: tuple[SubjectStep, ...]) -> Reaction:
            reaction = super().take(steps)
            lines.append({"steps": [codec.step_to_json(step) for step in steps]})
            lines.append(codec.reaction_to_json(reaction))
            return reaction

    mishaps = (Mishap("F9", "host", 2), Mishap("F10", "session"), Mishap("empty", "live_feed"))
    clocks = (ClockChange("set", 1000, 1), ClockChange("hidden", 1000, 2))
    faults = (CallFault("session.start", 1, "F2"), CallFault("host.start", 2, "F1"))
    play(
        Scenario(WHOLE, faults, mishaps, clocks=clocks),
        Listening(styles={"session.start": "sync", "host.stop": "field"}),
    )
    assert len(lines) > 40
    for line in lines:
        validator.validate(line)


def test_the_schema_has_every_field_of_every_step_and_event(schema: Any) -> None:
    """The schema and the reader know the same kinds, the same fields, and the same of them required."""
    for tag, prefix, kinds in (("do", "step", codec.STEPS), ("event", "event", codec.EVENTS)):
        defined = [name for name in schema["$defs"] if name.startswith(f"{prefix}_")]
        assert [f"{prefix}_{name}" for name in kinds] == defined
        for name, kind in kinds.items():
            told = schema["$defs"][f"{prefix}_{name}"]
            assert sorted(told["properties"]) == sorted((tag, *kind._fields)), name
            assert sorted(told["required"]) == sorted({tag, *kind._fields} - set(kind._field_defaults)), name


def test_the_schema_refuses_what_is_no_line(schema: Any) -> None:
    """An unknown field, a missing one, a wrong type."""
    validator = jsonschema.Draft202012Validator(schema)
    lines: tuple[dict[str, Any], ...] = (
        {"steps": []},
        {"steps": [{"do": "effect"}]},
        {"steps": [{"do": "effect", "call": "1"}]},
        {"steps": [{"do": "look", "at": 1}]},
        {"took": 1, "events": [], "now_ms": 0},
    )
    for line in lines:
        assert not validator.is_valid(line), line


# -- Scenarios and evidence -----------------------------------------------------------------------

EVERYTHING = Scenario(
    (Order("initialize"), Order("start_broadcast", "s1", 0)),
    (CallFault("host.start", 2, "F4", False, form="object"),),
    (Mishap("F9u", "host", 3, 1),),
    {"max_retries": 1},
    False,
    {"host.start": 70.5},
    clocks=(ClockChange("set", -1000, 1, 1), ClockChange("asleep", 20_000, 0)),
    strict="it is so already",
)


def test_a_scenario_is_what_its_json_says() -> None:
    """Writing and reading gives the same, and what is as usual is left out."""
    data = EVERYTHING.to_json()
    assert scenario_from_json(json.loads(json.dumps(data))) == EVERYTHING
    assert data["orders"] == [{"command": "initialize"}, {"command": "start_broadcast", "session": "s1", "after": 0}]
    assert Scenario(WHOLE[:1]).to_json() == {"orders": [{"command": "initialize"}]}
    assert EVERYTHING.events == 6


def test_a_fault_may_go_by_its_name() -> None:
    """As in experiments."""
    data = {"orders": [{"command": "recover"}], "faults": [{"operation": "host.stop", "nth": 1, "kind": "lost_reply"}]}
    assert scenario_from_json(data).faults == (CallFault("host.stop", 1, "F2"),)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"orders": []}, "orders: there is none, so nothing would happen"),
        ({"orders": [{"command": "start"}]}, "orders, number 1: command: 'start' is unknown"),
        ({"orders": [{"command": "recover", "after": -1}]}, "number 1: after: expected a whole number from 0 on"),
        ({"orders": [{"command": "recover", "session": ""}]}, "number 1: session: expected a name, got ''"),
        ({"orders": [{"session": "s1"}]}, "orders, number 1: command is missing"),
        ({"orders": [{"command": "recover", "afer": 1}]}, "'afer' is unknown, did you mean 'after'?"),
        ({"faults": [{"operation": "host.go", "nth": 1, "kind": "F1"}]}, "operation: 'host.go' is unknown"),
        (
            {"faults": [{"operation": "host.stop", "nth": 0, "kind": "F1"}]},
            "nth: expected a whole number from 1 to 10,000",
        ),
        (
            {"faults": [{"operation": "host.stop", "nth": 1, "kind": "F1", "times": 10**9}]},
            "times: expected a whole number from 1 to 10,000, got 1000000000",
        ),
        ({"faults": [{"operation": [1], "nth": 1, "kind": "F1"}]}, "operation: a list is unknown, try one of: "),
        ({"faults": [{"operation": "host.stop", "nth": 1, "kind": {}}]}, "kind: a table is unknown, try one of: "),
        ({"faults": [{"operation": "host.stop", "nth": 1, "kind": "F1", "ok": 1}]}, "ok: expected true, false or null"),
        ({"settings": [{"option": [], "value": 1}]}, "settings, number 1: option: expected a name, got a list"),
        ({"settings": [{"option": "max_retries", "value": []}]}, "max_retries: expected a whole number from 0 to "),
        ({"mishaps": [{"kind": [], "service": {}}]}, "mishaps, number 1: kind: a list is unknown, try one of: "),
        ({"orders": [{"command": ["initialize"]}]}, "orders, number 1: command: a list is unknown, try one of: "),
        ({"clocks": [{"kind": None, "ms": 1.5}]}, "clocks, number 1: kind: None is unknown, try one of: "),
        ({"latency_ms": {"host.stop": 1e300}}, "latency_ms: host.stop: expected milliseconds from 0 to 2147483647, "),
        ({"faults": [{"operation": "host.stop", "nth": 1, "kind": "F9"}]}, "kind: 'F9' is unknown"),
        ({"faults": [{"operation": "host.stop", "nth": 1, "kind": "F11"}]}, "kind: F11 hits the backend alone"),
        (
            {"faults": [{"operation": "host.stop", "nth": 1, "kind": "F1", "form": "txt"}]},
            "form: 'txt' is unknown, did you mean 'text'?",
        ),
        (
            {"faults": [{"operation": "host.stop", "nth": 1, "kind": "a new class"}]},
            "'a new class' is unknown, try one",
        ),
        ({"mishaps": [{"kind": "a new class", "service": "host"}]}, "kind: 'a new class' is unknown, try one of: F9"),
        ({"mishaps": [{"kind": "F9", "service": "convex"}]}, "service: 'convex' is unknown"),
        ({"mishaps": [{"kind": "F9", "service": "host", "order": 2}]}, "order: expected a number from 0 to 1, got 2"),
        (
            {"clocks": [{"kind": "hiden", "ms": 5}]},
            "clocks, number 1: kind: 'hiden' is unknown, did you mean 'hidden'?",
        ),
        ({"clocks": [{"kind": "asleep", "ms": 0}]}, "ms: expected a whole number from 1 to 86400000, got 0"),
        ({"config": {"max_retry": 1}}, "config: 'max_retry': unknown option, did you mean 'max_retries'?"),
        (
            {"latency_ms": {"host.stop": -1}},
            "latency_ms: host.stop: expected milliseconds from 0 to 2147483647, got -1",
        ),
        ({"strict": True}, "strict: expected what services say, up to 200 letters, got True"),
        ({"strict": "a\nb"}, "strict: expected what services say, up to 200 letters"),
        ({"order": []}, "'order' is unknown, did you mean 'orders'?"),
    ],
)
def test_a_scenario_that_cannot_be_is_told_in_one_line(changes: dict[str, Any], told: str) -> None:
    """Where, what is wrong, and what to try."""
    with pytest.raises(ScenarioError, match=re.escape(told)) as caught:
        scenario_from_json({"orders": [{"command": "initialize"}], **changes})
    assert "\n" not in str(caught.value)


def test_evidence_is_what_its_file_says(tmp_path: Path) -> None:
    """Saving and loading gives the same evidence, moments, truths and all."""
    evidence = play(EVERYTHING, ReferenceSubject())
    evidence.save(tmp_path / "run.jsonl")
    assert load_evidence(tmp_path / "run.jsonl") == evidence
    assert len(evidence.moments) > 5


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda rows: [], "line 1: is missing"),
        (lambda rows: [rows[1]], "line 1: expected a header with the format 'broadcast-evidence', got None"),
        (lambda rows: [rows[0].replace('"version":1', '"version":2', 1)], "line 1: this is version 2 of the format"),
        (lambda rows: [rows[0], "{"], "line 2: is not JSON: Expecting property name"),
        (lambda rows: [rows[0], "{}"], "line 2: at_ms is missing"),
        (lambda rows: [rows[0], rows[1].replace('"begin"', '"began"')], "line 2: do: 'began' is unknown"),
        (lambda rows: [rows[0].replace('"initialize"', '"init"')], "line 1: scenario: orders, number 1: command"),
    ],
)
def test_what_is_no_evidence_is_told_in_one_line(change: Any, told: str) -> None:
    """The file, the line, and what is wrong there."""
    rows = play(Scenario(WHOLE[:1]), ReferenceSubject()).to_text().splitlines()
    with pytest.raises(EvidenceError, match=re.escape(f"run.jsonl, {told}")):
        evidence_from_text("".join(f"{row}\n" for row in change(rows)), "run.jsonl")


def test_evidence_that_is_cut_off_or_missing_is_told(tmp_path: Path) -> None:
    """A file that ends in the middle of a line, and one that is not there."""
    text = play(Scenario(WHOLE[:1]), ReferenceSubject()).to_text()
    with pytest.raises(EvidenceError, match="is cut off"):
        evidence_from_text(text[:-5])
    with pytest.raises(EvidenceError, match="cannot be read: No such file"):
        load_evidence(tmp_path / "none.jsonl")
