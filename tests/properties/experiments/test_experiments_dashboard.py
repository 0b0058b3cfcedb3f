"""Experiments in which the page is reloaded, sleeps or has company, as shipped: with and without measures."""

import pytest

from broadcast_orchestrator.properties.experiments.measured import measured, seed_of, traced
from broadcast_orchestrator.sim.experiments.files import load
from broadcast_orchestrator.sim.experiments.tables import Experiment
from broadcast_orchestrator.sim.experiments.vocabulary import MEASURES
from broadcast_orchestrator.sim.world.trace import replay

PLACES = {name: place for place, name in enumerate(MEASURES)}
RUNS = 30


def shipped(name: str) -> Experiment:
    """The experiment of that name in the library."""
    return load(name).experiment


def shares(name: str, *measures: str) -> tuple[float, ...]:
    """The share of the first runs in which each measure is so."""
    experiment = shipped(name)
    rows = [measured(experiment, seed_of(experiment, index)).values for index in range(RUNS)]
    return tuple(sum(bool(row[PLACES[measure]]) for row in rows) / RUNS for measure in measures)


@pytest.mark.parametrize(
    ("name", "leaves_on", "backend_agrees", "guarantees_hold"),
    [
        ("reload-in-mid-show", 1, 0, 0),
        ("reload-in-mid-show-withstood", 0, 1, 1),
        ("two-tabs", 0, 1, 0),
        ("two-tabs-withstood", 0, 1, 1),
        ("sleeping-laptop", 0, 1, 1),
        ("sleeping-laptop-withstood", 0, 1, 1),
    ],
)
def test_what_the_library_claims_is_seen(
    name: str, leaves_on: float, backend_agrees: float, guarantees_hold: float
) -> None:
    """By the guide a reload leaves all on and two tabs break guarantees; measures mend both; a sleep harms nothing."""
    seen = shares(name, "leaves_on", "backend_agrees", "guarantees_hold")
    assert seen == (leaves_on, backend_agrees, guarantees_hold)


@pytest.mark.parametrize("name", ["reload-in-mid-show", "two-tabs-withstood", "sleeping-laptop-withstood"])
def test_a_traced_run_is_the_measured_one_and_replays(name: str) -> None:
    """It ends in the same state at the same time, under the same rules, which its trace names."""
    experiment = shipped(name)
    for index in range(5):
        seed = seed_of(experiment, index)
        trace, row = traced(experiment, seed), measured(experiment, seed)
        assert trace.rules.endswith(",".join(experiment.measures) or ":Core")
        assert replay(trace, experiment.rules).agrees
        assert (str(trace.lines[-1].state), trace.lines[-1].at_ms) == (row.ends_in, row.values[PLACES["run_ms"]])


def test_a_fault_of_the_dashboard_is_told_as_one() -> None:
    """What struck, and where: no service, and at no place."""
    experiment = shipped("reload-in-mid-show")
    assert measured(experiment, seed_of(experiment, 0)).hits == '[["dashboard","reload",""]]'
