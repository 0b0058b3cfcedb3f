"""The table `[fleet]` of an experiment file: how many dashboards, when they arrive, what they share, what fails."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from broadcast_orchestrator.sim.experiments.basics import LatencyValue, Ms, Positive, Probability, StrictTable
from broadcast_orchestrator.sim.experiments.fleet_vocabulary import OUTAGES, POOLS, SLOW
from broadcast_orchestrator.sim.simulate.latency import Constant

KINDS = {"at_once": None, "even": "over_ms", "ramp": "over_ms", "poisson": "per_s"}
"""The ways to arrive, and the one number that each needs."""


class Arrivals(StrictTable):
    """When the dashboards arrive: `at_once`; evenly spaced, or ever faster from nothing on (`ramp`), `over_ms`; or
    independently of each other, `per_s` of them a second on average (`poisson`)."""

    kind: Literal[tuple(KINDS)] = "at_once"  # type: ignore[valid-type]
    over_ms: Ms | None = None
    per_s: Annotated[float, Field(gt=0, le=1_000_000)] | None = None

    @model_validator(mode="after")
    def _one_number(self) -> "Arrivals":
        for name in ("over_ms", "per_s"):
            if (getattr(self, name) is not None) is not (KINDS[self.kind] == name):
                raise ValueError(f"{self.kind} {'needs' if KINDS[self.kind] == name else 'takes no'} {name}")
        return self


class PoolTable(StrictTable):
    """Something shared. Calls wait in one line for one of `servers` (left out: as many as there are calls), which is
    busy with each for the time `service`; where `queue` calls wait already, a further one is refused. The latency of
    the call is its way to the pool. A call that nobody waits for any more still takes its turn."""

    servers: Positive | None = None
    service: LatencyValue = Field(default_factory=lambda: Constant(0))
    queue: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None


class OutageTable(StrictTable):
    """From one moment to another a pool refuses what arrives, serves nothing that is not begun yet, or takes `factor`
    times as long for what it begins."""

    pool: Literal[tuple(POOLS)] = "backend"  # type: ignore[valid-type]
    from_ms: Ms
    to_ms: Ms
    how: Literal[OUTAGES] = "refuse"  # type: ignore[valid-type]
    factor: Annotated[float, Field(gt=0, le=1_000_000)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "OutageTable":
        if self.to_ms <= self.from_ms:
            raise ValueError("to_ms: expected a time after from_ms")
        if (self.factor is None) is (self.how == SLOW):
            raise ValueError(f"{self.how} {'needs' if self.how == SLOW else 'takes no'} factor")
        return self


class FleetTable(StrictTable):
    """`dashboards` of them, each with the commands, events and limits of the experiment, in a time of its own that
    begins when it arrives. After an outage the fleet has come back if, at the latest `back_within_ms` after it and
    from then on, at least `back_share` of the dashboards that have arrived are ready or live."""

    dashboards: Annotated[int, Field(ge=1, le=200_000)]
    arrivals: Arrivals = Arrivals()
    backend: PoolTable | None = None
    host: PoolTable | None = None
    producer: PoolTable | None = None
    outage: OutageTable | None = None
    back_share: Probability = 0.9
    back_within_ms: Ms = 300_000

    @model_validator(mode="after")
    def _outage_of_a_pool(self) -> "FleetTable":
        if self.outage is not None and getattr(self, self.outage.pool) is None:
            pool = self.outage.pool
            raise ValueError(f"outage: nothing is shared called {pool}, add a table [fleet.{pool}]")
        return self

    @property
    def pools(self) -> dict[str, PoolTable]:
        """What is shared, by name."""
        found = {name: getattr(self, name) for name in POOLS}
        return {name: table for name, table in found.items() if table is not None}
