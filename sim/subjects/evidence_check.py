"""Whether the moments of evidence can follow one another: what is judged and drawn relies on that."""

from collections.abc import Sequence

from broadcast_orchestrator.model.config import shown
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    Advance,
    Begin,
    GiveAnswer,
    GiveCommand,
    ReloadPage,
    ResumeTimers,
    StateShown,
    SubjectError,
    SubjectEvent,
    SubjectStep,
    SuspendTimers,
    TakeEffect,
)
from broadcast_orchestrator.sim.subjects.protocol.protocol_check import EventOrder
from broadcast_orchestrator.sim.subjects.protocol.step_check import check_step
from broadcast_orchestrator.sim.subjects.scenario import Order
from broadcast_orchestrator.sim.world.trace import FARTHEST_MS, MOST_LINES

MOST_MOMENTS = 10_000
"""How many moments a run may have, and changes of state; the driver ends one after half of it."""

MOST_RECORDED = MOST_LINES
"""How many of them a real evening may have, which goes on for hours."""


class EvidenceOrder:
    """Follows the moments of one run, from the first on, which gives the commands of `orders`; None: nobody planned
    them. In a `real` one, which nobody drove, what follows on a step may be seen a little later."""

    def __init__(self, orders: Sequence[Order] | None, *, real: bool) -> None:
        self._events, self._orders, self._real = EventOrder(), orders, real
        self._most = MOST_RECORDED if real else MOST_MOMENTS
        self._moments = self._changes = self._commands = 0
        self._suspended = False
        self._at_ms = self._heard_ms = 0.0

    def follow(self, at_ms: float, step: SubjectStep, events: tuple[SubjectEvent, ...]) -> None:
        """The next moment. Raises `SubjectError`, one line, where it cannot be the next."""
        self._moments += 1
        self._changes += sum(isinstance(event, StateShown) for event in events)
        if self._moments > self._most or self._changes > self._most:
            raise SubjectError(f"is more than {self._most:,} moments or changes of state, which no run has")
        if not self._at_ms <= at_ms <= FARTHEST_MS:
            raise SubjectError(f"at_ms: {shown(at_ms)} ms is not from {self._at_ms:g} to 2^53 ms")
        if isinstance(step, Begin) is not (self._moments == 1):
            raise SubjectError("do: evidence begins with 'begin', and has no other")
        self._at_ms = at_ms
        self._check(step)
        for event in events:
            self._events.follow(event, self._heard_ms, FARTHEST_MS if self._real else at_ms)
            self._heard_ms = event.at_ms

    def _check(self, step: SubjectStep) -> None:
        check_step(step)
        match step:
            case GiveCommand(number, command, session):
                self._check_command(number, command, session)
            case TakeEffect(call) | GiveAnswer(call):
                self._check_call(call)
            case Advance(to_ms) if to_ms != self._at_ms:
                raise SubjectError(f"to_ms: is {shown(to_ms)}, and at_ms is {self._at_ms:g}")
            case SuspendTimers() | ResumeTimers():
                if self._suspended is isinstance(step, SuspendTimers):
                    raise SubjectError(f"do: timers {'stand still' if self._suspended else 'go on'} already")
                self._suspended = not self._suspended
            case ReloadPage():
                self._events.pending.clear()
                self._suspended = False
            case _:
                pass

    def _check_command(self, number: int, command: str, session: str | None) -> None:
        self._commands += 1
        if number != self._commands:
            raise SubjectError(f"command {shown(number)} comes where command {self._commands} should")
        if self._orders is not None and not _is_ordered(command, session, self._orders[number - 1 : number]):
            raise SubjectError(f"command {number} is not what the scenario orders then")
        self._events.pending[number] = command

    def _check_call(self, call: int) -> None:
        if not 1 <= call <= self._events.calls:
            raise SubjectError(f"call: {shown(call)} is none of the {self._events.calls} calls that were made before")

    def check_pending(self, pending: tuple[int, ...]) -> None:
        """What is said to be under way in the end. Raises `SubjectError` where it is not."""
        if set(pending) != set(self._events.pending):
            there = ", ".join(map(str, self._events.pending)) or "none"
            raise SubjectError(f"pending: the commands that never settle are {there}")


def _is_ordered(command: str, session: str | None, orders: Sequence[Order]) -> bool:
    return (command, session) in [(order.command, order.session) for order in orders]
