"""Mutations that would keep an event loop waiting: in a thread of their own, one after the other."""

import asyncio
import contextlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from queue import SimpleQueue
from typing import NamedTuple


class QueuedWrite(NamedTuple):
    """A mutation that waits for its turn, and who waits for it."""

    arguments: dict[str, object]
    answer: "asyncio.Future[None]"


class WritesInTurn(ABC):
    """A backend whose `mutate` takes its time. Writes take effect in the order in which they were asked for, so none
    overtakes another; the thread ends with the program, also where a write never comes back."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[QueuedWrite] = SimpleQueue()
        self._thread: threading.Thread | None = None

    @abstractmethod
    def mutate(self, arguments: Mapping[str, object]) -> None:
        """The mutation `updateBroadcastState`, by the guide's names; returns when it is done (clause CX-2)."""

    def update_broadcast_state(self, arguments: Mapping[str, object]) -> "asyncio.Future[None]":
        """The mutation, to be awaited on an event loop."""
        write = QueuedWrite(dict(arguments), asyncio.get_running_loop().create_future())
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="broadcast-sessions", daemon=True)
            self._thread.start()
        self._queue.put(write)
        return write.answer

    def _work(self) -> None:
        while True:
            write = self._queue.get()
            try:
                self.mutate(write.arguments)
            except Exception as problem:
                _tell(write.answer, problem)
            else:
                _tell(write.answer, None)


def _tell(answer: "asyncio.Future[None]", problem: Exception | None) -> None:
    """On the loop of whoever waits; one that has ended hears nothing."""
    with contextlib.suppress(RuntimeError):
        answer.get_loop().call_soon_threadsafe(_settle, answer, problem)


def _settle(answer: "asyncio.Future[None]", problem: Exception | None) -> None:
    if answer.done():
        return
    if problem is None:
        answer.set_result(None)
    else:
        answer.set_exception(problem)
