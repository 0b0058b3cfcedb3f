"""A core that raises is violated like any other: its runs are taken again, shrunk, explained, replayed and reported."""

import json
from pathlib import Path

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Failure
from broadcast_orchestrator.properties.guarantees.raising import raised_violation
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.properties.model_check.proof import find_witnesses
from broadcast_orchestrator.properties.mutants.kill_search import KillBudget
from broadcast_orchestrator.properties.mutants.mutant import Mutant
from broadcast_orchestrator.properties.mutants.mutation_score import score
from broadcast_orchestrator.properties.witness.explain import explain
from broadcast_orchestrator.properties.witness.shrink import shrink
from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.reports.verify.witnesses import witness_trace
from broadcast_orchestrator.sim.world.trace import replay, walk
from broadcast_orchestrator.sim.world.world import Scope

pytestmark = pytest.mark.usefixtures("untraced")


class AssertsInTheMiddle(Core):
    """Is sure of something that is not so when it goes live."""

    def startup_over(self) -> None:
        """Assert it."""
        if self.core.session is None:
            raise AssertionError("no session")
        super().startup_over()


class LooksForWhatIsNotThere(Core):
    """Looks up an error that nobody has put there."""

    def rollback_over(self) -> None:
        """Look it up."""
        raise KeyError("rollback")


class NeverComesBack(Core):
    """Goes on for ever when a stop fails."""

    def note_failure(self, failure: Failure) -> None:
        """Once more."""
        self.note_failure(failure)


class HasNoWayOut(Core):
    """Raises in every emergency stop."""

    def stops_over(self) -> None:
        """Raise."""
        raise ValueError("no way out")


RAISING = (
    (AssertsInTheMiddle, "G7", "the core raises AssertionError: no session"),
    (LooksForWhatIsNotThere, "G7", "the core raises KeyError: 'rollback'"),
    (NeverComesBack, "G7", "the core raises RecursionError: maximum recursion depth exceeded"),
)
ONE_REFUSAL = Scope(("F1",), limit=1)


@pytest.mark.parametrize(("rules", "guarantee", "what"), RAISING)
def test_a_raise_is_a_violation_with_a_witness(rules: type[Core], guarantee: str, what: str, tmp_path: Path) -> None:
    """The witness ends with the step that raises; its trace replays, is shrunk and explained."""
    witness = find_witnesses(ONE_REFUSAL, rules=rules, until=guarantee)[guarantee]
    assert (witness.violation.guarantee, witness.violation.what) == (guarantee, what)
    trace = witness_trace(witness, rules)
    trace.save(tmp_path / "witness.jsonl")
    again = type(trace).load(tmp_path / "witness.jsonl")
    assert replay(again, rules).agrees
    assert not replay(again, Core).agrees
    assert [passage.step for passage in walk(again, rules)] == [passage.step for passage in witness.passages]
    smaller = shrink(again, guarantee, rules)
    assert smaller.run.violation is not None
    assert smaller.run.violation.what == what
    explanation = explain(again, rules)
    assert explanation is not None
    assert explanation.observed == what


def test_a_way_out_that_raises_is_no_way_out() -> None:
    """What an emergency stop would raise breaks G6 where it would be needed."""
    witness = find_witnesses(Scope(), rules=HasNoWayOut)["G6"]
    assert witness.violation.what == (
        "an emergency stop from idle, or a command after it, raises ValueError: no way out"
    )


@pytest.mark.parametrize("engine", ["explorer", "simulator", "hypothesis"])
def test_every_engine_notices_what_raises(engine: str) -> None:
    """A raise ends a run and not the search."""
    mutant = Mutant(AssertsInTheMiddle, "R1", ("G7",))
    found = score(mutant, engine, KillBudget(worlds=50_000, runs=40, examples=40, rules=30))
    assert "G7" in found.by
    assert found.what.startswith("the core raises AssertionError")


def test_only_the_table_is_told_apart() -> None:
    """A change that the table forbids breaks G1, and everything else that is raised G7."""
    assert raised_violation(ZeroDivisionError()) == Violation("G7", "the core raises ZeroDivisionError", key="raises")


def test_a_core_that_leaves_the_table_has_a_full_report(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Every format is written, tells the one cause first, and says what the verdict leaves out; the code is 1."""
    rules = "broadcast_orchestrator.properties.mutants.stopping:SkipsIdleAfterAStop"
    with pytest.raises(SystemExit) as left:
        main(["verify", "--rules", rules, "--faults", "0", "--only", "table", "--out", str(tmp_path)])
    assert left.value.code == 1
    out = capsys.readouterr().out
    assert "1 cause in 1 of 1 cells with no fault: when convex.idle(s1) succeeds" in out
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert [cause["rule"] for cause in report["causes"]] == ["shutdown_over"]
    assert report["cells"][0]["cause"] == "cause-1"
    for file in ("report.html", "summary.md", "junit.xml"):
        text = (tmp_path / file).read_text(encoding="utf-8")
        assert "cause-1" in text or "## Causes" in text
        assert "Only these guarantees were asked for: G1" in text
    witness = str(tmp_path / "witnesses" / "cause-1.jsonl")
    for command, code in (("replay", 0), ("explain", 1)):
        with pytest.raises(SystemExit) as left:
            main([command, witness, "--rules", rules])
        assert left.value.code == code
