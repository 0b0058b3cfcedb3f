"""The command `broadcast judge`: what it prints, writes and returns for recorded runs, and for what is none."""

import ast
import json
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from simpy.events import Event

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.measures import rules_with
from broadcast_orchestrator.properties.mutants.starting import StartsTheHostFirst
from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.reports.output.formats.schemas import schema
from broadcast_orchestrator.sim.simulate.injection import Fault
from broadcast_orchestrator.sim.simulate.studio import Studio
from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.protocol.messages import Limits
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import Order, Scenario

BROKEN = "broadcast_orchestrator.properties.mutants.starting:StartsTheHostFirst"

SERVER = """
import sys
import time
from broadcast_orchestrator.sim.world.rules_by_name import find_rules
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.protocol.serve import serve

serve(ReferenceSubject(find_rules(sys.argv[1])), sys.stdin.buffer, sys.stdout.buffer)
"""


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """The exit code, the standard output and the standard error."""
    with pytest.raises(SystemExit) as left:
        main(["judge", *map(str, arguments)])
    captured = capsys.readouterr()
    assert isinstance(left.value.code, int)
    return left.value.code, captured.out, captured.err


def trace(file: Path, *faults: Fault, rules: type[Core] = Core) -> Path:
    """A trace of an evening, in the file."""
    studio = Studio(seed=7, faults=faults, rules=rules)

    def commands() -> Generator[Event, Any, None]:
        yield studio.orchestrator.initialize()
        yield studio.orchestrator.start_broadcast("s1")

    studio.run(commands())
    studio.trace.save(file)
    return file


def evidence(file: Path, rules: type[Core]) -> Path:
    """Evidence of such an evening, in the file."""
    orders = (Order("initialize"), Order("start_broadcast", "s1"))
    play(Scenario(orders), ReferenceSubject(rules), Limits()).save(file)
    return file


def test_a_recording_with_measures_is_judged_by_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The rules of this package need not be named again; a measure that there is none of is somebody's own rules."""
    file = trace(tmp_path / "run.jsonl", rules=rules_with(["read-back", "reconciled"]))
    code, told, _ = run(capsys, file)
    assert (code, told.splitlines()[0]) == (0, f"✓ {file} keeps the guide, as far as it shows ({steps(file)} steps)")
    file.write_text(file.read_text().replace("read-back,reconciled", "read-back,magic", 1))
    code, _, mistake = run(capsys, file)
    assert code == 2
    assert "add --rules broadcast_orchestrator.model.measures:read-back,magic to judge those" in mistake


def steps(file: Path) -> int:
    """How many steps the trace has."""
    return len(file.read_text().splitlines()) - 1


def test_a_run_that_breaks_nothing_is_as_claimed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Exit code 0, the verdict first, and what could not be judged after it."""
    code, out, err = run(capsys, trace(tmp_path / "run.jsonl"))
    assert (code, err) == (0, "")
    assert out.startswith(f"✓ {tmp_path / 'run.jsonl'} keeps the guide, as far as it shows (")
    assert "Not observable\n" in out
    assert "  what time it is: G7 in time, G10 emergency in time\n" in out


def test_what_is_broken_is_told_in_the_words_of_a_check(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Exit code 1, and of each violation what was expected, what was observed and when, and the steps up to it."""
    file = trace(tmp_path / "run.jsonl", Fault("host.start", "empty_success", first=1))
    code, out, _ = run(capsys, file)
    assert code == 1
    assert out.startswith(f"✗ {file} breaks the guide: G3 (")
    assert "\n1. G3: host is off in live\n" in out
    assert " · off air when it should be on · at rest in live\n" in out
    assert "   expected: Quiet and live: feed, session, host and producer are on" in out
    assert "   observed: host is off in live (at " in out
    assert "host.start reports success, though nothing happened [F8 empty_success]" in out
    assert "   serves: SU-10, ST-10, UT-3, CX-4\n" in out


def test_a_recording_that_was_cut_off_is_unknown(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Exit code 3: what there is was judged, and what is not known is said, the torn line by its number."""
    file = trace(tmp_path / "run.jsonl")
    file.write_bytes(file.read_bytes()[:-200])
    code, out, _ = run(capsys, file)
    assert code == 3
    assert out.startswith(f"? {file}: nothing is broken in ")
    assert "Not known\n" in out
    assert "is cut off, and was left out\n" in out
    assert "the recording ends in the midst of start_broadcast; what came then is not known\n" in out


def test_of_several_recordings_the_gravest_decides(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Each is told; violated comes before unknown."""
    cut = trace(tmp_path / "cut.jsonl")
    cut.write_bytes(cut.read_bytes()[:-200])
    broken = evidence(tmp_path / "broken.jsonl", StartsTheHostFirst)
    code, out, _ = run(capsys, cut, broken, trace(tmp_path / "good.jsonl"), "--json")
    told = json.loads(out)
    jsonschema.Draft202012Validator.check_schema(schema("judge"))
    jsonschema.Draft202012Validator(schema("judge")).validate(told)
    assert code == 1
    assert [(each["kind"], each["verdict"]) for each in told["recordings"]] == [
        ("trace", "unknown"),
        ("evidence", "violated"),
        ("trace", "clean"),
    ]
    assert "G8" in {each["guarantee"] for each in told["recordings"][1]["broken"]}


def test_the_folder_has_pages_and_tests(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A page of each recording; of what a trace breaks a test that fails; of what evidence breaks tests that ask the
    implementation again, in Python and in TypeScript, where one is named."""
    (tmp_path / "server.py").write_text(SERVER)
    one = trace(tmp_path / "one.jsonl", rules=StartsTheHostFirst)
    two = evidence(tmp_path / "two.jsonl", StartsTheHostFirst)
    subject = f"{sys.executable} {tmp_path / 'server.py'} {BROKEN}"
    code, _, _ = run(capsys, one, two, "--rules", BROKEN, "--subject", subject, "--out", tmp_path / "out")
    names = sorted(file.name for file in (tmp_path / "out").glob("*"))
    assert code == 1
    assert {"judge.json", "one.html", "two.html", "test_one_g8.py"} <= set(names)
    asking = next(name for name in names if name.startswith("test_two_g8"))
    assert [name for name in names if name.startswith("two-g8") and name.endswith(".test.ts")]
    assert "broken: G8" in (tmp_path / "out" / "one.html").read_text(encoding="utf-8")
    for name in ("test_one_g8.py", asking):
        ast.parse((tmp_path / "out" / name).read_text(encoding="utf-8"))
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", name],
            cwd=tmp_path / "out",
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 1, ran.stdout
        assert "1 failed" in ran.stdout


def test_a_trace_of_other_rules_says_what_to_add(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What a trace names is not imported unasked."""
    code, out, err = run(capsys, trace(tmp_path / "run.jsonl", rules=StartsTheHostFirst))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"run.jsonl: made by the rules {BROKEN}, add --rules {BROKEN}" in err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read: No such file or directory"),
        ("", "is empty"),
        ("not a run\n", "line 1 begins no recorded run"),
        ('{\n "format": 1,\n "findings": []\n}\n', "is a report, which is judged already"),
        ('{"format":"broadcast-trace","version":1}\n', "line 1: made_by: missing"),
    ],
)
def test_what_is_no_recorded_run_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str | None, words: str
) -> None:
    """Exit code 2, with the file and what is wrong with it; nothing is judged."""
    file = tmp_path / "file.jsonl"
    if content is not None:
        file.write_text(content)
    code, out, err = run(capsys, trace(tmp_path / "good.jsonl"), file)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"{file}" in err
    assert words in err


def test_without_a_file_there_is_nothing_to_judge(capsys: pytest.CaptureFixture[str]) -> None:
    """One line that says what to try."""
    code, out, err = run(capsys)
    assert (code, out) == (2, "")
    assert err == "broadcast: judge: there is no file to judge, try broadcast judge evening.jsonl\n"


# -- Following ------------------------------------------------------------------------------------


def following(file: Path, *options: str) -> "subprocess.Popen[str]":
    """The command in a process of its own, which follows the file."""
    script = "from broadcast_orchestrator.reports.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", script, "judge", "--follow", str(file), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    if not options:
        assert process.stdout.readline() == f"following {file} (Ctrl-C ends it)\n"
    return process


def empty_success(file: Path) -> list[str]:
    """The lines of an evening on which the host is off in live."""
    return trace(file, Fault("host.start", "empty_success", first=1)).read_text().splitlines(keepends=True)


def test_following_tells_what_is_broken_as_soon_as_it_is(tmp_path: Path) -> None:
    """Before the rest of the file is there; a line that is not whole yet says nothing. The end of the recording ends
    it, with the whole verdict."""
    lines, file = empty_success(tmp_path / "whole.jsonl"), tmp_path / "run.jsonl"
    file.touch()
    live = next(number for number, line in enumerate(lines, 1) if '"state":"live"' in line)
    process = following(file)
    assert process.stdout is not None
    with file.open("a") as written:
        for line in lines[:live]:
            written.write(line[:30])
            written.flush()
            written.write(line[30:])
            written.flush()
        told = [process.stdout.readline() for _ in range(2)]
        assert told == ["\n", "1. G3: host is off in live\n"]
        written.writelines([*lines[live:], '{"ended":"closed"}\n'])
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (1, "")
    assert out.count("1. G3: host is off in live\n") == 1
    assert f"✗ {file} breaks the guide: G3 (" in out


def test_following_is_ended_by_whoever_watches(tmp_path: Path) -> None:
    """Ctrl-C, and what was not seen to its end is not known."""
    lines, file = empty_success(tmp_path / "whole.jsonl"), tmp_path / "run.jsonl"
    file.write_text("".join(lines[:5]))
    process = following(file)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (3, "")
    assert f"? {file}: nothing is broken in 4 steps, but not all is known\n" in out


def test_following_as_json_prints_one_object(tmp_path: Path) -> None:
    """When it is over."""
    file = tmp_path / "run.jsonl"
    file.write_text("".join([*empty_success(tmp_path / "whole.jsonl"), '{"ended":"closed"}\n']))
    out, err = following(file, "--json").communicate(timeout=60)
    assert err == ""
    assert [each["verdict"] for each in json.loads(out)["recordings"]] == ["violated"]


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot be read: No such file"), ("not a run\n", "line 1 begins no recorded run"), ("nothing", "line 1")],
)
def test_what_cannot_be_followed_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str | None, words: str
) -> None:
    """Exit code 2, at once."""
    file = tmp_path / "file.jsonl"
    if content is not None:
        file.write_text(content)
    code, _, err = run(capsys, "--follow", file)
    assert (code, err.count("\n")) == (2, 1)
    assert words in err


def test_only_one_file_is_followed(capsys: pytest.CaptureFixture[str]) -> None:
    """Two are one too many."""
    code, _, err = run(capsys, "--follow", "one.jsonl", "two.jsonl")
    assert (code, err) == (2, "broadcast: --follow: follows one file, leave out the others\n")
