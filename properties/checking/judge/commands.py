"""What must hold of commands: who is let in, that each settles in time, and where it lands (G7, G10, G13)."""

from functools import lru_cache

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.events import EMERGENCY_STOP, INITIALIZE, RECOVER, START_BROADCAST, STOP_BROADCAST
from broadcast_orchestrator.model.operations import CONVEX
from broadcast_orchestrator.model.table import ERROR, IDLE, INITIALIZING, LIVE, READY, BroadcastState
from broadcast_orchestrator.properties.checking.judge.observation import NEVER, Observation, ObservedCommand, Sightings
from broadcast_orchestrator.properties.model_check.bounds import bounds_ms
from broadcast_orchestrator.sim.subjects.dialect import RESOLVES, Dialect
from broadcast_orchestrator.sim.subjects.evidence import NEVER_QUIET
from broadcast_orchestrator.sim.subjects.protocol import messages

SLACK_MS = 1.0
"""How much later than its bound a command may settle; clocks of whole milliseconds round."""

STOPS = ("host.stop", "live_feed.stop", "producer.stop", "session.end")


def settles(sight: Observation, _dialect: Dialect) -> Sightings:
    """Every command settles, within the time that the configuration bounds (R7)."""
    last = len(sight.states) - 1
    if sight.evidence.ended == NEVER_QUIET:
        yield "never quiet", f"it never comes to rest: {sight.evidence.why}", last
    bounds = _bounds(sight.config)
    for asked in sight.asked:
        if asked.settled == NEVER:
            if sight.evidence.ended != "broken":
                yield f"{asked.name} never settles", f"{asked.name} never settles", last
            continue
        bound = max(bounds.values()) if asked.beside else bounds[asked.name]
        if asked.settled_ms - asked.at_ms > bound + SLACK_MS:
            took = asked.settled_ms - asked.at_ms
            what = f"{asked.name} took {took:,.0f} ms, at most {bound:,} can be"
            yield f"{asked.name} settles late", what, asked.settled[0]


@lru_cache(maxsize=64)
def _bounds(config: OrchestratorConfig) -> dict[str, int]:
    return bounds_ms(config)


def lands(sight: Observation, dialect: Dialect) -> Sightings:
    """A command that succeeds ends in the state that it promises (R1, R20)."""
    for asked in sight.asked:
        if not asked.ok or asked.settled == NEVER or _resolved_refusal(asked, dialect):
            continue
        targets: dict[str, str] = {
            INITIALIZE: READY,
            START_BROADCAST: LIVE,
            STOP_BROADCAST: dialect.stop_lands_in,
            EMERGENCY_STOP: IDLE,
            RECOVER: READY if sight.config.enable_auto_recovery else IDLE,
        }
        target = targets[asked.name]
        if asked.landed != target and asked.name != EMERGENCY_STOP:
            what = f"{asked.name} succeeded in {asked.landed}, not in {target}"
            yield f"{asked.name} lands wrongly", what, asked.settled[0]


def _resolved_refusal(asked: ObservedCommand, dialect: Dialect) -> bool:
    return asked.void and dialect.refusal == RESOLVES


# -- Who is let in --------------------------------------------------------------------------------


def gate(sight: Observation, dialect: Dialect) -> Sightings:
    """A start is accepted exactly when it can be, every command only where the guide lets it in (R5, R11, R12)."""
    for asked in sight.asked:
        refused = asked.refused or (_resolved_refusal(asked, dialect) and sight.states[asked.moment] == asked.state)
        why = _forbidden(asked, dialect)
        if why and not refused and not _joins(asked):
            yield f"{asked.name} let in", f"{asked.name} was let in {why}", asked.moment
        if refused and not why and asked.calm and _due(asked):
            what = f"{asked.name} was refused in {asked.state}: {asked.message}"
            yield f"{asked.name} refused", what, asked.moment


def can_start(sight: Observation, dialect: Dialect) -> Sightings:
    """What `can_start` says is what becomes of a start (CS-1)."""
    for asked in sight.asked:
        can = (asked.snapshot or {}).get("can_start")
        refused = asked.refused or _resolved_refusal(asked, dialect)
        if asked.name == START_BROADCAST and can is not None and bool(can) == refused:
            treated = "refused" if refused else "let in"
            yield "can_start", f"can_start was {_yes(can)}, and the start was {treated}", asked.moment


def can_stop(sight: Observation, _dialect: Dialect) -> Sightings:
    """`can_stop` is true exactly in live (CP-1, R12)."""
    for moment, data in sight.snapshots:
        can, live = data.get("can_stop"), sight.states[moment] == LIVE
        if can is not None and bool(can) != live:
            yield "can_stop", f"can_stop is {_yes(can)} in {sight.states[moment]}", moment
            return


def _yes(value: object) -> str:
    return "true" if value else "false"


def _forbidden(asked: ObservedCommand, dialect: Dialect) -> str:
    """Why the command must be refused, "" where it may be accepted."""
    if asked.name == EMERGENCY_STOP:
        return ""
    if asked.beside:
        return f"while {asked.beside[0].name} was under way"
    allowed: dict[str, tuple[BroadcastState, ...]] = {
        INITIALIZE: (IDLE, ERROR, READY, INITIALIZING),
        START_BROADCAST: (READY,),
        STOP_BROADCAST: (LIVE, ERROR),
        RECOVER: (ERROR,),
    }
    if asked.state not in allowed[asked.name]:
        return f"in {asked.state}"
    if asked.name == START_BROADCAST and not asked.content and not dialect.start_without_content:
        return "although the live feed has no content"
    return ""


def _joins(asked: ObservedCommand) -> bool:
    """An initialize while initializing joins the one under way (R11)."""
    return asked.name == INITIALIZE and asked.state == INITIALIZING


def _due(asked: ObservedCommand) -> bool:
    """Whether nothing that cannot be seen from outside may stand against the command in a quiet world."""
    return asked.name in (STOP_BROADCAST, RECOVER) or (asked.name == INITIALIZE and asked.state == READY)


def harmless(sight: Observation, _dialect: Dialect) -> Sightings:
    """A refused command changes nothing: no state, no history, no error text, no service (R5)."""
    changing = (messages.StateShown, messages.Recorded, messages.ErrorText, messages.Wrote)
    for asked in sight.asked:
        if not asked.refused or asked.name == EMERGENCY_STOP:
            continue
        for event in sight.evidence.moments[asked.moment].events:
            if isinstance(event, changing):
                what = f"{asked.name} was refused, and yet it changed {_changed(event)}"
                yield f"refused {asked.name} changes", what, asked.moment
                break


def _changed(event: object) -> str:
    if isinstance(event, messages.StateShown):
        return f"the state to {event.state}"
    if isinstance(event, messages.ErrorText):
        return f"the error to {event.text!r}"
    return "the history" if isinstance(event, messages.Recorded) else "a service"


# -- The emergency stop ---------------------------------------------------------------------------


def emergency(sight: Observation, _dialect: Dialect) -> Sightings:
    """It is never refused, issues the four stops at once and nothing else, and ends in idle within its time (R3)."""
    for asked in sight.asked:
        if asked.name != EMERGENCY_STOP:
            continue
        if asked.refused:
            yield "emergency refused", f"an emergency stop was refused: {asked.message}", asked.moment
            continue
        joined = any(other.name == EMERGENCY_STOP for other in asked.beside)
        if not joined:
            yield from _stops(asked)
        if asked.settled != NEVER:
            yield from _ending(asked, sight, joined)


def _stops(asked: ObservedCommand) -> Sightings:
    at_once = sorted(call.operation for call in asked.made if call.tick[0] == asked.moment)
    takes_over = any(_is_stopping(other, asked.moment) for other in asked.beside)
    if at_once != sorted(STOPS) and not (takes_over and not at_once):
        missing = [operation for operation in STOPS if operation not in at_once]
        what = f"{', '.join(missing)} not issued at once" if missing else f"issued {', '.join(at_once)}"
        yield "emergency stops", f"an emergency stop in {asked.state}: {what}", asked.moment
    for call in asked.made:
        if call.service == CONVEX:
            yield "emergency backend", f"an emergency stop calls {call.operation}", call.tick[0]


def _is_stopping(other: ObservedCommand, moment: int) -> bool:
    """Whether the command is a recover that has issued its stops and still waits for some."""
    stops = [call for call in other.made if call.operation in STOPS]
    return other.name == RECOVER and len(stops) >= len(STOPS) and any(call.answered[0] >= moment for call in stops)


def _ending(asked: ObservedCommand, sight: Observation, joined: bool) -> Sightings:
    if not asked.ok:
        yield "emergency fails", f"an emergency stop fails: {asked.message}", asked.settled[0]
    elif asked.landed != IDLE:
        what = f"an emergency stop ends in {asked.landed}, not in idle"
        yield "emergency lands wrongly", what, asked.settled[0]
    took, limit = asked.settled_ms - asked.at_ms, sight.config.shutdown_timeout
    if took > limit + SLACK_MS and not joined:
        what = f"an emergency stop took {took:,.0f} ms, its limit is {limit:,}"
        yield "emergency late", what, asked.settled[0]
