"""The command `broadcast check`: what it prints, writes and returns, for good, broken and hostile implementations."""

import ast
import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from rich.console import Console

from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.reports.commands.own_code.check import fitted
from broadcast_orchestrator.reports.output.formats.schemas import schema

SERVER = """
import sys
from broadcast_orchestrator.sim.world.rules_by_name import find_rules
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.protocol.serve import serve

serve(ReferenceSubject(find_rules(sys.argv[1])), sys.stdin.buffer, sys.stdout.buffer)
"""

BROKEN = "broadcast_orchestrator.properties.mutants.starting:StartsTheHostFirst"
RECORDS = "broadcast_orchestrator.properties.mutants.records:RecordsWhereItWasBefore"


@pytest.fixture
def server(tmp_path: Path) -> tuple[str, ...]:
    """A command that serves the rules whose path is appended to it."""
    file = tmp_path / "server.py"
    file.write_text(SERVER)
    return (sys.executable, str(file))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The exit code of `broadcast check` and what it printed."""
    with pytest.raises(SystemExit) as done:
        main(["check", *arguments])
    printed = capsys.readouterr()
    return int(done.value.code or 0), printed.out, printed.err


def test_a_broken_implementation_is_told_as_a_story(
    capsys: pytest.CaptureFixture[str], server: tuple[str, ...]
) -> None:
    """The verdict comes first, then the finding with its steps, what was expected, and how to see it again."""
    code, out, _ = run(capsys, "--scenarios", "20", "--", *server, BROKEN)
    assert code == 1
    first, *rest = out.splitlines()
    assert first == "✗ reference breaks the guide: 1 finding in 20 scenarios"
    assert "1. G8: host.start is out of order" in rest
    assert "   1. A caller asks: initialize." in rest
    assert "   2. When all is quiet, a caller asks: start_broadcast." in rest
    assert any(line.startswith('   replay: broadcast check --replay \'{"orders":[') for line in rest)


def test_json_is_one_object_with_every_field(capsys: pytest.CaptureFixture[str], server: tuple[str, ...]) -> None:
    """A machine gets one object and nothing else."""
    code, out, err = run(capsys, "--json", "--scenarios", "20", "--", *server, BROKEN)
    data = json.loads(out)
    assert (code, err, out.count("\n")) == (1, "", 1)
    assert {"scenarios", "seconds", "findings", "readings", "baseline"} <= set(data)
    finding = data["findings"][0]
    assert {"id", "guarantee", "rank", "title", "steps", "expected", "observed", "replay"} <= set(finding)
    assert (data["scenarios"], finding["guarantee"], finding["events"]) == (20, "G8", 2)
    assert finding["why"][0]["without"] == "that does not happen; it ends in idle"


def test_what_json_prints_follows_the_published_schema(
    capsys: pytest.CaptureFixture[str], server: tuple[str, ...], tmp_path: Path
) -> None:
    """New, known and accepted findings, a baseline with a fixed one and a dialect: all is as published, and no less."""
    known, dialect = tmp_path / "known.toml", tmp_path / "ours.toml"
    known.write_text('[[known]]\nid = "G4-00000000"\ntitle = "long gone"\n')
    dialect.write_text('[[reading]]\nguarantee = "G8"\nbecause = "Our host wants to be first."\n')
    validator = jsonschema.Draft202012Validator(schema("check"))
    jsonschema.Draft202012Validator.check_schema(schema("check"))
    options: list[tuple[str, ...]] = [(), ("--baseline", str(known)), ("--dialect", str(dialect))]
    printed = [run(capsys, "--json", "--scenarios", "20", *each, "--", *server, BROKEN)[1] for each in options]
    for out in printed:
        validator.validate(json.loads(out))
    data = json.loads(printed[-1])
    assert (data["accepted"][0]["status"], data["unused"]) == ("accepted", [])
    for name in ("verdict", "findings", "unused"):
        assert not validator.is_valid({key: value for key, value in data.items() if key != name})


def test_what_matters_to_a_replay_is_in_every_export(
    capsys: pytest.CaptureFixture[str], server: tuple[str, ...], tmp_path: Path
) -> None:
    """A finding under a dialect is judged by that dialect when it is played again, from whatever was exported."""
    dialect, out = tmp_path / "ours.toml", tmp_path / "out"
    dialect.write_text('[[reading]]\nguarantee = "G12"\nwhere = "nowhere at all"\nbecause = "x"\n')
    run(capsys, "--scenarios", "20", "--out", str(out), "--dialect", str(dialect), "--", *server, BROKEN)
    assert f'load_dialect("{dialect}")' in next(out.glob("test_*.py")).read_text()
    assert f'"--dialect", "{dialect}"];' in next(out.glob("*.test.ts")).read_text()
    assert f"--dialect {dialect} -- " in next(out.glob("g8-*.md")).read_text()
    dialect.write_text('[[reading]]\nguarantee = "G8"\nbecause = "Our host wants to be first."\n')
    evidence = str(next(out.glob("g8-*.jsonl")))
    assert run(capsys, "--replay", evidence, "--dialect", str(dialect), "--", *server, BROKEN)[0] == 0
    assert run(capsys, "--replay", evidence, "--", *server, BROKEN)[0] == 1


def test_a_service_that_is_never_called_is_named(capsys: pytest.CaptureFixture[str], server: tuple[str, ...]) -> None:
    """Most likely its store is not replaced at all, which no finding can say; so the report does."""
    out = run(
        capsys, "--scenarios", "20", "--", *server, "broadcast_orchestrator.properties.mutants.backends:WritesNoLive"
    )[1]
    assert "Never called: convex. If the implementation uses them" in out
    assert "Never called" not in run(capsys, "--scenarios", "20", "--", *server, BROKEN)[1]


def test_lines_fit_a_terminal_and_stay_whole_in_a_pipe() -> None:
    """A terminal gets rows of its width, indented after the first; what is piped can be searched line by line."""
    line = "   expected: " + "all of it is undone in reverse, or named, " * 4
    narrow = Console(force_terminal=True, width=60)
    rows = fitted(line, narrow).splitlines()
    assert max(map(len, rows)) <= 60
    assert [row[:6] for row in rows[1:]] == ["      "] * (len(rows) - 1)
    assert fitted(line, Console(file=StringIO())) == line


def test_a_clean_implementation_that_was_cut_off_is_unknown(
    capsys: pytest.CaptureFixture[str], server: tuple[str, ...]
) -> None:
    """Nothing found before the sweep ended is no proof: exit code 3."""
    code, out, _ = run(capsys, "--scenarios", "10", "--", *server, "broadcast_orchestrator.model.core:Core")
    assert code == 3
    assert out.startswith("? reference: nothing new found in 10 scenarios, but the sweep was cut off")


def test_what_is_written_is_whole(capsys: pytest.CaptureFixture[str], server: tuple[str, ...], tmp_path: Path) -> None:
    """A finding leaves a Python test, a vitest file, evidence, a page, a picture and a text; a check a page, too."""
    out = tmp_path / "out"
    code, _, _ = run(capsys, "--scenarios", "20", "--out", str(out), "--", *server, BROKEN)
    names = sorted(path.name for path in out.iterdir())
    stem = next(name for name in names if name.endswith(".test.ts")).removesuffix(".test.ts")
    assert code == 1
    assert names == sorted(
        [f"{stem}.{kind}" for kind in ("html", "jsonl", "md", "svg", "test.ts")]
        + [f"test_{stem.replace('-', '_')}.py", "check.json", "check.md", "check.sarif", "junit.xml"]
        + [".broadcast-files", "index.html", "transitions.dot", "transitions.svg"]
    )
    for picture in (out / f"{stem}.svg", out / "transitions.svg"):
        assert ElementTree.parse(picture).getroot().tag.endswith("svg")
    assert "G8: host.start is out of order" in (out / f"{stem}.md").read_text()
    assert "from 'vitest'" in (out / f"{stem}.test.ts").read_text()


def test_ci_and_code_scanning_read_the_findings(
    capsys: pytest.CaptureFixture[str], server: tuple[str, ...], tmp_path: Path
) -> None:
    """JUnit XML and SARIF have every finding: a failure and an error while it is new, skipped and suppressed once it is
    in the baseline; and the check as a whole, which is not decided where the sweep was cut off."""
    known = tmp_path / "known.toml"
    run(
        capsys,
        "--scenarios",
        "20",
        "--out",
        str(tmp_path / "new"),
        "--write-baseline",
        str(known),
        "--",
        *server,
        BROKEN,
    )
    run(capsys, "--scenarios", "20", "--out", str(tmp_path / "old"), "--baseline", str(known), "--", *server, BROKEN)
    for name, failed, skipped, suppressed in (("new", 2, 0, False), ("old", 0, 2, True)):
        suite = ElementTree.parse(tmp_path / name / "junit.xml").getroot()[0]
        kinds = [child.tag for case in suite for child in case]
        assert (kinds.count("failure"), kinds.count("skipped")) == (failed, skipped)
        assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("2", str(failed), str(skipped))
        (sarif,) = json.loads((tmp_path / name / "check.sarif").read_text())["runs"]
        (result,) = sarif["results"]
        assert (result["ruleId"], sarif["tool"]["driver"]["rules"][result["ruleIndex"]]["id"]) == ("G8", "G8")
        assert "host.start is out of order" in result["message"]["text"]
        assert result["properties"]["replay"].startswith("broadcast check --replay")
        assert ("suppressions" in result) == suppressed


def test_the_written_python_test_fails_until_the_bug_is_gone(
    capsys: pytest.CaptureFixture[str], server: tuple[str, ...], tmp_path: Path
) -> None:
    """The regression test fails for the broken implementation and passes for the mended one."""
    out = tmp_path / "out"
    run(capsys, "--scenarios", "20", "--out", str(out), "--", *server, BROKEN)
    text = next(out.glob("test_*.py")).read_text()
    name = next(node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))
    for rules, fails in ((BROKEN, True), ("broadcast_orchestrator.model.core:Core", False)):
        space: dict[str, object] = {}
        exec(text.replace(BROKEN, rules), space)
        if fails:
            with pytest.raises(AssertionError, match="out of order"):
                space[name]()  # type: ignore[operator]
        else:
            space[name]()  # type: ignore[operator]


def test_evidence_that_was_written_replays(
    capsys: pytest.CaptureFixture[str], server: tuple[str, ...], tmp_path: Path
) -> None:
    """The evidence of a finding, or its scenario as JSON, shows the same again; a mended implementation passes."""
    out = tmp_path / "out"
    run(capsys, "--scenarios", "20", "--out", str(out), "--", *server, BROKEN)
    evidence = str(next(out.glob("g8-*.jsonl")))
    code, told, _ = run(capsys, "--replay", evidence, "--", *server, BROKEN)
    assert (code, "✗ G8: host.start is out of order" in told) == (1, True)
    code, told, _ = run(capsys, "--replay", '{"orders":[{"command":"initialize"}]}', "--", *server, BROKEN)
    assert (code, told.splitlines()[-1]) == (0, "✓ nothing is broken, and the reference does the same")


def test_a_baseline_keeps_known_findings_from_failing(
    capsys: pytest.CaptureFixture[str], server: tuple[str, ...], tmp_path: Path
) -> None:
    """What was written as known does not fail the next run, and is told as fixed once it is gone."""
    known = str(tmp_path / "known.toml")
    code, out, _ = run(capsys, "--scenarios", "20", "--write-baseline", known, "--", *server, BROKEN)
    assert (code, out.splitlines()[-1]) == (3, f"known from now on: 1 finding, in {known}")
    code, out, _ = run(capsys, "--scenarios", "20", "--baseline", known, "--", *server, BROKEN)
    assert (code, "known: G8-" in out) == (3, True)
    code, out, _ = run(capsys, "--scenarios", "20", "--baseline", known, "--", *server, RECORDS)
    assert (code, "fixed: G8-" in out) == (1, True)


def test_a_dialect_is_listed_under_readings(
    capsys: pytest.CaptureFixture[str], server: tuple[str, ...], tmp_path: Path
) -> None:
    """A departure is told once, and what it accepts is no finding."""
    dialect = tmp_path / "ours.toml"
    dialect.write_text('[[reading]]\nguarantee = "G8"\nbecause = "Our host wants to be first."\n')
    code, out, _ = run(capsys, "--json", "--scenarios", "20", "--dialect", str(dialect), "--", *server, BROKEN)
    data = json.loads(out)
    assert (code, data["findings"]) == (3, [])
    assert data["readings"] == ["G8: Our host wants to be first."]
    assert [each["guarantee"] for each in data["accepted"]] == ["G8"]


HOSTILE = {
    "crashes": "import sys; sys.exit(3)",
    "prints": "print('hello there')",
    "answers nonsense": "import sys\nfor line in sys.stdin: print('{}', flush=True)",
}


@pytest.mark.parametrize("program", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_does_not_speak_the_protocol_is_one_line(capsys: pytest.CaptureFixture[str], program: str) -> None:
    """A program that is no subject ends the command with exit code 2 and one clear line."""
    code, out, err = run(capsys, "--scenarios", "5", "--patience", "5", "--", sys.executable, "-c", program)
    assert (code, out) == (2, "")
    assert err.startswith("broadcast: check: ")
    assert err.count("\n") == 1


LATE_CRASH = """
import sys
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.protocol.serve import serve

class Mortal(ReferenceSubject):
    def _lose(self, step):
        sys.exit("the host took me with it")

    def take(self, steps):
        if any(type(step).__name__ == "GiveCommand" and step.command == "recover" for step in steps):
            sys.exit("I never thought of that")
        return super().take(steps)

serve(Mortal(), sys.stdin.buffer, sys.stdout.buffer)
"""


def test_an_implementation_that_dies_on_the_way_is_a_finding(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A crash in the middle of a scenario is shrunk like anything else, with the last words of the program."""
    file = tmp_path / "mortal.py"
    file.write_text(LATE_CRASH)
    code, out, err = run(capsys, "--json", "--scenarios", "12", "--", sys.executable, str(file))
    findings = json.loads(out)["findings"]
    assert (code, err, [each["guarantee"] for each in findings]) == (1, "", ["subject"])
    assert "I never thought of that" in findings[0]["title"]
    assert findings[0]["steps"] == ["A caller asks: recover."]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "there is no command to start, try broadcast check -- node adapter.mjs"),
        (("--", "no-such-program-anywhere"), "no-such-program-anywhere: cannot be started"),
        (("--scenaros", "5", "--", "x"), "check: --scenaros is unknown, did you mean '--scenarios'?"),
        (("--scenarios", "0", "--", "x"), "--scenarios 0: expected a number above 0"),
        (("--scenarios", "1", "--seconds", "1", "--", "x"), "are both a budget, leave one out"),
        (("--baseline", "nowhere.toml", "--", "x"), "--baseline nowhere.toml: cannot be read"),
        (("--dialect", "nowhere.toml", "--", "x"), "--dialect nowhere.toml: cannot be read"),
        (("--replay", "nowhere.json", "--", "x"), "--replay nowhere.json: cannot be read"),
        (("--faults", "F12,F9", "--", "x"), "--faults F12,F9: unknown name 'F9', try one of: F12, reload, F13"),
        (("--replay", '{"orders":[{"command":"intialize"}]}', "--", "x"), "did you mean 'initialize'?"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    """Bad usage is exit code 2 and one line that says what to try."""
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_the_command_works_as_a_process(server: tuple[str, ...]) -> None:
    """Started like any program, it ends with its code and leaves nothing on standard error."""
    command = [
        sys.executable,
        "-c",
        "from broadcast_orchestrator.reports.cli import main; main()",
        "check",
        "--scenarios",
        "5",
        "--jobs",
        "2",
        "--",
        *server,
        "broadcast_orchestrator.model.core:Core",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (3, "")
