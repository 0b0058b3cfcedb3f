"""What the orchestrator asks of real services: each operation is a coroutine function or a plain function.

What an operation returns does not matter, only that it does; it fails by raising an exception, whose text is told. A
plain function is over when it returns, so it should return at once.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar

from broadcast_orchestrator.model.api.backend import arguments_for
from broadcast_orchestrator.model.operations import CONVEX, OPERATIONS, SHUTDOWN, STARTUP


class LiveFeedService(Protocol):
    """The live feed."""

    def start(self) -> object:
        """Show the feed as live (clause SU-5)."""

    def stop(self) -> object:
        """Show it as not live (clause SD-6)."""


class SessionService(Protocol):
    """The broadcast session."""

    def start(self) -> object:
        """Begin the session (clause SU-6)."""

    def end(self) -> object:
        """End it (clause SD-5)."""


class HostService(Protocol):
    """The host agent."""

    def initialize(self) -> object:
        """Make the host ready to start (clause IN-1)."""

    def start(self) -> object:
        """Have it talk (clause SU-7)."""

    def stop(self) -> object:
        """Have it stop (clause SD-4)."""


class ProducerService(Protocol):
    """The producer."""

    def start(self) -> object:
        """Begin to produce (clause SU-8)."""

    def stop(self) -> object:
        """Cease (clause SD-3)."""


class BroadcastServices(Protocol):
    """The four services that can be on air, each under its name: any object that has them."""

    @property
    def live_feed(self) -> LiveFeedService:
        """The live feed."""

    @property
    def session(self) -> SessionService:
        """The broadcast session."""

    @property
    def host(self) -> HostService:
        """The host agent."""

    @property
    def producer(self) -> ProducerService:
        """The producer."""


class SessionBackend(Protocol):
    """Where sessions are kept for everyone to see; `model.sessions` has two."""

    def update_broadcast_state(self, arguments: Mapping[str, object]) -> object:
        """Take the mutation's arguments, by the guide's names (clauses CX-2 and CX-4)."""


Function = TypeVar("Function", bound=Callable[..., object])

_MARK = "is_cancelled_when_given_up"


def cancelled_when_given_up(operation: Function) -> Function:
    """Marks an operation whose coroutine is cancelled when nobody waits for it any more; without the mark it is left
    running, and its late answer is heard (reading R9)."""
    setattr(operation, _MARK, True)
    return operation


class BoundOperation:
    """One operation, ready to be called with the session that it is for."""

    def __init__(self, call: Callable[[str | None], object], *, is_cancelled: bool) -> None:
        self.call = call
        self.is_cancelled = is_cancelled
        """Whether the call is cancelled when it is given up."""


REQUIRED = ("host.initialize", *(step.operation for step in STARTUP), *SHUTDOWN)
"""What services must have; whatever else there may be is asked only of those that offer it."""


def bound_operations(services: object, backend: object) -> dict[str, BoundOperation]:
    """Every operation that the services and the backend offer, by name.

    Raises `TypeError`, one line, for a service that is missing or lacks an operation that is `REQUIRED`.
    """
    bound = {name: _bound(name, services, backend) for name in OPERATIONS}
    lacking = [f"services.{name}()" for name in REQUIRED if bound[name] is None]
    if lacking:
        raise TypeError(f"the services have no {', '.join(lacking)}; each has to be there, plain or a coroutine")
    return {name: operation for name, operation in bound.items() if operation is not None}


def _bound(name: str, services: object, backend: object) -> BoundOperation | None:
    service, _, verb = name.partition(".")
    if service == CONVEX:
        return _write(backend, live=OPERATIONS[name].turns_on is True)
    method = getattr(getattr(services, service, None), verb, None)
    return BoundOperation(lambda _: method(), is_cancelled=_marked(method)) if callable(method) else None


def _write(backend: Any, *, live: bool) -> BoundOperation:
    def write(session: str | None) -> object:
        if backend is None:
            raise LookupError("no backend was given to the orchestrator; start without a session id, or give it one")
        return backend.update_broadcast_state(arguments_for(session or "", live=live))

    return BoundOperation(write, is_cancelled=_marked(getattr(backend, "update_broadcast_state", None)))


def _marked(method: object) -> bool:
    return bool(getattr(method, _MARK, False))


async def awaited(answer: Awaitable[object]) -> None:
    """A coroutine of ours around whatever an operation gave to wait for, so that only the loop's end cancels it."""
    await answer


def is_pending(answer: object) -> bool:
    """Whether an operation gave something to wait for."""
    return inspect.isawaitable(answer)
