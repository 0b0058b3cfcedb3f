"""From what services offer to the operations of the core: each bound to what is called for it."""

import inspect
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from broadcast_orchestrator.model.api.backend import arguments_for
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.operations import (
    CALLABLE,
    CONVEX,
    IS_INITIALIZED,
    IS_OFF,
    IS_ON,
    LEASE,
    ON_AIR_SERVICES,
    SHUTDOWN,
    STARTUP,
    Operation,
)
from broadcast_orchestrator.model.runtime.services import is_marked

REQUIRED = ("host.initialize", *(step.operation for step in STARTUP), *SHUTDOWN)
"""What services must have; whatever else there may be is asked only of those that offer it."""

READ = (*(IS_ON[service] for service in ON_AIR_SERVICES), IS_INITIALIZED)
"""What services must have that are read."""


class FoundOtherwise(Exception):
    """A service was read, and is not as the read has to find it; the text says what was found."""


Ask = Callable[[str | None, int | None], object]
"""Asks a service, about a session, under a number where commands have one."""


class BoundOperation:
    """One operation, ready to be called with the session that it is for, and with its number."""

    def __init__(self, call: Ask, *, is_cancelled: bool) -> None:
        self.call = call
        self.is_cancelled = is_cancelled
        """Whether the call is cancelled when it is given up."""


def bound_operations(services: object, backend: object, rules: type[Core] = Core) -> dict[str, BoundOperation]:
    """Every operation that the services and the backend offer, by name, but for the lease (see `leasing`).

    Raises `TypeError`, one line, for a service that is missing or lacks an operation that is `REQUIRED`, or that the
    measures of the rules need.
    """
    bound = {name: _bound(operation, services, backend) for name, operation in CALLABLE.items()}
    lacking = [f"services.{name}()" for name in REQUIRED if bound[name] is None]
    if lacking:
        raise TypeError(f"the services have no {', '.join(lacking)}; each has to be there, plain or a coroutine")
    if needed := list(_needed(bound, backend, rules)):
        measures = ", ".join(rules.measures)
        raise TypeError(f"the measures {measures} need {', '.join(needed)}; each has to be there, plain or a coroutine")
    return {name: operation for name, operation in bound.items() if operation is not None}


def _needed(bound: dict[str, BoundOperation | None], backend: object, rules: type[Core]) -> Iterator[str]:
    """What the measures need and nobody offers."""
    if "read-back" in rules.measures or rules.polled:
        yield from (f"services.{name}()" for name in READ if bound[name] is None)
    if "read-back" in rules.measures and bound[IS_ON[CONVEX]] is None:
        yield "backend.live_sessions()"
    if rules.numbered and not callable(getattr(backend, "new_life", None)):
        yield "backend.new_life()"
    if rules.leased and not callable(getattr(backend, "take_lease", None)):
        yield "backend.take_lease()"


def _bound(operation: Operation, services: object, backend: Any) -> BoundOperation | None:
    if operation == LEASE:
        return None
    if operation.service == CONVEX:
        return (
            _write(backend, live=operation.turns_on is True) if operation.finds is None else _look(operation, backend)
        )
    verb = "is_on" if operation.name == IS_OFF[operation.service] else operation.name.partition(".")[2]
    method = getattr(getattr(services, operation.service, None), verb, None)
    if not callable(method):
        return None
    ask = _numbered(method)
    if operation.finds is None:
        return BoundOperation(lambda _, number: ask(number), is_cancelled=is_marked(method))
    return BoundOperation(
        lambda _, number: then(ask(number), lambda answer: _expect(operation, answer)), is_cancelled=is_marked(method)
    )


# -- The backend ----------------------------------------------------------------------------------


def _write(backend: Any, *, live: bool) -> BoundOperation:
    method = getattr(backend, "update_broadcast_state", None)
    update = _numbered(method) if callable(method) else None

    def write(session: str | None, number: int | None) -> object:
        if update is None:
            raise LookupError("no backend was given to the orchestrator; start without a session id, or give it one")
        if session is None:
            return _all_idle(backend, update, number)
        return update(number, arguments_for(session, live=live))

    return BoundOperation(write, is_cancelled=is_marked(method))


async def _all_idle(backend: Any, update: Callable[..., object], number: int | None) -> None:
    """An idle write that names no session is for every one that is live; only who reads the backend asks for it."""
    for session in tuple(await value_of(backend.live_sessions())):
        await value_of(update(number, arguments_for(session, live=False)))


def _look(operation: Operation, backend: Any) -> BoundOperation | None:
    """A read of the backend; where there is none, nobody is told that anything is live."""
    live_sessions = tuple if backend is None else getattr(backend, "live_sessions", None)
    if not callable(live_sessions):
        return None

    ask = _numbered(live_sessions)

    def look(session: str | None, number: int | None) -> object:
        def expect(live: Any) -> None:
            _expect(operation, bool(live) if session is None else session in live)

        return then(ask(number), expect)

    return BoundOperation(look, is_cancelled=is_marked(live_sessions))


# -- Numbers --------------------------------------------------------------------------------------

CALLS_IN_A_LIFE = 100_000_000
"""How many calls an orchestrator may make under numbers of its own."""


def first_number(rules: type[Core], backend: Any) -> int | None:
    """The number that comes before all of this life's commands; None where commands have none. Greater than all of the
    lives before, since the backend counts these."""
    return int(backend.new_life()) * CALLS_IN_A_LIFE if rules.numbered else None


def _numbered(method: Callable[..., object]) -> Callable[..., object]:
    """The method with its number before everything else, handed over by keyword where it takes one."""
    takes = _takes_number(method)

    def ask(number: int | None, *arguments: object) -> object:
        return method(*arguments, number=number) if takes and number is not None else method(*arguments)

    return ask


def _takes_number(method: Callable[..., object]) -> bool:
    try:
        return "number" in inspect.signature(method).parameters
    except (TypeError, ValueError):  # what is built in may not say
        return False


# -- Answers --------------------------------------------------------------------------------------


def _expect(operation: Operation, answer: object) -> None:
    """A read succeeds where it finds what it has to. Raises `FoundOtherwise`, and `TypeError` for None, which a service
    returns that forgets to answer."""
    if answer is None:
        raise TypeError(f"{operation.name}: the service returned None, expected True or False")
    if bool(answer) is operation.finds:
        return
    if operation.name == IS_INITIALIZED:
        raise FoundOtherwise(f"{operation.service} is not initialized")
    raise FoundOtherwise(f"{operation.service} is {'off' if operation.finds else 'on'}")


def then(answer: Any, use: Callable[[Any], object]) -> object:
    """Use what was answered, now or when it has come."""
    return _use_later(answer, use) if is_pending(answer) else use(answer)


async def _use_later(answer: Awaitable[Any], use: Callable[[Any], object]) -> None:
    use(await answer)


async def value_of(answer: Any) -> Any:
    """What was answered, when it has come."""
    return await answer if is_pending(answer) else answer


async def awaited(answer: Awaitable[object]) -> None:
    """A coroutine of ours around whatever an operation gave to wait for, so that only the loop's end cancels it."""
    await answer


def is_pending(answer: object) -> bool:
    """Whether an operation gave something to wait for."""
    return inspect.isawaitable(answer)
