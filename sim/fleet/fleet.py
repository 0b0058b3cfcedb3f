"""A fleet: many dashboards on one calendar, each a real orchestrator, that share pools of finite capacity.

A fleet of one with nothing to share is a single run, moment by moment.
"""

from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.sim.experiments.fleet_vocabulary import POOLS
from broadcast_orchestrator.sim.experiments.story import Plot, Story
from broadcast_orchestrator.sim.experiments.tables import Experiment
from broadcast_orchestrator.sim.fleet.arrivals import arrivals
from broadcast_orchestrator.sim.fleet.calendar import Calendar
from broadcast_orchestrator.sim.fleet.census import Census
from broadcast_orchestrator.sim.fleet.dashboard import Dashboard
from broadcast_orchestrator.sim.fleet.pool import Pool
from broadcast_orchestrator.sim.simulate.drawn_calls import CallDraws, Latencies
from broadcast_orchestrator.sim.simulate.injection import Injection
from broadcast_orchestrator.sim.simulate.streams import Streams
from broadcast_orchestrator.sim.world.garbage import no_garbage
from broadcast_orchestrator.sim.world.remembered.transition_cache import steps_of

EACH = 2**32
"""More calls of one operation than any dashboard makes: each has its own part of all draws, so that what others do does
not change it. The first has what a single run has."""


class Fleet:
    """A run of a fleet, made at once; `census` is what was counted, `totals` how often what happened (see
    `sim.fleet.census.happened`), `pools` are what was shared.

    `outage`: whether the outage of the experiment takes place. The experiment must have a table `[fleet]`.
    """

    def __init__(self, experiment: Experiment, seed: int, *, outage: bool = True) -> None:
        fleet = experiment.fleet
        assert fleet is not None
        streams = Streams(seed)
        self.steps = steps_of()
        self._experiment, self._streams, self._plot = experiment, streams, Plot(experiment)
        self._latencies, self._injection = Latencies(experiment.latency), Injection(tuple(experiment.faults))
        self._goes_ahead = not self._latencies.repeat
        self._calendar = Calendar()
        self._arrivals = arrivals(fleet.arrivals, fleet.dashboards, streams.stream("arrivals"))
        out = fleet.outage if outage else None
        self.pools = {
            name: Pool(name, table, out, streams.stream(f"pool {name}"), self._calendar)
            for name, table in fleet.pools.items()
        }
        by_service = {POOLS[name]: pool for name, pool in self.pools.items()}
        self._pools = tuple(by_service.get(service) for service in SERVICES)
        self.census = Census(self._calendar, fleet, out, tuple(self.pools.values()))
        self._next_arrival()
        with no_garbage():
            self._calendar.run(self.census.series.tick)
        self.census.series.close()
        self.totals = self.census.totals(self.steps.cores)

    def _next_arrival(self) -> None:
        at_ms = next(self._arrivals, None)
        if at_ms is not None:
            self._calendar.at(at_ms, self._arrive)

    def _arrive(self, _: None) -> None:
        experiment, census, number = self._experiment, self.census, self.census.arrived
        story, injection = Story(self._plot), self._injection.again() if experiment.faults else self._injection
        dashboard = Dashboard(
            self._calendar,
            self.steps,
            experiment.config,
            CallDraws(self._latencies, self._streams, injection, experiment.sessions, number * EACH),
            self._pools,
            story,
            census,
            self._goes_ahead,
        )
        census.arrives(dashboard)
        story.begin(dashboard.driver)
        self._next_arrival()
