"""Both clocks let the same things happen at the same times, in the same order."""

import random

import pytest
import simpy

from broadcast_orchestrator.sim.simulate.clock import BareClock, Clock, SimpyClock

Heard = list[tuple[float, str]]


class Call:
    """Writes down when its two moments came, and makes the next plans of a story after the second."""

    def __init__(self, clock: Clock, draw: random.Random, calls: int) -> None:
        self.heard: Heard = []
        self.at_once = 0
        self._clock, self._draw, self._left = clock, draw, calls

    def plan(self) -> None:
        """A call, and perhaps something else and a timer; times are few, so that many are the same."""
        clock, draw = self._clock, self._draw
        self._left -= 1
        first_ms, second_ms = sorted((draw.randint(0, 4), draw.randint(1, 4)))
        clock.later_twice(first_ms, second_ms, self, f"call {self._left}")
        if draw.random() < 0.5:
            clock.later(draw.randint(0, 5), self._other, f"other {self._left}")
        if draw.random() < 0.5:
            clock.arm(draw.randint(0, 5), lambda: self._other("timer"))
        if draw.random() < 0.2:
            clock.disarm()

    def both_come(self, clock: BareClock, subject: str, first_ms: float, second_ms: float) -> bool:
        """Nothing is planned at its first moment."""
        self.at_once += 1
        clock.now = first_ms
        self.first_comes(subject)
        clock.now = second_ms
        self.second_comes(subject)
        return True

    def first_comes(self, subject: str) -> None:
        """Write it down."""
        self.heard.append((self._clock.now, f"{subject} takes effect"))

    def second_comes(self, subject: str) -> None:
        """Write it down, and go on."""
        self.heard.append((self._clock.now, f"{subject} is answered"))
        if self._left:
            self.plan()

    def _other(self, subject: str) -> None:
        self.heard.append((self._clock.now, subject))


def told(clock: Clock, seed: int) -> Call:
    """A story on this clock."""
    call = Call(clock, random.Random(seed), 12)
    call.plan()
    if isinstance(clock, BareClock) and seed % 2:
        for until_ms in range(0, 20, 3):
            clock.run(until_ms)
    while clock.step():
        pass
    return call


def test_two_moments_at_once_are_the_same_two_moments() -> None:
    """Where the bare clock lets both moments of a call come in one step, and where something comes between, all comes
    as on SimPy's clock, whatever is due at the same instant."""
    at_once = 0
    for seed in range(200):
        bare = told(BareClock(), seed)
        assert bare.heard == told(SimpyClock(simpy.Environment(initial_time=0.0)), seed).heard
        at_once += bare.at_once
    assert 300 < at_once < 2_000, "often the two come at once, often they do not"


TAKES_EFFECT, ANSWERED = (1.0, "call takes effect"), (3.0, "call is answered")


@pytest.mark.parametrize(
    ("timer_ms", "steps", "heard"),
    [
        (3.0, 2, [TAKES_EFFECT, ANSWERED, (3.0, "timer")]),
        (2.9, 3, [TAKES_EFFECT, (2.9, "timer"), ANSWERED]),
    ],
    ids=["at the reply", "before the reply"],
)
def test_a_limit_before_the_reply_parts_the_two_moments(timer_ms: float, steps: int, heard: Heard) -> None:
    """A reply at the limit wins (reading R7) and is one step with its effect; a limit before it comes between them."""
    clock = BareClock()
    call = Call(clock, random.Random(0), 0)
    clock.later_twice(1.0, 3.0, call, "call")
    clock.arm(timer_ms, lambda: call.heard.append((clock.now, "timer")))
    assert sum(iter(clock.step, False)) == steps
    assert call.heard == heard


def test_nothing_comes_on_a_clock_that_is_left() -> None:
    """Neither what was planned, nor the two moments, nor the timer."""
    clock = BareClock()
    call = Call(clock, random.Random(0), 0)
    clock.later(2.0, call.first_comes, "other")
    clock.later_twice(1.0, 3.0, call, "call")
    clock.arm(4.0, lambda: call.heard.append((clock.now, "timer")))
    clock.leave()
    assert not clock.step()
    assert call.heard == []
