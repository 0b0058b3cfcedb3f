"""What must hold of answers: why a command is refused, which reason the history gives, whom the backend is told of."""

from collections.abc import Iterator

from broadcast_orchestrator.model.events import (
    CLEANUP,
    EMERGENCY_STOP,
    INITIALIZE,
    RECOVER,
    START_BROADCAST,
    STOP_BROADCAST,
    Accepted,
    Call,
    Refused,
    Transition,
)
from broadcast_orchestrator.model.table import (
    ERROR,
    IDLE,
    INITIALIZING,
    LIVE,
    READY,
    STARTING,
    STOPPING,
    BroadcastState,
)
from broadcast_orchestrator.properties.guarantees.memory import BACKEND_WRITES, Glimpse, session_of_start
from broadcast_orchestrator.properties.guarantees.observations import Sentences, Wrong
from broadcast_orchestrator.sim.world.steps import Do, Fill, Reconfigure

REASONS: dict[tuple[str, BroadcastState, BroadcastState], tuple[str, ...]] = {
    ("", IDLE, ERROR): ("service_failed",),
    ("", READY, ERROR): ("service_failed",),
    ("", LIVE, ERROR): ("service_failed",),
    (CLEANUP, IDLE, ERROR): ("service_failed",),
    (CLEANUP, READY, ERROR): ("service_failed",),
    (CLEANUP, LIVE, ERROR): ("service_failed",),
    (INITIALIZE, IDLE, INITIALIZING): ("system_init",),
    (INITIALIZE, ERROR, INITIALIZING): ("system_init",),
    (INITIALIZE, INITIALIZING, READY): ("dependency_ready",),
    (INITIALIZE, INITIALIZING, ERROR): ("initialization_failed",),
    (START_BROADCAST, READY, STARTING): ("start_requested",),
    (START_BROADCAST, STARTING, LIVE): ("startup_complete",),
    (START_BROADCAST, STARTING, ERROR): ("startup_failed",),
    (STOP_BROADCAST, LIVE, STOPPING): ("stop_requested",),
    (STOP_BROADCAST, STOPPING, IDLE): ("shutdown_complete",),
    (STOP_BROADCAST, ERROR, IDLE): ("shutdown_complete",),
    (STOP_BROADCAST, STOPPING, ERROR): ("shutdown_failed",),
    (STOP_BROADCAST, IDLE, INITIALIZING): ("system_init",),
    (STOP_BROADCAST, INITIALIZING, READY): ("dependency_ready",),
    (STOP_BROADCAST, INITIALIZING, ERROR): ("initialization_failed",),
    (RECOVER, ERROR, IDLE): ("recovery",),
    (RECOVER, IDLE, ERROR): ("residue",),
    (RECOVER, IDLE, INITIALIZING): ("system_init",),
    (RECOVER, INITIALIZING, READY): ("dependency_ready",),
    (RECOVER, INITIALIZING, ERROR): ("initialization_failed",),
    **{(EMERGENCY_STOP, s, IDLE): ("emergency_stop",) for s in (INITIALIZING, READY, STARTING, LIVE, STOPPING, ERROR)},
}
"""The reason that the history gives for each change of state, by what is under way (reading R22)."""


ACCEPTED_IN: dict[str, tuple[BroadcastState, ...]] = {
    STOP_BROADCAST: (LIVE, ERROR),
    RECOVER: (ERROR,),
    INITIALIZE: (IDLE, ERROR),
}
"""Where a command is refused for something else than the state, if it is refused at all."""


CANNOT_START = "Cannot start broadcast"
"""What the guide has a refused start say."""


def reasons(glimpse: Glimpse) -> Sentences:
    """Each entry of the history gives the reason of what led to it."""
    for command, effect in glimpse.by_command():
        if isinstance(effect, Transition) and not effect.violation:
            expected = REASONS.get((command, effect.source, effect.target))
            if expected is None:
                what = f"{effect.source} to {effect.target} during {command or 'nothing'}"
                yield Wrong("no reason for it", what)
            elif effect.reason not in expected:
                what = f"{effect.source} to {effect.target} is recorded as {effect.reason!r}, not as {expected[0]!r}"
                yield Wrong("another reason", what)


def refusals(glimpse: Glimpse) -> Sentences:
    """A refused command says why, and lists each thing that it would have needed (reading R5); a start that is refused
    for what it needs says so in the guide's words (clause UT-2)."""
    for effect in glimpse.having(Refused):
        if not effect.reason:
            yield Wrong("no words", f"{effect.command} was refused without a reason")
        if effect.command == START_BROADCAST and not glimpse.observer.command and CANNOT_START not in effect.reason:
            what = f"a start was refused with {effect.reason!r}, which does not say {CANNOT_START!r}"
            yield Wrong("other words", what)
        for needed in _needed(glimpse, effect.command):
            if needed not in effect.reason:
                what = f"{effect.command} was refused, and its reason does not name {needed}: {effect.reason!r}"
                yield Wrong("not named", what)
            if effect.command == START_BROADCAST and not any(needed in missing for missing in effect.missing):
                what = f"{effect.command} was refused, and {needed} is not among what is missing"
                yield Wrong("not listed", what)


def _needed(glimpse: Glimpse, command: str) -> list[str]:
    """Words that the reason has to have."""
    before = glimpse.before
    if glimpse.observer.command:
        return [glimpse.observer.command]
    if command != START_BROADCAST:
        return [] if before.state in ACCEPTED_IN.get(command, ()) else [before.state]
    needed = [] if before.state is READY else [before.state]
    needed += [] if before.initialized else ["host"]
    needed += [] if before.content else ["content"]
    return [*needed, *glimpse.asked.residue]


def sessions(glimpse: Glimpse) -> Sentences:
    """The backend is told of the session of the start, if any, when sync is on; a stop tells it of every session that
    it may call live, and of no other; a start writes no session but its own (reading R10)."""
    for command, effect in glimpse.by_command():
        if isinstance(effect, Call) and effect.operation in BACKEND_WRITES:
            yield from _of_start(glimpse, effect, command, session_of_start(glimpse))
            yield from _of_stop(glimpse, effect, command)
    yield from _left_by_stop(glimpse)


def _of_start(glimpse: Glimpse, call: Call, command: str, session: str | None) -> Iterator[Wrong]:
    writes_live = call.operation == "convex.live"
    if not writes_live and command != START_BROADCAST:
        return
    if command != START_BROADCAST:
        yield Wrong("told by another", f"{call.session} is written live by {command or 'nobody'}")
    elif session is None:
        sync = (glimpse.observer.config or glimpse.before.config).enable_convex_sync
        why = "the start has no session" if sync else "sync is off"
        yield Wrong("told needlessly", f"the backend is told although {why}")
    elif call.session != session:
        yield Wrong("told wrongly", f"the backend is told of {call.session}, the session is {session}")


def _of_stop(glimpse: Glimpse, call: Call, command: str) -> Iterator[Wrong]:
    surveys = glimpse.observer.attempts > 0  # an attempt to initialize after it, which looks what is live
    if command == STOP_BROADCAST and call.session not in _to_tell(glimpse) and not surveys:
        what = f"{call.session} is written idle by the stop, and nobody has said that it is live"
        yield Wrong("stop tells needlessly", what)


def _left_by_stop(glimpse: Glimpse) -> Iterator[Wrong]:
    if glimpse.observer.command == STOP_BROADCAST and glimpse.observer.to_tell:
        leaves = any(e.target in (IDLE, ERROR) and e.source is not IDLE for e in glimpse.having(Transition))
        left = glimpse.remembered.to_tell
        if leaves and left:
            yield Wrong("stop does not write", f"the stop is over, and {', '.join(left)} was not written idle")


def flags(glimpse: Glimpse) -> Sentences:
    """A live write says that host, producer and feed are on, an idle write that they are off (clauses CX-2 and CX-4,
    reading R10); who says what is true of a service instead is right, too."""
    if glimpse.onlook is None:
        return
    for write in glimpse.onlook.writes:
        live = write.operation == "convex.live"
        named = f"{write.operation} for {write.session}"
        if not write.flags and glimpse.onlook.needs_flags:
            yield Wrong("flags not told", f"{named} says nothing of host, producer and feed (clause CX-2)")
        false = [
            f"{service} {_on(said)}" for service, said in write.flags if said not in (live, service in write.active)
        ]
        if false:
            clause = "clause CX-4" if live else "reading R10"
            what = f"{named} says: {', '.join(false)}; it has to say that all are {_on(live)} ({clause})"
            yield Wrong(f"wrong flags in {write.operation}", what)


def _on(said: object) -> str:
    return str(said) if not isinstance(said, bool) else "on" if said else "off"


def _to_tell(glimpse: Glimpse) -> tuple[str, ...]:
    begins = Accepted(STOP_BROADCAST) in glimpse.effects and isinstance(glimpse.step, Do)
    return glimpse.before.written if begins else glimpse.observer.to_tell


def taken(glimpse: Glimpse) -> Sentences:
    """A new configuration, and the feed's content, are taken at once and change nothing else (readings R17 and R18)."""
    before, step = glimpse.before, glimpse.step
    expected: dict[str, object] = {}
    if isinstance(step, Reconfigure):
        expected["config"] = step.config
    if isinstance(step, Fill):
        expected["content"] = step.present
    for field in ("config", "content"):
        if field not in expected and glimpse.leaves(field):
            continue
        if getattr(glimpse.after, field) != expected.get(field, getattr(before, field)):
            what = f"{field} is {getattr(glimpse.after, field)} after {type(step).__name__.lower()}"
            yield Wrong("not taken", what)
    if expected and (glimpse.effects or not _goes_on(glimpse)):
        yield Wrong("takes more", f"{', '.join(expected)} changed more than itself")


def _goes_on(glimpse: Glimpse) -> bool:
    """Whether what is under way goes on as before."""
    return glimpse.leaves("procedure") or glimpse.after.procedure == glimpse.before.procedure
