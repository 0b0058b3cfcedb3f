"""When the dashboards of a fleet arrive."""

import random
from collections.abc import Iterator

from broadcast_orchestrator.sim.experiments.fleet_tables import Arrivals


def arrivals(table: Arrivals, dashboards: int, rng: random.Random) -> Iterator[float]:
    """The time of each arrival in milliseconds, in ascending order."""
    at_ms = 0.0
    for number in range(dashboards):
        match table.kind:
            case "even":
                at_ms = (table.over_ms or 0.0) * number / dashboards
            case "ramp":  # the rate grows in proportion to the time, so the number that has arrived to its square
                at_ms = (table.over_ms or 0.0) * (number / dashboards) ** 0.5
            case "poisson":
                at_ms += rng.expovariate(table.per_s or 1.0) * 1000
        yield at_ms
