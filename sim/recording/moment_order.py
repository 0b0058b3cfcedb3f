"""Whether the moments of a recording can follow one another: what is judged and drawn relies on that."""

from broadcast_orchestrator.model.config import near_match, shown
from broadcast_orchestrator.model.operations import OPERATIONS
from broadcast_orchestrator.sim.subjects.evidence import EvidenceMoment
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    Begin,
    Called,
    CommandSettled,
    GiveAnswer,
    GiveCommand,
    ResumeTimers,
    SubjectError,
    SubjectEvent,
    SubjectStep,
    SuspendTimers,
    TakeEffect,
)


class MomentOrder:
    """Follows the moments of one recording, from the first on."""

    def __init__(self) -> None:
        self._at_ms = 0.0
        self._has_begun = self._is_suspended = False
        self._commands = self._calls = 0
        self._pending = set[int]()

    def follow(self, moment: EvidenceMoment) -> None:
        """The next moment. Raises `SubjectError`, one line, where it cannot be the next."""
        if moment.at_ms < self._at_ms:
            raise SubjectError(f"at_ms: {shown(moment.at_ms)} comes after {self._at_ms:g}")
        if isinstance(moment.step, Begin) is self._has_begun:
            raise SubjectError("do: a recording begins with 'begin', and has no other")
        self._at_ms, self._has_begun = moment.at_ms, True
        self._step(moment.step)
        for event in moment.events:
            self._event(event)

    def _step(self, step: SubjectStep) -> None:
        match step:
            case GiveCommand(number):
                self._commands += 1
                self._pending.add(number)
                _expect(number == self._commands, f"command {number} comes where {self._commands} is due")
            case TakeEffect(call) | GiveAnswer(call):
                _expect(1 <= call <= self._calls, f"call: {call} is none of the {self._calls} that were made before")
            case SuspendTimers() | ResumeTimers():
                suspends = isinstance(step, SuspendTimers)
                _expect(suspends is not self._is_suspended, "do: timers stand still and go on by turns")
                self._is_suspended = suspends
            case _:
                pass

    def _event(self, event: SubjectEvent) -> None:
        match event:
            case Called(_, _, call, operation):
                self._calls += 1
                _expect(call == self._calls, f"called: {call} comes where {self._calls} is due")
                _expect(
                    operation in OPERATIONS, f"called: {shown(operation)} is unknown{near_match(operation, OPERATIONS)}"
                )
            case CommandSettled(_, _, command):
                _expect(command in self._pending, f"settled: command {command} is not under way")
                self._pending.discard(command)
            case _:
                pass


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SubjectError(otherwise)
