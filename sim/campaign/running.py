"""Making the runs: every point from where its results end, in batches, on as many processes as asked for.

Each run depends on the experiment and its own number alone, and results are taken in the order of the runs. So
neither the number of jobs nor the size of a batch can change a result.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain, islice
from typing import Any, NamedTuple, Protocol

from broadcast_orchestrator.sim.campaign.cluster import on_cluster
from broadcast_orchestrator.sim.campaign.store import WHY, ResultStore
from broadcast_orchestrator.sim.experiments.files import Study
from broadcast_orchestrator.sim.experiments.tables import Experiment
from broadcast_orchestrator.sim.processes.ends import undisturbed
from broadcast_orchestrator.sim.processes.workers import joblib_workers
from broadcast_orchestrator.sim.world.garbage import no_garbage
from broadcast_orchestrator.sim.world.remembered.transition_cache import set_aside

FIRST, MOST, WANTED_S = 50, 250, 0.2
"""How many runs the first batch has, how many a batch has at most, and how many seconds it is to take: so long that to
dispatch and to write it costs little beside, so short that little is lost when everything is killed."""

AHEAD = 50
"""How many batches a process may be ahead of what is written. Many processes make rows faster than one can write them,
and joblib would keep all that wait."""

Row = Sequence[Any]
"""What is kept of one run: its number, its seed, and a value for each column of the store."""

Work = Callable[[Experiment], Callable[[int], Row]]
"""The unit of work: given the experiment, what makes one run, given its number."""

Progress = Callable[[int, int, int], None]
"""Told how many runs there are, how many there will be at most, and in how many something went wrong."""


class Stop(Protocol):
    """Says when a point has had enough runs; it is shown every row once, in order."""

    def see(self, row: Row) -> bool:
        """Take in one row; True if no more are needed."""


class Never:
    """Every run that was asked for is made."""

    def see(self, row: Row) -> bool:
        """No row is the last one."""
        return False


class Batch(NamedTuple):
    """Some runs of a point, from the number `first` up to but not including `end`."""

    point: int
    first: int
    end: int


class Pace:
    """How many runs to make at once: what `WANTED_S` is enough for. A run of a fleet takes so long that it is alone."""

    def __init__(self, alone: bool) -> None:
        self.runs = 1 if alone else FIRST
        self._most = 1 if alone else MOST

    def see(self, runs: int, took_s: float) -> None:
        """So many runs took so long."""
        self.runs = max(1, min(self._most, int(runs * WANTED_S / max(took_s, 1e-6))))


def conduct(
    study: Study,
    store: ResultStore,
    work: Work,
    runs: int,
    *,
    jobs: int = 1,
    stop: Callable[[Experiment], Stop] = lambda experiment: Never(),
    progress: Progress = lambda done, total, wrong: None,
    cluster: str | None = None,
) -> tuple[int, ...]:
    """Make the runs that are missing and write them to the store; returns how many runs of each point count.

    `runs` is how many each point has at most, `stop` makes what ends a point earlier, `cluster` is the address of a
    Dask scheduler (see the extra `cluster`), all of whose workers then take part in place of `jobs`.
    Interrupted anywhere, the same call goes on from what is in the store.
    """
    stops = [stop(point.experiment) for point in study.points]
    counted = [_seen_before(store, number, runs, each) for number, each in enumerate(stops)]
    ended = [enough for _, enough in counted]
    counts = [count for count, _ in counted]
    wrong, why = store.wrong, 2 + store.columns.index(WHY)
    progress(sum(counts), _total(counts, ended, runs), wrong)
    pace = Pace(study.experiment.fleet is not None)
    for batch, (rows, took_s) in _made(study, work, _missing(counts, ended, runs, pace), jobs, cluster):
        pace.see(len(rows), took_s)
        kept = []
        for row in rows:
            if not ended[batch.point]:
                kept.append(row)
                ended[batch.point] = stops[batch.point].see(row)
        store.add(batch.point, kept)
        counts[batch.point] += len(kept)
        wrong += sum(bool(row[why]) for row in kept)
        progress(sum(counts), _total(counts, ended, runs), wrong)
    return tuple(counts)


def _seen_before(store: ResultStore, point: int, runs: int, stop: Stop) -> tuple[int, bool]:
    """How many runs of the store count, and whether they are enough."""
    if not isinstance(stop, Never):
        for count, row in enumerate(store.rows(point, ("run", "seed", *store.columns), runs), 1):
            if stop.see(row):
                return count, True
    return min(store.count(point), runs), False


def _missing(counts: Sequence[int], ended: Sequence[bool], runs: int, pace: Pace) -> Iterator[Batch]:
    """What is still to do; asked for lazily, so that a point that ends is not dispatched any further."""
    for point, count in enumerate(tuple(counts)):
        end = count
        while end < runs and not ended[point]:
            first, end = end, min(end + pace.runs, runs)
            yield Batch(point, first, end)


def _total(counts: Sequence[int], ended: Sequence[bool], runs: int) -> int:
    return sum(count if over else runs for count, over in zip(counts, ended, strict=True))


def _made(
    study: Study, work: Work, batches: Iterator[Batch], jobs: int, cluster: str | None
) -> Iterator[tuple[Batch, tuple[list[Row], float]]]:
    if jobs == 1 and cluster is None:
        for batch in batches:
            yield batch, run_batch(work, study.points[batch.point].experiment, batch.first, batch.end)
        return
    from joblib import Parallel, delayed, effective_n_jobs

    dispatched: deque[Batch] = deque()

    def tasks(some: Iterable[Batch]) -> Iterator[Any]:
        for batch in some:
            dispatched.append(batch)
            yield delayed(run_batch)(work, study.points[batch.point].experiment, batch.first, batch.end)

    where = {"n_jobs": jobs, **joblib_workers()} if cluster is None else {"n_jobs": -1}
    with on_cluster(cluster), ExitStack() as stack:
        with undisturbed():  # here workers are started, and below
            parallel = stack.enter_context(Parallel(**where, return_as="generator", batch_size=1))
        for first in batches:
            some = islice(batches, AHEAD * effective_n_jobs(where["n_jobs"]))
            with undisturbed():
                results = parallel(tasks(chain((first,), some)))
            for made in results:
                yield dispatched.popleft(), made


def run_batch(work: Work, experiment: Experiment, first: int, end: int) -> tuple[list[Row], float]:
    """The rows of some runs, one after the other, and how many seconds they took."""
    began_s = time.perf_counter()
    make = work(experiment)
    set_aside()
    with no_garbage():
        rows = [make(index) for index in range(first, end)]
    return rows, time.perf_counter() - began_s
