"""What a fleet can be asked about: the pools that dashboards share, and the measures of one run of a fleet."""

from broadcast_orchestrator.model.operations import CONVEX, HOST, PRODUCER
from broadcast_orchestrator.sim.experiments.vocabulary import AMOUNT, MEASURES, SHARE, TIME, Measure

POOLS = {"backend": CONVEX, "host": HOST, "producer": PRODUCER}
"""What dashboards may share, and the service whose calls go there. The feed and the session are each dashboard's."""

REFUSE, QUEUE, SLOW = "refuse", "queue", "slow"
OUTAGES = (REFUSE, QUEUE, SLOW)
"""What a pool does during its outage: refuse what arrives, let it wait, or take a multiple of the time for it."""

_OF_A_POOL = (
    ("calls", 0, "calls that arrived at the {pool}"),
    ("peak_per_s", -1, "calls that arrived at the {pool} in the busiest second"),
    ("wait_ms", -1, "how long a call waited at the {pool} on average before it was served"),
    ("queue_max", -1, "the longest queue at the {pool}"),
    ("busy_share", 0, "share of the time for which the servers of the {pool} were busy, until its last call"),
    ("refused_share", -1, "share of the calls that the {pool} refused"),
    ("wasted_share", -1, "share of the served calls of the {pool} that nobody waited for any more when they were done"),
)

FLEET_MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure("comes_back", SHARE, 1, "up before the outage, up again in time after it; else metastable"),
        Measure("all_live", SHARE, 1, "every dashboard was live at some time"),
        Measure("back_after_ms", TIME, -1, "from the end of the outage until the fleet was up for good"),
        Measure("up_before_share", AMOUNT, 1, "share of the dashboards ready or live when the outage began"),
        Measure("up_after_share", AMOUNT, 1, "share of the dashboards ready or live when it should have come back"),
        Measure("reached_live_share", AMOUNT, 1, "share of the dashboards that were live at some time"),
        Measure("initialize_success_share", AMOUNT, 1, "share of the accepted initializes that succeeded"),
        Measure("start_success_share", AMOUNT, 1, "share of the accepted starts that succeeded"),
        Measure("mean_time_to_live_ms", AMOUNT, -1, "from the arrival of a dashboard to its first live, on average"),
        Measure("p99_time_to_live_ms", AMOUNT, -1, "the same time for the slowest of 99 % of those that were live"),
        Measure("calls_per_dashboard", AMOUNT, -1, "calls made, over the number of dashboards"),
        Measure("retries_per_dashboard", AMOUNT, -1, "retries of initialize, over the number of dashboards"),
        Measure("rollbacks_per_dashboard", AMOUNT, -1, "starts rolled back, over the number of dashboards"),
        Measure("amplification", AMOUNT, -1, "calls made, over those of the same fleet without the outage"),
        Measure("run_ms", AMOUNT, 0, "how long the run took until it came to rest"),
        *(
            Measure(f"{pool}_{name}", AMOUNT, better, meaning.format(pool=pool))
            for pool in POOLS
            for name, better, meaning in _OF_A_POOL
        ),
    )
}
"""Every measure of a fleet by name; one that makes no sense for a run, such as that of an outage without one, is not
there. Times and amounts ending in _ms are milliseconds of simulated time, those ending in _share are from 0 to 1."""

EVERY = MEASURES | FLEET_MEASURES
"""The measures of single runs and of fleets."""
