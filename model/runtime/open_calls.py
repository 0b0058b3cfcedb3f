"""The calls that have no answer yet, numbered, each at the place where the core has it among those of its service."""

import asyncio

from broadcast_orchestrator.model.events import Call, CoreEffect, GiveUp
from broadcast_orchestrator.model.operations import CALLABLE, SERVICES


class RunningCall:
    """A call: `number` counts all calls from 1; `task` runs it, None where nothing has to; `is_cancelled` says that the
    driver cancelled it."""

    def __init__(self, number: int, operation: str, session: str | None) -> None:
        self.number, self.operation, self.session = number, operation, session
        self.task: asyncio.Task[None] | None = None
        self.is_awaited = True
        self.is_cancelled = False

    @property
    def service(self) -> str:
        """Whose call it is."""
        return CALLABLE[self.operation].service

    def cancel(self) -> None:
        """Have it end, if it runs."""
        if self.task is not None and not self.task.done():
            self.is_cancelled = True
            self.task.cancel()


class OpenCalls:
    """All of them, those of each service from the oldest to the newest, as in the core's views."""

    def __init__(self) -> None:
        self._made = 0
        self._open: dict[str, list[RunningCall]] = {service: [] for service in SERVICES}

    def book(self, effect: CoreEffect) -> RunningCall | None:
        """Do as a call or a giving up says, and return the call that is meant; None for any other effect."""
        match effect:
            case Call(operation, session):
                return self._begin(operation, session)
            case GiveUp(operation, session):
                return self._give_up(operation, session)
            case _:
                return None

    def close(self, call: RunningCall) -> int:
        """The call is answered; returns its place among the open calls of its service."""
        position = self._open[call.service].index(call)
        del self._open[call.service][position]
        return position

    def all(self) -> tuple[RunningCall, ...]:
        """Every open call, service by service."""
        return tuple(call for calls in self._open.values() for call in calls)

    def _begin(self, operation: str, session: str | None) -> RunningCall:
        self._made += 1
        call = RunningCall(self._made, operation, session)
        self._open[call.service].append(call)
        return call

    def _give_up(self, operation: str, session: str | None) -> RunningCall:
        """The one call of that operation that was waited for."""
        calls = self._open[CALLABLE[operation].service]
        alike = (call for call in calls if (call.operation, call.session) == (operation, session))
        given_up = next(call for call in alike if call.is_awaited)
        given_up.is_awaited = False
        return given_up
