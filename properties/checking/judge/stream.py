"""From an observation to the stream that the guarantees' checks read: the outside told in the words of the inside.

What is not shown is inferred, with the benefit of the doubt: a call is given up when its procedure goes on without it
at a time at which it may, a switch-off that belongs to no command is a cleanup, what an emergency stop finds under way
is interrupted at once. A clock may be a little slow (`Evidence.slack_ms`). Nothing is judged here.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from broadcast_orchestrator.model.config import OrchestratorConfig, merged, shown
from broadcast_orchestrator.model.events import (
    CLEANUP,
    EMERGENCY_STOP,
    FAILED,
    INITIALIZE,
    INTERRUPTED,
    RECOVER,
    START_BROADCAST,
    SUCCEEDED,
    Accepted,
    Call,
    CommandName,
    Failure,
    GiveUp,
    Refused,
    Settled,
    Transition,
)
from broadcast_orchestrator.model.operations import CALLABLE, HOST, LEASE, ON_AIR_SERVICES, READS
from broadcast_orchestrator.model.table import ERROR, FORCED_EDGES, IDLE, INITIALIZING, READY
from broadcast_orchestrator.model.views import AWAITED, CallStanding, OpenCall
from broadcast_orchestrator.properties.checking.judge.history import history_by_moment
from broadcast_orchestrator.properties.checking.judge.knowledge import Knowledge
from broadcast_orchestrator.properties.checking.judge.observation import (
    NEVER,
    SWITCHES_OFF,
    Observation,
    ObservedCall,
    ObservedChange,
    ObservedCommand,
    guide_state,
)
from broadcast_orchestrator.properties.guarantees.memory import (
    BackendWrite,
    Ending,
    Glimpse,
    JudgeMemory,
    Onlook,
    asks,
    observe,
)
from broadcast_orchestrator.properties.guarantees.monitors.accounts import happened
from broadcast_orchestrator.properties.guarantees.monitors.calls import STOPS
from broadcast_orchestrator.properties.guarantees.observations import Occurrence, Replied
from broadcast_orchestrator.properties.model_check.liveness.bounds import bounds_ms
from broadcast_orchestrator.sim.subjects.dialect import RESOLVES, Dialect
from broadcast_orchestrator.sim.subjects.evidence import EvidenceMoment
from broadcast_orchestrator.sim.subjects.protocol import messages
from broadcast_orchestrator.sim.world.steps import Answer, Do, Elsewhere, Fill, Notice, Reconfigure, Reload, Step, Timer

NOTHING = Onlook()
"""What there is to see when nothing happens."""

IDLE_STEPS = (
    messages.Begin,
    messages.LookAround,
    messages.TakeEffect,
    messages.FlipService,
    messages.SetClock,
    messages.SuspendTimers,
    messages.EffectElsewhere,
)
"""Steps that an implementation need not answer with anything, unless a field changes by them."""

END = 1 << 60
"""Later than every event of a moment."""

_remembered = lru_cache(maxsize=1 << 14)(observe)  # scenarios are much alike, so most moments were met before


class SeenAccount(NamedTuple):
    """What the procedure under way has to answer for, as far as its calls tell."""

    failures: tuple[Failure, ...] = ()
    notes: tuple[Failure, ...] = ()
    earlier: tuple[Failure, ...] = ()


class SeenState(NamedTuple):
    """What is shown between two moments. The error is a text; whether the host is known to be initialized cannot be
    seen, and nothing is held against anyone."""

    config: OrchestratorConfig
    state: str = IDLE
    content: bool = True
    error: str = ""
    written: tuple[str, ...] = ()
    procedure: SeenAccount | None = None
    initialized: bool = True


class ToldMoment(NamedTuple):
    """One moment of the stream: its number, what the checks see of it, what is remembered after it, and whose calls
    are still waited for then."""

    number: int
    glimpse: Glimpse
    memory: JudgeMemory
    waiting: tuple[ObservedCall, ...]


def told(sight: Observation, dialect: Dialect) -> Iterator[ToldMoment]:
    """The run as a stream, moment by moment."""
    telling = Telling(sight, dialect)
    for number, moment in enumerate(sight.evidence.moments):
        yield telling.tell(number, moment)


class Telling:
    """One run on its way through the words: whose procedure is under way, which calls it waits for, until when."""

    def __init__(self, sight: Observation, dialect: Dialect) -> None:
        self.sight, self.dialect = sight, dialect
        self.knowledge = Knowledge(sight, reads_back=dialect.reads_back)
        self.slack_ms, self.config = sight.evidence.slack_ms, sight.config
        self.memory = JudgeMemory(measures=dialect.measures)
        self.shown = SeenState(sight.config, content=sight.evidence.scenario.content)
        self.was_initialized = False
        self.owner: ObservedCommand | None = None
        self.cleaning, self.answered_well = False, True
        self.suspended = False
        self.waiting: list[ObservedCall] = []
        self.strays: list[ObservedCommand] = []
        self.limit_ms, self.at, self.now_ms = float("inf"), 0, 0.0
        self.effects: list[Occurrence] = []
        self.happenings = _by_moment(sight)
        self.answered = {call.answered[0]: call for call in sight.made if call.answered[1] == 0}
        self.commands = {asked.moment: asked for asked in sight.asked}
        self.history = history_by_moment(sight, dialect)
        self.found = {note.moment: note for note in reversed(sight.noticed) if note.by_looking}

    def tell(self, at: int, moment: EvidenceMoment) -> ToldMoment:
        """The moment with this number."""
        if isinstance(moment.step, messages.ReloadPage):
            return self._new_life(at)
        if isinstance(moment.step, messages.SuspendTimers):
            self.suspended = True
        if not moment.events and isinstance(moment.step, IDLE_STEPS) and at not in self.answered:
            glimpse = Glimpse(self.memory, self.shown, None, (), self.shown, touched=False, onlook=NOTHING)
            return ToldMoment(at, glimpse, self.memory, tuple(self.waiting))
        self.at, self.now_ms, self.effects = at, moment.at_ms, []
        before, stray = self.shown, self.strays[0].name if self.strays else ""
        call = self.answered.get(at)
        self._mind_suspension(moment)
        overdue = self.now_ms > self.limit_ms + self.slack_ms and not self.suspended
        if call is not None and call in self.waiting and overdue and self._is_of_attempt(call):
            self._give_up(call)
        opened = self._opened(call)
        step = self._step(moment, call)
        asked = asks(lambda s, q: q(self.knowledge.view(s, (at, 0), self.waiting)), before, step, opened)
        if call is not None and call in self.waiting:
            self.waiting.remove(call)
            self.answered_well = call.ok
        command = self.commands.get(at)
        if command is not None and not _refused(command, self.sight, self.dialect):
            self._accept(command)
        for _, item in self.happenings.get(at, ()):
            self._happen(item)
        self._end_of_cleanup()
        onlook = self._onlook(moment, call, command)._replace(stray=stray, overdue=overdue)
        glimpse = Glimpse(
            self.memory, before, step, tuple(self.effects), before, opened, asked, _touched(moment), onlook
        )
        self.shown = self._after(moment, glimpse)
        glimpse = glimpse._replace(after=self.shown)
        self.memory = _remembered(self._as_known(glimpse))
        self._mind_host(glimpse)
        return ToldMoment(at, glimpse, self.memory, tuple(self.waiting))

    def _is_of_attempt(self, call: ObservedCall) -> bool:
        """Whether the call belongs to an attempt to initialize, which ends with its limit, seen or not."""
        asked = call.operation in READS or call.operation == LEASE.name
        return call.operation == "host.initialize" or (asked and call.state == INITIALIZING)

    def _as_known(self, glimpse: Glimpse) -> Glimpse:
        """Whether the host is known to be initialized cannot be seen, and nothing is held against anyone; what another
        dashboard does before a page has ever been initialized is not for that to know."""
        if not isinstance(glimpse.step, Elsewhere):
            return glimpse
        return glimpse._replace(before=self.shown._replace(initialized=self.was_initialized))

    def _mind_host(self, glimpse: Glimpse) -> None:
        if isinstance(glimpse.step, Notice) and glimpse.step.service == HOST:
            self.was_initialized = False
        self.was_initialized |= any(effect.target is READY for effect in glimpse.having(Transition))

    def _new_life(self, at: int) -> ToldMoment:
        """Everything is forgotten, and it is in idle; nobody can do anything right or wrong about that."""
        self.owner, self.cleaning, self.suspended, self.was_initialized = None, False, False, False
        self.waiting, self.strays, self.limit_ms = [], [], float("inf")
        self.shown = SeenState(self.shown.config, content=self.shown.content)
        glimpse = Glimpse(self.memory, self.shown, Reload(), (), self.shown, touched=False, onlook=NOTHING)
        self.memory = _remembered(glimpse)
        return ToldMoment(at, glimpse, self.memory, ())

    # -- The step ---------------------------------------------------------------------------------

    def _opened(self, call: ObservedCall | None) -> OpenCall | None:
        """The call that is answered, and whether anybody waits for it."""
        if call is None:
            return None
        standing: CallStanding = AWAITED if call in self.waiting else self.knowledge.standing(call)
        return OpenCall(call.operation, standing, call.session)

    def _step(self, moment: EvidenceMoment, call: ObservedCall | None) -> Step | None:
        """What happens: a timer only where the limit of what is under way has come, and a report where somebody who
        polls has noticed something."""
        if (note := self.found.get(self.at)) is not None:
            return Notice(note.service, "", "on" if note.found_on else "")
        match moment.step:
            case messages.GiveCommand(_, command, session):
                return Do(command, session)
            case messages.LoseService(service, True):
                return Notice(service)
            case messages.FillFeed(present):
                return Fill(present)
            case messages.ChangeConfig(options):
                return Reconfigure(merged(self.shown.config, options))
            case messages.CommandElsewhere(command):
                return Elsewhere(command)
            case messages.Advance() | messages.ResumeTimers() if self.waiting and self._limit_has_come():
                return Timer()
            case _:
                return None if call is None else Answer(call.service, 0, call.ok)

    def _mind_suspension(self, moment: EvidenceMoment) -> None:
        """While timers stand still no limit comes; one that is overdue comes when they go on."""
        if isinstance(moment.step, messages.ResumeTimers):
            self.suspended, self.limit_ms = False, max(self.limit_ms, self.now_ms)

    def _limit_has_come(self) -> bool:
        return self.now_ms + self.slack_ms >= self.limit_ms

    # -- Commands ---------------------------------------------------------------------------------

    def _accept(self, asked: ObservedCommand) -> None:
        """A procedure begins, or somebody joins the one under way. Whoever is let in at once beside another, and is
        over at once, leaves that one as it is."""
        name = CommandName(asked.name)
        under_way = self.owner.name if self.owner is not None else ""
        joins = {EMERGENCY_STOP: under_way == EMERGENCY_STOP, INITIALIZE: self._initializing(under_way)}
        if joins.get(name, False) or (asked.void and under_way and name != EMERGENCY_STOP):
            self.effects.append(Accepted(name, joined=True))
            return
        if name == EMERGENCY_STOP:
            self._interrupt()
        self.effects.append(Accepted(name))
        self.owner, self.cleaning = asked, False
        if not (name == EMERGENCY_STOP and self.waiting):
            self.waiting = []
        self.config = config = self.shown.config
        self.limit_ms = self.now_ms + (config.startup_timeout if name == START_BROADCAST else config.shutdown_timeout)

    def _initializing(self, under_way: str) -> bool:
        return under_way not in ("", EMERGENCY_STOP) and self.shown.state is INITIALIZING

    def _interrupt(self) -> None:
        """What is under way ends as interrupted; the stops of a recover are taken over."""
        if self.owner is not None:
            if not (self.memory.command == RECOVER and self.shown.state is ERROR and self._stops_everything()):
                self._give_up_all()
            claims = self.owner.ok and self.owner.settled != NEVER
            self.effects.append(Settled(CommandName(self.owner.name), SUCCEEDED if claims else INTERRUPTED))
            self.strays.append(self.owner)
        elif self.cleaning:
            self._give_up_all()
            self.effects.append(Settled(CLEANUP, INTERRUPTED))

    def _stops_everything(self) -> bool:
        """Whether what is waited for are stops, or reads of what they have come to."""
        return any(call.operation in STOPS or call.operation in READS for call in self.waiting)

    def _settle(self, asked: ObservedCommand) -> None:
        """A command's caller hears how it ended."""
        if asked in self.strays:
            self.strays.remove(asked)
        elif asked is self.owner:
            self._end(SUCCEEDED if asked.ok else FAILED)
        elif asked.void and _refused(asked, self.sight, self.dialect):
            self.effects.append(Refused(asked.name, asked.message))

    def _end(self, verdict: Any) -> None:
        """The procedure of the command under way is over."""
        assert self.owner is not None
        self._give_up_all()
        self.effects.append(Settled(CommandName(self.owner.name), verdict))
        self.owner = None

    # -- Calls and states -------------------------------------------------------------------------

    def _happen(self, item: object) -> None:
        if isinstance(item, ObservedCommand):
            self._settle(item)
        elif isinstance(item, ObservedCall) and not self._is_a_look(item):
            self._call(item)
        elif isinstance(item, ObservedChange):
            self._give_up_what_may_be()
            edge = (guide_state(item.source), guide_state(item.target))
            self.effects.append(Transition(*edge, reason="", forced=edge in FORCED_EDGES))

    def _is_a_look(self, call: ObservedCall) -> bool:
        """Whether a service is read while nothing is under way: that is nobody's concern."""
        return CALLABLE[call.operation].finds is not None and self.owner is None and not self.cleaning

    def _call(self, call: ObservedCall) -> None:
        self._give_up_what_may_be(goes_on=call.operation not in READS)
        if call.owner is None and call.operation in SWITCHES_OFF:
            self._clean_up()
        self._mind_limit(call)
        self.effects.append(Call(call.operation, call.session))
        self.waiting.append(call)
        if call.answered == call.tick:
            self.waiting.remove(call)
            self.answered_well = call.ok
            self.effects.append(Replied(call.operation, call.session, call.ok, call.message))

    def _clean_up(self) -> None:
        """A cleanup begins; a command whose caller hears of its end only later in this moment is over."""
        if self.owner is not None and self.owner.settled[0] == self.at:
            self._end(SUCCEEDED if self.owner.ok else FAILED)
        self._end_of_cleanup()
        if self.owner is None:
            self.effects.append(Accepted(CLEANUP))
            self.cleaning = True
            self.config = self.shown.config
            self.limit_ms = self.now_ms + self.config.shutdown_timeout

    def _end_of_cleanup(self) -> None:
        """A cleanup is over when its call is answered, or given up."""
        if self.cleaning and (not self.waiting or (self._limit_has_come() and not self.suspended)):
            ok = not self.waiting and self.answered_well
            self._give_up_all()
            self.effects.append(Settled(CLEANUP, SUCCEEDED if ok else FAILED))
            self.cleaning = False

    def _mind_limit(self, call: ObservedCall) -> None:
        """Limits that begin with a call: of an attempt to initialize, and of a rollback with its first undo."""
        config = self.config
        if call.operation == "host.initialize":
            self.limit_ms = self.now_ms + config.initialization_timeout
        elif self.owner is not None and self.owner.name == START_BROADCAST and call.operation in SWITCHES_OFF:
            undone = [c for c in self.owner.made if c.operation in SWITCHES_OFF]
            if undone[:1] == [call]:
                self.limit_ms = self.now_ms + config.shutdown_timeout

    def _give_up_what_may_be(self, *, goes_on: bool = True) -> None:
        """The procedure `goes_on`: it may do so without an answer when its limit has come, or a service has reported
        that it failed since. (Who reads what a call has come to waits for others all the same.)"""
        for call in tuple(self.waiting):
            reported = goes_on and any(call.tick[0] <= moment <= self.at for moment, _ in self.sight.losses)
            if self._limit_has_come() or reported:
                self._give_up(call)

    def _give_up_all(self) -> None:
        for call in tuple(self.waiting):
            self._give_up(call)

    def _give_up(self, call: ObservedCall) -> None:
        self.effects.append(GiveUp(call.operation, call.session))
        self.waiting.remove(call)

    # -- What is shown ----------------------------------------------------------------------------

    def _after(self, moment: EvidenceMoment, glimpse: Glimpse) -> SeenState:
        content = moment.step.present if isinstance(moment.step, messages.FillFeed) else self.shown.content
        config = glimpse.step.config if isinstance(glimpse.step, Reconfigure) else self.shown.config
        return self.shown._replace(
            config=config,
            state=guide_state(self.sight.states[self.at]),
            content=content,
            error=self.sight.texts[self.at] or "",
            written=self.knowledge.written((self.at, END)),
            procedure=self._account(glimpse),
        )

    def _account(self, glimpse: Glimpse) -> SeenAccount | None:
        if self.owner is None and not self.cleaning:
            return None
        new = any(not effect.joined for effect in glimpse.having(Accepted))
        known = self.shown.procedure or SeenAccount()
        if new:  # what an interrupted cleanup noted, the emergency stop tells (reading R14)
            ends = any((each.command, each.verdict) == (CLEANUP, INTERRUPTED) for each in glimpse.having(Settled))
            known = SeenAccount(notes=known.notes if ends else ())
        failures, notes = happened(glimpse)
        return SeenAccount(known.failures + failures, known.notes + notes)

    def _onlook(self, moment: EvidenceMoment, call: ObservedCall | None, command: ObservedCommand | None) -> Onlook:
        happened = [item for _, item in self.happenings.get(self.at, ())]
        settled = [item for item in happened if isinstance(item, ObservedCommand)]
        looks = [event.data for event in moment.events if isinstance(event, messages.Snapshot)]
        errors = [event.message for event in moment.events if isinstance(event, messages.Unhandled)]
        return Onlook(
            message=call.message if call is not None else "",
            words="; ".join(asked.message for asked in settled),
            delay_is_over=self._delay_is_over(),
            calm=command is not None and command.calm,
            can_start=_said(command.snapshot if command is not None else None, "can_start"),
            can_stop=_said(looks[-1] if looks else None, "can_stop"),
            stated=_state_said(looks[-1] if looks else None),
            entries=self.history.get(self.at, ()),
            endings=tuple(_ending(asked, self.sight) for asked in settled),
            uncaught=errors[0] if errors else None,
            writes=tuple(_writes(happened, moment)),
            stop_lands_in=self.dialect.stop_lands_in,
            needs_content=not self.dialect.start_without_content,
            needs_flags=not self.dialect.backend_without_flags,
        )

    def _delay_is_over(self) -> bool:
        """Whether the delay has passed since the attempt to initialize before the one that is made now."""
        attempts = [c for c in self.sight.made if c.operation == "host.initialize" and c.tick[0] <= self.at]
        if len(attempts) < 2 or attempts[-1].tick[0] != self.at:
            return True
        before = attempts[-2]
        ends = [before.answered_ms, before.at_ms + self.config.initialization_timeout]
        ends += [at_ms for number, at_ms in self.sight.losses if number >= before.tick[0]]
        return self.now_ms + self.slack_ms >= min(ends) + self.config.retry_delay


# -- What is looked up -----------------------------------------------------------------------------


def _by_moment(sight: Observation) -> dict[int, list[tuple[int, object]]]:
    """What the subject did in each moment, in its order: calls, changes of state, commands that settle."""
    found: dict[int, list[tuple[int, object]]] = {}
    items = [
        *((call.tick, call) for call in sight.made),
        *((change.tick, change) for change in sight.changes),
        *((asked.settled, asked) for asked in sight.asked if asked.settled != NEVER and not asked.forgotten),
    ]
    for (at, number), item in items:
        found.setdefault(at, []).append((number, item))
    return {at: sorted(row, key=lambda pair: pair[0]) for at, row in found.items()}


def _refused(asked: ObservedCommand, sight: Observation, dialect: Dialect) -> bool:
    """Whether the command was over at once and changed nothing, in the way in which this dialect refuses. (An
    initialize in ready has nothing to do, and is not refused; see reading R11.)"""
    idle = asked.void and not (asked.name == INITIALIZE and asked.state == READY)
    resolved = idle and dialect.refusal == RESOLVES and sight.states[asked.moment] == asked.state
    return asked.refused or resolved


def _said(snapshot: Mapping[str, Any] | None, field: str) -> bool | None:
    """What a snapshot says of something that is or is not; None where it does not say."""
    value = (snapshot or {}).get(field)
    return None if value is None else bool(value)


def _state_said(snapshot: Mapping[str, Any] | None) -> str | None:
    """What a snapshot calls the state; None where it does not say, or says what is no name at all."""
    value = (snapshot or {}).get("state")
    return value if isinstance(value, str) else None


def _writes(happened: list[object], moment: EvidenceMoment) -> Iterator[BackendWrite]:
    """The writes to the backend whose wording is seen."""
    for call in happened:
        if isinstance(call, ObservedCall) and call.payload is not None:
            yield _write(call, call.payload, moment)


def _write(call: ObservedCall, payload: Mapping[str, Any], moment: EvidenceMoment) -> BackendWrite:
    told = {service: payload[flag] for flag, service in messages.FLAGS.items() if flag in payload}
    flags = tuple((service, said if isinstance(said, bool) else shown(said)) for service, said in told.items())
    on = tuple(service for service, active in zip(ON_AIR_SERVICES, moment.truth.active, strict=True) if active)
    return BackendWrite(call.operation, call.session, flags, on)


def _touched(moment: EvidenceMoment) -> bool:
    return any(isinstance(event, messages.Wrote) for event in moment.events)


def _ending(asked: ObservedCommand, sight: Observation) -> Ending:
    joined = any(other.name == EMERGENCY_STOP for other in asked.beside)
    took_ms, slack_ms = asked.settled_ms - asked.at_ms, slack_of(sight, asked.at_ms, asked.settled_ms)
    return Ending(CommandName(asked.name), took_ms, bound_ms(asked, took_ms), slack_ms, joined)


def slack_of(sight: Observation, since_ms: float, until_ms: float) -> float:
    """By how much longer than its bound something may take that begins and ends then."""
    return sight.evidence.slack_ms + sight.suspended_ms(since_ms, until_ms)


def bound_ms(asked: ObservedCommand, took_ms: float) -> int:
    """How long the command may take at most; where it took less than any limit, what is certainly no more than that,
    since bounds take time to work out."""
    config = asked.config
    least = min(config.initialization_timeout, config.startup_timeout, config.shutdown_timeout)
    if took_ms <= least:
        return least
    if asked.beside:
        return max(max(_bounds(other.config).values()) for other in (asked, *asked.beside))
    return _bounds(config)[asked.name]


@lru_cache(maxsize=256)
def _bounds(config: OrchestratorConfig) -> Mapping[str, int]:
    return bounds_ms(config)
