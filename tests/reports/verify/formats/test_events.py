"""What `broadcast verify` tells while it runs, and the annotations that a runner of GitHub shows."""

import io
import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from broadcast_orchestrator.properties.guarantees.verdicts import (
    PROVED,
    UNKNOWN,
    VIOLATED,
    Cell,
    Claim,
    Violation,
    Witness,
)
from broadcast_orchestrator.properties.model_check.proof import CONFIG
from broadcast_orchestrator.properties.verification import campaign
from broadcast_orchestrator.properties.verification.campaign import verify
from broadcast_orchestrator.properties.verification.verification import SpaceSummary, Verification, VerificationScope
from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.reports.output.formats.schemas import schema
from broadcast_orchestrator.reports.verify.formats.annotations import annotation, annotations
from broadcast_orchestrator.reports.verify.formats.events import Events, written_to
from broadcast_orchestrator.reports.verify.report import VerificationReport
from broadcast_orchestrator.reports.verify.witnesses import the_report
from broadcast_orchestrator.sim.world.steps import Answer, Do, Effect
from broadcast_orchestrator.sim.world.trace import take

NASTY = "100 % <b>\r\n::error title=x::y, z: `|"


def cell(verdict: str = PROVED, place: str = "forward", what: str = "something is on", by_design: str = "") -> Cell:
    """A cell of G4; a violated one has a witness."""
    steps = (Do("initialize"), Effect("host", 0), Answer("host", 0, ok=True))
    passages = tuple(take(steps, CONFIG))
    witness = Witness(Violation("G4", what), passages) if verdict == VIOLATED else None
    return Cell("G4", "F1", place, verdict, 1, 10, 1, witness, by_design)


def verification(*cells: Cell, claims: tuple[Claim, ...] = ()) -> Verification:
    """A small verification."""
    return Verification(1, 5, 0.1, cells, claims, (), SpaceSummary(10, 9, 3, ()), {})


def report(*cells: Cell, claims: tuple[Claim, ...] = ()) -> VerificationReport:
    """Its report."""
    return the_report(verification(*cells, claims=claims))


def broadcast(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The exit code, the standard output and the standard error of one command."""
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    captured = capsys.readouterr()
    assert isinstance(left.value.code, int)
    return left.value.code, captured.out, captured.err


def faked(
    faults: int,
    seed: int,
    progress: Callable[[str, int, int], None],
    asked: VerificationScope,
    found: Callable[[Any], None],
    *_: object,
) -> Verification:
    """What a verification does, in no time."""
    made = verification(cell(), cell(VIOLATED, "rollback", NASTY), claims=(Claim("networkx", "c", "proved", "e"),))
    progress("exploring worlds", 10, 0)
    for each in (*made.cells, *made.claims):
        found(each)
    return made


# -- Events ---------------------------------------------------------------------------------------


def test_each_event_is_a_line_as_the_schema_says(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The stream begins with start and ends with finish, tells each cell and claim, and the schema is a valid one."""
    monkeypatch.setattr(campaign, "verify", faked)
    file = tmp_path / "events.ndjson"
    code, out, _ = broadcast(capsys, "verify", "--faults", "1", "--events", str(file))
    assert (code, "G4" in out) == (1, True)
    jsonschema.Draft202012Validator.check_schema(schema("events"))
    told = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    for each in told:
        jsonschema.Draft202012Validator(schema("events")).validate(each)
    assert [each["event"] for each in told] == ["start", "progress", "cell", "cell", "claim", "finish"]
    assert (told[3]["verdict"], told[3]["what"], told[5]["verdict"]) == ("violated", NASTY, "violated")


def test_events_on_standard_output_are_alone_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With --events - every line of standard output is an event, whatever else is asked for."""
    monkeypatch.setattr(campaign, "verify", faked)
    _, out, err = broadcast(capsys, "verify", "--events", "-", "--annotations", "--out", str(tmp_path))
    assert [json.loads(line)["event"] for line in out.splitlines()][-1] == "finish"
    assert err.startswith("::error title=G4 is violated::")


def test_an_event_is_written_at_once(tmp_path: Path) -> None:
    """A reader of the file sees each line while the verification goes on."""
    file = tmp_path / "events.ndjson"
    with written_to(str(file)) as events:
        events.start(1, 0)
        assert json.loads(file.read_text("utf-8"))["event"] == "start"
        events.found(cell())
        assert json.loads(file.read_text("utf-8").splitlines()[-1])["event"] == "cell"


def test_progress_is_told_now_and_then() -> None:
    """Of a hundred steps in ten seconds half are told, one every 0.2 s; the first and the last always are."""
    out, ticks = io.StringIO(), count()
    events = Events(out, clock=lambda: next(ticks) / 20)  # two looks at the clock where one is told
    for done in range(1, 101):
        events.progress("simulating runs", done, 100)
    told = [json.loads(line)["done"] for line in out.getvalue().splitlines()]
    assert (told[0], told[-1]) == (1, 100)
    assert 20 < len(told) < 60


def test_a_stream_that_was_cut_off_has_no_finish(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An interrupted verification leaves what it told so far, and no verdict."""

    def interrupted(*arguments: Any) -> Verification:
        faked(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(campaign, "verify", interrupted)
    file = tmp_path / "events.ndjson"
    assert broadcast(capsys, "verify", "--events", str(file))[0] == 130
    assert [json.loads(line)["event"] for line in file.read_text().splitlines()][-1] == "claim"


def test_a_search_tells_each_cell_that_it_decides() -> None:
    """What is heard while the explorer runs is what the verification has in the end, asked cells alone."""
    heard: list[Cell | Claim] = []
    found = verify(0, asked=VerificationScope(guarantees=("G2", "G3"), faults=("F0",)), found=heard.append)
    assert tuple(heard) == found.cells
    assert [each.guarantee for each in found.cells] == ["G2", "G3"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--events", "-", "--json"), "--events -: leaves no room for --json, try --events FILE"),
        (("--events", "--json"), "--events --json: expected a file or -"),
        (("--events", "no/such/folder/file"), "no/such/folder/file: No such file or directory"),
        (("--since", "no-such-report"), "--since no-such-report: cannot be read: No such file or directory"),
    ],
)
def test_bad_places_are_refused_before_the_work(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    """Exit code 2, nothing on standard output, and one line."""
    code, out, err = broadcast(capsys, "verify", *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert words in err


# -- Annotations ----------------------------------------------------------------------------------


def test_no_text_ends_the_line_of_an_annotation() -> None:
    """Line ends, percent signs, and what separates a title are written as the runner reads them back."""
    line = annotation("error", NASTY, NASTY)
    assert line == (
        "::error title=100 %25 <b> %3A%3Aerror title=x%3A%3Ay%2C z%3A `|::100 %25 <b>%0D%0A::error title=x::y, z: `|"
    )


def test_a_violated_cell_is_an_error_with_its_replay_line() -> None:
    """Cells that share a witness are one error that names them all; what is by design is none."""
    shown = report(cell(VIOLATED), cell(VIOLATED, "rollback"), cell(VIOLATED, "shutdown", "x", "foreseen"))
    (line,) = annotations(shown)
    assert line == (
        "::error title=G4 is violated::something is on%0Aunder F1 at forward, F1 at rollback%0A"
        "replay: broadcast replay witnesses/G4-F1-forward.jsonl%0Aseed: 5"
    )


def test_unknown_is_a_warning_and_a_false_claim_an_error() -> None:
    """A cell that was cut off is a warning, a violated claim an error with the command that asks again."""
    shown = report(cell(UNKNOWN), claims=(Claim("networkx", "c: d", VIOLATED, "no way"),))
    error, warning = annotations(shown)
    assert error.startswith("::error title=networkx%3A c%3A d::no way%0Areplay: broadcast verify --faults 1 --seed 5")
    assert warning == "::warning title=G4 is unknown::the search was cut off under F1 at forward"


@pytest.mark.parametrize(
    ("runner", "options", "annotated"),
    [("true", (), True), ("true", ("--no-annotations",), False), ("", (), False), ("", ("--annotations",), True)],
)
def test_a_runner_of_github_is_told_by_itself(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    runner: str,
    options: tuple[str, ...],
    annotated: bool,
) -> None:
    """Annotations come where GITHUB_ACTIONS is true or where they are asked for, and can be switched off."""
    monkeypatch.setenv("GITHUB_ACTIONS", runner)
    monkeypatch.setattr(campaign, "verify", faked)
    _, out, _ = broadcast(capsys, "verify", *options)
    lines = [line for line in out.splitlines() if line.startswith("::")]
    assert len(lines) == annotated
