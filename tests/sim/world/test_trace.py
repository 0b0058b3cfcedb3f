"""Traces: what they hold, how they are saved, and how a replay finds what differs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT

from broadcast_orchestrator.model import CommandFailed
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Failure, Refused
from broadcast_orchestrator.model.table import IDLE
from broadcast_orchestrator.sim import Fault, Studio, Trace, TraceError, replay
from broadcast_orchestrator.sim.world.steps import Do
from broadcast_orchestrator.sim.world.trace import Line

HEADER = '{"format":"broadcast-trace","version":1,"made_by":"hand","seed":null,"config":{"max_retries":0},"setup":{}}\n'
REFUSED = '{"effect":"refused","command":"recover","reason":"Cannot recover: the state is idle, not error"}'
LINE = '{"at_ms":null,"step":{"step":"do","command":"recover"},"effects":[' + REFUSED + '],"state":"idle"}\n'


def evening(seed: int = 7) -> Studio:
    """A run with a failed start and a recover."""
    studio = Studio(seed, faults=[Fault("producer.start", "lost_reply", first=1)])
    studio.run(studio.orchestrator.initialize())
    studio.orchestrator.start_broadcast("s1")
    studio.run(studio.when("error"))
    studio.run(studio.orchestrator.recover())
    studio.orchestrator.update_config(max_retries=1)
    studio.settle()
    return studio


def test_a_trace_reads_as_a_list_of_steps(tmp_path: Path) -> None:
    """The first line names the format, seed and configuration; each further line is a step, its effects, a state."""
    studio = evening()
    studio.save(tmp_path / "run.jsonl")
    header, first, *_ = map(json.loads, (tmp_path / "run.jsonl").read_text("utf-8").splitlines())
    assert (header["format"], header["version"], header["made_by"], header["seed"]) == (
        "broadcast-trace",
        1,
        "studio",
        7,
    )
    assert header["setup"]["faults"] == [
        {"call": "producer.start", "kind": "lost_reply", "probability": 1.0, "first": 1},
    ]
    assert first == {
        "at_ms": 0,
        "step": {"step": "do", "command": "initialize"},
        "effects": [
            {"effect": "accepted", "command": "initialize"},
            {"effect": "transition", "source": "idle", "target": "initializing", "reason": "system_init"},
            {"effect": "set_timer", "kind": "limit", "duration_ms": 10000},
            {"effect": "call", "operation": "host.initialize"},
        ],
        "state": "initializing",
    }


def test_a_saved_trace_loads_as_it_was(tmp_path: Path) -> None:
    """Load after save gives an equal trace, and saving that gives the same bytes."""
    trace = evening().trace
    trace.save(tmp_path / "a.jsonl")
    loaded = Trace.load(tmp_path / "a.jsonl")
    assert loaded == trace
    loaded.save(tmp_path / "b.jsonl")
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not() -> None:
    """A run is decided by its arguments alone."""
    assert evening().trace.to_text() == evening().trace.to_text()
    assert evening(8).trace.lines != evening().trace.lines


def test_the_hash_seed_changes_nothing() -> None:
    """Two processes with different hash seeds write the same bytes."""
    code = (
        "from broadcast_orchestrator.sim import *\n"
        "s = Studio(3, latency={'*': 'exponential:mean_ms=900'}, faults=[Fault('*', 'late', 0.3)])\n"
        "o = s.orchestrator; o.initialize(); s.settle(); o.start_broadcast('s1'); s.settle(); o.emergency_stop();"
        "s.settle(); import sys; sys.stdout.buffer.write(s.trace.to_text().encode())"
    )
    texts = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            cwd=ROOT,
        ).stdout
        for seed in ("1", "2")
    ]
    assert texts[0] == texts[1]
    assert texts[0].count(b"\n") > 20


def test_a_replay_agrees_with_its_own_trace() -> None:
    """Every step taken again gives the same effects and the same state, and the same world in the end."""
    studio = evening()
    again = replay(studio.trace)
    assert again.agrees
    assert (again.steps, again.world) == (len(studio.trace.lines), studio.world)


class Forgetful(Core):
    """Broken rules: a failed start is not rolled back."""

    def startup_failed(self, failure: Failure) -> None:
        """Give in without undoing anything."""
        self.update(failures=(failure,))
        self.rollback_over()


def test_a_replay_says_at_which_step_and_how_it_differs() -> None:
    """Broken rules differ from the trace exactly where the start fails, and the difference names both sides."""
    trace = evening().trace
    failing = next(number for number, line in enumerate(trace.lines, 1) if getattr(line.step, "fault", "") == "F2")
    again = replay(trace, Forgetful)
    assert not again.agrees
    assert again.differs_at == failing
    assert again.difference.startswith("effect 1: the trace has ")


def test_a_replay_compares_states_and_the_number_of_effects() -> None:
    """A changed state and a missing effect are told apart."""
    trace = Trace.from_text(HEADER + LINE)
    trace.lines[0] = trace.lines[0]._replace(effects=())
    assert replay(trace).difference == "effects: the trace has 0, now there are 1"
    trace = Trace.from_text(HEADER + LINE.replace('"state":"idle"', '"state":"live"'))
    assert replay(trace)[:3] == (1, 1, "state: the trace has live, now it is idle")


def test_a_step_that_cannot_happen_is_a_difference() -> None:
    """An answer to a call that was never made is told in a sentence, with its step."""
    trace = Trace.from_text(HEADER + LINE)
    text = '{"at_ms":1.5,"step":{"step":"answer","service":"host","flight":0,"ok":true},"effects":[],"state":"idle"}\n'
    trace.lines += Trace.from_text(HEADER + text).lines
    again = replay(trace)
    assert again.differs_at == 2
    assert again.difference == "the step cannot happen here: host has 0 calls on their way, and this is about number 1"


def test_a_trace_without_times_is_a_trace() -> None:
    """An engine without a clock writes null for the time."""
    refused = Refused("recover", "Cannot recover: the state is idle, not error")
    assert Trace.from_text(HEADER + LINE).lines[0] == Line(None, Do("recover"), (refused,), IDLE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "run, line 1: is missing; a trace begins with a line that names its format"),
        (HEADER + LINE[:40], "run, line 2: is cut off; the last line must end with a newline"),
        (HEADER + LINE * 100_000, "run: has 100,001 lines, more than 100,000, which is as long as a run is"),
        ("\n", "run, line 1: is not JSON: Expecting value at column 1"),
        ("[]\n", "run, line 1: expected a JSON object, got a list"),
        ("{}\n", "run, line 1: expected a header with the format 'broadcast-trace', got None"),
        (HEADER.replace('"version":1', '"version":2'), "run, line 1: this is version 2 of the format; only 1 is known"),
        (HEADER.replace('"seed":null', '"seed":true'), "run, line 1: seed: cannot be True"),
        (
            HEADER.replace("max_retries", "max_retry"),
            "config: 'max_retry': unknown option, did you mean 'max_retries'?",
        ),
        (HEADER + LINE.replace("refused", "refuse", 1), "run, line 2: unknown effect 'refuse'"),
        (HEADER + LINE.replace('"do"', '"done"'), "run, line 2: unknown step 'done'"),
        (
            HEADER + LINE.replace('"state":"idle"', '"state":"idel"'),
            "run, line 2: state: 'idel' is unknown, did you mean 'idle'?",
        ),
        (HEADER + LINE.replace('"at_ms":null,', ""), "run, line 2: at_ms: missing"),
        (HEADER + LINE.replace("null", '"now"'), "run, line 2: at_ms: cannot be 'now'"),
        (HEADER + LINE.replace("null", "-1"), "run, line 2: at_ms: expected milliseconds from 0 to 2^53, got -1"),
        (
            HEADER + LINE.replace("null", "1e300"),
            "run, line 2: at_ms: expected milliseconds from 0 to 2^53, got 1e+300",
        ),
        (HEADER + "[" * 100_000 + "\n", "run, line 2: nests more than 64 tables or lists in one another"),
        (
            HEADER + LINE.replace('"command":"recover"', '"comand":"recover"', 1),
            "run, line 2: step 'do': 'comand' is unknown, did you mean 'command'?",
        ),
        (
            HEADER + LINE.replace('"command":"recover"', '"session":"x"', 1),
            "run, line 2: step 'do': command is missing",
        ),
        (
            HEADER + LINE.replace('{"step":"do","command":"recover"}', '{"step":"notice","service":"hots"}', 1),
            "run, line 2: step 'notice': service 'hots' is unknown, did you mean 'host'?",
        ),
        (
            HEADER + LINE.replace('"reason"', '"raeson"'),
            "effect 'refused': 'raeson' is unknown, did you mean 'reason'?",
        ),
        (
            HEADER + LINE.replace(REFUSED, '{"effect":["call"]}'),
            "run, line 2: unknown effect a list, try one of: call, ",
        ),
        *(
            (HEADER + LINE.replace(REFUSED, effect), f"run, line 2: effect {told}")
            for effect, told in (
                ('{"effect":"call","operation":7}', "'call': operation cannot be 7"),
                ('{"effect":"set_timer","kind":"tea","duration_ms":1}', "'set_timer': kind: 'tea' is unknown, "),
                ('{"effect":"set_timer","kind":"limit","duration_ms":true}', "'set_timer': duration_ms cannot be True"),
                (
                    '{"effect":"settled","command":"recover","verdict":"failed","failures":[["host"]]}',
                    "'settled': failures: expected of each failure its subject, its kind and perhaps a message",
                ),
                (
                    '{"effect":"settled","command":"recover","verdict":"failed","notes":7}',
                    "'settled': notes: expected a list of lists, got 7",
                ),
            )
        ),
        (HEADER + LINE.replace('"command":"recover"', '"command":7', 1), "run, line 2: step 'do': command cannot be 7"),
        (HEADER + LINE.replace('"recover"', '"\\ud800"', 1), "run, line 2: has half a character"),
    ],
)
def test_a_bad_trace_gets_one_line(text: str, message: str) -> None:
    """What is no trace is refused with the file, the line and what is wrong there."""
    with pytest.raises(TraceError) as caught:
        Trace.from_text(text, "run")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_missing_or_no_text_gets_one_line(tmp_path: Path) -> None:
    """Neither is a traceback."""
    with pytest.raises(TraceError, match=r"no.jsonl: cannot be read: No such file"):
        Trace.load(tmp_path / "no.jsonl")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(TraceError, match="bytes: is not text"):
        Trace.load(tmp_path / "bytes")


def test_a_wait_of_no_time_survives_saving(tmp_path: Path) -> None:
    """A limit that issues the rest at once arms a timer of zero milliseconds; it is loaded as it was saved."""
    faults = [Fault("producer.start", "refuse", first=1), Fault("host.stop", "late", first=1)]
    studio = Studio(seed=1, faults=faults)
    studio.run(studio.orchestrator.initialize())
    with pytest.raises(CommandFailed):
        studio.run(studio.orchestrator.start_broadcast())
    studio.save(tmp_path / "drain.jsonl")
    assert '"kind":"drain","duration_ms":0' in (tmp_path / "drain.jsonl").read_text(encoding="utf-8")
    assert Trace.load(tmp_path / "drain.jsonl") == studio.trace
