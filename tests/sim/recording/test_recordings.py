"""Recorded runs are read as far as their lines are whole, and whatever is none is refused in one line."""

from pathlib import Path

import pytest
from places import ROOT

from broadcast_orchestrator.sim.recording.following import FollowedFile
from broadcast_orchestrator.sim.recording.recordings import RecordingError, load_recording, recording_of
from broadcast_orchestrator.sim.recording.store_recording import evidence_of_text
from broadcast_orchestrator.sim.simulate.studio import Studio
from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.evidence import CUT_OFF, QUIET, Evidence, EvidenceError, evidence_from_text
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import CallFault, Mishap, Order, Scenario
from broadcast_orchestrator.sim.world.trace import Trace


def evening() -> Trace:
    """A trace of an initialization."""
    studio = Studio(seed=1)
    studio.run(studio.orchestrator.initialize())
    return studio.trace


def test_a_file_may_end_within_a_line() -> None:
    """Whatever the length at which a file is cut off: the whole lines are the trace, and the torn one is named."""
    whole = evening().to_text().encode()
    first = whole.index(b"\n") + 1
    for length in range(first, len(whole) + 1, 7):
        recording = recording_of(whole[:length], "run.jsonl")
        lines = whole[:length].count(b"\n")
        assert isinstance(recording.run, Trace)
        assert len(recording.run.lines) == lines - 1
        torn = "" if whole[:length].endswith(b"\n") else f"line {lines + 1} is cut off, and was left out"
        assert recording.torn == torn


def test_a_file_may_end_within_a_letter() -> None:
    """What is torn need not even be text."""
    recording = recording_of(evening().to_text().encode() + '{"at_ms":1,"ü'.encode()[:-1], "run.jsonl")
    assert recording.torn == "line 5 is cut off, and was left out"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty; a recorded run begins with a line that names its format"),
        (b"\n", "is empty; a recorded run begins with a line that names its format"),
        (b'{"format":"broadcast-trace","ver', "line 1 is cut off; there is nothing to judge yet"),
        (b"once upon a time\n", "line 1 begins no recorded run; expected the format broadcast-trace, "),
        (b'{"format":"xml"}\n', "broadcast-recording, got 'xml'"),
        (b'{\n "format": 1,\n "name": "a report"\n}\n', "is a report, which is judged already; try the .jsonl files"),
        (b'{"format":1,"violated":false}\n', "is a report, which is judged already"),
        (b"\xff\xfe\n", "is not text in UTF-8, so it is no recorded run"),
        (b'{"format":"broadcast-trace","version":7}\n', "line 1: this is version 7 of the format; only 1 is known"),
        (b'{"format":"broadcast-recording","version":2}\n', "line 1: this is version 2 of the format"),
    ],
)
def test_what_is_no_recorded_run_is_refused(data: bytes, words: str) -> None:
    """One line, which begins with the file's name and says what is wrong there."""
    with pytest.raises(RecordingError) as refused:
        recording_of(data, "file.jsonl")
    assert str(refused.value).startswith("file.jsonl")
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """With its name, and why."""
    with pytest.raises(RecordingError, match=r"none\.jsonl: cannot be read: No such file or directory"):
        load_recording(tmp_path / "none.jsonl")


# -- Recordings of a real store -------------------------------------------------------------------

OFF = '"truth":{"active":[false,false,false,false],"initialized":false,"backend":[],"refusing":false}'
HEADER = '{"format":"broadcast-recording","version":1,"name":"ours","config":{"max_retries":0},"slack_ms":40}'
ASKED = '{"at_ms":5,"step":{"do":"command","id":1,"command":"initialize","session":null},"events":[%s],%s}'
CALLED = '{"event":"called","n":1,"at_ms":5,"call":1,"operation":"host.initialize","session":null}'
SETTLED = '{"event":"settled","n":2,"at_ms":9,"command":1,"ok":false,"message":"no network"}'
ANSWERED = '{"at_ms":9,"step":{"do":"answer","call":1,"ok":false,"message":"no network"},"events":[%s],%s}'
ANSWER_1 = '"do":"answer","call":1,"ok":false,"message":"no network"'
BEGUN = f'{{"at_ms":0,"step":{{"do":"begin"}},"events":[],{OFF}}}'
LINES = (HEADER, BEGUN, ASKED % (CALLED, OFF), ANSWERED % (SETTLED, OFF))
END = '{"ended":"closed"}'


def recorded(*lines: str) -> Evidence:
    """The evidence that these lines are."""
    return evidence_of_text("".join(f"{line}\n" for line in lines), "evening.jsonl")


def test_a_recording_of_a_store_is_evidence() -> None:
    """What was seen is kept, and what happened is a scenario that can be played again: the call that failed, too."""
    evidence = recorded(*LINES, END)
    assert (evidence.about.name, evidence.ended, evidence.slack_ms, len(evidence.moments)) == ("ours", QUIET, 40, 3)
    assert evidence.scenario.orders == (Order("initialize"),)
    assert evidence.scenario.faults == (CallFault("host.initialize", 1, "F1"),)
    assert evidence.scenario.config == {"max_retries": 0}


def test_a_recording_without_an_end_was_cut_off() -> None:
    """A page that was closed, or a process that was killed, wrote no last line."""
    assert recorded(*LINES).ended == CUT_OFF
    assert recorded(*LINES[:3]).scenario.faults == ()


def test_it_is_quiet_where_nothing_is_under_way_but_what_hangs() -> None:
    """A command that is not over cuts a recording off; a call that is never answered until the end does not, nor does
    it keep a command from coming when all is calm."""
    hangs = LINES[2].replace(CALLED, f"{CALLED},{SETTLED}".replace('"at_ms":9', '"at_ms":5'))
    again = LINES[2].replace('"id":1', '"id":2').replace(CALLED, "")
    assert recorded(*LINES[:3], END).ended == CUT_OFF
    assert recorded(*LINES[:2], hangs, END).ended == QUIET
    assert recorded(*LINES[:2], hangs, again, END).scenario.orders[1] == Order("initialize")
    assert recorded(*LINES[:2], hangs, again).scenario.orders[1] == Order("initialize", after=0)


def test_a_call_that_was_never_answered_hung() -> None:
    """Where the recording went on to its end; before that it may still be answered."""
    assert recorded(*LINES[:3], END).scenario.faults == (CallFault("host.initialize", 1, "F3", False),)


def test_what_befell_the_services_is_part_of_the_scenario() -> None:
    """A service that falls over, one that is switched, a feed that loses its content: each after as many events."""
    steps = ('"lose","service":"host","noticed":true', '"flip","service":"producer"', '"fill","present":false')
    befell = (f'{{"at_ms":10,"step":{{"do":{step}}},"events":[],{OFF}}}' for step in steps)
    assert recorded(*LINES, *befell).scenario.mishaps == (
        Mishap("F9", "host", 1, 1),
        Mishap("F10", "producer", 1, 1),
        Mishap("empty", "live_feed", 1, 1),
    )


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (LINES[:1], "line 1: no command was recorded, so there is nothing to judge"),
        ((HEADER.replace('"ours"', "7"), *LINES[1:]), "line 1: name: cannot be 7"),
        ((HEADER.replace("max_retries", "max_retrys"), *LINES[1:]), "max_retrys"),
        ((HEADER.replace("40", "-1"), *LINES[1:]), "line 1: slack_ms: cannot be -1"),
        ((HEADER.replace("40", '40,"believed":["hots"]'), *LINES[1:]), "line 1: believed: expected services"),
        ((HEADER, LINES[2]), "line 2: do: evidence begins with 'begin', and has no other"),
        ((*LINES, BEGUN), "line 5: at_ms: 0 ms is not from 9 to 2^53 ms"),
        ((*LINES[:2], LINES[2].replace('"id":1', '"id":4')), "line 3: command 4 comes where command 1 should"),
        ((*LINES[:2], LINES[2].replace('"initialize","s', '"initialise","s')), "did you mean 'initialize'?"),
        (
            (*LINES[:2], LINES[2].replace("host.initialize", "host.init")),
            "line 3: event 1: operation 'host.init' is unknown",
        ),
        ((*LINES[:2], LINES[2].replace('"call":1', '"call":2')), "line 3: event 1: call 2 comes where call 1 should"),
        ((*LINES[:2], LINES[2].replace("[false,", "[")), "line 3: truth: active: expected one for each of live_feed, "),
        (
            (*LINES[:3], LINES[3].replace('"call":1', '"call":2')),
            "line 4: call: 2 is none of the 1 calls that were made before",
        ),
        (
            (*LINES[:3], LINES[3].replace('"command":1', '"command":2')),
            "line 4: event 2: command 2 settles, but is not under way",
        ),
        ((*LINES, LINES[3].replace(ANSWER_1, '"do":"resume"')), "line 5: do: timers go on already"),
        ((*LINES[:3], '{"at_ms":9}'), "line 4: step is missing"),
        ((*LINES[:3], LINES[3].replace('"at_ms":9', '"at_ms":8,"at_ms":9', 1)), "line 4: says 'at_ms' twice in one"),
        ((HEADER.replace('"name"', '"name":"a","name"'), *LINES[1:]), "line 1: says 'name' twice in one object"),
        ((*LINES[:3], "nothing"), "line 4: is not JSON: Expecting value at column 1"),
    ],
)
def test_a_line_that_cannot_be_is_named(lines: tuple[str, ...], words: str) -> None:
    """With its number and what is wrong with it."""
    with pytest.raises(EvidenceError) as refused:
        recorded(*lines)
    assert words in str(refused.value)
    assert str(refused.value).startswith("evening.jsonl, line ")


def test_what_follows_may_be_seen_a_little_later() -> None:
    """Real clocks go on within a moment, but never back."""
    later = CALLED.replace('"at_ms":5', '"at_ms":5.2')
    evidence = recorded(*LINES[:2], LINES[2].replace(CALLED, later), LINES[3], END)
    assert [event.at_ms for event in evidence.moments[1].events] == [5.2]
    assert evidence_from_text(evidence.to_text()) == evidence
    with pytest.raises(EvidenceError, match=r"line 4: event 2: 9 ms is not from 11 to "):
        recorded(*LINES[:2], LINES[2].replace(CALLED, CALLED.replace('"at_ms":5', '"at_ms":11')), LINES[3], END)


def test_the_example_of_the_protocol_is_a_recording() -> None:
    """As PROTOCOL.md has it, but for what it leaves out of the truth."""
    told = (ROOT / "sim" / "subjects" / "protocol" / "PROTOCOL.md").read_text(encoding="utf-8")
    _, _, after = told.partition('```text\n{"format":"broadcast-recording"')
    text = f'{{"format":"broadcast-recording"{after.partition("```")[0]}'.replace('"truth":{...}', OFF)
    evidence = evidence_of_text(text, "PROTOCOL.md")
    assert (evidence.ended, [moment.at_ms for moment in evidence.moments]) == (QUIET, [0, 812.4, 990.1, 990.2])
    assert [event.at_ms for event in evidence.moments[1].events] == [812.4, 812.6]


def test_evidence_may_end_within_a_line(tmp_path: Path) -> None:
    """It was cut off then: the first line need not name the commands under way, which that of a whole one must."""
    orders = (Order("initialize"), Order("start_broadcast", "s1"))
    rows = play(Scenario(orders), ReferenceSubject()).to_text().splitlines(keepends=True)
    asked = next(number for number, row in enumerate(rows[1:], 2) if '"command":"start_broadcast"' in row)
    begun = "".join(rows[:asked])
    recording = recording_of(f"{begun}{rows[asked][:8]}".encode(), "run.jsonl")
    assert isinstance(recording.run, Evidence)
    assert (recording.run.ended, len(recording.run.moments)) == (CUT_OFF, asked - 1)
    assert recording.torn == f"line {asked + 1} is cut off, and was left out"
    (tmp_path / "run.jsonl").write_text(f"{begun}{rows[asked][:8]}")
    followed = FollowedFile(tmp_path / "run.jsonl").news()
    assert followed is not None
    assert followed.run == recording.run
    assert evidence_from_text(recording.run.to_text()) == recording.run
    with pytest.raises(RecordingError, match="line 1: pending: the commands that never settle are 2"):
        recording_of(begun.encode(), "run.jsonl")


def test_what_came_at_once_is_kept() -> None:
    """A call that was refused when it was made: the scenario has the failure, and what is saved as evidence is the same
    when it is read again."""
    at_once = '"at_once":[{"call":1,"effect":false,"ok":false,"message":"no network"}]'
    evidence = recorded(*LINES[:2], LINES[2].replace('"events"', f'{at_once},"events"'), END)
    assert evidence.scenario.faults == (CallFault("host.initialize", 1, "F1"),)
    assert evidence.real is not None
    assert [came.message for came in evidence.real.at_once] == ["no network"]
    assert evidence_from_text(evidence.to_text()) == evidence


@pytest.mark.parametrize("wrong", ['{"call":"1"}', '{"call":1,"effect":1,"ok":true}', "7", '{"call":1,"effect":true}'])
def test_what_cannot_have_come_at_once_is_named(wrong: str) -> None:
    """With its line."""
    with pytest.raises(EvidenceError, match="line 3: at_once: cannot be"):
        recorded(*LINES[:2], LINES[2].replace('"events"', f'"at_once":[{wrong}],"events"'))
