"""Numbers that cannot be, names that nobody would read, streams that are closed: one line, and exit code 2."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.reports.output.messages import in_one_line

NUMBERS = [
    ["verify", "--faults"],
    ["verify", "--seed"],
    ["verify", "--runs"],
    ["verify", "--thorough", "--mechanical"],
    ["simulate", "--seed"],
    ["graph", "--what", "space", "--faults"],
    ["graph", "--what", "coverage", "--seed"],
    ["mutants", "--mechanical"],
    ["mutants", "--seed"],
    ["mutants", "--jobs"],
    ["experiment", "flaky-host", "--runs"],
    ["experiment", "flaky-host", "--seed"],
    ["experiment", "flaky-host", "--jobs"],
    ["experiment", "flaky-host", "--replay"],
    ["experiment", "flaky-host", "--until"],
    ["experiment", "flaky-host", "--set", "limit_ms"],
    ["experiment", "flaky-host", "--set", "confidence"],
    ["experiment", "flaky-host", "--set", "config.max_retries"],
    ["monitor", "--port"],
    ["monitor", "--seed"],
    ["monitor", "--speed"],
    ["watch", "--seed"],
    ["watch", "--speed"],
    ["check", "--scenarios"],
    ["check", "--seconds"],
    ["check", "--seed"],
    ["check", "--jobs"],
    ["check", "--patience"],
]
"""Every option that takes a number, after what it needs."""


def refused(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> str:
    """What the command says, which is one line and all that there is."""
    with pytest.raises(SystemExit) as left:
        main(arguments)
    out, err = capsys.readouterr()
    assert (left.value.code, out, err.count("\n")) == (2, "", 1), err
    return str(err)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e29", "9" * 29, "-" + "9" * 29, "9" * 5_000, "x" * 5_000])
@pytest.mark.parametrize("option", NUMBERS, ids=" ".join)
def test_a_number_that_cannot_be_is_one_line(capsys: pytest.CaptureFixture[str], option: list[str], value: str) -> None:
    """Whatever is given where a number goes, the line names the option, and has no word of Python's in it."""
    *before, name = option
    given = [f"{name}={value}"] if name.startswith("-") else [*before.pop().split(), f"{name}={value}"]
    after = ["--", "true"] if before[0] == "check" else []
    line = refused(capsys, [*before, *given, *after])
    assert name.removeprefix("--").partition(".")[0] in line
    assert len(line) < 600
    assert not re.search(r"\b(int|float|str|\w*Error|Traceback)\b", line)


def test_names_are_shortened_and_controls_are_marks(capsys: pytest.CaptureFixture[str]) -> None:
    """A name of thousands of letters is told with its ends, and one with a terminal's commands in it without them."""
    name = "a" * 5_000
    line = refused(capsys, ["replay", name])
    assert line == f"broadcast: {'a' * 160}...{'a' * 59}: cannot be read: File name too long\n"
    assert "\x1b" not in refused(capsys, ["replay", "\x1b[31m\x07"])
    assert refused(capsys, ["replay", "a\x1b[31m"]) == "broadcast: a�[31m: cannot be read: No such file or directory\n"
    assert in_one_line("a b\u202e\n\tc\ud800") == "a b� c�"
    assert len(in_one_line("word " * 10_000)) < 2_100


@pytest.mark.parametrize("width", ["1", "0", "-5", "x", "100000"])
def test_help_comes_however_narrow_a_terminal_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: str
) -> None:
    """In a column of one character its frames never ended."""
    monkeypatch.setenv("COLUMNS", width)
    with pytest.raises(SystemExit) as left:
        main(["experiment", "--help"])
    assert left.value.code == 0
    assert "--runs" in capsys.readouterr().out


def test_a_name_with_brackets_is_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    """It is not read as a list in JSON."""
    assert refused(capsys, ["lint", "[red]"]) == (
        "broadcast: lint: [red]: is not there, try the folder of your components\n"
    )


def test_a_sweep_of_a_million_points_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Each would be a whole experiment in memory."""
    command = '[[commands]]\ncommand = "initialize"\nat_ms = 0\n'
    axis = '[[sweep]]\nsetting = "config.{}"\nfrom = 1\nto = 1000\nsteps = 1000\n'
    file = tmp_path / "wide.toml"
    file.write_text('name = "wide"\n' + command + axis.format("max_retries") + axis.format("retry_delay"))
    told = "sweep: makes 1,000,000 points, more than 10,000; sweep fewer values at once"
    assert refused(capsys, ["experiment", str(file)]) == f"broadcast: {file}: {told}\n"


ENTRY = "from broadcast_orchestrator.reports.cli import main; main()"


def run_closed(closed: str, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    """The command in a process whose streams are closed as a shell does it."""
    words = " ".join(f"'{each}'" for each in (sys.executable, "-c", ENTRY, *arguments))
    return subprocess.run(["sh", "-c", f"{words} {closed}"], check=False, capture_output=True, timeout=120)


@pytest.mark.parametrize("command", [["--help"], ["serve-reference"], ["experiment", "--list"]], ids=" ".join)
def test_a_closed_output_is_one_line(command: list[str]) -> None:
    """Nobody would hear the answer, so it is not given; with all three streams closed, the exit code alone tells."""
    told = run_closed(">&-", *command)
    line = b"broadcast: standard output is closed, try > /dev/null if nobody is to read it\n"
    assert (told.returncode, told.stderr) == (2, line)
    told = run_closed("<&- >&- 2>&-", *command)
    assert (told.returncode, told.stdout, told.stderr) == (2, b"", b"")


def test_a_closed_input_is_empty_and_a_closed_error_stream_is_nobody(tmp_path: Path) -> None:
    """A subject without input is done, and no file that is written takes the place of the stream for messages."""
    told = run_closed("<&-", "serve-reference")
    assert (told.returncode, told.stdout, told.stderr) == (0, b"", b"")
    trace = tmp_path / "run.jsonl"
    told = run_closed("2>&-", "simulate", "--trace", os.fspath(trace))
    assert told.returncode == 0
    assert trace.read_bytes().startswith(b'{"format":"broadcast-trace"')
    assert run_closed("2>&-", "replay", "none").returncode == 2
