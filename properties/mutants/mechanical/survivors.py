"""Mechanical mutants that nobody can notice, each with the reason why: it is equivalent, or what it changes is out of
reach. The list is of those that were looked into; a survivor that is not on it is open."""

from broadcast_orchestrator.properties.mutants.mechanical.cores import MechanicalMutant

_SAME_INSTANT = "two things that happen in one step change places, and nothing tells which of them was first"

SURVIVORS: dict[str, str] = {
    "core.Core.take_over#4": "the recover that is taken over has forsaken the backend already, and wrote nothing since",
    "core.Core.take_over#14": "once the stops are issued an emergency stop asks its configuration for nothing more",
    "core.Core.drain#4": _SAME_INSTANT,
    "core.Core.attempt_failed#12": _SAME_INSTANT,
    "core.Core.startup_over#6": _SAME_INSTANT,
    "core.Core.shutdown_over#18": _SAME_INSTANT,
}
"""The reasons by the name of the mutant."""


def reason_of(mutant: MechanicalMutant) -> str:
    """Why nobody can notice this mutant, "" where that is not known."""
    return SURVIVORS.get(mutant.name, "")
