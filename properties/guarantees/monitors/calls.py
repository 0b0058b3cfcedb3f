"""What must hold of one moment as to the calls it makes: which, in what order, on whose behalf, and how often.

What undoes a step is written out in the judge's memory and not taken from the model, so that a model with a wrong undo
is caught.
"""

from collections.abc import Iterator

from broadcast_orchestrator.model.events import (
    CLEANUP,
    DRAIN,
    EMERGENCY_STOP,
    FAILED,
    RECOVER,
    RETRY_DELAY,
    START_BROADCAST,
    STOP_BROADCAST,
    SUCCEEDED,
    Accepted,
    Call,
    GiveUp,
    Refused,
    SetTimer,
    Settled,
    Transition,
)
from broadcast_orchestrator.model.operations import CONVEX, READS
from broadcast_orchestrator.model.table import ERROR, IDLE, INITIALIZING, LIVE, STARTING
from broadcast_orchestrator.model.views import AWAITED
from broadcast_orchestrator.properties.guarantees.memory import (
    SHUTDOWN_ORDER,
    STARTUP_ORDER,
    UNDO_OF,
    Glimpse,
    Made,
    session_of_start,
    still_waiting,
    undone,
)
from broadcast_orchestrator.properties.guarantees.observations import Occurrence, Replied, Sentences, Wrong
from broadcast_orchestrator.sim.world.steps import Timer


def rollback_order(glimpse: Glimpse) -> Sentences:
    """After a failed start every step that was issued is undone, the newest first (reading R8)."""
    expected = list(glimpse.observer.issued)
    for call in glimpse.calls_of(START_BROADCAST):
        if call.operation in READS:
            continue
        if call.operation in STARTUP_ORDER:
            expected.append((call.operation, call.session))
            continue
        if not expected or (UNDO_OF[expected[-1][0]], expected[-1][1]) != (call.operation, call.session):
            next_one = f", that is {UNDO_OF[expected[-1][0]]}" if expected else ""
            yield Wrong("undone out of order", f"{call.operation} is not the next step to undo{next_one}")
        expected = list(undone(tuple(expected), (call.operation, call.session)))
    failed = [e for e in glimpse.having(Settled) if e.command == START_BROADCAST and e.verdict == FAILED]
    if failed and expected:
        yield Wrong("not undone", f"{UNDO_OF[expected[-1][0]]} was never issued after the failed start")


# -- Order ----------------------------------------------------------------------------------------


def order(glimpse: Glimpse) -> Sentences:
    """Startup steps in order, shutdown in reverse, none before the one before it was settled or given up."""
    waiting = still_waiting(glimpse)
    drained = any(effect.kind == DRAIN for effect in glimpse.having(SetTimer))
    for command, effect in glimpse.by_command():
        waiting = _waits(waiting, command, effect)
        early = isinstance(effect, Call) and waiting[:-1] and not drained
        if early and command not in (EMERGENCY_STOP, RECOVER):
            yield _too_early(command, waiting[-1][0], waiting[0][0])
    yield from _startup_order(glimpse)
    yield from _shutdown_order(glimpse)


def _waits(waiting: list[Made], command: str, effect: Occurrence) -> list[Made]:
    """The calls that are waited for after what has happened."""
    if isinstance(effect, GiveUp | Replied):
        return [call for call in waiting if call != (effect.operation, effect.session)]
    if isinstance(effect, Accepted) and not effect.joined and command != EMERGENCY_STOP:
        return []
    return [*waiting, (effect.operation, effect.session)] if isinstance(effect, Call) else waiting


def _too_early(command: str, operation: str, before: str) -> Wrong:
    if operation in STARTUP_ORDER:
        return Wrong("startup does not wait", f"{operation} began before {before} was answered")
    key = "undo does not wait" if command == START_BROADCAST else "shutdown does not wait"
    return Wrong(key, f"{operation} began before {before} was answered or given up")


def _startup_order(glimpse: Glimpse) -> Sentences:
    issued, undoing = len(glimpse.observer.issued), glimpse.observer.undoing
    for command, effect in glimpse.by_command():
        if isinstance(effect, Accepted) and not effect.joined:
            issued, undoing = 0, False
        if not isinstance(effect, Call) or effect.operation in READS:
            continue
        if effect.operation in STARTUP_ORDER:
            if undoing or STARTUP_ORDER.index(effect.operation) != issued:
                yield Wrong("startup out of order", f"{effect.operation} is out of order")
            issued += 1
        undoing = undoing or (command == START_BROADCAST and effect.operation not in STARTUP_ORDER)


def _shutdown_order(glimpse: Glimpse) -> Sentences:
    at = glimpse.observer.shutdown
    for command, effect in glimpse.by_command():
        if command == STOP_BROADCAST and isinstance(effect, Accepted) and not effect.joined:
            at = 0
        if command != STOP_BROADCAST or at < 0:
            continue
        if isinstance(effect, Call) and effect.operation in SHUTDOWN_ORDER:
            place = SHUTDOWN_ORDER.index(effect.operation)
            if place < at and (place, at) != (4, 5):  # the backend may be told about several sessions
                yield Wrong("shutdown out of order", f"{effect.operation} is out of order")
            if place > at:
                what = f"{SHUTDOWN_ORDER[at]} was not issued before {effect.operation}"
                yield Wrong("shutdown step missing", what)
            at = max(at, place + 1)
        elif at < 4 and _ends_stop(effect):
            yield Wrong("shutdown step missing", f"{SHUTDOWN_ORDER[at]} was never issued")


def _ends_stop(effect: Occurrence) -> bool:
    if isinstance(effect, Settled):
        return effect.verdict == FAILED
    return isinstance(effect, Transition) and effect.target in (IDLE, ERROR)


def all_steps(glimpse: Glimpse) -> Sentences:
    """Live means that every startup step was issued and answered, that of the backend exactly when it applies."""
    if not any(effect.target is LIVE for effect in glimpse.having(Transition)):
        return
    waiting, issued = still_waiting(glimpse), list(glimpse.observer.issued)
    for command, effect in glimpse.by_command():
        waiting = _waits(waiting, command, effect)
        if isinstance(effect, Call) and command == START_BROADCAST and effect.operation not in READS:
            issued.append((effect.operation, effect.session))
        if isinstance(effect, Transition) and effect.target is LIVE and command:
            yield from _steps_to_live(session_of_start(glimpse), issued, waiting)


def _steps_to_live(session: str | None, issued: list[Made], waiting: list[Made]) -> Sentences:
    expected: list[Made] = [(operation, None) for operation in STARTUP_ORDER[:4]]
    expected += [(STARTUP_ORDER[4], session)] if session is not None else []
    for step in expected:
        if step not in issued or step in waiting:
            missing = "answered" if step in issued else "issued"
            yield Wrong(f"live too early for {step[0]}", f"live before {step[0]} was {missing}")
            return
    if sorted(issued, key=str) != sorted(expected, key=str):
        yield Wrong("live by other steps", "live was reached by other steps than those of the startup")


# -- Alone ----------------------------------------------------------------------------------------


def alone(glimpse: Glimpse) -> Sentences:
    """Never two procedures at once; an emergency stop silences the procedure that it interrupts (reading R15)."""
    under_way = glimpse.observer.command
    for effect in glimpse.effects:
        if isinstance(effect, Accepted) and not effect.joined:
            if under_way:
                yield Wrong(
                    f"{effect.command} beside {under_way}", f"{effect.command} began while {under_way} was under way"
                )
            under_way = effect.command
        if isinstance(effect, Settled):
            under_way = ""
        if isinstance(effect, Call) and not under_way:
            yield _by_nobody(glimpse, effect.operation)
    if glimpse.observer.command == EMERGENCY_STOP:
        for call in glimpse.calls_of(EMERGENCY_STOP):
            if call.operation in READS:
                continue
            what = f"{call.operation} was called while an emergency stop was under way"
            yield Wrong("called during emergency", what)
    yield from _claims(glimpse)


def _by_nobody(glimpse: Glimpse, operation: str) -> Wrong:
    stray = glimpse.onlook.stray if glimpse.onlook is not None else ""
    if stray:
        return Wrong("interrupted goes on", f"the interrupted {stray} went on and called {operation}")
    return Wrong("called by nobody", f"{operation} was called while nothing was under way")


def _claims(glimpse: Glimpse) -> Sentences:
    """What an emergency stop interrupts does not succeed."""
    interrupted = glimpse.observer.command if Accepted(EMERGENCY_STOP) in glimpse.effects else ""
    for effect in glimpse.having(Settled):
        if effect.command == interrupted and effect.verdict == SUCCEEDED:
            yield Wrong("interrupted succeeds", f"the interrupted {interrupted} claims success")


# -- The emergency stop ---------------------------------------------------------------------------

STOPS = ("host.stop", "live_feed.stop", "producer.stop", "session.end")


def emergency(glimpse: Glimpse) -> Sentences:
    """An emergency stop is never refused, issues the four stops at once and nothing else, and ends in idle (R3)."""
    calls = [call.operation for call in glimpse.calls_of(EMERGENCY_STOP) if call.operation not in READS]
    if Accepted(EMERGENCY_STOP) in glimpse.effects and not (_takes_over(glimpse) and not calls):
        yield from _stops(glimpse, calls)
    for operation in calls:
        if operation.startswith(CONVEX):
            yield Wrong("emergency backend", f"an emergency stop calls {operation}")
    for effect in glimpse.effects:
        if isinstance(effect, Refused) and effect.command == EMERGENCY_STOP:
            yield Wrong("emergency refused", f"an emergency stop was refused: {effect.reason}")
        if isinstance(effect, Settled) and effect.command == EMERGENCY_STOP:
            if effect.verdict != SUCCEEDED:
                yield Wrong("emergency fails", "an emergency stop fails")
            elif not _reached_idle(glimpse):
                what = f"an emergency stop ends in {glimpse.after.state}, not in idle"
                yield Wrong("emergency lands wrongly", what)


def _stops(glimpse: Glimpse, calls: list[str]) -> Sentences:
    if sorted(calls) != sorted(STOPS):
        missing = [operation for operation in STOPS if operation not in calls]
        what = f"{', '.join(missing)} not issued at once" if missing else f"issued {', '.join(sorted(calls))}"
        yield Wrong("emergency stops", f"an emergency stop in {glimpse.before.state}: {what}")


def _takes_over(glimpse: Glimpse) -> bool:
    """Whether a recover is under way that waits for its stops or reads them: an emergency stop takes them over."""
    stopping = glimpse.observer.command == RECOVER and glimpse.before.state is ERROR
    return stopping and any(call in STOPS or call in READS for call, _ in glimpse.observer.waiting)


def _reached_idle(glimpse: Glimpse) -> bool:
    targets = [effect.target for effect in glimpse.effects if isinstance(effect, Transition)]
    return IDLE in targets or (glimpse.before.state is IDLE and not targets)


def emergency_in_time(glimpse: Glimpse) -> Sentences:
    """It takes no longer than its own limit, whatever the stops do."""
    for ending in glimpse.onlook.endings if glimpse.onlook is not None else ():
        limit = (glimpse.observer.config or glimpse.before.config).shutdown_timeout
        if ending.command == EMERGENCY_STOP and not ending.joined and ending.took_ms > limit + ending.slack_ms:
            yield Wrong("emergency late", f"an emergency stop took {ending.took_ms:,.0f} ms, its limit is {limit:,}")


def taken_over(glimpse: Glimpse) -> Sentences:
    """The stops of a recover that an emergency stop takes over are not issued twice (reading R15)."""
    if Accepted(EMERGENCY_STOP) in glimpse.effects and _takes_over(glimpse):
        for call in glimpse.calls_of(EMERGENCY_STOP):
            yield Wrong("emergency stops twice", f"{call.operation} is issued twice")


def tells_what_it_took_over(glimpse: Glimpse) -> Sentences:
    """Nor are the failures of the stops that it takes over lost."""
    if Accepted(EMERGENCY_STOP) not in glimpse.effects or not _takes_over(glimpse):
        return
    before, after = glimpse.before.procedure, glimpse.after.procedure
    if before is None:
        return
    if after is None or after.failures[: len(before.failures)] != before.failures:
        yield Wrong("taken over in silence", "the emergency stop does not tell what failed before it took over")


# -- Retry ----------------------------------------------------------------------------------------


def retry(glimpse: Glimpse) -> Sentences:
    """At most 1 + maxRetries attempts, at least retryDelay apart, only while initializing (reading R6)."""
    if not any(call.operation == "host.initialize" for call in glimpse.having(Call)):
        return
    attempts, config, state = glimpse.observer.attempts, glimpse.observer.config, glimpse.before.state
    for effect in glimpse.effects:
        if isinstance(effect, Accepted) and not effect.joined:
            attempts, config = 0, glimpse.before.config
        if isinstance(effect, Transition):
            state = effect.target
        if isinstance(effect, Call) and effect.operation == "host.initialize":
            attempts += 1
            config = config or glimpse.before.config
            if attempts > 1 + config.max_retries:
                yield Wrong("too many attempts", f"attempt {attempts} of at most {1 + config.max_retries}")
            if attempts > 1 and not _delay_is_over(glimpse, config.retry_delay):
                delay = f"{config.retry_delay:,} ms"
                yield Wrong("retried too early", f"attempt {attempts} came before the retry delay of {delay} was over")
            if state is not INITIALIZING:
                yield Wrong("attempt elsewhere", f"an attempt to initialize in {state}")


def _delay_is_over(glimpse: Glimpse, delay: int) -> bool:
    if glimpse.onlook is not None:
        return glimpse.onlook.delay_is_over
    timer = glimpse.observer.timer
    return isinstance(glimpse.step, Timer) and timer is not None and timer[0] == RETRY_DELAY and timer[1] >= delay


# -- Newer wins -----------------------------------------------------------------------------------


def newer_wins(glimpse: Glimpse) -> Sentences:
    """The answer of a call that nobody waits for moves nothing; at most a cleanup of its own service begins, and
    never while a broadcast is starting or live (reading R9)."""
    call = glimpse.call if glimpse.effects else None
    if call is None or (call.standing == AWAITED and (call.operation, call.session) in glimpse.observer.waiting):
        return
    for what in _moved(glimpse, call.operation.split(".")[0]):
        yield Wrong("late answer moves", f"a late answer of {call.operation} {what}")


def _moved(glimpse: Glimpse, service: str) -> Iterator[str]:
    state, answered = glimpse.before.state, False
    for owner, effect in glimpse.by_command():
        answered = answered or isinstance(effect, Replied)
        if isinstance(effect, Call):
            if state in (STARTING, LIVE):
                yield f"led to a call of {effect.operation} in {state}"
            elif owner != CLEANUP or not effect.operation.startswith(service):
                yield f"led to a call of {effect.operation}"
        elif owner == CLEANUP and (answered or isinstance(effect, Accepted | SetTimer)):
            if state in (STARTING, LIVE):
                yield f"began something in {state}"
        elif isinstance(effect, Transition):
            yield f"changed the state from {effect.source} to {effect.target}"
        elif not isinstance(effect, GiveUp):
            yield f"led to {type(effect).__name__.lower()} of {owner or 'nothing'}"
