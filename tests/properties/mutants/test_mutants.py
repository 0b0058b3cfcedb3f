"""The teeth: every broken core is noticed, every guarantee notices one, and the core that is not broken passes."""

import json
from functools import cache
from typing import Any
from unittest.mock import patch

import pytest
from jinja2 import Environment, PackageLoader, StrictUndefined

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.guide.clauses import CLAUSE
from broadcast_orchestrator.model.guide.readings import READING
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.turn import IllegalTransition
from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES, judge_quiet, watch
from broadcast_orchestrator.properties.guarantees.memory import JudgeMemory
from broadcast_orchestrator.properties.guarantees.raising import raised_violation
from broadcast_orchestrator.properties.guarantees.verdicts import Violation, Witness
from broadcast_orchestrator.properties.model_check.proof import find_witnesses
from broadcast_orchestrator.properties.mutants import BY_NAME, MUTANTS, mutation_score
from broadcast_orchestrator.properties.mutants.kill_search import KillBudget
from broadcast_orchestrator.properties.mutants.mutant import Mutant
from broadcast_orchestrator.properties.mutants.mutation_score import MutationScore, Score, score, score_all
from broadcast_orchestrator.properties.verification.matrix import SYMBOLS
from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.reports.verify.mutant_table import cell, engine_line, section, verdict
from broadcast_orchestrator.sim.world.world import Scope, World, happen

pytestmark = pytest.mark.usefixtures("untraced")

SMALL = KillBudget(worlds=200_000, runs=40, examples=40, rules=30)
REFERENCE = Mutant(Core, "R1", ("G2",), Scope(faults=("F1", "F2"), limit=1))
WITHIN = tuple({(mutant.scope, mutant.config): mutant for mutant in reversed(MUTANTS)}.values())


@cache
def searched(name: str) -> tuple[Score, dict[str, Witness]]:
    """What the explorer makes of the mutant, found out once, and the witnesses that the search came back with."""
    kept: dict[str, Witness] = {}

    def keeping(*arguments: Any, **options: Any) -> dict[str, Witness]:
        kept.update(find_witnesses(*arguments, **options))
        return kept

    with patch.object(mutation_score, "find_witnesses", keeping):
        return score(BY_NAME[name], "explorer"), kept


def explored(name: str) -> Score:
    """What the explorer makes of the mutant."""
    return searched(name)[0]


# -- The catalogue --------------------------------------------------------------------------------


def test_there_are_many_and_each_has_a_name_of_its_own() -> None:
    """More than a hundred mutants, no two of one name, no two of one core."""
    assert len(MUTANTS) > 100
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    assert len({mutant.rules for mutant in MUTANTS}) == len(MUTANTS)
    assert BY_NAME["forgets-the-failed-step"].what == (
        "Does not undo the step that failed, although it may have taken effect."
    )


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_each_says_what_it_breaks(mutant: Mutant) -> None:
    """A sentence of its own, a reading or a clause that is broken, and guarantees that there are."""
    assert mutant.what.endswith(".")
    assert mutant.what != (Core.__doc__ or "")
    assert mutant.breaks in READING or mutant.breaks in CLAUSE
    assert mutant.expected
    assert set(mutant.expected) <= {guarantee.id for guarantee in GUARANTEES}


# -- The explorer ---------------------------------------------------------------------------------


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_explorer_kills_each(mutant: Mutant) -> None:
    """The guarantee that is expected to notice does, with a witness; and every witness that the search comes back with,
    played again step by step, ends in what it is told for."""
    found, witnesses = searched(mutant.name)
    assert mutant.expected[0] in found.by
    assert found.steps
    for guarantee, witness in witnesses.items():
        assert witness.violation in shown_again(mutant, witness)
        assert witness.violation.guarantee == guarantee


def shown_again(mutant: Mutant, witness: Witness) -> tuple[Violation, ...]:
    """What is violated at the end of the witness, whose steps all happen again, from the first world on, under the
    broken rules, each into the very world that the witness has; the judge hears each once."""
    world, remembered = World(CoreState(config=mutant.config)), JudgeMemory()
    violations = () if witness.passages else judge_quiet(remembered, world, mutant.rules)
    for before, step, effects, after, _ in witness.passages:
        assert before == world
        try:
            assert happen(world, step, mutant.rules) == (after, effects)
            remembered, violations = watch(remembered, before, step, effects, after, mutant.rules)
        except IllegalTransition as raised:
            violations = (raised_violation(raised),)
        world = after
    return violations


def test_a_search_that_is_cut_off_notices_nothing() -> None:
    """With room for a handful of worlds the explorer ends without a verdict, and says how many it has seen."""
    cut = score(REFERENCE, "explorer", KillBudget(worlds=3))
    assert (cut.by, cut.steps) == ((), None)
    assert 3 < cut.tries < 100


def test_every_guarantee_bites() -> None:
    """No guarantee is without a mutant that it kills, but for G17: no mutant of the guide's rules forgets anything, and
    those of measures are tried elsewhere."""
    bites = MutationScore(tuple(explored(mutant.name) for mutant in MUTANTS)).bites()
    assert [guarantee.id for guarantee in GUARANTEES if not bites[guarantee.id]] == ["G17"]


@pytest.mark.parametrize("mutant", WITHIN, ids=lambda mutant: mutant.name)
def test_the_reference_survives_where_mutants_die(mutant: Mutant) -> None:
    """Within the very scope and configuration of each mutant the core that is not broken breaks nothing."""
    assert find_witnesses(mutant.scope, config=mutant.config) == {}


# -- The other engines ----------------------------------------------------------------------------

FOR_THE_SIMULATOR = (
    "retries-at-once", "forgets-the-failed-step", "starts-without-content", "names-no-residue",
    "refuses-emergencies-when-busy", "ignores-reports-in-live", "undoes-no-write", "keeps-the-text",
)  # fmt: skip
FOR_HYPOTHESIS = (
    "retries-at-once", "starts-the-host-first", "starts-without-content", "refuses-emergencies-when-busy",
    "stays-where-it-was", "records-no-passing-states", "leaves-the-table",
)  # fmt: skip


@pytest.mark.parametrize("name", FOR_THE_SIMULATOR)
def test_random_simulated_runs_kill(name: str) -> None:
    """Runs on a clock, with faults as a seed decides, notice what breaks often enough."""
    found = score(BY_NAME[name], "simulator")
    assert found.killed
    assert 1 <= found.tries <= 400


@pytest.mark.parametrize("name", FOR_HYPOTHESIS)
def test_hypothesis_kills(name: str) -> None:
    """The search by Hypothesis notices what is not far away."""
    found = score(BY_NAME[name], "hypothesis")
    assert found.killed
    assert found.steps


@pytest.mark.parametrize("engine", ["explorer", "simulator", "hypothesis"])
def test_the_reference_survives_every_engine(engine: str) -> None:
    """No engine raises a false alarm over the core that is not broken."""
    found = score(REFERENCE, engine, SMALL)
    assert (found.by, found.steps, found.what) == ((), None, "")
    assert found.tries >= 40


@pytest.mark.parametrize("engine", ["explorer", "simulator", "hypothesis"])
def test_the_same_hunt_ends_the_same(engine: str) -> None:
    """Two hunts for one mutant differ in nothing but the seconds."""
    first, second = (score(BY_NAME["refuses-emergencies-when-busy"], engine, SMALL) for _ in range(2))
    assert first._replace(seconds=0.0) == second._replace(seconds=0.0)


def test_a_run_that_never_rests_is_ended() -> None:
    """A run that goes on and on ends at the patience of the judge, and counts as one that does not settle."""
    found = score(REFERENCE, "simulator", SMALL._replace(steps_of_run=10))
    assert (found.by, found.what) == (("G7",), "not at rest after 10 steps")


# -- The table ------------------------------------------------------------------------------------

DEAD = Score("stops-in-ready", "explorer", ("G13",), 4, 12, "stop_broadcast was accepted in ready", 0.25)
ALIVE = Score("names-no-residue", "simulator", (), None, 400, "", 1.5)


def test_a_survivor_is_told_and_decides_the_verdict() -> None:
    """One that survives the explorer is a violated claim, one that only luck missed is unknown."""
    assert verdict(MutationScore((DEAD,))) == "proved"
    assert verdict(MutationScore((DEAD._replace(by=(), steps=None),))) == "violated"
    assert verdict(MutationScore((ALIVE,))) == "unknown"
    both = MutationScore((ALIVE, ALIVE._replace(engine="explorer", by=("G4",), steps=22)))
    assert (verdict(both), both.survivors(), both.bites()["G4"]) == ("proved", (), ("names-no-residue",))


def test_processes_share_the_work_and_change_nothing() -> None:
    """Two processes come back with the same scores in the same order, and progress is told."""
    some, told = MUTANTS[:3], list[tuple[int, int, str]]()
    alone = score_all(("explorer",), some, SMALL)
    shared = score_all(("explorer",), some, SMALL, jobs=2, progress=lambda *each: told.append(each))
    assert told == [(1, 3, ""), (2, 3, ""), (3, 3, "")]
    assert [each._replace(seconds=0.0) for each in alone.scores] == [
        each._replace(seconds=0.0) for each in shared.scores
    ]


def test_the_part_of_the_report_shows_each_engine() -> None:
    """The HTML part has a line a mutant, with the witness's length, and escapes what it shows."""
    environment = Environment(
        loader=PackageLoader("broadcast_orchestrator.reports"), autoescape=True, undefined=StrictUndefined
    )
    shown = section(MutationScore((DEAD, ALIVE)))
    page = environment.get_template("mutants.html.jinja").render(mutants=shown, cell=cell, symbols=SYMBOLS)
    assert "4 steps, 0.25 s" in page
    assert "not in 400" in page
    assert "1 of 2 mutants survive: names-no-residue" in page
    assert page.count("<tr>") == 3 + 3  # a table of the mutants, and one of the two engines
    assert "<td>simulator</td>" in page


def test_each_engine_is_scored_apart() -> None:
    """What it killed and missed, the medians of what it killed, and the time of all its hunts, missed ones too."""
    slow = DEAD._replace(mutant="retries-at-once", steps=9, seconds=0.75)
    explorer, simulator = MutationScore((DEAD, slow, ALIVE)).by_engine()
    assert tuple(explorer) == ("explorer", 2, 2, (), 6.5, 0.5, 1.0)
    assert tuple(simulator) == ("simulator", 1, 0, ("names-no-residue",), None, None, 1.5)
    assert engine_line(explorer) == (
        "explorer kills 2 of 2; median witness 6.5 steps, median time to detection 0.50 s; 1.0 s in all"
    )
    assert engine_line(simulator) == "simulator kills 0 of 1; 1.5 s in all"
    assert cell(slow) == "G13 in 9 steps, 0.75 s"


def test_a_hunt_by_runs_tells_where_it_gets_stuck() -> None:
    """A core that waits with no timer for an answer that never comes is noticed, by G7."""
    found = score(BY_NAME["waits-for-ever-in-an-emergency"], "simulator")
    assert "G7" in found.by


def broadcast(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The exit code, the standard output and the standard error of one command."""
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    captured = capsys.readouterr()
    assert isinstance(left.value.code, int)
    return left.value.code, captured.out, captured.err


def test_the_command_prints_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    """A line a mutant with what kills it, and the result in the last line."""
    code, out, _ = broadcast(capsys, "mutants", "--only", "retries-at-once", "--only", "names-no-residue")
    assert code == 0
    assert "retries-at-once" in out
    assert "G11" in out
    assert out.splitlines()[-1] == "✓ all 2 mutants are killed"


def test_the_command_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON object and nothing else."""
    code, out, _ = broadcast(capsys, "mutants", "--only", "retries-at-once", "--json")
    (found,) = json.loads(out)["scores"]
    assert code == 0
    assert (found["mutant"], found["engine"], found["breaks"]) == ("retries-at-once", "explorer", "R6")
    assert (found["by"], found["steps"]) == (["G11"], 2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--only", "retries-at-onse"], ("retries-at-onse", "'retries-at-once'")),
        (["--engine", "exploror"], ("exploror", "explorer")),
        (["--jobs", "0"], ("--jobs 0", "--jobs 1")),
    ],
)
def test_bad_usage_is_answered_by_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: tuple[str, ...]
) -> None:
    """What makes no sense gets exit code 2 and one line with a way on."""
    code, out, err = broadcast(capsys, "mutants", *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert not [word for word in words if word not in err]
