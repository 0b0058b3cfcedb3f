"""What happened in a recorded run, as a scenario: the same commands, and the same going wrong, to be played again.

Nobody planned the run, so the scenario is read off it. What came "after n settle events" there comes after as many when
it is played; how long everything took is not kept. A call that was still open at the end counts as one that works.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from broadcast_orchestrator.model.operations import CONVEX
from broadcast_orchestrator.sim.subjects.evidence import CameAtOnce, EvidenceMoment
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    Advance,
    Called,
    ChangeConfig,
    CommandSettled,
    FillFeed,
    FlipService,
    GiveAnswer,
    GiveCommand,
    LoseService,
    TakeEffect,
)
from broadcast_orchestrator.sim.subjects.scenario import EMPTY, FILL, CallFault, Mishap, Order, Scenario, Setting
from broadcast_orchestrator.sim.world.faults import (
    BYPASS,
    EARLY_REPLY,
    EMPTY_SUCCESS,
    HANG,
    LATE,
    LOST_REPLY,
    LOST_SERVICE,
    LOST_UNNOTICED,
    REFUSE,
)

NEVER = 1 << 60
"""Later than every moment."""


@dataclass(slots=True)
class SeenCall:
    """A call: the how-manieth of its operation it was, by which command's time it was made, and in which moments it
    took effect and was answered, and how."""

    operation: str
    nth: int
    command: int
    effect: int = NEVER
    answered: int = NEVER
    ok: bool = False


def scenario_of(
    moments: Sequence[EvidenceMoment],
    calm: Sequence[bool],
    at_once: Iterable[CameAtOnce],
    config: Mapping[str, Any],
    content: bool,
    over: bool,
) -> Scenario:
    """The scenario of these moments. `calm` says of each command whether all was quiet before it, `at_once` what had
    come of calls when they returned, `over` that the run was seen to its end. Raises `ScenarioError` where there is no
    command."""
    reading = _Reading(calm, {came.call: came for came in at_once})
    for at, moment in enumerate(moments):
        reading.read(at, moment)
    return Scenario(
        orders=tuple(reading.orders),
        faults=tuple(_faults(reading.calls.values(), reading.settled, over)),
        mishaps=tuple(reading.mishaps),
        config=config,
        content=content,
        settings=tuple(reading.settings),
    )


class _Reading:
    """The pass over the moments."""

    def __init__(self, calm: Sequence[bool], at_once: Mapping[int, CameAtOnce]) -> None:
        self.calm, self.at_once = calm, at_once
        self.orders: list[Order] = []
        self.mishaps: list[Mishap] = []
        self.settings: list[Setting] = []
        self.calls: dict[int, SeenCall] = {}
        self.settled: dict[int, int] = {}
        self._since = 0
        self._made: dict[str, int] = {}

    def read(self, at: int, moment: EvidenceMoment) -> None:
        """One moment: its step, then what followed."""
        self._step(at, moment)
        for event in moment.events:
            if isinstance(event, Called):
                nth = self._made[event.operation] = self._made.get(event.operation, 0) + 1
                self.calls[event.call] = self._came(event, SeenCall(event.operation, nth, self._under_way()), at)
            elif isinstance(event, CommandSettled):
                self.settled[event.command] = at

    def _came(self, event: Called, call: SeenCall, at: int) -> SeenCall:
        """The call, with what had come of it when it returned."""
        came = self.at_once.get(event.call)
        if came is not None and came.effect:
            call.effect = at
        if came is not None and came.ok is not None:
            call.answered, call.ok = at, came.ok
        return call

    def _under_way(self) -> int:
        """The oldest command that is not over; 0 where there is none."""
        return next((number for number in range(1, len(self.orders) + 1) if number not in self.settled), 0)

    def _step(self, at: int, moment: EvidenceMoment) -> None:
        step = moment.step
        match step:
            case GiveCommand(number, command, session):
                self.orders.append(Order(command, session, None if self.calm[number - 1] else self._since))
                self._since = 0
            case TakeEffect(call) if call in self.calls:
                self.calls[call].effect = min(self.calls[call].effect, at)
            case GiveAnswer(call, ok) if call in self.calls:
                self.calls[call].answered, self.calls[call].ok = at, ok
            case LoseService(service, noticed):
                self._befalls(LOST_SERVICE if noticed else LOST_UNNOTICED, service)
            case FlipService(service):
                self._befalls(BYPASS, service)
            case FillFeed(present):
                self._befalls(FILL if present else EMPTY, "live_feed")
            case ChangeConfig(options):
                order = len(self.orders)
                self.settings += [Setting(name, value, self._since, order) for name, value in options.items()]
        self._since += isinstance(step, TakeEffect | GiveAnswer | Advance)

    def _befalls(self, kind: str, service: str) -> None:
        self.mishaps.append(Mishap(kind, service, self._since, len(self.orders)))


def _faults(calls: Iterable[SeenCall], settled: Mapping[int, int], over: bool) -> Iterator[CallFault]:
    for call in calls:
        late = settled.get(call.command, NEVER) < call.answered
        kind, ok = _fault(call, late) if call.answered != NEVER else _unanswered(call, over)
        if kind:
            yield CallFault(call.operation, call.nth, kind, ok)


def _fault(call: SeenCall, late: bool) -> tuple[str, bool | None]:
    """Which class of fault it is that a call was answered so, and which of its ways; "" where nothing is wrong."""
    if late:
        return LATE, (None if call.effect < call.answered else True) if call.ok else False
    if call.answered < call.effect != NEVER:
        return EARLY_REPLY, call.ok
    if call.ok:
        empty = call.effect == NEVER and not call.operation.startswith(CONVEX)
        return (EMPTY_SUCCESS if empty else ""), None
    return (REFUSE if call.effect == NEVER else LOST_REPLY), None


def _unanswered(call: SeenCall, over: bool) -> tuple[str, bool | None]:
    return (HANG, call.effect != NEVER) if over else ("", None)
