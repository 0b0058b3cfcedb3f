"""Subjects that misbehave: each is told in one line, within limits, and nothing of them is left behind."""

import gc
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from processes import gone

from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.evidence import Evidence, load_evidence
from broadcast_orchestrator.sim.subjects.protocol.child_process import ChildSubject
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    About,
    Begin,
    Called,
    CommandSettled,
    Limits,
    LookAround,
    Reaction,
    Snapshot,
    StateShown,
    SubjectError,
    SubjectStep,
    Unhandled,
)
from broadcast_orchestrator.sim.subjects.scenario import Order, Scenario

LIMITS = Limits(seconds=20, start_seconds=20, line_bytes=20_000, steps=50)
IMPATIENT = LIMITS._replace(seconds=0.3)
SCENARIO = Scenario((Order("initialize"),))

PREAMBLE = """
import json, os, subprocess, sys, time
def say(data): print(json.dumps(data), flush=True)
def quiet(line, **more):
    steps = json.loads(line)["steps"]
    now = max([step["to_ms"] for step in steps if step["do"] == "advance"], default=0)
    say({"took": len(steps), "events": [], "now_ms": now, "next_timer_ms": None, **more})
sys.stdin.readline()
say({"hello": {"name": "hostile", "version": 1}})
"""


def child(script: str, limits: Limits = LIMITS, preamble: str = PREAMBLE) -> ChildSubject:
    """A Python script as a subject."""
    return ChildSubject([sys.executable, "-I", "-S", "-c", preamble + script], limits)


def played(script: str, limits: Limits = LIMITS) -> Evidence:
    """What is seen of a script that begins well, and then does this for each line."""
    with child(f"for line in sys.stdin:\n    {script}\n", limits) as subject:
        return play(SCENARIO, subject, limits)


def why(script: str, limits: Limits = LIMITS) -> str:
    """Why the script is broken: one line."""
    evidence = played(script, limits)
    assert evidence.ended == "broken"
    assert "\n" not in evidence.why
    return evidence.why


# -- Processes ------------------------------------------------------------------------------------


def test_a_command_that_does_not_exist_is_told_at_once() -> None:
    """A command that cannot be started is one line with its name and what to try."""
    why = r"^no-such-command: cannot be started: No such file or directory; is it installed and on the PATH\?$"
    with pytest.raises(SubjectError, match=why):
        ChildSubject(["no-such-command"])


def test_a_script_that_cannot_be_started_by_itself_is_told_how(tmp_path: Path) -> None:
    """A file that is no program is likely to need one before its name."""
    (tmp_path / "adapter.mjs").touch()
    with pytest.raises(SubjectError, match=r"Permission denied, try what runs it before its name, such as node "):
        ChildSubject([str(tmp_path / "adapter.mjs")])


def test_the_last_words_are_the_line_that_names_the_error() -> None:
    """Node prints the error, then where it happened, and in the end its own version, which helps nobody."""
    said = r"Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'x'\n    at find (loader:1)\n\nNode.js v20.20.2"
    with pytest.raises(SubjectError, match=r"its last words: Error \[ERR_MODULE_NOT_FOUND\]: Cannot find package 'x'$"):
        child(f'import sys; print("{said}", file=sys.stderr); sys.exit(1)', preamble="")


def test_no_command_is_told_at_once() -> None:
    """An empty command says where to write one."""
    with pytest.raises(SubjectError, match="write it after --"):
        ChildSubject([])


def test_a_program_that_ends_before_it_says_hello_is_told_with_its_last_words() -> None:
    """Exit code and the last line of its error output are in the message."""
    with pytest.raises(SubjectError, match=r"has ended with exit code 3; its last words: no such module$"):
        child("import sys; print('no such module', file=sys.stderr); sys.exit(3)", preamble="")


def test_a_program_that_is_no_subject_is_told_so() -> None:
    """What is printed instead of a hello is shown."""
    with pytest.raises(SubjectError, match=r"is not a line of JSON .*'Listening on port 3000'"):
        child("print('Listening on port 3000', flush=True); import time; time.sleep(60)", preamble="")


def test_a_subject_of_another_version_is_refused() -> None:
    """Only the version of the protocol that is known is accepted."""
    with pytest.raises(SubjectError, match="speaks version 2 of the protocol; only 1 is known"):
        child("import json; print(json.dumps({'hello': {'name': 'x', 'version': 2}}), flush=True)", preamble="")


def test_a_crash_is_told_with_its_exit_code() -> None:
    """A subject that exits in the middle is broken, and says how."""
    assert why("print('out of luck', file=sys.stderr, flush=True); sys.exit(7)") == (
        "has ended with exit code 7; its last words: out of luck"
    )


def test_a_death_by_a_signal_is_told_with_its_name() -> None:
    """A subject that is killed is broken, and says by what."""
    assert why("os.kill(os.getpid(), 9)") == "was ended by SIGKILL"


def test_after_a_crash_the_next_scenario_finds_a_fresh_process() -> None:
    """A process that has died is started again when the next scenario begins."""
    with child("for line in sys.stdin:\n    sys.exit(7)\n") as subject:
        assert [play(SCENARIO, subject, LIMITS).why for _ in range(2)] == ["has ended with exit code 7"] * 2


def test_in_the_middle_of_a_scenario_nothing_is_started_again() -> None:
    """Only a scenario's beginning starts a process afresh."""
    with child("for line in sys.stdin:\n    sys.exit(7)\n") as subject:
        play(SCENARIO, subject, LIMITS)
        with pytest.raises(SubjectError, match="the process has ended"):
            subject.take((LookAround(),))


def test_a_hang_ends_at_the_limit_of_real_time() -> None:
    """A subject that never answers is broken once the time for a line is over."""
    assert why("time.sleep(60)", IMPATIENT) == "has not answered within 0.3 seconds"


def test_a_subject_that_does_not_read_is_told_too() -> None:
    """A line that does not fit into the pipe does not block the driver for ever."""
    long = Begin(manners={"host.start": ["pending"] * 100_000})
    with child("time.sleep(60)", IMPATIENT) as subject, pytest.raises(SubjectError, match="has not answered within"):
        subject.take((long,))


# -- The channel ----------------------------------------------------------------------------------


def test_garbage_instead_of_an_answer_is_shown() -> None:
    """A line that is no JSON is shown in the message, with where to print instead."""
    shown, advice = why("print('hello world', flush=True)").split("; ")
    assert shown == "is not a line of JSON (Expecting value): 'hello world'"
    assert advice == "only the protocol goes to stdout, log to stderr instead"


def test_a_print_beside_the_answer_is_told() -> None:
    """More than one line in answer to one is an error that says where to log instead."""
    assert why("sys.stdout.write('{}\\ndebug: starting\\n'); sys.stdout.flush()") == (
        "sent more than one line in answer to one: 'debug: starting\\n'; log to stderr instead"
    )


def test_bytes_that_are_no_text_are_told() -> None:
    """What is not UTF-8 is broken."""
    assert why("os.write(1, bytes([255, 254, 10]))") == "sent something that is not text"


def test_an_endless_line_ends_at_the_limit_of_bytes() -> None:
    """A flood without a newline is cut off."""
    assert "bytes without ending a line; the limit is 20000" in why("[os.write(1, b'x' * 4096) for _ in iter(int, 1)]")


def test_a_flood_of_events_ends_at_its_limit() -> None:
    """More events in one answer than the limit are too many."""
    event = """{"event": "logged", "n": n, "at_ms": 0, "level": "info", "text": ""}"""
    flood = f"quiet(line, events=[{event} for n in range(1, 9)])"
    assert why(flood, LIMITS._replace(events=5)) == "sent 8 events at once; the limit is 5"


def test_a_flood_on_the_error_output_disturbs_nothing() -> None:
    """A megabyte of log lines on stderr neither blocks the subject nor the driver."""
    evidence = played("sys.stderr.write('x' * 1_000_000); sys.stderr.flush(); quiet(line)")
    assert (evidence.ended, evidence.pending) == ("quiet", (1,))


def test_half_a_character_can_be_shown_and_saved(tmp_path: Path) -> None:
    """JSON can spell what is no text; it is replaced, and the evidence can be written."""
    event = """{"event": "unhandled", "n": 1, "at_ms": 0, "message": chr(0xd800) + " and " + chr(0x1f600)}"""
    evidence = played(f"quiet(line, events=[{event}] if 'begin' in line else [])")
    assert evidence.moments[0].events == (Unhandled(1, 0, "? and 😀"),)
    evidence.save(tmp_path / "run.jsonl")
    assert load_evidence(tmp_path / "run.jsonl") == evidence


# -- Time -----------------------------------------------------------------------------------------


def test_a_subject_that_is_never_quiet_ends_at_the_limit_of_steps() -> None:
    """A timer that is due again and again is told, with the steps and the virtual time that it took."""
    evidence = played("""quiet(line, next_timer_ms=json.loads(line)["steps"][-1].get("to_ms", 0) + 10)""")
    assert (evidence.ended, evidence.pending) == ("never quiet", (1,))
    assert evidence.why == "is not quiet after 51 steps and 0.48 seconds of virtual time"


def test_a_subject_that_is_never_quiet_ends_at_the_limit_of_virtual_time() -> None:
    """A timer that is due in a century is not waited for."""
    limits = LIMITS._replace(virtual_ms=1_000_000)
    evidence = played("""quiet(line, next_timer_ms=json.loads(line)["steps"][-1].get("to_ms", 0) + 600_000)""", limits)
    assert evidence.why == "is not quiet after 5 steps and 1200 seconds of virtual time"


def test_a_command_that_never_settles_is_pending_and_no_crash() -> None:
    """A subject that does nothing at all is quiet, with its command pending."""
    evidence = played("quiet(line)")
    assert (evidence.ended, evidence.why, evidence.pending) == ("quiet", "", (1,))


# -- Lies -----------------------------------------------------------------------------------------


class Liar:
    """Answers the first line with this."""

    about = About("liar")

    def __init__(self, *events: object, took: int = 3, now_ms: float = 0, next_timer_ms: float | None = None) -> None:
        self._reaction = Reaction(took, events, now_ms, next_timer_ms)  # type: ignore[arg-type]

    def take(self, steps: tuple[SubjectStep, ...]) -> Reaction:
        """The lie."""
        return self._reaction

    def close(self) -> None:
        """Nothing to end."""


CALL = Called(1, 0, 1, "host.initialize")


@pytest.mark.parametrize(
    ("liar", "told"),
    [
        (Liar(took=0), "took 0 steps of 3"),
        (Liar(took=4), "took 4 steps of 3"),
        (Liar(took=2), "took 2 steps of 3, although it made no call"),
        (Liar(now_ms=5), "says that it is 5 ms; the driver's clock says 0 ms"),
        (Liar(now_ms=10**400), "says that it is a number of more than 18 digits ms; the driver's clock says 0 ms"),
        (Liar(next_timer_ms=10**400), "says that a timer is due at a number of more than 18 digits ms; it is 0 ms"),
        (Liar(next_timer_ms=-1), "says that a timer is due at -1 ms; it is 0 ms"),
        (Liar(CALL._replace(n=2)), "event 2 comes where event 1 should"),
        (Liar(CALL._replace(at_ms=-3)), "event 1: -3 ms is not from 0 to 0 ms"),
        (Liar(CALL._replace(at_ms=7)), "event 1: 7 ms is not from 0 to 0 ms"),
        (Liar(CALL._replace(call=4)), "event 1: call 4 comes where call 1 should"),
        (
            Liar(CALL._replace(operation="hosts.start")),
            "event 1: operation 'hosts.start' is unknown, did you mean 'host.start'?",
        ),
        (Liar(CommandSettled(1, 0, 9, True)), "event 1: command 9 settles, but is not under way"),
        (
            Liar(CommandSettled(1, 0, 1, True), CommandSettled(2, 0, 1, True)),
            "event 2: command 1 settles, but is not under way",
        ),
        (
            Liar(StateShown(1, 0, "ready"), Snapshot(2, 0, {}), Snapshot(3, 0, {}), CALL),
            "event 1 comes where event 4 should",
        ),
        (
            Liar(Snapshot(1, 0, {}), StateShown(2, 0, "ready"), Snapshot(3, 0, {})),
            "event 3 at 0 ms belongs to none of the steps",
        ),
    ],
)
def test_a_lie_is_told_as_what_it_is(liar: Liar, told: str) -> None:
    """Steps, numbers, times, calls and commands that cannot be are each one clear line."""
    evidence = play(SCENARIO, liar, LIMITS)
    assert (evidence.ended, evidence.why) == ("broken", told)


class Backwards(Liar):
    """Tells of two events in the wrong order while a timer runs."""

    def take(self, steps: tuple[SubjectStep, ...]) -> Reaction:
        """First a timer, then the lie."""
        if isinstance(steps[0], Begin):
            return Reaction(3, (), 0, 500)
        return Reaction(1, (StateShown(1, 300, "ready"), StateShown(2, 200, "live")), 500, None)


def test_time_does_not_go_back_between_events() -> None:
    """Each event is at the time of the one before it, or later."""
    assert play(SCENARIO, Backwards(), LIMITS).why == "event 2: 200 ms is not from 300 to 500 ms"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("[]", "expected a JSON object, got a list"),
        ("{'took': True}", "reaction: events is missing"),
        ("{'took': True, 'events': []}", "reaction: took cannot be True"),
        ("{'took': 1, 'events': {}}", "reaction: events cannot be a table"),
        ("{'took': 1, 'event': []}", "reaction: 'event' is unknown, did you mean 'events'?"),
        ("{'took': 1, 'events': [7]}", "expected an object with 'event', got 7"),
        ("{'took': 1, 'events': [{'event': 'call'}]}", "event: 'call' is unknown, did you mean 'called'?"),
        ("{'took': 1, 'events': [{'event': 'state', 'n': 1, 'at_ms': 0}]}", "state: state is missing"),
        (
            "{'took': 1, 'events': [{'event': 'state', 'n': 1, 'at_ms': 0, 'state': 4}]}",
            "state: state cannot be 4",
        ),
        (
            "{'took': 1, 'events': [{'event': 'error', 'n': 1, 'at_ms': 0, 'text': None, 'txt': ''}]}",
            "error: 'txt' is unknown, did you mean 'text'?",
        ),
        ("{'took': 1, 'events': [], 'now_ms': float('nan')}", "is not a line of JSON (NaN is no number)"),
    ],
)
def test_an_answer_of_the_wrong_shape_is_told(answer: str, told: str) -> None:
    """Every field is checked, and the first mistake is one line with a near match."""
    assert why(f"say({answer})").startswith(told)


def test_a_number_without_end_is_told() -> None:
    """JSON has no infinity, but it can spell one."""
    line = """{"took": 1, "events": [], "now_ms": 1e999, "next_timer_ms": null}"""
    assert why(f"print('{line}', flush=True)").startswith("is not a line of JSON (1e999 is too large)")


# -- Nothing is left behind -----------------------------------------------------------------------

GRANDCHILD = """
grandchild = subprocess.Popen(["sleep", "600"])
print(os.getpid(), grandchild.pid, file=open(PATH, "w"), flush=True)
import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)
"""


def with_grandchild(script: str, tmp_path: Path) -> tuple[ChildSubject, list[int]]:
    """A subject that has started a process of its own, and the numbers of both."""
    pids = tmp_path / "pids"
    spawn = GRANDCHILD.replace("PATH", repr(str(pids)))
    begun, _, hello = PREAMBLE.rpartition("say(")
    subject = child(begun + spawn + "say(" + hello + script, IMPATIENT, preamble="")
    return subject, [int(pid) for pid in pids.read_text().split()]


def test_closing_a_subject_ends_its_children_too(tmp_path: Path) -> None:
    """A process that its subject has started does not outlive it."""
    subject, pids = with_grandchild("for line in sys.stdin: quiet(line)", tmp_path)
    subject.close()
    for pid in pids:
        gone([pid], seconds=10)


def test_a_subject_that_will_not_end_is_ended(tmp_path: Path) -> None:
    """Neither a deaf subject nor its child outlives the limit."""
    subject, pids = with_grandchild("time.sleep(600)", tmp_path)
    assert play(SCENARIO, subject, LIMITS).why == "has not answered within 0.3 seconds"
    for pid in pids:
        gone([pid], seconds=10)


def test_a_subject_that_is_forgotten_is_ended(tmp_path: Path) -> None:
    """A subject that nobody closed ends when nobody knows it any more."""
    subject, pids = with_grandchild("time.sleep(600)", tmp_path)
    del subject
    gc.collect()
    for pid in pids:
        gone([pid], seconds=10)


DRIVER = """
import sys
from broadcast_orchestrator.sim.subjects.protocol.child_process import ChildSubject
from broadcast_orchestrator.sim.subjects.protocol.messages import Limits, Begin
subject = ChildSubject([sys.executable, "-I", "-S", "-c", sys.argv[1]], Limits(seconds=60))
print("ready", flush=True)
subject.take((Begin(),))
"""


def test_an_interrupted_driver_leaves_nothing_behind(tmp_path: Path) -> None:
    """Control-C while a subject hangs ends the driver, the subject and the subject's children."""
    pids = tmp_path / "pids"
    script = PREAMBLE + "sys.stdin.readline()" + GRANDCHILD.replace("PATH", repr(str(pids))) + "time.sleep(600)"
    command = [sys.executable, "-c", DRIVER, script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as driver:
        assert driver.stdout is not None
        assert driver.stdout.readline() == b"ready\n"
        deadline = time.monotonic() + 10
        while not (pids.exists() and pids.read_text().endswith("\n")) and time.monotonic() < deadline:
            time.sleep(0.01)
        driver.send_signal(signal.SIGINT)
        driver.wait(10)
    for pid in map(int, pids.read_text().split()):
        gone([pid], seconds=10)
