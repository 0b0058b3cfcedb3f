"""Polling that an implementation claims: what it has to notice, and when, seen from outside."""

from collections.abc import Callable

import pytest

from broadcast_orchestrator.model.measures import rules_with
from broadcast_orchestrator.model.operations import CALLABLE
from broadcast_orchestrator.properties.checking.search.bench import Bench
from broadcast_orchestrator.reports.check.timeline import evidence_timeline
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    Begin,
    Called,
    FlipService,
    GiveAnswer,
    Limits,
    LoseService,
    Reaction,
    StateShown,
    Subject,
    SubjectStep,
)
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import CallFault, ClockChange, Mishap, Order, Scenario

pytestmark = pytest.mark.usefixtures("untraced")

CLAIMS = ("read-back", "polling")
POLLED, UNPOLLED = rules_with(CLAIMS), rules_with(("read-back",))
INIT, START, RECOVER = Order("initialize"), Order("start_broadcast", "s1"), Order("recover")
LOST = Scenario((INIT, START, RECOVER), mishaps=(Mishap("F9u", "producer", None, 2),))
SWITCHED = Scenario((INIT, INIT), mishaps=(Mishap("F10", "live_feed", None, 1),))


def bench_of(make: Callable[[], Subject]) -> Bench:
    """Judged by what polling once in five seconds promises."""
    return Bench(make, Dialect(measures=CLAIMS), Limits())


def polls() -> ReferenceSubject:
    """The reference, which reads its services once in five seconds."""
    return ReferenceSubject(POLLED)


class Deaf(ReferenceSubject):
    """Reads, and tells nobody."""

    def _seen(self, service: str, operation: str, step: GiveAnswer) -> None:
        """Nothing comes of it."""


class OnlyWhileLive(ReferenceSubject):
    """Reads during a broadcast alone."""

    def _look_at(self, service: str, operation: str) -> None:
        """Elsewhere it does not look."""
        if self._core.state == "live":
            super()._look_at(service, operation)


class ReadsFields(ReferenceSubject):
    """Polls what its stores show, which nobody sees."""

    is_on: set[str]

    def take(self, steps: tuple[SubjectStep, ...]) -> Reaction:
        """As the reference; the stores show what happens to their services by itself."""
        for step in steps:
            match step:
                case Begin():
                    self.is_on = set()
                case FlipService(service):
                    self.is_on.symmetric_difference_update((service,))
                case LoseService(service):
                    self.is_on.discard(service)
        return super().take(steps)

    def _obey(self, operation: str, call: int) -> None:
        """And what comes of calls."""
        super()._obey(operation, call)
        asked = CALLABLE[operation]
        if asked.turns_on is not None:
            (self.is_on.add if asked.turns_on else self.is_on.discard)(asked.service)

    def _look_at(self, service: str, operation: str) -> None:
        """Without a call."""
        if operation == f"{service}.is_on":
            self._seen(service, operation, GiveAnswer(0, True, found=service in self.is_on))


def told(make: Callable[[], Subject], scenario: Scenario) -> set[str]:
    """The guarantees that are broken."""
    return {each.kind[0] for each in bench_of(make).try_out(scenario).complaints}


def test_what_is_noticed_within_a_period_is_noticed_in_time() -> None:
    """A service that is lost without a word is read by the next beat, and its report leads to error like any other."""
    run = bench_of(polls).examined(LOST)
    assert run.complaints == ()
    (note,) = [note for note in run.sight.noticed if note.by_looking]
    seen = run.evidence.moments[note.moment]
    assert (note.service, note.found_on, round(seen.at_ms, -3)) == ("producer", False, 15_000)
    assert StateShown in map(type, seen.events)


@pytest.mark.parametrize(
    ("make", "lost", "switched"),
    [
        (polls, set(), set()),
        (lambda: ReferenceSubject(UNPOLLED), {"G3", "reference"}, {"G4", "reference"}),
        (lambda: Deaf(POLLED), {"G3", "reference"}, {"G4", "reference"}),
        (lambda: OnlyWhileLive(POLLED), set(), {"G4", "reference"}),
        (lambda: ReferenceSubject(POLLED, poll_period_ms=15_000), {"G3", "reference"}, {"G4", "reference"}),
        (lambda: ReferenceSubject(POLLED, poll_period_ms=4_000), set(), set()),
    ],
    ids=["polls", "polls-not", "in-vain", "only-while-live", "seldom", "often"],
)
def test_who_does_not_keep_it_is_found(make: Callable[[], Subject], lost: set[str], switched: set[str]) -> None:
    """Off while live, on while ready, when a period and a read are over; who polls more often does more than that."""
    assert (told(make, LOST), told(make, SWITCHED)) == (lost, switched)


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(LOST.orders, (CallFault("producer.is_on", 3, "F1"),), LOST.mishaps),
        Scenario(LOST.orders, (CallFault("producer.is_on", 3, "F3"),), LOST.mishaps),
        Scenario(LOST.orders, mishaps=LOST.mishaps, clocks=(ClockChange("hidden", 20_000, None, 2),)),
        Scenario((INIT, START), (CallFault("host.start", 1, "F3", False),), (Mishap("F10", "producer", 6, 2),)),
    ],
    ids=["look-refused", "look-hangs", "hidden", "call-hangs"],
)
def test_a_look_that_fails_is_made_again(scenario: Scenario) -> None:
    """So it does not count as a period; nor does time in which timers stand still."""
    assert told(polls, scenario) == set()


@pytest.mark.parametrize("scenario", [LOST, SWITCHED], ids=["lost", "switched"])
def test_who_reads_fields_is_believed_by_what_comes_of_it(scenario: Scenario) -> None:
    """An error at a timer, while nothing is under way and a service is otherwise than it is known, was noticed."""
    run = bench_of(lambda: ReadsFields(POLLED)).examined(scenario)
    assert run.complaints == ()
    assert not run.sight.looks
    assert [note.by_looking for note in run.sight.noticed] == [True]


def test_looks_are_nobodys_and_all_is_quiet_between_them() -> None:
    """They belong to no command, a run ends when one round of them has found nothing, and its picture has them all."""
    bench = bench_of(polls)
    run = bench.examined(Scenario((INIT, START)))
    calls = [event for moment in run.evidence.moments for event in moment.events if isinstance(event, Called)]
    assert run.evidence.ended == "quiet"
    assert len(run.sight.looks) == 10  # five services' questions after each command
    assert len(run.sight.made) + len(run.sight.looks) == len(calls)
    assert not any(look.owner for look in run.sight.looks)
    assert len(evidence_timeline(run.evidence, bench.dialect).bars) == len(calls)
