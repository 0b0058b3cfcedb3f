"""What must hold of the calls that a procedure makes: which, in what order, how often, and none after its time.

The orders and what undoes what are those that the judge of the reference has written out (G2, G8, G9, G11, G15).
"""

from broadcast_orchestrator.model.events import EMERGENCY_STOP, RECOVER, START_BROADCAST, STOP_BROADCAST
from broadcast_orchestrator.model.table import ERROR, INITIALIZING, LIVE, STARTING
from broadcast_orchestrator.properties.checking.judge.observation import (
    NEVER,
    SWITCHES_OFF,
    SWITCHES_ON,
    Observation,
    ObservedCall,
    ObservedCommand,
    Sightings,
    Tick,
)
from broadcast_orchestrator.properties.guarantees.memory import SHUTDOWN_ORDER, STARTUP_ORDER, UNDO_OF
from broadcast_orchestrator.sim.subjects.protocol import messages

SLACK_MS = 1.0


def forward_of(asked: ObservedCommand) -> list[ObservedCall]:
    """The switch-ons of a start, before anything is undone."""
    calls: list[ObservedCall] = []
    for call in asked.made:
        if call.operation in SWITCHES_OFF:
            break
        if call.operation in SWITCHES_ON:
            calls.append(call)
    return calls


def undoing_of(asked: ObservedCommand) -> list[ObservedCall]:
    """The switch-offs of a start."""
    return [call for call in asked.made if call.operation in SWITCHES_OFF]


def given_up(
    sight: Observation, call: ObservedCall, tick: Tick, begin_ms: float, limit_ms: float, now_ms: float
) -> bool:
    """Whether the procedure may go on without the call's answer: it has one, the limit has come, or a service has
    reported that it failed."""
    if call.answered <= tick or now_ms + SLACK_MS >= begin_ms + limit_ms:
        return True
    return any(call.tick[0] <= moment <= tick[0] for moment, _ in sight.losses)


# -- Order ----------------------------------------------------------------------------------------


def startup_order(sight: Observation) -> Sightings:
    """The startup steps come in their order, each when the one before it was answered (SU-4 to SU-9)."""
    for asked in sight.asked:
        if asked.name != START_BROADCAST:
            continue
        calls = [call for call in asked.made if call.operation in SWITCHES_ON]
        for number, call in enumerate(calls):
            if number >= len(STARTUP_ORDER) or call.operation != STARTUP_ORDER[number]:
                yield "startup out of order", f"{call.operation} is out of order", call.tick[0]
                break
            before = calls[number - 1] if number else None
            if before is not None and before.answered > call.tick:
                what = f"{call.operation} began before {before.operation} was answered"
                yield "startup does not wait", what, call.tick[0]
                break


def all_steps(sight: Observation) -> Sightings:
    """Live is reached when every startup step was issued and answered, that of the backend when it applies."""
    for asked in sight.asked:
        live = _reached_live(sight, asked)
        if asked.name != START_BROADCAST or live is None:
            continue
        expected = STARTUP_ORDER if sight.config.enable_convex_sync and asked.session else STARTUP_ORDER[:4]
        done = [call.operation for call in asked.made if call.answered <= live]
        for operation in expected:
            if operation not in done:
                issued = any(call.operation == operation for call in asked.made)
                what = f"live before {operation} was {'answered' if issued else 'issued'}"
                yield "live too early", what, live[0]
                break


def _reached_live(sight: Observation, asked: ObservedCommand) -> Tick | None:
    """When the state became live because of this start."""
    for change in sight.changes:
        mine = (asked.moment, 0) <= change.tick and (asked.settled[0], 1 << 60) >= change.tick
        if mine and change.target == LIVE and asked.made:
            return change.tick
    return None


def shutdown_order(sight: Observation) -> Sightings:
    """The shutdown takes all its steps in reverse, none before the one before it was settled or given up (SD-2)."""
    for asked in sight.asked:
        if asked.name != STOP_BROADCAST or asked.void:
            continue
        steps = [call for call in asked.made if call.operation in SHUTDOWN_ORDER]
        yield from _in_order(sight, asked, steps)
        if asked.interrupted is None and asked.settled != NEVER:
            for operation in SHUTDOWN_ORDER[:4]:
                if not any(call.operation == operation for call in steps):
                    yield "shutdown step missing", f"{operation} was never issued", asked.settled[0]
                    break


def _in_order(sight: Observation, asked: ObservedCommand, steps: list[ObservedCall]) -> Sightings:
    places = [SHUTDOWN_ORDER.index(call.operation) for call in steps]
    for number in range(1, len(steps)):
        call, before = steps[number], steps[number - 1]
        if places[number] <= places[number - 1] and places[number] != len(SHUTDOWN_ORDER) - 1:
            yield "shutdown out of order", f"{call.operation} is out of order", call.tick[0]
            return
        if not given_up(sight, before, call.tick, asked.at_ms, sight.config.shutdown_timeout, call.at_ms):
            what = f"{call.operation} began before {before.operation} was answered or given up"
            yield "shutdown does not wait", what, call.tick[0]
            return


# -- Rollback -------------------------------------------------------------------------------------


def rollback(sight: Observation) -> Sightings:
    """A failed start undoes in reverse every step that it issued, the one that failed included (R8)."""
    for asked in sight.asked:
        if asked.name != START_BROADCAST or not asked.made:
            continue
        left = [UNDO_OF[call.operation] for call in forward_of(asked)]
        for call in undoing_of(asked):
            if not left or call.operation != left[-1]:
                expected = f", that is {left[-1]}" if left else ""
                what = f"{call.operation} is not the next step to undo{expected}"
                yield "undone out of order", what, call.tick[0]
                break
            left.pop()
        else:
            failed = asked.settled != NEVER and not asked.ok and asked.interrupted is None
            if failed and left:
                yield "not undone", f"{left[-1]} was never issued after the failed start", asked.settled[0]


def rollback_waits(sight: Observation) -> Sightings:
    """No undo begins before the call before it was settled or given up (R7, R8)."""
    for asked in sight.asked:
        undoing = undoing_of(asked) if asked.name == START_BROADCAST else []
        if not undoing:
            continue
        before, begin, limit = forward_of(asked)[-1:], asked.at_ms, sight.config.startup_timeout
        for call in undoing:
            if before and not given_up(sight, before[0], call.tick, begin, limit, call.at_ms):
                what = f"{call.operation} began before {before[0].operation} was answered or given up"
                yield "undo does not wait", what, call.tick[0]
                break
            before, begin, limit = [call], undoing[0].at_ms, sight.config.shutdown_timeout


# -- Alone ----------------------------------------------------------------------------------------


def alone(sight: Observation) -> Sightings:
    """Never two procedures at once: a command that comes meanwhile is refused at once (R15)."""
    for asked in sight.asked:
        joins = asked.name == EMERGENCY_STOP or (asked.name == "initialize" and asked.state == INITIALIZING)
        if asked.beside and not asked.void and not joins:
            other = asked.beside[0].name
            what = f"{asked.name} began while {other} was under way"
            yield f"{asked.name} beside {other}", what, asked.moment
    for call in sight.made:
        if call.owner is None and call.operation not in SWITCHES_OFF:
            what = f"{call.operation} was called while nothing was under way"
            yield "called by nobody", what, call.tick[0]
            return


def silenced(sight: Observation) -> Sightings:
    """Once an emergency stop is accepted, the procedure that it interrupts issues no call, and fails (R15)."""
    for asked in sight.asked:
        if asked.name == EMERGENCY_STOP:
            for call in asked.made:
                if call.tick[0] > asked.moment:
                    what = f"{call.operation} was called while an emergency stop was under way"
                    yield "called during emergency", what, call.tick[0]
                    break
        elif asked.interrupted is not None:
            late = [call for call in asked.made if call.tick[0] > asked.interrupted]
            if late:
                what = f"the interrupted {asked.name} went on and called {late[0].operation}"
                yield "interrupted goes on", what, late[0].tick[0]
            if asked.ok and asked.settled != NEVER:
                what = f"the interrupted {asked.name} claims success"
                yield "interrupted succeeds", what, asked.settled[0]


# -- Retry ----------------------------------------------------------------------------------------


def retry(sight: Observation) -> Sightings:
    """At most 1 + maxRetries attempts, at least retryDelay apart, only while initializing (R6)."""
    attempts: list[ObservedCall] = []
    entered = {change.tick for change in sight.changes if change.target == INITIALIZING}
    calls = [call for call in sight.made if call.operation == "host.initialize"]
    for call in calls:
        if attempts and any(attempts[-1].tick < tick < call.tick for tick in entered):
            attempts = []
        attempts.append(call)
        if call.state != INITIALIZING:
            yield "attempt elsewhere", f"an attempt to initialize in {call.state}", call.tick[0]
        if len(attempts) > 1 + sight.config.max_retries:
            what = f"attempt {len(attempts)} of at most {1 + sight.config.max_retries}"
            yield "too many attempts", what, call.tick[0]
        if len(attempts) > 1 and call.at_ms + SLACK_MS < _ended_ms(sight, attempts[-2]) + sight.config.retry_delay:
            what = f"attempt {len(attempts)} came before the retry delay of {sight.config.retry_delay:,} ms was over"
            yield "retried too early", what, call.tick[0]


def _ended_ms(sight: Observation, attempt: ObservedCall) -> float:
    """When the attempt was over: answered, given up, or cut short by the host's own report."""
    ends = [attempt.answered_ms, attempt.at_ms + sight.config.initialization_timeout]
    ends += [at_ms for moment, at_ms in sight.losses if moment >= attempt.tick[0]]
    return min(ends)


def gives_in(sight: Observation) -> Sightings:
    """An initialization does not fail before every attempt was made (IN-4)."""
    for number, change in enumerate(sight.changes):
        if (change.source, change.target) != (INITIALIZING, ERROR):
            continue
        begin = sight.changes[number - 1].tick if number else (0, 0)
        made = [c for c in sight.made if c.operation == "host.initialize" and begin < c.tick < change.tick]
        if len(made) < 1 + sight.config.max_retries:
            what = f"gave in after {len(made)} of {1 + sight.config.max_retries} attempts"
            yield "too few attempts", what, change.tick[0]


# -- Newer wins -----------------------------------------------------------------------------------


def newer_wins(sight: Observation) -> Sightings:
    """The answer of a call that was given up moves nothing; at most it is cleaned up, and never while a broadcast is
    starting or live (R9)."""
    for call in sight.made:
        if call.answered == NEVER or call.answered[1] != 0 or not _abandoned(sight, call):
            continue
        moment = call.answered[0]
        for event in sight.evidence.moments[moment].events:
            what = _moved(sight, call, event, moment)
            if what:
                yield "late answer moves", f"a late answer of {call.operation} {what}", moment
                break


def _abandoned(sight: Observation, call: ObservedCall) -> bool:
    """Whether the call was no longer waited for when its answer came, as far as can be seen."""
    owner, when = call.owner, call.answered
    if owner is None or (owner.name == RECOVER and owner.interrupted is not None):
        return False  # an emergency stop takes over the stops of a recover
    if owner.settled < when or (owner.interrupted is not None and call.tick[0] < owner.interrupted < when[0]):
        return True
    if call.operation == "host.initialize":
        return call.answered_ms > call.at_ms + sight.config.initialization_timeout + SLACK_MS
    undone = undoing_of(owner)
    return owner.name == START_BROADCAST and call.operation in SWITCHES_ON and bool(undone) and undone[0].tick < when


def _moved(sight: Observation, call: ObservedCall, event: object, moment: int) -> str:
    state = sight.states[moment - 1]
    if isinstance(event, messages.Called):
        if state in (STARTING, LIVE):
            return f"led to a call of {event.operation} in {state}"
        return "" if event.operation == UNDO_OF.get(call.operation) else f"led to a call of {event.operation}"
    if isinstance(event, messages.StateShown) and event.state != ERROR:
        return f"changed the state from {state} to {event.state}"
    return ""
