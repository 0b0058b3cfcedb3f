"""What an orchestrator can know of its services, worked out from its calls and their answers (readings R9 and R10).

An outsider sees the calls and the answers, so it can know as much as the orchestrator does, whether that shows it or
not: what may be on air, what is residue, which late successes still count, which sessions may still be called live. Of
a life before the last reload nobody knows anything.
"""

from collections.abc import Sequence

from broadcast_orchestrator.model.events import EMERGENCY_STOP, RECOVER
from broadcast_orchestrator.model.operations import CALLABLE, CONVEX, ON_AIR_SERVICES
from broadcast_orchestrator.model.views import (
    FINE,
    GIVEN_UP,
    RESIDUE,
    VOID,
    CallStanding,
    View,
)
from broadcast_orchestrator.properties.checking.judge.observation import (
    NoticedService,
    Observation,
    ObservedCall,
    Tick,
)


class Knowledge:
    """What can be known in the course of one run; each question is about the time just before a tick, except where it
    says otherwise. Who `reads_back` believes no switch-off, but a read that has found its service off."""

    def __init__(self, sight: Observation, *, reads_back: bool = False) -> None:
        self._sight, self._reads_back = sight, reads_back
        self._switches: dict[str, list[ObservedCall]] = {}
        self._reads: dict[str, list[ObservedCall]] = {}
        for call in sight.made:
            if CALLABLE[call.operation].turns_on is not None:
                self._switches.setdefault(call.service, []).append(call)
            elif CALLABLE[call.operation].finds is False:
                self._reads.setdefault(call.service, []).append(call)

    def view(self, service: str, tick: Tick, waiting: list[ObservedCall]) -> View:
        """The service as its calls tell it; a call that is still waited for may yet be confirmed."""
        on_air = self.on_air(service, tick)
        return View(on_air, RESIDUE if self.is_residue(service, tick, waiting) else FINE)

    def on_air(self, service: str, tick: Tick) -> bool:
        """Whether a switch-on was issued and no newer switch-off has been confirmed."""
        calls = self._before(service, tick)
        on = [call for call in calls if CALLABLE[call.operation].turns_on]
        if not on or any(note.moment > on[-1].tick[0] for note in self._noticed(service, tick, found_on=False)):
            return False
        return not self._confirmed(calls, on[-1], on[-1].session, tick)

    def is_residue(self, service: str, tick: Tick, waiting: list[ObservedCall]) -> bool:
        """Whether a switch-off was tried after the last switch-on, and nothing has confirmed it since it was issued; or
        it was found on, and no switch-off has been confirmed since."""
        calls = self._before(service, tick)
        if found := self._noticed(service, tick, found_on=True):
            confirming = self._read_off(service, tick) if self._reads_back else calls
            off = [call for call in confirming if CALLABLE[call.operation].turns_on is not True]
            if not any(call.ok and call.as_hoped and found[-1].moment < call.answered[0] < tick[0] for call in off):
                return True
        if not calls or CALLABLE[calls[-1].operation].turns_on or calls[-1] in waiting:
            return False
        tried, on = calls[-1], [call.tick for call in calls if CALLABLE[call.operation].turns_on]
        confirming = self._read_off(service, tick) if self._reads_back else calls
        since = [call for call in confirming if call.ok and call.as_hoped and tried.tick <= call.answered < tick]
        return not any(not on or call.tick > on[-1] for call in since)

    def is_fine(self, view: View) -> bool:
        """Whether nothing keeps the service from being what its calls tell."""
        return view.off == FINE

    def _noticed(self, service: str, tick: Tick, *, found_on: bool) -> list[NoticedService]:
        begun = self._sight.life_at(tick[0])
        notes = (note for note in self._sight.noticed if (note.service, note.found_on) == (service, found_on))
        return [note for note in notes if begun <= note.moment < tick[0]]

    def residue(self, tick: Tick, waiting: list[ObservedCall]) -> tuple[str, ...]:
        """Every service that is residue."""
        return tuple(service for service in ON_AIR_SERVICES if self.is_residue(service, tick, waiting))

    def standing(self, call: ObservedCall) -> CallStanding:
        """Whether the answer of a call that nobody waits for still counts when it comes."""
        turns_on, calls = CALLABLE[call.operation].turns_on, self._before(call.service, call.answered)
        if turns_on is None:
            return VOID
        if turns_on:
            stopped = call.service == CONVEX and self._is_stopped(call)
            return VOID if stopped or self._confirmed(calls, call, call.session, call.answered) else GIVEN_UP
        newer = [c for c in calls if c.session == call.session and c.tick > call.tick]
        return VOID if any(CALLABLE[c.operation].turns_on for c in newer) else GIVEN_UP

    def _is_stopped(self, call: ObservedCall) -> bool:
        """Whether an emergency stop or a recover was accepted between the call and its answer."""
        stops = [a for a in self._sight.asked if a.name in (EMERGENCY_STOP, RECOVER) and not a.refused]
        return any(call.tick[0] < asked.moment <= call.answered[0] for asked in stops)

    def written(self, tick: Tick) -> tuple[str, ...]:
        """The sessions whose live write was issued and not followed by a confirmed idle write."""
        calls = self._before(CONVEX, tick)
        last = {call.session or "": call for call in calls if CALLABLE[call.operation].turns_on}
        return tuple(sorted(s for s, call in last.items() if not self._confirmed(calls, call, call.session, tick)))

    def _before(self, service: str, tick: Tick) -> list[ObservedCall]:
        return self._of_this_life(self._switches.get(service, ()), tick)

    def _read_off(self, service: str, tick: Tick) -> list[ObservedCall]:
        """The reads that hoped for off, without those that nobody waited for any more."""
        return [read for read in self._of_this_life(self._reads.get(service, ()), tick) if self._was_awaited(read)]

    def _was_awaited(self, read: ObservedCall) -> bool:
        """Whether the command that it belongs to had not ended before its answer; nor the cleanup, by its limit or by
        an emergency stop."""
        if read.owner is not None:
            return read.answered <= read.owner.settled
        if self._is_stopped(read):
            return False
        off = self._before(read.service, read.tick)[-1:]
        return all(read.answered_ms <= call.at_ms + self._sight.config.shutdown_timeout for call in off)

    def _of_this_life(self, calls: Sequence[ObservedCall], tick: Tick) -> list[ObservedCall]:
        begun = (self._sight.life_at(tick[0]), 0)
        return [call for call in calls if begun <= call.tick < tick]

    def _confirmed(self, calls: list[ObservedCall], on: ObservedCall, session: str | None, tick: Tick) -> bool:
        """Whether a newer switch-off than this switch-on has been confirmed by now."""
        off = [call for call in calls if call.tick > on.tick and CALLABLE[call.operation].turns_on is False]
        if not self._reads_back:
            return any(call.ok and call.answered < tick for call in off if call.session == session)
        off = [call for call in off if call.session in (session, None)]
        reads = [read for read in self._read_off(on.service, tick) if read.session in (session, None)]
        return any(
            read.ok and read.as_hoped and read.answered < tick and read.tick > call.tick
            for read in reads
            for call in off
        )
