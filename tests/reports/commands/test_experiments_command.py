"""The commands `broadcast experiment` and `broadcast compare`: what they print, write and answer."""

import json
import random
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.sim.experiments.files import names
from broadcast_orchestrator.sim.world.trace import Trace, replay

QUICK = """
name = "quick"
seed = 3
runs = 60
[config]
retry_delay = 10
[latency]
"*" = { distribution = "exponential", mean_ms = 20 }
[[faults]]
call = "host.start"
kind = "refuse"
probability = 0.3
[[commands]]
at_ms = 0
command = "initialize"
[[commands]]
when = "ready"
command = "start_broadcast"
session_id = "s1"
[[expect]]
measure = "start_succeeds"
at_least = 0.4
"""


@pytest.fixture
def quick(tmp_path: Path) -> Path:
    """An experiment file that takes no time."""
    (tmp_path / "quick.toml").write_text(QUICK, "utf-8")
    return tmp_path / "quick.toml"


def broadcast(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """The exit code, the standard output and the standard error of one command."""
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    assert isinstance(left.value.code, int)
    return left.value.code, captured.out, captured.err


def answer(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    """The object that `--json` prints."""
    found: dict[str, Any] = json.loads(broadcast(capsys, "experiment", *arguments, "--json")[1])
    return found


def test_json_is_one_object_and_nothing_else(capsys: pytest.CaptureFixture[str], quick: Path) -> None:
    """It has the question and its answer, the runs, the estimates, the claims with verdicts, what went wrong, and
    the seeds that replay."""
    found = answer(capsys, quick)
    keys = ["name", "question", "answer", "verdict", "seed", "runs", "estimates", "claims", "failed", "failures"]
    assert list(found) == keys
    assert (found["name"], found["seed"], found["runs"]) == ("quick", 3, 60)
    (share,) = (each for each in found["estimates"] if each["measure"] == "start_succeeds")
    assert set(share) == {"measure", "statistic", "estimate", "low", "high", "confidence", "n"}
    assert share["n"] == 60
    assert share["low"] < share["estimate"] < share["high"]
    (claim,) = found["claims"]
    assert (claim["claim"], claim["verdict"]) == ("start_succeeds is at least 40 %", "held")
    assert found["failed"] == 60 - round(60 * share["estimate"])
    (cause,) = found["failures"]
    assert (cause["cause"], cause["why"], cause["runs"]) == (
        "start_broadcast: host.start failed (refuse), rolled back", "not start_succeeds", found["failed"]
    )  # fmt: skip
    assert isinstance(cause["examples"][0]["seed"], int)


def test_swept_settings_are_in_every_estimate(capsys: pytest.CaptureFixture[str], quick: Path) -> None:
    """The estimates and claims of each point say which settings they are for, and --set changes the file first."""
    quick.write_text(QUICK + '[[sweep]]\nsetting = "config.max_retries"\nvalues = [0, 1]\n', "utf-8")
    found = answer(capsys, quick, "--set", "faults.1.probability=0", "--runs", 5)
    assert found["runs"] == 10
    assert {each["settings"]["config.max_retries"] for each in found["estimates"]} == {0, 1}
    assert [claim["settings"] for claim in found["claims"]] == [{"config.max_retries": 0}, {"config.max_retries": 1}]
    assert found["failures"] == []


def test_the_answer_fits_its_published_schema(capsys: pytest.CaptureFixture[str], quick: Path) -> None:
    """Plain, swept, and with exact values: all of it is described, and what the schema does not know is refused."""
    schema = json.loads(broadcast(capsys, "experiment", "--schema", "--json")[1])
    jsonschema.Draft202012Validator.check_schema(schema)
    swept = QUICK + '[[sweep]]\nsetting = "config.max_retries"\nvalues = [0, 1]\n'
    found: dict[str, Any] = {}
    for text, more in ((QUICK, ["--exact"]), (swept, []), (swept, ["--until", "decided"])):
        quick.write_text(text, "utf-8")
        found = answer(capsys, quick, *more)
        jsonschema.validate(found, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found | {"more": 1}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found | {"claims": [found["claims"][0] | {"verdict": "perhaps"}]}, schema)


@pytest.mark.parametrize(("at_least", "code"), [("0.4", 0), ("0.95", 1), ("0.7", 3)])
def test_the_exit_code_is_the_verdict(
    capsys: pytest.CaptureFixture[str], quick: Path, at_least: str, code: int
) -> None:
    """0 where the claim is held, 1 where it is violated, 3 where the runs cannot tell."""
    assert broadcast(capsys, "experiment", quick, "--set", f"expect.1.at_least={at_least}")[0] == code


def test_a_failure_is_replayed_by_its_seed(capsys: pytest.CaptureFixture[str], quick: Path, tmp_path: Path) -> None:
    """The seed of a failure makes the run again and says what went wrong; its trace replays."""
    seed = answer(capsys, quick)["failures"][0]["examples"][0]["seed"]
    code, out, _ = broadcast(capsys, "experiment", quick, "--replay", seed, "--trace", tmp_path / "t.jsonl")
    assert code == 1
    assert "went wrong: not start_succeeds" in out
    assert replay(Trace.load(tmp_path / "t.jsonl")).agrees


def test_a_folder_gets_everything(capsys: pytest.CaptureFixture[str], quick: Path, tmp_path: Path) -> None:
    """Results, answer, report, pictures in two formats, and a trace of each failure and of a sample that replays."""
    out = tmp_path / "out"
    code, printed, _ = broadcast(capsys, "experiment", quick, "--out", out, "--exact")
    assert (code, "60 of them new" in printed, "70.0 %" in printed) == (0, True, True)
    answered = json.loads((out / "answer.json").read_text("utf-8"))
    for failure in answered["failures"]:
        assert replay(Trace.load(out / "failures" / f"0-{failure['examples'][0]['run']}.jsonl")).agrees
    assert replay(Trace.load(out / "sample" / "0-0.jsonl")).agrees
    for name in ("time_to_live", "strikes"):
        assert (out / "pictures" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert b"<svg" in (out / "pictures" / f"{name}.svg").read_bytes()
    page = (out / "report.html").read_text("utf-8")
    assert "of starts get through" in page
    assert "every claim holds (1 of 1 held)" in page
    assert page.count("data:") == 0
    assert page.count("<script") == 1
    assert not re.findall(r'(?:src|href)="?http', page)
    files = {file: file.read_bytes() for file in sorted(out.rglob("*")) if file.is_file()}
    assert "none of them new" in broadcast(capsys, "experiment", quick, "--out", out, "--exact")[1]
    assert {file: file.read_bytes() for file in sorted(out.rglob("*")) if file.is_file()} == files


@pytest.mark.parametrize(
    ("limit", "runs", "counts"), [(0.4, 60, ("1", "0", "0")), (0.95, 60, ("1", "1", "0")), (0.7, 20, ("1", "0", "1"))]
)
def test_a_claim_is_a_case_of_junit(
    capsys: pytest.CaptureFixture[str], quick: Path, tmp_path: Path, limit: float, runs: int, counts: tuple[str, ...]
) -> None:
    """A claim that holds passes, a violated one fails with the seed and the commands that make its runs again, an
    undecided one is skipped."""
    quick.write_text(QUICK.replace("at_least = 0.4", f"at_least = {limit}"), "utf-8")
    broadcast(capsys, "experiment", quick, "--runs", runs, "--out", tmp_path / "out")
    (suite,) = ElementTree.parse(tmp_path / "out" / "junit.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == counts
    assert suite.get("name") == "experiment.quick"
    for failure in suite.iter("failure"):
        told = (failure.text or "").splitlines()
        assert "seed: 3" in told
        assert f"replay: broadcast experiment {quick} --runs 60 --seed 3" in told
        assert any(line.startswith("run ") and "--replay" in line for line in told)


def test_an_experiment_without_claims_is_a_case_that_passes(
    capsys: pytest.CaptureFixture[str], quick: Path, tmp_path: Path
) -> None:
    """It claims nothing, so that its runs were made is all that can be told."""
    quick.write_text(QUICK.partition("[[expect]]")[0], "utf-8")
    broadcast(capsys, "experiment", quick, "--out", tmp_path / "out")
    ((case,),) = ElementTree.parse(tmp_path / "out" / "junit.xml").getroot()
    assert (case.get("name"), len(case)) == ("60 runs made", 0)


def test_the_runs_can_be_had_as_parquet(
    capsys: pytest.CaptureFixture[str], quick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row a run, with flags, numbers and text as what they are; without a folder there is no place for it."""
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")
    monkeypatch.setattr("broadcast_orchestrator.sim.campaign.parquet.ROWS", 17)
    broadcast(capsys, "experiment", quick, "--out", tmp_path / "out", "--parquet")
    table = parquet.read_table(tmp_path / "out" / "runs.parquet").to_pydict()
    assert table["run"] == list(range(60))
    assert set(table["start_succeeds"]) == {True, False}
    assert set(table["ends_in"]) == {"live", "error"}
    assert [time is None for time in table["time_to_live_ms"]] == [not live for live in table["goes_live"]]
    code, _, err = broadcast(capsys, "experiment", quick, "--parquet")
    assert (code, "add --out DIR" in err) == (2, True)


def test_text_in_a_file_is_shown_as_text(capsys: pytest.CaptureFixture[str], quick: Path, tmp_path: Path) -> None:
    """A name that looks like a tag is no tag in the report."""
    quick.write_text(QUICK.replace('"quick"', '"<b>quick"'), "utf-8")
    broadcast(capsys, "experiment", quick, "--runs", 5, "--out", tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "<b>quick" not in page
    assert "&lt;b&gt;quick" in page


def test_the_library_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Every shipped experiment has its line, with what it asks."""
    code, out, _ = broadcast(capsys, "experiment", "--list")
    assert code == 0
    assert [name for name in names() if name not in out] == []
    assert "Go Live is clicked twice" in " ".join(out.split())


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """It is JSON, and knows the tables of a file."""
    code, out, _ = broadcast(capsys, "experiment", "--schema")
    assert code == 0
    assert {"config", "latency", "faults", "commands", "sweep", "expect"} <= set(json.loads(out)["properties"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "broadcast experiment --list"),
        (("flaky-hst",), "did you mean 'flaky-host'?"),
        (("healthy", "--set", "config"), "expected KEY=VALUE"),
        (("healthy", "--set", "config.max_retires=1"), "did you mean 'max_retries'?"),
        (("healthy", "--jobs", "0"), "--jobs 0: expected a number from 1"),
        (("healthy", "--runs", "0"), "runs: expected greater than or equal to 1"),
        (("healthy", "--until", "precision=0"), "try --until precision=0.01"),
        (("healthy", "--trace", "t.jsonl"), "goes with --replay SEED"),
        (("healthy", "--until", "done"), "try --until precision=0.01"),
    ],
)
def test_bad_usage_is_answered_by_one_line(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: str
) -> None:
    """Exit code 2, nothing on standard output, one line that says what to try."""
    code, out, err = broadcast(capsys, "experiment", *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert told in err


def test_every_mistake_in_a_file_is_a_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Two mistakes are two lines, each with the name of the command before it."""
    (tmp_path / "bad.toml").write_text('name = "x"\nseeds = 1\n[config]\nmax_retires = 1\n', "utf-8")
    code, _, err = broadcast(capsys, "experiment", tmp_path / "bad.toml")
    assert code == 2
    assert [line.split(": ")[0] for line in err.splitlines()] == ["broadcast"] * 3
    assert "line 4: config.max_retires" in err


def test_other_results_in_the_folder_are_not_touched(
    capsys: pytest.CaptureFixture[str], quick: Path, tmp_path: Path
) -> None:
    """Another seed in the same folder is refused in one line."""
    broadcast(capsys, "experiment", quick, "--runs", 5, "--out", tmp_path / "out")
    code, _, err = broadcast(capsys, "experiment", quick, "--runs", 5, "--seed", 9, "--out", tmp_path / "out")
    assert (code, "another experiment" in err, err.count("\n")) == (2, True, 1)


def test_a_comparison_finds_a_regression(capsys: pytest.CaptureFixture[str], quick: Path, tmp_path: Path) -> None:
    """Exit code 1 and the worse numbers where more goes wrong; 0 the other way round; 2 where there are no results."""
    broadcast(capsys, "experiment", quick, "--out", tmp_path / "a")
    broadcast(capsys, "experiment", quick, "--out", tmp_path / "b", "--set", "faults.1.probability=0.9")
    code, out, _ = broadcast(capsys, "compare", tmp_path / "a", tmp_path / "b")
    assert (code, "worse" in out, "held before, violated now" in out) == (1, True, True)
    code, out, _ = broadcast(capsys, "compare", tmp_path / "b", tmp_path / "a" / "results.sqlite", "--json")
    assert (code, json.loads(out)["regression"]) == (0, False)
    code, _, err = broadcast(capsys, "compare", tmp_path / "a", tmp_path / "c")
    assert (code, err.count("\n")) == (2, 1)


def test_help_does_not_wait_for_what_experiments_need() -> None:
    """Asking for help imports neither the checks of files nor statistics nor pictures."""
    code = (
        "import sys\nfrom broadcast_orchestrator.reports.cli import main\n"
        "try: main(['experiment', '--help'])\nexcept SystemExit: pass\n"
        "print([name for name in ('pydantic', 'scipy', 'joblib', 'matplotlib', 'simpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


# -- Damaged results ------------------------------------------------------------------------------


def test_a_damaged_results_file_is_bad_input(capsys: pytest.CaptureFixture[str], quick: Path, tmp_path: Path) -> None:
    """Bytes changed, cut off or zeroed at random: the file is refused in one line, or read where nothing was hit that
    anybody reads; never a traceback, never a verdict from half a file."""
    broadcast(capsys, "experiment", quick, "--out", tmp_path / "sound")
    whole = (tmp_path / "sound" / "results.sqlite").read_bytes()
    chance, codes = random.Random(5), Counter[int]()
    (tmp_path / "damaged").mkdir()
    for number in range(60):
        data = bytearray(whole)
        at = chance.randrange(len(data))
        if number % 3 == 0:
            data[at : at + chance.randrange(1, 40)] = chance.randbytes(20)
        elif number % 3 == 1:
            del data[at:]
        else:
            data[at : at + 3_000] = bytes(3_000)
        (tmp_path / "damaged" / "results.sqlite").write_bytes(data)
        code, _, err = broadcast(capsys, "compare", tmp_path / "sound", tmp_path / "damaged")
        codes[code] += 1
        assert code == 0 or (code == 2 and err.startswith("broadcast: ")), (number, err)
    assert codes[2] > 40


def test_a_locked_results_file_says_so(
    capsys: pytest.CaptureFixture[str], quick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program holds the file: that is said before it is waited for, and again in one line when that was long
    enough."""
    monkeypatch.setattr("broadcast_orchestrator.sim.campaign.store.PATIENCE_S", 0.2)
    broadcast(capsys, "experiment", quick, "--out", tmp_path)
    other = sqlite3.connect(tmp_path / "results.sqlite")
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    code, _, err = broadcast(capsys, "experiment", quick, "--runs", 80, "--out", tmp_path)
    other.close()
    held = f"broadcast: {tmp_path / 'results.sqlite'}: is locked by another program"
    assert (code, err) == (2, f"{held}; waiting up to 0.2 seconds\n{held}; try again when that has ended\n")
