"""The page of a run below its script: what is packed into it, which files it opens, what it says and links to."""

import base64
import hashlib
import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from live_runs import on_air

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.checking import check
from broadcast_orchestrator.properties.model_check.proof import find_witnesses
from broadcast_orchestrator.properties.mutants.starting import StartsTheHostFirst
from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.reports.verify.witnesses import witness_trace
from broadcast_orchestrator.reports.viewer.facts.looks import differences
from broadcast_orchestrator.reports.viewer.facts.page_facts import CallFact, ChangedFact, StepFact
from broadcast_orchestrator.reports.viewer.facts.simulated_facts import SimulatedFacts
from broadcast_orchestrator.reports.viewer.opened import foresee, whole
from broadcast_orchestrator.reports.viewer.packed import packed
from broadcast_orchestrator.reports.viewer.run_page import html
from broadcast_orchestrator.sim.realtime.live_run import LiveRun
from broadcast_orchestrator.sim.realtime.playback import Playback
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.world.world import Scope

STARTS = "broadcast_orchestrator.properties.mutants.starting:StartsTheHostFirst"


class RaisesWhenLive(Core):
    """Is sure of something that is not so when it goes live."""

    def startup_over(self) -> None:
        """Raise."""
        raise AssertionError("no session")


def ran(*arguments: str) -> int:
    """The exit code of the command."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    assert isinstance(ended.value.code, int)
    return ended.value.code


def told(page: str) -> dict[str, Any]:
    """What the page's script is given."""
    found = re.search(r'<script type="application/json" id="run">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    assert isinstance(data, dict)
    return data


def unpacked(columns: dict[str, Any]) -> list[dict[str, Any]]:
    """Columns as the script unpacks them."""
    count = len(next(iter(columns.values()))["at"])
    return [{name: each["values"][each["at"][row]] for name, each in columns.items()} for row in range(count)]


@pytest.fixture(scope="module")
def facts() -> SimulatedFacts:
    """A run of the reference up to live, with all there is to show of it."""
    facts = SimulatedFacts(on_air(LiveRun()))
    facts.news()
    return facts


# -- What is packed -------------------------------------------------------------------------------


def test_what_is_packed_is_what_is_unpacked(facts: SimulatedFacts) -> None:
    """Every field of every step and call comes out as it went in, each value being there once in its column."""
    for records, kind in ((facts.steps, StepFact), (facts.calls, CallFact)):
        columns = json.loads(packed(records, kind))
        assert unpacked(columns) == json.loads(json.dumps(records, default=vars))
        for column in columns.values():
            values = list(map(json.dumps, column["values"]))
            assert len(values) == len({*values})


def test_what_a_step_changes_leads_from_one_look_to_the_next(facts: SimulatedFacts) -> None:
    """The first look, with the changes of all steps, is the last look: nothing that can be seen is left out."""
    look = dict(facts.first_look)
    for step in facts.steps:
        for change in step.changed:
            assert look[change.name] == change.before
            look[change.name] = change.after
    assert look == facts._look(len(facts.steps))
    assert (look["state"], look["truth: host"], look["snapshot: convex.says"]) == ("live", "on", "live")


def test_differences_are_told_by_name() -> None:
    """What is otherwise, new or gone, and nothing that is the same."""
    found = differences({"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "4", "d": "5"})
    assert found == (ChangedFact("b", "2", "4"), ChangedFact("c", "3", ""), ChangedFact("d", "", "5"))


# -- Which files it opens -------------------------------------------------------------------------


def test_a_trace_has_a_page_beside_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """`view` writes it where the trace is, says so, and the page has all of the trace's steps and no violation."""
    trace = tmp_path / "run.jsonl"
    assert ran("simulate", "--fail", "host.start", "--trace", str(trace)) == 0
    assert ran("view", str(trace)) == 0
    assert capsys.readouterr().out.endswith(f"page: {tmp_path / 'run.html'}\n")
    data = told((tmp_path / "run.html").read_text())
    assert len(unpacked(data["steps"])) == len(trace.read_text().splitlines()) - 1
    assert "no guarantee is broken" in (tmp_path / "run.html").read_text()


def test_the_same_run_gives_the_same_page(facts: SimulatedFacts) -> None:
    """Byte for byte."""
    assert html(facts, "run", "studio") == html(facts, "run", "studio")


def test_a_witness_shows_what_it_breaks(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A witness of other rules needs their name, as everywhere; its page is headed by the violation."""
    witness = find_witnesses(Scope(), rules=StartsTheHostFirst, until="G8")["G8"]
    witness_trace(witness, StartsTheHostFirst).save(tmp_path / "witness.jsonl")
    assert ran("view", str(tmp_path / "witness.jsonl")) == 2
    assert f"--rules {STARTS}" in capsys.readouterr().err
    out = tmp_path / "other.html"
    assert ran("view", str(tmp_path / "witness.jsonl"), "--rules", STARTS, "--out", str(out)) == 0
    page = out.read_text()
    assert "</span>G8: " in page
    steps = unpacked(told(page)["steps"])
    assert [each["guarantee"] for each in steps[-1]["broken"]] == ["G8"]


def test_a_witness_that_ends_in_a_raise_says_so() -> None:
    """The last step breaks what the witness is of, though nothing is known to have changed."""
    witness = find_witnesses(Scope(), rules=RaisesWhenLive, until="G7")["G7"]
    facts = whole(Playback(witness_trace(witness, RaisesWhenLive), RaisesWhenLive))
    assert [str(breach.what) for breach in facts.steps[-1].broken] == ["the core raises AssertionError: no session"]


def test_what_is_by_design_is_foreseen() -> None:
    """Only of the guarantee that is said; the page then is not headed by a violation."""
    witness = find_witnesses(Scope(), rules=StartsTheHostFirst, until="G8")["G8"]
    facts = whole(Playback(witness_trace(witness, StartsTheHostFirst), StartsTheHostFirst))
    foresee(facts, lambda breach: "a reason" if breach.guarantee == "G3" else "")
    assert 'class="top violated"' in html(facts, "run", "studio")
    foresee(facts, lambda breach: "a reason" if breach.guarantee == "G8" else "")
    assert 'class="top by-design"' in html(facts, "run", "studio")


def test_evidence_of_a_check_is_opened(tmp_path: Path) -> None:
    """With what the subject says of itself among what each step changes."""
    (finding, *_) = check(partial(ReferenceSubject, StartsTheHostFirst), scenarios=10).findings
    (tmp_path / "evidence.jsonl").write_text(finding.evidence.to_text())
    assert ran("view", str(tmp_path / "evidence.jsonl")) == 0
    page = (tmp_path / "evidence.html").read_text()
    steps = unpacked(told(page)["steps"])
    assert "G8" in {breach["guarantee"] for step in steps for breach in step["broken"]}
    assert "snapshot.state" in {change["name"] for step in steps for change in step["changed"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read: No such file or directory"),
        ("no trace\n", "line 1"),
        ('{"format": "x"}\n', "line 1"),
    ],
)
def test_what_is_no_run_is_told_in_a_line(
    text: str | None, message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The file, what is wrong with it, and exit code 2; nothing is written."""
    file = tmp_path / "run.jsonl"
    if text is not None:
        file.write_text(text)
    assert ran("view", str(file)) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"broadcast: {file}")
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "run.html").exists()


# -- What the page may do -------------------------------------------------------------------------


def test_the_policy_allows_its_two_scripts_alone(facts: SimulatedFacts) -> None:
    """The shared script and the viewer's, by their hashes; whatever a run says can end no element of the page."""
    page = html(facts, "</title><script>alert(1)</script>", "studio")
    scripts = re.findall(r'<script(?: type="module")?>(.*?)</script>', page, re.DOTALL)
    assert len(scripts) == 2
    named = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in scripts]
    assert f"script-src &#39;sha256-{named[0]}&#39; &#39;sha256-{named[1]}&#39;;" in page


def test_without_the_script_the_table_has_every_step(facts: SimulatedFacts) -> None:
    """Its number as the place that `#step-2` leads to, what happens, and what it changed."""
    page = html(facts, "run", "studio")
    rows = re.findall(r'<tr id="step-(\d+)">(.*?)</tr>', page)
    assert [int(number) for number, _ in rows] == list(range(1, len(facts.steps) + 1))
    assert "host.initialize takes effect" in rows[1][1]
    assert "truth: host initialized: no → yes" in rows[1][1]
