"""What must hold of one step as to the calls it makes: which, in what order, on whose behalf, and how often.

What undoes a step is written out here and not taken from the model, so that a model with a wrong undo is caught.
"""

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
from broadcast_orchestrator.model.state import STOPPING_ALL
from broadcast_orchestrator.model.table import ERROR, IDLE, INITIALIZING, LIVE, STARTING
from broadcast_orchestrator.model.views import AWAITED
from broadcast_orchestrator.properties.guarantees.memory import (
    SHUTDOWN_ORDER,
    STARTUP_ORDER,
    UNDO_OF,
    Glimpse,
    Sentences,
    still_waiting,
)
from broadcast_orchestrator.sim.world.steps import Timer


def rollback_order(glimpse: Glimpse) -> Sentences:
    """After a failed start every step that was issued is undone, the newest first."""
    expected = list(glimpse.observer.issued)
    for call in glimpse.calls_of(START_BROADCAST):
        if call.operation in STARTUP_ORDER:
            expected.append((call.operation, call.session))
        elif not expected or (UNDO_OF[expected[-1][0]], expected[-1][1]) != (call.operation, call.session):
            yield f"{call.operation} is not the next step to undo"
        else:
            expected.pop()
    failed = [e for e in glimpse.having(Settled) if e.command == START_BROADCAST and e.verdict == FAILED]
    if failed and expected:
        yield f"{expected[-1][0]} was never undone"


def order(glimpse: Glimpse) -> Sentences:
    """Startup steps in order, shutdown in reverse, none before the one before it was settled or given up."""
    waiting = still_waiting(glimpse)
    drained = any(effect.kind == DRAIN for effect in glimpse.having(SetTimer))
    for command, effect in glimpse.by_command():
        if isinstance(effect, GiveUp):
            waiting = [call for call in waiting if call != (effect.operation, effect.session)]
        if isinstance(effect, Call):
            if waiting and not drained and command not in (EMERGENCY_STOP, RECOVER):
                yield f"{effect.operation} began before {waiting[0][0]} was settled or given up"
            waiting.append((effect.operation, effect.session))
    yield from _startup_order(glimpse)
    yield from _shutdown_order(glimpse)


def _startup_order(glimpse: Glimpse) -> Sentences:
    issued = len(glimpse.observer.issued)
    for effect in glimpse.having(Call):
        if effect.operation in STARTUP_ORDER:
            if glimpse.observer.undoing or STARTUP_ORDER.index(effect.operation) != issued:
                yield f"{effect.operation} is out of order"
            issued += 1


def _shutdown_order(glimpse: Glimpse) -> Sentences:
    at = glimpse.observer.shutdown
    for command, effect in glimpse.by_command():
        if command == STOP_BROADCAST and isinstance(effect, Accepted) and not effect.joined:
            at = 0
        if command != STOP_BROADCAST or at < 0:
            continue
        if isinstance(effect, Call) and effect.operation in SHUTDOWN_ORDER:
            place = SHUTDOWN_ORDER.index(effect.operation)
            if place != at and (place, at) != (4, 5):  # the backend may be told about several sessions
                yield f"{effect.operation} is out of order"
            at = place + 1
        elif at < 4 and isinstance(effect, Transition) and effect.target in (IDLE, ERROR):
            yield f"{SHUTDOWN_ORDER[at]} was never issued"


def all_steps(glimpse: Glimpse) -> Sentences:
    """Live means that every startup step was issued, that of the backend exactly when it applies."""
    procedure = glimpse.before.procedure
    for effect in glimpse.having(Transition):
        if effect.target is LIVE and procedure is not None:
            sync = procedure.config.enable_convex_sync and procedure.session is not None
            expected: list[tuple[str, str | None]] = [(operation, None) for operation in STARTUP_ORDER[:4]]
            expected += [(STARTUP_ORDER[4], procedure.session)] if sync else []
            if list(glimpse.observer.issued) != expected:
                yield "live was reached by other steps than those of the startup"


def alone(glimpse: Glimpse) -> Sentences:
    """Never two procedures at once; an emergency stop silences the procedure that it interrupts."""
    under_way = glimpse.observer.command
    for effect in glimpse.effects:
        if isinstance(effect, Accepted) and not effect.joined:
            if under_way:
                yield f"{effect.command} began while {under_way} was under way"
            under_way = effect.command
        if isinstance(effect, Settled):
            under_way = ""
        if isinstance(effect, Call) and not under_way:
            yield f"{effect.operation} was called while nothing was under way"
    if glimpse.observer.command == EMERGENCY_STOP:
        yield from (f"{call.operation} interrupts the emergency stop" for call in glimpse.calls_of(EMERGENCY_STOP))


def emergency(glimpse: Glimpse) -> Sentences:
    """An emergency stop is never refused, issues the four stops and nothing else, and ends in idle."""
    calls = sorted(call.operation for call in glimpse.calls_of(EMERGENCY_STOP))
    begins = Accepted(EMERGENCY_STOP) in glimpse.effects
    taken_over = glimpse.observer.command == RECOVER and not calls
    if begins and not taken_over and calls != ["host.stop", "live_feed.stop", "producer.stop", "session.end"]:
        yield f"an emergency stop issued {', '.join(calls) or 'nothing'}"
    for effect in glimpse.effects:
        if isinstance(effect, Refused) and effect.command == EMERGENCY_STOP:
            yield "an emergency stop was refused"
        if isinstance(effect, Settled) and effect.command == EMERGENCY_STOP:
            yield from _ending_of_emergency(effect, glimpse)


def _ending_of_emergency(settled: Settled, glimpse: Glimpse) -> Sentences:
    if settled.verdict != SUCCEEDED or not _reached_idle(glimpse):
        yield f"the emergency stop {settled.verdict} in {glimpse.after.state}"


def _reached_idle(glimpse: Glimpse) -> bool:
    targets = [effect.target for effect in glimpse.effects if isinstance(effect, Transition)]
    return IDLE in targets or (glimpse.before.state is IDLE and not targets)


def taken_over(glimpse: Glimpse) -> Sentences:
    """The stops of a recover that an emergency stop takes over are not issued twice, nor are their failures lost."""
    before, after = glimpse.before.procedure, glimpse.after.procedure
    if before is None or (before.command, before.phase) != (RECOVER, STOPPING_ALL):
        return
    if Accepted(EMERGENCY_STOP) in glimpse.effects:
        yield from (f"{call.operation} is issued twice" for call in glimpse.calls_of(EMERGENCY_STOP))
        if after is None or after.failures[: len(before.failures)] != before.failures:
            yield "the emergency stop does not tell what failed before it took over"


def retry(glimpse: Glimpse) -> Sentences:
    """At most 1 + maxRetries attempts, at least retryDelay apart, only while initializing."""
    attempts = 0 if _begins(glimpse) else glimpse.observer.attempts
    for effect in glimpse.effects:
        if isinstance(effect, Call) and effect.operation == "host.initialize":
            attempts += 1
            config = glimpse.after.procedure.config if glimpse.after.procedure else glimpse.before.config
            if attempts > 1 + config.max_retries:
                yield f"attempt {attempts} of at most {1 + config.max_retries}"
            if attempts > 1 and not _delay_is_over(glimpse, config.retry_delay):
                yield f"attempt {attempts} came before the retry delay was over"
            if glimpse.after.state is not INITIALIZING:
                yield f"an attempt to initialize in {glimpse.after.state}"


def _begins(glimpse: Glimpse) -> bool:
    return any(isinstance(effect, Accepted) and not effect.joined for effect in glimpse.effects)


def _delay_is_over(glimpse: Glimpse, delay: int) -> bool:
    timer = glimpse.observer.timer
    return isinstance(glimpse.step, Timer) and timer is not None and timer[0] == RETRY_DELAY and timer[1] >= delay


def newer_wins(glimpse: Glimpse) -> Sentences:
    """The answer of a call that nobody waits for moves nothing; at most a cleanup of its own service begins, and
    never while a broadcast is starting or live."""
    call = glimpse.call
    if call is None or (call.standing == AWAITED and (call.operation, call.session) in glimpse.observer.waiting):
        return
    service = call.operation.split(".")[0]
    for owner, effect in glimpse.by_command():
        if owner != CLEANUP or not isinstance(effect, Accepted | SetTimer | Call):
            yield f"a late answer of {call.operation} led to {type(effect).__name__.lower()} of {owner or 'nothing'}"
        if glimpse.before.state in (STARTING, LIVE):
            yield f"a late answer of {call.operation} began something in {glimpse.before.state}"
        if isinstance(effect, Call) and not effect.operation.startswith(service):
            yield f"a late answer of {call.operation} led to {effect.operation}"
