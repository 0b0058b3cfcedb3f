"""What must hold when all is quiet: what is on air, what the backend says, and the way out (G2, G3, G4, G6, G7, G14).

Only what was truly done counts, as the driver has seen it. Residue is what an outsider can know of it: a switch-off
was tried after the last switch-on, and no answer has confirmed it.
"""

from broadcast_orchestrator.model.events import EMERGENCY_STOP, INITIALIZE, RECOVER, START_BROADCAST, STOP_BROADCAST
from broadcast_orchestrator.model.operations import CONVEX, ON_AIR_SERVICES, OPERATIONS
from broadcast_orchestrator.model.table import ERROR, IDLE, LIVE, READY
from broadcast_orchestrator.properties.checking.judge.observation import (
    NEVER,
    Observation,
    ObservedCall,
    ObservedCommand,
    ObservedRest,
    Sightings,
)
from broadcast_orchestrator.sim.world.faults import BYPASS, EMPTY_SUCCESS, LOST_SERVICE, LOST_UNNOTICED, OVERTAKING

BEYOND = (EMPTY_SUCCESS, LOST_UNNOTICED, BYPASS, OVERTAKING)
"""Faults after which no orchestrator that never asks its services can know the truth (see
`properties.guarantees.by_design`)."""


def truth_can_be_known(sight: Observation) -> bool:
    """Whether nothing happened that hides the truth from every orchestrator."""
    return not (sight.overtaken or sight.happened(*BEYOND))


def at_rest(sight: Observation) -> Sightings:
    """What is quiet rests in idle, ready, live or error (ST-10)."""
    for rest in sight.rests:
        if rest.state not in (IDLE, READY, LIVE, ERROR):
            yield f"rests in {rest.state}", f"everything is quiet in {rest.state}", rest.moment
            return


def rolled_back(sight: Observation) -> Sightings:
    """After a failed start everything is off, or its switch-off was tried and not confirmed (SU-11, R8)."""
    for rest in sight.rests if truth_can_be_known(sight) else ():
        last = _last_accepted(sight, rest)
        if last is None or last.name != START_BROADCAST or last.ok or last.interrupted is not None:
            continue
        for service in on_air(rest):
            if not is_residue(sight, service, rest):
                what = f"{service} is on after a failed start, and nothing switches it off"
                yield "on after a failed start", what, rest.moment
                return
        for session in rest.truth.backend:
            mine = [call for call in last.made if (call.operation, call.session) == ("convex.live", session)]
            if mine and not unconfirmed(sight, session, rest):
                what = f"the backend says that {session} is live after a failed start"
                yield "left live by a failed start", what, rest.moment
                return


def _last_accepted(sight: Observation, rest: ObservedRest) -> ObservedCommand | None:
    accepted = [asked for asked in sight.asked if asked.moment <= rest.moment and not asked.void]
    return accepted[-1] if accepted else None


def all_on(sight: Observation) -> Sightings:
    """Live means that feed, session, host and producer are on, and that the backend says so when it is told."""
    for rest in sight.rests if truth_can_be_known(sight) else ():
        if rest.state != LIVE:
            continue
        off = [service for service in ON_AIR_SERVICES if service not in on_air(rest)]
        if off:
            yield "off in live", f"{off[0]} is off in live", rest.moment
            return


def all_off(sight: Observation) -> Sightings:
    """Idle and ready mean that nothing is on air, unless its switch-off was tried in vain; in ready nothing is."""
    for rest in sight.rests if truth_can_be_known(sight) else ():
        if rest.state not in (IDLE, READY):
            continue
        for service in on_air(rest):
            if rest.state == READY or not is_residue(sight, service, rest):
                yield f"on in {rest.state}", f"{service} is on in {rest.state}", rest.moment
                return
        if rest.state == READY and not rest.truth.initialized:
            yield "no host in ready", "the host is not initialized in ready", rest.moment
            return


def on_air(rest: ObservedRest) -> tuple[str, ...]:
    """The services that truly are on air."""
    return tuple(s for s, active in zip(ON_AIR_SERVICES, rest.truth.active, strict=True) if active)


def is_residue(sight: Observation, service: str, rest: ObservedRest) -> bool:
    """Whether a switch-off was tried after the last switch-on, and nothing has confirmed it."""
    calls = [c for c in sight.made if c.service == service and c.tick[0] <= rest.moment]
    switches = [c for c in calls if OPERATIONS[c.operation].turns_on is not None]
    if not switches or OPERATIONS[switches[-1].operation].turns_on:
        return False
    return not (switches[-1].ok and switches[-1].answered[0] <= rest.moment)


# -- The backend ----------------------------------------------------------------------------------


def backend(sight: Observation) -> Sightings:
    """The backend calls a session live exactly while it is (R10), save for the guide's own gaps."""
    for rest in sight.rests if truth_can_be_known(sight) else ():
        session = _current(sight, rest)
        for told in rest.truth.backend:
            if told != session and not _gap(sight, told, rest):
                what = f"the backend says that {told} is live in {rest.state}"
                yield "left live", what, rest.moment
                return
        if session is not None and _calls(sight, "convex.live", session, rest) and session not in rest.truth.backend:
            yield "not told", f"the backend does not say that {session} is live", rest.moment
            return


def syncs(sight: Observation) -> Sightings:
    """The backend is told at a start when sync is on and a session was given, and then by every stop (R10)."""
    for call in sight.made:
        start = call.owner
        if call.operation == "convex.live" and start is not None and start.name == START_BROADCAST:
            if not sight.config.enable_convex_sync or start.session is None:
                why = "sync is off" if start.session else "the start has no session"
                yield "told needlessly", f"the backend is told although {why}", call.tick[0]
                return
            if call.session != start.session:
                what = f"the backend is told of {call.session}, the session is {start.session}"
                yield "told wrongly", what, call.tick[0]
                return


def told_by_stop(sight: Observation) -> Sightings:
    """A stop that succeeds has written idle for every session that was written live (SP-1, SD-7)."""
    for asked in sight.asked:
        if asked.name != STOP_BROADCAST or not asked.ok or asked.void:
            continue
        written: dict[str | None, bool] = {}
        for call in sight.made:
            if call.service == CONVEX and call.tick < asked.settled:
                written[call.session] = call.operation == "convex.live" or (
                    written.get(call.session, False) and not call.ok
                )
        left = [session for session, live in written.items() if live]
        if left:
            what = f"a stop succeeded and did not write idle for {left[0]}"
            yield "stop does not tell", what, asked.settled[0]


def _current(sight: Observation, rest: ObservedRest) -> str | None:
    """The session of the broadcast that is live."""
    starts = [
        a for a in sight.asked if a.name == START_BROADCAST and a.ok and a.settled[0] <= rest.moment and not a.void
    ]
    return starts[-1].session if rest.state == LIVE and starts else None


def _calls(sight: Observation, operation: str, session: str | None, rest: ObservedRest) -> list[ObservedCall]:
    return [c for c in sight.made if (c.operation, c.session) == (operation, session) and c.tick[0] <= rest.moment]


def unconfirmed(sight: Observation, session: str, rest: ObservedRest) -> bool:
    """Whether the idle write was tried after the last live write, and nothing has confirmed it."""
    on, off = _calls(sight, "convex.live", session, rest), _calls(sight, "convex.idle", session, rest)
    tried = [call for call in off if not on or call.tick > on[-1].tick]
    return bool(tried) and not (tried[-1].ok and tried[-1].answered[0] <= rest.moment)


def _gap(sight: Observation, session: str, rest: ObservedRest) -> bool:
    """Whether a gap of the guide's own explains it: an emergency stop or recover tells nobody, a lost service is told
    by the stop alone, a write that is not confirmed stays, and one that came late waits for the next stop."""
    on = _calls(sight, "convex.live", session, rest)
    since = on[-1].tick[0] if on else 0
    forsaken = any(
        asked.name in (EMERGENCY_STOP, RECOVER) and not asked.refused and since <= asked.moment <= rest.moment
        for asked in sight.asked
    )
    lost = sight.happened(LOST_SERVICE) and rest.state == ERROR
    late = rest.state == LIVE and bool(on) and on[-1].owner is not None and on[-1].answered > on[-1].owner.settled
    return forsaken or lost or late or unconfirmed(sight, session, rest)


# -- The way out ----------------------------------------------------------------------------------


def way_out(sight: Observation) -> Sightings:
    """When nothing goes wrong any more, an emergency stop and initialize lead to ready, and so does recover (RC-3)."""
    if not truth_can_be_known(sight):
        return
    resting = {rest.moment: rest for rest in sight.rests}
    for number, asked in enumerate(sight.asked):
        after = sight.asked[number + 1].moment - 1 if number + 1 < len(sight.asked) else len(sight.states) - 1
        rest = resting.get(after)
        if rest is None or not asked.calm or not _undisturbed(sight, asked, rest):
            continue
        if asked.name == RECOVER and asked.state == ERROR and rest.state == ERROR:
            yield "recover in vain", f"recover ends in {rest.state} although nothing goes wrong", after
        if asked.name == INITIALIZE and asked.state == IDLE and _stopped(sight, number) and rest.state != READY:
            what = f"after an emergency stop in {sight.asked[number - 1].state}, initialize ends in {rest.state}"
            yield "no way to ready", what, after


def _stopped(sight: Observation, number: int) -> bool:
    before = sight.asked[number - 1] if number else None
    return before is not None and before.name == EMERGENCY_STOP and before.calm and _all_well(before)


def _undisturbed(sight: Observation, asked: ObservedCommand, rest: ObservedRest) -> bool:
    """Whether no fault touched the command's own calls, and no service was lost meanwhile."""
    lost = any(asked.moment <= moment <= rest.moment for moment, _ in sight.losses)
    return not lost and _all_well(asked) and asked.settled != NEVER


def _all_well(asked: ObservedCommand) -> bool:
    return all(call.ok and call.answered <= asked.settled for call in asked.made)
