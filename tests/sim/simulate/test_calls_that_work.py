"""Calls that work come one after the other at once, and nobody can tell it from letting each of their moments come."""

import pytest

from broadcast_orchestrator.model.config import DEFAULT_CONFIG
from broadcast_orchestrator.sim.simulate import driver
from broadcast_orchestrator.sim.simulate.clock import BareClock
from broadcast_orchestrator.sim.simulate.drawn_calls import CallDraws, Latencies
from broadcast_orchestrator.sim.simulate.driver import Driver
from broadcast_orchestrator.sim.simulate.injection import Fault, Injection
from broadcast_orchestrator.sim.simulate.streams import Streams
from broadcast_orchestrator.sim.world.remembered.step_rules import StepRules
from broadcast_orchestrator.sim.world.remembered.transition_cache import CachedStep, TransitionCache
from broadcast_orchestrator.sim.world.steps import Do, Step

Heard = list[tuple[float, Step]]


class Evening:
    """A broadcast that begins and ends: what was heard of it, and how often the clock was asked to go on."""

    def __init__(self, steps: TransitionCache, faults: tuple[Fault, ...] = ()) -> None:
        self.heard: Heard = []
        self.asked = 0
        self._clock = BareClock()
        calls = CallDraws(Latencies({}), Streams(7), Injection(faults))
        self._driver = Driver(self._clock, steps, DEFAULT_CONFIG, calls, self._hear)
        for command in ("initialize", "start_broadcast", "stop_broadcast"):
            self._driver.take(Do(command, "s1" if command == "start_broadcast" else None))
            while not self._driver.quiet:
                self._clock.step()
                self.asked += 1

    def _hear(self, _: int, edge: CachedStep, __: object, ___: object) -> None:
        self.heard.append((self._clock.now, edge.step))


def test_what_is_known_to_work_is_one_step_of_the_clock() -> None:
    """The first evening lets every moment of its eleven calls come; the next is heard at the same moments, though the
    clock goes on once a command."""
    steps = TransitionCache(StepRules())
    first, second = Evening(steps), Evening(steps)
    assert second.heard == first.heard
    assert (first.asked, second.asked) == (22, 3)


def test_they_come_no_more_than_so_many_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever lets time pass is asked again after some of them, since it may have had enough."""
    steps = TransitionCache(StepRules())
    first = Evening(steps)
    monkeypatch.setattr(driver, "AT_ONCE", 2)
    second = Evening(steps)
    assert second.heard == first.heard
    assert second.asked == 1 + 3 + 3


def test_a_call_that_goes_wrong_ends_the_row() -> None:
    """It has its moments for itself, where everything is known as well as where nothing is."""
    steps, faults = TransitionCache(StepRules()), (Fault("host.start", "refuse"),)
    Evening(steps)
    first, second = Evening(TransitionCache(StepRules()), faults), Evening(steps, faults)
    assert second.heard == first.heard == Evening(steps, faults).heard
    assert 3 < second.asked < first.asked


def test_nothing_comes_beyond_the_time_that_was_asked_for() -> None:
    """A row of calls ends where the clock is to stop, in the midst of them."""
    steps = TransitionCache(StepRules())
    whole = Evening(steps).heard
    clock, heard = BareClock(), Heard()
    calls = CallDraws(Latencies({}), Streams(7), Injection(()))

    def hear(_: int, edge: CachedStep, __: object, ___: object) -> None:
        heard.append((clock.now, edge.step))

    dashboard = Driver(clock, steps, DEFAULT_CONFIG, calls, hear)
    dashboard.take(Do("initialize"))
    clock.run(1_000)
    dashboard.take(Do("start_broadcast", "s1"))
    clock.run(1_200)
    assert 0 < len(heard) - 4 < 10
    assert clock.now == 1_200
    clock.run(9_000)
    assert [step for _, step in heard] == [step for _, step in whole][: len(heard)]
