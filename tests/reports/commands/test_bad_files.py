"""Whatever is wrong with a file, whichever kind it is of: one line that names it, exit code 2, and nothing printed."""

import os
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from broadcast_orchestrator.reports.cli import main

COMMANDS: dict[str, Callable[[str], list[str]]] = {
    "experiment": lambda file: ["experiment", file],
    "dialect": lambda file: ["serve-reference", "--dialect", file],
    "baseline": lambda file: ["check", "--baseline", file, "--", "true"],
    "names": lambda file: ["lint", "tests/properties/lint/pages/before", "--names", file],
    "accepted": lambda file: ["lint", "tests/properties/lint/pages/before", "--baseline", file],
    "scenario": lambda file: ["check", "--replay", file, "--", "true"],
    "report": lambda file: ["diff", file, file],
    "coverage": lambda file: ["graph", "--what", "coverage", "--from", file],
    "answer": lambda file: ["verify", "--experiment", file],
    "since": lambda file: ["verify", "--since", file],
    "trace": lambda file: ["replay", file],
    "witness": lambda file: ["explain", file],
    "drawn": lambda file: ["graph", "--what", "witness", "--trace", file],
    "viewed": lambda file: ["view", file],
    "monitored": lambda file: ["monitor", "--port", "0", "--trace", file],
    "judged": lambda file: ["judge", file],
}
"""How a file of each kind is given to a command."""

CONTENTS: dict[str, bytes] = {
    "brackets": b"[" * 5_000,
    "brackets in TOML": b"a = " + b"[" * 5_000,
    "digits": b'{"format": ' + b"9" * 5_000 + b"}\n",
    "digits in TOML": b"format = " + b"9" * 5_000,
    "no number": b'{"format": NaN}\n',
    "no number in TOML": b"format = nan",
    "twice": b'{"format": 1, "format": 1}\n',
    "twice in TOML": b"format = 1\nformat = 1",
    "half a character": b'{"format": "\\ud800"}\n',
    "UTF-16": 'format = "é"\n'.encode("utf-16"),
    "latin-1": 'format = "é"\n'.encode("latin-1"),
    "zero bytes": b"\0" * 100,
    "no file of ours": b'{"format": {"a": [null, true, 1e300]}}\n',
}


def answered(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> tuple[int, str, str]:
    """The exit code, the standard output and the standard error of one command."""
    with pytest.raises(SystemExit) as left:
        main(arguments)
    captured = capsys.readouterr()
    assert isinstance(left.value.code, int)
    return left.value.code, captured.out, captured.err


def assert_one_line(told: tuple[int, str, str], file: Path) -> None:
    """It is an answer to a bad file."""
    code, out, err = told
    assert (code, out) == (2, ""), err
    assert err.startswith("broadcast: ")
    assert str(file) in err
    assert err.count("\n") == 1 or all(line.startswith(f"broadcast: {file}") for line in err.splitlines())
    assert not [word for word in ("Error", "Traceback", "codec", "tuple", "NoneType", "object has") if word in err]


@pytest.mark.parametrize("kind", COMMANDS)
@pytest.mark.parametrize("content", CONTENTS)
def test_a_damaged_file_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, kind: str, content: str
) -> None:
    """Nesting, digits, encodings, keys that are there twice: the same answer from every command."""
    file = tmp_path / "given"
    file.write_bytes(CONTENTS[content])
    assert_one_line(answered(capsys, COMMANDS[kind](str(file))), file)


@pytest.mark.parametrize("kind", COMMANDS)
def test_what_is_no_regular_file_is_refused_within_bounds(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, kind: str
) -> None:
    """A pipe that nobody writes to, a device without an end, a folder, sixty gigabytes of nothing: refused at once, and
    without the memory that it would take to read them."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(60 * 2**30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for file in (tmp_path / "pipe", Path("/dev/zero"), tmp_path / "folder", tmp_path / "huge", tmp_path / "none"):
        assert_one_line(answered(capsys, COMMANDS[kind](str(file))), file)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000
