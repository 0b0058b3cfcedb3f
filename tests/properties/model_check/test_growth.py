"""How the search grows: what is measured is what the proof explores, and its size is the same every time."""

import pytest

from broadcast_orchestrator.properties.model_check.growth import Growth, grow, measure, peak_bytes
from broadcast_orchestrator.properties.model_check.proof import prove
from broadcast_orchestrator.sim.explore.state_space import Bounds


def size(growth: Growth) -> tuple[int, int, int]:
    """What does not depend on the machine."""
    return growth.states, growth.transitions, growth.depth


@pytest.mark.parametrize("older", [1, 2])
def test_what_is_measured_is_what_is_proved(older: int) -> None:
    """The search meets as many worlds over as many steps, as far away, as the proof of the same classes."""
    proof = prove(0, classes=("F1", "F2", "F3", "F4", "F5", "F7"), bounds=Bounds(older))
    assert size(measure(0, older)) == (proof.states, proof.transitions, proof.depth)


def test_one_fault_makes_it_forty_times_as_large() -> None:
    """With one fault there are 44,677 worlds, 191,446 steps between them, and none is further than 59 steps."""
    assert size(measure(1, 1)) == (44_677, 191_446, 59)


def test_each_search_is_measured_in_a_process_of_its_own() -> None:
    """Each bound once, in order, the same size every time; and a process that holds much is not counted in."""
    told: list[tuple[str, int, int]] = []
    ballast = bytearray(400_000_000)  # zeros that are really there
    first = grow(0, progress=lambda *each: told.append(each))
    assert len(ballast) < peak_bytes()
    assert [(each.faults, each.older, *size(each)) for each in first] == [
        (0, 1, 998, 2_875, 50),
        (0, 2, 998, 2_875, 50),
    ]
    assert told == [("measuring growth", 0, 2), ("measuring growth", 1, 2)]
    assert all(10_000_000 < each.peak_bytes < 400_000_000 and each.seconds > 0 for each in first)
