"""A broadcast orchestrator in Python: one class with asyncio, its services given to its constructor.

    broadcast check --scenarios 300 --python on_asyncio:BroadcastOrchestrator
    broadcast check --scenarios 500 --python on_asyncio:ForgetsItsTimer

What to do next it asks of the core; the class is what has to be right around that: calls, timers, errors, callers.
"""

import asyncio
import inspect
import time
from collections import deque
from functools import partial
from typing import Any

from broadcast_orchestrator.model.api.orchestrator import Orchestrator
from broadcast_orchestrator.model.api.outcome import BroadcastError, Outcome
from broadcast_orchestrator.model.api.snapshot import Stores
from broadcast_orchestrator.model.core import advance
from broadcast_orchestrator.model.events import (
    Call,
    CancelTimer,
    Command,
    Configure,
    Content,
    CoreEffect,
    Event,
    Reply,
    Report,
    SetTimer,
    TimerFired,
    Transition,
)
from broadcast_orchestrator.model.operations import OPERATIONS
from broadcast_orchestrator.model.state import CoreState

Pending = asyncio.Future[Outcome]


class Caller:
    """Whoever awaits a command."""

    def __init__(self, pending: Pending) -> None:
        self._pending = pending

    def succeed(self, value: Outcome) -> None:
        """The command did what was asked."""
        self._pending.set_result(value)

    def fail(self, exception: BroadcastError) -> None:
        """It did not."""
        self._pending.set_exception(exception)


class BroadcastOrchestrator(Orchestrator[Pending]):
    """The orchestrator. `state`, `error` and `history` (pairs, with a reason) are what it shows."""

    def __init__(self, live_feed: Any, session: Any, host: Any, producer: Any, convex: Any) -> None:
        super().__init__()
        self.services = {
            "live_feed": live_feed,
            "session": session,
            "host": host,
            "producer": producer,
            "convex": convex,
        }
        self.core = CoreState(content=live_feed.has_content)
        self.state, self.error = str(self.core.state), ""
        self.history: list[tuple[str, str, str]] = []
        self._open: dict[str, list[object]] = {service: [] for service in self.services}
        self._errors: dict[str, str | None] = dict.fromkeys(self.services)
        self._news: deque[tuple[Event, Caller | None]] = deque()
        self._is_working = False
        self._timer: asyncio.TimerHandle | None = None
        for service, store in self.services.items():
            store.subscribe(partial(self._store_changed, service))

    # -- What the interface asks of a driver ----------------------------------------------------------

    def _submit(self, event: Command | Configure) -> Pending:
        pending: Pending = asyncio.get_running_loop().create_future()
        self._happened(event, Caller(pending))
        return pending

    def _core(self) -> CoreState:
        return self.core

    def _stores(self) -> Stores:
        return Stores()

    # -- Around the core ------------------------------------------------------------------------------

    def _happened(self, event: Event, caller: Caller | None = None) -> None:
        """One event after the other, also where one leads to the next."""
        self._news.append((event, caller))
        if self._is_working:
            return
        self._is_working = True
        while self._news:
            self._turn(*self._news.popleft())
        self._is_working = False

    def _turn(self, event: Event, caller: Caller | None) -> None:
        before = self.core
        self.core, effects = advance(before, event)
        for effect in effects:
            self._act(effect)
        self.error = "; ".join(map(str, self.core.error))
        self._took(before, effects, self.core, asyncio.get_running_loop().time() * 1000, caller)

    def _act(self, effect: CoreEffect) -> None:
        match effect:
            case Call(operation, session):
                self._call(operation, session)
            case Transition(source, target, reason):
                self.note(str(source), str(target), reason)
                self.show(str(target))
            case SetTimer(_, duration_ms):
                self._disarm()
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(duration_ms / 1000, self._happened, TimerFired())
            case CancelTimer():
                self._disarm()

    def note(self, source: str, target: str, reason: str) -> None:
        """Another entry of the history."""
        self.history.append((source, target, reason))

    def show(self, state: str) -> None:
        """Another state, for anyone to see."""
        self.state = state

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _call(self, operation: str, session: str | None) -> None:
        service, _, method = operation.partition(".")
        call = object()
        self._open[service].append(call)
        try:
            result = getattr(self.services[service], method)(*([session] if session is not None else []))
        except Exception as problem:
            self._answered(service, call, problem)
            return
        if OPERATIONS[operation].service in ("live_feed", "session") or not inspect.isawaitable(result):
            self._answered(service, call)
        else:
            answer = asyncio.ensure_future(result)
            answer.add_done_callback(lambda done: self._answered(service, call, done.exception()))

    def _answered(self, service: str, call: object, problem: BaseException | None = None) -> None:
        position = self._open[service].index(call)
        del self._open[service][position]
        self._happened(Reply(service, position, problem is None, "" if problem is None else str(problem)))

    def _store_changed(self, service: str, store: Any) -> None:
        known, self._errors[service] = self._errors[service], store.error
        if store.error and store.error != known:
            self._happened(Report(service, store.error))
        if service == "live_feed" and store.has_content != self.core.content:
            self._happened(Content(store.has_content))


class ForgetsItsTimer(BroadcastOrchestrator):
    """A planted mistake: a limit that is not needed any more stays armed, beside the next one."""

    def _disarm(self) -> None:
        """Nothing is disarmed."""


class SwallowsFailures(BroadcastOrchestrator):
    """A planted mistake: a producer that cannot start is written off, and the broadcast goes on."""

    def _answered(self, service: str, call: object, problem: BaseException | None = None) -> None:
        super()._answered(service, call, None if service == "producer" else problem)


class ExpectsWords(BroadcastOrchestrator):
    """A planted mistake: every exception is taken to have a text of its own."""

    def _answered(self, service: str, call: object, problem: BaseException | None = None) -> None:
        super()._answered(service, call, None if problem is None else ConnectionError(problem.args[0]))


class LooksAtTheDate(BroadcastOrchestrator):
    """A planted mistake: a limit is over when the date says so, which jumps when the clock is set."""

    def _act(self, effect: CoreEffect) -> None:
        super()._act(effect)
        if isinstance(effect, SetTimer):
            self._disarm()
            self._look(time.time() + effect.duration_ms / 1000)

    def _look(self, due: float) -> None:
        left = due - time.time()
        if left <= 0:
            self._happened(TimerFired())
        else:
            self._timer = asyncio.get_running_loop().call_later(min(left, 0.25), self._look, due)


class KeepsItsError(BroadcastOrchestrator):
    """A planted mistake: the error text stays when the error is over."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name != "error" or value or not hasattr(self, "error"):
            super().__setattr__(name, value)


class ShowsTheLast(BroadcastOrchestrator):
    """The same, but it shows no history: as in the guide's snapshot, the last transition alone."""

    def __init__(self, live_feed: Any, session: Any, host: Any, producer: Any, convex: Any) -> None:
        super().__init__(live_feed, session, host, producer, convex)
        del self.history
        self.last_transition: dict[str, str] | None = None

    def note(self, source: str, target: str, reason: str) -> None:
        """Where it went last."""
        self.last_transition = {"from": source, "to": target, "reason": reason}


class ShowsTheLastButFailures(ShowsTheLast):
    """A planted mistake: a start that fails is no transition to show."""

    def note(self, source: str, target: str, reason: str) -> None:
        """Where it went last, if all went well."""
        if (source, target) != ("starting", "error"):
            super().note(source, target, reason)


class ReadsOnFailure(BroadcastOrchestrator):
    """No mistake, but served wrongly: where a start fails it uses what its own feed has and the stand-in lacks."""

    def show(self, state: str) -> None:
        """With a reason for the audience."""
        if state == "error":
            self.services["live_feed"].set_notice("back soon")
        super().show(state)
