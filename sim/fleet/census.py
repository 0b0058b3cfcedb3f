"""What is counted while a fleet runs, in memory that does not grow with time: a census of the dashboards."""

from collections.abc import Iterator, Sequence

from broadcast_orchestrator.model.events import RETRY_DELAY, Accepted, Refused, SetTimer, Settled
from broadcast_orchestrator.model.state import ROLLBACK, CoreState
from broadcast_orchestrator.model.table import LIVE, READY, BroadcastState
from broadcast_orchestrator.sim.experiments.fleet_tables import FleetTable, OutageTable
from broadcast_orchestrator.sim.fleet.calendar import Calendar
from broadcast_orchestrator.sim.fleet.dashboard import Dashboard
from broadcast_orchestrator.sim.fleet.pool import Pool
from broadcast_orchestrator.sim.fleet.series import ZOOM_BEFORE_MS, ZOOM_MS, ZOOM_WIDTH_MS, Series
from broadcast_orchestrator.sim.world.remembered.transition_cache import CachedStep


class _Taken:
    """A step between two worlds, and how often it was taken."""

    __slots__ = ("before", "edge", "times")

    def __init__(self, before: int, edge: CachedStep) -> None:
        self.before, self.edge = before, edge
        self.times = 1


class Census:
    """Counts as the fleet runs: `states` is how many dashboards are in each state, `times_to_live_ms` are the times
    from the arrival to the first live, in the order in which they ended."""

    def __init__(
        self, calendar: Calendar, table: FleetTable, outage: OutageTable | None, pools: Sequence[Pool]
    ) -> None:
        self._calendar, self._pools = calendar, pools
        self._enough_share = table.back_share
        self._taken: dict[CachedStep, _Taken] = {}
        self.states = dict.fromkeys(BroadcastState, 0)
        self.arrived = 0
        self.last_ms = 0.0
        self.live_ms = 0.0
        self.times_to_live_ms: list[float] = []
        self.up_before: float | None = None
        self.up_after: float | None = None
        self.back_since_ms: float | None = None
        self._enough_since_ms: float | None = None
        self.zoom: list[int] = []
        self.series = Series(self._totals, self._levels)
        if outage is not None:
            calendar.at(outage.from_ms, self._outage_begins)
            calendar.at(outage.to_ms + table.back_within_ms, self._should_be_back)
        if table.outage is not None:
            self._look_closely(table.outage)

    # -- While it runs ------------------------------------------------------------------------------

    def arrives(self, dashboard: Dashboard) -> None:
        """A dashboard arrives."""
        self.arrived += 1
        self.states[dashboard.state] += 1
        self._look()

    def hears(self, dashboard: Dashboard, before: int, edge: CachedStep) -> None:
        """A dashboard has taken a step."""
        self.last_ms = self._calendar.now_ms
        try:
            self._taken[edge].times += 1
        except KeyError:
            self._taken[edge] = _Taken(before, edge)
        for state in edge.entered:
            self._enters(dashboard, state)

    def _enters(self, dashboard: Dashboard, state: BroadcastState) -> None:
        now_ms = self._calendar.now_ms
        if state is LIVE:
            if not dashboard.was_live:
                dashboard.was_live = True
                self.times_to_live_ms.append(now_ms - dashboard.arrived_ms)
            dashboard.live_since_ms = now_ms
        elif dashboard.state is LIVE:
            self.live_ms += now_ms - dashboard.live_since_ms
        self.states[dashboard.state] -= 1
        self.states[state] += 1
        dashboard.state = state
        self._look()

    def totals(self, cores: Sequence[CoreState]) -> dict[str, int]:
        """How often everything happened that is counted, by name (see `happened`); `cores` are those of the worlds."""
        total: dict[str, int] = {}
        for taken in self._taken.values():
            for name in happened(cores[taken.before], taken.edge, cores[taken.edge.after]):
                total[name] = total.get(name, 0) + taken.times
        return total

    @property
    def up(self) -> int:
        """How many dashboards are well: ready or live."""
        return self.states[READY] + self.states[LIVE]

    @property
    def up_share(self) -> float:
        """The share of the dashboards that have arrived which are well."""
        return self.up / self.arrived if self.arrived else 0.0

    # -- Before and after an outage -----------------------------------------------------------------

    def _look(self) -> None:
        """Since when enough dashboards are well, without a gap."""
        if self.up < self._enough_share * self.arrived:
            self._enough_since_ms = None
        elif self._enough_since_ms is None:
            self._enough_since_ms = self._calendar.now_ms

    def _outage_begins(self, _: None) -> None:
        self.up_before = self.up_share if self.arrived else None

    def _should_be_back(self, _: None) -> None:
        self.up_after, self.back_since_ms = self.up_share, self._enough_since_ms

    # -- Time series --------------------------------------------------------------------------------

    def _totals(self) -> tuple[int, ...]:
        return tuple(n for pool in self._pools for n in (pool.arrived, pool.useful, pool.wasted, pool.refused))

    def _levels(self) -> tuple[int, ...]:
        return (*self.states.values(), *(pool.queue for pool in self._pools))

    def _look_closely(self, outage: OutageTable) -> None:
        """How many calls have arrived at the pool of the outage, again and again around its end (where it takes place
        or not, so that both can be compared)."""
        (pool,) = (pool for pool in self._pools if pool.name == outage.pool)
        begin_ms = max(0.0, outage.to_ms - ZOOM_BEFORE_MS)
        for at_ms in range(0, ZOOM_MS + 1, ZOOM_WIDTH_MS):
            self._calendar.at(begin_ms + at_ms, lambda _: self.zoom.append(pool.arrived))


def happened(before: CoreState, edge: CachedStep, after: CoreState) -> Iterator[str]:
    """What is counted of a step: the calls, commands accepted, refused and settled, retries and rollbacks."""
    yield from ["call"] * len(edge.calls)
    for effect in edge.effects:
        match effect:
            case Accepted(command, joined) if not joined:
                yield f"{command} accepted"
            case Refused():
                yield "refused"
            case Settled(command, verdict):
                yield f"{command} {verdict}"
            case SetTimer(kind) if kind == RETRY_DELAY:
                yield "retry"
    old, new = before.procedure, after.procedure
    if new is not None and new.phase == ROLLBACK and (old is None or old.phase != ROLLBACK):
        yield "rollback"
