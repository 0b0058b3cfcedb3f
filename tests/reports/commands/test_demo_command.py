"""`broadcast demo`: an evening of real processes, from a script and from the keyboard, and what it says at the end."""

import os
import pty
import re
import subprocess
import sys
import time
from pathlib import Path
from threading import Timer

import pytest

from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.sim.input.text_files import LARGEST
from broadcast_orchestrator.sim.world.trace import Trace, replay

COMMAND = (sys.executable, "-c", "from broadcast_orchestrator.reports.cli import main; main()", "demo")


def demo(script: str, *options: str) -> tuple[int, str]:
    """The exit code and what is said, without the times."""
    run = subprocess.run(
        [*COMMAND, "--script", "-", *options], input=script, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.stderr == ""
    return run.returncode, re.sub(r"(?m)^ *\d+\.\d\d  ", "", run.stdout)


def test_a_calm_evening_is_as_claimed(tmp_path: Path) -> None:
    """Lamps and states as they come, what the store says, and that nothing is on air that nobody knows of."""
    code, said = demo("initialize\nstart tonight\nstop\n", "--out", str(tmp_path / "evening"))
    assert code == 0
    assert said.splitlines()[:4] == [
        "> initialize",
        "  idle → initializing (system_init)",
        "  initializing → ready (dependency_ready)",
        "> start tonight",
    ]
    assert "● producer   ON AIR" in said
    assert re.search(r"the store says of tonight: idle, for 0\.\d s", said)
    assert said.splitlines()[-2:] == [
        "✓ what is on air is known or named, and the store tells the truth",
        "✓ evening-1.jsonl keeps the guide, as far as it shows (25 steps)",
    ]
    assert sorted(each.name for each in (tmp_path / "evening").iterdir()) == ["evening-1.jsonl", "sessions.sqlite"]
    assert replay(Trace.load(tmp_path / "evening" / "evening-1.jsonl")).agrees


def test_an_evening_with_a_kill_ends_well_and_one_with_a_reload_does_not() -> None:
    """A killed host is recovered from; after a reload on air the orchestrator knows nothing of what is on air."""
    cues = ("wait 1s", "wait", "initialize", "start", "kill host", "wait", "recover")
    code, said = demo("\n".join(cues), "--kill", "session@10ms")
    assert "○ host       killed while on air\n" in said
    assert "○ session    killed" in said
    assert "  live → error (service_failed)\n" in said
    assert "the end: ready, on air: nothing; left live: tonight\n" in said
    assert "  a gap of the guide's own: G14: the backend says that tonight is live in ready\n" in said
    assert code == 0
    code, said = demo("initialize\nstart\nreload\n")
    assert code == 1
    assert "✗ host is on air, and the orchestrator, in ready, neither knows nor names it\n" in said
    assert "✗ evening-2.jsonl breaks the guide: G4 (" in said


def test_an_evening_with_all_measures_withstands_a_reload() -> None:
    """The next orchestrator waits for the lease, finds what is on air, and switches it off; its recording is judged by
    the rules with the measures."""
    code, said = demo("initialize\nstart\nreload\n", "--with", "all")
    assert said.count("○ host       off\n") == 1
    assert "the end: ready, on air: nothing\n" in said
    assert "✓ evening-2.jsonl keeps the guide" in said
    assert code == 0


def test_a_slow_producer_is_rolled_back() -> None:
    """It takes longer than a start may: the start fails in words, and nothing stays on air."""
    code, said = demo("initialize\nstart\n", "--slow", "producer@3500ms")
    assert code == 0
    assert "  start_broadcast failed: producer.start timed out" in said
    assert "the end: error, on air: nothing" in said


def test_the_keyboard_can_interrupt_a_start() -> None:
    """Each line is done beside those before it; what is no cue is told, and the evening goes on."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([*COMMAND, "--slow", "host@1s"], stdin=theirs, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        patience = Timer(100, run.kill)  # what is never said ends the test, and not the suite
        patience.daemon = True
        patience.start()
        said = ""
        for awaited, typed in (
            ("say initialize", "initialize\n"),
            ("initializing → ready", "strat\n"),
            ("did you mean 'start'?", "start\n"),
            ("session    ON AIR", "emergency\n"),
            ("starting → idle (emergency_stop)", "quit\n"),
        ):
            while awaited not in said:
                said += (line := run.stdout.readline())
                assert line, said
            os.write(ours, typed.encode())
        said += run.stdout.read()
        patience.cancel()
    os.close(ours)
    os.close(theirs)
    assert "start_broadcast was interrupted by an emergency stop" in said
    assert run.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--kill", "host"], "--kill host: says no time, try host@3s"),
        (["--kill", "hots@3s"], "'hots': unknown service, did you mean 'host'?"),
        (["--kill", "host@soon"], "'soon': is no duration, try 3s or 300ms"),
        (["--slow", "producers"], "'producers': unknown service, did you mean 'producer'?"),
        (["--with", "fensing"], "--with fensing: unknown name 'fensing', did you mean 'fencing'?"),
        (["--reload", "5"], "'5': is no duration, try 3s or 300ms"),
        (["--script", "no-such-file"], "no-such-file: cannot be read: No such file or directory"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """Before any process is started, with exit code 2."""
    began = time.process_time()
    with pytest.raises(SystemExit) as left:
        main(["demo", *arguments])
    assert left.value.code == 2
    assert capsys.readouterr().err == f"broadcast: {said}\n"
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (b"initialize\nstart \xff\n", "-, line 2: is not text in UTF-8, so it is no script; save it as UTF-8"),
        (b"\xff\xfes\0", "-: is not text in UTF-8, so it is no script; if it is UTF-16, save it as UTF-8"),
        (b"\n" * (LARGEST + 1), "-: is longer than 33,554,432 bytes, so it is no script"),
        (b"initialize\nstrat\n", "-, line 2: 'strat': is nothing to do on an evening, did you mean 'start'?"),
    ],
)
def test_a_script_through_standard_input_is_read_like_a_file(script: bytes, said: str) -> None:
    """Within the same bounds, and what is wrong with it is one line; no process is started."""
    run = subprocess.run([*COMMAND, "--script", "-"], input=script, capture_output=True, timeout=60, check=False)
    assert (run.returncode, run.stdout, run.stderr.decode()) == (2, b"", f"broadcast: {said}\n")


def test_a_script_with_a_mistake_is_told_by_its_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """With the file, the number of the line, and what to try."""
    (tmp_path / "script").write_text("initialize\nstrat\n")
    with pytest.raises(SystemExit) as left:
        main(["demo", "--script", str(tmp_path / "script")])
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert said.endswith("script, line 2: 'strat': is nothing to do on an evening, did you mean 'start'?\n")
