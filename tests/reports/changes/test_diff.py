"""`broadcast diff`: what changed from one report to the next, and whether any of it is a change for the worse."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from broadcast_orchestrator.properties.experiments.changes import BETTER, CHANGED, WORSE, Change
from broadcast_orchestrator.reports.changes.differences import differences
from broadcast_orchestrator.reports.changes.saved import parse
from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.reports.output.files import BadInput

CELL = {
    "guarantee": "G2",
    "fault_class": "F1",
    "place": "forward",
    "verdict": "proved",
    "faults": 2,
    "states": 100,
    "happened": 7,
    "witness": None,
    "by_design": "",
}
REPORT: dict[str, Any] = {
    "format": 1,
    "verdict": "proved",
    "sentence": "fine",
    "seconds": 1.0,
    "seed": 0,
    "faults": 2,
    "space": {"states": 100, "transitions": 300, "depth": 9, "bounds": ["at most 2 faults in all", "2 calls"]},
    "cells": [CELL, {**CELL, "place": "rollback"}],
    "claims": [
        {"engine": "networkx", "claim": "idle is reached", "verdict": "proved", "evidence": "a path"},
        {"engine": "simulator", "claim": "recover settles within 43,000 ms", "verdict": "held", "evidence": "300 runs"},
    ],
    "findings": [{"id": "f", "kind": "gap", "clauses": [], "sentence": "a gap", "evidence": "here", "reading": "R1"}],
    "transitions_covered": [
        {"source": "idle", "target": "error", "forced": False, "taken": {"explorer": 5, "simulator": 0}},
        {"source": "idle", "target": "initializing", "forced": False, "taken": {"explorer": 9, "simulator": 4}},
    ],
    "clauses": [
        {"id": "ST-1", "heading": "h", "status": "served", "guarantees": ["G1"], "tests": ["tests/test_a.py"]},
    ],
    "environment": {"python": "CPython 3.11"},
    "reproduce": [],
    "mutants": {
        "scores": [{"mutant": "naps", "engine": "explorer", "by": ["G7"]}],
        "bites": {"G7": ["naps"]},
        "survivors": [],
    },
}
ANSWER: dict[str, Any] = {
    "name": "flaky host",
    "seed": 7,
    "runs": 200,
    "verdict": "held",
    "estimates": [
        {"measure": "start_succeeds", "statistic": "share", "estimate": 0.9, "low": 0.85, "high": 0.95, "n": 200}
    ],
    "claims": [{"claim": "start_succeeds is at least 0.8", "verdict": "held", "estimate": 0.9, "n": 200}],
    "failures": [],
    "failed": 20,
}


def changed(old: dict[str, Any], mend: Callable[[dict[str, Any]], object]) -> tuple[Change, ...]:
    """What changes in a report when it is mended."""
    new = copy.deepcopy(old)
    mend(new)
    return differences(parse(old, "old"), parse(new, "new")).changes


def set_in(*path: str | int, to: object) -> Callable[[dict[str, Any]], None]:
    """A change of one place in a report."""

    def mend(report: Any) -> None:
        for step in path[:-1]:
            report = report[step]
        report[path[-1]] = to

    return mend


def test_a_report_is_no_different_from_itself() -> None:
    """The same report twice shows no change, and nothing worse."""
    found = differences(parse(REPORT, "a"), parse(REPORT, "b"))
    assert (found.changes, found.is_regression, found.sentence) == ((), False, "nothing changed")


@pytest.mark.parametrize(
    ("mend", "change"),
    [
        (
            set_in("cells", 0, "verdict", to="violated"),
            Change("cell", "G2 under F1 at forward", "proved", "violated", WORSE),
        ),
        (
            set_in("cells", 1, "verdict", to="unknown"),
            Change("cell", "G2 under F1 at rollback", "proved", "unknown", WORSE),
        ),
        (
            set_in("cells", 0, "happened", to=0),
            Change("cell", "G2 under F1 at forward", "proved", "not reached", WORSE),
        ),
        (set_in("cells", to=[CELL]), Change("cell", "G2 under F1 at rollback", "proved", "–", WORSE)),
        (
            set_in("claims", 0, "verdict", to="violated"),
            Change("claim", "networkx: idle is reached", "proved", "violated", WORSE),
        ),
        (
            set_in("transitions_covered", 0, "taken", "explorer", to=0),
            Change("coverage", "idle → error by explorer", "5", "0", WORSE),
        ),
        (
            set_in("transitions_covered", 0, "taken", "simulator", to=3),
            Change("coverage", "idle → error by simulator", "0", "3", BETTER),
        ),
        (
            set_in("transitions_covered", 1, "taken", "explorer", to=8),
            Change("coverage", "idle → initializing by explorer", "9", "8", CHANGED),
        ),
        (set_in("faults", to=1), Change("bound", "faults at most", "2", "1", WORSE)),
        (set_in("faults", to=3), Change("bound", "faults at most", "2", "3", BETTER)),
        (
            set_in("claims", 1, "claim", to="recover settles within 45,000 ms"),
            Change(
                "bound", "simulator", "recover settles within 43,000 ms", "recover settles within 45,000 ms", CHANGED
            ),
        ),
        (set_in("space", "states", to=1234), Change("count", "worlds", "100", "1,234", CHANGED)),
        (set_in("mutants", "survivors", to=["naps"]), Change("mutant", "naps", "caught by G7", "survives", WORSE)),
        (set_in("clauses", 0, "tests", to=[]), Change("clause", "ST-1", "G1, tests/test_a.py", "G1", WORSE)),
        (set_in("findings", 0, "reading", to="open"), Change("finding", "a gap", "here (R1)", "here (open)", WORSE)),
        (set_in("environment", "python", to="PyPy"), Change("setting", "python", "CPython 3.11", "PyPy", CHANGED)),
    ],
)
def test_each_change_is_told_once_and_judged(mend: Callable[[dict[str, Any]], None], change: Change) -> None:
    """Whatever changes in a report is one change, and worse exactly where an answer, coverage or evidence was lost."""
    assert changed(REPORT, mend) == (change,)


def test_what_got_worse_comes_first() -> None:
    """A lost cell stands before a new one, and before what is neither."""

    def mend(report: dict[str, Any]) -> None:
        report["space"]["states"] = 5
        report["cells"][0]["place"] = "shutdown"

    assert [change.verdict for change in changed(REPORT, mend)] == ["worse", "better", "changed"]


def test_an_engine_that_is_not_asked_any_more_is_told_in_one_line() -> None:
    """A report of the explorer alone has lost the claims of an engine, and not each of them one by one."""
    found = changed(REPORT, set_in("claims", to=[]))
    assert [change.what for change in found] == ["every claim judged by networkx", "every claim judged by simulator"]


def test_a_class_of_faults_that_is_not_asked_any_more_is_told_in_one_line() -> None:
    """Nor are its cells told one by one, neither those of a guarantee, nor where they are new."""
    more = {**REPORT, "cells": [*REPORT["cells"], {**CELL, "fault_class": "F3"}, {**CELL, "guarantee": "G3"}]}
    told = [("every cell under F3", WORSE), ("every cell of G3", WORSE)]
    lost = changed(more, set_in("cells", to=REPORT["cells"]))
    assert sorted((each.what, each.verdict) for each in lost) == sorted(told)
    gained = changed(REPORT, set_in("cells", to=more["cells"]))
    assert [(each.what, each.before, each.after, each.verdict) for each in gained] == [
        ("every cell under F3", "–", "asked", BETTER),
        ("every cell of G3", "–", "asked", BETTER),
    ]


def test_an_estimate_is_worse_when_the_intervals_do_not_meet() -> None:
    """A share that fell below its old interval is worse, above it better, and within it only changed."""
    for low, high, verdict in ((0.6, 0.8, WORSE), (0.96, 0.99, BETTER), (0.8, 0.9, CHANGED)):
        estimate = {**ANSWER["estimates"][0], "estimate": (low + high) / 2, "low": low, "high": high}
        (found,) = changed(ANSWER, set_in("estimates", to=[estimate]))
        assert (found.kind, found.what, found.verdict) == ("estimate", "start_succeeds (share)", verdict)


def test_a_claim_of_an_experiment_that_fails_is_worse() -> None:
    """A claim that held and is violated now is worse."""
    (found,) = changed(ANSWER, set_in("claims", 0, "verdict", to="violated"))
    assert found == Change("claim", "start_succeeds is at least 0.8", "held", "violated", WORSE)


def test_what_cannot_be_compared_is_refused() -> None:
    """A verification and an experiment, and two different experiments, have nothing in common."""
    with pytest.raises(BadInput, match="nothing to compare"):
        differences(parse(REPORT, "a"), parse(ANSWER, "b"))
    with pytest.raises(BadInput, match="flaky host and other"):
        changed(ANSWER, set_in("name", to="other"))


# -- The command ----------------------------------------------------------------------------------


def diff(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The exit code, the standard output and the standard error of `broadcast diff`."""
    with pytest.raises(SystemExit) as left:
        main(["diff", *arguments])
    captured = capsys.readouterr()
    assert isinstance(left.value.code, int)
    return left.value.code, captured.out, captured.err


def saved(folder: Path, mend: Callable[[dict[str, Any]], object]) -> str:
    """A folder with a report in it."""
    report = copy.deepcopy(REPORT)
    mend(report)
    folder.mkdir()
    (folder / "report.json").write_text(json.dumps(report))
    return str(folder)


def test_the_exit_code_says_whether_it_got_worse(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """1 from good to bad, 0 the other way and for the same; folders and files are both taken."""
    good = saved(tmp_path / "good", set_in("seed", to=0))
    bad = saved(tmp_path / "bad", set_in("cells", 0, "verdict", to="violated"))
    assert diff(capsys, good, bad)[0] == 1
    assert diff(capsys, bad, good)[0] == 0
    assert diff(capsys, good, f"{good}/report.json") == (0, "nothing changed\n", "")


def test_the_table_and_the_json_tell_the_same(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The change is a line of the table and an object of the JSON; markup and commands of terminals stay text."""
    nasty = "<b>[red]\x1b[31m\n::error::x"
    old = saved(tmp_path / "old", set_in("claims", 0, "claim", to=nasty))

    def broken(report: dict[str, Any]) -> None:
        report["claims"][0] |= {"claim": nasty, "verdict": "violated"}

    new = saved(tmp_path / "new", broken)
    code, out, _ = diff(capsys, old, new)
    assert code == 1
    assert "▼ worse" in out
    assert "<b>[red]�[31m�::error::x" in out
    assert out.splitlines()[-1] == "1 got worse"
    told = json.loads(diff(capsys, old, new, "--json")[1])
    assert (told["worse"], told["changes"][0]["what"]) == (True, f"networkx: {nasty}")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "has no report.json and no answer.json"),
        ("{", "report.json: is not JSON"),
        ("[]", "is no report of broadcast verify"),
        ('{"cells": []}', "report.json: format: Field required"),
        (json.dumps({**REPORT, "cells": [{**CELL, "verdict": "perhaps"}]}), "cells.0.verdict: Input should be"),
        (json.dumps({**REPORT, "format": 9}), "format: Input should be 1"),
    ],
)
def test_what_is_no_report_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str | None, words: str
) -> None:
    """Exit code 2, and one line that names the file and the place in it."""
    if content is not None:
        (tmp_path / "report.json").write_text(content)
    code, out, err = diff(capsys, str(tmp_path), str(tmp_path))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert words in err
    assert str(tmp_path) in err


def test_a_place_without_a_report_says_what_to_try(capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not there is one line with its name."""
    code, _, err = diff(capsys, "no-such-folder", "nor-this")
    assert code == 2
    assert err.startswith("broadcast: no-such-folder: cannot be read: No such file or directory; try ")
