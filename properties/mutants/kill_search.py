"""What it means to hunt a mutant: how hard to try, and what an engine comes back with."""

from typing import NamedTuple

from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.properties.mutants.mutant import Mutant


class KillBudget(NamedTuple):
    """How hard each engine may try for one mutant: `worlds` of the explorer; simulated `runs` of up to
    `steps_of_run` steps; `examples` of Hypothesis of up to `rules` rules. `seed` decides what is random."""

    worlds: int = 5_000_000
    runs: int = 400
    steps_of_run: int = 2_000
    examples: int = 150
    rules: int = 40
    seed: int = 0


BUDGET = KillBudget()


class Kill(NamedTuple):
    """A mutant noticed: the violations that are told, and after how many steps."""

    violations: tuple[Violation, ...]
    steps: int


Hunt = tuple[Kill | None, int]
"""What an engine comes back with, and how many worlds or runs it took."""


def sessions_of(mutant: Mutant) -> tuple[str | None, ...]:
    """The session ids that runs give; where the explorer needs no start at all, runs have some all the same."""
    return mutant.scope.sessions or ("s1",)
