"""A pool: servers that dashboards share, the line before them, and its outage."""

import random
from collections import deque
from typing import Protocol

from broadcast_orchestrator.sim.experiments.fleet_tables import OutageTable, PoolTable
from broadcast_orchestrator.sim.experiments.fleet_vocabulary import QUEUE, REFUSE, SLOW
from broadcast_orchestrator.sim.fleet.calendar import Calendar
from broadcast_orchestrator.sim.simulate.drawn_calls import DrawnCall

SECOND_MS = 1000


class PoolClient(Protocol):
    """Whoever makes calls to a pool."""

    def waits_for(self, call: DrawnCall) -> bool:
        """Whether the caller has not given up the call."""

    def served(self, call: DrawnCall) -> None:
        """The call was served."""

    def refused(self, call: DrawnCall) -> None:
        """The call was refused."""


Job = tuple[PoolClient, DrawnCall]


class Pool:
    """First come, first served, whether or not anybody still waits for it. The times come from `rng`."""

    def __init__(
        self, name: str, table: PoolTable, outage: OutageTable | None, rng: random.Random, calendar: Calendar
    ) -> None:
        self.name, self.table = name, table
        self.outage = outage if outage is not None and outage.pool == name else None
        self._rng, self._calendar = rng, calendar
        self._line: deque[tuple[Job, float]] = deque()
        self._busy = 0
        self._second, self._in_second = -1, 0
        self.arrived = self.refused = self.useful = self.wasted = 0
        self.peak = self.longest = 0
        self.waited_ms = self.busy_ms = self.last_ms = 0.0
        if self.outage is not None and self.outage.how == QUEUE:
            calendar.later(self.outage.to_ms, self._reopen)

    @property
    def queue(self) -> int:
        """How many calls wait."""
        return len(self._line)

    def arrive(self, job: Job) -> None:
        """A call has come to the pool: it is served, waits, or is refused."""
        self._count()
        if self._is_out(REFUSE):
            self._refuse(job)
        elif self._is_free() and not self._is_out(QUEUE):
            self._serve(job, self._calendar.now_ms)
        elif self.table.queue is not None and len(self._line) >= self.table.queue:
            self._refuse(job)
        else:
            self._line.append((job, self._calendar.now_ms))
            self.longest = max(self.longest, len(self._line))

    def _count(self) -> None:
        self.arrived += 1
        second = int(self._calendar.now_ms // SECOND_MS)
        self._in_second = self._in_second + 1 if second == self._second else 1
        self._second = second
        self.peak = max(self.peak, self._in_second)

    def _refuse(self, job: Job) -> None:
        self.refused += 1
        caller, call = job
        caller.refused(call)

    def _serve(self, job: Job, since_ms: float) -> None:
        service_ms = self.table.service.sample(self._rng)
        if self.outage is not None and self._is_out(SLOW):
            service_ms *= self.outage.factor or 1.0
        self._busy += 1
        self.waited_ms += self._calendar.now_ms - since_ms
        self.busy_ms += service_ms
        self._calendar.later(service_ms, self._done, job)

    def _done(self, job: Job) -> None:
        """A server is done with a call, and takes the next one. Nobody told it that a caller has given up."""
        self.last_ms = self._calendar.now_ms
        self._busy -= 1
        caller, call = job
        if caller.waits_for(call):
            self.useful += 1
        else:
            self.wasted += 1
        if self._line and not self._is_out(QUEUE):
            self._serve(*self._line.popleft())
        caller.served(call)

    def _reopen(self, _: None) -> None:
        while self._line and self._is_free():
            self._serve(*self._line.popleft())

    def _is_free(self) -> bool:
        return self.table.servers is None or self._busy < self.table.servers

    def _is_out(self, how: str) -> bool:
        out = self.outage
        return out is not None and out.how == how and out.from_ms <= self._calendar.now_ms < out.to_ms
