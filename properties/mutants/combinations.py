"""Combinations: many mistakes in one core, put together from mutants that override different rules.

Mutants that override the same rule cannot be combined: one would take the place of the other.
"""

import random
from collections.abc import Iterable, Iterator
from itertools import combinations

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.mutants import MUTANTS
from broadcast_orchestrator.properties.mutants.mutant import Mutant
from broadcast_orchestrator.sim.world.rules_by_name import own_names

COUNT = 12
"""How many mutants are combined unless something else is asked."""


def clashes(mutants: Iterable[Mutant] = MUTANTS) -> Iterator[tuple[Mutant, Mutant, str]]:
    """The pairs that cannot be combined, each with a rule that both override."""
    for one, other in combinations(mutants, 2):
        if shared := sorted(own_names(one.rules) & own_names(other.rules)):
            yield one, other, shared[0]


def drawn(seed: int, count: int = COUNT) -> tuple[Mutant, ...]:
    """So many mutants that can be combined, drawn by the seed; fewer where there are no more."""
    chosen, taken = list[Mutant](), frozenset[str]()
    for mutant in random.Random(seed).sample(MUTANTS, len(MUTANTS)):
        if len(chosen) < count and not own_names(mutant.rules) & taken:
            chosen.append(mutant)
            taken |= own_names(mutant.rules)
    return tuple(chosen)


def combined(mutants: Iterable[Mutant]) -> type[Core]:
    """One core with the mistakes of all of them. Raises ValueError where two override the same rule."""
    some = tuple(mutants)
    for one, other, rule in clashes(some):
        raise ValueError(f"{one.name} and {other.name} both override {rule}: combine others")
    names = ", ".join(mutant.name for mutant in some)
    return type("Combined", tuple(mutant.rules for mutant in some), {"__doc__": f"All at once: {names}."})
