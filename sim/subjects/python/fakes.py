"""Stand-ins for the five services, for an orchestrator that is written in Python."""

from collections.abc import Callable
from typing import Any

from broadcast_orchestrator.model.operations import CONVEX, OPERATIONS, SERVICES


class ServiceError(Exception):
    """What a service fails with."""


class UnusualError(Exception):
    """What it fails with when that is nothing that anyone expects."""


MakeCall = Callable[[str, str | None, dict[str, Any] | None], Any]
"""Makes a call of an operation, with a session and what else the backend is told, and gives what its caller gets."""


class FakeStore:
    """One service. Its operations are methods (`start`, `stop`, `initialize`, `end`, `live`, `idle`; those of the
    backend take a session, and by name whatever else it is told, `host_active=True`); `active`, `initialized`,
    `has_content` and `error` are what it shows.

    Whoever assigns to one of these bypasses the operations, which is noted. `subscribe` calls back after every change.
    """

    active: bool
    initialized: bool
    has_content: bool
    error: str | None

    def __init__(
        self,
        service: str,
        call: MakeCall,
        wrote: Callable[[str, str, Any], None],
        lacks: Callable[[str], None],
    ) -> None:
        hidden = self.__dict__
        hidden.update(active=False, initialized=False, has_content=True, error=None)
        hidden.update(_service=service, _wrote=wrote, _lacks=lacks, _listeners=[])
        for name, operation in OPERATIONS.items():
            if operation.service == service:
                hidden[name.partition(".")[2]] = _method(name, call)

    def subscribe(self, listener: Callable[["FakeStore"], object]) -> Callable[[], None]:
        """Have the listener called with the store after every change; returns a function that ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def __setattr__(self, name: str, value: Any) -> None:
        self._wrote(self._service, name, value)
        self.put(**{name: value})

    def put(self, **fields: Any) -> None:
        """Change fields from the service's own side."""
        self.__dict__.update(fields)
        for listener in tuple(self._listeners):
            listener(self)

    def __getattr__(self, name: str) -> Any:
        """Only for what is not there, which is noted; it lets a type checker accept the operations."""
        service = self.__dict__["_service"]
        if not name.startswith("_"):
            self.__dict__["_lacks"](f"{service}.{name}")
        raise AttributeError(f"the stand-in for {service} has no {name}")


def _method(operation: str, call: MakeCall) -> Callable[..., Any]:
    def method(session: str | None = None) -> Any:
        return call(operation, session, None)

    def write(session: str | None = None, **payload: Any) -> Any:
        return call(operation, session, payload or None)

    return write if OPERATIONS[operation].service == CONVEX else method


class FakeStores:
    """All five. `lacking` are the members that were read and are not there, as "service.name"."""

    live_feed: FakeStore
    session: FakeStore
    host: FakeStore
    producer: FakeStore
    convex: FakeStore

    def __init__(self, call: MakeCall, wrote: Callable[[str, str, Any], None]) -> None:
        self.lacking: dict[str, None] = {}
        for service in SERVICES:
            setattr(self, service, FakeStore(service, call, wrote, lambda name: self.lacking.update({name: None})))
