"""The calendar of a fleet: what is done when, in a bare heap. A fleet has too many moments for anything richer."""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, Protocol

NORMAL, LAST = 1, 2
"""At one instant, alarms come after everything else (reading R7)."""

Action = Callable[[Any], object]


class Appointment(Protocol):
    """Something that may be set anew or switched off after its time was put down."""

    def is_set(self, number: int) -> bool:
        """Whether what was put down under that number still holds."""

    def ring(self) -> None:
        """The time has come."""


class Calendar:
    """The time, in milliseconds, and all that is to come; what is for the same instant is done in the order in which
    it was put down."""

    def __init__(self) -> None:
        self.now_ms = 0.0
        self._heap: list[tuple[float, int, int, Action | None, Any]] = []
        self._count = 0

    def later(self, delay_ms: float, action: Action, subject: Any = None) -> None:
        """Do it to the subject after so many milliseconds."""
        self._count = count = self._count + 1
        heappush(self._heap, (self.now_ms + delay_ms, NORMAL, count, action, subject))

    def at(self, at_ms: float, action: Action, subject: Any = None) -> None:
        """Do it to the subject at that time."""
        self._count = count = self._count + 1
        heappush(self._heap, (at_ms, NORMAL, count, action, subject))

    def alarm(self, at_ms: float, alarm: Appointment, number: int) -> None:
        """Let it ring at that time, if it is still set then; no time passes for one that is not."""
        self._count = count = self._count + 1
        heappush(self._heap, (at_ms, LAST, count, None, (alarm, number)))

    def run(self, tick: Callable[[float], float]) -> None:
        """Let time pass until nothing is left to come. `tick` is told the time before it passes the moment that it
        returned last."""
        heap, edge_ms = self._heap, tick(0.0)
        while heap:
            at_ms, _, _, action, subject = heappop(heap)
            if action is None and not subject[0].is_set(subject[1]):
                continue
            if at_ms >= edge_ms:
                edge_ms = tick(at_ms)
            self.now_ms = at_ms
            if action is None:
                subject[0].ring()
            else:
                action(subject)
