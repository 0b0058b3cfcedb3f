"""What must hold of limits and delays: which are armed, when and how often, for how long, and what follows from them.

A procedure follows the configuration that it began with (reading R17), so that is what the judge remembers; what is
armed is counted against what begins in the same step.
"""

from collections.abc import Sequence

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.events import (
    CLEANUP,
    DRAIN,
    FAILED,
    INITIALIZE,
    LIMIT,
    RETRY_DELAY,
    START_BROADCAST,
    Accepted,
    Call,
    CommandName,
    SetTimer,
    Settled,
    Transition,
)
from broadcast_orchestrator.model.table import ERROR, INITIALIZING, LIVE
from broadcast_orchestrator.properties.guarantees.memory import Glimpse, goes_wrong, is_found_on, rolls_back
from broadcast_orchestrator.properties.guarantees.observations import Replied, Sentences, Wrong
from broadcast_orchestrator.sim.world.steps import Notice, Timer


def armed(glimpse: Glimpse) -> Sentences:
    """Each limit is armed once, where what it limits begins, for the time that the configuration says (readings R6, R7
    and R17); the delay before a retry, too."""
    expected, found = _expected(glimpse), [(e.kind, e.duration_ms) for e in glimpse.having(SetTimer)]
    if sorted(expected) != sorted(found):
        yield Wrong("armed wrongly", f"armed was {_listed(found)}, not {_listed(expected)}")


def _expected(glimpse: Glimpse) -> list[tuple[str, int]]:
    timers, begun = _after_failure(glimpse) if goes_wrong(glimpse) else [], False
    for effect in glimpse.effects:
        if isinstance(effect, Accepted) and not effect.joined:
            begun = True
            timers += _of_command(effect.command, glimpse.before.config, again=_tries_again(glimpse))
        if isinstance(effect, Call) and effect.operation == "host.initialize":
            config = glimpse.before.config if begun else glimpse.observer.config
            timers += [(LIMIT, config.initialization_timeout)] if config is not None else []
    return timers


def _after_failure(glimpse: Glimpse) -> list[tuple[str, int]]:
    """What the procedure under way arms when something goes wrong."""
    config, timers = glimpse.observer.config, list[tuple[str, int]]()
    if rolls_back(glimpse) and config is not None:
        timers.append((LIMIT, config.shutdown_timeout))
    if _drains(glimpse):
        timers.append((DRAIN, 0))
    if config is not None and _delays(glimpse, config):
        timers.append((RETRY_DELAY, config.retry_delay))
    if config is not None and _writes_again(glimpse):
        timers.append((LIMIT, config.shutdown_timeout))
    return timers


def _of_command(command: CommandName, config: OrchestratorConfig, *, again: bool) -> list[tuple[str, int]]:
    """What a command arms when it begins; a cleanup that tries `again` what has just failed waits first."""
    if command == INITIALIZE:
        return []
    if command == CLEANUP and again:
        return [(RETRY_DELAY, config.retry_delay)]
    return [(LIMIT, config.startup_timeout if command == START_BROADCAST else config.shutdown_timeout)]


def _tries_again(glimpse: Glimpse) -> bool:
    """Whether a cleanup fails in this step, and one that follows is none that a late success has made due meanwhile."""
    if not any((each.command, each.verdict) == (CLEANUP, FAILED) for each in glimpse.having(Settled)):
        return False
    owed = [(operation, session) for operation, session, _ in glimpse.observer.owed]
    return not any((call.operation, call.session) in owed for call in glimpse.calls_of(CLEANUP))


def _writes_again(glimpse: Glimpse) -> bool:
    """Whether the delay before another write to the backend is over (the measure that reconciles it)."""
    timer = glimpse.observer.timer if isinstance(glimpse.step, Timer) else None
    return timer is not None and timer[0] == RETRY_DELAY and bool(glimpse.calls_of(CLEANUP))


def _drains(glimpse: Glimpse) -> bool:
    """Whether a limit has come while there are steps left that only its drain can issue: they come in this step."""
    timer = glimpse.observer.timer if isinstance(glimpse.step, Timer) else None
    if timer is None or timer[0] != LIMIT or _forward(glimpse):
        return False
    return any(call.operation != "host.initialize" for call in glimpse.calls_of(glimpse.observer.command))


def _forward(glimpse: Glimpse) -> bool:
    observer = glimpse.observer
    return observer.attempting or (observer.command == START_BROADCAST and not observer.undoing)


def _delays(glimpse: Glimpse, config: OrchestratorConfig) -> bool:
    """Whether an attempt has failed that is to be followed by another."""
    return attempt_fails(glimpse) and glimpse.observer.attempts <= config.max_retries


def attempt_fails(glimpse: Glimpse) -> bool:
    """Whether this step ends an attempt to initialize without success."""
    return goes_wrong(glimpse) and glimpse.observer.attempting and not is_found_on(glimpse)


def retried(glimpse: Glimpse) -> Sentences:
    """A failed attempt is followed by a delay and another as often as the configuration says, and then by the failure
    of its command (reading R6)."""
    fails = attempt_fails(glimpse)
    if not fails and not _leaves_attempts(glimpse) and not glimpse.having(Replied):
        return
    attempts, config = glimpse.observer.attempts, glimpse.observer.config
    for effect in glimpse.effects:
        if isinstance(effect, Accepted) and not effect.joined:
            attempts, config = 0, glimpse.before.config
        if isinstance(effect, Call) and effect.operation == "host.initialize":
            attempts, fails = attempts + 1, False
        if isinstance(effect, Replied) and effect.operation == "host.initialize":
            fails = not effect.ok
    if config is not None:
        yield from _gives_in(glimpse, attempts, 1 + config.max_retries, fails)


def _gives_in(glimpse: Glimpse, attempts: int, most: int, fails: bool) -> Sentences:
    failed = any(effect.verdict == FAILED for effect in glimpse.having(Settled))
    if attempts < most and (_leaves_attempts(glimpse) or (fails and failed)):
        yield Wrong("too few attempts", f"gave in after {attempts} of {most} attempts")
    if fails and not failed and attempts >= most:
        yield Wrong("does not give in", f"attempt {attempts} of {most} failed, and the command goes on")


def _leaves_attempts(glimpse: Glimpse) -> bool:
    return any((e.source, e.target) == (INITIALIZING, ERROR) for e in glimpse.having(Transition))


def tries_again(glimpse: Glimpse) -> Sentences:
    """When the delay before a retry is over, the attempt follows at once."""
    delayed = glimpse.observer.timer is not None and glimpse.observer.timer[0] == RETRY_DELAY
    follows = any(call.operation == "host.initialize" for call in glimpse.having(Call))
    if isinstance(glimpse.step, Timer) and delayed and not follows and glimpse.observer.command != CLEANUP:
        yield Wrong("no attempt follows", "the retry delay is over, and no attempt follows")


def gives_up(glimpse: Glimpse) -> Sentences:
    """A start whose limit has come, or one of whose steps has failed, goes no further (readings R7 and R8)."""
    failed = rolls_back(glimpse) or _is_overdue(glimpse)
    if not failed and not glimpse.having(Replied):
        return
    for command, effect in glimpse.by_command():
        if isinstance(effect, Replied) and command == START_BROADCAST:
            failed = failed or not effect.ok
        if failed and isinstance(effect, Transition) and effect.target is LIVE:
            yield Wrong("goes on after its failure", "a start that had failed went live")
        if failed and isinstance(effect, Call) and effect.operation.endswith(("start", "live")):
            what = f"{effect.operation} was issued by a start that had failed"
            yield Wrong("goes on after its failure", what)


def _is_overdue(glimpse: Glimpse) -> bool:
    """Whether the limit of a start has passed that is still on its way forward; inside, limits come by themselves."""
    forward = glimpse.observer.command == START_BROADCAST and not glimpse.observer.undoing
    return forward and glimpse.onlook is not None and glimpse.onlook.overdue


def initializes(glimpse: Glimpse) -> Sentences:
    """A host that is not known to be initialized is asked; one that is needs no call (readings R1 and R20)."""
    for at, effect in enumerate(glimpse.effects):
        if isinstance(effect, Transition) and effect.target is INITIALIZING:
            asked = any(isinstance(e, Call) and e.operation == "host.initialize" for e in glimpse.effects[at:])
            if asked == _initialized(glimpse):
                what = f"the host is {'' if asked else 'not '}asked, and was {'' if asked else 'not '}initialized"
                yield Wrong("asks the host wrongly", what)


def _initialized(glimpse: Glimpse) -> bool:
    return glimpse.before.initialized and not (isinstance(glimpse.step, Notice) and glimpse.step.service == "host")


def _listed(timers: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{kind} {duration_ms} ms" for kind, duration_ms in timers) or "nothing"
