"""How often each engine takes each row of the table: the counts of a verification, without its verdicts."""

from collections import Counter

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.table import Edge
from broadcast_orchestrator.properties.model_check.cells import count_rows
from broadcast_orchestrator.properties.model_check.proof import CLASSES, CONFIG, UNAIDED, ProofSearch
from broadcast_orchestrator.properties.search.machine import search
from broadcast_orchestrator.properties.search.random_runs import try_runs
from broadcast_orchestrator.properties.telling.progress import Progress, silent
from broadcast_orchestrator.sim.explore.fault_record import Apart
from broadcast_orchestrator.sim.explore.state_space import BOUNDS
from broadcast_orchestrator.sim.world.world import Scope

EXAMPLES, STEPS, RUNS = 50, 40, 300
"""How much is tried beside what is explored: examples of Hypothesis, their steps, and simulated runs."""


def rows_by_engine(faults: int = 1, seed: int = 0, progress: Progress = silent) -> dict[str, dict[Edge, int]]:
    """For each engine, how often it took each row: all transitions of the searches with up to `faults` faults that a
    proof rests on, a few hundred simulated runs, and some examples of Hypothesis.

    `seed` decides what is random. The explorer's counts are those of `broadcast verify` with as many faults. Raises
    GuaranteeBroken where Hypothesis finds a broken guarantee.
    """
    explored = explorer_rows(faults, progress)
    progress("searching with Hypothesis", 0, 0)
    machine = search(seed=seed, max_examples=EXAMPLES, steps=STEPS)
    tried = try_runs(RUNS, seed, lambda done: progress("simulating runs", done, RUNS))
    return {
        "explorer": explored,
        "simulator": dict(tried.coverage.rows),
        "hypothesis": dict(machine.coverage.rows),
    }


def explorer_rows(faults: int, progress: Progress = silent, classes: tuple[str, ...] = CLASSES) -> dict[Edge, int]:
    """How many transitions of a proof's two large searches over these fault classes take each row."""
    search = ProofSearch(Scope(classes, limit=faults, racing=True), Core, CONFIG, BOUNDS)
    withstood = search.withstood(lambda states, level: progress("exploring worlds", states, 0))
    unaided = search.explored(apart=Apart(UNAIDED, alone=True))
    return dict(Counter(count_rows(withstood)) + Counter(count_rows(unaided)))
