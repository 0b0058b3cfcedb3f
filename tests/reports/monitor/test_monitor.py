"""The state monitor below its page: the pace of a run, looking back, faults on order, traces in and out."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from live_runs import on_air, settled, state

from broadcast_orchestrator.model.api.snapshot import BroadcastSnapshot
from broadcast_orchestrator.model.events import Call
from broadcast_orchestrator.reports.monitor.app import BEFALLS
from broadcast_orchestrator.reports.monitor.orders import obey
from broadcast_orchestrator.reports.monitor.problem import Problem
from broadcast_orchestrator.reports.monitor.saved import pytest_text, run_text
from broadcast_orchestrator.reports.monitor.session import Session
from broadcast_orchestrator.reports.monitor.tabs import BACKLOG
from broadcast_orchestrator.reports.viewer.facts.simulated_facts import SimulatedFacts
from broadcast_orchestrator.sim.realtime.live_run import LiveRun, why_not
from broadcast_orchestrator.sim.realtime.playback import Playback
from broadcast_orchestrator.sim.simulate.injection import Fault, FaultError
from broadcast_orchestrator.sim.simulate.latency import LatencyError
from broadcast_orchestrator.sim.simulate.studio import Studio
from broadcast_orchestrator.sim.world.steps import Do
from broadcast_orchestrator.sim.world.trace import Line, Trace, TraceError, replay

# -- The pace -------------------------------------------------------------------------------------


def test_the_run_goes_as_fast_as_asked() -> None:
    """At ten times the speed, a tenth of a second on the wall is a second of the run."""
    run = LiveRun()
    run.set_speed(10)
    run.advance(0.1)
    assert run.now_ms == 1000


def test_a_machine_that_slept_does_not_catch_up() -> None:
    """An hour that passes at once counts as one second, and a clock that is put back as nothing."""
    run = LiveRun()
    run.advance(3600)
    run.advance(-5)
    assert run.now_ms == 1000


def test_a_paused_run_stands_still() -> None:
    """While it is paused no time passes, and what a command asks for waits."""
    run = LiveRun()
    run.paused = True
    run.command("initialize")
    run.advance(1)
    assert (run.now_ms, state(run)) == (0, "initializing")


def test_a_step_is_one_step() -> None:
    """Step by step, a healthy initialize is its command, the effect of its one call, and the reply."""
    run = LiveRun()
    run.command("initialize")
    seen = [len(run.history)]
    while run.step():
        seen.append(len(run.history))
    assert (seen, state(run), run.paused) == ([1, 2, 3], "ready", True)


def test_a_run_that_cannot_be_shown_is_stuck_and_the_clock_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong while a run is shown, the page is told that it cannot go on; a new run is as any other."""
    session = Session()
    queue = session.join()
    queue.get_nowait()
    monkeypatch.setattr(session.facts, "news", [].pop)
    for _ in range(3):
        session.advance(0.1)
        session.tick()
    told = "it cannot be shown any further, by a mistake of ours (IndexError: pop from empty list)"
    assert json.loads((queue.get_nowait() or "").partition("data: ")[2])["controls"]["stuck"] == told
    assert session.everything().controls.stuck == told
    session.begin(1)
    obey(session, {"do": "command", "name": "initialize"})
    session.advance(1)
    assert isinstance(session.live, LiveRun)
    assert (session.controls().stuck, state(session.live)) == ("", "ready")


@pytest.mark.parametrize("speed", [0, -1, 1001, float("nan"), "fast", True, None])
def test_a_speed_that_cannot_be_is_refused(speed: object) -> None:
    """A speed is a number from 0.01 to 1000, and the message says so."""
    with pytest.raises(ValueError, match=r"speed: expected a number from 0\.01 to 1000"):
        LiveRun().set_speed(speed)


# -- Interfering ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "ends_in", "cause"),
    [
        ("refuse", "error", "host.start failed: refused"),
        ("lost_reply", "error", "host.start failed: connection lost"),
        ("hang", "error", "host.start timed out"),
        ("late", "error", "host.start timed out"),
        ("lost_service", "error", "host"),
        ("duplicate", "live", ""),
    ],
)
def test_the_next_call_goes_wrong(kind: str, ends_in: str, cause: str) -> None:
    """What is ordered for the next call of an operation happens to that call."""
    run = LiveRun()
    run.command("initialize")
    settled(run).fail_next("host.start", kind)
    run.command("start_broadcast")
    settled(run)
    assert state(run) == ends_in
    assert str(run.studio.world.core.error[0] if run.studio.world.core.error else "").startswith(cause)


def test_only_the_next_call_goes_wrong() -> None:
    """After the call that was hit the order is gone: the same start works the second time."""
    run = LiveRun()
    run.fail_next("host.start", "refuse")
    assert (state(on_air(run)), run.ordered) == ("error", {})
    run.command("recover")
    settled(run).command("start_broadcast", "s1")
    assert state(settled(run)) == "live"


def test_an_order_can_be_taken_back() -> None:
    """A fault that is taken back before its call hits nothing, and a newer order replaces an older one."""
    run = LiveRun()
    run.fail_next("host.start", "refuse")
    run.fail_next("host.start", "hang")
    run.fail_next("host.start", "")
    assert state(on_air(run)) == "live"


def test_a_fault_from_the_beginning_can_be_overruled() -> None:
    """An order goes before the faults that the run began with."""
    run = LiveRun(faults=[Fault("host.start", "hang", first=1)])
    run.fail_next("host.start", "refuse")
    assert str(on_air(run).studio.world.core.error[0]) == "host.start failed: refused"


def test_a_mistaken_fault_changes_nothing() -> None:
    """An unknown fault is refused with the nearest name, and what was ordered before stands."""
    run = LiveRun()
    run.fail_next("host.start", "hang")
    with pytest.raises(FaultError, match="'refsue' is unknown, did you mean 'refuse'"):
        run.fail_next("host.start", "refsue")
    assert run.ordered["host.start"].kind == "hang"


def test_a_call_takes_as_long_as_asked() -> None:
    """A latency holds for the calls that are made from then on, and can be taken back."""
    run = LiveRun(seed=5)
    run.slow("host.initialize", "700")
    run.command("initialize")
    assert (settled(run).now_ms, run.slowed) == (700, {"host.initialize": "700"})
    run.slow("host.initialize", "")
    assert run.slowed == {}


@pytest.mark.parametrize("latency", ["soon", "-1", "nan", "inf", "uniform:low_ms=9"])
def test_a_latency_that_cannot_be_is_refused(latency: str) -> None:
    """What is no time and no distribution is refused, and nothing changes."""
    run = LiveRun()
    with pytest.raises(LatencyError):
        run.slow("host.start", latency)
    assert run.slowed == {}


def test_a_service_can_crash_and_be_bypassed() -> None:
    """A crash while live leads to error; what is off already cannot crash; a bypass switches a service on."""
    run = on_air(LiveRun())
    run.lose("producer")
    assert state(settled(run)) == "error"
    with pytest.raises(ValueError, match="producer is off"):
        run.lose("producer")
    run.bypass("producer")
    assert run.studio.snapshot.producer.is_active


def test_a_full_run_takes_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that has as many steps as there is room for refuses the next command, and says what to do."""
    monkeypatch.setattr("broadcast_orchestrator.sim.realtime.live_run.ROOM", 3)
    run = LiveRun()
    run.command("initialize")
    settled(run)
    with pytest.raises(ValueError, match="save it and begin a new one"):
        run.command("emergency_stop")


def test_the_buttons_know_what_the_rules_will_say() -> None:
    """In every moment of a run with a failed start and a recover, a command is refused exactly when its button is
    off, and for the reason that the button gives."""
    story = [("initialize", 1), ("start_broadcast", 3), ("stop_broadcast", 0), ("recover", 2), ("start_broadcast", 99)]
    for probe in ("initialize", "start_broadcast", "stop_broadcast", "emergency_stop", "recover"):
        for length in range(len(story) + 1):
            run = LiveRun()
            run.fail_next("session.start", "refuse")
            for name, steps in story[:length]:
                run.command(name)
                for _ in range(steps):
                    run.step()
            expected = why_not(run.studio.world.core, probe)
            assert run.command(probe) == expected


# -- Looking back ---------------------------------------------------------------------------------


def test_every_moment_can_be_seen_again() -> None:
    """The snapshot of each past moment is what the orchestrator said then, the backend's documents included."""
    then: list[BroadcastSnapshot] = []
    run = LiveRun()
    run.fail_next("session.end", "hang")
    for command in ("initialize", "start_broadcast", "stop_broadcast", "recover"):
        run.command(command, "s1") if command == "start_broadcast" else run.command(command)
        then += [run.studio.snapshot] * (len(run.history) - len(then))
        while run.step():
            then += [run.studio.snapshot] * (len(run.history) - len(then))
    moments = {snapshot.orchestrator.last_transition: number for number, snapshot in enumerate(then, 1)}
    assert len(moments) > 5
    for number in moments.values():
        assert run.history.snapshot(number) == then[number - 1]
    assert run.history.snapshot(0) == Studio().snapshot


@pytest.mark.parametrize("number", [-1, 4])
def test_a_moment_that_never_was_is_refused(number: int) -> None:
    """Neither before the beginning nor after the present is there anything to see."""
    run = LiveRun()
    run.command("initialize")
    with pytest.raises(IndexError, match="the run has 3 steps"):
        settled(run).history.snapshot(number)


def test_a_broken_guarantee_is_told_with_its_moment() -> None:
    """A bypass while live breaks G3 at that step; a step later it was broken; a step earlier it was not yet."""
    run = on_air(LiveRun())
    facts = SimulatedFacts(run)
    run.bypass("producer")
    at = len(run.history)
    run.command("stop_broadcast")
    facts.news()
    standings = [next(g for g in facts.standings(n) if g.id == "G3").standing for n in (at - 1, at, at + 1)]
    assert standings == ["holds", "broken", "was broken"]
    assert [g.id for g in facts.standings(at) if g.standing != "holds"] == ["G3"]


def test_all_guarantees_are_on_the_board() -> None:
    """Every guarantee is on the board, and at the beginning all of them hold."""
    standings = SimulatedFacts(LiveRun()).standings(0)
    assert [each.id for each in standings] == [f"G{number}" for number in range(1, 18)]
    assert {each.standing for each in standings} == {"holds"}


def test_news_are_told_once() -> None:
    """Each step is told once; a call is told again when it changes, and in the end as it ended."""
    run = LiveRun()
    facts = SimulatedFacts(run)
    run.command("initialize")
    steps, calls = facts.news()
    assert ([step.number for step in steps], calls[0].reply) == ([1], None)
    settled(run)
    steps, calls = facts.news()
    assert [step.number for step in steps] == [2, 3]
    assert [(call.begin, call.effect, call.reply, call.ok) for call in calls] == [(1, 2, 3, True)]
    assert facts.news() == ((), ())


# -- Saving and loading ---------------------------------------------------------------------------


def test_a_saved_trace_replays() -> None:
    """The trace of a monitored run is a trace like any other: every step gives the same again."""
    run = LiveRun()
    run.fail_next("producer.start", "late")
    text = on_air(run).trace.to_text()
    again = replay(Trace.from_text(text))
    assert (again.agrees, again.steps) == (True, len(run.history))


def test_a_playback_keeps_the_times_of_its_trace() -> None:
    """A playback shows a step when its time has come, and ends where the run ended."""
    live = LiveRun()
    live.slow("host.initialize", "600")
    live.command("initialize")
    run = Playback(settled(live).trace)
    run.advance(0.5)
    shown = len(run.history)
    run.advance(0.5)
    assert (shown < 3, len(run.history), run.over) == (True, 3, True)
    assert run.history.snapshot(3) == live.studio.snapshot


def test_a_trace_without_times_is_played_back_too() -> None:
    """A trace of an engine without a clock goes on a step every quarter of a second."""
    live = LiveRun()
    live.command("initialize")
    trace = settled(live).trace
    trace.lines[:] = [line._replace(at_ms=None) for line in trace.lines]
    run = Playback(trace)
    run.advance(0.6)
    assert (run.timed, len(run.history)) == (False, 2)


def test_a_trace_that_does_not_follow_is_refused() -> None:
    """A trace whose effects are not those of its rules is not shown, and the step is named."""
    live = LiveRun()
    live.command("initialize")
    trace = settled(live).trace
    trace.lines[1] = Line(1.0, Do("recover"), (), trace.lines[1].state)
    with pytest.raises(TraceError, match="step 2 of the trace does not follow"):
        Playback(trace)


def test_a_trace_with_impossible_times_is_refused() -> None:
    """Times that are no number cannot be waited for."""
    live = LiveRun()
    live.command("initialize")
    trace = settled(live).trace
    trace.lines[1] = trace.lines[1]._replace(at_ms=float("nan"))
    with pytest.raises(TraceError, match="no number of milliseconds"):
        Playback(trace)


def test_a_playback_is_only_looked_at() -> None:
    """While a trace is shown no command is taken; once it is closed the live run is there again, paused."""
    session = Session()
    obey(session, {"do": "command", "name": "initialize"})
    session.read(run_text(session.run), "saved.jsonl")
    with pytest.raises(Problem, match="only looked at"):
        obey(session, {"do": "command", "name": "emergency_stop"})
    obey(session, {"do": "close"})
    assert (session.read_only, session.run.paused, session.run.shown) == (False, True, 1)


def test_a_trace_of_other_rules_is_not_imported_unasked() -> None:
    """A trace that names other rules is refused with what to add to the command."""
    text = run_text(Session().run).replace("broadcast_orchestrator.model.core:Core", "os:path")
    with pytest.raises(Problem, match="add --rules os:path"):
        Session().read(text, "foreign.jsonl")


def test_a_run_becomes_a_test(tmp_path: Path) -> None:
    """The file passes for the reference, and fails for a core that stops in another order."""
    session = Session()
    session.live.fail_next("producer.start", "refuse")
    assert isinstance(session.live, LiveRun)
    on_air(session.live)
    file = tmp_path / "test_broadcast_session.py"
    text = pytest_text(session.run, session.live.shown)
    file.write_text(text)
    runpy.run_path(str(file))["test_broadcast_session"]()
    file.write_text(
        text.replace(
            "broadcast_orchestrator.model.core:Core",
            "broadcast_orchestrator.properties.mutants.starting:UndoesInStartupOrder",
        )
    )
    with pytest.raises(AssertionError, match="G2"):
        runpy.run_path(str(file))["test_broadcast_session"]()


def test_an_empty_run_is_no_test() -> None:
    """Before anything has happened there is nothing to test, and the message says so."""
    with pytest.raises(Problem, match="let something happen first"):
        pytest_text(Session().run, 0)


# -- Orders ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({}, "do: None is unknown"),
        ({"do": "comand"}, "did you mean 'command'"),
        ({"do": ["command"]}, "do: a list is unknown"),
        ({"do": "command", "name": "explode"}, "command: 'explode' is unknown"),
        ({"do": "command", "name": "__class__"}, "is unknown"),
        ({"do": "command", "name": "start_broadcast", "session": "x" * 201}, "at most 200 characters"),
        ({"do": "command", "name": "start_broadcast", "session": 7}, "session: expected text"),
        ({"do": "fail_next", "operation": "host.strat", "kind": "hang"}, "did you mean 'host.start'"),
        ({"do": "fail_next", "operation": "host.start", "kind": "conflict"}, "cannot hit host.start"),
        ({"do": "slow", "operation": "host.start", "latency": "soon"}, "latency of host.start"),
        ({"do": "lose", "service": "convex"}, "'convex': unknown service"),
        ({"do": "lose", "service": "host", "noticed": "no"}, "expected true or false"),
        ({"do": "bypass", "service": "tv"}, "'tv': unknown service"),
        ({"do": "conflict", "refusing": 1}, "expected true or false"),
        ({"do": "reload"}, "there is nothing to forget"),
        ({"do": "suspend"}, "ms: expected a whole number"),
        ({"do": "suspend", "ms": -1}, "suspend: expected a number of milliseconds from 0 on"),
        ({"do": "elsewhere", "name": "recover"}, "elsewhere: 'recover' is unknown"),
        ({"do": "speed", "speed": 0}, "speed: expected a number"),
        ({"do": "new", "seed": -1}, "seed: expected a whole number"),
        ({"do": "show_all"}, "a live run has no end"),
        ({"do": "rewind"}, "begin a new one"),
    ],
)
def test_an_order_that_makes_no_sense_is_one_line(order: dict[str, Any], words: str) -> None:
    """Whatever is wrong with an order is said in one line, and nothing happens."""
    session = Session()
    with pytest.raises(Problem) as problem:
        obey(session, order)
    assert words in str(problem.value)
    assert "\n" not in str(problem.value)
    assert session.run.shown == 0


def test_a_page_can_order_what_befalls_the_dashboard() -> None:
    """Another dashboard goes on air, the page sleeps through the answer to its own initialize, and is reloaded."""
    session = Session()
    for order in (
        {"do": "elsewhere", "name": "start_broadcast"},
        {"do": "command", "name": "initialize"},
        {"do": "suspend", "ms": 600_000},
    ):
        assert obey(session, order) == ""
    session.advance(1.0)
    assert session.live.studio.state == "initializing"  # type: ignore[union-attr]
    obey(session, {"do": "reload"})
    assert session.live.studio.state == "idle"  # type: ignore[union-attr]
    assert [step.fault for step in session.facts.steps if step.fault] == ["F13", "F12"]


def test_the_page_has_a_button_for_each() -> None:
    """What is on a button is an order that is obeyed, unless there is nothing to forget."""
    session = Session()
    obey(session, {"do": "command", "name": "initialize"})
    for _, order, _ in BEFALLS:
        assert obey(session, json.loads(order)) == ""


def test_every_tab_is_told_the_same() -> None:
    """Two tabs get the same messages; one that joins later is told everything."""
    session = Session()
    first, second = session.join(), session.join()
    obey(session, {"do": "command", "name": "initialize"})
    told = [[queue.get_nowait() for _ in range(queue.qsize())] for queue in (first, second)]
    assert told[0] == told[1]
    late = session.join().get_nowait()
    assert late is not None
    assert '"state":"initializing"' in late


def test_a_tab_that_does_not_listen_is_let_go() -> None:
    """A tab that is too far behind is told to connect again instead of being remembered for ever."""
    session = Session()
    queue = session.join()
    for _ in range(BACKLOG + 1):
        session.tick()
    assert queue.get_nowait() is None
    assert queue.empty()


def test_calls_are_recorded_whatever_their_fault() -> None:
    """Every call of a run is in its facts exactly once."""
    run = LiveRun()
    run.fail_next("host.start", "hang")
    on_air(run)
    facts = SimulatedFacts(run)
    facts.news()
    made = [e.operation for passage in run.history.passages for e in passage.effects if isinstance(e, Call)]
    assert [call.operation for call in facts.calls] == made
