"""The driver on asyncio agrees with the simulator: simulated runs, played against it, give the same steps."""

import asyncio
import heapq
import random
from collections.abc import Callable, Coroutine
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import COMMANDS, START_BROADCAST, CoreEffect, GiveUp
from broadcast_orchestrator.model.events import Call as CoreCall
from broadcast_orchestrator.model.measures import rules_with
from broadcast_orchestrator.model.operations import CALLABLE, CONVEX, IS_OFF, IS_ON, SERVICES
from broadcast_orchestrator.model.runtime.async_orchestrator import AsyncOrchestrator
from broadcast_orchestrator.model.runtime.observing import News, StepTaken
from broadcast_orchestrator.model.table import BroadcastState
from broadcast_orchestrator.properties.mutants import BY_NAME
from broadcast_orchestrator.properties.search.random_runs import staged
from broadcast_orchestrator.properties.search.run_scripts import script_of
from broadcast_orchestrator.sim.simulate.injection import Fault
from broadcast_orchestrator.sim.simulate.studio import Studio
from broadcast_orchestrator.sim.subjects.python.virtual_loop import VirtualLoop
from broadcast_orchestrator.sim.world.fault_semantics import ANSWERED_BEFORE_EFFECT, message_of
from broadcast_orchestrator.sim.world.faults import HANG
from broadcast_orchestrator.sim.world.steps import Answer, Do, Effect, Fill, Mark, Notice, Reconfigure, Step, Timer
from broadcast_orchestrator.sim.world.trace import Line, Trace

HEARD = (Do, Answer, Notice, Timer, Fill, Reconfigure)


EVERY = "every one"
"""The session that is live where an idle write is for all."""

EQUAL_MS = 0.01
"""Times that differ by less are the same: a virtual loop counts seconds, a trace milliseconds."""


class Told(NamedTuple):
    """What is compared of a step that the core hears of."""

    at_ms: float
    effects: tuple[CoreEffect, ...]
    state: BroadcastState

    def is_as(self, other: "Told") -> bool:
        """Whether both say the same."""
        return self[1:] == other[1:] and abs(self.at_ms - other.at_ms) < EQUAL_MS


class Flight:
    """A call as the trace counts it; `answer` is what its coroutine waits for."""

    def __init__(self, operation: str, session: str | None, answer: "asyncio.Future[object]") -> None:
        self.operation, self.session, self.answer = operation, session, answer
        self.is_answered = self.is_hung = self.is_given_up = False

    def succeed(self) -> None:
        """Answer as the operation wants it: a read finds what it has to."""
        finds = CALLABLE[self.operation].finds
        if self.operation in (IS_ON[CONVEX], IS_OFF[CONVEX]):
            self.answer.set_result([self.session] if finds else [])
        else:
            self.answer.set_result(finds)


class TimerByTimer(VirtualLoop):
    """A virtual loop whose timers run one at a time."""

    def fire(self) -> None:
        """Let time pass until the earliest timer, and run it alone."""
        due = self.next_timer_ms
        assert due is not None, "no timer is armed"
        self.now_ms = max(self.now_ms, due)
        self._ready.append(heapq.heappop(self._timers)[2])
        self.rest()


class Stage:
    """The driver on a virtual loop, over services that answer when the trace says so."""

    def __init__(self, trace: Trace, rules: type[Core]) -> None:
        self.loop = TimerByTimer(self._unhandled, lambda: None)  # type: ignore[abstract]  # it has no sockets
        self.unhandled: list[str] = []
        self.told: list[Told] = []
        self.flights: dict[str, list[Flight]] = {service: [] for service in SERVICES}
        services = SimpleNamespace(**{service: SimpleNamespace() for service in SERVICES})
        for name, operation in CALLABLE.items():
            if operation.service != CONVEX:
                does = partial(self._call, name) if operation.finds is None else partial(self._read, operation.service)
                setattr(getattr(services, operation.service), name.partition(".")[2], does)
        self.asked: dict[str, list[CoreCall]] = {service: [] for service in SERVICES}
        self.orchestrator = AsyncOrchestrator(services, self, trace.config, observers=[self._hear], rules=rules)

    def update_broadcast_state(self, arguments: Any) -> Coroutine[Any, Any, object]:
        """The backend is one of the scripted services."""
        return self._call(
            f"convex.{arguments['broadcastState']}", arguments["id"] if arguments["id"] != EVERY else None
        )

    def live_sessions(self) -> object:
        """It can be read; before an idle write that is for all sessions, one of them is live."""
        if self.asked[CONVEX][0] == CoreCall("convex.idle"):
            return [EVERY]
        return self._read(CONVEX)

    def _read(self, service: str) -> Coroutine[Any, Any, object]:
        return self._call(*self.asked[service][0])

    def _call(self, operation: str, session: str | None = None) -> Coroutine[Any, Any, object]:
        flight = Flight(operation, session, self.loop.create_future())
        service = CALLABLE[operation].service
        assert self.asked[service].pop(0) == (operation, session)
        self.flights[service].append(flight)
        return self._answered(flight.answer)

    async def _answered(self, answer: "asyncio.Future[object]") -> object:
        return await answer

    def _hear(self, news: News) -> None:
        assert isinstance(news, StepTaken)
        self.told.append(Told(news.at_ms, news.effects, news.after.state))
        for effect in news.effects:
            if isinstance(effect, CoreCall):
                self.asked[CALLABLE[effect.operation].service].append(effect)
            if isinstance(effect, GiveUp):
                for flight in self.flights[CALLABLE[effect.operation].service]:
                    if not flight.is_answered and (flight.operation, flight.session) == effect[:2]:
                        flight.is_given_up = True

    def _unhandled(self, message: str) -> None:
        self.unhandled.append(message)

    def take(self, line: Line) -> None:
        """Let the line's step happen, at its time; timers come when the loop says."""
        assert line.at_ms is not None
        if isinstance(line.step, Timer):
            told = len(self.told)
            while len(self.told) == told:
                self.loop.fire()
        else:
            due = self.loop.next_timer_ms
            assert due is None or due > line.at_ms - EQUAL_MS, f"a timer is due at {due} ms, before {line}"
            self.loop.now_ms = line.at_ms
            self.loop.call_soon(self._happen, line.step)
            self.loop.rest()
        for flights in self.flights.values():
            flights[:] = [each for each in flights if not (each.is_hung and each.is_given_up)]

    def _happen(self, step: Step) -> None:
        match step:
            case Do(command, session):
                given = getattr(self.orchestrator, command)(*([] if session is None else [session]))
                self.loop.create_task(heard(given))
            case Answer(service, place, ok, fault):
                flight = self.flights[service][place]
                flight.is_answered = True
                if fault not in ANSWERED_BEFORE_EFFECT:
                    del self.flights[service][place]
                if ok:
                    flight.succeed()
                else:
                    flight.answer.set_exception(ConnectionError(message_of(fault)))
            case Effect(service, place) if self.flights[service][place].is_answered:
                del self.flights[service][place]
            case Mark(service, place, fault):
                self.flights[service][place].is_hung = fault is HANG
            case Notice(service):
                self.orchestrator.report(service, "lost")
            case Fill(present):
                self.orchestrator.fill(present)
            case Reconfigure(config):
                self.orchestrator.update_config(**config._asdict())


async def heard(command: Coroutine[Any, Any, object]) -> None:
    """Wait for a command, however it ends."""
    await asyncio.gather(command, return_exceptions=True)


def difference(trace: Trace, rules: type[Core] = Core) -> str:
    """The first step that is not the trace's, "" where all are, the driver following these rules."""
    stage = Stage(trace, rules)
    began = trace.lines[0].at_ms or 0.0
    for number, line in enumerate(trace.lines, 1):
        before = len(stage.told)
        stage.take(line)
        here = stage.told[before:]
        there = [Told((line.at_ms or 0.0) - began, line.effects, line.state)] if isinstance(line.step, HEARD) else []
        if len(here) != len(there) or not all(map(Told.is_as, here, there)):
            return f"step {number}, {line.step}: the driver's {here}, the trace's {there}"
        if stage.unhandled:
            return f"step {number}, {line.step}: {stage.unhandled}"
    return ""


def evening(seed: int, rules: type[Core] = Core) -> Trace:
    """A simulated evening of everything that random runs leave out: options, content, services that fall over."""
    luck = random.Random(seed)
    faults = [Fault("*", kind, 0.1) for kind in ("hang", "late", "refuse", "early_reply", "lost_unnoticed")]
    config = {"max_retries": luck.randrange(3), "retry_delay": luck.choice((0, 1, 700)), "shutdown_timeout": 900}
    studio = Studio(seed, faults=faults, config=config, latency={"*": luck.choice((0, 1, 300))}, rules=rules)
    give: dict[str, Callable[[], object]] = {
        "lose": lambda: studio.lose(luck.choice(("host", "producer", "session")), notice_after_ms=luck.choice((0, 40))),
        "fill": lambda: studio.fill(luck.random() < 0.7),
        "sync": lambda: studio.orchestrator.update_config(enable_convex_sync=luck.random() < 0.5),
        "limit": lambda: studio.orchestrator.update_config(startup_timeout=luck.choice((1, 250, 15_000))),
    }
    for _ in range(12):
        what = luck.choice([*COMMANDS, "initialize", START_BROADCAST, *give])
        if what in give:
            give[what]()
        else:
            getattr(studio.orchestrator, what)(*(["s1"] if what == START_BROADCAST else []))
        studio.run(studio.now_ms + luck.choice((0, 0, 5, luck.uniform(0, 2_000), 15_000)))
    studio.settle()
    return studio.trace


def calm_run(seed: int, number: int, rules: type[Core] = Core) -> Trace:
    """A random run in which nothing befalls the orchestrator as a whole."""
    return staged(script_of(seed, number).calm, rules).trace


def test_random_runs_give_the_same_steps_on_asyncio() -> None:
    """Six hundred simulated runs with racing commands and faults of every class: at every step the driver asks for
    the same, at the same time, and is in the same state."""
    traces = [calm_run(17, number) for number in range(600)]
    assert sum(len(trace.lines) for trace in traces) > 10_000
    assert [each for each in map(difference, traces) if each] == []


def test_evenings_with_options_content_and_losses_give_the_same_steps() -> None:
    """So do evenings on which options change, the feed is emptied, and services fall over."""
    traces = list(map(evening, range(200)))
    kinds = {type(line.step) for trace in traces for line in trace.lines}
    assert {Do, Answer, Timer, Notice, Fill, Reconfigure, Mark, Effect} <= kinds
    assert [each for each in map(difference, traces) if each] == []


@pytest.mark.parametrize("measures", [("read-back",), ("reconciled",), ("read-back", "reconciled")])
def test_runs_with_measures_give_the_same_steps(measures: tuple[str, ...]) -> None:
    """So do runs of an orchestrator that reads its services back, or tells the backend at rest, or both."""
    rules = rules_with(measures)
    traces = [*(calm_run(17, number, rules) for number in range(150)), *(evening(n, rules) for n in range(40))]
    calls = {
        effect.operation
        for trace in traces
        for line in trace.lines
        for effect in line.effects
        if isinstance(effect, CoreCall)
    }
    assert ("host.is_off" in calls) is ("read-back" in measures)
    assert [each for each in (difference(trace, rules) for trace in traces) if each] == []


def test_another_core_is_told_by_its_first_step() -> None:
    """The comparison bites: over a broken core the driver differs at the first step at which the core does, and over
    the same broken core on both sides nowhere."""
    rules = BY_NAME["forgets-the-failed-step"].rules
    assert [each for each in (difference(calm_run(17, number), rules) for number in range(40)) if each]
    assert [each for number in range(40) if (each := difference(calm_run(17, number, rules), rules))] == []
