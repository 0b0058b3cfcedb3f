"""The state monitor attached to another implementation: it goes on as one asks, and is judged from outside."""

import pytest

from broadcast_orchestrator.properties.mutants.starting import UndoesInStartupOrder
from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.reports.monitor.orders import obey
from broadcast_orchestrator.reports.monitor.problem import Problem
from broadcast_orchestrator.reports.monitor.saved import pytest_text, run_text
from broadcast_orchestrator.reports.monitor.session import Session
from broadcast_orchestrator.reports.viewer.facts.subject_facts import SubjectFacts
from broadcast_orchestrator.sim.realtime.subject_run import PacedSubjectRun
from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import CallFault, Order, Scenario


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    """The exit code and what was printed."""
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    captured = capsys.readouterr()
    return left.value.code, captured.out, captured.err


def attached(run: PacedSubjectRun, *commands: str) -> PacedSubjectRun:
    """The subject once it has been given these commands, each when all is quiet."""
    for command in commands:
        run.command(command, "s1" if command == "start_broadcast" else None)
        run.show_all()
    return run


def test_a_subject_goes_on_as_one_asks() -> None:
    """Commands, a fault for the next call and a bypass happen to a subject as to the reference, and what was shown
    before stays as it was."""
    run = attached(PacedSubjectRun(ReferenceSubject()), "initialize")
    facts = SubjectFacts(run)
    facts.news()
    first = [step.words for step in facts.steps]
    run.fail_next("producer.start", "lost_reply")
    assert run.ordered == {"producer.start": "lost_reply"}
    attached(run, "start_broadcast", "recover", "start_broadcast")
    run.bypass("host")
    run.show_all()
    facts.news()
    assert [step.words for step in facts.steps][: len(first)] == first
    targets = [change.target for step in facts.steps for change in step.changes]
    assert " ".join(targets) == "initializing ready starting error idle initializing ready starting live"
    assert (facts.view(run.shown).services[2].on, run.ordered, run.stuck) == (False, {}, "")
    assert [g.id for g in facts.view(run.shown).guarantees if g.standing == "broken"] == []


def test_a_subject_can_be_interrupted() -> None:
    """A command in the middle of a start comes after as much of it as had been shown."""
    run = attached(PacedSubjectRun(ReferenceSubject()), "initialize")
    run.command("start_broadcast")
    for _ in range(3):
        run.step()
    before = [moment.step for moment in run.moments[: run.shown]]
    run.command("emergency_stop")
    assert ([moment.step for moment in run.moments[: run.shown]], run.stuck) == (before, "")
    run.show_all()
    facts = SubjectFacts(run)
    facts.news()
    assert facts.view(run.shown).state == "idle"
    assert "start_broadcast failed" in " ".join(step.answer for step in facts.steps)


def test_a_broken_subject_is_seen_to_be_broken() -> None:
    """A core that undoes in the wrong order breaks G2, at a step that can be looked at."""
    run = attached(PacedSubjectRun(ReferenceSubject(UndoesInStartupOrder)), "initialize")
    run.fail_next("producer.start", "refuse")
    facts = SubjectFacts(attached(run, "start_broadcast"))
    facts.news()
    standing = {each.id: each for each in facts.view(run.shown).guarantees}["G2"]
    assert standing.standing == "was broken"
    assert standing.at is not None
    assert facts.view(standing.at).guarantees[1].standing == "broken"
    first = next(step for step in range(standing.at + 1) if facts.view(step).guarantees[1].standing == "broken")
    assert facts.view(first - 1).guarantees[1].standing == "holds"


def test_evidence_goes_out_and_comes_in() -> None:
    """What was seen of a subject can be saved, and loaded to be looked at only."""
    session = Session(subject=ReferenceSubject())
    obey(session, {"do": "command", "name": "initialize"})
    text = run_text(session.run)
    with pytest.raises(Problem, match="broadcast check --replay"):
        pytest_text(session.run, 1)
    other = Session()
    other.read(text, "evidence.jsonl")
    obey(other, {"do": "show_all"})
    assert (other.everything().view.state, other.read_only, other.run.over) == ("ready", True, True)
    with pytest.raises(Problem, match="only looked at"):
        obey(other, {"do": "command", "name": "recover"})


@pytest.mark.parametrize(
    ("kind", "ok", "expected"),
    [
        ("F1", False, (None, 5, False)),
        ("F2", None, (5, 5, False)),
        ("F7", None, (5, 5, True)),
        ("F8", None, (None, 5, True)),
    ],
)
def test_a_call_that_is_over_when_it_returns_is_seen_so(
    kind: str, ok: bool | None, expected: tuple[int | None, int, bool]
) -> None:
    """A synchronous call has its effect and its answer in the step in which it is made, whatever goes wrong with it."""
    orders, faults = (Order("initialize"), Order("start_broadcast")), (CallFault("live_feed.start", 1, kind, ok),)
    evidence = play(Scenario(orders, faults), ReferenceSubject(styles={"live_feed.start": "sync"}))
    run = PacedSubjectRun(evidence=evidence)
    run.show_all()
    facts = SubjectFacts(run)
    _, calls = facts.news()
    (call,) = (each for each in calls if each.operation == "live_feed.start")
    assert (call.begin, call.effect, call.reply, call.ok) == (5, *expected)


def test_what_a_subject_cannot_be_asked_for_is_refused() -> None:
    """Latencies and a refusing backend would change what has happened already; before the first command there is
    nothing to disturb."""
    run = PacedSubjectRun(ReferenceSubject())
    with pytest.raises(ValueError, match="give a command first"):
        run.bypass("host")
    with pytest.raises(ValueError, match="a fixed time each"):
        run.slow("host.start", "5")
    with pytest.raises(ValueError, match="hit by a conflict instead"):
        run.conflict(refusing=True)
    for befall in (run.reload, lambda: run.suspend(1), lambda: run.elsewhere("start_broadcast")):
        with pytest.raises(ValueError, match="of an attached implementation are its own"):
            befall()
    with pytest.raises(ValueError, match="'explode'"):
        run.command("explode")


def test_a_subject_that_cannot_be_started_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A command that does not exist is answered by one line that names it."""
    code, out, err = command(capsys, "monitor", "--subject", "no-such-command --at all")
    assert (code, out, err.count("\n"), "no-such-command" in err) == (2, "", 1, True)
