"""What the checks see and remember: a `Glimpse` of one moment, and the `JudgeMemory` folded from moment to moment.

The orders are written out here and not taken from the model, so that a model with a wrong order is caught.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import (
    CLEANUP,
    EMERGENCY_STOP,
    FAILED,
    RECOVER,
    START_BROADCAST,
    STOP_BROADCAST,
    Accepted,
    Call,
    CancelTimer,
    GiveUp,
    SetTimer,
    Settled,
    Transition,
)
from broadcast_orchestrator.model.operations import CONVEX, LEASE, ON_AIR_SERVICES, READS
from broadcast_orchestrator.model.table import ERROR, IDLE, INITIALIZING, LIVE, READY
from broadcast_orchestrator.model.views import AWAITED, GIVEN_UP, VOID, OpenCall, View, is_on_air, is_residue
from broadcast_orchestrator.properties.guarantees.observations import Occurrence, Replied, Shown
from broadcast_orchestrator.sim.world.fault_semantics import message_of
from broadcast_orchestrator.sim.world.steps import Answer, Do, Elsewhere, Notice, Reload, Step, Timer

UNDO_OF = {
    "live_feed.start": "live_feed.stop",
    "session.start": "session.end",
    "host.start": "host.stop",
    "producer.start": "producer.stop",
    "convex.live": "convex.idle",
}
STARTUP_ORDER = ("live_feed.start", "session.start", "host.start", "producer.start", "convex.live")
CONFIRMED_BY = {
    "live_feed.is_off": "live_feed.stop",
    "session.is_off": "session.end",
    "host.is_off": "host.stop",
    "producer.is_off": "producer.stop",
    "convex.is_off": "convex.idle",
}
"""The switch-off that each read confirms."""

BACKEND_WRITES = ("convex.live", "convex.idle")
SHUTDOWN_ORDER = ("producer.stop", "host.stop", "session.end", "live_feed.stop", "convex.idle")


Made = tuple[str, str | None]
"""An operation and its session."""


class JudgeMemory(NamedTuple):
    """What judging remembers: the `command` under way, the calls that are `waiting`, the switch-ons `issued` and not
    yet undone by the start under way, how many shutdown steps were issued, the attempts to initialize so far, the
    timer that is armed, whether the last thing that ended was a failed start, the sessions that an emergency stop
    or a recover has left `forsaken` on the backend, and whether a service that was `lost` has led to the error.
    `config` is what the procedure under way follows, `session` that of the start under way or of the broadcast on air
    if its start has told the backend of it, `to_tell` are the sessions that the stop under way has still to write
    idle, `owed` the switch-offs that late successes have made necessary and that are not confirmed (reading R9), each
    with whether one was issued since, `untried` the sessions that were written live and since then neither idle nor
    forsaken. `reloaded` says that the orchestrator has once lost its memory, `adrift` that since then it has neither
    been initialized nor switched everything off (or not at all yet, and another dashboard commands), `unread` that it
    has not been initialized, so that nobody can ask it what the backend says, `beside` that another dashboard has
    issued a command; `measures` are those of the rules."""

    command: str = ""
    waiting: tuple[Made, ...] = ()
    issued: tuple[Made, ...] = ()
    undoing: bool = False
    shutdown: int = -1
    attempts: int = 0
    timer: tuple[str, int] | None = None
    start_failed: bool = False
    forsaken: tuple[str, ...] = ()
    lost: bool = False
    config: OrchestratorConfig | None = None
    session: str | None = None
    to_tell: tuple[str, ...] = ()
    owed: tuple[tuple[str, str | None, bool], ...] = ()
    untried: tuple[str, ...] = ()
    reloaded: bool = False
    adrift: bool = False
    unread: bool = False
    beside: bool = False
    measures: tuple[str, ...] = ()

    @property
    def attempting(self) -> bool:
        """An attempt to initialize is under way; with it what it reads, and what it switches off that it finds on."""
        if ("host.initialize", None) in self.waiting:
            return True
        return self.attempts > 0 and any(made[0] in (*READS, *SHUTDOWN_ORDER, LEASE.name) for made in self.waiting)


LEDGER = ("lost",)
"""What few steps make a difference to, so that searches are quicker where they keep it apart (`compiling.ledger`)."""


def memory_under(rules: type[Core]) -> JudgeMemory:
    """What there is to remember when a run begins under these rules."""
    return JudgeMemory(measures=rules.measures)


Kind = TypeVar("Kind")


class Asked(NamedTuple):
    """What the judge asks of the services before a step, where that matters: which of them are named as residue, and
    whether anything is on air as far as is known."""

    residue: tuple[str, ...] = ()
    on_air: bool = False


def asks(
    ask: Callable[[str, Callable[[View], bool]], bool], before: Shown, step: Step | None, call: OpenCall | None
) -> Asked:
    """The judge's questions, put through `ask`: before a start that finds nothing under way what is residue; before a
    late success whether its service is, and in error whether anything is on air (reading R9)."""
    if isinstance(step, Do) and step.command == START_BROADCAST and before.procedure is None:
        return Asked(tuple(service for service in ON_AIR_SERVICES if ask(service, is_residue)))
    if not is_late_success(step, call) or step.service == CONVEX:  # type: ignore[union-attr]
        return Asked()
    service: str = step.service  # type: ignore[union-attr]
    residue = (service,) if ask(service, is_residue) else ()
    return Asked(residue, before.state is ERROR and any(ask(each, is_on_air) for each in ON_AIR_SERVICES))


def is_late_success(step: Step | None, call: OpenCall | None) -> bool:
    """Whether the step is the success of a switch-on that its procedure has given up and nothing has made void."""
    if not isinstance(step, Answer) or not step.ok or call is None:
        return False
    return call.standing == GIVEN_UP and call.operation in UNDO_OF


class Ending(NamedTuple):
    """How long a command took, the longest that it can take by its configuration, and by how much more it may take
    (clocks differ, timers stood still), in ms; whether it joined an emergency stop under way."""

    command: str
    took_ms: float
    bound_ms: int
    slack_ms: float
    joined: bool


class BackendWrite(NamedTuple):
    """A write to the backend whose wording is seen: what it says of each service's flag, as (service, value), and which
    services are truly on when its moment is over."""

    operation: str
    session: str | None
    flags: tuple[tuple[str, object], ...]
    active: tuple[str, ...]


class Onlook(NamedTuple):
    """What only those see, or need, who look on from outside.

    `message` is what a failed answer says, `words` what the caller of a command hears that settles. `overdue` says that
    the limit of what is under way has passed, `delay_is_over` that a delay before a retry has; `stray` names a command
    that an emergency stop interrupted and that goes on all the same. `calm` says that a command came when all was
    quiet, `can_start` what a snapshot said just before it; `can_stop` and `stated` are what one says now, the latter of
    the state. `entries` are the changes of state that the history tells, as source and target, `endings` how long the
    commands took that settle, `uncaught` an error that nobody caught, `writes` what the backend is told. The rest are
    readings of a dialect: where a stop ends, whether a start needs content, and whether a write has flags.
    """

    message: str = ""
    words: str = ""
    overdue: bool = False
    delay_is_over: bool = False
    stray: str = ""
    calm: bool = False
    can_start: bool | None = None
    can_stop: bool | None = None
    stated: str | None = None
    entries: tuple[tuple[str, str], ...] = ()
    endings: tuple[Ending, ...] = ()
    uncaught: str | None = None
    writes: tuple[BackendWrite, ...] = ()
    stop_lands_in: str = READY
    needs_content: bool = True
    needs_flags: bool = True


class Glimpse(NamedTuple):
    """One moment as the checks see it: what was remembered and shown before it, the step, what followed, and what is
    shown after it. `call` is the open call that was answered, `asked` what the services were asked before the step,
    `touched` whether any service changed; a `step` of None changes nothing. `onlook` is there from outside alone,
    `later` is what is remembered after it, where that is known already, `changed` which fields of what is shown the
    step may have changed, and `known_under_way` whether a procedure is under way after it, where somebody knows."""

    observer: JudgeMemory
    before: Shown
    step: Step | None
    effects: tuple[Occurrence, ...]
    after: Shown
    call: OpenCall | None = None
    asked: Asked = Asked()
    touched: bool = True
    onlook: Onlook | None = None
    later: JudgeMemory | None = None
    changed: tuple[str, ...] | None = None
    known_under_way: bool | None = None

    def leaves(self, field: str) -> bool:
        """Whether the step leaves this field of what is shown as it was. A search judges moments alike in which the
        same was looked at, so who asks this first, and looks only at what has changed, has many judged at once. (Seen
        from outside something may have changed since the last step, so there it is always looked at.)"""
        if self.onlook is not None:
            return False
        if self.changed is not None:
            return field not in self.changed
        return getattr(self.before, field) is getattr(self.after, field)

    @property
    def under_way(self) -> bool:
        """Whether a procedure is under way after it, as far as is shown."""
        return self.after.procedure is not None if self.known_under_way is None else self.known_under_way

    @property
    def remembered(self) -> JudgeMemory:
        """What there is to remember after it."""
        return observe(self) if self.later is None else self.later

    def having(self, kind: type[Kind]) -> list[Kind]:
        """The effects of one kind, in order."""
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def by_command(self) -> list[tuple[str, Occurrence]]:
        """Each effect, and whose doing it is: one step may end one procedure and begin another."""
        under_way, effects = self.observer.command, []
        for effect in self.effects:
            if isinstance(effect, Accepted) and not effect.joined:
                under_way = effect.command
            effects.append((under_way, effect))
            if isinstance(effect, Settled):
                under_way = ""
        return effects

    def calls_of(self, command: str) -> list[Call]:
        """The calls that one command makes in this step."""
        return [effect for owner, effect in self.by_command() if owner == command and isinstance(effect, Call)]

    @property
    def message(self) -> str:
        """What the failed answer says, if the step is one."""
        if self.onlook is not None:
            return self.onlook.message
        if not isinstance(self.step, Answer):
            return ""
        return message_of(self.step.fault) if self.step.message is None else self.step.message


def observe(glimpse: Glimpse) -> JudgeMemory:
    """What there is to remember after the step."""
    observer = glimpse.observer
    if isinstance(glimpse.step, Reload):
        return observer._replace(**_NEW_LIFE)
    if isinstance(glimpse.step, Elsewhere):
        begins = not glimpse.before.initialized and glimpse.before.state in (IDLE, INITIALIZING, ERROR)
        return observer._replace(beside=True, adrift=observer.adrift or begins, unread=observer.unread or begins)
    if glimpse.call is not None and glimpse.call.standing == AWAITED:
        observer = observer._replace(waiting=tuple(still_waiting(glimpse)))
    if isinstance(glimpse.step, Timer):
        observer = observer._replace(timer=None)
    for effect in glimpse.effects:
        observer = _remember(observer, effect, glimpse)
    observer = _remember_session(_remember_gaps(observer, glimpse), glimpse)
    if _concerns_owed(glimpse):
        observer = observer._replace(owed=owed(glimpse))
    if any(map(_concerns_untried, glimpse.effects)):
        observer = observer._replace(untried=_untried(glimpse))
    return observer


def session_of_start(glimpse: Glimpse) -> str | None:
    """The session that the start under way tells the backend of, or the one that begins in this moment."""
    if isinstance(glimpse.step, Do) and Accepted(START_BROADCAST) in glimpse.effects:
        return glimpse.step.session if glimpse.before.config.enable_convex_sync else None
    return glimpse.observer.session


def rolls_back(glimpse: Glimpse) -> bool:
    """Whether a start fails in this step: one of its steps, its limit, or a service that reports a failure."""
    return goes_wrong(glimpse) and glimpse.observer.command == START_BROADCAST and not glimpse.observer.undoing


def is_found_on(glimpse: Glimpse) -> bool:
    """Whether an attempt to initialize has read that something is on, and switches it off: no failure yet."""
    call = glimpse.call
    if call is None or call.operation not in READS or not glimpse.observer.attempting:
        return False
    return any(each.operation in SHUTDOWN_ORDER for each in glimpse.having(Call))


def goes_wrong(glimpse: Glimpse) -> bool:
    """Whether the step is a failed answer that was waited for, a timer, or a service that reports a failure."""
    step, call = glimpse.step, glimpse.call
    if isinstance(step, Answer):
        return call is not None and call.standing == AWAITED and not step.ok
    return isinstance(step, Timer | Notice)


def still_waiting(glimpse: Glimpse) -> list[tuple[str, str | None]]:
    """The calls waited for once the answer, if this step is one, has come."""
    call = glimpse.call
    if call is None or call.standing != AWAITED:
        return list(glimpse.observer.waiting)
    return [other for other in glimpse.observer.waiting if other != (call.operation, call.session)]


def _remember(observer: JudgeMemory, effect: Occurrence, glimpse: Glimpse) -> JudgeMemory:
    match effect:
        case Accepted(command, joined) if not joined:
            return _anew(
                observer,
                *_KEPT_BY_BEGINNING.get(command, ()),
                command=command,
                shutdown=0 if command == STOP_BROADCAST else -1,
                config=glimpse.before.config,
                to_tell=glimpse.before.written if command == STOP_BROADCAST else (),
            )
        case Settled(command, verdict):
            fields = {"start_failed": True} if (command, verdict) == (START_BROADCAST, FAILED) else {}
            fields |= {"adrift": False} if command in (EMERGENCY_STOP, RECOVER) else {}
            return _anew(observer, *("waiting", "timer"), *_KEPT_BY_ENDING.get(command, ()), **fields)
        case Call():
            return _remember_call(observer, (effect.operation, effect.session))
        case Transition(_, state) if state is READY:
            return observer._replace(adrift=False, unread=False)
        case GiveUp(operation, session) | Replied(operation, session):
            return observer._replace(waiting=tuple(c for c in observer.waiting if c != (operation, session)))
        case SetTimer(kind, duration):
            return observer._replace(timer=(kind, duration))
        case CancelTimer():
            return observer._replace(timer=None)
        case _:
            return observer


def _anew(observer: JudgeMemory, *kept: str, **fields: object) -> JudgeMemory:
    """Nothing is remembered of a procedure but these fields, and those that are kept; what outlasts procedures is."""
    nothing = {name: value for name, value in _NO_PROCEDURE.items() if name not in kept}
    return observer._replace(**nothing | fields)


_OUTLASTS = ("forsaken", "lost", "session", "owed", "untried", "reloaded", "adrift", "unread", "beside", "measures")
_NO_PROCEDURE = {name: value for name, value in JudgeMemory()._asdict().items() if name not in _OUTLASTS}
_KEPT_BY_BEGINNING = {EMERGENCY_STOP: ("waiting",), CLEANUP: ("start_failed",)}
_KEPT_BY_ENDING = {CLEANUP: ("start_failed",)}
_STAYS = ("beside", "measures")
_NEW_LIFE = {
    n: value for n, value in JudgeMemory(reloaded=True, adrift=True, unread=True)._asdict().items() if n not in _STAYS
}


def _remember_call(observer: JudgeMemory, call: tuple[str, str | None]) -> JudgeMemory:
    observer = observer._replace(waiting=(*observer.waiting, call))
    if call[0] in READS:
        return observer
    if call[0] == "host.initialize":
        return observer._replace(attempts=observer.attempts + 1, shutdown=-1)
    if observer.command == START_BROADCAST:
        if call[0] in STARTUP_ORDER:
            return observer._replace(issued=(*observer.issued, call))
        return observer._replace(issued=undone(observer.issued, call), undoing=True)
    if observer.command == STOP_BROADCAST and call[0] in SHUTDOWN_ORDER:
        to_tell = tuple(session for session in observer.to_tell if call != ("convex.idle", session))
        if observer.shutdown < 0:  # it is over, and what an attempt finds on it switches off in an order of its own
            return observer._replace(to_tell=to_tell)
        shutdown = max(observer.shutdown, SHUTDOWN_ORDER.index(call[0]) + 1)
        return observer._replace(shutdown=shutdown, to_tell=to_tell)
    return observer


def undone(issued: tuple[Made, ...], call: Made) -> tuple[Made, ...]:
    """What is still to be undone after this call: without the newest step that it undoes; all that was issued, if it
    undoes none."""
    for at in reversed(range(len(issued))):
        if (UNDO_OF[issued[at][0]], issued[at][1]) == call:
            return issued[:at] + issued[at + 1 :]
    return issued


def _remember_gaps(observer: JudgeMemory, glimpse: Glimpse) -> JudgeMemory:
    """Which gaps of the guide have opened, and which are closed again: what is forsaken is written, and what was lost
    has led to the error."""
    stops = any(map(_stops_all, glimpse.effects))
    written_anew = [call.session for call in glimpse.having(Call) if call.operation == "convex.live"]
    if stops or written_anew or not glimpse.leaves("written"):
        forsaken = sorted({*observer.forsaken, *glimpse.before.written}) if stops else observer.forsaken
        kept = [each for each in forsaken if each in glimpse.after.written and each not in written_anew]
        observer = observer._replace(forsaken=tuple(kept))
    if isinstance(glimpse.step, Notice):
        return observer._replace(lost=glimpse.after.state is ERROR)
    if not glimpse.leaves("state") and glimpse.after.state is not ERROR:
        return observer._replace(lost=False)
    return observer


def _stops_all(effect: Occurrence) -> bool:
    """Whether an emergency stop or a recover begins, which give up what the backend says."""
    return isinstance(effect, Accepted) and effect.command in (EMERGENCY_STOP, RECOVER) and not effect.joined


def _concerns_untried(effect: Occurrence) -> bool:
    """Whether it may change which sessions are written live and not yet idle."""
    if isinstance(effect, Call):
        return effect.operation in BACKEND_WRITES
    return isinstance(effect, Accepted | Settled) and effect.command in (EMERGENCY_STOP, RECOVER, STOP_BROADCAST)


def _untried(glimpse: Glimpse) -> tuple[str, ...]:
    """The sessions that are written live, and whose idle write nobody has tried since (an emergency stop and a recover
    need not try). While a stop is under way that is what it has still to tell."""
    untried, to_tell = list(glimpse.observer.untried), list(glimpse.observer.to_tell)
    for effect in glimpse.effects:
        if isinstance(effect, Accepted) and effect.command in (EMERGENCY_STOP, RECOVER, STOP_BROADCAST):
            to_tell = list(glimpse.before.written) if effect.command == STOP_BROADCAST else []
            untried = untried if effect.joined else []
        if isinstance(effect, Settled) and effect.command == STOP_BROADCAST:
            untried = to_tell
        if isinstance(effect, Call) and effect.session is not None and effect.operation in BACKEND_WRITES:
            untried = [session for session in untried if session != effect.session]
            untried += [effect.session] if effect.operation in UNDO_OF else []
            to_tell = [session for session in to_tell if session != effect.session]
    return tuple(sorted(untried))


def _remember_session(observer: JudgeMemory, glimpse: Glimpse) -> JudgeMemory:
    """Whose session the start under way, or the broadcast on air, tells the backend of."""
    if glimpse.leaves("state") and not any(isinstance(each, Accepted | Settled) for each in glimpse.effects):
        return observer
    if Accepted(START_BROADCAST) in glimpse.effects:
        return observer._replace(session=session_of_start(glimpse))
    kept = observer.command == START_BROADCAST or glimpse.after.state is LIVE
    return observer if kept else observer._replace(session=None)


def _concerns_owed(glimpse: Glimpse) -> bool:
    """Whether the step may change what is owed."""
    if any(isinstance(effect, Accepted | Transition | Replied) or _switches_off(effect) for effect in glimpse.effects):
        return True
    if glimpse.call is None or not isinstance(glimpse.step, Answer) or not glimpse.step.ok:
        return False
    return glimpse.call.operation in (*UNDO_OF.values(), *CONFIRMED_BY) or needs_cleanup(glimpse)


def _switches_off(effect: Occurrence) -> bool:
    return isinstance(effect, Call) and effect.operation in UNDO_OF.values()


def owed(glimpse: Glimpse) -> tuple[tuple[str, str | None, bool], ...]:
    """The switch-offs that are owed after the step: those that late successes have made necessary, but for what is
    confirmed, cleaned up or dismissed (readings R9 and R10)."""
    due, call = {(operation, session): tried for operation, session, tried in glimpse.observer.owed}, glimpse.call
    reads_back = "read-back" in glimpse.observer.measures
    if call is not None and isinstance(glimpse.step, Answer) and glimpse.step.ok:
        if needs_cleanup(glimpse):
            due[UNDO_OF[call.operation], call.session] = False
        elif call.operation in UNDO_OF.values() and call.standing != VOID and not reads_back:
            due.pop((call.operation, call.session), None)
        elif call.operation in CONFIRMED_BY:
            due.pop((CONFIRMED_BY[call.operation], call.session), None)
    for owner, effect in glimpse.by_command():
        if isinstance(effect, Replied) and effect.ok:
            due.pop((effect.operation, effect.session), None)
        if isinstance(effect, Call) and (effect.operation, effect.session) in due:
            due[effect.operation, effect.session] = True
            if owner == CLEANUP:
                del due[effect.operation, effect.session]
        if _stops_all(effect) or (isinstance(effect, Transition) and effect.target is LIVE):
            due = {each: tried for each, tried in due.items() if not each[0].startswith(CONVEX)}
    return tuple((operation, session, tried) for (operation, session), tried in due.items())


def needs_cleanup(glimpse: Glimpse) -> bool:
    """Whether this step is a late success that has to be undone (reading R9)."""
    if not is_late_success(glimpse.step, glimpse.call):
        return False
    before, command = glimpse.before, glimpse.observer.command
    if glimpse.call is not None and glimpse.call.operation.startswith(CONVEX):
        return before.state is not LIVE
    stopping_all = command == EMERGENCY_STOP or (command == RECOVER and before.state is ERROR)
    ignored = before.state is LIVE or (before.state is ERROR and glimpse.asked.on_air)
    return stopping_all or bool(glimpse.asked.residue) or not ignored
