"""What the guide's stores hold in a world: the truth about the services, and the documents of the backend."""

from broadcast_orchestrator.model.api.backend import Backend, SessionDocument, arguments_for, mutate
from broadcast_orchestrator.model.api.snapshot import Stores
from broadcast_orchestrator.sim.world.service_state import CallInFlight
from broadcast_orchestrator.sim.world.world import World


def written(backend: Backend, flight: CallInFlight, at_ms: float) -> Backend:
    """The backend's documents once this write has taken effect, as the world says of them (clause CX-4)."""
    session = flight.session or ""
    if backend.get(session) is None:
        backend = Backend((*backend.sessions, SessionDocument(session)))
    return mutate(backend, arguments_for(session, live=flight.operation == "convex.live"), at_ms)


def stores_of(world: World, backend: Backend) -> Stores:
    """What the services of this world truly are, beside the documents of its backend."""
    live_feed, session, host, producer = world.truth.active
    return Stores(live_feed, session, host, producer, world.truth.initialized, world.core.content, backend)
