"""Stand-ins for the five services, for an orchestrator that is written in Python."""

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

from broadcast_orchestrator.model.operations import CONVEX, OPERATIONS, SERVICES
from broadcast_orchestrator.sim.subjects.protocol.step_check import ASKED


class ServiceError(Exception):
    """What a service fails with."""


class UnusualError(Exception):
    """What it fails with when that is nothing that anyone expects."""


MakeCall = Callable[[str, str | None, dict[str, Any] | None, float | None], Any]
"""Makes a call of an operation, with a session, what else the backend is told and its number, and gives what its caller
gets."""


class FakeStore:
    """One service. Its operations are methods (`start`, `stop`, `initialize`, `end`, `live`, `idle`; those of the
    backend take a session, and by name whatever else it is told, `host_active=True`); `active`, `initialized`,
    `has_content` and `error` are what it shows. Whoever has measures can give each a `number`, which makes older ones
    stale, and ask `is_on()`, of the host `is_initialized()`, of the backend `live_sessions()`, its lease by
    `take_lease()`, and by `new_life()` for a number that is 1 more than ever before.

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
        for name, operation in ASKED.items():
            if operation.service == service:
                hidden[METHODS.get(name, name.partition(".")[2])] = _method(name, call)
        if service == CONVEX:
            hidden["new_life"] = partial(next, count(1))

    def subscribe(self, listener: Callable[["FakeStore"], object]) -> Callable[[], None]:
        """Have the listener called with the store after every change; returns a function that ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def forget_listeners(self) -> None:
        """Whoever subscribed is no more."""
        self._listeners.clear()

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
    def method(session: str | None = None, *, number: float | None = None) -> Any:
        return call(operation, session, None, number)

    def write(session: str | None = None, *, number: float | None = None, **payload: Any) -> Any:
        return call(operation, session, payload or None, number)

    return write if operation in OPERATIONS and OPERATIONS[operation].service == CONVEX else method


METHODS = {"convex.is_on": "live_sessions", "convex.lease": "take_lease"}
"""The methods that are not called as their operations are."""


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
