"""The studio: one orchestrator, its five simulated services and a clock, so that a script reads as a story.

studio = Studio(seed=7, faults=[Fault("host.start", "refuse", first=1)])
studio.run(studio.orchestrator.initialize())
"""

import math
from collections.abc import Callable, Generator, Iterable, Mapping
from pathlib import Path
from typing import Any

import simpy
from simpy.core import EmptySchedule

from broadcast_orchestrator.model.api.backend import Backend, backend_of
from broadcast_orchestrator.model.api.hooks import state as state_of
from broadcast_orchestrator.model.api.orchestrator import Caller, Orchestrator
from broadcast_orchestrator.model.api.outcome import BroadcastError
from broadcast_orchestrator.model.api.record import HistoryEntry, Record
from broadcast_orchestrator.model.api.snapshot import BroadcastSnapshot, Stores
from broadcast_orchestrator.model.config import DEFAULT_CONFIG, OrchestratorConfig, merged, near_match, shown
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Command, Configure
from broadcast_orchestrator.model.measures import POLL_PERIOD_MS, checked_ms
from broadcast_orchestrator.model.operations import CALLABLE, CONVEX, SERVICES
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.table import BroadcastState
from broadcast_orchestrator.model.views import INDEX
from broadcast_orchestrator.sim.simulate.clock import SimpyClock
from broadcast_orchestrator.sim.simulate.drawn_calls import CallDraws, Latencies, LatencyLike
from broadcast_orchestrator.sim.simulate.driver import Driver
from broadcast_orchestrator.sim.simulate.injection import Fault, Injection
from broadcast_orchestrator.sim.simulate.stores import stores_of, written
from broadcast_orchestrator.sim.simulate.streams import Streams
from broadcast_orchestrator.sim.world.remembered.met_failures import FailuresMet, effects_told
from broadcast_orchestrator.sim.world.remembered.transition_cache import CachedStep, steps_of
from broadcast_orchestrator.sim.world.rules_by_name import path_of
from broadcast_orchestrator.sim.world.steps import Do, Effect, Fill, Reconfigure, Reload
from broadcast_orchestrator.sim.world.trace import Passage, Trace
from broadcast_orchestrator.sim.world.world import CALLS_ELSEWHERE, World

Script = Generator[simpy.Event, Any, Any]
"""A story: a generator that yields what it waits for."""


class CommandForgotten(BroadcastError):
    """The page was reloaded while the command was under way: it never settles, and this is what a script sees of it."""

    def __init__(self, command: str) -> None:
        super().__init__(command)
        self.command = command

    def __str__(self) -> str:
        return f"{self.command} never settles: the page was reloaded"


class SimulatedOrchestrator(Orchestrator[simpy.Event]):
    """The orchestrator of a studio. Its commands give back events: `yield` one in a script, or `Studio.run` it."""

    def __init__(self, studio: "Studio") -> None:
        super().__init__()
        self._studio = studio

    def _submit(self, event: Command | Configure) -> simpy.Event:
        driver = self._studio.driver
        settled = self._studio.env.event()
        settled.defused = True  # a failure that nobody waits for is in the state, so it need not stop the run
        if isinstance(event, Command):
            driver.take(Do(event.name, event.session), settled)
        else:
            driver.take(Reconfigure(event.config))
        return settled

    def _core(self) -> CoreState:
        return self._studio.driver.world.core

    def _stores(self) -> Stores:
        return stores_of(self._studio.world, self._studio.backend)

    def on_step(self, passage: Passage, caller: Caller | None) -> None:
        """Hear of a step that the driver took."""
        if isinstance(passage.step, Reload):
            self._forget(passage.before.core)
        now_ms = self._studio.now_ms
        self._took(passage.before.core, passage.effects, passage.after.core, now_ms, caller)

    def _forget(self, core: CoreState) -> None:
        """The former life has no record any more. Who waits for a command of it would do so for ever, as its promise in
        a page would; but a script outlives the page, so it is told."""
        self.record = Record()
        waiting, self._waiting = self._waiting, []
        for caller in waiting:
            caller.fail(CommandForgotten("" if core.procedure is None else core.procedure.command))

    def on_rest(self) -> None:
        """Hear that the driver has arranged what the steps asked for."""
        self._tell()


class Studio:
    """A simulated broadcast studio: the same arguments and the same script give the same trace, byte for byte.

    `latency` maps "service.operation", "service.*" or "*" to a latency (see `sim.simulate.latency`) or a number of
    milliseconds; `faults` are tried in their order; `config` holds options by name; `sessions` are the ids that the
    backend knows (left out: it knows any); `watch` is called with every step; `rules` are those of the guide, with the
    measures of a team perhaps (`model.measures.rules_with`), or broken on purpose; `poll_period_ms` is how often
    services are read where one of these measures has somebody do so. Raises `LatencyError`, `FaultError`, `ConfigError`
    or `ValueError`, one line each.
    """

    def __init__(
        self,
        seed: int = 0,
        latency: Mapping[str, LatencyLike] | None = None,
        faults: Iterable[Fault] = (),
        config: OrchestratorConfig | Mapping[str, object] = DEFAULT_CONFIG,
        sessions: Iterable[str] | None = None,
        watch: Callable[[Passage], object] | None = None,
        rules: type[Core] = Core,
        poll_period_ms: float = POLL_PERIOD_MS,
    ) -> None:
        streams, faults = Streams(seed), tuple(faults)
        self._latencies, self._injection = Latencies(latency or {}), Injection(faults)
        options = config._asdict() if isinstance(config, OrchestratorConfig) else config
        known = None if sessions is None else tuple(sessions)
        setup = {
            "latency": {name: given.describe() for name, given in self._latencies.given.items()},
            "faults": [_described(fault) for fault in faults],
            "sessions": known if known is None else list(known),
            **({"poll_period_ms": poll_period_ms} if rules.polled else {}),
        }
        checked_ms("poll_period_ms", poll_period_ms)
        self.trace = Trace(merged(DEFAULT_CONFIG, options), "studio", seed, setup, rules=path_of(rules))
        self._watch = watch
        self._scripts: list[simpy.Process] = []
        self.orchestrator = SimulatedOrchestrator(self)
        self.env = simpy.Environment(initial_time=0.0)
        self.backend = Backend() if known is None else backend_of(*known)
        self.driver = Driver(
            SimpyClock(self.env),
            steps_of(rules),
            self.trace.config,
            CallDraws(self._latencies, streams, self._injection, known),
            self._on_step,
            self.orchestrator.on_rest,
            poll_period_ms=poll_period_ms,
        )

    # -- Looking ------------------------------------------------------------------------------------

    @property
    def now_ms(self) -> float:
        """The time, in milliseconds since the beginning."""
        return float(self.env.now)

    @property
    def state(self) -> BroadcastState:
        """The state of the orchestrator."""
        return self.driver.world.core.state

    @property
    def snapshot(self) -> BroadcastSnapshot:
        """Everything there is to see now."""
        return self.orchestrator.get_snapshot()

    @property
    def history(self) -> tuple[HistoryEntry, ...]:
        """Every change of state so far, oldest first."""
        return tuple(self.orchestrator.record.history)

    @property
    def log(self) -> tuple[str, ...]:
        """The verbose log so far."""
        return tuple(self.orchestrator.record.log)

    @property
    def world(self) -> World:
        """The world as it is: what the core knows, what the services truly are, and the calls on their way."""
        return self.driver.world

    # -- Letting time pass --------------------------------------------------------------------------

    def run(self, until: simpy.Event | Script | float) -> Any:
        """Let time pass until a time in milliseconds, all that happens then included; until an event, such as a
        command's, has come; or until a script is over. Returns the value of the event or the script.

        Raises what the event or script failed with, `ValueError` for a time that is past or never comes, and
        `RuntimeError` when nothing is left to happen and the event has not come.
        """
        if isinstance(until, int | float):
            return self._run_to(until)
        event = until if isinstance(until, simpy.Event) else self.script(until)
        event.defused = True
        while not event.processed:
            self._step("what was waited for has not come")
        if isinstance(event.value, BaseException) and not event.ok:
            raise event.value
        return event.value

    def settle(self) -> None:
        """Let time pass until every script is over and the world is quiet: nothing under way, nothing on its way."""
        while not self.at_rest:
            self._step("a script still waits" if self.driver.quiet else "the world is not quiet")
        self._scripts.clear()

    @property
    def at_rest(self) -> bool:
        """Whether every script is over and the world is quiet."""
        return self.driver.quiet and not any(script.is_alive for script in self._scripts)

    def script(self, story: Script) -> simpy.Process:
        """Begin a script beside all others; the process that it becomes can be waited for."""
        process = self.env.process(story)
        self._scripts.append(process)
        return process

    def wait(self, duration_ms: float) -> simpy.Event:
        """An event that comes after that many milliseconds, for a script to `yield`."""
        return self.env.timeout(duration_ms)

    def when(self, state: str) -> simpy.Event:
        """An event that comes as soon as the orchestrator is in `state`; raises `ValueError` if that is no state."""
        wanted, event = self._state(state), self.env.event()
        if self.state is wanted:
            return event.succeed()

        def listener(new: BroadcastState, _: BroadcastState) -> None:
            if new is wanted and not event.triggered:
                event.succeed()
                unsubscribe()

        unsubscribe = self.orchestrator.subscribe(listener, state_of)
        return event

    # -- Interfering --------------------------------------------------------------------------------

    def lose(self, service: str, *, noticed: bool = True, notice_after_ms: float = 0) -> None:
        """A service falls over by itself (F9). If `noticed`, it reports it after that many milliseconds, and in any
        case before its next reply (reading R14). A service that is off stays as it is. Raises `ValueError` for an
        unknown one."""
        self.driver.lose(_service(service), noticed, notice_after_ms)

    def bypass(self, service: str) -> None:
        """Someone flips a service behind the orchestrator's back (F10); raises `ValueError` for an unknown one."""
        self.driver.flip(_service(service))

    def conflict(self, refusing: bool) -> None:
        """The backend refuses every write from now on (F11), or takes them again."""
        self.driver.conflict(refusing)

    def reload(self) -> None:
        """The page is reloaded (F12): the orchestrator forgets everything, its record included, and is in idle with the
        configuration that it has; its listeners stay. Services, backend and calls on their way go on, and who waits for
        a command of the former life gets `CommandForgotten`. Nothing happens where there is nothing to forget."""
        self.driver.reload()

    def suspend(self, duration_ms: float, *, timer_first: bool | None = None) -> None:
        """The page sleeps for that many milliseconds (F14): calls take effect, but no timer runs out and no reply is
        heard. Then all that is overdue comes, the timer first or the replies first; left out, the seed decides. Raises
        `ValueError` for what is no time."""
        if not 0 <= duration_ms < math.inf:
            raise ValueError(f"suspend: expected a number of milliseconds from 0 on, got {duration_ms!r}")
        self.driver.suspend(duration_ms, timer_first)

    def elsewhere(self, command: str) -> bool:
        """Another dashboard gives a command over the same services and backend (F13), `start_broadcast` or
        `stop_broadcast`; its calls take effect in time. False where a lease forbids it. Raises `ValueError` for another
        command."""
        if command not in CALLS_ELSEWHERE:
            raise ValueError(f"elsewhere: {shown(command)} is unknown{near_match(command, CALLS_ELSEWHERE)}")
        return self.driver.elsewhere(command)

    def fill(self, present: bool) -> None:
        """The live feed gains or loses its content (reading R18)."""
        self.driver.take(Fill(present))

    def order(self, fault: Fault) -> None:
        """From now on this fault too, before all others; the calls that it matches are counted from now on."""
        self._injection.order(fault)

    def withdraw(self, fault: Fault) -> None:
        """This fault no longer; raises `ValueError` where it was never ordered."""
        self._injection.withdraw(fault)

    def slow(self, call: str, latency: LatencyLike | None) -> None:
        """Calls made from now on take that long: `call` is "service.operation", "service.*" or "*", and None takes
        back what was given for it. Raises `LatencyError`, and changes nothing, where it cannot be."""
        self._latencies.change(call, latency)

    def save(self, path: str | Path) -> None:
        """Write the trace to a file (see `sim.world.trace`)."""
        self.trace.save(path)

    # -- Inside -------------------------------------------------------------------------------------

    def _on_step(self, before: int, edge: CachedStep, met: FailuresMet, caller: Caller | None) -> None:
        step, faults = edge.step, self.driver.faults
        world = self.driver.steps.world(before, met)._replace(faults=faults - edge.cost)
        passage = Passage(world, step, effects_told(edge.effects, met), self.driver.world, self.now_ms)
        self.trace.lines.append(passage.line)
        if isinstance(step, Effect) and step.service == CONVEX and not world.truth.refusing:
            flight = world.flights[INDEX[CONVEX]][step.flight]
            if CALLABLE[flight.operation].turns_on is not None:
                self.backend = written(self.backend, flight, self.now_ms)
        self.orchestrator.on_step(passage, caller)
        if self._watch is not None:
            self._watch(passage)

    def _run_to(self, until_ms: float) -> None:
        if not self.now_ms <= until_ms < math.inf:
            raise ValueError(f"run: cannot run until {until_ms:g} ms, it is {self.now_ms:g} ms now")
        env = self.env
        while env.peek() <= until_ms:
            env.step()
        if env.now < until_ms:
            env.run(until=until_ms)

    def _step(self, otherwise: str) -> None:
        try:
            self.env.step()
        except EmptySchedule:
            raise RuntimeError(f"nothing is left to happen, and {otherwise}") from None

    def _state(self, name: str) -> BroadcastState:
        self.orchestrator.validate_transition(name)
        return BroadcastState(name)


def _service(name: str) -> str:
    services = [service for service in SERVICES if service != CONVEX]
    if name not in services:
        raise ValueError(f"{shown(name)}: unknown service{near_match(name, services)}")
    return name


def _described(fault: Fault) -> dict[str, Any]:
    """A fault as plain data, without the conditions that it does not have."""
    fields = {name: getattr(fault, name) for name in fault.__dataclass_fields__}
    return {name: value for name, value in fields.items() if value is not None}
