"""Scenarios, and the steps of their evidence happening to a world of the simulator: the same run, seen from inside."""

from collections.abc import Iterator
from typing import NamedTuple

from broadcast_orchestrator.model.api.validation import can_start, can_stop
from broadcast_orchestrator.model.config import DEFAULT_CONFIG, merged
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Call, SetTimer
from broadcast_orchestrator.model.operations import OPERATIONS, SERVICES
from broadcast_orchestrator.model.state import CoreState, left_live, residue
from broadcast_orchestrator.sim.subjects.call_schedule import ways_at
from broadcast_orchestrator.sim.subjects.evidence import Evidence, EvidenceMoment
from broadcast_orchestrator.sim.subjects.protocol import messages
from broadcast_orchestrator.sim.subjects.scenario import CallFault, Mishap, Order, Scenario
from broadcast_orchestrator.sim.world import steps
from broadcast_orchestrator.sim.world.fault_semantics import CALL_FAULTS, FAILS_WITHOUT_EFFECT, SEMANTICS
from broadcast_orchestrator.sim.world.faults import (
    EARLY_REPLY,
    LOST_REPLY,
    LOST_SERVICE,
    LOST_UNNOTICED,
    REFUSE,
)
from broadcast_orchestrator.sim.world.trace import Passage
from broadcast_orchestrator.sim.world.world import World, happen

KIND_OF = {SEMANTICS[kind].message: kind for kind in FAILS_WITHOUT_EFFECT | {LOST_REPLY}}

INIT, START, STOP = Order("initialize"), Order("start_broadcast", "s1"), Order("stop_broadcast")
RECOVER, EMERGENCY = Order("recover"), Order("emergency_stop")
ENDINGS = {
    "stop": (STOP,),
    "crossing emergency": (EMERGENCY._replace(after=2), INIT, START),
    "recover": (RECOVER, INIT),
}


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
        for ok in ways_at(operation, kind, {}):
            if (kind, ok) != (REFUSE, False):
                yield CallFault(operation, 1, kind, ok)


class Seen(NamedTuple):
    """What is compared after each step: what is called, the state, the error, what is true, and what a look says."""

    calls: tuple[tuple[str, str | None], ...]
    state: str
    error: str
    truth: tuple[object, ...]
    look: tuple[object, ...] = ()


class Retold:
    """A world to which the steps of some evidence happen, one by one, under these rules; `passages` are those that the
    last moment was made of."""

    def __init__(self, evidence: Evidence, rules: type[Core] = Core) -> None:
        self._evidence, self._number, self._rules = evidence, 0, rules
        self.passages: list[Passage] = []
        self.world, self._at_once = World(), False
        self._flying: dict[str, list[int]] = {service: [] for service in SERVICES}
        self._operations: dict[int, str] = {}

    def tell(self, moment: EvidenceMoment) -> Seen:
        """What the world shows after the step of this moment."""
        self.passages = []
        made = tuple(call for step in self._steps(moment) for call in self._happen(step))
        for call in made:
            self._operations[len(self._operations) + 1] = call[0]
            self._flying[OPERATIONS[call[0]].service].append(len(self._operations))
        self._number += 1
        core, truth = self.world.core, self.world.truth
        look: tuple[object, ...] = ()
        if isinstance(moment.step, messages.LookAround):
            look = (can_start(core), can_stop(core), list(residue(core)), list(left_live(core)))
        error = "; ".join(map(str, core.error))
        return Seen(made, str(core.state), error, (truth.active, truth.initialized, truth.backend), look)

    def _happen(self, step: steps.Step) -> list[tuple[str, str | None]]:
        before = self.world
        self.world, effects = happen(before, step, self._rules)
        self.passages.append(Passage(before, step, effects, self.world))
        self._at_once = any(isinstance(effect, SetTimer) and effect.duration_ms == 0 for effect in effects)
        return [(effect.operation, effect.session) for effect in effects if isinstance(effect, Call)]

    def _steps(self, moment: EvidenceMoment) -> Iterator[steps.Step]:
        match moment.step:
            case messages.Begin(config, content):
                self.world = World(CoreState(config=merged(DEFAULT_CONFIG, config), content=content))
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
                    *self._place(call, over=not again),
                    ok,
                    EARLY_REPLY if again else KIND_OF.get(message.partition(" (call ")[0], ""),
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
