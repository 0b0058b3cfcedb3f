"""The fuzzer bites: what it takes for a finding is one, and it finds what is wrong; a short run of it finds nothing."""

from pathlib import Path

import fuzz_worker
import pytest
from fuzz import each_input, fuzz
from fuzz_inputs import FuzzInput
from fuzz_worker import Outcome, run_apart, run_here, trouble

TRACEBACK = 'Traceback (most recent call last):\n  File "/x/sim/a.py", line 7, in f\n    1 / 0\nZeroDivisionError: x\n'
SAID = b"broadcast: a: is not TOML\n"


@pytest.mark.parametrize(
    ("words", "outcome", "told"),
    [
        ("replay a", Outcome(2, err=SAID), ""),
        ("replay a", Outcome(0), ""),
        ("replay a", Outcome(141), ""),
        ("replay a", Outcome(None), "hangs: replay"),
        ("replay a", Outcome(1, raised=TRACEBACK), "raises ZeroDivisionError at a.py:7"),
        ("replay a", Outcome(1, err=TRACEBACK.encode()), "raises ZeroDivisionError at a.py:7"),
        ("replay a", Outcome(4), "ends with exit code 4: replay"),
        ("replay a", Outcome(-9), "ends with exit code -9: replay"),
        ("replay a", Outcome(2, err=SAID, memory=2**31), "takes too much memory: replay"),
        ("replay a", Outcome(2, err=SAID, left=((".out.x1y2z3a4", 0),)), "leaves .out: replay"),
        ("replay a", Outcome(2, err=b"broadcast: KeyError\n"), "explains with a word of Python's, KeyError: replay"),
        ("replay a", Outcome(2, err=b"what?\n"), "does not say it in lines of its own: replay"),
        ("replay a", Outcome(0, err=b"\x07"), "prints control characters: replay"),
        ("diff a b --json", Outcome(0, out=b"{}\n"), ""),
        ("diff a b --json", Outcome(1, out=b"{}\n{}\n"), "prints more than one JSON object: diff"),
    ],
)
def test_what_counts_as_a_finding(words: str, outcome: Outcome, told: str) -> None:
    """Everything that no command may do, and nothing else; the same cause has the same name."""
    assert trouble(FuzzInput(tuple(words.split()), {}, {}, b""), outcome) == told


def test_an_input_runs_here_as_it_does_in_a_process_of_its_own() -> None:
    """The files are there, what is heard is heard, and both outputs and the exit code come back."""
    served = FuzzInput(("serve-reference",), {}, {}, b'{"hello":{"protocol":1}}\n')
    missing = FuzzInput(("replay", "a"), {"a": "missing"}, {"COLUMNS": "x"}, b"")
    for tried in (served, missing):
        here, apart = run_here(tried), run_apart(tried)
        assert here == apart._replace(memory=0)
    assert run_here(served).out.startswith(b'{"hello":{"name":"reference"')
    assert run_here(missing).err == b"broadcast: a: cannot be read: No such file or directory\n"


def test_a_command_that_raises_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the entry point lets through is a finding, with the exception and its place."""

    def broken(arguments: list[str]) -> None:
        raise KeyError(arguments[0])

    monkeypatch.setattr(fuzz_worker, "main", broken)
    tried = FuzzInput(("replay", "a"), {}, {}, b"")
    assert trouble(tried, run_here(tried)) == "raises KeyError at ?"


def test_a_seed_gives_the_same_inputs_again() -> None:
    """So a finding is replayed by its seed and its number."""

    def numbered(batch: int) -> list[tuple[int, FuzzInput]]:
        made: list[tuple[int, FuzzInput]] = []
        each_input(3, batch, lambda number, tried: made.append((number, tried)))
        return made

    again = numbered(1)
    assert again == numbered(1)
    assert (again[0][0], len(again)) == (250, 250)
    assert len({str(tried) for _, tried in again}) > 50


def test_a_short_run_finds_nothing(tmp_path: Path) -> None:
    """A hundred damaged inputs through the real entry point: one line each, or an answer."""
    findings = fuzz(7, 300, 100, tmp_path)
    assert (findings.told(), findings.found) == ("100 inputs with seed 7, 0 kinds of findings", {})
    assert not list(tmp_path.iterdir())
