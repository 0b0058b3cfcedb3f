"""Explanations: what a violation takes, when it is too late, and a test that fails until the bug is gone.

The engines agree on it: what the explorer finds replays, and what the simulator finds the explorer finds too.
"""

import ast
import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import EMERGENCY_STOP, Failure
from broadcast_orchestrator.model.state import STOPPING_ALL, ProcedureStep
from broadcast_orchestrator.model.table import READY
from broadcast_orchestrator.properties.guarantees.verdicts import Witness
from broadcast_orchestrator.properties.model_check.proof import CONFIG, find_witnesses
from broadcast_orchestrator.properties.witness.explain import explain
from broadcast_orchestrator.properties.witness.retake import judged
from broadcast_orchestrator.properties.witness.shrink import ingredients
from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.reports.witness.regression import pytest_file
from broadcast_orchestrator.sim.input.import_paths import PathNotFound
from broadcast_orchestrator.sim.simulate.injection import Fault
from broadcast_orchestrator.sim.simulate.studio import Studio
from broadcast_orchestrator.sim.world.rules_by_name import find_rules
from broadcast_orchestrator.sim.world.trace import Trace, replay, walk
from broadcast_orchestrator.sim.world.world import Scope

FOLDER = Path(__file__).parent
HERE = "test_explain"


class UndoesInStartupOrder(Core):
    """Undoes the oldest step first."""

    def startup_failed(self, failure: Failure) -> None:
        """Turn the order round."""
        self.update(issued=self.procedure.issued[::-1])
        super().startup_failed(failure)


class GoesLiveWithoutTheProducer(Core):
    """Shrugs when the producer does not start, and says that it failed all the same."""

    def startup_failed(self, failure: Failure) -> None:
        """Go on."""
        if failure.subject == "producer.start":
            self.update(notes=(*self.procedure.notes, failure))
            self.proceed()
        else:
            super().startup_failed(failure)


class NamesNoResidue(Core):
    """Takes a switch-off for done when it was only tried."""

    def name_residue(self, step: ProcedureStep) -> None:
        """Forget about it."""


class StopsBesideTheStart(Core):
    """Lets an emergency stop run beside the start that it should have interrupted."""

    def emergency_stop(self) -> None:
        """Begin the stops without interrupting anything."""
        self.accept(EMERGENCY_STOP)
        self.begin(EMERGENCY_STOP, STOPPING_ALL)
        self.stop_all()


class StartsTheHostFirst(Core):
    """Has the host talk before there is a session."""

    def startup(self, session: str | None) -> tuple[ProcedureStep, ...]:
        """Swap two steps."""
        feed, own_session, host, *rest = super().startup(session)
        return (feed, host, own_session, *rest)


class LeavesTheTable(Core):
    """Goes from stopping straight to ready, as the prose has it and the table forbids."""

    def shutdown_over(self) -> None:
        """Skip idle."""
        self.move(READY, "shutdown_complete")
        self.succeed()


ONE_FAULT = Scope(faults=("F1", "F2"), limit=1)
BROKEN = (
    (UndoesInStartupOrder, "G2", ONE_FAULT),
    (GoesLiveWithoutTheProducer, "G3", ONE_FAULT),
    (NamesNoResidue, "G4", ONE_FAULT),
    (StopsBesideTheStart, "G9", Scope(racing=True)),
)


def trace_of(witness: Witness, rules: type[Core]) -> Trace:
    """The witness in the format of the simulator."""
    lines = [passage.line for passage in witness.passages]
    about = {"guarantee": witness.violation.guarantee}
    return Trace(CONFIG, "explorer", None, about, lines, f"{HERE}:{rules.__name__}")


def found(rules: type[Core], guarantee: str, scope: Scope) -> Trace:
    """The shortest witness that the explorer finds."""
    return trace_of(find_witnesses(scope, rules=rules, until=guarantee)[guarantee], rules)


def start_that_fails(call: str, rules: type[Core]) -> Studio:
    """A simulated start in which this call is refused, and everything that follows from it."""
    studio = Studio(3, faults=[Fault(call, "refuse", first=1)], rules=rules)
    for command in (studio.orchestrator.initialize, lambda: studio.orchestrator.start_broadcast("s1")):
        command()
        studio.settle()
    return studio


# -- What is explained ----------------------------------------------------------------------------


def test_what_it_takes_is_told() -> None:
    """Without the refused call the rollback has nothing to do wrong, and without the commands nothing happens."""
    explanation = explain(start_that_fails("session.start", UndoesInStartupOrder).trace, UndoesInStartupOrder)
    assert explanation is not None
    assert explanation.guarantee.id == "G2"
    assert explanation.observed == "live_feed.stop is not the next step to undo, that is session.end"
    assert [
        (cause.number, cause.kind, cause.place, cause.necessary, cause.without) for cause in explanation.causes
    ] == [
        (1, "command", "", True, "G2 holds, and the run ends in idle"),
        (4, "command", "", True, "G2 holds, and the run ends in ready"),
        (7, "fault", "forward", True, "G2 holds, and the run ends in live"),
    ]
    assert explanation.story[6] == "session.start fails [F1 refuse]; calls live_feed.stop"


def test_where_the_reference_does_otherwise_is_told() -> None:
    """What these rules do, or have in mind, stands beside what the reference does after the same step."""
    undo = explain(start_that_fails("session.start", UndoesInStartupOrder).trace, UndoesInStartupOrder)
    assert undo is not None
    assert undo.departure == (7, ("calls live_feed.stop",), ("calls session.end",))
    residue = explain(found(NamesNoResidue, "G4", ONE_FAULT), NamesNoResidue)
    assert residue is not None
    assert residue.departure is not None
    assert [words[0] for words in residue.departure[1:]] == [
        "has in mind residue: nothing",
        "has in mind residue: session",
    ]


def test_the_step_after_which_it_is_too_late_is_told() -> None:
    """A producer that was refused stays off whatever comes then; a rollback goes wrong with its very first step."""
    producer = explain(found(GoesLiveWithoutTheProducer, "G3", ONE_FAULT), GoesLiveWithoutTheProducer)
    undo = explain(found(UndoesInStartupOrder, "G2", ONE_FAULT), UndoesInStartupOrder)
    assert producer is not None
    assert undo is not None
    assert (producer.inevitable, len(producer.passages)) == (11, 13)
    assert (undo.inevitable, len(undo.passages)) == (7, 7)


@pytest.mark.parametrize(("rules", "guarantee", "scope"), BROKEN, ids=lambda value: getattr(value, "__name__", ""))
def test_what_works_under_the_guide_is_no_violation(rules: type[Core], guarantee: str, scope: Scope) -> None:
    """The same steps under the reference break nothing, but for what the guide itself leaves open."""
    trace = found(rules, guarantee, scope)
    broken, reference = explain(trace, rules), explain(trace)
    assert broken is not None
    assert (broken.guarantee.id, broken.gap) == (guarantee, "")
    assert reference is None or reference.gap


# -- The engines agree ----------------------------------------------------------------------------


@pytest.mark.parametrize(("rules", "guarantee", "scope"), BROKEN, ids=lambda value: getattr(value, "__name__", ""))
def test_a_witness_of_the_explorer_replays_to_the_same_violation(
    rules: type[Core], guarantee: str, scope: Scope
) -> None:
    """Saved as a trace and loaded again, every step gives the same, and the last one breaks the same guarantee."""
    witness = find_witnesses(scope, rules=rules, until=guarantee)[guarantee]
    trace = Trace.from_text(trace_of(witness, rules).to_text())
    assert replay(trace, rules).agrees
    assert witness.violation in judged(walk(trace, rules))


@pytest.mark.parametrize(
    ("rules", "guarantee", "call"),
    [(UndoesInStartupOrder, "G2", "host.start"), (GoesLiveWithoutTheProducer, "G3", "producer.start")],
)
def test_a_violation_of_the_simulator_is_found_by_the_explorer(rules: type[Core], guarantee: str, call: str) -> None:
    """With the ingredients of the simulated run, the explorer finds the same violation in at most as many steps."""
    passages = tuple(walk(start_that_fails(call, rules).trace, rules))
    steps = next(n for n in range(1, len(passages) + 1) if guarantee in [b.guarantee for b in judged(passages[:n])])
    scope = ingredients(passages[:steps], 1)
    assert (scope.faults, scope.racing, scope.sessions) == (("F1",), False, ("s1",))
    assert len(find_witnesses(scope, rules=rules, until=guarantee)[guarantee].passages) <= steps


# -- The command ----------------------------------------------------------------------------------


def broadcast(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The exit code, the standard output and the standard error of one command."""
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    captured = capsys.readouterr()
    assert isinstance(left.value.code, int)
    return left.value.code, captured.out, captured.err


@pytest.fixture
def witness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A trace of the core that undoes in the wrong order; the project is the current folder."""
    monkeypatch.chdir(FOLDER)
    start_that_fails("session.start", find_rules(f"{HERE}:UndoesInStartupOrder")).save(tmp_path / "my-run.jsonl")
    return str(tmp_path / "my-run.jsonl")


RULES = f"{HERE}:UndoesInStartupOrder"


def test_the_command_tells_the_story(capsys: pytest.CaptureFixture[str], witness: str) -> None:
    """The violation comes first, then what was expected, why it happens, and the timeline; the exit code is 1."""
    code, out, err = broadcast(capsys, "explain", witness, "--rules", RULES)
    rows = out.splitlines()
    assert (code, err) == (1, "")
    assert rows[0] == "✗ G2 rollback is violated: live_feed.stop is not the next step to undo, that is session.end"
    assert rows[2].endswith("after 1 fault, 2 commands and 7 steps")
    assert "    reference: calls session.end" in rows
    assert "SU-11: A start that fails is rolled back by itself." in out
    assert rows[-1].startswith("╷ call")


def test_the_files_are_written(capsys: pytest.CaptureFixture[str], witness: str, tmp_path: Path) -> None:
    """A picture with the violation in it, a smaller trace that replays, and a test."""
    broadcast(capsys, "explain", witness, "--rules", RULES, "--out", str(tmp_path / "out"))
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["my-run-shrunk.jsonl", "my-run.svg", "test_my_run.py"]
    root = ElementTree.parse(tmp_path / "out" / "my-run.svg").getroot()
    texts = [element.text for element in root.iter() if element.get("class") == "note breach"]
    assert " ".join(map(str, texts)) == "G2: live_feed.stop is not the next step to undo, that is session.end"
    assert "var(--" not in (tmp_path / "out" / "my-run.svg").read_text()
    assert broadcast(capsys, "replay", str(tmp_path / "out" / "my-run-shrunk.jsonl"), "--rules", RULES)[0] == 0


def test_the_exported_test_fails_until_the_bug_is_gone(
    capsys: pytest.CaptureFixture[str], witness: str, tmp_path: Path
) -> None:
    """It fails on the broken rules with the sentence of the violation, and passes with the reference in their place."""
    broadcast(capsys, "explain", witness, "--rules", RULES, "--out", str(tmp_path))
    file = tmp_path / "test_my_run.py"
    broken = pytest_on(file)
    file.write_text(file.read_text().replace(RULES, "broadcast_orchestrator.model.core:Core"))
    mended = pytest_on(file)
    assert "AssertionError: G2: live_feed.stop is not the next step to undo, that is session.end" in broken.stdout
    assert (broken.returncode, mended.returncode) == (1, 0)


def pytest_on(file: Path) -> "subprocess.CompletedProcess[str]":
    """pytest, run on one file from the project's folder."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)]
    return subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)


def test_the_json_says_the_same(capsys: pytest.CaptureFixture[str], witness: str) -> None:
    """One object on one line, with sizes, causes and replayable steps."""
    code, out, _ = broadcast(capsys, "explain", witness, "--rules", RULES, "--json")
    answer = json.loads(out)
    assert (code, out.count("\n")) == (1, 1)
    assert answer["size"] == {"faults": 1, "commands": 2, "steps": 7}
    assert [cause["necessary"] for cause in answer["causes"]] == [True, True, True]
    assert answer["steps"][-1] == {"step": "answer", "service": "session", "flight": 0, "ok": False, "fault": "F1"}


def test_a_sound_trace_needs_no_explanation(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A run that breaks nothing leaves with 0."""
    start_that_fails("session.start", Core).save(tmp_path / "run.jsonl")
    code, out, _ = broadcast(capsys, "explain", str(tmp_path / "run.jsonl"))
    assert (code, out.startswith("ok: no guarantee is broken")) == (0, True)


def test_a_trace_imports_nothing_by_itself(capsys: pytest.CaptureFixture[str], witness: str) -> None:
    """A trace that names other rules than the reference is judged by them only when the caller says so too."""
    for command in ("explain", "replay"):
        code, out, err = broadcast(capsys, command, witness)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert f"add --rules {RULES}" in err


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("broadcast_orchestrator.model.core", "expected module:Class, try broadcast_orchestrator.model.core:Core"),
        (
            "broadcast_orchestrator.model.cor:Core",
            "there is no module broadcast_orchestrator.model.cor, did you mean 'broadcast_orchestrator.model.core'?",
        ),
        ("broadcast_orchestrator.model.core:Cor", "broadcast_orchestrator.model.core has no Cor, did you mean 'Core'?"),
        ("broadcast_orchestrator.model.core:advance", "is no subclass of broadcast_orchestrator.model.core:Core"),
        ("broadcast_orchestrator.model.core.deep:Core", "there is no module broadcast_orchestrator.model.core.deep"),
    ],
)
def test_wrong_rules_get_one_line(monkeypatch: pytest.MonkeyPatch, path: str, words: str) -> None:
    """A path that leads nowhere is answered by what is wrong with it and what to try."""
    monkeypatch.chdir(FOLDER)
    with pytest.raises(PathNotFound) as caught:
        find_rules(path)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_session_cannot_write_code() -> None:
    """Whatever a trace calls its session, the exported file is the same few statements, and it compiles."""
    session = 's1\n"""\nimport os\n\\"""\u2028 # {x}'
    studio = Studio(3, faults=[Fault("session.start", "refuse", first=1)], rules=UndoesInStartupOrder)
    for command in (studio.orchestrator.initialize, lambda: studio.orchestrator.start_broadcast(session)):
        command()
        studio.settle()
    explanation = explain(studio.trace, UndoesInStartupOrder)
    assert explanation is not None
    kinds = [type(node).__name__ for node in ast.parse(pytest_file(explanation, "x y")).body]
    assert kinds == ["Expr", *["ImportFrom"] * 4, *["Assign"] * 3, "FunctionDef"]


# -- Verify, narrowed and with other rules --------------------------------------------------------


def test_a_narrowed_verification_shows_what_was_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """Only the guarantees, faults and places that were named, by id or by name, are in the answer."""
    arguments = (
        "--faults",
        "1",
        "--only",
        "rollback,G4",
        "--faults-only",
        "lost_reply",
        "--places",
        "forward",
        "--json",
    )
    code, out, _ = broadcast(capsys, "verify", *arguments)
    cells = json.loads(out)["cells"]
    assert code == 0
    assert [(cell["guarantee"], cell["fault_class"], cell["place"]) for cell in cells] == [
        ("G2", "F2", "forward"),
        ("G4", "F2", "forward"),
    ]


def test_other_rules_are_verified_and_their_witness_explained(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A broken core has red cells; beside the report lies a witness, which names the rules and can be explained."""
    monkeypatch.chdir(FOLDER)
    rules = ("--rules", f"{HERE}:StartsTheHostFirst")
    assert broadcast(capsys, "verify", "--faults", "0", "--only", "order", *rules, "--out", str(tmp_path))[0] == 1
    file = tmp_path / "witnesses" / "cause-1.jsonl"
    code, out, _ = broadcast(capsys, "explain", str(file), *rules)
    assert (code, out.startswith("✗ G8 order is violated: host.start is out of order")) == (1, True)


def test_rules_that_leave_the_table_are_judged_all_the_same(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rules that ask for a row that does not exist are stopped by the table, which is a violation of G1."""
    monkeypatch.chdir(FOLDER)
    narrow = ("--faults", "0", "--only", "G1", "--rules", f"{HERE}:LeavesTheTable", "--json")
    code, out, _ = broadcast(capsys, "verify", *narrow)
    (cell,) = json.loads(out)["cells"]
    assert (code, cell["witness"]["what"]) == (1, "Invalid transition from stopping to ready")
