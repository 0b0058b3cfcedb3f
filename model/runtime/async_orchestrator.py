"""The orchestrator on asyncio: the pure core, driven by real services, a real clock and whoever gives commands.

It holds no rule: what happens is told to the core one event at a time, and what the core asks for is done.

    orchestrator = AsyncOrchestrator(services, backend)
    await orchestrator.initialize()
    await orchestrator.start_broadcast("session-1")
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from broadcast_orchestrator.model.api.orchestrator import Orchestrator
from broadcast_orchestrator.model.api.outcome import Outcome
from broadcast_orchestrator.model.api.snapshot import Stores
from broadcast_orchestrator.model.config import DEFAULT_CONFIG, OrchestratorConfig, merged, near_match, shown
from broadcast_orchestrator.model.core import Core, advance
from broadcast_orchestrator.model.events import (
    Call,
    CancelTimer,
    Command,
    Configure,
    Content,
    CoreEffect,
    Event,
    GiveUp,
    Reply,
    Report,
    SetTimer,
    TimerFired,
)
from broadcast_orchestrator.model.measures import BY_NAME, POLL_PERIOD_MS, rules_with
from broadcast_orchestrator.model.operations import HOST, LEASE, ON_AIR_SERVICES, SERVICES
from broadcast_orchestrator.model.runtime.binding import (
    Ask,
    BoundOperation,
    awaited,
    bound_operations,
    first_number,
    is_pending,
)
from broadcast_orchestrator.model.runtime.known_stores import KnownStores
from broadcast_orchestrator.model.runtime.leasing import LEASE_MS, KeptLease
from broadcast_orchestrator.model.runtime.observing import Observer, Observers, ServiceSeen, StepTaken
from broadcast_orchestrator.model.runtime.open_calls import OpenCalls, RunningCall
from broadcast_orchestrator.model.runtime.pending_outcome import AwaitingCaller, PendingOutcome
from broadcast_orchestrator.model.runtime.polling import Poller
from broadcast_orchestrator.model.runtime.services import BroadcastServices, SessionBackend
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.table import BroadcastState

logger = logging.getLogger("broadcast_orchestrator")
"""Takes the verbose log, at the level INFO."""


class AsyncOrchestrator(Orchestrator[PendingOutcome]):
    """The guide's orchestrator over `services` (see `model.runtime.services`) and, for sessions, a `backend`.

    `config` holds options by name or is a whole configuration, durations in milliseconds; `content` says whether the
    feed has content at the beginning; `observers` hear of everything (see `observe`). The rules are those of the guide
    with the `measures` of these names (see `model.measures`), or whatever `rules` a team has. A command takes place
    when it is called; what it returns is awaited for its outcome, and may be dropped. With the measure "polling" the
    services are read every `poll_period_ms`, from the first command on; with "lease" it is lost after a silence of
    `lease_ms`. All of it belongs to one event loop and its
    thread. Raises `TypeError` where a service lacks an operation, or what a measure needs; `ValueError`
    for a name that is no measure; and `ConfigError`.
    """

    def __init__(
        self,
        services: BroadcastServices,
        backend: SessionBackend | None = None,
        config: OrchestratorConfig | Mapping[str, object] = DEFAULT_CONFIG,
        *,
        content: bool = True,
        observers: Iterable[Observer] = (),
        measures: Iterable[str] = (),
        rules: type[Core] | None = None,
        poll_period_ms: float = POLL_PERIOD_MS,
        lease_ms: float = LEASE_MS,
    ) -> None:
        super().__init__()
        self._rules = _rules(measures, rules)
        options = config._asdict() if isinstance(config, OrchestratorConfig) else config
        self.core = CoreState(config=merged(DEFAULT_CONFIG, options), content=content)
        self._operations = bound_operations(services, backend, self._rules)
        self._number = first_number(self._rules, backend)
        self._lease = None
        if self._rules.leased:
            self._lease = KeptLease(backend.take_lease, lease_ms, self._lost_lease)  # type: ignore[union-attr]
            self._operations[LEASE.name] = BoundOperation(self._lease.ask, is_cancelled=False)
        poller = Poller(self._operations, poll_period_ms, self._core, self._found)
        self._poller = poller if self._rules.polled else None
        self._observers = Observers(observers)
        self._known = KnownStores()
        self._known.filled(content)
        self._calls = OpenCalls()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._began = 0.0
        self._timer: asyncio.Handle | None = None
        self._turns: deque[Callable[[], None]] = deque()
        self._is_working = self._is_closed = False
        self._settling: list[asyncio.Future[Outcome]] = []

    @property
    def state(self) -> BroadcastState:
        """The state; it equals its own name."""
        return self.core.state

    @property
    def error(self) -> str | None:
        """The text of the error, None outside the state error."""
        return "; ".join(map(str, self.core.error)) or None

    # -- What services say by themselves --------------------------------------------------------------

    def report(self, service: str, message: str = "") -> None:
        """A service says that it has failed (reading R14); call it before the service's next reply.

        Raises `ValueError` for a name that is none of the four that can be on air.
        """
        _check(service, ON_AIR_SERVICES)
        self._known.reported(service)
        self._happens(Report(service, message))

    def _found(self, report: Report) -> None:
        """Whoever reads the services has found one otherwise than the core has it."""
        if not report.found_on:
            self._known.reported(report.service)
        self._happens(report)

    def _lost_lease(self) -> None:
        """Another orchestrator commands by now: whoever wants to again has to initialize, which asks for the lease."""
        if self.core.initialized:
            self.report(HOST, "the lease is lost")

    def fill(self, present: bool) -> None:
        """The live feed has gained or lost its content (reading R18)."""
        self._known.filled(present)
        self._happens(Content(present))

    def saw(
        self, service: str, active: bool | None = None, initialized: bool | None = None, session: str | None = None
    ) -> None:
        """A service says what it is: for the snapshot and for those who observe; the core hears nothing of it.

        `session` is the one of which the backend (`convex`) speaks. Raises `ValueError` for an unknown service.
        """
        _check(service, SERVICES)
        seen = ServiceSeen(self._now_ms(), service, active, initialized, session)
        self._known.seen(seen)
        self._observers.tell(seen)

    # -- Watching and leaving -------------------------------------------------------------------------

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Have `observer` hear of every step of the core and of all that services say, as it happens; what it raises is
        logged and disturbs nobody. Returns a function that ends it."""
        return self._observers.add(observer)

    def close(self) -> None:
        """Leave everything as it is, as a page does that is closed: no call is made and nothing is heard any more.

        Whoever waits for a command is cancelled. Services that are on air stay so; what to do about that, a new
        orchestrator cannot know by itself. The end of the event loop does the same.
        """
        self._is_closed = True
        self._turns.clear()
        self._disarm()
        if self._poller is not None:
            self._poller.end()
        if self._lease is not None:
            self._lease.end()
        for settled in self._settling:
            settled.cancel()
        for call in self._calls.all():
            self._let_be(call)

    # -- What the interface asks of a driver ----------------------------------------------------------

    def _submit(self, event: Command | Configure) -> PendingOutcome:
        if self._is_closed:
            raise RuntimeError("the orchestrator is closed; make a new one")
        if isinstance(event, Configure):
            self._happens(event)
            return None  # type: ignore[return-value]  # there is nothing to wait for
        settled = self._own_loop().create_future()
        self._settling = [*(other for other in self._settling if not other.done()), settled]
        self._happens(event, AwaitingCaller(settled))
        return PendingOutcome(settled)

    def _core(self) -> CoreState:
        return self.core

    def _stores(self) -> Stores:
        return self._known.stores

    # -- One event after the other --------------------------------------------------------------------

    def _happens(self, event: Event, caller: AwaitingCaller | None = None) -> None:
        self._queue(partial(self._turn, event, caller))

    def _queue(self, turn: Callable[[], None]) -> None:
        """Take the turn now, or after the one that is being taken and those that wait already."""
        if self._is_closed:
            return
        if self._loop is not None:
            self._own_loop()
        self._turns.append(turn)
        if self._is_working:
            return
        self._is_working = True
        try:
            while self._turns:
                self._turns.popleft()()
        finally:
            self._is_working = False
        self._tell()

    def _turn(self, event: Event, caller: AwaitingCaller | None = None, answered: RunningCall | None = None) -> None:
        """The core hears of an event: whoever it concerns is told, and what it asks for is done."""
        before, now_ms = self.core, self._now_ms()
        self.core, effects = advance(before, event, self._rules)
        meant = [(effect, self._calls.book(effect)) for effect in effects]
        made = tuple(call.number for effect, call in meant if isinstance(effect, Call) and call is not None)
        number = answered.number if answered is not None else None
        self._observers.tell(StepTaken(now_ms, event, before, effects, self.core, number, made, self._rules))
        logged = len(self.record.log)
        self._took(before, effects, self.core, now_ms, caller)
        for line in self.record.log[logged:]:
            logger.info(line)
        for effect, call in meant:
            self._do(effect, call)

    def _do(self, effect: CoreEffect, call: RunningCall | None) -> None:
        if self._is_closed:
            return
        if isinstance(effect, SetTimer):
            self._disarm()
            self._timer = self._own_loop().call_later(effect.duration_ms / 1000, self._timer_due)
        elif isinstance(effect, CancelTimer):
            self._disarm()
        elif isinstance(effect, Call) and call is not None:
            self._make(call)
        elif isinstance(effect, GiveUp) and call is not None:
            self._let_be(call)

    # -- Calls ----------------------------------------------------------------------------------------

    def _make(self, call: RunningCall) -> None:
        """Ask the service; what is over when it returns, or raises at once, is answered with the next turn."""
        if self._poller is not None:
            self._poller.called(call.service)
        try:
            answer: Any = self._operation(call)(call.session, self._number_of(call))
        except Exception as problem:
            self._answered(call, problem)
            return
        if not is_pending(answer):
            self._answered(call, None)
            return
        call.task = self._own_loop().create_task(awaited(answer))
        call.task.add_done_callback(partial(self._came, call))

    def _number_of(self, call: RunningCall) -> int | None:
        return None if self._number is None else self._number + call.number

    def _operation(self, call: RunningCall) -> Ask:
        bound = self._operations.get(call.operation)
        if bound is None:
            raise LookupError(f"the service offers no {call.operation}")
        return bound.call

    def _came(self, call: RunningCall, task: "asyncio.Task[None]") -> None:
        """A call's coroutine is over. One that was cancelled from outside means that the loop is about to end."""
        if not task.cancelled():
            self._answered(call, task.exception())
        elif task.cancelling() and not call.is_cancelled:
            self.close()
        else:
            self._answered(call, asyncio.CancelledError("cancelled"))

    def _answered(self, call: RunningCall, problem: BaseException | None) -> None:
        self._queue(partial(self._reply, call, problem))

    def _reply(self, call: RunningCall, problem: BaseException | None) -> None:
        position = self._calls.close(call)
        if problem is None:
            self._known.replied(call.number, call.operation, call.session, self._now_ms())
        message = "" if problem is None else str(problem) or type(problem).__name__
        self._turn(Reply(call.service, position, problem is None, message), answered=call)

    def _let_be(self, call: RunningCall) -> None:
        """Nobody waits for the call any more."""
        bound = self._operations.get(call.operation)
        if bound is not None and bound.is_cancelled:
            call.cancel()

    # -- Time -----------------------------------------------------------------------------------------

    def _timer_due(self) -> None:
        """Whatever else comes at this moment comes first, as in the simulator: a reply at the limit wins (reading R7),
        and a coroutine that waits for nothing has answered at once."""
        self._timer = self._own_loop().call_later(0, self._timer_fires)

    def _timer_fires(self) -> None:
        self._timer = None
        self._happens(TimerFired())

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _own_loop(self) -> asyncio.AbstractEventLoop:
        """The event loop that the orchestrator belongs to: the one on which it is used first. Raises `RuntimeError`
        elsewhere, before anything has happened."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise RuntimeError("no event loop runs here; from another thread, use loop.call_soon_threadsafe") from None
        if self._loop is None:
            self._loop, self._began = loop, loop.time()
            if self._poller is not None:
                self._poller.begin(loop)
        elif self._loop is not loop:
            raise RuntimeError("the orchestrator belongs to another event loop; make a new one for this loop")
        return loop

    def _now_ms(self) -> float:
        """Milliseconds since the first step; before a loop runs no time goes by."""
        if self._loop is None:
            with contextlib.suppress(RuntimeError):
                self._own_loop()
        return 0.0 if self._loop is None else round((self._loop.time() - self._began) * 1000, 3)


def _rules(measures: Iterable[str], rules: type[Core] | None) -> type[Core]:
    names = (measures,) if isinstance(measures, str) else tuple(measures)
    for name in names:
        if name not in BY_NAME:
            raise ValueError(f"measures: {shown(name)} is unknown{near_match(name, BY_NAME)}")
    if rules is not None and names:
        raise ValueError("measures: expected none where rules are given, which have their own; leave one of both out")
    return rules_with(names) if rules is None else rules


def _check(service: str, known: Iterable[str]) -> None:
    if service not in known:
        raise ValueError(f"{shown(service)}: unknown service{near_match(service, known)}")
