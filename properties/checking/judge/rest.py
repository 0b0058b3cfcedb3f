"""A moment in which all is quiet, as the guarantees' checks see it from outside.

What the services truly are is what the driver has seen. Residue, and what is left live, is what an outsider can know of
them: a switch-off was tried after the last switch-on, and no answer has confirmed it.
"""

from typing import NamedTuple

from broadcast_orchestrator.model.events import EMERGENCY_STOP, INITIALIZE, RECOVER, START_BROADCAST
from broadcast_orchestrator.model.operations import ON_AIR_SERVICES
from broadcast_orchestrator.model.table import ERROR, IDLE, LIVE
from broadcast_orchestrator.properties.checking.judge.knowledge import Knowledge
from broadcast_orchestrator.properties.checking.judge.observation import (
    NEVER,
    Observation,
    ObservedCommand,
    ObservedRest,
    Tick,
    guide_state,
)
from broadcast_orchestrator.properties.guarantees.observations import WaysOut
from broadcast_orchestrator.sim.world.faults import BYPASS, EMPTY_SUCCESS, HANG, LOST_UNNOTICED, OVERTAKING, FaultClass
from broadcast_orchestrator.sim.world.world import Truth

BEYOND = (EMPTY_SUCCESS, LOST_UNNOTICED, BYPASS, OVERTAKING)
"""Faults after which no orchestrator that never asks its services can know the truth (see
`properties.guarantees.by_design`)."""


UNCOVERED_BY = {
    EMPTY_SUCCESS: "read-back",
    OVERTAKING: "fencing",
    LOST_UNNOTICED: "polling",
    BYPASS: "polling",
}
"""The measure that brings to light, or keeps away, what such a fault hides."""


def truth_can_be_known(sight: Observation, measures: tuple[str, ...] = ()) -> bool:
    """Whether nothing happened that hides the truth from every orchestrator with these measures."""
    hidden = [fault for fault in BEYOND if UNCOVERED_BY[fault] not in measures or _is_waited_for(sight, fault)]
    return not ((sight.overtaken and OVERTAKING in hidden) or sight.happened(*hidden))


def _is_waited_for(sight: Observation, fault: FaultClass) -> bool:
    """Whether a service may owe an answer for ever, so that whoever polls does not look: what would be found on then
    may have been asked for."""
    hangs = sight.happened(HANG) and any(call.answered == NEVER for call in sight.made)
    return UNCOVERED_BY[fault] == "polling" and hangs


class SeenRest(NamedTuple):
    """The rest after one moment of a run."""

    sight: Observation
    knowledge: Knowledge
    rest: ObservedRest

    @property
    def state(self) -> str:
        """By the guide's name."""
        return guide_state(self.rest.state)

    @property
    def truth(self) -> Truth:
        """As far as it goes by effects and by what the subject wrote itself."""
        return self.rest.truth

    @property
    def _now(self) -> Tick:
        return self.rest.moment + 1, 0

    def residue(self) -> tuple[str, ...]:
        """What its calls tell."""
        return self.knowledge.residue(self._now, [])

    def known_on(self) -> tuple[str, ...]:
        """What its calls tell: switched on and not confirmed off, or residue."""
        on = [service for service in ON_AIR_SERVICES if self.knowledge.on_air(service, self._now)]
        return tuple(dict.fromkeys((*on, *self.residue())))

    def left_live(self) -> tuple[str, ...]:
        """The sessions whose live write was issued and not followed by a confirmed idle write, but for that on air."""
        on_air = self.session() if self.state is LIVE else None
        return tuple(session for session in self.knowledge.written(self._now) if session != on_air)

    def session(self) -> str | None:
        """That of the last start that succeeded."""
        starts = [a for a in self.sight.asked if a.name == START_BROADCAST and a.ok and not a.void]
        begun = [asked for asked in starts if asked.settled < self._now]
        return begun[-1].session if begun else None

    def knows_host(self) -> bool:
        """Cannot be seen, and is asked by nobody."""
        return True

    def ways_out(self) -> WaysOut:
        """As far as the commands that came have tried it."""
        return ways_out(self.sight, self.rest)


def ways_out(sight: Observation, rest: ObservedRest) -> WaysOut:
    """What became of the last command, if it was one of the ways out and nothing disturbed it."""
    before = [asked for asked in sight.asked if asked.moment <= rest.moment]
    if not before or not before[-1].calm or not _undisturbed(sight, before[-1], rest):
        return WaysOut(rest.state)
    asked, stop = before[-1], before[-2] if len(before) > 1 else None
    if asked.name == RECOVER and asked.state == ERROR:
        return WaysOut(asked.state, recovered=rest.state)
    if asked.name == INITIALIZE and asked.state == IDLE and stop is not None and _stopped(stop):
        return WaysOut(stop.state, initialized=rest.state)
    return WaysOut(rest.state)


def _undisturbed(sight: Observation, asked: ObservedCommand, rest: ObservedRest) -> bool:
    """Whether no fault touched the command's own calls, and no service was lost meanwhile."""
    lost = any(asked.moment <= moment <= rest.moment for moment, _ in sight.losses)
    return not lost and _all_well(asked) and asked.settled != NEVER


def _stopped(stop: ObservedCommand) -> bool:
    return stop.name == EMERGENCY_STOP and stop.calm and _all_well(stop)


def _all_well(asked: ObservedCommand) -> bool:
    return all(call.ok and call.answered <= asked.settled for call in asked.made)
