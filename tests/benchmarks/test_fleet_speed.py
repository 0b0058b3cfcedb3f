"""Fleets against the textbook SimPy loop that has no orchestrator at all, as ratios of one run.

    make benchmark

One cycle is initialize, start and stop: eleven calls, two of which wait at a shared backend. Where faults hit, so many
calls are one.
"""

import time

import pytest
from test_simulator_speed import faults
from yardstick import CALLS_A_CYCLE, textbook_cycles_per_second

from broadcast_orchestrator.sim.experiments.files import read
from broadcast_orchestrator.sim.fleet.fleet import Fleet

FLEET = """
name = "cycles"
[latency]
"*" = { distribution = "exponential", mean_ms = 50 }
[[commands]]
at_ms = 0
command = "initialize"
[[commands]]
when = "ready"
command = "start_broadcast"
session_id = "s1"
[[commands]]
when = "live"
after_ms = 1_000
command = "stop_broadcast"
[fleet]
dashboards = 10_000
[fleet.arrivals]
kind = "even"
over_ms = 600_000
[fleet.backend]
servers = 50
service = { distribution = "exponential", mean_ms = 40 }
"""


DASHBOARDS = 10_000


def cycles_per_second(percent: int) -> float:
    """How many cycles of its dashboards a fleet makes in a second of one core, everything included, where faults hit so
    many calls in a hundred."""
    experiment = read(FLEET + faults(percent)).experiment
    began = time.process_time()
    fleet = Fleet(experiment, 1)
    took_s = time.process_time() - began
    assert fleet.census.arrived == DASHBOARDS
    if not percent:
        assert fleet.totals["stop_broadcast succeeded"] == DASHBOARDS
        assert fleet.totals["call"] == CALLS_A_CYCLE * DASHBOARDS
    return fleet.totals["call"] / CALLS_A_CYCLE / took_s


@pytest.mark.parametrize("percent", [0, 1, 3], ids=["healthy", "1 % faults", "3 % faults"])
def test_cycles_a_second(percent: int) -> None:
    """The best of three, in turns with the textbook's loop, which knows no faults."""
    rounds = [(cycles_per_second(percent), textbook_cycles_per_second(4_000)) for _ in range(3)]
    ours, textbook = max(fleet for fleet, _ in rounds), max(loop for _, loop in rounds)
    print(
        f"\nfleet: {ours:,.0f} cycles/s, textbook SimPy {textbook:,.0f} cycles/s, ratio {ours / textbook:.2f}", end=""
    )
