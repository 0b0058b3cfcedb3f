"""What the orchestrator asks of real services: each operation is a coroutine function or a plain function.

What an operation returns does not matter, only that it does; it fails by raising an exception, whose text is told. A
plain function is over when it returns, so it should return at once. One that has a parameter `number` is given that of
the command, by keyword, where commands have numbers (the measure "fencing"). What measures need besides are protocols
of their own, at the end.
"""

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar


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


class ReadableService(Protocol):
    """A service that can be read, as some measures need it; a host has `is_initialized()` besides."""

    def is_on(self) -> object:
        """Whether it is on: a truth value, or a coroutine that returns one; None is no answer."""


class ReadableBackend(Protocol):
    """A backend that can be read, as some measures need it."""

    def live_sessions(self) -> object:
        """The ids of the sessions that it calls live: a collection, or something to await for one."""


class CountingBackend(Protocol):
    """A backend that counts the lives of orchestrators, as numbered commands need it."""

    def new_life(self) -> int:
        """1 more than ever before, whichever process asks; asked once, when an orchestrator is made."""


class LeasingBackend(Protocol):
    """A backend that gives a lease to one orchestrator at a time."""

    def take_lease(self, holder: str, lease_ms: float) -> object:
        """Whether the holder has the lease from now on, for so many milliseconds: nobody else has it now. A truth
        value, or something to await for one."""


Function = TypeVar("Function", bound=Callable[..., object])

_MARK = "is_cancelled_when_given_up"


def cancelled_when_given_up(operation: Function) -> Function:
    """Marks an operation whose coroutine is cancelled when nobody waits for it any more; without the mark it is left
    running, and its late answer is heard (reading R9)."""
    setattr(operation, _MARK, True)
    return operation


def is_marked(operation: object) -> bool:
    """Whether the operation is one that is cancelled when it is given up."""
    return bool(getattr(operation, _MARK, False))
