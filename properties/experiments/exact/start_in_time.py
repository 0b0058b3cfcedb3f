"""A start against its limit: exact even where it matters when things happen."""

import math
from collections.abc import Sequence

from broadcast_orchestrator.model.events import INITIALIZE, START_BROADCAST
from broadcast_orchestrator.model.operations import STARTUP
from broadcast_orchestrator.model.table import LIVE, READY
from broadcast_orchestrator.properties.experiments.exact.reach import NotExact, is_fatal, latency_of, require_chance
from broadcast_orchestrator.properties.experiments.exact.sums import sum_within
from broadcast_orchestrator.sim.experiments.tables import Experiment
from broadcast_orchestrator.sim.simulate.injection import Fault
from broadcast_orchestrator.sim.world.faults import FORWARD, FaultClass


def start_in_time(experiment: Experiment) -> float:
    """The share of starts of which every step works and whose latencies sum up to at most the startup timeout.

    Its steps go one after the other, so the start succeeds just if none is hit by a fault that makes it fail, and the
    time that they take together keeps the limit; whether a call is hit does not depend on how long it takes. Raises
    `NotExact` unless one start is given in ready, faults are a matter of chance alone, and nothing but an initialize
    comes before it.
    """
    require_chance(experiment, FaultClass)
    operations = _steps_of_the_start(experiment)
    works = math.prod([_works(experiment.faults, operation) for operation in operations])
    limit_ms = experiment.config.startup_timeout
    return float(works * sum_within([latency_of(experiment, operation) for operation in operations], limit_ms))


def _steps_of_the_start(experiment: Experiment) -> list[str]:
    """The calls of the one start; those that write to the backend only where it has a session and may."""
    before = [(c.command, c.when) for c in experiment.commands if c.at_ms is None and c.when != LIVE]
    begin = [(c.command, c.at_ms) for c in experiment.commands if c.at_ms is not None]
    after = [c.command for c in experiment.commands if c.when == LIVE]
    if begin != [(INITIALIZE, 0)] or before != [(START_BROADCAST, READY)] or START_BROADCAST in after:
        raise NotExact("the start is not the one thing that comes after an initialize")
    (start,) = (each for each in experiment.commands if each.command == START_BROADCAST)
    synced = start.session_id is not None and experiment.config.enable_convex_sync
    return [step.operation for step in STARTUP if synced or not step.sync]


def _works(faults: Sequence[Fault], operation: str) -> float:
    """The chance that a step of a start is not made to fail."""
    works = 1.0
    for fault in faults:
        if fault.matches(operation, FORWARD) and fault.probability:
            if not is_fatal(fault.id):
                raise NotExact(f"{fault.kind} does not always make a start fail")
            works *= 1 - fault.probability
    return works
