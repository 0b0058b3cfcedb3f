"""Symmetry reduction: worlds that behave alike are one world, the canonical one of their kind.

What can no longer matter is struck out before worlds are compared. Two things are, and tests show that
each is sound: which failures a procedure has met (only whether there were any), and replies that can change nothing any
more.
"""

from collections.abc import Iterator

from broadcast_orchestrator.model.events import Failure, FailureKind
from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.sim.world import service_state
from broadcast_orchestrator.sim.world.steps import Answer, Effect, Mark, Step
from broadcast_orchestrator.sim.world.world import World, assemble, local_of

EARLIER = Failure("earlier", FailureKind.FAILED)
"""Stands for every failure met so far; a correct step keeps it in front."""


def canonical_world(world: World) -> World:
    """The one world that stands for all that behave like `world`."""
    locals_ = [service_state.simplify(local_of(world, service)) for service in SERVICES]
    return assemble(canonical_core(world.core), locals_, world.faults)


def as_called(world: World, step: Step) -> Step:
    """What a step that happens in the canonical world is called in `world`: a call has another place there, if older
    ones are struck out."""
    if not isinstance(step, Effect | Answer | Mark):
        return step
    return step._replace(flight=service_state.not_over(local_of(world, step.service))[step.flight])


def last_answers(world: World) -> Iterator[Step]:
    """The answers to calls that are over and struck out of the canonical world: they change nothing."""
    for service in SERVICES:
        local = local_of(world, service)
        kept = service_state.not_over(local)
        for step in service_state.healthy_steps(service, local):
            if isinstance(step, Answer) and step.flight not in kept:
                yield step


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
