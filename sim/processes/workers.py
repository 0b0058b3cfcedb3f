"""Workers: processes that share the work of this one, and that are gone when it is, however it ends.

Each holds one end of a pipe, this process alone the other. When that is closed, by us or because we are no more, a
worker ends in the midst of whatever it does; a subject that it has started, or just starts, ends with it (see
`no_orphans`).
"""

import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any, ParamSpec, TypeVar

from broadcast_orchestrator.sim.processes.ends import ENDS, undisturbed

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

IDLE_S = 5
"""After how many seconds without work a worker of joblib ends."""


@contextmanager
def worker_pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """So many workers, begun afresh. In the end they do what was begun, not what waits; where an exception leaves the
    block, as an interrupt does, they do not even end what was begun."""
    theirs, ours = Pipe(duplex=False)
    with undisturbed():
        pool = _Pool(jobs, get_context("spawn"), initializer=live_by, initargs=(theirs,))
    try:
        yield pool
    except BaseException:
        ours.close()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        ours.close()
        theirs.close()


class _Pool(ProcessPoolExecutor):
    """A pool that starts its workers, and what keeps their books, while no signal comes in between: one that does waits
    until all of it stands, and what a terminal sends to the whole group finds nothing half made."""

    def submit(self, fn: Callable[Given, Answer], /, *args: Given.args, **kwargs: Given.kwargs) -> Future[Answer]:
        """Have a worker do this; it is started where there are too few."""
        with undisturbed():
            return super().submit(fn, *args, **kwargs)


def joblib_workers() -> dict[str, Any]:
    """What `joblib.Parallel` has to be told, so that the processes that it starts are such workers. A cluster's are
    not: they are not ours.

    joblib ends a worker that has come to remember much, and has another take its place. The runs are the same, so it is
    not to warn of that."""
    warnings.filterwarnings("ignore", "A worker stopped while some jobs were given", UserWarning, "joblib")
    return {"idle_worker_timeout": IDLE_S, "initializer": live_by, "initargs": (_lifeline()[0],)}


@cache
def _lifeline() -> tuple[Connection, Connection]:
    """One for all workers of joblib, which keeps them from one call to the next; closed when this process ends."""
    return Pipe(duplex=False)


def end_workers() -> None:
    """End those workers at once, where nothing that they do is wanted any more."""
    if _lifeline.cache_info().currsize:
        for each in _lifeline():
            each.close()
        _lifeline.cache_clear()


def live_by(lifeline: Connection) -> None:
    """In a worker: live as long as the other end of this pipe is held. What a terminal sends to a whole group is for
    the one who leads it."""
    for each in (signal.SIGINT, signal.SIGHUP):
        signal.signal(each, _not_for_us)  # a handler, for what is ignored would be so in a subject, too
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True, name="lives by its parent").start()


def _not_for_us(number: int, frame: FrameType | None) -> None:
    """The signal is passed over."""


def _end_with(lifeline: Connection) -> None:
    try:
        lifeline.recv_bytes()  # nothing is ever sent
    except OSError:  # the end of the pipe among them
        pass
    finally:
        os._exit(1)
