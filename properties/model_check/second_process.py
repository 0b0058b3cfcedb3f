"""A second process beside this one: what it has not begun when its answer is wanted is done here.

So two cores are busy until nearly the end, whoever is quicker, and the answers are those of one process alone: where
something is done makes no difference to it.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:  # a search alone needs none of it
    from concurrent.futures import Future, ProcessPoolExecutor

JOBS = min(2, os.cpu_count() or 1)
"""Two searches at a time, where there are two cores."""

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class Task(Generic[Answer]):
    """Something to be done, here or beside; `future` is its answer there (None: it is done here)."""

    def __init__(self, do: Callable[[], Answer], future: "Future[Answer] | None") -> None:
        self._do, self._future = do, future

    def answer(self) -> Answer:
        """What comes of it. Raises what it raises."""
        if self._future is None or self._future.cancel():
            return self._do()
        return self._future.result()


class SecondProcess:
    """Does one task after another; it is started with the first of them. Without a way to `start` one everything is
    done here, when its answer is wanted."""

    def __init__(self, start: "Callable[[], ProcessPoolExecutor] | None" = None) -> None:
        self._pool = None if start is None else cache(start)

    def begin(self, do: Callable[Given, Answer], *args: Given.args, **kwargs: Given.kwargs) -> Task[Answer]:
        """Have this done as soon as what was begun before is done."""
        future = self._pool().submit(do, *args, **kwargs) if self._pool is not None else None
        return Task(lambda: do(*args, **kwargs), future)


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
