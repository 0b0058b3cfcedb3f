"""`broadcast check --python package.module:Class`: a Python class from the command line, with the same report."""

import ast
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from places import TESTS

from broadcast_orchestrator.properties.checking import check
from broadcast_orchestrator.properties.checking.replay import violations
from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.sim.subjects.protocol.child_process import ChildSubject
from broadcast_orchestrator.sim.subjects.python.class_by_name import python_command
from broadcast_orchestrator.sim.subjects.scenario import Mishap, Order, Scenario

EXAMPLES = TESTS / "subjects" / "python"


def served(path: str) -> ChildSubject:
    """One of the examples, in a process of its own."""
    return ChildSubject(python_command(path), cwd=EXAMPLES)


@pytest.mark.parametrize(
    "path",
    ["on_asyncio:BroadcastOrchestrator", "on_asyncio:ShowsTheLast", "on_statemachine:make", "on_transitions:make"],
)
def test_a_correct_class_is_clean(path: str) -> None:
    """A class with asyncio, be it one that shows its last transition alone, one whose states are a chart of
    python-statemachine, and one over the AsyncMachine of transitions, break nothing."""
    report = check(lambda: served(path), scenarios=120)
    assert [(each.title, each.place) for each in report.findings] == []
    assert report.name == path.partition(":")[2]


def test_a_store_says_anew_that_it_is_lost() -> None:
    """Whoever listens for another error text hears of a host that is lost twice, and no more often."""
    lost = (Mishap("F9", "host", 1, 1), Mishap("F9", "host", 4, 1))
    assert (
        violations(Scenario((Order("initialize"),), mishaps=lost), lambda: served("on_asyncio:BroadcastOrchestrator"))
        == ()
    )


@pytest.mark.parametrize(
    ("path", "guarantee", "scenarios"),
    [
        ("on_asyncio:ForgetsItsTimer", "reference", 120),
        ("on_asyncio:SwallowsFailures", "G3", 150),
        ("on_asyncio:KeepsItsError", "G5", 40),
        ("on_asyncio:ExpectsWords", "G5", 180),
        ("on_asyncio:ShowsTheLastButFailures", "G12", 40),
        ("on_asyncio:LooksAtTheDate", "G8", 240),
        ("on_statemachine:make_without_failed_starts", "G12", 40),
        ("on_statemachine:make_without_forced_idle", "G10", 40),
        ("on_transitions:make_without_failed_starts", "G12", 40),
        ("on_transitions:make_that_forgets_to_await", "G11", 40),
    ],
)
def test_a_planted_mistake_is_found(path: str, guarantee: str, scenarios: int) -> None:
    """Each mistake that is planted in the examples is told by some dozens of scenarios."""
    report = check(lambda: served(path), scenarios=scenarios)
    assert guarantee in report.guarantees


def test_what_follows_from_a_member_that_a_stand_in_lacks_is_not_blamed() -> None:
    """One that reads it where a start fails, and gets stuck there, is told that and nothing else."""
    report = check(lambda: served("on_asyncio:ReadsOnFailure"), scenarios=120)
    (finding,) = report.findings
    assert finding.title.startswith("it reads live_feed.set_notice, which the stand-in lacks; an adapter says")
    assert (finding.guarantee, finding.also, finding.followers) == ("subject", (), ())


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The exit code of `broadcast check` and what it printed."""
    with pytest.raises(SystemExit) as done:
        main(["check", *arguments])
    printed = capsys.readouterr()
    return int(done.value.code or 0), printed.out, printed.err


def test_what_is_exported_starts_the_class_again(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Report, JSON, replay command, pytest and vitest files name the class, and show the same again."""
    monkeypatch.chdir(EXAMPLES)
    path, out = "on_asyncio:KeepsItsError", tmp_path / "out"
    code, told, _ = run(capsys, "--json", "--scenarios", "20", "--out", str(out), "--python", path)
    (finding,) = json.loads(told)["findings"]
    assert (code, finding["guarantee"]) == (1, "G5")
    assert finding["replay"].endswith(f" --python {path}")
    assert 'const implementation = ["--python", "on_asyncio:KeepsItsError"];' in next(out.glob("*.ts")).read_text()
    code, told, _ = run(capsys, "--replay", str(next(out.glob("g5-*.jsonl"))), "--python", path)
    assert (code, "✗ G5: the state is" in told) == (1, True)

    text = next(out.glob("test_*.py")).read_text()
    name = next(node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))
    for kind, fails in ((path, True), ("on_asyncio:BroadcastOrchestrator", False)):
        space: dict[str, object] = {}
        exec(text.replace(path, kind), space)
        if fails:
            with pytest.raises(AssertionError, match="the error says"):
                space[name]()  # type: ignore[operator]
        else:
            space[name]()  # type: ignore[operator]


CANNOT = """
class Half:
    state = "idle"
    def __init__(self, host): pass
    async def initialize(self, session=None): pass
    start_broadcast = stop_broadcast = recover = initialize

class Dumb(Half):
    state = None

class Greedy:
    def __init__(self, host, database): pass

number = 3
"""


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("nowhere", "nowhere: expected module:Class, try broadcasting.orchestrator:BroadcastOrchestrator"),
        ("nowhere:Class", "nowhere:Class: there is no module nowhere, try one of: cannot"),
        ("cannot:Hlaf", "cannot:Hlaf: cannot has no Hlaf, did you mean 'Half'?"),
        ("cannot:number", "cannot:number: is no class, and no function that makes an orchestrator"),
        ("cannot:Half", "cannot:Half: the orchestrator has no method emergency_stop"),
        (
            "cannot:Dumb",
            "cannot:Dumb: the orchestrator shows no state; its attribute `state` has to be there from the beginning",
        ),
        (
            "cannot:Greedy",
            "cannot:Greedy: the orchestrator cannot be built: TypeError: Greedy.__init__() missing 1 required "
            "positional argument: 'database'",
        ),
    ],
)
def test_a_class_that_cannot_be_driven_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, told: str
) -> None:
    """A module that is missing, a class that cannot be made, a state or a method that it lacks: exit code 2."""
    (tmp_path / "cannot.py").write_text(CANNOT)
    monkeypatch.chdir(tmp_path)
    assert run(capsys, "--scenarios", "5", "--python", path) == (2, "", f"broadcast: --python {told}\n")


def test_a_class_that_fails_on_a_plain_evening_is_told_that_alone(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verdict says so, one finding says why, and no budget is spent on anything else."""
    (tmp_path / "cannot.py").write_text(f"{CANNOT}\nHalf.emergency_stop = Half.recover\n")
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(capsys, "--python", "cannot:Half")
    first, *rest = out.splitlines()
    assert first == "✗ Half does not get through an evening without faults, so nothing else was tried"
    assert (
        "1. subject: on an evening without faults initialize leads to idle, not to ready; is its state shown there?"
        in rest
    )
    assert (code, [line for line in rest if line.startswith(("2.", "Not obs", "Never", "seen of"))]) == (1, [])


def test_a_class_and_a_command_are_one_too_many(capsys: pytest.CaptureFixture[str]) -> None:
    """Which of the two is meant cannot be known."""
    code, _, err = run(capsys, "--python", "a:B", "--", "node", "adapter.mjs")
    assert (code, err) == (2, "broadcast: check: --python and a command both name an implementation, leave one out\n")


MORTAL = """
import os
from on_asyncio import BroadcastOrchestrator

class Mortal(BroadcastOrchestrator):
    def recover(self):
        print("farewell", flush=True)
        os._exit(7)

class Deaf(BroadcastOrchestrator):
    def recover(self):
        input()
"""


@pytest.mark.parametrize(
    ("name", "told", "ends"),
    [("Mortal", "has ended with exit code 7", 1), ("Deaf", "recover failed: EOF when reading a line", 0)],
)
def test_a_class_runs_in_a_process_of_its_own(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, told: str, ends: int
) -> None:
    """One that ends its process, prints, or asks standard input disturbs neither the protocol nor the check."""
    (tmp_path / "mortal.py").write_text(MORTAL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(EXAMPLES))
    scenario = '{"orders":[{"command":"recover"}]}'
    code, out, _ = run(capsys, "--replay", scenario, "--python", f"mortal:{name}")
    assert (code, told in out) == (ends, True), out


def test_whatever_a_subject_says_its_files_can_be_read(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Escapes, zeros and half characters in the name of a state and in an error: every file is written, XML is XML,
    JSON is JSON, and no control character is left in any of them; data for programs keep what was said."""
    (tmp_path / "hostile.py").write_text(HOSTILE.format(examples=str(EXAMPLES)), "utf-8")
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out"
    code, _, err = run(capsys, "--scenarios", "15", "--out", str(out), "--python", "hostile:Hostile")
    assert (code, err) == (1, "")
    for file in filter(Path.is_file, out.iterdir()):
        text = file.read_text("utf-8")
        unshown = [sign for sign in text if not sign.isprintable() and sign not in "\n\t\xa0"]
        assert not unshown or file.suffix in (".json", ".jsonl", ".sarif"), (file, unshown)
        if file.suffix in (".svg", ".xml"):
            ElementTree.fromstring(text)
        if file.suffix in (".json", ".sarif"):
            json.loads(text)


HOSTILE = r"""
import sys

sys.path.insert(0, {examples!r})
from on_asyncio import BroadcastOrchestrator


class Hostile(BroadcastOrchestrator):
    def __getattribute__(self, name):
        found = super().__getattribute__(name)
        return "er\x1b[31m\x00\ud800\x85ror" if name == "state" and str(found) == "error" else found
"""
