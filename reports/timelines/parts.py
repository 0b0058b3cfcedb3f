"""A part of a run that can be drawn by itself: it begins where no call is on its way."""

from broadcast_orchestrator.sim.world.trace import Passage


def part_from(run: tuple[Passage, ...], at: int) -> tuple[Passage, ...]:
    """The run from this step on (from 0), or from the last one before it at which no call is on its way."""
    while at > 0 and any(run[at].before.flights):
        at -= 1
    return run[at:]
