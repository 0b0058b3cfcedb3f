"""The reference agrees with itself: in this process, in another one, and with the simulator's own world."""

import re
import sys
from collections.abc import Iterator
from itertools import zip_longest

import pytest
from retold_runs import INIT, RECOVER, START, STOP, Retold, Seen, scenarios

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.mutants import BY_NAME
from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.evidence import Evidence
from broadcast_orchestrator.sim.subjects.protocol import messages
from broadcast_orchestrator.sim.subjects.protocol.child_process import ChildSubject
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import CallFault, Scenario

pytestmark = pytest.mark.usefixtures("untraced")

# -- The same story in the simulator's world ------------------------------------------------------


def told(evidence: Evidence) -> Iterator[tuple[messages.SubjectStep, Seen]]:
    """What the evidence says after each step."""
    state, error = "idle", ""
    for moment in evidence.moments:
        made: list[tuple[str, str | None]] = []
        look: tuple[object, ...] = ()
        for event in moment.events:
            match event:
                case messages.Called():
                    made.append((event.operation, event.session))
                case messages.StateShown():
                    state = event.state
                case messages.ErrorText():
                    error = re.sub(r" \(call \d+\)", "", event.text or "")  # the world does not number what it says
                case messages.Snapshot():
                    look = tuple(event.data[name] for name in ("can_start", "can_stop", "residue", "left_live"))
        truth = (moment.truth.active, moment.truth.initialized, moment.truth.backend)
        yield moment.step, Seen(tuple(made), state, error, truth, look)


def first_difference(evidence: Evidence) -> str:
    """The first step after which the evidence and the simulator's world differ, and in what; "" where none is."""
    world = Retold(evidence)
    for number, (moment, (step, here)) in enumerate(zip(evidence.moments, told(evidence), strict=True)):
        there = world.tell(moment)
        for name, mine, theirs in zip(Seen._fields, here, there, strict=True):
            if mine != theirs:
                return f"step {number}, {step}: {name}: the subject's {mine}, the world's {theirs}"
    return ""


def test_the_reference_as_a_subject_is_the_simulators_world() -> None:
    """After each step of some hundred scenarios both have made the same calls, are in the same state with the same
    error, and agree about what is on, what is left and what is allowed."""
    played = [(scenario, first_difference(play(scenario, ReferenceSubject()))) for scenario in scenarios()]
    assert len(played) > 300
    assert [each for each in played if each[1]] == []


@pytest.mark.parametrize(
    ("mutant", "difference"),
    [
        (
            "forgets-the-failed-step",
            "calls: the subject's (('session.end', None),), the world's (('host.stop', None),)",
        ),
        (
            "stays-in-idle-after-a-stop",
            "state: the subject's idle, the world's ready",
        ),
        ("keeps-the-text", "error: the subject's host.start failed: refused, the world's "),
    ],
)
def test_a_reference_that_is_not_the_simulators_is_told_by_its_first_step(mutant: str, difference: str) -> None:
    """A broken core does not agree, and what is told is the step after which it first does otherwise."""
    orders = (INIT, START, STOP) if mutant.startswith("stays") else (INIT, START, RECOVER)
    faults = () if mutant.startswith("stays") else (CallFault("host.start", 1, "F1"),)
    evidence = play(Scenario(orders, faults), ReferenceSubject(BY_NAME[mutant].rules))
    assert difference in first_difference(evidence)


# -- The same story in another process ------------------------------------------------------------


def served(rules: type[Core] = Core) -> ChildSubject:
    """`broadcast serve-reference` in a process of its own."""
    named = f"{rules.__module__}:{rules.__qualname__}"
    return ChildSubject(
        [
            sys.executable,
            "-c",
            "from broadcast_orchestrator.reports.cli import main; main()",
            "serve-reference",
            "--rules",
            named,
        ]
    )


def first_parting(one: Evidence, other: Evidence) -> str:
    """The first moment that is not the same in both; "" where none is."""
    for number, (mine, theirs) in enumerate(zip_longest(one.moments, other.moments)):
        if mine != theirs:
            return f"step {number}: {mine} is not {theirs}"
    return "" if one.ended == other.ended else f"one ends {one.ended}, the other {other.ended}"


def test_the_reference_in_another_process_is_the_one_in_this() -> None:
    """Driven through pipes it says, moment by moment, the very same."""
    with served() as subject:
        partings = [first_parting(play(each, subject), play(each, ReferenceSubject())) for each in scenarios()]
    assert len(partings) > 300
    assert [each for each in partings if each] == []


def test_another_reference_in_another_process_is_told_by_its_first_step() -> None:
    """A broken core behind the pipes parts from ours where it first breaks."""
    scenario = Scenario((INIT, START), (CallFault("host.start", 1, "F1"),))
    with served(BY_NAME["forgets-the-failed-step"].rules) as subject:
        parting = first_parting(play(scenario, subject), play(scenario, ReferenceSubject()))
    assert parting.startswith("step 11: EvidenceMoment(")
    assert "operation='session.end'" in parting.partition(" is not ")[0]
