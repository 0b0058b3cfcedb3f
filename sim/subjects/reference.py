"""The reference as a subject: the core behind the same protocol as any other implementation.

So the whole path is tested on itself, and every other implementation has something to be compared with.
"""

from collections import deque
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from broadcast_orchestrator.model.api.orchestrator import end
from broadcast_orchestrator.model.api.outcome import BroadcastError, CommandRefused, Outcome
from broadcast_orchestrator.model.api.record import log_lines
from broadcast_orchestrator.model.api.validation import can_start, can_stop
from broadcast_orchestrator.model.config import DEFAULT_CONFIG, ConfigError, OrchestratorConfig, merged
from broadcast_orchestrator.model.core import Core, advance
from broadcast_orchestrator.model.events import (
    CLEANUP,
    Accepted,
    Call,
    CancelTimer,
    Command,
    Configure,
    Content,
    CoreEffect,
    Event,
    Failure,
    Reply,
    Report,
    SetTimer,
    Settled,
    TimerFired,
    Transition,
)
from broadcast_orchestrator.model.events import Refused as CoreRefused
from broadcast_orchestrator.model.measures import POLL_PERIOD_MS
from broadcast_orchestrator.model.operations import (
    CALLABLE,
    HOST,
    IS_INITIALIZED,
    IS_OFF,
    IS_ON,
    LEASE,
    ON_AIR_SERVICES,
    SERVICES,
)
from broadcast_orchestrator.model.state import CoreState, is_transitioning, left_live, residue
from broadcast_orchestrator.model.table import ERROR
from broadcast_orchestrator.model.views import FINE, INDEX
from broadcast_orchestrator.sim.subjects.at_return import AtReturn, at_return
from broadcast_orchestrator.sim.subjects.dialect import REJECTS
from broadcast_orchestrator.sim.subjects.fencing import NewestNumbers
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    FIELD,
    FLAGS,
    PROMISE,
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
)
from broadcast_orchestrator.sim.subjects.protocol.step_check import ASKED

NAME = "reference"

WORDING: Mapping[str, Mapping[str, Any]] = {
    "convex.live": {"broadcast_state": "live", **dict.fromkeys(FLAGS, True)},
    "convex.idle": {"broadcast_state": "idle", **dict.fromkeys(FLAGS, False)},
}
"""What it tells the backend besides the session (clause CX-4, reading R10)."""

SAID_AS = {IS_OFF[service]: IS_ON[service] for service in SERVICES}
"""What is said of a read that hopes for the opposite: the protocol has one question for both."""


@lru_cache(maxsize=30_000, typed=True)
def remembered(core: CoreState, event: Event, rules: type[Core]) -> tuple[CoreState, tuple[CoreEffect, ...]]:
    """What `advance` says. Scenarios are much alike, so most turns have been worked out before."""
    return advance(core, event, rules)


class ReferenceSubject:
    """The core, served in this process. `rules` are those that it follows; `styles` says, for an operation, how the
    services answer it (see `About`); `refusal`: a refused command "rejects" or "resolves" (see `Dialect`);
    `understands`: what may be said to it, in the stead of a subject that understands less. Under rules that have
    services polled they are read once in each `poll_period_ms`, from the first command of a life on; a lease is renewed
    three times in each `lease_ms` (0: never), and whoever has lost it takes the host for failed, and has to initialize
    again."""

    def __init__(
        self,
        rules: type[Core] = Core,
        styles: Mapping[str, str] | None = None,
        refusal: str = REJECTS,
        understands: tuple[str, ...] = tuple(Extension),
        *,
        poll_period_ms: float = POLL_PERIOD_MS,
        lease_ms: float = 0,
    ) -> None:
        self.about = About(NAME, styles=dict(styles or {}), understands=understands)
        self._rules, self._refusal, self._poll_period_ms = rules, refusal, poll_period_ms
        self._lease_ms = lease_ms
        self._events: list[SubjectEvent] = []
        self._begin(Begin())

    def take(self, steps: tuple[SubjectStep, ...]) -> Reaction:
        """Take the steps, or as many as there are until one makes a call. Raises `SubjectError` for a step that makes
        no sense: an unknown call, a clock that goes back, options that cannot be."""
        self._events = []
        took = 0
        for step in steps:
            self._has_called = False
            TAKE[type(step)](self, step)
            took += 1
            if self._has_called:
                break
        return Reaction(took, tuple(self._events), self._now_ms, None if self._suspended else self._due_ms)

    def close(self) -> None:
        """There is nothing to end."""

    # -- Steps ------------------------------------------------------------------------------------

    def _begin(self, step: Begin) -> None:
        self._behaviours = step.manners
        self._now_ms: float = 0
        self._numbered = self._calls = 0
        self._has_called = False
        self._counts = dict.fromkeys(ASKED, 0)
        self._operations: dict[int, tuple[str, str | None]] = {}
        self._numbers = NewestNumbers()
        self._host_initialized = False
        self._live(CoreState(config=_config(DEFAULT_CONFIG, step.config), content=step.content))

    def _reload(self, step: ReloadPage) -> None:
        self._live(CoreState(config=_config(DEFAULT_CONFIG, step.config), content=self._core.content))

    def _live(self, core: CoreState) -> None:
        """A life begins, in which nothing is known of any before."""
        self._core = core
        self._timer_ms: float | None = None
        self._poll_ms: float | None = None
        self._looks: dict[int, str] = {}
        self._renew_ms: float | None = None
        self._asked_ms: dict[int, float] = {}
        self._ours_until_ms = 0.0
        self._suspended = False
        self._open: dict[str, list[int]] = {service: [] for service in SERVICES}
        self._waiting: list[int] = []
        self._history: list[tuple[str, str]] = []
        self._text: str | None = None
        self._last_change: Transition | None = None
        self._queue: deque[tuple[int, bool, str]] = deque()

    def _command(self, step: GiveCommand) -> None:
        if self._rules.polled and self._poll_ms is None:
            self._poll_ms = self._now_ms + self._poll_period_ms
        self._tell(Command(step.command, step.session), step.id)

    def _effect(self, step: TakeEffect) -> None:
        operation = self._operation(step.call)[0]
        self._obey(operation, step.call)
        if self._style(operation) == FIELD:
            self._reply(step.call, True)

    def _answer(self, step: GiveAnswer) -> None:
        if step.call in self._looks:
            self._seen(self._looks.pop(step.call), self._operation(step.call)[0], step)
            return
        if step.call in self._asked_ms:
            self._mind_lease(self._asked_ms.pop(step.call), step.ok)
        finds = CALLABLE[self._operation(step.call)[0]].finds
        if step.ok and finds is not None and self._found(step) is not finds:
            self._reply(step.call, False, f"found {'off' if finds else 'on'}")
        else:
            self._reply(step.call, step.ok, step.message)

    def _found(self, step: GiveAnswer) -> bool:
        """Whether what was read is on; of the backend, the session that was asked for, or any."""
        session = self._operation(step.call)[1]
        return bool(step.found) if session is None else session in step.found

    def _advance(self, step: Advance) -> None:
        if step.to_ms < self._now_ms:
            raise SubjectError(f"advance: it is {self._now_ms:g} ms already, not {step.to_ms:g}")
        if not self._suspended:
            self._run_timers(step.to_ms)
        self._now_ms = step.to_ms

    @property
    def _due_ms(self) -> float | None:
        return min((due for due in (self._timer_ms, self._poll_ms, self._renew_ms) if due is not None), default=None)

    def _run_timers(self, to_ms: float) -> None:
        while (due_ms := self._due_ms) is not None and due_ms <= to_ms:
            self._now_ms = max(self._now_ms, due_ms)
            if due_ms == self._timer_ms:
                self._timer_ms = None
                self._tell(TimerFired())
            elif due_ms == self._poll_ms:
                self._look_at_all()
            else:
                self._renew()

    def _set_clock(self, step: SetClock) -> None:
        """The core never asks what day it is."""

    def _suspend(self, step: SuspendTimers) -> None:
        self._suspended = True

    def _resume(self, step: ResumeTimers) -> None:
        self._suspended = False
        self._run_timers(self._now_ms)

    def _lose(self, step: LoseService) -> None:
        if step.service == HOST:
            self._host_initialized = False
        if step.noticed:
            self._tell(Report(step.service, "lost"))

    def _flip(self, step: FlipService | CommandElsewhere) -> None:
        """The core does not look at its services."""

    def _effect_elsewhere(self, step: EffectElsewhere) -> None:
        self._host_initialized |= step.operation == "host.initialize"

    def _fill(self, step: FillFeed) -> None:
        self._tell(Content(step.present))

    def _configure(self, step: ChangeConfig) -> None:
        self._tell(Configure(_config(self._core.config, step.config)))

    def _look(self, step: LookAround) -> None:
        core = self._core
        data = {
            "state": str(core.state),
            "error": self._text,
            "can_start": can_start(core),
            "can_stop": can_stop(core),
            "is_transitioning": is_transitioning(core),
            "residue": list(residue(core)),
            "left_live": list(left_live(core)),
            "history": [list(change) for change in self._history],
        }
        self._note(Snapshot, data)

    # -- Services ---------------------------------------------------------------------------------

    def _operation(self, call: int) -> tuple[str, str | None]:
        if call not in self._operations:
            raise SubjectError(f"call {call}: there is no such call")
        return self._operations[call]

    def _style(self, operation: str) -> str:
        return self.about.styles.get(operation, PROMISE)

    def _obey(self, operation: str, call: int) -> None:
        """What about a service changes an answer: a host that is not initialized refuses to start, and numbers grow."""
        self._numbers.see(operation, self._number(call))
        if operation == "host.initialize":
            self._host_initialized = True

    def _call(self, effect: Call) -> None:
        """A call sets out for the core; where it is over at once, its reply is the next event."""
        service = CALLABLE[effect.operation].service
        self._looks = {look: other for look, other in self._looks.items() if other != service}
        call, come = self._make(effect)
        self._open[service].append(call)
        if come.ok is not None:
            self._queue.append((call, come.ok, come.message(call)))

    def _make(self, effect: Call) -> tuple[int, AtReturn]:
        """The number of the call, and what has come of it when it returns."""
        operation = SAID_AS.get(effect.operation, effect.operation)
        self._calls += 1
        number = self._number(self._calls)
        self._has_called = True
        if operation == LEASE.name and self._lease_ms:
            self._asked_ms[self._calls] = self._now_ms
        self._operations[self._calls] = (effect.operation, effect.session)
        self._counts[operation] += 1
        asked = None if CALLABLE[operation].finds is not None else effect.session
        self._note(Called, self._calls, operation, asked, WORDING.get(operation), number)
        nth, styles, known = self._counts[operation], self.about.styles, self._host_initialized
        stale = self._numbers.is_stale(operation, number)
        come = at_return(operation, nth, self._behaviours, styles, initialized=known, stale=stale)
        if come.effect:
            self._obey(operation, self._calls)
        return self._calls, come

    def _reply(self, call: int, ok: bool, message: str = "") -> None:
        """The core hears of a call that is still open; later answers are for nobody."""
        if call in self._open[self._service(call)]:
            self._queue.append((call, ok, message))
            self._work()

    def _service(self, call: int) -> str:
        return CALLABLE[self._operations[call][0]].service

    def _number(self, call: int) -> int | None:
        """The number that the call carries, where calls have one."""
        return call if self._rules.numbered else None

    # -- Polling ------------------------------------------------------------------------------------

    def _look_at_all(self) -> None:
        """Read every service that nobody has called and not heard of; what is still being read is so in vain."""
        self._poll_ms, self._looks = self._now_ms + self._poll_period_ms, {}
        for service in ON_AIR_SERVICES:
            if not self._open[service]:
                for operation in (IS_ON[service], *((IS_INITIALIZED,) if service == HOST else ())):
                    self._look_at(service, operation)

    def _look_at(self, service: str, operation: str) -> None:
        call, come = self._make(Call(operation, None))
        if come.ok is None:
            self._looks[call] = service

    def _seen(self, service: str, operation: str, step: GiveAnswer) -> None:
        """Report what is otherwise than the core has it."""
        view = self._core.views[INDEX[service]]
        if not step.ok or self._open[service]:
            return
        if operation == IS_INITIALIZED:
            if self._core.initialized and not step.found:
                self._tell(Report(service, "found not initialized"))
        elif view.off == FINE and view.on_air != bool(step.found):
            found = "on" if step.found else "off"
            self._tell(Report(service, f"found {found}", found_on=bool(step.found)))

    # -- The lease ----------------------------------------------------------------------------------

    def _renew(self) -> None:
        self._renew_ms = self._now_ms + self._lease_ms // 3
        self._make(Call(LEASE.name, None))

    def _mind_lease(self, asked_ms: float, ok: bool) -> None:
        """It is ours for a while from when it was asked for; where it is refused after that, it is another's."""
        if ok:
            self._ours_until_ms = asked_ms + self._lease_ms
            self._renew_ms = self._renew_ms or self._now_ms + self._lease_ms // 3
        elif self._renew_ms is not None and self._now_ms > self._ours_until_ms and self._core.initialized:
            self._tell(Report(HOST, "the lease is lost"))

    # -- The core ---------------------------------------------------------------------------------

    def _tell(self, event: Event, command: int | None = None) -> None:
        self._turn(event, command)
        self._work()

    def _work(self) -> None:
        """Replies that came at once are heard one after the other."""
        while self._queue:
            call, ok, message = self._queue.popleft()
            service = self._service(call)
            position = self._open[service].index(call)
            del self._open[service][position]
            self._turn(Reply(service, position, ok, message), None)

    def _turn(self, event: Event, command: int | None) -> None:
        """One event for the core, and everything that it asks for."""
        before = self._core
        self._core, effects = remembered(before, event, self._rules)  # type: ignore[arg-type]  # a class has a hash
        self._last_change = next((e for e in reversed(effects) if isinstance(e, Transition)), None)
        if self._last_change is None:
            self._show_error(self._core.error)
        for effect in effects:
            if act := ACT.get(type(effect)):
                act(self, effect)
            elif isinstance(effect, Accepted) and command is not None and effect.command != CLEANUP:
                self._waiting.append(command)
            elif isinstance(effect, CoreRefused) and command is not None:
                refused = CommandRefused(effect.command, effect.reason, effect.missing)
                self._note(CommandSettled, command, self._refusal != REJECTS, str(refused))
        if self._core.config.verbose_logging:
            for line in log_lines(before, effects, self._core):
                self._note(Logged, "info", line)

    def _change(self, effect: Transition) -> None:
        """A change of state, and the error as the core has it. The core tells only how it ends: what it passes on its
        way through states other than error has none."""
        source, target = str(effect.source), str(effect.target)
        self._history.append((source, target))
        self._note(StateShown, target)
        passed = effect is not self._last_change and effect.target is not ERROR
        self._show_error(() if passed else self._core.error)
        self._note(Recorded, source, target, effect.reason)

    def _show_error(self, error: tuple[Failure, ...]) -> None:
        text = "; ".join(map(str, error)) or None
        if text != self._text:
            self._text = text
            self._note(ErrorText, text)

    def _settle(self, effect: Settled) -> None:
        waiting, self._waiting = self._waiting, []
        for command in waiting:
            end(ReferenceCaller(self._note, command), effect, self._core)

    def _set_timer(self, effect: SetTimer) -> None:
        self._timer_ms = self._now_ms + effect.duration_ms

    def _cancel_timer(self, effect: CancelTimer) -> None:
        self._timer_ms = None

    def _note(self, kind: Any, *details: Any) -> None:
        self._numbered += 1
        self._events.append(kind(self._numbered, self._now_ms, *details))


class ReferenceCaller:
    """Whoever issued a command: hears how it ended, and tells it by `note`."""

    def __init__(self, note: Callable[..., None], command: int) -> None:
        self._note, self._command = note, command

    def succeed(self, value: Outcome) -> None:
        """What went wrong on the way is told, too."""
        self._note(CommandSettled, self._command, True, "; ".join(map(str, (*value.failures, *value.notes))))

    def fail(self, exception: BroadcastError) -> None:
        """The message of the exception."""
        self._note(CommandSettled, self._command, False, str(exception))


TAKE: Mapping[type, Callable[[ReferenceSubject, Any], None]] = {
    Begin: ReferenceSubject._begin,
    GiveCommand: ReferenceSubject._command,
    TakeEffect: ReferenceSubject._effect,
    GiveAnswer: ReferenceSubject._answer,
    Advance: ReferenceSubject._advance,
    LoseService: ReferenceSubject._lose,
    FlipService: ReferenceSubject._flip,
    FillFeed: ReferenceSubject._fill,
    ChangeConfig: ReferenceSubject._configure,
    SetClock: ReferenceSubject._set_clock,
    SuspendTimers: ReferenceSubject._suspend,
    ResumeTimers: ReferenceSubject._resume,
    ReloadPage: ReferenceSubject._reload,
    CommandElsewhere: ReferenceSubject._flip,
    EffectElsewhere: ReferenceSubject._effect_elsewhere,
    LookAround: ReferenceSubject._look,
}

ACT: Mapping[type, Callable[[ReferenceSubject, Any], None]] = {
    Call: ReferenceSubject._call,
    Transition: ReferenceSubject._change,
    Settled: ReferenceSubject._settle,
    SetTimer: ReferenceSubject._set_timer,
    CancelTimer: ReferenceSubject._cancel_timer,
}


def _config(config: OrchestratorConfig, changes: Mapping[str, Any]) -> OrchestratorConfig:
    try:
        return merged(config, changes)
    except ConfigError as mistake:
        raise SubjectError(f"config: {mistake}") from None
