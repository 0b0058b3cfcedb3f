"""Clocks: what is to happen at which time. One is SimPy's, for scripts; one is a bare heap, for many quick runs.

On both, what is due at one instant happens in the order in which it was planned, the one timer last (reading R7).
"""

import math
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, Protocol

import simpy
from simpy.core import EmptySchedule
from simpy.events import NORMAL

LAST = NORMAL + 1
"""The priority of the timer in SimPy's queue: at one instant, after everything else."""

Action = Callable[[Any], object]
"""What is done when a time has come, given what it was planned with."""


class Moments(Protocol):
    """What is done at the two moments of a subject."""

    def both_come(self, clock: "BareClock", subject: Any, first_ms: float, second_ms: float) -> bool:
        """Nothing else comes before the second moment. Let both come, and whatever follows for which the clock
        `is_free`, if nothing is planned at the first, and there is nobody who would let no more time pass after it;
        False if that is not so: then nothing was done."""

    def first_comes(self, subject: Any) -> None:
        """The first moment has come, whatever has happened."""

    def second_comes(self, subject: Any) -> None:
        """So has the second."""


Pair = tuple[float, float, int, Moments, Any]
"""When both moments of a subject come, and which count they have together."""


class Clock(Protocol):
    """Time in milliseconds from 0 on, and what is planned."""

    @property
    def now(self) -> float:
        """The time."""

    def later(self, delay_ms: float, action: Action, subject: Any) -> None:
        """Do something to the subject after that time."""

    def later_twice(self, first_ms: float, second_ms: float, moments: Moments, subject: Any) -> None:
        """Let both moments of the subject come after these times."""

    def arm(self, delay_ms: float, fire: Callable[[], object]) -> None:
        """Set the one timer, in place of whatever was set."""

    def disarm(self) -> None:
        """Set no timer."""

    def step(self) -> bool:
        """Let the next thing happen; False where nothing is planned."""


class BareClock:
    """A heap of times, and beside it the two moments that were planned last: where nothing comes before the second of
    them they are one step."""

    def __init__(self) -> None:
        self.now = 0.0
        self._planned: list[tuple[float, int, Action, Any]] = []
        self._pair: Pair | None = None
        self._count = 0
        self._timer_ms = self._until_ms = math.inf
        self._fire: Callable[[], object] = nothing

    def later(self, delay_ms: float, action: Action, subject: Any) -> None:
        """Do something to the subject after that time."""
        self._count = count = self._count + 1
        heappush(self._planned, (self.now + delay_ms, count, action, subject))

    def later_twice(self, first_ms: float, second_ms: float, moments: Moments, subject: Any) -> None:
        """Let both moments of the subject come after these times."""
        if self._pair is not None:
            self._part(self._pair)
        self._count = count = self._count + 2
        self._pair = (self.now + first_ms, self.now + second_ms, count, moments, subject)

    def arm(self, delay_ms: float, fire: Callable[[], object]) -> None:
        """Set the one timer, in place of whatever was set."""
        self._timer_ms, self._fire = self.now + delay_ms, fire

    def disarm(self) -> None:
        """Set no timer."""
        self._timer_ms, self._fire = math.inf, nothing

    def leave(self) -> None:
        """Nothing that is planned comes any more, and the clock is in no circle with who planned it."""
        self._pair = None
        self._planned.clear()
        self.disarm()

    def step(self) -> bool:
        """Let the next thing happen; False where nothing is planned."""
        planned = self._planned
        if self._pair is not None:
            pair, self._pair = self._pair, None
            first_ms, second_ms, _, moments, subject = pair
            if self.is_free(first_ms, second_ms) and moments.both_come(self, subject, first_ms, second_ms):
                return True
            self._part(pair)
        if planned and planned[0][0] <= self._timer_ms:
            self.now, _, action, subject = heappop(planned)
            action(subject)
            return True
        if self._timer_ms == math.inf:
            return False
        fire = self._fire
        self.now, self._timer_ms, self._fire = self._timer_ms, math.inf, nothing
        fire()
        return True

    def is_free(self, first_ms: float, second_ms: float) -> bool:
        """Whether nothing is to come by the second of two moments, and there is time for it."""
        planned = self._planned
        if not first_ms < second_ms <= self._timer_ms or second_ms > self._until_ms:
            return False
        return not (planned and planned[0][0] <= second_ms)

    def run(self, until_ms: float) -> None:
        """Let everything happen that is planned until then, and let it be then."""
        self._until_ms = until_ms
        while self._comes_by():
            self.step()
        self._until_ms = math.inf
        self.now += until_ms - self.now  # as SimPy does, to the last digit

    def _comes_by(self) -> bool:
        """Whether anything is planned by then; two moments of which the second is not are no longer one step."""
        until_ms, pair = self._until_ms, self._pair
        if pair is not None:
            if pair[1] <= until_ms:
                return True
            self._pair = None
            self._part(pair)
        return bool(self._planned and self._planned[0][0] <= until_ms) or self._timer_ms <= until_ms

    def _part(self, pair: Pair) -> None:
        """Each of the two moments is planned by itself; of two for the same instant the second comes before the first,
        as its time was asked for before."""
        first_ms, second_ms, count, moments, subject = pair
        heappush(self._planned, (second_ms, count - 1, moments.second_comes, subject))
        heappush(self._planned, (first_ms, count, moments.first_comes, subject))


def nothing() -> None:
    """What a clock does whose timer is not set; it knows nobody then, and is in no circle with them."""


class ScheduledMoment(simpy.Event):
    """A point in SimPy's time at which something is done."""

    def __init__(self, env: simpy.Environment, delay_ms: float, action: Callable[[], Any], priority: int) -> None:
        super().__init__(env)
        self._ok, self._value = True, None
        self.callbacks.append(lambda _: action())
        env.schedule(self, priority, delay_ms)  # type: ignore[arg-type]


class SimpyClock:
    """SimPy's queue. A timer that is no longer set stays in it, and means nothing when its time comes."""

    def __init__(self, env: simpy.Environment) -> None:
        self.env = env
        self._timers = 0
        self._armed = 0

    @property
    def now(self) -> float:
        """The time."""
        return float(self.env.now)

    def later(self, delay_ms: float, action: Action, subject: Any) -> None:
        """Do something to the subject after that time."""
        ScheduledMoment(self.env, delay_ms, lambda: action(subject), NORMAL)

    def later_twice(self, first_ms: float, second_ms: float, moments: Moments, subject: Any) -> None:
        """Let both moments of the subject come after these times."""
        self.later(second_ms, moments.second_comes, subject)
        self.later(first_ms, moments.first_comes, subject)

    def arm(self, delay_ms: float, fire: Callable[[], object]) -> None:
        """Set the one timer, in place of whatever was set."""
        self._timers += 1
        self._armed = number = self._timers
        ScheduledMoment(self.env, delay_ms, lambda: self._come(number, fire), LAST)

    def disarm(self) -> None:
        """Set no timer."""
        self._armed = 0

    def step(self) -> bool:
        """Let the next thing happen; False where nothing is planned."""
        try:
            self.env.step()
        except EmptySchedule:
            return False
        return True

    def _come(self, number: int, fire: Callable[[], object]) -> None:
        if number == self._armed:
            self._armed = 0
            fire()
