"""The calls of a run as bars are those of its world, whatever happens."""

import random

import pytest
from random_walks import walked

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.measures import MEASURES, rules_with
from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.reports.timelines.bars import CallBars
from broadcast_orchestrator.sim.world.faults import FaultClass
from broadcast_orchestrator.sim.world.trace import Passage
from broadcast_orchestrator.sim.world.world import Scope

SCOPE = Scope(tuple(FaultClass), limit=6, racing=True, sessions=(None, "s1", "s2"))


@pytest.mark.parametrize("measures", [(), tuple(measure.name for measure in MEASURES)], ids=["guide", "all measures"])
def test_the_bars_in_flight_are_the_flights_of_the_world(measures: tuple[str, ...]) -> None:
    """In random walks through every fault, reloads and another dashboard included: the same calls in the same order."""
    rules: type[Core] = rules_with(measures)
    for seed in range(150):
        calls = CallBars()
        for number, (before, step, effects, after) in enumerate(walked(random.Random(seed), SCOPE, 80, rules)):
            calls.add(number, Passage(before, step, effects, after))
            for service, flights in zip(SERVICES, after.flights, strict=True):
                flying = [(bar.operation, bar.session) for bar in calls.flying[service]]
                assert flying == [(flight.operation, flight.session) for flight in flights], (seed, step)
