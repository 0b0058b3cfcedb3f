"""What would keep an event loop waiting: in a thread of its own, one after the other."""

import asyncio
import contextlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import partial
from queue import SimpleQueue
from typing import Any, NamedTuple


class QueuedWork(NamedTuple):
    """Something to do that waits for its turn, and who waits for it."""

    work: Callable[[], object]
    answer: "asyncio.Future[Any]"


class WritesInTurn(ABC):
    """A backend that takes its time. Writes, and reads, take place in the order in which they were asked for,
    so none overtakes another; the thread ends with the program, also where a write never comes back."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[QueuedWork] = SimpleQueue()
        self._thread: threading.Thread | None = None

    @abstractmethod
    def mutate(self, arguments: Mapping[str, object], number: int | None = None) -> None:
        """The mutation `updateBroadcastState`, by the guide's names; returns when it is done (clause CX-2). Under a
        `number` that is older than one that was taken it is refused (the measure "fencing", see `model.measures`)."""

    @abstractmethod
    def live(self, number: int | None = None) -> tuple[str, ...]:
        """The ids of the sessions that are live. A read under a `number` is a command: what is older, and still on its
        way, is refused from then on, and it is itself, as `mutate` says."""

    @abstractmethod
    def lease(self, holder: str, lease_ms: float) -> bool:
        """Whether the holder has the lease from now on, for so many milliseconds; nobody else may have it now."""

    def update_broadcast_state(
        self, arguments: Mapping[str, object], number: int | None = None
    ) -> "asyncio.Future[None]":
        """The mutation, to be awaited on an event loop."""
        return self.in_turn(partial(self.mutate, dict(arguments), number))

    def live_sessions(self, number: int | None = None) -> "asyncio.Future[tuple[str, ...]]":
        """`live`, to be awaited on an event loop: what measures read."""
        return self.in_turn(partial(self.live, number))

    def take_lease(self, holder: str, lease_ms: float) -> "asyncio.Future[bool]":
        """`lease`, to be awaited on an event loop (the measure "lease")."""
        return self.in_turn(partial(self.lease, holder, lease_ms))

    def in_turn(self, work: Callable[[], object]) -> "asyncio.Future[Any]":
        """What the work returns, to be awaited on an event loop."""
        queued = QueuedWork(work, asyncio.get_running_loop().create_future())
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="broadcast-sessions", daemon=True)
            self._thread.start()
        self._queue.put(queued)
        return queued.answer

    def _work(self) -> None:
        while True:
            queued = self._queue.get()
            try:
                result = queued.work()
            except Exception as problem:
                _tell(queued.answer, None, problem)
            else:
                _tell(queued.answer, result, None)


def _tell(answer: "asyncio.Future[Any]", result: object, problem: Exception | None) -> None:
    """On the loop of whoever waits; one that has ended hears nothing."""
    with contextlib.suppress(RuntimeError):
        answer.get_loop().call_soon_threadsafe(_settle, answer, result, problem)


def _settle(answer: "asyncio.Future[Any]", result: object, problem: Exception | None) -> None:
    if answer.done():
        return
    if problem is None:
        answer.set_result(result)
    else:
        answer.set_exception(problem)
