"""The mutants: the reference with one rule broken, over and over, as data. A property that kills none proves little."""

from broadcast_orchestrator.properties.mutants import (
    backends,
    details,
    emergencies,
    initializing,
    latecomers,
    records,
    starting,
    stopping,
)
from broadcast_orchestrator.properties.mutants.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = (
    *initializing.MUTANTS,
    *starting.MUTANTS,
    *stopping.MUTANTS,
    *emergencies.MUTANTS,
    *latecomers.MUTANTS,
    *backends.MUTANTS,
    *records.MUTANTS,
    *details.MUTANTS,
)
"""Every mutant, in the order of the guide's topics."""

BY_NAME: dict[str, Mutant] = {mutant.name: mutant for mutant in MUTANTS}
