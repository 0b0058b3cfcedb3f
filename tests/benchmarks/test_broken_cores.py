"""Cores with two mistakes at once: how much longer a verification searches them than the reference, and what it tells.

    make benchmark

The search is the one that tells all classes of fault apart, with one fault, as `verify --rules X --faults 1` makes it.
Where mistakes open spaces without end, it is cut off at one and a half times the size of the
reference's (`model_check.patience`).
"""

import random
import time
from statistics import median

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.model_check.patience import is_unforeseen
from broadcast_orchestrator.properties.model_check.proof import CLASSES, ProofSearch
from broadcast_orchestrator.properties.mutants import BY_NAME, MUTANTS
from broadcast_orchestrator.properties.mutants.combinations import clashes, combined
from broadcast_orchestrator.properties.mutants.mutant import Mutant
from broadcast_orchestrator.sim.explore.exploration import Exploration
from broadcast_orchestrator.sim.world.world import Scope

PAIRS, SEED = 12, 20261129
EXPLODING = ("skips-starting", "leaves-the-table", "refuses-with-a-text", "takes-a-late-reply-for-the-new-one")
"""Mistakes whose spaces had no end that anyone has seen; each is the first of three pairs."""


def searched(rules: type[Core]) -> tuple[float, Exploration]:
    """The processor time of the search in seconds, and what it found."""
    began = time.process_time()
    found = ProofSearch(Scope(CLASSES, limit=1, racing=True), rules).near_exploration()
    return time.process_time() - began, found


def drawn(one: Mutant, chance: random.Random) -> tuple[Mutant, Mutant]:
    """This mistake and another that it can be combined with."""
    return one, chance.choice([other for other in MUTANTS if other is not one and not any(clashes((one, other)))])


def test_two_mistakes_are_searched_about_twice_as_long_as_none() -> None:
    """Also where one of them opens a space without end: in the median less than three times the processor time, at most
    four times; and every pair is found broken."""
    chance, ratios = random.Random(SEED), list[float]()
    ProofSearch(Scope(), Core).explored()  # what is loaded once counts for nobody
    for number in range(PAIRS):
        pair = drawn(BY_NAME[EXPLODING[number % len(EXPLODING)]], chance)
        sound, _ = searched(type("Sound", (Core,), {}))  # right beside it, and no rule of it is known yet
        took, found = searched(combined(pair))
        broken = {each.violation.guarantee for each in found.found if is_unforeseen(each, found.space)}
        ratios.append(took / sound)
        names = " + ".join(mutant.name for mutant in pair)
        told = f"{found.states:,} worlds, broken: {', '.join(sorted(broken))}{'; cut off' if found.cut_off else ''}"
        print(f"\n{names}: {ratios[-1]:.1f} times the reference's {sound:.1f} s; {told}", end="", flush=True)
        assert broken
    print(f"\nmedian {median(ratios):.1f}, largest {max(ratios):.1f}")
    assert median(ratios) < 3
    assert max(ratios) < 4
