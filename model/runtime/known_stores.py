"""What the stores of real services hold, as far as the services have said: by their replies, and by themselves."""

from broadcast_orchestrator.model.api.backend import Backend, SessionDocument, arguments_for, mutate
from broadcast_orchestrator.model.api.snapshot import Stores
from broadcast_orchestrator.model.operations import CONVEX, HOST, OPERATIONS, SERVICES
from broadcast_orchestrator.model.runtime.observing import ServiceSeen


class KnownStores:
    """The stores as they are known. Of two calls to a service the newer one counts, in whichever order they are
    answered."""

    def __init__(self) -> None:
        self.stores = Stores()
        self._newest = dict.fromkeys(SERVICES, 0)

    def replied(self, number: int, operation: str, session: str | None, at_ms: float) -> None:
        """The call with that number, counted over all services, succeeded."""
        asked = OPERATIONS[operation]
        if number < self._newest[asked.service]:
            return
        self._newest[asked.service] = number
        if asked.turns_on is None:
            self._put(host_initialized=True)
        else:
            self.seen(ServiceSeen(at_ms, asked.service, asked.turns_on, session=session))

    def seen(self, seen: ServiceSeen) -> None:
        """A service has said what it is."""
        if seen.service == CONVEX:
            self._written(seen)
        elif seen.active is not None:
            self._put(**{seen.service: seen.active})
        if seen.initialized is not None and seen.service == HOST:
            self._put(host_initialized=seen.initialized)

    def reported(self, service: str) -> None:
        """A service has failed: a host has to be initialized again (reading R14); whether it is on, nobody has said."""
        if service == HOST:
            self._put(host_initialized=False)

    def filled(self, present: bool) -> None:
        """The feed has content, or has none."""
        self._put(has_content=present)

    def _written(self, seen: ServiceSeen) -> None:
        """A session's document, as the mutation leaves it."""
        backend, session = self.stores.backend, seen.session or ""
        if backend.get(session) is None:
            backend = Backend((*backend.sessions, SessionDocument(session)))
        self._put(backend=mutate(backend, arguments_for(session, live=bool(seen.active)), seen.at_ms))

    def _put(self, **fields: object) -> None:
        self.stores = self.stores._replace(**fields)  # type: ignore[arg-type]
