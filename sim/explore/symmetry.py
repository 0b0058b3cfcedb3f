"""Symmetry reduction: worlds that behave alike are one world, the canonical one of their kind.

What can no longer matter is struck out before worlds are compared. Two things are, and tests show that
each is sound: which failures a procedure has met (only whether there were any), and replies that can change nothing any
more.
"""

from broadcast_orchestrator.model.events import Failure, FailureKind
from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.sim.world import service_state
from broadcast_orchestrator.sim.world.world import World, assemble, local_of

EARLIER = Failure("earlier", FailureKind.FAILED)
"""Stands for every failure met so far; a correct step keeps it in front."""


def canonical_world(world: World) -> World:
    """The one world that stands for all that behave like `world`."""
    locals_ = [service_state.simplify(local_of(world, service)) for service in SERVICES]
    return assemble(canonical_core(world.core), locals_, world.faults)


def canonical_core(core: CoreState) -> CoreState:
    """Which failures there were decides nothing that the core does later; that there were some may."""
    procedure = core.procedure
    if procedure is not None:
        procedure = procedure._replace(
            failures=procedure.failures and (EARLIER,),
            notes=procedure.notes and (EARLIER,),
            earlier=procedure.earlier and (EARLIER,),
        )
    return core._replace(procedure=procedure, error=core.error and (EARLIER,))
