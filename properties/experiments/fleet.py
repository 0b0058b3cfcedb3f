"""The unit of work of an experiment with a fleet: one run of all its dashboards, as one row of the results."""

import json
import math
from collections.abc import Callable
from typing import Any, NamedTuple

from broadcast_orchestrator.model.events import INITIALIZE, START_BROADCAST, SUCCEEDED
from broadcast_orchestrator.model.table import BroadcastState
from broadcast_orchestrator.properties.experiments.measured import seed_of
from broadcast_orchestrator.sim.experiments.fleet_vocabulary import FLEET_MEASURES, POOLS
from broadcast_orchestrator.sim.experiments.tables import Experiment, MeasureClaim
from broadcast_orchestrator.sim.fleet.fleet import Fleet
from broadcast_orchestrator.sim.fleet.pool import Pool

Value = float | bool | None

OTHERS = ("why", "series")
"""The columns after the measures: what went wrong ("" if nothing did), and the time series of the first runs, as
JSON."""

PICTURED = 20
"""Of how many runs the time series are kept."""


class MeasuredFleet(NamedTuple):
    """One run of a fleet: its measures in the order of `FLEET_MEASURES`, what went wrong, and its time series."""

    values: tuple[Value, ...]
    why: str
    series: dict[str, Any]


def columns(experiment: Experiment) -> tuple[str, ...]:
    """The columns of the rows of an experiment with a fleet."""
    return (*FLEET_MEASURES, *OTHERS)


def work(experiment: Experiment) -> Callable[[int], tuple[Value | str, ...]]:
    """What makes the runs of an experiment with a fleet: given the number of a run, its row."""

    def row(index: int) -> tuple[Value | str, ...]:
        seed = seed_of(experiment, index)
        found = measured_fleet(experiment, seed)
        kept = json.dumps(found.series, separators=(",", ":")) if index < PICTURED else ""
        return (index, seed, *found.values, found.why, kept)

    return row


def measured_fleet(experiment: Experiment, seed: int) -> MeasuredFleet:
    """One run of a fleet by its seed; where there is an outage, beside the same fleet without it."""
    assert experiment.fleet is not None
    fleet = Fleet(experiment, seed)
    calm = Fleet(experiment, seed, outage=False) if experiment.fleet.outage is not None else None
    found = _of_dashboards(fleet) | _of_outage(experiment, fleet, calm)
    for name in POOLS:
        found |= _of_pool(name, fleet.pools.get(name))
    values = tuple(found[name] for name in FLEET_MEASURES)
    series = _series(fleet) | ({} if calm is None else {"calm": _series(calm)})
    return MeasuredFleet(values, "; ".join(_wrong(experiment, found)), series)


# -- Measures -------------------------------------------------------------------------------------


def _of_dashboards(fleet: Fleet) -> dict[str, Value]:
    census, total = fleet.census, fleet.totals
    times = sorted(census.times_to_live_ms)
    return {
        "all_live": len(times) == census.arrived,
        "reached_live_share": len(times) / census.arrived,
        "initialize_success_share": _successes(total, INITIALIZE),
        "start_success_share": _successes(total, START_BROADCAST),
        "mean_time_to_live_ms": math.fsum(times) / len(times) if times else None,
        "p99_time_to_live_ms": times[math.ceil(0.99 * len(times)) - 1] if times else None,
        "calls_per_dashboard": total.get("call", 0) / census.arrived,
        "retries_per_dashboard": total.get("retry", 0) / census.arrived,
        "rollbacks_per_dashboard": total.get("rollback", 0) / census.arrived,
        "run_ms": census.last_ms,
    }


def _successes(total: dict[str, int], command: str) -> float | None:
    accepted = total.get(f"{command} accepted", 0)
    return total.get(f"{command} {SUCCEEDED}", 0) / accepted if accepted else None


def _of_outage(experiment: Experiment, fleet: Fleet, calm: Fleet | None) -> dict[str, Value]:
    """A fleet that was not well before an outage says nothing about coming back from it."""
    names = ("comes_back", "back_after_ms", "up_before_share", "up_after_share", "amplification")
    found: dict[str, Value] = dict.fromkeys(names)
    table, census = experiment.fleet, fleet.census
    if calm is None or table is None or table.outage is None:
        return found
    found |= {"up_before_share": census.up_before, "up_after_share": census.up_after}
    found["amplification"] = fleet.totals["call"] / calm.totals["call"] if calm.totals.get("call") else None
    if census.up_before is not None and census.up_before >= table.back_share:
        since_ms = census.back_since_ms
        found["comes_back"] = since_ms is not None
        found["back_after_ms"] = None if since_ms is None else max(0.0, since_ms - table.outage.to_ms)
    return found


def _of_pool(name: str, pool: Pool | None) -> dict[str, Value]:
    measures = [measure for measure in FLEET_MEASURES if measure.startswith(f"{name}_")]
    found: dict[str, Value] = dict.fromkeys(measures)
    if pool is None:
        return found
    served, servers = pool.useful + pool.wasted, pool.table.servers
    found |= {f"{name}_calls": pool.arrived, f"{name}_peak_per_s": pool.peak, f"{name}_queue_max": pool.longest}
    if pool.arrived:
        found[f"{name}_refused_share"] = pool.refused / pool.arrived
    if served:
        found[f"{name}_wait_ms"] = pool.waited_ms / served
        found[f"{name}_wasted_share"] = pool.wasted / served
    if servers is not None and pool.last_ms:
        found[f"{name}_busy_share"] = pool.busy_ms / (servers * pool.last_ms)
    return found


def _wrong(experiment: Experiment, found: dict[str, Value]) -> list[str]:
    """What is wrong with the run as far as the claims go: where nothing is claimed, not coming back."""
    claims = [claim for claim in experiment.expect if isinstance(claim, MeasureClaim)]
    wrong = [f"not {c.measure}" for c in claims if c.at_least is not None and found[c.measure] is False]
    wrong += [c.measure for c in claims if c.at_most is not None and found[c.measure] is True]
    if not experiment.expect and found["comes_back"] is False:
        wrong.append("not comes_back")
    return wrong


# -- Time series ----------------------------------------------------------------------------------


def _series(fleet: Fleet) -> dict[str, Any]:
    """What a picture of the run needs, as plain data: for each bucket how many dashboards were in each state and how
    many calls waited at its end, and how many calls arrived, were served in time or in vain, or were refused in it."""
    series, names = fleet.census.series, list(fleet.pools)
    states = [state.value for state in BroadcastState]
    ends, grown = list(zip(*series.ends, strict=True)), list(zip(*series.grown, strict=True))
    kinds = ("arrived", "useful", "wasted", "refused")
    return {
        "width_ms": series.width_ms,
        "states": {state: ends[at] for at, state in enumerate(states)},
        "pools": {
            name: dict(zip(kinds, grown[4 * at : 4 * at + 4], strict=True)) | {"queue": ends[len(states) + at]}
            for at, name in enumerate(names)
        },
        "closely": fleet.census.zoom,
    }
