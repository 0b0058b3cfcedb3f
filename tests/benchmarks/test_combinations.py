"""Combinations of mutants: how many of twelve mistakes at once are told, and of two in a whole verification, and how
many causes are nobody's."""

import time

import pytest

from broadcast_orchestrator.properties.causes.causes import Shown, causes_of
from broadcast_orchestrator.properties.causes.recall import recall
from broadcast_orchestrator.properties.model_check.proof import find_witnesses
from broadcast_orchestrator.properties.mutants.combinations import combined, drawn
from broadcast_orchestrator.properties.telling.progress import silent
from broadcast_orchestrator.properties.verification import narrowed
from broadcast_orchestrator.properties.verification.verification import VerificationScope
from broadcast_orchestrator.sim.explore.state_space import Bounds
from broadcast_orchestrator.sim.world.world import Scope

SCOPE, BOUNDS = Scope(("F1",), limit=1), Bounds(states=50_000)


@pytest.mark.parametrize("seed", range(8))
def test_twelve_at_once(seed: int) -> None:
    """The combination is violated, and nine tenths of it are told, or hidden by what is told."""
    mutants = drawn(seed)
    rules, began = combined(mutants), time.perf_counter()
    found = find_witnesses(SCOPE, rules=rules, bounds=BOUNDS)
    causes = causes_of(rules, [Shown(name, witness) for name, witness in found.items()], 1)
    seconds = time.perf_counter() - began
    result = recall(mutants, causes, rules)
    share, false = result.share, len(result.nobodys) / max(len(causes), 1)
    print(f"\nseed {seed}: recall {share:.0%}, false blame {false:.0%}; {result}; {seconds:.1f} s")
    assert found
    assert share >= 0.9
    assert false <= 0.1


@pytest.mark.parametrize("seed", range(8))
def test_two_at_once_in_a_whole_verification(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are told, or hidden by the one that is told, and nothing else is."""
    mutants = drawn(seed, 2)
    rules, began = combined(mutants), time.perf_counter()
    monkeypatch.setattr(narrowed, "JOBS", 1)  # a core that is made here is known in this process alone
    found = narrowed.explored(1, 0, silent, VerificationScope(rules=rules), narrowed.unheard, 0, None)
    result = recall(mutants, found.causes, rules)
    print(
        f"\nseed {seed}: {' and '.join(each.name for each in mutants)}: {result}; {time.perf_counter() - began:.1f} s"
    )
    assert (result.share, result.nobodys) == (1.0, ())
