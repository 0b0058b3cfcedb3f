"""What the stores of real services hold, as far as the services have said: by their replies, and by themselves."""

from broadcast_orchestrator.model.api.backend import Backend, SessionDocument, arguments_for, mutate
from broadcast_orchestrator.model.api.snapshot import Stores
from broadcast_orchestrator.model.operations import CALLABLE, CONVEX, HOST, IS_INITIALIZED, SERVICES
from broadcast_orchestrator.model.runtime.observing import ServiceSeen


class KnownStores:
    """The stores as they are known. Of two calls to a service the newer one counts, in whichever order they are
    answered."""

    def __init__(self) -> None:
        self.stores = Stores()
        self._newest = dict.fromkeys(SERVICES, 0)

    def replied(self, number: int, operation: str, session: str | None, at_ms: float) -> None:
        """The call with that number, counted over all services, succeeded."""
        asked = CALLABLE[operation]
        if number < self._newest[asked.service]:
            return
        self._newest[asked.service] = number
        active = asked.turns_on if asked.finds is None else asked.finds
        if operation in ("host.initialize", IS_INITIALIZED):
            self._put(host_initialized=True)
        elif active is not None:
            self.seen(ServiceSeen(at_ms, asked.service, active, session=session))

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
        """A session's document, as the mutation leaves it; where none is named, those of all that are live."""
        backend = self.stores.backend
        live = [each.id for each in backend.sessions if each.broadcast_state == "live"]
        for session in live if seen.session is None else [seen.session]:
            if backend.get(session) is None:
                backend = Backend((*backend.sessions, SessionDocument(session)))
            backend = mutate(backend, arguments_for(session, live=bool(seen.active)), seen.at_ms)
        self._put(backend=backend)

    def _put(self, **fields: object) -> None:
        self.stores = self.stores._replace(**fields)  # type: ignore[arg-type]
