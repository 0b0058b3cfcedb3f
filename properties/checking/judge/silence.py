"""The lease, and what becomes of it by a silence: who is awake renews it, and who has lost it asks before commanding.

The backend gives it to whoever asks for it, for a while; when that is over another dashboard can have it. What both do
then is on is no guarantee's to tell (see `lost_lease`); that nobody needs to lose it who is awake, and that nobody may
start a broadcast who has not asked since, is told here.
"""

from collections.abc import Iterator

from broadcast_orchestrator.model.events import START_BROADCAST
from broadcast_orchestrator.model.operations import CALLABLE, LEASE
from broadcast_orchestrator.properties.checking.judge.observation import (
    NEVER,
    Observation,
    ObservedCall,
    Sightings,
    Tick,
)
from broadcast_orchestrator.sim.subjects.protocol.messages import CommandElsewhere


def of_lease(sight: Observation) -> Sightings:
    """What is wrong about the lease."""
    for at in _taken(sight):
        given = _given_before(sight, at)
        if given is not None and _could_renew(sight, given, at):
            took_ms = sight.evidence.moments[at].at_ms - given.at_ms
            what = f"the lease has run out {took_ms:,.0f} ms after it was asked for, and nothing kept it from renewal"
            yield "lease runs out", what, at
    for call in sight.made:
        since = _held_elsewhere_since(sight, call)
        if since is not None and not _has_asked(sight, since, call.tick):
            what = f"{call.operation} is called while another dashboard has the lease"
            yield "commands without the lease", what, call.tick[0]


def lost_lease(sight: Observation) -> bool:
    """Whether another dashboard has taken the lease that this one had."""
    return any(_given_before(sight, at) is not None for at in _taken(sight))


def _taken(sight: Observation) -> Iterator[int]:
    """The moments in which another dashboard takes the lease."""
    for at, moment in enumerate(sight.evidence.moments):
        if isinstance(moment.step, CommandElsewhere) and moment.step.command == START_BROADCAST:
            yield at


def _asks(sight: Observation) -> list[ObservedCall]:
    return [call for call in (*sight.made, *sight.looks) if call.operation == LEASE.name]


def _given_before(sight: Observation, at: int) -> ObservedCall | None:
    """The last time that it was given the lease in this life."""
    begun = (sight.life_at(at), 0)
    given = [call for call in _asks(sight) if call.ok and begun <= call.tick and call.answered < (at, 0)]
    return max(given, key=lambda call: call.tick, default=None)


def _could_renew(sight: Observation, given: ObservedCall, at: int) -> bool:
    """Whether timers went on all the time, and nothing went wrong with asking."""
    fails = any(fault.operation == LEASE.name for fault in sight.evidence.scenario.faults)
    return not fails and not sight.suspended_ms(given.at_ms, sight.evidence.moments[at].at_ms)


def _held_elsewhere_since(sight: Observation, call: ObservedCall) -> int | None:
    """Since which moment the lease has been another dashboard's, where the call is for a command that somebody gave
    since, while timers went on."""
    owner = call.owner
    if not CALLABLE[call.operation].turns_on or owner is None:
        return None
    since = None
    for at, moment in enumerate(sight.evidence.moments[: call.tick[0]]):
        if isinstance(moment.step, CommandElsewhere):
            since = at if moment.step.command == START_BROADCAST else None
    sleeps = any(begin <= owner.at_ms < end for begin, end in sight.suspensions)
    return since if since is not None and owner.moment > since and not sleeps else None


def _has_asked(sight: Observation, since: int, now: Tick) -> bool:
    """Whether it has asked for the lease since, and was not refused."""
    asks = [call for call in _asks(sight) if (since, 0) < call.tick < now]
    return bool(asks) and (asks[-1].ok or asks[-1].answered == NEVER or asks[-1].answered > now)
