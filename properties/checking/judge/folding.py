"""From evidence to sight: one pass that finds out whose call each call is, and what became of it."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from broadcast_orchestrator.model.config import DEFAULT_CONFIG, OrchestratorConfig, merged
from broadcast_orchestrator.model.events import EMERGENCY_STOP
from broadcast_orchestrator.model.operations import CALLABLE, IS_INITIALIZED, IS_OFF, IS_ON, LEASE
from broadcast_orchestrator.model.table import INITIALIZING, STARTING, STOPPING
from broadcast_orchestrator.properties.checking.judge.noticing import note_what_is_noticed
from broadcast_orchestrator.properties.checking.judge.observation import (
    SWITCHES_OFF,
    Observation,
    ObservedCall,
    ObservedChange,
    ObservedCommand,
    ObservedRest,
    Tick,
)
from broadcast_orchestrator.sim.subjects.at_return import at_return
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.evidence import QUIET, CameAtOnce, Evidence, EvidenceMoment
from broadcast_orchestrator.sim.subjects.fencing import NewestNumbers
from broadcast_orchestrator.sim.subjects.polling import looks_in
from broadcast_orchestrator.sim.subjects.protocol import messages
from broadcast_orchestrator.sim.subjects.protocol.messages import FIELD


def seen(evidence: Evidence, dialect: Dialect) -> Observation:
    """The run as the judges see it, the states by the guide's names."""
    sight = _Fold(evidence, dialect).sight
    if dialect.period_ms > 0:
        note_what_is_noticed(sight, reads_back=dialect.reads_back)
    return sight


@lru_cache(maxsize=256)
def _config(options: tuple[tuple[str, Any], ...]) -> OrchestratorConfig:
    return merged(DEFAULT_CONFIG, dict(options))


class _Fold:
    """The pass, moment by moment."""

    def __init__(self, evidence: Evidence, dialect: Dialect) -> None:
        self.evidence, self.dialect = evidence, dialect
        self.config = _config(tuple(sorted(evidence.scenario.config.items())))
        self.sight = Observation(evidence, self.config)
        self.state = "idle"
        self.text: str | None = None
        self.at, self.content = 0, evidence.scenario.content
        self.initialized = False
        self.by_number: dict[int, ObservedCall] = {}
        self.by_id: dict[int, ObservedCommand] = {}
        self.under_way: list[ObservedCommand] = []
        self.behaviours: Mapping[str, list[str]] = {}
        self.counts: dict[str, int] = {}
        self.newest_effect: dict[str, int] = {}
        self.newest_switch: dict[str, ObservedCall] = {}
        self.numbers = NewestNumbers()
        looks = looks_in(evidence.moments) if dialect.period_ms > 0 else frozenset[int]()
        self.looks = set(looks)
        self.snapshot: Mapping[str, Any] | None = None
        self.at_once = {came.call: came for came in evidence.real.at_once} if evidence.real else {}
        for self.at, moment in enumerate(evidence.moments):
            self.step(moment)
            for event in moment.events:
                HEAR[type(event)](self, event)
            self.after(moment)
        if evidence.ended == QUIET and evidence.moments:
            last = evidence.moments[-1]
            self.sight.rests.append(ObservedRest(self.at, last.at_ms, self.state, last.truth))

    # -- What the driver does -----------------------------------------------------------------------

    def step(self, moment: EvidenceMoment) -> None:
        """Note what the step says before anything follows from it."""
        step = moment.step
        if isinstance(step, messages.GiveCommand):
            self.ask(step, moment)
        elif isinstance(step, messages.GiveAnswer):
            self.answer(step, moment)
        elif isinstance(step, messages.TakeEffect):
            self.take_effect(step, moment)
        elif isinstance(step, messages.Begin):
            self.behaviours = step.manners
        elif isinstance(step, messages.FillFeed):
            self.content = step.present
        elif isinstance(step, messages.ChangeConfig):
            self.config = merged(self.config, step.config)
        elif isinstance(step, messages.LoseService) and step.noticed:
            self.sight.losses.append((self.at, moment.at_ms))
        else:
            self.dashboard(moment)

    def dashboard(self, moment: EvidenceMoment) -> None:
        """Note what the step says of the dashboard as a whole: that it sleeps, wakes, or is reloaded."""
        if isinstance(moment.step, messages.SuspendTimers):
            self.sight.suspensions.append((moment.at_ms, float("inf")))
        elif isinstance(moment.step, messages.ResumeTimers):
            self.sight.suspensions[-1] = (self.sight.suspensions[-1][0], moment.at_ms)
        elif isinstance(moment.step, messages.ReloadPage):
            self.reload(moment)

    def reload(self, moment: EvidenceMoment) -> None:
        """A fresh instance: what was under way is nobody's any more."""
        for asked in self.under_way:
            asked.forgotten, asked.settled, asked.settled_ms = True, (self.at, 0), moment.at_ms
        self.by_id = {}
        self.under_way = []
        self.newest_switch = {}
        self.state, self.text, self.snapshot = "idle", None, None
        self.sight.reloads.append(self.at)
        if self.sight.suspensions and self.sight.suspensions[-1][1] == float("inf"):
            self.sight.suspensions[-1] = (self.sight.suspensions[-1][0], moment.at_ms)

    def ask(self, step: messages.GiveCommand, moment: EvidenceMoment) -> None:
        """A command; what came before it was quiet if the order waited for that."""
        before = self.evidence.moments[self.at - 1] if self.at else moment
        calm = self.evidence.scenario.orders[step.id - 1].after is None
        if calm and self.at > 1:
            self.sight.rests.append(ObservedRest(self.at - 1, before.at_ms, self.state, before.truth))
        asked = ObservedCommand(
            step.id,
            step.command,
            step.session,
            self.at,
            moment.at_ms,
            self.state,
            tuple(self.under_way),
            calm,
            self.snapshot if isinstance(before.step, messages.LookAround) else None,
            self.config,
            self.content,
        )
        if step.command == EMERGENCY_STOP:
            for other in self.under_way:
                if other.name != EMERGENCY_STOP and other.interrupted is None:
                    other.interrupted = self.at
        self.sight.asked.append(asked)
        self.by_id[step.id] = asked
        self.settle_early(asked, moment)

    def settle_early(self, asked: ObservedCommand, moment: EvidenceMoment) -> None:
        """Look ahead in the moment: whether the command was over at once, without a call."""
        called = any(isinstance(event, messages.Called) for event in moment.events)
        mine = any(isinstance(e, messages.CommandSettled) and e.command == asked.id for e in moment.events)
        asked.void = mine and not called
        if not asked.void:
            self.under_way.append(asked)

    def answer(self, step: messages.GiveAnswer, moment: EvidenceMoment) -> None:
        call = self.by_number.get(step.call)
        if call is not None and call.answered > (self.at, 0):
            call.as_hoped = step.ok and _is_as_hoped(call, step.found)
            looks = step.call in self.looks
            surveys = CALLABLE[call.operation].finds is False and self.state == INITIALIZING
            ok = step.ok if surveys or looks else call.as_hoped
            self.reply(call, (self.at, 0), moment.at_ms, ok, step.words)

    def reply(self, call: ObservedCall, tick: Tick, at_ms: float, ok: bool, message: str = "") -> None:
        call.answered, call.answered_ms, call.ok, call.message = tick, at_ms, ok, message

    def take_effect(self, step: messages.TakeEffect, moment: EvidenceMoment) -> None:
        call = self.by_number.get(step.call)
        if call is None:
            return
        newest = self.newest_effect.get(call.service, 0)
        self.sight.overtaken |= step.call < newest
        self.newest_effect[call.service] = max(newest, step.call)
        self.numbers.see(call.operation, call.fence)
        if self.evidence.about.styles.get(call.operation) == FIELD and call.answered > (self.at, 0):
            self.reply(call, (self.at, 0), moment.at_ms, ok=True)

    # -- What the subject does ----------------------------------------------------------------------

    def called(self, event: messages.Called) -> None:
        nth = self.counts[event.operation] = self.counts.get(event.operation, 0) + 1
        tick = (self.at, event.n)
        asks_by_itself = event.operation == LEASE.name and self.state != INITIALIZING
        if event.call in self.looks or (asks_by_itself and self.dialect.lasting_ms):
            self.looked_at(event, tick)
            return
        operation, session = self.hoped(event)
        cleans_up = operation in SWITCHES_OFF or CALLABLE[operation].finds is False
        owner = None if cleans_up and (self.over() or self.reconciles(operation, session)) else self.owner()
        made = (event.call, operation, session, tick, event.at_ms, self.state, owner, event.payload, event.number)
        call = ObservedCall(*made)
        self.by_number[event.call] = call
        self.sight.made.append(call)
        if CALLABLE[operation].turns_on is not None:
            self.newest_switch[call.service] = call
        if call.owner is not None:
            call.owner.made.append(call)
        came = self.came_at_once(event, nth)
        if came.ok is not None:
            self.reply(call, tick, event.at_ms, came.ok, came.message)
        if came.effect:
            self.newest_effect[call.service] = max(self.newest_effect.get(call.service, 0), event.call)
            self.numbers.see(call.operation, call.fence)

    def looked_at(self, event: messages.Called, tick: Tick) -> None:
        """A look, which hopes for nothing, or the lease, asked for where it belongs to no attempt."""
        self.looks.add(event.call)
        look = ObservedCall(event.call, event.operation, None, tick, event.at_ms, self.state, None)
        self.by_number[event.call] = look
        self.sight.looks.append(look)

    def hoped(self, event: messages.Called) -> tuple[str, str | None]:
        """The operation, and the session that it is about. A read hopes for what its service was switched to last;
        while all is being initialized, and where nothing was switched, that it is off, and that nothing is live."""
        asked = CALLABLE[event.operation]
        if asked.finds is None or event.operation == IS_INITIALIZED:
            return event.operation, event.session
        newest = self.newest_switch.get(asked.service)
        if newest is None or self.state == INITIALIZING:
            return IS_OFF[asked.service], None
        return (IS_ON if CALLABLE[newest.operation].turns_on else IS_OFF)[asked.service], newest.session

    def came_at_once(self, event: messages.Called, nth: int) -> CameAtOnce:
        """What has come of a call when it returns: as was recorded, or as the driver has it behave."""
        if self.evidence.real is not None:
            return self.at_once.get(event.call, CameAtOnce(event.call, False, None))
        styles = self.evidence.about.styles
        stale = self.numbers.is_stale(event.operation, event.number)
        come = at_return(event.operation, nth, self.behaviours, styles, initialized=self.initialized, stale=stale)
        return CameAtOnce(event.call, come.effect, come.ok, come.message(event.call))

    def owner(self) -> ObservedCommand | None:
        """Whose call is made now: an emergency stop's if there is one, else that of the oldest command under way."""
        for asked in self.under_way:
            if asked.name == EMERGENCY_STOP:
                return asked
        return self.under_way[0] if self.under_way else None

    def over(self) -> bool:
        """Whether a start or a stop is over, and its caller hears of it in this very moment. What is switched off then
        belongs to a cleanup: callers may hear of an end some microtasks after others have acted on it."""
        change = self.sight.changes[-1] if self.sight.changes else None
        if change is None or change.tick[0] != self.at or change.source not in (STARTING, STOPPING):
            return False
        events = self.evidence.moments[self.at].events
        return any(isinstance(event, messages.CommandSettled) and event.command in self.by_id for event in events)

    def reconciles(self, operation: str, session: str | None) -> bool:
        """Whether a write to the backend belongs to a cleanup, of an orchestrator that claims to do so: the command
        under way ends in this moment, and has changed the state already, has written the same, or never writes."""
        owner = self.owner()
        if operation != "convex.idle" or "reconciled" not in self.dialect.measures or owner is None:
            return False
        events = self.evidence.moments[self.at].events
        if not any(isinstance(event, messages.CommandSettled) and event.command == owner.id for event in events):
            return False
        changed = any(change.tick[0] == self.at for change in self.sight.changes[-1:])
        written = any((call.operation, call.session) == (operation, session) for call in owner.made)
        return changed or written or owner.name == EMERGENCY_STOP

    def settled(self, event: messages.CommandSettled) -> None:
        asked = self.by_id.get(event.command)
        if asked is None:
            return
        asked.settled, asked.settled_ms = (self.at, event.n), event.at_ms
        asked.ok, asked.message, asked.landed = event.ok, event.message, self.state
        if asked in self.under_way:
            self.under_way.remove(asked)

    def changed(self, event: messages.StateShown) -> None:
        target = self.dialect.state(event.state)
        if target != self.state:
            self.sight.changes.append(ObservedChange((self.at, event.n), event.at_ms, self.state, target))
            self.state = target

    def recorded(self, event: messages.Recorded) -> None:
        names = self.dialect.state(event.source), self.dialect.state(event.target)
        self.sight.recorded.append(event._replace(source=names[0], target=names[1]))

    def worded(self, event: messages.ErrorText) -> None:
        self.text = event.text

    def unhandled(self, event: messages.Unhandled) -> None:
        self.sight.unhandled.append((self.at, event))

    def looked(self, event: messages.Snapshot) -> None:
        self.snapshot = event.data
        self.sight.snapshots.append((self.at, event.data))

    def after(self, moment: EvidenceMoment) -> None:
        self.sight.states.append(self.state)
        self.sight.texts.append(self.text)
        self.initialized = moment.truth.initialized


def _is_as_hoped(call: ObservedCall, found: Any) -> bool:
    """Whether a read has found what it hoped for; whatever else succeeds does so."""
    finds = CALLABLE[call.operation].finds
    is_on = found if call.session is None else call.session in (found or ())
    return finds is None or bool(is_on) is finds


def _nothing(_fold: _Fold, _event: object) -> None:
    """What the services are is in the truth; what is logged is no concern of the guarantees."""


HEAR: dict[type, Any] = {
    messages.Called: _Fold.called,
    messages.CommandSettled: _Fold.settled,
    messages.StateShown: _Fold.changed,
    messages.Recorded: _Fold.recorded,
    messages.ErrorText: _Fold.worded,
    messages.Unhandled: _Fold.unhandled,
    messages.Snapshot: _Fold.looked,
    messages.Wrote: _nothing,
    messages.Logged: _nothing,
}
