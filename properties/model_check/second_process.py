"""A second process beside this one: what it has not begun when its answer is wanted is done here; who waits for what
it has begun does something else meanwhile.

So two cores are busy until nearly the end, whoever is quicker, and the answers are those of one process alone: where
something is done makes no difference to it.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:  # a search alone needs none of it
    from concurrent.futures import Future, ProcessPoolExecutor

JOBS = min(2, os.cpu_count() or 1)
"""Two searches at a time, where there are two cores."""

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class Task(Generic[Answer]):
    """Something to be done, here or beside, one of the `tasks` that were begun together; `future` is its answer there
    (None: it is done here)."""

    def __init__(self, do: Callable[[], Answer], future: "Future[Answer] | None", tasks: "list[Task[Any]]") -> None:
        self._do, self._future, self._tasks = do, future, tasks

    def answer(self) -> Answer:
        """What comes of it. While it is being done beside, this process does others that have not been begun, the last
        ones first. Raises what it raises."""
        future = self._done_here()
        for other in reversed(self._tasks):
            if future.done():
                break
            other._done_here()
        return future.result()

    def _done_here(self) -> "Future[Answer]":
        """Do it now unless it has been begun or done; its answer, here or there."""
        if self._future is None or self._future.cancel():
            from concurrent.futures import Future

            self._future = Future()
            try:
                self._future.set_result(self._do())
            except Exception as raised:  # it belongs to whoever wants the answer
                self._future.set_exception(raised)
        return self._future


class SecondProcess:
    """Does one task after another; it is started with the first of them. Without a way to `start` one everything is
    done here, when its answer is wanted."""

    def __init__(self, start: "Callable[[], ProcessPoolExecutor] | None" = None) -> None:
        self._pool = None if start is None else cache(start)
        self._tasks = list[Task[Any]]()

    def begin(self, do: Callable[Given, Answer], *args: Given.args, **kwargs: Given.kwargs) -> Task[Answer]:
        """Have this done as soon as what was begun before is done."""
        future = self._pool().submit(do, *args, **kwargs) if self._pool is not None else None
        task = Task(lambda: do(*args, **kwargs), future, self._tasks)
        if future is not None:
            self._tasks.append(task)
        return task


ALONE = SecondProcess()
"""No second process: everything is done here."""


@contextmanager
def second_process(jobs: int) -> Iterator[SecondProcess]:
    """A second process, where there are two `jobs`; it is gone in the end."""
    if jobs == 1:
        yield ALONE
        return
    with ExitStack() as until_the_end:

        def start() -> "ProcessPoolExecutor":
            from broadcast_orchestrator.sim.processes.workers import worker_pool  # and what it takes to start any

            return until_the_end.enter_context(worker_pool(1))

        yield SecondProcess(start)
