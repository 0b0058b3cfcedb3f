"""Random runs: what befalls the orchestrator in them, how that is judged, and what broken cores come to."""

import gc
import json
import subprocess
import sys
from dataclasses import replace

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Failure, TimerKind
from broadcast_orchestrator.properties.guarantees.by_design import beyond_design
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.properties.measures.broken import (
    ForgetsTheBackendOfItsFormerLife,
    SurveysTheFeedAlone,
    Whole,
)
from broadcast_orchestrator.properties.model_check.proof import Proof, ProofSearch
from broadcast_orchestrator.properties.search import random_runs
from broadcast_orchestrator.properties.search.random_runs import RandomRun, TriedRuns, batch, try_runs
from broadcast_orchestrator.properties.search.run_scripts import Befalling, DrawnCommand, Script, script_of
from broadcast_orchestrator.properties.telling.progress import silent
from broadcast_orchestrator.properties.verification import narrowed
from broadcast_orchestrator.properties.verification.narrowed import unheard
from broadcast_orchestrator.properties.verification.verification import VerificationScope
from broadcast_orchestrator.sim.world.steps import Elsewhere, Reload, Suspend

RUNS = 200


class Raises(Core):
    """Does not survive a failed start."""

    def startup_failed(self, failure: Failure) -> None:
        """Look where nothing is."""
        raise LookupError(failure.subject)


@pytest.fixture(scope="module")
def tried() -> TriedRuns:
    """What runs of the reference show."""
    return try_runs(RUNS, 2)


def test_the_three_are_drawn_beside_what_goes_wrong_with_calls(tried: TriedRuns) -> None:
    """Each class that every guarantee must withstand hits in some runs; a reload and another dashboard in fewer than a
    quarter, since after them much is excused."""
    assert all(tried.hit[fault] for fault in ("F1", "F2", "F3", "F4", "F5", "F7", "F9", "F12", "F13", "F14"))
    assert max(tried.hit["F12"], tried.hit["F13"]) < RUNS / 4


def test_what_the_guide_cannot_keep_is_counted_and_no_violation(tried: TriedRuns) -> None:
    """The reference is blamed for nothing; what it breaks after a reload, or beside another dashboard, is by design."""
    assert tried.violations == []
    assert {"G4", "G14", "G17"} <= set(tried.by_design) <= {"G2", "G3", "G4", "G14", "G17"}


def test_they_are_the_same_in_the_studio_and_on_replay(tried: TriedRuns) -> None:
    """All of them were made a second time."""
    assert (tried.replayed, tried.differences) == (RUNS, [])


def test_the_same_seed_gives_the_same_runs(tried: TriedRuns) -> None:
    """Everything that is counted is the same again, in batches of another size."""
    again = TriedRuns()
    for first in (0, 60):
        again.add(batch(2, first, 60 if first == 0 else RUNS))
    assert replace(again, coverage=tried.coverage) == tried
    assert again.coverage.to_json() == tried.coverage.to_json()


WITHOUT_END = """
import gc, json
from broadcast_orchestrator.properties.search import random_runs
from broadcast_orchestrator.sim.world.remembered import transition_cache

random_runs.REPLAYED = 0
transition_cache.LARGEST, transition_cache.MOST_WAYS, transition_cache.ENOUGH = 1_500, 600, 300
held = []
for first in range(0, 1_200, 100):
    random_runs.batch(5, first, first + 100)
    gc.unfreeze()
    gc.collect()
    held.append(len(gc.get_objects()))
print(json.dumps(held))
"""


def test_runs_without_end_have_room() -> None:
    """What was worked out is forgotten, and with it all that was made of it: of twelve hundred runs the last ones hold
    no more than the first did, where there is room for what a hundred come to. (They have a process of their own: what
    else this one keeps would be looked through each time.)"""
    alone = subprocess.run([sys.executable, "-c", WITHOUT_END], capture_output=True, text=True, check=True)
    held = json.loads(alone.stdout)
    assert len(held) == 12
    assert max(held[6:]) < 1.1 * max(held[:6])


@pytest.mark.parametrize("rules", [Core, Raises])
def test_nothing_that_runs_drop_is_in_a_circle(rules: type[Core], monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch leaves nothing for the garbage collector to find, whatever ends its runs."""
    monkeypatch.setattr(random_runs, "REPLAYED", 0)
    monkeypatch.setattr(random_runs, "spare_the_collector", lambda: None)
    batch(2, 0, 60, rules)  # what is made once is there
    gc.collect()
    gc.disable()
    try:
        batch(2, 60, 120, rules)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_no_time_asleep_counts_as_time_that_a_command_took(tried: TriedRuns) -> None:
    """An emergency stop takes 10 s at the most, however long the page sleeps meanwhile."""
    orders = (DrawnCommand("emergency_stop", None, 7.0), Befalling(Suspend(), 40_000.0, 0.0))
    slept = TriedRuns()
    RandomRun("asleep", slept).follow(Script(1, (), orders))
    assert slept.longest_ms["emergency_stop"] == pytest.approx(7.0)
    assert round(tried.longest_ms["emergency_stop"], 3) <= 10_000


def test_with_all_measures_nothing_is_excused(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the same runs such a core is blamed for nothing, and nothing that it does is broken by design."""
    monkeypatch.setattr(random_runs, "REPLAYED", 30)
    tried = try_runs(RUNS, 2, rules=Whole)
    assert (tried.violations, tried.by_design, tried.differences) == ([], {}, [])
    assert tried.hit["F12"]
    assert tried.hit["F13"]


@pytest.mark.parametrize(
    ("rules", "guarantee", "runs"),
    [(SurveysTheFeedAlone, "G17", (140, 160)), (ForgetsTheBackendOfItsFormerLife, "G14", (880, 890))],
)
def test_a_broken_measure_is_told(
    rules: type[Core], guarantee: str, runs: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a core claims to withstand, and does not, is excused in nobody who has the measure."""
    monkeypatch.setattr(random_runs, "REPLAYED", 0)
    tried = batch(3, *runs, rules)
    assert guarantee in {told.split(": ")[1] for told in tried.violations}
    assert all("F12" in hit_by(3, told, rules) for told in tried.violations)


def hit_by(seed: int, told: str, rules: type[Core]) -> dict[str, int]:
    """The faults of the run that is told of."""
    again = batch(seed, number := int(told.split(":")[0].removeprefix("run ")), number + 1, rules)
    return dict(again.hit)


class NeverArmed(Core):
    """Waits without a limit."""

    def timer(self, kind: TimerKind, duration_ms: int) -> None:
        """Set none."""


@pytest.mark.parametrize(
    ("rules", "told"), [(Raises, "G7: the core raises LookupError"), (NeverArmed, "G7: not at rest after")]
)
def test_a_core_that_raises_or_never_rests_ends_its_run(
    rules: type[Core], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are violations, of that run alone; the others are made."""
    monkeypatch.setattr(random_runs, "REPLAYED", 0)
    tried = try_runs(60, 2, rules=rules)
    assert tried.runs == 60
    assert any(told in each for each in tried.violations)


def test_a_fault_excuses_what_comes_after_it_alone() -> None:
    """A violation is foreseen by the faults so far, and by what the core claims; a gap of the guide explains one until
    a measure closes it."""
    on, left = Violation("G4", "host is on in idle"), Violation("G14", "left live", "emergency stop")
    assert beyond_design((on, left), ()) == (on,)
    assert beyond_design((on, left), ("F1", "F12")) == ()
    assert beyond_design((on, left), ("F12",), ("read-back", "reconciled")) == (on, left)
    assert beyond_design((on, left), ("F1",), ("reconciled",)) == (on, left)


def test_what_befalls_comes_after_a_command_and_in_the_middle_of_things() -> None:
    """Scripts have the same commands with it, and it comes soon after one of them."""
    scripts = [script_of(2, number) for number in range(200)]
    befallen = [script for script in scripts if any(isinstance(order, Befalling) for order in script.orders)]
    assert {type(order.step) for script in befallen for order in script.orders if isinstance(order, Befalling)} == {
        Reload,
        Elsewhere,
        Suspend,
    }
    assert all(isinstance(script.orders[0], DrawnCommand) for script in scripts)
    assert all(sum(isinstance(order, DrawnCommand) for order in script.orders) in (8, 10) for script in scripts)


@pytest.mark.parametrize(
    ("asked", "is_simulated"),
    [
        (VerificationScope(), True),
        (VerificationScope(rules=Whole), True),
        (VerificationScope(faults=("F12",), rules=Whole), False),
        (VerificationScope(rules=SurveysTheFeedAlone), False),
    ],
)
def test_a_verification_of_measures_has_random_runs(
    asked: VerificationScope, is_simulated: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the reference with measures is asked for, and all of it; a part, and another core, is the explorer's."""
    monkeypatch.setattr(narrowed, "SCOPES", ())
    proof = Proof((), 0, 0, 0, (), {}, (), {})
    monkeypatch.setattr(ProofSearch, "begun", lambda *_: lambda _: proof)
    verification = narrowed.explored(0, 2, silent, asked, unheard, 5, None)
    engines = [claim.engine for claim in verification.claims]
    assert (engines, "simulator" in verification.coverage) == (["simulator"] * 2 * is_simulated, is_simulated)
