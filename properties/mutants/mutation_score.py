"""The teeth: which guarantee kills which mutant, found by which engine, after how many steps and how long.

A guarantee that no broken core ever breaks proves little; a mutant that no guarantee notices is a hole in them.
"""

import contextlib
import time
from collections.abc import Callable, Iterable
from functools import partial
from statistics import median
from typing import Any, ClassVar, NamedTuple

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES
from broadcast_orchestrator.properties.model_check.proof import find_witnesses
from broadcast_orchestrator.properties.mutants import BY_NAME, MUTANTS
from broadcast_orchestrator.properties.mutants.kill_search import BUDGET, Hunt, Kill, KillBudget, sessions_of
from broadcast_orchestrator.properties.mutants.kill_search_by_runs import simulated
from broadcast_orchestrator.properties.mutants.mutant import Mutant
from broadcast_orchestrator.properties.search.by_seed import by_the_seed_alone
from broadcast_orchestrator.properties.search.machine import BroadcastMachine, GuaranteeBroken
from broadcast_orchestrator.properties.telling.progress import several
from broadcast_orchestrator.sim.explore.lazy_tables import SearchTooLarge
from broadcast_orchestrator.sim.explore.state_space import Bounds
from broadcast_orchestrator.sim.processes.workers import worker_pool
from broadcast_orchestrator.sim.world.steps import Fill

EXPLORER, SIMULATOR, HYPOTHESIS = "explorer", "simulator", "hypothesis"
ENGINES = (EXPLORER, SIMULATOR, HYPOTHESIS)
"""Whoever looks for mutants, the most thorough first."""


class Score(NamedTuple):
    """What one engine made of one mutant. `by` are the guarantees that noticed, in the order of the rows; `steps` is
    the length of the witness; `tries` counts worlds of the explorer, runs of the others. Where it survived, `by` is
    empty and `steps` None. All but the `seconds` is the same every time."""

    mutant: str
    engine: str
    by: tuple[str, ...]
    steps: int | None
    tries: int
    what: str
    seconds: float

    @property
    def killed(self) -> bool:
        """Whether any guarantee noticed."""
        return bool(self.by)


def score(mutant: Mutant, engine: str = EXPLORER, budget: KillBudget = BUDGET) -> Score:
    """Let one engine, one of `ENGINES`, look for what the mutant does wrong."""
    began = time.perf_counter()
    kill, tries = _HUNTERS[engine](mutant, budget)
    seconds = time.perf_counter() - began
    if kill is None:
        return Score(mutant.name, engine, (), None, tries, "", seconds)
    noticed = [violation.guarantee for violation in kill.violations]
    by = tuple(guarantee.id for guarantee in GUARANTEES if guarantee.id in noticed)
    return Score(mutant.name, engine, by, kill.steps, tries, kill.violations[0].what, seconds)


# -- The explorer ---------------------------------------------------------------------------------


def explored(mutant: Mutant, budget: KillBudget) -> Hunt:
    """Search every world of the mutant's scope until the expected guarantee is broken; the witness is shortest."""
    states = [0]
    try:
        witnesses = find_witnesses(
            mutant.scope,
            rules=mutant.rules,
            config=mutant.config,
            bounds=Bounds(states=budget.worlds),
            until=mutant.expected[0],
            progress=lambda count, _: states.append(count),
        )
    except SearchTooLarge:
        return None, states[-1]
    told = [witnesses[each] for each in (*mutant.expected, *witnesses) if each in witnesses]
    if not told:
        return None, states[-1]
    return Kill(tuple(witness.violation for witness in told), len(told[0].passages)), states[-1]


# -- Hypothesis -----------------------------------------------------------------------------------


class Hunting(BroadcastMachine):
    """The search by Hypothesis, counting its runs until the first that breaks a guarantee; nothing is shrunk."""

    filling: ClassVar[bool] = False
    runs: ClassVar[int] = 0
    caught: ClassVar[tuple[Kill, int] | None] = None

    def __init__(self) -> None:
        super().__init__()
        type(self).runs += 1

    @precondition(lambda machine: machine.filling)
    @rule()
    def fill(self) -> None:
        """The live feed gains or loses its content."""
        self.take(Fill(not self.world.core.content))

    @invariant()
    def guarantees_hold(self) -> None:
        """Remember the first run that breaks one; Hypothesis takes it once more."""
        if self.violations and self.caught is None:
            type(self).caught = Kill(self.violations, len(self.steps)), self.runs
        super().guarantees_hold()


def searched(mutant: Mutant, budget: KillBudget) -> Hunt:
    """A search by Hypothesis, with the faults of the mutant's scope."""
    fields: dict[str, Any] = {
        "filling": mutant.scope.filling,
        "rules_of_core": mutant.rules,
        "config": mutant.config,
        "fault_classes": mutant.scope.faults,
        "fault_limit": mutant.scope.limit,
        "sessions": sessions_of(mutant),
        "waived": (),
    }
    machine: type[Hunting] = type("Hunted", (Hunting,), fields)
    seeded(budget.seed)(machine)
    with by_the_seed_alone(), contextlib.suppress(GuaranteeBroken):
        run_state_machine_as_test(machine, settings=_effort(budget))
    return machine.caught or (None, machine.runs)


def _effort(budget: KillBudget) -> settings:
    return settings(
        max_examples=budget.examples,
        stateful_step_count=budget.rules,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


_HUNTERS: dict[str, Callable[[Mutant, KillBudget], Hunt]] = {
    EXPLORER: explored,
    SIMULATOR: simulated,
    HYPOTHESIS: searched,
}


# -- All of them ----------------------------------------------------------------------------------


class EngineScore(NamedTuple):
    """How one engine did: how many `mutants` it looked for, how many it `killed`, and which it `missed`; of those
    that it killed, the median length of the witness in steps and the median time to detection in seconds (None where
    there is none); and the `seconds` that all its hunts took."""

    engine: str
    mutants: int
    killed: int
    missed: tuple[str, ...]
    median_steps: float | None
    median_seconds: float | None
    seconds: float


def engine_score(engine: str, scores: Iterable[Score]) -> EngineScore:
    """The sum of what one engine did."""
    mine = [score for score in scores if score.engine == engine]
    killed = [score for score in mine if score.killed]
    return EngineScore(
        engine,
        len(mine),
        len(killed),
        tuple(score.mutant for score in mine if not score.killed),
        median(score.steps or 0 for score in killed) if killed else None,
        median(score.seconds for score in killed) if killed else None,
        sum(score.seconds for score in mine),
    )


class MutationScore(NamedTuple):
    """Every score, a mutant after the other, its engines in their order."""

    scores: tuple[Score, ...]

    def survivors(self) -> tuple[str, ...]:
        """The mutants that no engine noticed."""
        killed = {score.mutant for score in self.scores if score.killed}
        return tuple(dict.fromkeys(score.mutant for score in self.scores if score.mutant not in killed))

    def by_engine(self) -> tuple[EngineScore, ...]:
        """How each engine did that looked, the most thorough first."""
        looked = {score.engine for score in self.scores}
        return tuple(engine_score(engine, self.scores) for engine in ENGINES if engine in looked)

    def bites(self) -> dict[str, tuple[str, ...]]:
        """For each guarantee, in the order of the rows, the mutants that it kills."""
        return {
            guarantee.id: tuple(dict.fromkeys(score.mutant for score in self.scores if guarantee.id in score.by))
            for guarantee in GUARANTEES
        }

    def to_json(self) -> dict[str, Any]:
        """Everything as plain data, with what each mutant breaks."""
        return {
            "scores": [score._asdict() | _about(BY_NAME[score.mutant]) for score in self.scores],
            "bites": {guarantee: list(mutants) for guarantee, mutants in self.bites().items()},
            "survivors": list(self.survivors()),
            "engines": [{**each._asdict(), "missed": list(each.missed)} for each in self.by_engine()],
        }


def _about(mutant: Mutant) -> dict[str, Any]:
    return {"does": mutant.what, "breaks": mutant.breaks, "expected": list(mutant.expected)}


Progress = Callable[[int, int, str], None]
"""Told how many are done, of how many, and how many survived so far, in words."""


def score_all(
    engines: Iterable[str] = ENGINES,
    mutants: Iterable[Mutant] = MUTANTS,
    budget: KillBudget = BUDGET,
    jobs: int = 1,
    progress: Progress = lambda done, total, found: None,
) -> MutationScore:
    """Score the mutants with each of the engines, in `jobs` processes; `progress` is told how many are done, of all."""
    pairs = [(mutant.name, engine) for mutant in mutants for engine in engines]
    work = partial(_score_named, budget)
    if jobs == 1:
        return MutationScore(tuple(_told(map(work, pairs), len(pairs), progress)))
    with worker_pool(jobs) as pool:
        return MutationScore(tuple(_told(pool.map(work, pairs), len(pairs), progress)))


def _score_named(budget: KillBudget, pair: tuple[str, str]) -> Score:
    mutant, engine = pair
    return score(BY_NAME[mutant], engine, budget)


def _told(scores: Iterable[Score], total: int, progress: Progress) -> Iterable[Score]:
    survivors = 0
    for done, each in enumerate(scores, 1):
        survivors += not each.killed
        progress(done, total, several(survivors, "survivor"))
        yield each
