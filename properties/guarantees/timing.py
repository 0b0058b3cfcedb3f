"""What must hold of limits and delays: which are armed, when and how often, for how long, and what follows from them.

A procedure follows the configuration that it began with (reading R17), so that is what the judge remembers; what is
armed is counted against what begins in the same step.
"""

from collections.abc import Sequence

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.events import (
    DRAIN,
    FAILED,
    INITIALIZE,
    LIMIT,
    RETRY_DELAY,
    START_BROADCAST,
    Accepted,
    Call,
    SetTimer,
    Settled,
    Transition,
)
from broadcast_orchestrator.model.table import INITIALIZING, LIVE
from broadcast_orchestrator.properties.guarantees.memory import Glimpse, Sentences, goes_wrong, rolls_back
from broadcast_orchestrator.sim.world.steps import Notice, Timer


def armed(glimpse: Glimpse) -> Sentences:
    """Each limit is armed once, where what it limits begins, for the time that the configuration says (readings R6, R7
    and R17); the delay before a retry, too."""
    expected, found = _expected(glimpse), [(e.kind, e.duration_ms) for e in glimpse.having(SetTimer)]
    if sorted(expected) != sorted(found):
        yield f"armed was {_listed(found)}, not {_listed(expected)}"


def _expected(glimpse: Glimpse) -> list[tuple[str, int]]:
    config, timers = glimpse.observer.config, list[tuple[str, int]]()
    if rolls_back(glimpse) and config is not None:
        timers.append((LIMIT, config.shutdown_timeout))
    if _drains(glimpse):
        timers.append((DRAIN, 0))
    if config is not None and _delays(glimpse, config):
        timers.append((RETRY_DELAY, config.retry_delay))
    for effect in glimpse.effects:
        if isinstance(effect, Accepted) and not effect.joined:
            config = glimpse.before.config
            if effect.command == START_BROADCAST:
                timers.append((LIMIT, config.startup_timeout))
            elif effect.command != INITIALIZE:
                timers.append((LIMIT, config.shutdown_timeout))
        if isinstance(effect, Call) and effect.operation == "host.initialize" and config is not None:
            timers.append((LIMIT, config.initialization_timeout))
    return timers


def _drains(glimpse: Glimpse) -> bool:
    """Whether a limit has come while there are steps left that only its drain can issue: they come in this step."""
    timer = glimpse.observer.timer
    if not isinstance(glimpse.step, Timer) or timer is None or timer[0] != LIMIT or _forward(glimpse):
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
    return glimpse.observer.attempting and goes_wrong(glimpse)


def retried(glimpse: Glimpse) -> Sentences:
    """A failed attempt is followed by a delay and another as often as the configuration says, and then by the failure
    of its command (reading R6)."""
    config, observer = glimpse.observer.config, glimpse.observer
    if config is None:
        return
    if attempt_fails(glimpse):
        gives_in = observer.attempts > config.max_retries
        failed = any(effect.verdict == FAILED for effect in glimpse.having(Settled))
        if failed != gives_in:
            yield f"attempt {observer.attempts} of {1 + config.max_retries} failed, and the command {_ended(failed)}"
    delayed = observer.timer is not None and observer.timer[0] == RETRY_DELAY
    follows = any(call.operation == "host.initialize" for call in glimpse.having(Call))
    if isinstance(glimpse.step, Timer) and delayed and not follows:
        yield "the retry delay is over, and no attempt follows"


def _ended(failed: bool) -> str:
    return "failed" if failed else "goes on"


def gives_up(glimpse: Glimpse) -> Sentences:
    """A start whose limit has come, or one of whose steps has failed, goes no further (readings R7 and R8)."""
    if rolls_back(glimpse):
        for effect in glimpse.effects:
            if isinstance(effect, Transition) and effect.target is LIVE:
                yield "a start that had failed went live"
            if isinstance(effect, Call) and effect.operation.endswith(("start", "live")):
                yield f"{effect.operation} was issued by a start that had failed"


def initializes(glimpse: Glimpse) -> Sentences:
    """A host that is not known to be initialized is asked; one that is needs no call (readings R1 and R20)."""
    for at, effect in enumerate(glimpse.effects):
        if isinstance(effect, Transition) and effect.target is INITIALIZING:
            asked = any(isinstance(e, Call) and e.operation == "host.initialize" for e in glimpse.effects[at:])
            if asked == _initialized(glimpse):
                yield f"the host is {'' if asked else 'not '}asked, and was {'' if asked else 'not '}initialized"


def _initialized(glimpse: Glimpse) -> bool:
    return glimpse.before.initialized and not (isinstance(glimpse.step, Notice) and glimpse.step.service == "host")


def _listed(timers: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{kind} {duration_ms} ms" for kind, duration_ms in timers) or "nothing"
