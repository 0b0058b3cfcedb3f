"""The reference agrees with itself: in this process, in another one, and with the simulator's own world."""

import sys
from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

import pytest

from broadcast_orchestrator.model.api.validation import can_start, can_stop
from broadcast_orchestrator.model.config import DEFAULT_CONFIG, merged
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Call, SetTimer
from broadcast_orchestrator.model.operations import OPERATIONS, SERVICES
from broadcast_orchestrator.model.state import CoreState, left_live, residue
from broadcast_orchestrator.properties.mutants import BY_NAME
from broadcast_orchestrator.sim.subjects.call_schedule import ways_in
from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.evidence import Evidence, EvidenceMoment
from broadcast_orchestrator.sim.subjects.protocol import messages
from broadcast_orchestrator.sim.subjects.protocol.child_process import ChildSubject
from broadcast_orchestrator.sim.subjects.protocol.messages import PROMISE
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import CallFault, Mishap, Order, Scenario
from broadcast_orchestrator.sim.world import steps
from broadcast_orchestrator.sim.world.fault_semantics import CALL_FAULTS, FAILS_WITHOUT_EFFECT, SEMANTICS
from broadcast_orchestrator.sim.world.faults import (
    CONFLICT,
    EARLY_REPLY,
    LOST_REPLY,
    LOST_SERVICE,
    LOST_UNNOTICED,
    REFUSE,
)
from broadcast_orchestrator.sim.world.world import World, happen

INIT, START, STOP = Order("initialize"), Order("start_broadcast", "s1"), Order("stop_broadcast")
RECOVER, EMERGENCY = Order("recover"), Order("emergency_stop")
ENDINGS = {
    "stop": (STOP,),
    "crossing emergency": (EMERGENCY._replace(after=2), INIT, START),
    "recover": (RECOVER, INIT),
}
KIND_OF = {SEMANTICS[kind].message: kind for kind in FAILS_WITHOUT_EFFECT | {LOST_REPLY}}


def scenarios() -> Iterator[Scenario]:
    """Every fault of every call of a broadcast, with three ways on; and services that fall over or are flipped."""
    for ending in ENDINGS.values():
        orders = (INIT, START, *ending)
        yield from (Scenario(orders, (fault,)) for operation in OPERATIONS for fault in faults_of(operation))
        for kind in ("F9", "F9u", "F10"):
            for service in ("host", "producer", "session"):
                yield Scenario(orders, mishaps=(Mishap(kind, service, None, 2),))


def faults_of(operation: str) -> Iterator[CallFault]:
    """Every way in which its first call goes wrong, but that the call itself throws: in the world every answer is a
    step of its own."""
    for kind in CALL_FAULTS:
        for ok in ways_in(kind, PROMISE):
            if (kind, ok) != (REFUSE, False) and (kind != CONFLICT or operation.startswith("convex.")):
                yield CallFault(operation, 1, kind, ok)


# -- The same story in the simulator's world ------------------------------------------------------


class Seen(NamedTuple):
    """What is compared after each step: what is called, the state, the error, what is true, and what a look says."""

    calls: tuple[tuple[str, str | None], ...]
    state: str
    error: str
    truth: tuple[object, ...]
    look: tuple[object, ...] = ()


class Retold:
    """A world to which the steps of some evidence happen, one by one."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence, self._number = evidence, 0
        self._world, self._at_once = World(), False
        self._flying: dict[str, list[int]] = {service: [] for service in SERVICES}
        self._operations: dict[int, str] = {}

    def tell(self, moment: EvidenceMoment) -> Seen:
        """What the world shows after the step of this moment."""
        made = tuple(call for step in self._steps(moment) for call in self._happen(step))
        for call in made:
            self._operations[len(self._operations) + 1] = call[0]
            self._flying[OPERATIONS[call[0]].service].append(len(self._operations))
        self._number += 1
        core, truth = self._world.core, self._world.truth
        look: tuple[object, ...] = ()
        if isinstance(moment.step, messages.LookAround):
            look = (can_start(core), can_stop(core), list(residue(core)), list(left_live(core)))
        error = "; ".join(map(str, core.error))
        return Seen(made, str(core.state), error, (truth.active, truth.initialized, truth.backend), look)

    def _happen(self, step: steps.Step) -> list[tuple[str, str | None]]:
        self._world, effects = happen(self._world, step)
        self._at_once = any(isinstance(effect, SetTimer) and effect.duration_ms == 0 for effect in effects)
        return [(effect.operation, effect.session) for effect in effects if isinstance(effect, Call)]

    def _steps(self, moment: EvidenceMoment) -> Iterator[steps.Step]:
        match moment.step:
            case messages.Begin(config, content):
                self._world = World(CoreState(config=merged(DEFAULT_CONFIG, config), content=content))
            case messages.GiveCommand(_, command, session):
                yield steps.Do(command, session)
            case messages.Advance():
                yield steps.Timer()
                while self._at_once:
                    yield steps.Timer()
            case messages.TakeEffect(call):
                yield steps.Effect(*self._place(call, over=not self._comes_back(call, messages.GiveAnswer)))
            case messages.GiveAnswer(call, ok, message):
                again = self._comes_back(call, messages.TakeEffect)
                yield steps.Answer(
                    *self._place(call, over=not again), ok, EARLY_REPLY if again else KIND_OF.get(message, "")
                )
            case messages.LoseService(service, noticed):
                yield steps.Lose(service, LOST_SERVICE if noticed else LOST_UNNOTICED)
                if noticed:
                    yield steps.Notice(service)
            case messages.FlipService(service):
                yield steps.Flip(service)

    def _comes_back(self, call: int, kind: type[messages.GiveAnswer | messages.TakeEffect]) -> bool:
        """Whether this call has a step of that kind still to come; one that hangs stays on its way for ever."""
        rest = [moment.step for moment in self._evidence.moments[self._number + 1 :]]
        hangs = kind is messages.GiveAnswer and not any(
            isinstance(moment.step, messages.GiveAnswer) and moment.step.call == call
            for moment in self._evidence.moments
        )
        return hangs or any(isinstance(step, kind) and step.call == call for step in rest)

    def _place(self, call: int, over: bool) -> tuple[str, int]:
        service = OPERATIONS[self._operations[call]].service
        index = self._flying[service].index(call)
        if over:
            del self._flying[service][index]
        return service, index


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
                    error = event.text or ""
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
            "Answer(call=11, ok=True, message=''): state: the subject's idle, the world's ready",
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
