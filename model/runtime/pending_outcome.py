"""What a command gives back on asyncio: the outcome to come."""

import asyncio
from collections.abc import Coroutine, Generator
from types import TracebackType
from typing import Any

from broadcast_orchestrator.model.api.outcome import BroadcastError, Outcome


class PendingOutcome(Coroutine[Any, Any, Outcome]):
    """Awaited, or made a task of, it is the command's outcome, or raises its `BroadcastError`.

    The command has been given already and goes on whether or not anyone waits: whoever waits may be cancelled, and
    what nobody waits for may be dropped; its failure is in the state.
    """

    def __init__(self, settled: "asyncio.Future[Outcome]") -> None:
        self._settled = settled
        self._steps: Generator[Any, None, Outcome] | None = None

    def __await__(self) -> Generator[Any, None, Outcome]:
        return self._settled.__await__()

    def send(self, value: Any) -> Any:
        """As a coroutine, for a task."""
        return self._started().send(value)

    def throw(
        self, kind: Any, value: BaseException | object | None = None, traceback: TracebackType | None = None
    ) -> Any:
        """As a coroutine, for a task."""
        return self._started().throw(kind)

    def close(self) -> None:
        """As a coroutine, for a task."""
        if self._steps is not None:
            self._steps.close()

    def _started(self) -> Generator[Any, None, Outcome]:
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps


class AwaitingCaller:
    """Whoever waits for a command."""

    def __init__(self, settled: "asyncio.Future[Outcome]") -> None:
        self._settled = settled

    def succeed(self, value: Outcome) -> None:
        """The command did what was asked."""
        if not self._settled.done():
            self._settled.set_result(value)

    def fail(self, exception: BroadcastError) -> None:
        """It did not; nobody needs to be warned where nobody waits."""
        if not self._settled.done():
            self._settled.set_exception(exception)
            self._settled.exception()
