"""What somebody who polls services has noticed, as far as it shows from outside.

A look that finds a service otherwise than it is known is noticed at the moment at which that shows: an error, a call, a
command that ends; so is a lease that is refused. Where a procedure is under way that would only note it, and where the
state is error already, it is taken for noticed with its answer. What is never noticed shows when all is quiet, by what
is on and what is not.

Who reads fields is not seen to look. What he notices shows as an error while nothing is under way, or as a start that
is broken off before its time, at a timer or when a field changes, where a service is otherwise than it is known.
"""

from collections.abc import Iterator

from broadcast_orchestrator.model.operations import HOST, IS_INITIALIZED, LEASE, ON_AIR_SERVICES
from broadcast_orchestrator.model.table import ERROR, READY, STARTING
from broadcast_orchestrator.properties.checking.judge.knowledge import Knowledge
from broadcast_orchestrator.properties.checking.judge.observation import (
    NEVER,
    SWITCHES_OFF,
    NoticedService,
    Observation,
    ObservedCall,
    ObservedCommand,
    Tick,
)
from broadcast_orchestrator.sim.subjects.protocol import messages

UNSEEN = (messages.Advance, messages.ResumeTimers, messages.FlipService, messages.EffectElsewhere)
"""The steps at which somebody who is not seen to look may notice something."""


def note_what_is_noticed(sight: Observation, *, reads_back: bool) -> None:
    """Fill in `sight.noticed`, and what of it by looks among the losses."""
    notes = _Noticing(sight, reads_back)
    for at, moment in enumerate(sight.evidence.moments):
        notes.follow(at, moment.step)
    sight.losses.sort()


class _Noticing:
    """The run, moment by moment: what looks have found and nobody has shown to have noticed."""

    def __init__(self, sight: Observation, reads_back: bool) -> None:
        self._sight = sight
        self._knowledge = Knowledge(sight, reads_back=reads_back)
        self._answered = {look.answered[0]: look for look in sight.looks if look.answered != NEVER}
        self._pending: dict[str, bool] = {}
        self._is_seen_to_look = any(look.operation != LEASE.name for look in sight.looks)

    def follow(self, at: int, step: messages.SubjectStep) -> None:
        """The next moment."""
        if isinstance(step, messages.LoseService) and step.noticed:
            self._sight.noticed.append(NoticedService(at, step.service, found_on=False, by_looking=False))
        elif isinstance(step, messages.ReloadPage):
            self._pending = {}
        elif (look := self._answered.get(at)) is not None:
            self._answer(at, look)
        elif not self._is_seen_to_look and isinstance(step, UNSEEN) and self._breaks_off(at):
            self._pending = dict(self._true_otherwise(at, step))
            self._notice(at)

    def _answer(self, at: int, look: ObservedCall) -> None:
        if look.operation == LEASE.name:
            if not look.ok and self._sight.states[at] == ERROR != self._sight.states[at - 1]:
                self._pending[HOST] = False
                self._notice(at)
        elif look.ok:
            self._heard(look)
            if self._pending and self._shows(look):
                self._notice(at)

    def _heard(self, look: ObservedCall) -> None:
        if self._is_otherwise(look):
            self._pending[look.service] = look.as_hoped and look.operation != IS_INITIALIZED
        elif look.operation != IS_INITIALIZED:
            self._pending.pop(look.service, None)

    def _notice(self, at: int) -> None:
        at_ms = self._sight.evidence.moments[at].at_ms
        for service, found_on in self._pending.items():
            self._sight.noticed.append(NoticedService(at, service, found_on, by_looking=True))
            self._sight.losses.append((at, at_ms))
        self._pending = {}

    # -- What is otherwise --------------------------------------------------------------------------

    def _is_otherwise(self, look: ObservedCall) -> bool:
        """Whether the service is found otherwise than its calls tell; nobody can say while one of them is open."""
        now = look.answered
        if self._is_open(look.service, now):
            return False
        if look.operation == IS_INITIALIZED:
            return not look.as_hoped and self._host_was_ready(now[0])
        return self._is_unknown(look.service, look.as_hoped, now)

    def _is_unknown(self, service: str, is_on: bool, now: Tick) -> bool:
        """Whether its calls do not tell that the service is on, or off."""
        view = self._knowledge.view(service, now, [])
        return self._knowledge.is_fine(view) and view.on_air != is_on

    def _is_open(self, service: str, now: Tick) -> bool:
        return any(call.service == service and call.tick < now < call.answered for call in self._this_life(now[0]))

    def _this_life(self, at: int) -> Iterator[ObservedCall]:
        begun = self._sight.life_at(at)
        return (call for call in self._sight.made if call.tick[0] >= begun)

    def _host_was_ready(self, at: int) -> bool:
        """Whether it has been initialized since it was last known not to be."""
        begun = self._sight.life_at(at)
        ready = [change.tick[0] for change in self._sight.changes if change.target == READY and change.tick[0] < at]
        lost = [note.moment for note in self._sight.noticed if note.service == HOST]
        return bool(ready) and ready[-1] > max((begun, *lost))

    # -- Who is not seen to look --------------------------------------------------------------------

    def _breaks_off(self, at: int) -> bool:
        """Whether it goes to error while nothing is under way, or says more there, or breaks a start off before its
        limit."""
        states, texts, now = self._sight.states, self._sight.texts, (at, 0)
        owners = [asked for asked in self._sight.asked if asked.moment < at and asked.pending(now)]
        if not owners:
            return states[at] == ERROR and (states[at - 1], texts[at - 1]) != (ERROR, texts[at])
        (owner, *_), at_ms = owners, self._sight.evidence.moments[at].at_ms
        begins = [call for call in owner.made if call.operation in SWITCHES_OFF][:1]
        in_time = at_ms + self._sight.evidence.slack_ms < owner.at_ms + owner.config.startup_timeout
        return states[at - 1] == STARTING and in_time and any(call.tick[0] == at for call in begins)

    def _true_otherwise(self, at: int, step: messages.SubjectStep) -> Iterator[tuple[str, bool]]:
        """The services that truly are otherwise than their calls tell, and whether they are on."""
        changes = isinstance(step, messages.FlipService | messages.EffectElsewhere)
        truth, now = self._sight.evidence.moments[at if changes else at - 1].truth, (at, 0)
        for service, is_on in zip(ON_AIR_SERVICES, truth.active, strict=True):
            if not self._is_open(service, now):
                if self._is_unknown(service, is_on, now):
                    yield service, is_on
                elif service == HOST and not truth.initialized and self._host_was_ready(at):
                    yield service, False

    # -- What shows ---------------------------------------------------------------------------------

    def _shows(self, look: ObservedCall) -> bool:
        """Whether it shows that this was noticed, or need not show."""
        events = self._sight.evidence.moments[look.answered[0]].events
        if any(not isinstance(event, messages.Logged | messages.Called) for event in events):
            return True
        if any(call.tick[0] == look.answered[0] for call in self._sight.made):
            return True
        return self._is_noted(look) and not self._is_overtaken(look)

    def _is_noted(self, look: ObservedCall) -> bool:
        """Whether what is under way notes it, and goes on; or the state is error all the same."""
        now, state = look.answered, self._sight.states[look.answered[0]]
        owners = [asked for asked in self._sight.asked if asked.moment <= now[0] and asked.pending(now)]
        if not owners:
            cleanups = (call for call in self._this_life(now[0]) if call.owner is None)
            return state == ERROR or any(call.tick < now < call.answered for call in cleanups)
        return state != STARTING or any(map(_undoes, owners))

    def _is_overtaken(self, look: ObservedCall) -> bool:
        """Whether a command or a call has come since the look, so that what it has found may mean nothing."""
        begun, now = look.tick, look.answered
        asked = any(begun[0] <= asked.moment <= now[0] for asked in self._sight.asked)
        return asked or any(call.service == look.service and begun < call.tick < now for call in self._sight.made)


def _undoes(asked: ObservedCommand) -> bool:
    return any(call.operation in SWITCHES_OFF for call in asked.made)
