"""What befalls the orchestrator itself has its mark in every picture, and what it reads has bars like all calls."""

import pytest

from broadcast_orchestrator.model.measures import rules_with
from broadcast_orchestrator.reports.check.timeline import evidence_timeline
from broadcast_orchestrator.reports.timelines.marks import mark_of
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import Order, Scenario, Upheaval
from broadcast_orchestrator.sim.world.steps import Elsewhere, Reload, Step, Suspend


@pytest.mark.parametrize(
    ("step", "label", "fault"),
    [
        (Reload(), "reload (F12)", "F12"),
        (Elsewhere("stop_broadcast"), "elsewhere: stop_broadcast (F13)", "F13"),
        (Suspend(), "sleeps (F14)", "F14"),
    ],
)
def test_an_everyday_fault_stands_among_the_commands(step: Step, label: str, fault: str) -> None:
    """Above the services, with its class."""
    mark = mark_of(3, step)
    assert mark is not None
    assert mark == (3, "", label, fault)


def test_a_subject_with_reads_and_reloads_has_a_picture() -> None:
    """An implementation that reads back, a reload and another dashboard: each shows."""
    orders = (Order("initialize"), Order("start_broadcast", "s1"), Order("initialize"))
    scenario = Scenario(orders, upheavals=(Upheaval("F12", order=2), Upheaval("F13", "start_broadcast", order=2)))
    evidence = play(scenario, ReferenceSubject(rules_with(["read-back"])))
    line = evidence_timeline(evidence, Dialect(measures=("read-back",)))
    assert {"reload (F12)", "elsewhere: start_broadcast (F13)"} <= {mark.label for mark in line.marks}
    assert {"host.is_initialized", "live_feed.is_on"} <= {bar.operation for bar in line.bars}
