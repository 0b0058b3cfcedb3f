"""The calendar of a fleet: what is done when, in bare heaps. A fleet has too many moments for anything richer."""

from collections.abc import Callable
from heapq import heappop, heappush
from operator import methodcaller
from typing import Any, Protocol

Action = Callable[[Any], object]


class Appointment(Protocol):
    """Something that may be set anew or switched off after its time was put down."""

    def is_set(self, number: int) -> bool:
        """Whether what was put down under that number still holds."""

    def ring(self) -> None:
        """The time has come."""


RING = methodcaller("ring")


class Calendar:
    """The time, in milliseconds, and all that is to come; what is for the same instant is done in the order in which
    it was put down, alarms after everything else (reading R7). These have a heap of their own, since nearly all of them
    stay for long and mean nothing then."""

    def __init__(self) -> None:
        self.now_ms = 0.0
        self._heap: list[tuple[float, int, Action, Any]] = []
        self._alarms: list[tuple[float, int, Appointment, int]] = []
        self._count = 0

    def later(self, delay_ms: float, action: Action, subject: Any = None) -> None:
        """Do it to the subject after so many milliseconds."""
        self._count = count = self._count + 1
        heappush(self._heap, (self.now_ms + delay_ms, count, action, subject))

    def at(self, at_ms: float, action: Action, subject: Any = None) -> None:
        """Do it to the subject at that time."""
        self._count = count = self._count + 1
        heappush(self._heap, (at_ms, count, action, subject))

    def alarm(self, at_ms: float, alarm: Appointment, number: int) -> None:
        """Let it ring at that time, if it is still set then; no time passes for one that is not."""
        self._count = count = self._count + 1
        heappush(self._alarms, (at_ms, count, alarm, number))

    def run(self, tick: Callable[[float], float]) -> None:
        """Let time pass until nothing is left to come. `tick` is told the time before it passes the moment that it
        returned last."""
        heap, alarms, edge_ms = self._heap, self._alarms, tick(0.0)
        action: Action
        while heap or alarms:
            if not heap or (alarms and alarms[0][0] < heap[0][0]):
                at_ms, _, subject, number = heappop(alarms)
                if not subject.is_set(number):
                    continue
                action = RING
            else:
                at_ms, _, action, subject = heappop(heap)
            if at_ms >= edge_ms:
                edge_ms = tick(at_ms)
            self.now_ms = at_ms
            action(subject)
