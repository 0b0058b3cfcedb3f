"""What must hold of one step as to what comes of it: the states it passes, what is accepted or refused, armed, settled,
told and recorded.
"""

from broadcast_orchestrator.model.events import (
    CLEANUP,
    DRAIN,
    EMERGENCY_STOP,
    FAILED,
    INITIALIZE,
    RECOVER,
    RETRY_DELAY,
    START_BROADCAST,
    STOP_BROADCAST,
    SUCCEEDED,
    Accepted,
    Failure,
    GiveUp,
    Refused,
    SetTimer,
    Settled,
    Transition,
)
from broadcast_orchestrator.model.state import ATTEMPT, FORWARD, CoreState
from broadcast_orchestrator.model.table import (
    EDGES,
    ERROR,
    FORCED_EDGES,
    IDLE,
    INITIALIZING,
    LIVE,
    READY,
    BroadcastState,
)
from broadcast_orchestrator.model.views import AWAITED
from broadcast_orchestrator.properties.guarantees.memory import Glimpse, Sentences, observe
from broadcast_orchestrator.sim.world.steps import Answer, Do, Notice, Timer


def table(glimpse: Glimpse) -> Sentences:
    """Every change of state is a row of the table, or a forced edge taken by an emergency stop."""
    for effect in glimpse.effects:
        if isinstance(effect, Transition):
            edge = (effect.source, effect.target)
            forced = edge in FORCED_EDGES and effect.forced and glimpse.observer.command == EMERGENCY_STOP
            if edge not in EDGES and not forced:
                yield f"{effect.source} to {effect.target} is not a row of the table"


def error(glimpse: Glimpse) -> Sentences:
    """Text and state go together, the first cause is kept, and every failure reaches the caller."""
    if (glimpse.after.state is ERROR) != bool(glimpse.after.error):
        yield f"the state is {glimpse.after.state} and the error is {glimpse.after.error or 'empty'}"
    known = _known_failures(glimpse)
    for subject in _new_failures(glimpse):
        if subject not in [failure.subject for failure in known]:
            yield f"the failure of {subject} is lost"
    if any(failure not in known for failure in _earlier_failures(glimpse)):
        yield "an earlier failure is lost"
    yield from _first_cause(glimpse)
    if glimpse.observer.command and not glimpse.having(Settled):
        for effect in glimpse.having(Transition):
            if effect.target is ERROR:
                yield f"error was entered while {glimpse.observer.command} was still under way"


def _known_failures(glimpse: Glimpse) -> list[Failure]:
    procedure = glimpse.after.procedure
    known = [*glimpse.after.error, *(procedure.failures + procedure.notes + procedure.earlier if procedure else ())]
    for effect in glimpse.effects:
        if isinstance(effect, Settled):
            known += [*effect.failures, *effect.notes]
    return known


def _new_failures(glimpse: Glimpse) -> list[str]:
    step, call = glimpse.step, glimpse.call
    if isinstance(step, Answer):
        return [call.operation] if call and call.standing == AWAITED and not step.ok else []
    if isinstance(step, Timer):
        return [effect.operation for effect in glimpse.effects if isinstance(effect, GiveUp)]
    return [step.service] if isinstance(step, Notice) else []


def _earlier_failures(glimpse: Glimpse) -> tuple[Failure, ...]:
    procedure = glimpse.before.procedure
    return procedure.failures + procedure.notes if procedure else ()


def _first_cause(glimpse: Glimpse) -> Sentences:
    before, after = glimpse.before, glimpse.after
    if not glimpse.having(Transition) and before.error[:1] != after.error[:1]:
        yield f"the first cause {before.error[:1]} was replaced by {after.error[:1]}"
    for effect in glimpse.effects:
        if isinstance(effect, Settled) and effect.verdict == FAILED:
            earlier = before.procedure.failures[:1] if before.procedure else ()
            if not effect.failures or (earlier and effect.failures[:1] != earlier):
                yield f"{effect.command} failed without its first cause"
            if effect.failures and effect.command != CLEANUP and effect.failures[0] not in after.error:
                yield f"the cause of the failed {effect.command} is not in the error"


def settles(glimpse: Glimpse) -> Sentences:
    """Nothing waits without a limit: whatever is under way has a timer, and whatever ends is settled."""
    observer = observe(glimpse)
    if observer.command and observer.timer is None:
        yield f"{observer.command} is under way and no timer is armed"
    if observer.timer is not None and not observer.command:
        yield "a timer is armed and nothing is under way"
    if (glimpse.after.procedure is None) != (not observer.command):
        yield f"{observer.command or 'nothing'} is under way, and the core sees it otherwise"


def limits(glimpse: Glimpse) -> Sentences:
    """The timer is armed for the time that the configuration of the procedure says."""
    procedure, armed = glimpse.after.procedure, glimpse.having(SetTimer)
    if procedure is not None and armed:
        config = procedure.config
        limit = {ATTEMPT: config.initialization_timeout, FORWARD: config.startup_timeout}.get(
            procedure.phase, config.shutdown_timeout
        )
        expected = {DRAIN: 0, RETRY_DELAY: config.retry_delay}.get(armed[-1].kind, limit)
        if armed[-1].duration_ms != expected:
            yield f"the {armed[-1].kind} is {armed[-1].duration_ms} ms, not {expected}"


def settled_once(glimpse: Glimpse) -> Sentences:
    """What is settled was under way, and is settled once."""
    under_way = glimpse.observer.command
    for effect in glimpse.effects:
        if isinstance(effect, Accepted) and not effect.joined:
            under_way = effect.command
        if isinstance(effect, Settled):
            if effect.command != under_way:
                yield f"{effect.command} was settled and is not under way"
            under_way = ""


LANDINGS = {INITIALIZE: READY, START_BROADCAST: LIVE, STOP_BROADCAST: READY, EMERGENCY_STOP: IDLE}


def lands(glimpse: Glimpse) -> Sentences:
    """A command that succeeds ends where it should; a recover in ready, or in idle without auto-recovery."""
    procedure = glimpse.before.procedure
    for effect in glimpse.having(Settled):
        if effect.verdict == SUCCEEDED and effect.command != CLEANUP:
            recovered = READY if procedure and procedure.config.enable_auto_recovery else IDLE
            target = LANDINGS.get(effect.command, recovered)
            if glimpse.after.state is not target:
                yield f"{effect.command} succeeded in {glimpse.after.state}, not in {target}"


def told(glimpse: Glimpse) -> Sentences:
    """After a stop that succeeded no session is left live."""
    for effect in glimpse.having(Settled):
        if (effect.command, effect.verdict) == (STOP_BROADCAST, SUCCEEDED) and glimpse.after.written:
            yield f"{', '.join(glimpse.after.written)} is left live by a stop that succeeded"


def record(glimpse: Glimpse) -> Sentences:
    """Every change of state is recorded, each entry beginning where the last one ended."""
    at = glimpse.before.state
    for effect in glimpse.effects:
        if isinstance(effect, Transition):
            if effect.source is not at:
                yield f"an entry begins in {effect.source}, the last one ended in {at}"
            if effect.violation or effect.forced != ((effect.source, effect.target) in FORCED_EDGES):
                yield f"{effect.source} to {effect.target} is recorded wrongly"
            at = effect.target
    if at is not glimpse.after.state:
        yield f"the state is {glimpse.after.state}, the record says {at}"


ACCEPTED_IN: dict[str, tuple[BroadcastState, ...]] = {STOP_BROADCAST: (LIVE, ERROR), RECOVER: (ERROR,)}


def gate(glimpse: Glimpse) -> Sentences:
    """A start is accepted exactly when it can be; a refused command changes nothing."""
    step, before = glimpse.step, glimpse.before
    if isinstance(step, Do) and step.command == START_BROADCAST:
        ready = before.state is READY and before.initialized and before.content
        can = ready and before.procedure is None and not glimpse.asked.residue
        if can != any(isinstance(e, Accepted) and e.command == START_BROADCAST for e in glimpse.effects):
            yield f"can_start was {can}, and the start was not treated so"
    if isinstance(step, Do) and step.command in ACCEPTED_IN and before.procedure is None:
        accepted = any(isinstance(e, Accepted) and e.command == step.command for e in glimpse.effects)
        if accepted != (before.state in ACCEPTED_IN[step.command]):
            yield f"{step.command} was {'accepted' if accepted else 'refused'} in {before.state}"
    yield from _joined(glimpse)
    refused = [effect for effect in glimpse.effects if isinstance(effect, Refused)]
    if refused and (len(glimpse.effects) > 1 or glimpse.touched or _bare(before) != _bare(glimpse.after)):
        yield "a refused command changed something"
    if isinstance(step, Do) and not glimpse.having(Refused) and not glimpse.having(Accepted):
        yield f"{step.command} was neither accepted nor refused"


def _joined(glimpse: Glimpse) -> Sentences:
    """Who waits for another's procedure waits for what was asked for (readings R11 and R15)."""
    before, under_way = glimpse.before, glimpse.observer.command
    for effect in glimpse.effects:
        if isinstance(effect, Accepted) and effect.joined:
            stopping = under_way == EMERGENCY_STOP
            initializing = before.state is INITIALIZING and not stopping
            if not {EMERGENCY_STOP: stopping, INITIALIZE: initializing}.get(effect.command, False):
                yield f"{effect.command} joined {under_way or 'nothing'}"


def _bare(core: CoreState) -> CoreState:
    return core._replace(views=())
