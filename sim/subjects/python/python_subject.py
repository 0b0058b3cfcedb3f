"""A Python class as a subject: an orchestrator written with asyncio, over stand-ins for its services.

    def make(stores):
        return MyOrchestrator(stores.host, stores.producer, ...)

    evidence = play(scenario, PythonSubject(make))

The class is used as it is. Its commands are the guide's in snake case (`initialize`, `start_broadcast(session_id)`,
...), plain or `async def`; `state` and `error` are what it shows; `history` (pairs, or triples with a reason) or the
`last_transition` alone, `can_start_broadcast()`, `can_stop_broadcast()`, `is_transitioning` and
`update_config(**options)` are used if there. Its sleeps and timeouts are asyncio's, in virtual time.
"""

import asyncio
import contextlib
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from broadcast_orchestrator.model.operations import CALLABLE, OPERATIONS, SERVICES
from broadcast_orchestrator.sim.subjects.at_return import at_return
from broadcast_orchestrator.sim.subjects.fencing import NewestNumbers
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    PROMISE,
    SYNC,
    About,
    Advance,
    Begin,
    Called,
    ChangeConfig,
    CommandElsewhere,
    CommandSettled,
    EffectElsewhere,
    ErrorText,
    Extension,
    FillFeed,
    FlipService,
    GiveAnswer,
    GiveCommand,
    Logged,
    LookAround,
    LoseService,
    Reaction,
    Recorded,
    RejectionForm,
    ReloadPage,
    ResumeTimers,
    SetClock,
    Snapshot,
    StateShown,
    SubjectError,
    SubjectEvent,
    SubjectStep,
    SuspendTimers,
    TakeEffect,
    Unhandled,
    Wrote,
)
from broadcast_orchestrator.sim.subjects.python.fakes import FakeStore, FakeStores, ServiceError, UnusualError
from broadcast_orchestrator.sim.subjects.python.looking import Console, OwnRecord, entry_in_words, shown_by, watch
from broadcast_orchestrator.sim.subjects.python.virtual_loop import Restless, VirtualLoop


class PythonSubject:
    """What `make` builds from five stores, fresh for each scenario. `styles` says, for an operation, how its stand-in
    answers (see `About`): an awaitable, at once, or in a field alone."""

    def __init__(
        self, make: Callable[[FakeStores], Any], name: str = "python", styles: Mapping[str, str] | None = None
    ) -> None:
        self.about = About(name, styles=dict(styles or {}), understands=tuple(Extension))
        self._make = make
        self._run: SubjectRun | None = None

    def take(self, steps: tuple[SubjectStep, ...]) -> Reaction:
        """Take the steps, or as many as there are until one makes a call. Raises `SubjectError` for a step that makes
        no sense, where the class cannot be built, and where it never comes to rest."""
        took = 0
        for step in steps:
            if isinstance(step, Begin):
                self.close()
                self._run = SubjectRun(self._make, self.about.styles, step)
            if self._run is None:
                raise SubjectError("a scenario begins with a begin")
            self._run.take(step)
            took += 1
            if self._run.has_called:
                break
        if self._run is None:
            raise SubjectError("there was no step to take")
        return self._run.reaction(took)

    def lacking(self, commands: Iterable[str]) -> str:
        """What the orchestrator that was made lacks to be driven, in one line: a state that it shows, or one of the
        commands; "" where it has everything."""
        return "" if self._run is None else self._run.lacking(commands)

    def close(self) -> None:
        """Nothing of the scenario runs any more."""
        if self._run is not None:
            self._run.close()
            self._run = None


class SubjectRun:
    """One scenario: the orchestrator, its stores, and the loop that it runs on."""

    def __init__(self, make: Callable[[FakeStores], Any], styles: Mapping[str, str], begin: Begin) -> None:
        self.has_called = False
        self._make, self._styles, self._begin = make, styles, begin
        self._loop = VirtualLoop(self._unhandled, self._look)  # type: ignore[abstract]  # it has no sockets, on purpose
        self._stores = FakeStores(self._call, lambda *write: self._note(Wrote, *write))
        self._stores.live_feed.put(has_content=begin.content)
        self._events: list[SubjectEvent] = []
        self._numbered = 0
        self._calls: list[tuple[str, float | None]] = []
        self._numbers = NewestNumbers()
        self._former: list[Any] = []
        self._open: dict[int, asyncio.Future[Any]] = {}
        self._tasks: list[asyncio.Future[Any]] = []
        self._orchestrator: Any = None
        self._mistake = ""
        self._seen: tuple[str | None, str | None] = (None, None)
        self._record, self._recorded = OwnRecord(), 0
        self._looking = False
        self._unreadable: set[str] = set()

    def take(self, step: SubjectStep) -> None:
        """Take one step, and let everything that follows at this instant run its course."""
        self.has_called = False
        try:
            with contextlib.redirect_stdout(Console(self._printed)), self._loop.as_time():
                TAKE[type(step)](self, step)
                self._loop.rest()
                self._look()
        except Restless as mistake:
            raise SubjectError(str(mistake)) from None

    def reaction(self, took: int) -> Reaction:
        """What has happened since the last one."""
        events, self._events = tuple(self._events), []
        return Reaction(took, events, self._loop.now_ms, self._loop.next_timer_ms)

    def lacking(self, commands: Iterable[str]) -> str:
        """See `PythonSubject.lacking`."""
        if self._seen[0] is None:
            return "the orchestrator shows no state; its attribute `state` has to be there from the beginning"
        missing = [name for name in commands if not callable(getattr(self._orchestrator, name, None))]
        return f"the orchestrator has no method {', '.join(missing)}" if missing else ""

    def close(self) -> None:
        """Nothing of it runs any more."""
        self._loop.close()

    # -- Steps ------------------------------------------------------------------------------------

    def begin(self, step: Begin) -> None:
        """Build the orchestrator, as a callback of the loop, so that it may make tasks."""
        self._loop.call_soon(self._build)
        self._loop.rest()
        if self._orchestrator is None:
            raise SubjectError(f"the orchestrator cannot be built: {self._mistake}")
        if step.config:
            self.configure(ChangeConfig(step.config))

    def reload(self, step: ReloadPage) -> None:
        """A fresh one over the same stores; of the former nothing runs any more."""
        self._loop.forget()
        for service in SERVICES:
            getattr(self._stores, service).forget_listeners()
        self._former += [self._orchestrator, self._open, self._tasks]
        self._orchestrator, self._open, self._tasks = None, {}, []
        self._record, self._recorded = OwnRecord(), 0
        self.begin(self._begin._replace(config=step.config))

    def elsewhere(self, step: CommandElsewhere) -> None:
        """Nobody is told."""

    def effect_elsewhere(self, step: EffectElsewhere) -> None:
        """Another dashboard's call takes effect."""
        self._loop.call_soon(self._change, step.operation)

    def _build(self) -> None:
        orchestrator = self._make(self._stores)
        with self._reading("state and error"):
            self._seen = shown_by(orchestrator)
        watch(orchestrator, self._look)
        self._orchestrator = orchestrator

    def command(self, step: GiveCommand) -> None:
        """Issue a command from within the loop, as a caller would."""
        method = getattr(self._orchestrator, step.command, None)
        if method is None:
            raise SubjectError(f"the orchestrator has no {step.command}")
        arguments = (step.session,) if step.session is not None else ()
        self._loop.call_soon(self._issue, step.id, method, arguments)

    def _issue(self, command: int, method: Callable[..., Any], arguments: tuple[str, ...]) -> None:
        try:
            result = method(*arguments)
        except Exception as mistake:
            self._settle(command, mistake)
            return
        if not inspect.isawaitable(result):
            self._settle(command, None)
            return
        task = asyncio.ensure_future(result, loop=self._loop)
        self._tasks.append(task)
        task.add_done_callback(lambda done: self._settle(command, mistake_of(done)))

    def _settle(self, command: int, mistake: BaseException | None) -> None:
        self._look()
        told = "" if mistake is None else str(mistake) or type(mistake).__name__
        self._note(CommandSettled, command, mistake is None, told)

    def effect(self, step: TakeEffect) -> None:
        """The call takes effect."""
        self._loop.call_soon(self._take_effect, *self._made(step.call))

    def answer(self, step: GiveAnswer) -> None:
        """The promise is settled; where there is none, the store shows the error."""
        operation, _ = self._made(step.call)
        promise = self._open.get(step.call)
        if promise is None and not step.ok:
            self._loop.call_soon(partial(self._store(operation).put, error=step.message))
        elif promise is not None and not promise.done():
            settle(promise, None if step.ok else REJECTIONS[RejectionForm(step.form)](step.message), step.found)

    def advance(self, step: Advance) -> None:
        """Time goes by."""
        if step.to_ms < self._loop.now_ms:
            raise SubjectError(f"advance: it is {self._loop.now_ms:g} ms already, not {step.to_ms:g}")
        self._loop.advance(step.to_ms)

    def lose(self, step: LoseService) -> None:
        """The service is off, the host uninitialized; whoever subscribed sees the error."""
        fields: dict[str, Any] = {"active": False, "initialized": False}
        store: FakeStore = getattr(self._stores, step.service)
        if step.noticed:
            fields["error"] = LOST_AGAIN if store.error == LOST else LOST
        self._loop.call_soon(partial(store.put, **fields))

    def flip(self, step: FlipService) -> None:
        """On becomes off, off becomes on."""
        store: FakeStore = getattr(self._stores, step.service)
        self._loop.call_soon(partial(store.put, active=not store.active))

    def fill(self, step: FillFeed) -> None:
        """The feed gains or loses its content."""
        self._loop.call_soon(partial(self._stores.live_feed.put, has_content=step.present))

    def configure(self, step: ChangeConfig) -> None:
        """Options change, where the class has any."""
        if update := getattr(self._orchestrator, "update_config", None):
            self._loop.call_soon(partial(update, **step.config))

    def set_clock(self, step: SetClock) -> None:
        """What day it is, and nothing else."""
        self._loop.set_clock(step.by_ms)

    def suspend(self, step: SuspendTimers) -> None:
        """Sleeps and timeouts stand still."""
        self._loop.suspend()

    def resume(self, step: ResumeTimers) -> None:
        """They go on."""
        self._loop.resume()

    def look(self, step: LookAround) -> None:
        """What it says of itself."""
        state, error = self._seen
        data: dict[str, Any] = {"state": state, "error": error}
        for name, key in QUERIES.items():
            with self._reading(name):
                if (answer := getattr(self._orchestrator, name, None)) is not None:
                    data[key] = answer() if callable(answer) else answer
        with self._reading("history"):
            if (history := self._record.shown(self._orchestrator)) is not None:
                data["history"] = [list(entry[:2]) for entry in map(entry_in_words, history)]
        if self._stores.lacking:
            data["lacking"] = list(self._stores.lacking)
        self._note(Snapshot, data)

    # -- Services ---------------------------------------------------------------------------------

    def _call(self, operation: str, session: str | None, payload: dict[str, Any] | None, fence: float | None) -> Any:
        """A call of the orchestrator: what it gets back depends on its style and its behaviour."""
        self.has_called = True
        self._calls.append((operation, fence))
        number, style = len(self._calls), self._styles.get(operation, PROMISE)
        self._note(Called, number, operation, session, payload, fence)
        nth, initialized = [made for made, _ in self._calls].count(operation), self._stores.host.initialized
        stale = self._numbers.is_stale(operation, fence)
        come = at_return(operation, nth, self._begin.manners, self._styles, initialized=initialized, stale=stale)
        if come.effect:
            self._take_effect(operation, fence)
        if come.ok is False:
            raise ServiceError(come.message(number))
        if style != PROMISE:
            return DONE if style == SYNC else None
        promise = self._open[number] = self._loop.create_future()
        if come.ok:
            promise.set_result(None)
        return promise

    def _take_effect(self, operation: str, fence: float | None) -> None:
        self._numbers.see(operation, fence)
        self._change(operation)

    def _change(self, operation: str) -> None:
        """What the operation does to its service; a read does nothing, and neither does a lease."""
        if operation in OPERATIONS:
            turns_on = OPERATIONS[operation].turns_on
            self._store(operation).put(**({"initialized": True} if turns_on is None else {"active": turns_on}))

    def _store(self, operation: str) -> FakeStore:
        store: FakeStore = getattr(self._stores, CALLABLE[operation].service)
        return store

    def _made(self, call: int) -> tuple[str, float | None]:
        """The operation and the number of the call."""
        if not 1 <= call <= len(self._calls):
            raise SubjectError(f"call {call}: there is no such call")
        return self._calls[call - 1]

    # -- What is seen -----------------------------------------------------------------------------

    def _look(self) -> None:
        """Tell what has changed since the last look."""
        if self._orchestrator is None or self._looking:
            return
        with self._reading("state and error"):
            state, error = shown_by(self._orchestrator)
            self._tell_changes(state, error)
        with self._reading("history"):
            history = self._record.shown(self._orchestrator) or ()
            for entry in history[self._recorded :]:
                self._note(Recorded, *entry_in_words(entry))
            self._recorded = len(history)

    def _tell_changes(self, state: str | None, error: str | None) -> None:
        (old_state, old_error), self._seen = self._seen, (state, error)
        if state != old_state and state is not None:
            self._note(StateShown, state)
        if error != old_error:
            self._note(ErrorText, error)

    @contextlib.contextmanager
    def _reading(self, what: str) -> Iterator[None]:
        """What is printed while we look is no doing of the orchestrator; what cannot be read is told once."""
        before, self._looking = self._looking, True
        try:
            yield
        except Exception as mistake:
            if what not in self._unreadable:
                self._note(Logged, "error", f"{what}: {type(mistake).__name__}: {mistake}")
            self._unreadable.add(what)
        finally:
            self._looking = before

    def _printed(self, line: str) -> None:
        if not self._looking:
            self._note(Logged, "info", line)

    def _unhandled(self, message: str) -> None:
        self._mistake = message
        self._note(Unhandled, message)

    def _note(self, kind: Any, *details: Any) -> None:
        self._numbered += 1
        self._events.append(kind(self._numbered, self._loop.now_ms, *details))


REJECTIONS: Mapping[RejectionForm, Callable[[str], Exception]] = {
    RejectionForm.ERROR: ServiceError,
    RejectionForm.TEXT: UnusualError,
    RejectionForm.NOTHING: lambda _: UnusualError(),
    RejectionForm.OBJECT: lambda _: UnusualError({"code": 503}),
}
"""What an awaitable fails with: in Python everything is an exception, if not of the usual class or with a text."""

LOST, LOST_AGAIN = "lost", "lost again"
"""What a lost service says: another text each time, so that whoever compares it hears of the second time, too."""

QUERIES = {"can_start_broadcast": "can_start", "can_stop_broadcast": "can_stop", "is_transitioning": "is_transitioning"}
"""What is asked of the orchestrator for a snapshot, and what it is called there."""

TAKE: Mapping[type, Callable[[SubjectRun, Any], None]] = {
    Begin: SubjectRun.begin,
    GiveCommand: SubjectRun.command,
    TakeEffect: SubjectRun.effect,
    GiveAnswer: SubjectRun.answer,
    Advance: SubjectRun.advance,
    LoseService: SubjectRun.lose,
    FlipService: SubjectRun.flip,
    FillFeed: SubjectRun.fill,
    ChangeConfig: SubjectRun.configure,
    SetClock: SubjectRun.set_clock,
    SuspendTimers: SubjectRun.suspend,
    ResumeTimers: SubjectRun.resume,
    ReloadPage: SubjectRun.reload,
    CommandElsewhere: SubjectRun.elsewhere,
    EffectElsewhere: SubjectRun.effect_elsewhere,
    LookAround: SubjectRun.look,
}


class Done:
    """What a call returns that has done its work already: whoever awaits it goes on at once."""

    def __await__(self) -> Iterator[None]:
        return iter(())


DONE = Done()


def settle(promise: "asyncio.Future[Any]", mistake: Exception | None, found: Any = None) -> None:
    """Fulfil with what was found, or reject. An error that nobody waits for is the service's, not the orchestrator's:
    it is not told."""
    if mistake is None:
        promise.set_result(found)
    else:
        promise.set_exception(mistake)
        promise.exception()


def mistake_of(done: "asyncio.Future[Any]") -> BaseException | None:
    """What a task failed with."""
    return asyncio.CancelledError("cancelled") if done.cancelled() else done.exception()
