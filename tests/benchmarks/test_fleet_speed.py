"""Fleets against the textbook SimPy loop that has no orchestrator at all, as ratios of one run.

    make benchmark

One cycle is initialize, start and stop: eleven calls, two of which wait at a shared backend.
"""

import time

from yardstick import textbook_cycles_per_second

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


def cycles_per_second() -> float:
    """How many cycles of its dashboards a fleet makes in a second of one core, everything included."""
    experiment = read(FLEET).experiment
    began = time.process_time()
    fleet = Fleet(experiment, 1)
    took = time.process_time() - began
    assert fleet.totals["stop_broadcast succeeded"] == 10_000
    assert fleet.totals["call"] == 110_000
    return 10_000 / took


def test_a_fleet_makes_eight_thousand_cycles_a_second() -> None:
    """The best of three, in turns with the textbook's loop."""
    rounds = [(cycles_per_second(), textbook_cycles_per_second(4_000)) for _ in range(3)]
    ours, textbook = max(fleet for fleet, _ in rounds), max(loop for _, loop in rounds)
    print(f"\nfleet: {ours:,.0f} cycles/s, textbook SimPy {textbook:,.0f} cycles/s, ratio {ours / textbook:.2f}")
    assert ours >= 8_000
