"""The command `broadcast`: what it prints where, its exit codes, and one clear line for whatever makes no sense."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from broadcast_orchestrator.properties.guarantees.verdicts import (
    UNKNOWN,
    VIOLATED,
    Cell,
    Claim,
    Violation,
    Witness,
)
from broadcast_orchestrator.properties.model_check.growth import Growth
from broadcast_orchestrator.properties.model_check.proof import CONFIG
from broadcast_orchestrator.properties.mutants.mechanical.cores import mutants
from broadcast_orchestrator.properties.mutants.mechanical.score import MechanicalScore, MechanicalScores
from broadcast_orchestrator.properties.mutants.mutation_score import MutationScore, Score
from broadcast_orchestrator.properties.search.coverage import Coverage
from broadcast_orchestrator.properties.search.random_runs import TriedRuns
from broadcast_orchestrator.properties.verification import campaign
from broadcast_orchestrator.properties.verification import thorough as further
from broadcast_orchestrator.properties.verification.simulated import simulated
from broadcast_orchestrator.properties.verification.verification import SpaceSummary, Verification
from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.reports.output.progress import progress_bar
from broadcast_orchestrator.reports.verify.formats.screen import show_verification
from broadcast_orchestrator.sim.world.steps import Answer, Do, Effect
from broadcast_orchestrator.sim.world.trace import Trace, replay, take


def broadcast(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The exit code, the standard output and the standard error of one command."""
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    captured = capsys.readouterr()
    assert isinstance(left.value.code, int)
    return left.value.code, captured.out, captured.err


def command(*arguments: str, **environment: str) -> "subprocess.Popen[bytes]":
    """The command in a process of its own, its output in a pipe."""
    return subprocess.Popen(
        [sys.executable, "-c", "from broadcast_orchestrator.reports.cli import main; main()", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
    )


# -- Usage ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["verfy"], ('"verfy"', '"verify"')),
        (["verify", "--fault", "1"], ("--fault", "--faults")),
        (["verify", "--faults", "many"], ("--faults", '"many"')),
        (["verify", "--faults", "9"], ("--faults 9", "0 to 3")),
        (["verify", "--thorough", "--only", "G2"], ("--thorough", "leave out --only")),
        (["verify", "--mechanical", "9"], ("--mechanical", "add --thorough")),
        (["verify", "--measures"], ("--measures", "give --out")),
        (["verify", "--measures", "--only", "G2", "--out", "report"], ("--measures", "leave out --only")),
        (["verify", "--thorough", "--mechanical", "0"], ("--mechanical 0", "try --mechanical 100")),
        (["graph", "--what", "tabel"], ('"tabel"', '"table"')),
        (["graph", "--out", "a.pgn"], ("a.pgn", ".png")),
        (["simulate", "--fail", "host.strat"], ("host.strat", "'host.start'")),
        (["simulate", "--fail", "host.start:hung"], ("'hung'", "'hang'")),
        (["replay"], ("FILE",)),
        (["replay", "no-such-file"], ("no-such-file", "No such file")),
        (["replay", "."], (".: cannot be read",)),
    ],
)
def test_bad_usage_is_answered_by_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: tuple[str, ...]
) -> None:
    """Exit code 2, nothing on standard output, and one line that says what is wrong and what to try."""
    code, out, err = broadcast(capsys, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("broadcast: ")
    assert not [word for word in words if word not in err]


def test_a_folder_that_cannot_be_is_refused_before_the_work(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A verification whose folder is a file ends at once, with that file in the line."""
    (tmp_path / "file").touch()
    code, out, err = broadcast(capsys, "verify", "--out", str(tmp_path / "file"))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert str(tmp_path / "file") in err


SLOW_TO_IMPORT = (
    "hypothesis", "jinja2", "joblib", "matplotlib", "networkx", "numpy", "pydantic", "pygraphviz", "pytest", "scipy",
    "simpy",
)  # fmt: skip
WORLDS = "broadcast_orchestrator.sim.world.world"


def imported(*arguments: str) -> tuple[str, set[str]]:
    """What the command prints, and everything that was imported for it, in a process of its own."""
    script = (
        "import sys\nfrom broadcast_orchestrator.reports.cli import main\n"
        f"try:\n    main({list(arguments)})\n"
        "finally:\n    print(*sys.modules, file=sys.stderr)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return ran.stdout, set(ran.stderr.split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["verify", "--help"]])
def test_help_needs_nothing_heavy(arguments: list[str]) -> None:
    """What a command takes, and which there are, is told without any library that is slow to import, nor any world."""
    out, modules = imported(*arguments)
    assert "verify" in out or arguments == ["--version"]
    assert arguments != ["--help"] or "Exit codes: 0 all as claimed, 1 violated" in out
    assert modules & {*SLOW_TO_IMPORT, WORLDS} == set()


@pytest.mark.parametrize("name", ["judge", "check", "lint", "monitor", "watch", "view", "demo"])
def test_who_judges_from_outside_needs_no_search(name: str) -> None:
    """The commands about implementations, their help too, leave to the search what it alone needs."""
    assert imported(name, "--help")[1] & {"hypothesis", "joblib", "networkx", "numpy"} == set()


def test_a_part_is_verified_with_the_explorer_alone() -> None:
    """One guarantee under one fault of one class: of all that is slow to import numpy alone, no process beside this
    one, no mutants, and no search for causes where nothing is broken."""
    out, modules = imported("verify", "--only", "G3", "--faults-only", "F1", "--places", "rollback", "--faults", "1")
    assert "proved" in out
    assert modules & {*SLOW_TO_IMPORT} == {"numpy"}
    ours = "broadcast_orchestrator.properties"
    beside = {"multiprocessing", f"{ours}.mutants", f"{ours}.causes.causes", f"{ours}.search.random_runs"}
    assert modules & beside == set()


# -- Simulate and replay --------------------------------------------------------------------------


def test_a_run_that_works_ends_in_ready(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a fault the broadcast goes on air and off again, each change of state told in plain text."""
    code, out, err = broadcast(capsys, "simulate", "--seed", "3")
    assert (code, err) == (0, "")
    assert "starting → live (startup_complete)" in out
    assert "stop_broadcast succeeded" in out
    assert out.splitlines()[-1].startswith("ends in ready after ")
    assert "\x1b" not in out


def test_a_failed_start_is_rolled_back_and_recovered(capsys: pytest.CaptureFixture[str]) -> None:
    """A refused call rolls the start back, the cause is told, and a recover leads to ready again."""
    code, out, _ = broadcast(capsys, "simulate", "--fail", "host.start")
    assert code == 0
    assert "host.start fails [F1 refuse]" in out
    assert "start_broadcast failed: host.start failed: refused" in out
    assert "a caller asks: recover" in out
    assert out.splitlines()[-1].startswith("ends in ready after ")


def test_a_trace_replays_and_a_changed_one_diverges(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What `simulate --trace` writes replays with exit code 0; one answer turned around diverges there, with 1."""
    file = tmp_path / "run.jsonl"
    broadcast(capsys, "simulate", "--fail", "host.start", "--trace", str(file))
    assert broadcast(capsys, "replay", str(file))[0] == 0
    rows = file.read_text().splitlines(keepends=True)
    assert '"ok":true' in rows[3]
    file.write_text("".join([*rows[:3], rows[3].replace('"ok":true', '"ok":false'), *rows[4:]]))
    code, out, err = broadcast(capsys, "replay", str(file))
    assert (code, err) == (1, "")
    assert out.startswith("diverges at step 3: ")


def test_the_same_seed_tells_the_same_story(capsys: pytest.CaptureFixture[str]) -> None:
    """Two runs with one seed print the same; another seed takes other times."""
    first, second, other = (broadcast(capsys, "simulate", "--seed", seed)[1] for seed in ("5", "5", "6"))
    assert first == second != other


# -- Graph ----------------------------------------------------------------------------------------


def test_a_graph_is_written_or_printed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """DOT is what a terminal gets; a suffix decides what a file gets, and --format decides against it."""
    assert "digraph" in broadcast(capsys, "graph")[1]
    assert broadcast(capsys, "graph", "--format", "mermaid")[1].startswith("flowchart")
    assert broadcast(capsys, "graph", "--out", str(tmp_path / "a.png"))[:2] == (0, "")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    broadcast(capsys, "graph", "--out", str(tmp_path / "a.txt"), "--format", "svg")
    assert ElementTree.parse(tmp_path / "a.txt").getroot().tag.endswith("svg")


def test_the_procedures_have_a_graph_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    """It shows what the table does not: the steps of a start and their undoing."""
    code, out, _ = broadcast(capsys, "graph", "--what", "procedures", "--format", "dot")
    assert code == 0
    assert "start_broadcast: rollback" in out


def test_a_png_is_not_thrown_at_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Binary output to a terminal is refused with one line that names a way out."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    code, out, err = broadcast(capsys, "graph", "--format", "png")
    assert (code, out) == (2, "")
    assert "--out graph.png" in err


# -- Verify ---------------------------------------------------------------------------------------


def verification(verdict: str) -> Verification:
    """What a verification says that found this verdict in its one cell."""
    steps = (Do("initialize"), Effect("host", 0), Answer("host", 0, ok=True))
    passages = tuple(take(steps, CONFIG))
    witness = Witness(Violation("G4", "something is on"), passages) if verdict == VIOLATED else None
    cells = (Cell("G4", "F1", "forward", verdict, 1, 10, 1, witness),)
    return Verification(1, 0, 0.1, cells, (Claim("networkx", "c", "proved", "e"),), (), SpaceSummary(10, 9, 3, ()), {})


@pytest.mark.parametrize(("verdict", "code"), [(VIOLATED, 1), (UNKNOWN, 3)])
def test_the_exit_code_tells_the_verdict(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verdict: str, code: int
) -> None:
    """A violated guarantee leaves with 1, an answer that is unknown with 3, and the reports are written anyway."""
    monkeypatch.setattr(campaign, "verify", lambda *_: verification(verdict))
    left, out, _ = broadcast(capsys, "verify", "--out", str(tmp_path))
    assert left == code
    assert "G4" in out
    assert (tmp_path / "summary.md").read_text().splitlines()[0].endswith(verdict)


def mechanical(count: int, seed: int, _jobs: int, _progress: object) -> MechanicalScores:
    """The first change of the sources, said to be killed."""
    score = MechanicalScore(mutants()[0], "G6", "explorer", "nothing goes wrong", "it ends in idle", 0.5)
    return MechanicalScores((score,), 1_000, seed)


def test_only_a_thorough_verification_grows_and_bites(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --thorough the answer has the growth, the mutants and a claim about them; without it none of these."""
    growth = (Growth(0, 1, 10, 20, 3, 0.5, 1000),)
    teeth = MutationScore((Score("stops-in-ready", "explorer", ("G13",), 4, 12, "was accepted", 0.25),))
    monkeypatch.setattr(campaign, "verify", lambda *_: verification("proved"))
    monkeypatch.setattr(further, "grow", lambda faults, config, progress: growth)
    monkeypatch.setattr(further, "score_all", lambda engines, jobs, progress: teeth)
    monkeypatch.setattr(further, "score_mechanical", mechanical)
    monkeypatch.setattr(further, "DEEP_SCOPES", ())
    plain, thorough = (json.loads(broadcast(capsys, "verify", "--json", *more)[1]) for more in ((), ("--thorough",)))
    assert not {"growth", "mutants", "mechanical"} & set(plain)
    assert thorough["growth"][0]["states"] == 10
    assert thorough["mutants"]["survivors"] == []
    assert thorough["claims"][-2]["evidence"] == "1 of 1, by G13; explorer 1"
    assert thorough["claims"][-1]["evidence"] == "1 of 1 mechanical mutants are killed (drawn from 1,000 by seed 0)"
    assert thorough["mechanical"]["scores"][0]["engine"] == "explorer"
    assert "--thorough --mechanical 1" in thorough["reproduce"][0]
    assert "--thorough" not in plain["reproduce"][0]


def test_the_witness_of_a_red_cell_replays(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Beside the report lies a trace of each witness, and `broadcast replay` takes it."""
    monkeypatch.setattr(campaign, "verify", lambda *_: verification(VIOLATED))
    broadcast(capsys, "verify", "--out", str(tmp_path))
    file = tmp_path / "witnesses" / "G4-F1-forward.jsonl"
    assert replay(Trace.load(file)).agrees
    assert broadcast(capsys, "replay", str(file))[0] == 0


# -- Manners --------------------------------------------------------------------------------------


def test_a_reader_who_leaves_is_not_told_so() -> None:
    """A closed pipe ends the command without a word."""
    process = command("simulate")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert (process.wait(), process.stderr.read()) == (141, b"")
    process.stderr.close()


def test_an_interrupt_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C leaves with 130 and one line, not with a traceback."""

    def interrupted(*_: object) -> Verification:
        signal.raise_signal(signal.SIGINT)
        raise AssertionError

    monkeypatch.setattr(campaign, "verify", interrupted)
    assert broadcast(capsys, "verify") == (130, "", "broadcast: interrupted\n")


def test_an_alphabet_without_our_signs_is_no_reason_to_fail() -> None:
    """Where the output takes ASCII alone, signs are replaced and the command works."""
    process = command("simulate", PYTHONIOENCODING="ascii")
    out, err = process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert b"ends in ready" in out


def test_a_person_at_a_terminal_is_told_how_long_it_takes() -> None:
    """The bar says what is done, how much of how much, what was found so far, how long it took, and what is left where
    that can be known; in a pipe nothing is said."""
    screen, pipe, begun = StringIO(), StringIO(), ""
    for stream, terminal in ((screen, True), (pipe, False)):
        with progress_bar(Console(file=stream, force_terminal=terminal, width=120)) as tell:
            tell("exploring worlds", 10, 0)
            begun = begun or screen.getvalue()
            tell("looking for causes", 0, 21)
            tell("simulating runs", 250_000, 1_000_000, "2 causes")
            tell("simulating runs", 500_000, 1_000_000, "2 causes")
    assert "left:" not in begun
    for words in ("looking for causes: 0 of 21", "simulating runs: 500,000 of 1,000,000", "2 causes", "0:00:00"):
        assert words in screen.getvalue()
    assert pipe.getvalue() == ""


def test_a_million_runs_without_an_alarm_are_told() -> None:
    """How many runs and steps there were, which faults hit, and how unlikely a violation is: the rule of three."""
    tried = TriedRuns(1_000_000, 60_000_000, coverage=Coverage())
    tried.hit.update({"F1": 2_345, "F3": 7})
    tried.by_design.update({"G4": 3})
    claim = simulated(tried)[0]
    screen = StringIO()
    show_verification(Console(file=screen, width=300), replace(verification("proved"), claims=(claim,)), {"G4": "off"})
    assert (
        "✓ simulator: no simulated run breaks a guarantee: 1,000,000 runs, 60,000,000 steps, runs with each fault: "
        "refuse 2,345, hang 7; broken by design after a fault that allows it: G4 in 3; a run may have more faults than "
        "the search allows; upper bound on the probability of a breach (rule of three) 3e-06 at 95 %"
    ) in screen.getvalue()
