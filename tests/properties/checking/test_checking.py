"""Judging from outside, searching, shrinking and grouping: what `properties.checking` finds and what it does not."""

import json
import time
from dataclasses import replace
from functools import partial
from itertools import count, islice
from typing import Any

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Failure, FailureKind
from broadcast_orchestrator.model.operations import ON_AIR_SERVICES, OPERATIONS
from broadcast_orchestrator.model.table import INITIALIZING
from broadcast_orchestrator.properties.checking import CheckReport, check, judge
from broadcast_orchestrator.properties.checking.baseline import BaselineError, baseline_text, compared, load_baseline
from broadcast_orchestrator.properties.checking.replay import violations
from broadcast_orchestrator.properties.checking.search.bench import Bench
from broadcast_orchestrator.properties.checking.search.conformance import course, divergence
from broadcast_orchestrator.properties.checking.search.shrinking import shrink
from broadcast_orchestrator.properties.checking.search.sweep import LEVELS, Sweep
from broadcast_orchestrator.properties.mutants import BY_NAME
from broadcast_orchestrator.reports.check.diagram import learned_graph
from broadcast_orchestrator.reports.graphs.drawing import render
from broadcast_orchestrator.sim.subjects.dialect import AcceptedReading, Dialect
from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.evidence import BROKEN, Evidence, EvidenceMoment
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    About,
    Advance,
    Begin,
    Called,
    CommandSettled,
    ErrorText,
    GiveAnswer,
    GiveCommand,
    Limits,
    LookAround,
    Reaction,
    Recorded,
    ResumeTimers,
    Snapshot,
    StateShown,
    SubjectError,
    SubjectStep,
    SuspendTimers,
    Unhandled,
)
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import CallFault, Mishap, Order, Scenario
from broadcast_orchestrator.sim.world.world import Truth

pytestmark = pytest.mark.usefixtures("untraced")

INIT, START, STOP = Order("initialize"), Order("start_broadcast", "s1"), Order("stop_broadcast")
OFF, READY = Truth(), Truth(initialized=True)
ON = Truth((True,) * 4, True, ("s1",))

Line = tuple[Any, ...]
"""A step, then what the subject does: an event class with its fields after number and time."""


def seen(*lines: Line, orders: tuple[Order, ...] = (INIT,), truth: Truth = OFF, **fields: Any) -> Evidence:
    """Evidence by hand: a line a moment, a second apart, the truth the same all the time."""
    numbers = count(1)
    moments = [
        EvidenceMoment(at * 1000, step, tuple(kind(next(numbers), at * 1000, *rest) for kind, *rest in events), truth)
        for at, (step, *events) in enumerate(lines)
    ]
    scenario = Scenario(orders, **fields)
    return Evidence(scenario, About("by hand"), tuple(moments))


GUIDE = Dialect()


def found(evidence: Evidence, dialect: Dialect = GUIDE) -> list[tuple[str, str]]:
    """Guarantee and sentence of each violation."""
    return [(broken.guarantee, broken.what) for broken in judge(evidence, dialect)]


def went(source: str, target: str) -> tuple[Line, Line]:
    """A change of state that is recorded."""
    return (StateShown, target), (Recorded, source, target)


# -- Each judge, on evidence of a few lines -------------------------------------------------------


def test_a_change_outside_the_table_breaks_g1() -> None:
    """A state that leaps from idle to live is told as no row of the table."""
    evidence = seen((GiveCommand(1, "initialize"), *went("idle", "live")), orders=(INIT,), truth=ON)
    assert ("G1", "idle → live is not a row of the table") in found(evidence)


def test_a_forced_edge_needs_an_emergency_stop() -> None:
    """From initializing to idle it takes an emergency stop; nothing else may do it."""
    alone = seen(
        (GiveCommand(1, "initialize"), *went("idle", "initializing")), (Advance(1), *went("initializing", "idle"))
    )
    assert ("G1", "initializing → idle is not a row of the table, and no emergency stop is under way") in found(alone)


def test_a_change_that_is_not_recorded_breaks_g12() -> None:
    """A state that anyone can see change and that the history does not have is a finding."""
    evidence = seen((GiveCommand(1, "initialize"), (StateShown, "initializing")))
    assert ("G12", "idle → initializing is not in the history") in found(evidence)


def test_an_entry_that_begins_elsewhere_breaks_g12() -> None:
    """An entry of the history begins where the one before it ended."""
    evidence = seen((GiveCommand(1, "initialize"), (StateShown, "initializing"), (Recorded, "ready", "initializing")))
    assert ("G12", "the history says ready → initializing for idle → initializing") in found(evidence)


def test_an_error_text_outside_error_breaks_g5() -> None:
    """A text without the state error, and the state without a text, are both told."""
    text = seen((GiveCommand(1, "initialize"), (ErrorText, "oh")))
    silent = seen((GiveCommand(1, "initialize"), *went("idle", "error")))
    assert ("G5", "the state is idle and the error says: oh") in found(text)
    assert ("G5", "the state is error and there is no error text") in found(silent)


def test_a_first_cause_that_is_replaced_breaks_g5() -> None:
    """While the state stays error, the first text has to stay in it."""
    entered = (GiveCommand(1, "initialize"), *went("idle", "error"), (ErrorText, "the host died"))
    replaced = seen(entered, (Advance(1), (ErrorText, "something else")))
    attached = seen(entered, (Advance(1), (ErrorText, "the host died; something else")))
    assert ("G5", "the error was: the host died; it is replaced by: something else") in found(replaced)
    assert not [what for guarantee, what in found(attached) if guarantee == "G5"]


def test_an_attempt_that_is_not_told_breaks_g5() -> None:
    """An initialization that fails tells the failure of each attempt; no two say the same."""
    first = (GiveCommand(1, "initialize"), *went("idle", "initializing"), (Called, 1, "host.initialize"))
    again = (GiveAnswer(1, False, "refused (call 1)"), (Called, 2, "host.initialize"))
    both, last = "refused (call 1); refused (call 2)", "refused (call 2)"
    for words, text, told in ((both, both, 0), (last, both, 1), (both, last, 1)):
        end = ((ErrorText, text), *went("initializing", "error"), (CommandSettled, 1, False, words))
        evidence = seen(first, again, (GiveAnswer(2, False, last), *end), config={"max_retries": 1, "retry_delay": 0})
        lost = [what for _, what in found(evidence) if "failed with 'refused (call 1)'" in what]
        assert len(lost) == told, words


def test_what_a_call_throws_is_its_own_failure() -> None:
    """The text that the protocol has a call throw is looked for, too: the undo's own does not stand for it."""
    begin = Begin(manners={"session.start": ["throw"], "live_feed.stop": ["throw"]})
    start = (GiveCommand(1, "start_broadcast"), *went("ready", "starting"), (Called, 1, "live_feed.start"))
    undo = ((Called, 2, "session.start"), (Called, 3, "session.end"), (Called, 4, "live_feed.stop"))
    words = "refused (call 4)"
    end = ((ErrorText, words), *went("starting", "error"), (CommandSettled, 1, False, words))
    evidence = replace(
        seen((begin, *went("idle", "ready")), (*start, *undo, *end), orders=(START,)),
        about=About("by hand", styles=dict.fromkeys(("session.start", "session.end", "live_feed.stop"), "sync")),
    )
    assert ("G5", f"session.start failed with 'refused (call 2)', and the caller is told: {words}") in found(evidence)


def test_an_error_that_nobody_catches_breaks_g5() -> None:
    """An unhandled rejection is a lost error."""
    evidence = seen((GiveCommand(1, "initialize"), (Unhandled, "boom")))
    assert ("G5", "nobody caught the error: boom") in found(evidence)


def test_a_command_that_never_settles_breaks_g7() -> None:
    """A promise that stays open when all is quiet is told with its command."""
    assert ("G7", "initialize never settles") in found(seen((GiveCommand(1, "initialize"),)))


def test_a_command_that_settles_too_late_breaks_g7() -> None:
    """An initialize of one attempt may take as long as its limit and no longer."""
    lines: list[Line] = [(GiveCommand(1, "initialize"), *went("idle", "initializing"), (Called, 1, "host.initialize"))]
    lines += [(Advance(second * 1000),) for second in range(1, 11)]
    lines += [(GiveAnswer(1, True), *went("initializing", "ready"), (CommandSettled, 1, True))]
    evidence = seen(*lines, truth=READY, config={"max_retries": 0, "initialization_timeout": 9_000})
    assert ("G7", "initialize took 11,000 ms, at most 9,000 can be") in found(evidence)


def test_the_time_in_which_timers_stood_still_is_not_counted() -> None:
    """What took longer than its limit took no longer than that without the time in which no timer could run."""
    begun = (GiveCommand(1, "initialize"), *went("idle", "initializing"), (Called, 1, "host.initialize"))
    still = [(SuspendTimers(),), *((Advance(second * 1000),) for second in range(2, 6)), (ResumeTimers(),)]
    lines = [begun, *still, (GiveAnswer(1, True), *went("initializing", "ready"), (CommandSettled, 1, True))]
    config = {"max_retries": 0, "initialization_timeout": 2_500}
    assert [each for each in found(seen(*lines, truth=READY, config=config)) if each[0] == "G7"] == []
    lines[1] = (Advance(1000),)
    lines[-2] = (Advance(6000),)
    late = ("G7", "initialize took 7,000 ms, at most 2,500 can be")
    assert late in found(seen(*lines, truth=READY, config=config))


def test_resting_half_way_breaks_g7() -> None:
    """What is quiet does not rest in starting."""
    evidence = seen((GiveCommand(1, "initialize"), *went("idle", "initializing"), (CommandSettled, 1, False, "no")))
    assert ("G7", "everything is quiet in initializing") in found(evidence)


def test_a_service_that_is_on_in_idle_breaks_g4() -> None:
    """Nothing is on air in idle unless its switch-off was tried in vain."""
    on = Truth((True, False, False, False))
    assert ("G4", "live_feed is on in idle") in found(
        seen((GiveCommand(1, "recover"), (CommandSettled, 1, False, "no")), truth=on)
    )


def test_a_service_that_is_off_in_live_breaks_g3() -> None:
    """Live with the producer off is told."""
    truth = Truth((True, True, True, False), True)
    evidence = seen((GiveCommand(1, "initialize"), *went("idle", "live"), (CommandSettled, 1, True)), truth=truth)
    assert ("G3", "producer is off in live") in found(evidence)


def test_what_a_lying_service_hides_is_not_held_against_anyone() -> None:
    """After an empty success no orchestrator that never asks can know the truth (see the design)."""
    truth = Truth((True, True, True, False), True)
    lie = CallFault("producer.start", 1, "F8")
    evidence = seen(
        (GiveCommand(1, "initialize"), *went("idle", "live"), (CommandSettled, 1, True)), truth=truth, faults=(lie,)
    )
    assert "G3" not in [guarantee for guarantee, _ in found(evidence)]


def started(*calls: str) -> Line:
    """The moment of a start that makes these calls, each answered at once where the services are synchronous."""
    return (GiveCommand(1, "start_broadcast", "s1"), *((Called, number, name) for number, name in enumerate(calls, 1)))


def test_a_startup_step_out_of_order_breaks_g8() -> None:
    """The host does not start before the session."""
    evidence = seen(started("live_feed.start", "host.start"), orders=(START,))
    assert ("G8", "host.start is out of order") in found(evidence)


def test_a_step_that_does_not_wait_breaks_g8() -> None:
    """The session is not started before the feed has answered."""
    evidence = seen(started("live_feed.start", "session.start"), orders=(START,))
    assert ("G8", "session.start began before live_feed.start was answered") in found(evidence)


def test_a_rollback_that_forgets_the_failed_step_breaks_g2() -> None:
    """A start that failed at its first step has to switch that off as well."""
    evidence = seen(
        started("live_feed.start"), (GiveAnswer(1, False, "no"), (CommandSettled, 1, False, "no")), orders=(START,)
    )
    assert ("G2", "live_feed.stop was never issued after the failed start") in found(evidence)


def test_what_is_cleaned_up_when_a_start_ends_is_not_its_rollback() -> None:
    """A cleanup that is called in the moment in which a failed start ends, before its caller hears of the end, is no
    step of the rollback; the same call one moment earlier is one that is out of order."""
    begun = (GiveCommand(1, "start_broadcast", "s1"), *went("ready", "starting"), (Called, 1, "host.start"))
    failed = (GiveAnswer(1, False, "no"), (Called, 2, "host.stop"))
    ended = (GiveAnswer(2, False, "no"), *went("starting", "error"), (ErrorText, "no"))
    cleanup, told = (Called, 3, "host.stop"), (CommandSettled, 1, False, "no")
    wrong = ("G2", "host.stop is not the next step to undo")
    assert wrong not in found(seen(begun, failed, (*ended, cleanup, told), orders=(START,)))
    assert wrong in found(seen(begun, failed, (Advance(2), cleanup), (*ended, told), orders=(START,)))


def test_a_second_start_beside_the_first_breaks_g9_and_g13() -> None:
    """A double click that is let in is two procedures at once, and a start that should have been refused."""
    both = (START, START._replace(after=0))
    evidence = seen(
        started("live_feed.start"), (GiveCommand(2, "start_broadcast"), (Called, 2, "live_feed.start")), orders=both
    )
    assert ("G9", "start_broadcast began while start_broadcast was under way") in found(evidence)
    assert ("G13", "start_broadcast was let in while start_broadcast was under way") in found(evidence)


def test_an_interrupted_procedure_that_goes_on_breaks_g9() -> None:
    """After an emergency stop the start that it interrupted calls nothing."""
    orders = (START, Order("emergency_stop", after=0))
    stops = (
        (Called, 2 + n, name) for n, name in enumerate(("producer.stop", "host.stop", "session.end", "live_feed.stop"))
    )
    settled = [(GiveAnswer(number, True),) for number in (2, 3, 4)] + [(GiveAnswer(5, True), (CommandSettled, 2, True))]
    late = (GiveAnswer(1, True), (Called, 6, "session.start"))
    evidence = seen(
        started("live_feed.start"), (GiveCommand(2, "emergency_stop"), *stops), *settled, late, orders=orders
    )
    assert ("G9", "the interrupted start_broadcast went on and called session.start") in found(evidence)


def test_an_emergency_stop_that_forgets_a_service_breaks_g10() -> None:
    """All four stops are issued at once."""
    stops = ((Called, 1 + n, name) for n, name in enumerate(("producer.stop", "host.stop", "session.end")))
    evidence = seen((GiveCommand(1, "emergency_stop"), *stops), orders=(Order("emergency_stop"),))
    assert ("G10", "an emergency stop in idle: live_feed.stop not issued at once") in found(evidence)


def test_an_attempt_too_many_breaks_g11() -> None:
    """With no retries there is one attempt."""
    first = (GiveCommand(1, "initialize"), *went("idle", "initializing"), (Called, 1, "host.initialize"))
    second = (GiveAnswer(1, False), (Called, 2, "host.initialize"))
    told = found(seen(first, second, config={"max_retries": 0, "retry_delay": 0}))
    assert ("G11", "attempt 2 of at most 1") in told


def test_a_refusal_that_changes_something_breaks_g13() -> None:
    """A refused command leaves no error text behind."""
    evidence = seen(
        (GiveCommand(1, "stop_broadcast"), (ErrorText, "no"), (CommandSettled, 1, False, "no")), orders=(STOP,)
    )
    assert ("G13", "stop_broadcast was refused, and yet it changed the error to 'no'") in found(evidence)


def test_a_start_that_can_start_denied_breaks_g13() -> None:
    """What can_start says is what becomes of the start."""
    looked = (LookAround(), (Snapshot, {"can_start": False}))
    evidence = seen(
        (Begin(),), looked, (GiveCommand(1, "start_broadcast"), (Called, 1, "live_feed.start")), orders=(START,)
    )
    assert ("G13", "can_start was false, and the start was let in") in found(evidence)


def test_a_session_left_live_breaks_g14() -> None:
    """A backend that says live in idle is told when no gap of the guide explains it."""
    told = found(seen((GiveCommand(1, "recover"), (CommandSettled, 1, False, "no")), truth=Truth(backend=("s1",))))
    assert ("G14", "the backend says that s1 is live in idle") in told


ALL_ON = {"broadcast_state": "live", "host_active": True, "producer_active": True, "live_feed_active": True}


@pytest.mark.parametrize(
    ("operation", "payload", "truth", "told"),
    [
        ("convex.live", ALL_ON, ON, None),
        ("convex.live", None, ON, None),
        ("convex.live", {**ALL_ON, "host_active": False}, ON, "says: host off; it has to say that all are on"),
        ("convex.live", {**ALL_ON, "host_active": False}, READY, None),
        (
            "convex.live",
            {**ALL_ON, "producer_active": "yes"},
            ON,
            "says: producer 'yes'; it has to say that all are on",
        ),
        ("convex.idle", ALL_ON, OFF, "says: host on, producer on, live_feed on; it has to say that all are off"),
        ("convex.idle", {"broadcast_state": "idle"}, OFF, "says nothing of host, producer and feed"),
    ],
)
def test_flags_that_are_neither_the_guides_nor_true_break_g14(
    operation: str, payload: dict[str, object] | None, truth: Truth, told: str | None
) -> None:
    """A live write says that all are on, an idle write that all are off, or what is true; what is not seen is not
    judged."""
    command = GiveCommand(1, "start_broadcast" if operation == "convex.live" else "stop_broadcast", "s1")
    evidence = seen((command, (Called, 1, operation, "s1", payload)), orders=(START,), truth=truth)
    flags = [what for guarantee, what in found(evidence) if guarantee == "G14" and " says" in what.partition(":")[0]]
    clause = "CX-2" if told and "nothing" in told else "CX-4" if operation == "convex.live" else "R10"
    word = "reading" if clause == "R10" else "clause"
    assert [what for what in flags if what.startswith(operation)] == (
        [f"{operation} for s1 {told} ({word} {clause})"] if told else []
    )


def test_a_backend_that_has_no_flags_is_not_asked_for_them() -> None:
    """A dialect says that a write has none; a wrong one is wrong all the same."""
    none, wrong = {"broadcast_state": "live"}, {**ALL_ON, "host_active": False}
    for payload, count_ in ((none, 0), (wrong, 1)):
        evidence = seen((GiveCommand(1, "start_broadcast"), (Called, 1, "convex.live", "s1", payload)), truth=ON)
        told = found(evidence, Dialect(backend_without_flags=True))
        assert len([what for _, what in told if what.startswith("convex.live for s1 says")]) == count_


def test_no_way_to_ready_breaks_g6() -> None:
    """After an emergency stop that went well, an initialize that nothing disturbs has to lead to ready."""
    names = ("producer.stop", "host.stop", "session.end", "live_feed.stop")
    stops = ((Called, number, name) for number, name in enumerate(names, 1))
    answers = [(GiveAnswer(number, True),) for number in (1, 2, 3)] + [(GiveAnswer(4, True), (CommandSettled, 1, True))]
    refused = (GiveCommand(2, "initialize"), (CommandSettled, 2, False, "no"))
    lines = (
        (Begin(),),
        (LookAround(),),
        (GiveCommand(1, "emergency_stop"), *stops),
        *answers,
        (LookAround(),),
        refused,
    )
    told = found(seen(*lines, orders=(Order("emergency_stop"), INIT)))
    assert ("G6", "after an emergency stop in idle, initialize ends in idle") in told


def test_what_is_never_quiet_breaks_g7() -> None:
    """A run that a limit of virtual time had to end is told as such."""
    evidence = replace(seen((GiveCommand(1, "initialize"),)), ended="never quiet", why="is not quiet after 5 days")
    assert ("G7", "it never comes to rest: is not quiet after 5 days") in found(evidence)


def test_a_late_answer_that_moves_something_breaks_g15() -> None:
    """The answer of a call whose start is over changes no state."""
    lines = (started("live_feed.start"), (Advance(1), (CommandSettled, 1, False, "too slow")))
    evidence = seen(*lines, (GiveAnswer(1, True), *went("idle", "live")), orders=(START,))
    assert ("G15", "a late answer of live_feed.start changed the state from idle to live") in found(evidence)


def test_a_broken_subject_is_told_as_such() -> None:
    """Evidence that broke off says why, and nothing else is judged."""
    evidence = Evidence(Scenario((INIT,)), About("x"), (), BROKEN, "has not answered within 10 seconds")
    assert found(evidence) == [("subject", "has not answered within 10 seconds")]


def test_a_dialect_changes_what_is_expected() -> None:
    """A stop that lands in idle is a violation for the guide and none for a dialect that says so."""
    beginning = (Begin(), *went("idle", "error"), (ErrorText, "lost"))
    stops = ("producer.stop", "host.stop", "session.end", "live_feed.stop")
    calls = tuple((Called, number, name) for number, name in enumerate(stops, 1))
    stop = (GiveCommand(1, "stop_broadcast"), *calls)
    answers = [(GiveAnswer(number, True),) for number in (1, 2, 3)]
    end = (GiveAnswer(4, True), (ErrorText, None), *went("error", "idle"), (CommandSettled, 1, True))
    evidence = seen(beginning, stop, *answers, end, orders=(STOP,))
    wrong = ("G7", "stop_broadcast succeeded in idle, not in ready")
    assert wrong in found(evidence)
    assert wrong not in found(evidence, Dialect(stop_lands_in="idle"))


# -- The reference, and broken ones ---------------------------------------------------------------


def test_the_reference_is_clean() -> None:
    """Some hundred scenarios, systematic and made up, find nothing wrong with the reference."""
    report = check(ReferenceSubject, scenarios=300)
    assert report.scenarios == 300
    assert [(each.guarantee, each.title) for each in report.findings] == []
    assert report.features > 60


def test_the_reference_is_clean_with_synchronous_stores() -> None:
    """So it is where feed and session are plain writes, as in the guide, and where success shows in a field."""
    styles = {"live_feed.start": "sync", "live_feed.stop": "sync", "session.start": "sync", "host.initialize": "field"}
    assert check(partial(ReferenceSubject, styles=styles), scenarios=150).clean


def broken(name: str) -> CheckReport:
    """What a short check finds in a mutant."""
    return check(partial(ReferenceSubject, BY_NAME[name].rules), scenarios=200)


@pytest.mark.parametrize(
    ("mutant", "guarantee"),
    [
        ("starts-the-host-first", "G8"),
        ("stays-in-idle-after-a-stop", "G7"),
        ("forgets-the-failed-step", "G2"),
        ("undoes-in-startup-order", "G2"),
        ("starts-while-live", "G13"),
        ("never-settles", "G7"),
        ("records-where-it-was-before", "G12"),
        ("forgets-to-stop", "G4"),
        ("forces-a-stop", "G1"),
        ("starts-without-the-producer", "G3"),
        ("keeps-the-text", "G5"),
        ("goes-to-error-in-silence", "G5"),
        ("cleans-up-beside-a-start", "G9"),
        ("stays-where-it-was", "G10"),
        ("retries-once-too-often", "G11"),
        ("writes-no-idle", "G14"),
        ("attempts-have-no-limit", "G15"),
    ],
)
def test_a_broken_core_is_found_with_its_guarantee_and_a_short_sequence(mutant: str, guarantee: str) -> None:
    """Each broken rule is found, named by its guarantee, in at most six events, and replays."""
    scenario = min(told_in(broken(mutant), guarantee), key=lambda each: each.events)
    assert scenario.events <= 6
    again = violations(scenario, partial(ReferenceSubject, BY_NAME[mutant].rules))
    assert guarantee in [each.guarantee for each in again]


def told_in(report: CheckReport, guarantee: str) -> list[Scenario]:
    """The scenarios that the report gives for a guarantee: of findings, and of what is told under them."""
    told = [each.scenario for each in report.findings if guarantee in (each.guarantee, *dict(each.also))]
    return told + [f.scenario for each in report.findings for f in each.followers if f.guarantee == guarantee]


def test_a_finding_tells_its_story_and_its_cause() -> None:
    """The failed step that is not undone needs the initialize, the start and the fault, and says so."""
    finding = next(f for f in broken("forgets-the-failed-step").findings if f.kind == ("G2", "not undone"))
    assert finding.title.endswith("was never issued after the failed start")
    assert finding.steps[:2] == ("A caller asks: initialize.", "When all is quiet, a caller asks: start_broadcast.")
    assert [why.necessary for why in finding.why] == [True, True, True]
    assert finding.expected == "After a failed start everything it may have switched on is undone in reverse, or named."
    assert ("R8", "Which steps does a rollback undo?") in finding.serves
    assert finding.rank == 1


def test_the_same_budget_and_seed_give_the_same_report() -> None:
    """Nothing but the seconds differs between two checks, be it by one process or by two."""
    make = partial(ReferenceSubject, BY_NAME["starts-the-host-first"].rules)
    one, two = (check(make, scenarios=40, seed=3, jobs=jobs) for jobs in (1, 2))
    assert one.findings
    assert replace(one, seconds=0) == replace(two, seconds=0)


def test_a_difference_from_the_reference_is_a_finding_of_its_own() -> None:
    """A core that asks a host which it knows to be initialized breaks nothing that can be seen from outside; it is told
    as differing, with both sides: in what comes of it where that fails, and else on the way there."""
    report = check(partial(ReferenceSubject, AsksTheHostAgain), scenarios=60)
    assert {each.guarantee for each in report.findings} == {"reference"}
    (on_the_way,) = [each for each in report.findings if each.kind[1] == "differs in calls"]
    assert "the calls are host.initialize, the reference's none" in on_the_way.observed
    assert on_the_way.rank == 6
    faults = (CallFault("host.start", 1, "F1"), CallFault("host.initialize", 2, "F1"))
    recovers = Scenario((INIT, START, Order("recover")), faults, config={"max_retries": 0})
    (elsewhere,) = violations(recovers, partial(ReferenceSubject, AsksTheHostAgain))
    assert elsewhere.key == "differs in where it lands after recover"


class AsksTheHostAgain(Core):
    """Initializes the host again after each stop, whatever it knows of it."""

    def initialization(self) -> None:
        """Ask it."""
        self.move(INITIALIZING, "system_init")
        self.attempt()


class Dies:
    """A subject that dies at its third command."""

    def __init__(self) -> None:
        self.about = About("mortal")
        self.inner = ReferenceSubject()
        self.commands = 0

    def take(self, steps: tuple[SubjectStep, ...]) -> Reaction:
        """Count the commands."""
        self.commands = 0 if isinstance(steps[0], Begin) else self.commands
        self.commands += sum(isinstance(step, GiveCommand) for step in steps)
        if self.commands >= 3:
            raise ValueError("three\nis too many")
        return self.inner.take(steps)

    def close(self) -> None:
        """Nothing to end."""


def test_a_subject_that_dies_is_a_finding() -> None:
    """Whatever a subject raises becomes one finding in one line, and the check goes on with a fresh one."""
    report = check(Dies, scenarios=80)
    assert [each.guarantee for each in report.findings] == ["subject"]
    assert report.findings[0].title == "raises ValueError: three is too many"
    assert report.findings[0].events == 3


class Hangs(Dies):
    """A subject that takes longer than it may for its third command."""

    def take(self, steps: tuple[SubjectStep, ...]) -> Reaction:
        """Be late in real time, as a child process that is given up."""
        try:
            return super().take(steps)
        except ValueError:
            time.sleep(0.03)
            raise SubjectError("has not answered within 0.02 seconds") from None


def test_a_subject_that_hangs_is_a_finding_and_is_not_waited_for_for_ever() -> None:
    """After a few answers that never came the search is given up, and says that it was cut off."""
    report = check(Hangs, scenarios=100, limits=Limits(seconds=0.02))
    assert [each.guarantee for each in report.findings] == ["subject"]
    assert report.scenarios < 60
    assert not report.complete


def test_a_subject_that_cannot_be_started_is_an_error() -> None:
    """There is nothing to report of what never ran."""

    def make() -> ReferenceSubject:
        raise SubjectError("no such program")

    with pytest.raises(SubjectError, match="no such program"):
        check(make, scenarios=5)


# -- The parts ------------------------------------------------------------------------------------


def test_shrinking_leaves_what_is_needed() -> None:
    """Of three faults, five commands and odd settings only those remain without which it does not show."""
    scenario = Scenario(
        (INIT, START, STOP, Order("recover", after=4), INIT),
        (CallFault("host.start", 1, "F4", False), CallFault("producer.stop", 2, "F1"), CallFault("host.stop", 1, "F2")),
        (Mishap("F9", "host", 3, 5),),
        {"max_retries": 0},
    )

    def shows(smaller: Scenario) -> bool:
        kinds = [fault.operation for fault in smaller.faults]
        return "host.start" in kinds and any(order.command == "recover" for order in smaller.orders)

    assert shrink(scenario, shows) == Scenario((Order("recover"),), (CallFault("host.start", 1, "F4", True),))


def test_the_sweep_tries_every_single_fault_at_every_call_of_a_start() -> None:
    """Among the single faults each of the six calls of a start suffers each fault that it can suffer."""
    bench = Bench(ReferenceSubject, Dialect(), Limits())
    scenarios = Sweep(bench.reference_run, {}, 0).single_faults()
    tried = {s.faults[0] for s in scenarios if s.orders == (INIT, START) and len(s.faults) == 1}
    ways_of_a_call = 13  # F1 twice, F2, F3 twice, F4 thrice, F5 twice, F6, F7 and F8
    assert len(tried) == 6 * ways_of_a_call + 1  # and the conflict of the backend


def test_three_hundred_scenarios_finish_one_fault_and_one_command_around_each_phase() -> None:
    """Whether every service answers by a promise or feed and session are plain writes, what is left of three hundred
    scenarios for the sweep is enough for the whole of the first two levels."""
    styles = {"live_feed.start": "sync", "live_feed.stop": "sync", "session.start": "sync", "session.end": "sync"}
    for subject in (ReferenceSubject, partial(ReferenceSubject, styles=styles)):
        levels = {level.name: level for level in check(subject, scenarios=300).levels}
        assert levels["one command"].whole
        assert levels["one fault"].whole
        assert levels["second faults"].tried
        assert levels["racing commands"].tried
        assert levels["many broadcasts"].tried


def test_one_fault_comes_at_every_call_and_every_command_after_what_it_leads_to() -> None:
    """Every kind of fault that a call can suffer comes at each call of an initialization, a start, a stop and an
    emergency stop; each of the five commands is given after a start and a stop that failed, and in live with a service
    lost."""
    bench = Bench(ReferenceSubject, Dialect(), Limits())
    stories = list(Sweep(bench.reference_run, {}, 0).one_fault())
    suffered = {(story.faults[0].operation, story.faults[0].kind) for story in stories if story.faults}
    kinds = {"F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8"}
    assert suffered == {(operation, kind) for operation in OPERATIONS for kind in kinds} | {
        ("convex.live", "F11"),
        ("convex.idle", "F11"),
    }
    commands = {"initialize", "start_broadcast", "stop_broadcast", "emergency_stop", "recover"}
    for service in ("host.start", "host.stop"):
        refused = CallFault(service, 1, "F1")
        whole = [story.orders[:-1] for story in stories if story.faults == (refused,)]
        alike = [story for story in stories if story.orders[:-1] in whole and story.faults and not story.config]
        assert {story.orders[-1].command for story in alike} == commands
    lost = [story for story in stories if story.mishaps and story.orders[:-1] == (INIT, START)]
    assert {story.mishaps[0].service for story in lost} == set(ON_AIR_SERVICES)


def test_a_search_that_is_cut_off_has_seen_something_of_everything() -> None:
    """Among the first hundred scenarios are good days, single faults, pairs of faults, crossing commands, crossing
    commands with a fault, lost services and other options; every scenario is another one, and the order is fixed."""
    bench = Bench(ReferenceSubject, Dialect(), Limits())
    first, again = (list(islice(Sweep(bench.reference_run, {}, 0).scenarios(), 100)) for _ in range(2))
    assert first == again
    assert len({repr(scenario) for scenario in first}) == 100
    kinds = {(len(s.faults), len(s.mishaps), any(o.after is not None for o in s.orders)) for s in first}
    alone, fault, pair, lost = (0, 0, False), (1, 0, False), (2, 0, False), (0, 1, False)
    crossing, crossing_fault = (0, 0, True), (1, 0, True)
    assert {alone, fault, pair, lost, crossing, crossing_fault} <= kinds
    assert any(scenario.config for scenario in first)


def test_each_level_has_a_name_of_its_own() -> None:
    """How much of a level was seen is told by its name."""
    names = [level.name for level in LEVELS]
    assert len(set(names)) == len(names)


def test_a_sweep_without_end_leaves_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Levels that come in turn bring everything that they have, each scenario once, and are then finished."""
    small = [level for level in LEVELS if level.name in ("good days", "second faults", "lost services")]
    monkeypatch.setattr("broadcast_orchestrator.properties.checking.search.sweep.LEVELS", small)
    bench = Bench(ReferenceSubject, Dialect(), Limits())
    sweep = Sweep(bench.reference_run, {}, 0)
    brought = [repr(scenario) for scenario in sweep.scenarios()]
    whole = {repr(s) for level in (sweep.good_days, sweep.second_faults, sweep.mishaps) for s in level()}
    assert len(brought) == len(whole) > 1000
    assert set(brought) == whole
    assert sweep.complete
    assert sum(level.tried for level in sweep.seen(len(brought))) == len(brought)
    assert sum(level.tried for level in sweep.seen(10)) == 10


def test_two_runs_diverge_where_they_first_differ() -> None:
    """The time, the kind and both sides of the first difference are told."""
    scenario = Scenario((INIT, START), (CallFault("host.start", 1, "F1"),))
    usual = course(play(scenario, ReferenceSubject()))
    other = course(play(scenario, ReferenceSubject(BY_NAME["forgets-the-failed-step"].rules)))
    difference = divergence(other, usual)
    assert difference is not None
    assert (difference.kind, difference.expected, difference.observed) == ("calls", ("host.stop",), ("session.end",))
    assert divergence(usual, usual) is None


def test_a_reading_of_the_dialect_accepts_a_finding() -> None:
    """A difference that is meant is listed once, and is no finding any more."""
    dialect = Dialect(readings=(AcceptedReading("G2", "", "We do not undo what failed."),))
    report = check(partial(ReferenceSubject, BY_NAME["forgets-the-failed-step"].rules), scenarios=150, dialect=dialect)
    assert "G2" not in [each.guarantee for each in report.findings]
    assert [each.guarantee for each in report.accepted if each.guarantee == "G2"]
    assert report.readings == ("G2: We do not undo what failed.",)


def test_a_dialect_that_stops_in_idle_is_clean() -> None:
    """The reference under that reading, judged by it, is clean; judged by the guide it is not."""
    dialect = Dialect(stop_lands_in="idle")
    make = partial(ReferenceSubject, dialect.rules())
    assert check(make, scenarios=150, dialect=dialect).clean
    assert not check(make, scenarios=150).clean


def test_a_baseline_tells_new_known_and_fixed(tmp_path: Any) -> None:
    """What is in the baseline is known, what is not is new, what its own scenario does not show any more is fixed, and
    what has no scenario to be looked for in is named as not looked for."""
    report, other = broken("forgets-the-failed-step"), broken("starts-the-host-first")
    file = tmp_path / "known.toml"
    file.write_text(
        baseline_text((*report.findings[:1], *other.findings[:1]))
        + '\n[[known]]\nid = "G4-00000000"\ntitle = "long gone"\n'
    )
    known = load_baseline(file)
    again = check(partial(ReferenceSubject, BY_NAME["forgets-the-failed-step"].rules), scenarios=150, baseline=known)
    against = compared(again.findings, known, again.vanished)
    assert [each.id for each in against.known] == [report.findings[0].id]
    assert [each.id for each in against.new] == [each.id for each in report.findings[1:]]
    assert other.findings[0].id in [each.id for each in against.fixed]
    assert [each.title for each in against.unsought] == ["long gone"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("knwon = 1", "'knwon' is unknown, did you mean 'known'?"),
        ("[[known]]\ntitle = 'x'", "known finding 1: id is missing; copy it from a report"),
        ("[[known]]\nid = 'x'\nbecase = 'x'", "known finding 1: 'becase' is unknown, did you mean 'because'?"),
        ("[[known]]\nid = 'x'\nscenario = '{}'", "known finding 1: scenario: orders: expected a list of objects"),
        ("= 3", "is not TOML"),
    ],
)
def test_a_wrong_baseline_says_what_is_wrong(tmp_path: Any, text: str, message: str) -> None:
    """Each mistake in a baseline is one line with the file and what to try."""
    file = tmp_path / "known.toml"
    file.write_text(text)
    with pytest.raises(BaselineError, match=r"known\.toml") as caught:
        load_baseline(file)
    assert message in str(caught.value)


def test_a_finding_is_plain_data() -> None:
    """Every field that a machine needs is in the JSON of a finding."""
    data = json.loads(json.dumps(broken("starts-the-host-first").findings[0].to_json("again")))
    assert {"id", "guarantee", "rank", "title", "steps", "expected", "observed", "replay"} <= set(data)
    assert data["replay"] == "again"


def test_a_failure_has_words() -> None:
    """The reference names what failed, which is what the judge of first causes looks for."""
    assert str(Failure("host.start", FailureKind.FAILED, "refused")) == "host.start failed: refused"


# -- Learning and drawing -------------------------------------------------------------------------


def test_a_machine_is_learned_by_asking() -> None:
    """Three commands lead through idle, ready and live; a core that stops in idle answers otherwise."""
    learning = pytest.importorskip(
        "broadcast_orchestrator.properties.checking.learning", reason="the extra learn (AALpy) is not installed"
    )
    inputs = ("initialize", "start_broadcast", "stop_broadcast")
    usual = learning.learn(ReferenceSubject(), Dialect(), inputs=inputs)
    assert usual.states == 3
    assert (0, "initialize", "ok, ready", 1) in usual.rows
    assert (0, "stop_broadcast", "fails, idle", 0) in usual.rows
    other = learning.learn(ReferenceSubject(Dialect(stop_lands_in="idle").rules()), Dialect(), inputs=inputs)
    word = ("initialize", "start_broadcast", "stop_broadcast")
    assert learning.difference(other, usual) == (word, "ok, ready", "ok, idle")


def test_what_is_not_in_the_table_is_drawn_red() -> None:
    """An edge that the guide does not have, and a state that it does not know, are in the diagram, marked."""
    graph = learned_graph((("idle", "initializing", 7), ("initializing", "warm", 2), ("live", "ready", 1)))
    assert [(e.source, e.target, e.count) for e in graph.edges if e.kind == "outside"] == [
        ("initializing", "warm", 2),
        ("live", "ready", 1),
    ]
    assert "warm" in [node.id for node in graph.nodes]
    assert next(e.count for e in graph.edges if (e.source, e.target) == ("idle", "initializing")) == 7
    assert str(render(graph, "svg")).count("#c8102e") >= 2
