"""An asyncio event loop whose clock goes on only when it is told to.

Unmodified asyncio code runs on it: tasks, futures, sleeps, timeouts, locks. There is nothing else: whatever wants a
socket, a thread or a file finds that this loop does not have it.
"""

import asyncio
import heapq
import time
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from contextvars import Context
from typing import Any, TypeVar, TypeVarTuple

Ts = TypeVarTuple("Ts")
Result = TypeVar("Result")

EPOCH_SECONDS = 1_767_225_600
"""1 January 2026: a real date, so that no time stamp is 0 by accident."""

RESTLESS = 10_000
"""How many callbacks may follow one another without any time going by."""


class Restless(RuntimeError):
    """Callbacks follow callbacks without end, at one and the same moment."""


class VirtualLoop(asyncio.AbstractEventLoop):
    """`now_ms` is the time. `unhandled` hears of errors that nobody caught, `after_each` of every callback that ran."""

    def __init__(self, unhandled: Callable[[str], None], after_each: Callable[[], None]) -> None:
        self.now_ms: float = 0
        self._unhandled, self._after_each = unhandled, after_each
        self._ready: deque[asyncio.Handle] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._forgotten: list[asyncio.Handle] = []
        self._armed = 0
        self._closed = self._suspended = False
        self._set_ms = 0

    # -- The driver's side --------------------------------------------------------------------------

    @property
    def next_timer_ms(self) -> float | None:
        """When the earliest timer is due; None without one, and while timers stand still."""
        if self._suspended:
            return None
        while self._timers and self._timers[0][2].cancelled():
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def rest(self) -> None:
        """Run every callback that is ready, and those that they ask for, in their order. Raises `Restless`."""
        previous = asyncio._get_running_loop()
        asyncio._set_running_loop(self)
        try:
            for _ in range(RESTLESS):
                if not self._ready:
                    return
                handle = self._ready.popleft()
                if not handle.cancelled():
                    handle._run()
                    self._after_each()
        finally:
            asyncio._set_running_loop(previous)
        raise Restless(f"does not come to rest: {RESTLESS} callbacks at {self.now_ms:g} ms")

    def advance(self, to_ms: float) -> None:
        """Let the clock go on; timers run one after the other, each at its own time. Raises `Restless`."""
        while (due := self.next_timer_ms) is not None and due <= to_ms:
            self.now_ms = max(self.now_ms, due)
            self._ready.append(heapq.heappop(self._timers)[2])
            self.rest()
        self.now_ms = to_ms

    def set_clock(self, by_ms: int) -> None:
        """The date jumps; timers do not."""
        self._set_ms += by_ms

    def suspend(self) -> None:
        """Timers stand still while the clock goes on."""
        self._suspended = True

    def resume(self) -> None:
        """Timers that are overdue run now, in the order in which they were due. Raises `Restless`."""
        self._suspended = False
        self.advance(self.now_ms)

    def forget(self) -> None:
        """Nothing that was asked for runs any more, and timers go on. It is kept all the same: a task that is thrown
        away while it waits would complain."""
        self._forgotten += [*self._ready, *(timer for _, _, timer in self._timers)]
        self._ready.clear()
        self._timers.clear()
        self._suspended = False

    @contextmanager
    def as_time(self) -> Iterator[None]:
        """Meanwhile `time.time` and `time.monotonic` tell the loop's time, from whichever module they are asked."""
        real = time.time, time.monotonic
        time.time, time.monotonic = self.date, self.time
        try:
            yield
        finally:
            time.time, time.monotonic = real

    def date(self) -> float:
        """The date in seconds, as `time.time` counts: a scenario begins on 1 January 2026."""
        return EPOCH_SECONDS + (self.now_ms + self._set_ms) / 1000

    # -- asyncio's side -----------------------------------------------------------------------------

    def time(self) -> float:
        """The time in seconds, as asyncio counts."""
        return self.now_ms / 1000

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Run it at this moment, after what is ready already."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(
        self, delay: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Run it so many seconds later."""
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Run it at that time in seconds; what is past is due now."""
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        self._armed += 1
        due_ms = max(self.now_ms, round(when * 1000, 6))  # seconds in floating point, milliseconds as they were meant
        heapq.heappush(self._timers, (due_ms, self._armed, timer))
        return timer

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """asyncio tells its loop; a cancelled timer is passed over when its turn comes."""

    def create_future(self) -> asyncio.Future[Any]:
        """A future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Generator[Any, None, Result] | Coroutine[Any, Any, Result],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> asyncio.Task[Result]:
        """A task of this loop."""
        return asyncio.Task(coro, loop=self, name=name, context=context)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """An error that nobody caught; what is left of a closed loop is nobody's concern."""
        if not self._closed:
            mistake = context.get("exception")
            self._unhandled(f"{type(mistake).__name__}: {mistake}" if mistake is not None else context["message"])

    def get_debug(self) -> bool:
        """Debugging is off."""
        return False

    def is_running(self) -> bool:
        """It always is, as far as its code can tell."""
        return True

    def is_closed(self) -> bool:
        """Whether it has been closed."""
        return self._closed

    def close(self) -> None:
        """Nothing of it runs any more."""
        self._closed = True
        self._ready.clear()
        self._timers.clear()
