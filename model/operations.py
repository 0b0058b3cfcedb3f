"""The five services, what can be asked of them, and the startup steps with what undoes each.

Rollback and shutdown are not written down anywhere: they are derived here, by reversal, from `STARTUP`.
"""

from typing import NamedTuple


class Operation(NamedTuple):
    """One thing that the orchestrator asks of a service.

    `name` is "service.verb" as used on the command line, in traces and in experiments; `method` is how
    the guide's stores call it; `turns_on` tells a switch-on from a switch-off (None: neither). `finds` is what a read
    has to find to succeed, on or off (None: it is no read).
    """

    name: str
    service: str
    method: str
    turns_on: bool | None
    finds: bool | None = None


LIVE_FEED, SESSION, HOST, PRODUCER, CONVEX = "live_feed", "session", "host", "producer", "convex"
SERVICES = (LIVE_FEED, SESSION, HOST, PRODUCER, CONVEX)
"""Every service, in the order of the startup steps."""

ON_AIR_SERVICES = SERVICES[:4]
"""The services that can be on air; the backend only tells the world about it."""

OPERATIONS: dict[str, Operation] = {
    operation.name: operation
    for operation in (
        Operation("host.initialize", HOST, "hostStore.initialize()", None),
        Operation("live_feed.start", LIVE_FEED, "liveFeedStore.setIsLive(true)", True),
        Operation("live_feed.stop", LIVE_FEED, "liveFeedStore.setIsLive(false)", False),
        Operation("session.start", SESSION, "sessionStore.startBroadcastSession()", True),
        Operation("session.end", SESSION, "sessionStore.endBroadcastSession()", False),
        Operation("host.start", HOST, "hostStore.start()", True),
        Operation("host.stop", HOST, "hostStore.stop()", False),
        Operation("producer.start", PRODUCER, "producerStore.startProducer()", True),
        Operation("producer.stop", PRODUCER, "producerStore.stopProducer()", False),
        Operation("convex.live", CONVEX, "updateBroadcastState('live')", True),
        Operation("convex.idle", CONVEX, "updateBroadcastState('idle')", False),
    )
}
"""Every operation by name (clauses SU-5 to SU-9 and SD-3 to SD-7)."""


IS_ON = {service: f"{service}.is_on" for service in SERVICES}
IS_OFF = {service: f"{service}.is_off" for service in SERVICES}
"""The reads of each service: that it is on, and that it is off. Asked of the backend they are about one session, or,
where none is named, about any."""

IS_INITIALIZED = f"{HOST}.is_initialized"
"""The read of the host that it is initialized."""

READS: dict[str, Operation] = {
    name: Operation(name, service, f"read {service}", None, finds)
    for service in SERVICES
    for name, finds in ((IS_ON[service], True), (IS_OFF[service], False))
} | {IS_INITIALIZED: Operation(IS_INITIALIZED, HOST, "read host", None, True)}
"""What a core asks its services that reads back (see `model.measures`); the guide's never does."""

LEASE = Operation("convex.lease", CONVEX, "takeLease()", None)
"""What a core asks of the backend that commands under a lease alone."""

CALLABLE = OPERATIONS | READS | {LEASE.name: LEASE}
"""Everything that a core may ask of a service, under any measure."""


class StartupStep(NamedTuple):
    """A step of the startup and the operation that undoes it. A sync step runs last in both directions."""

    operation: str
    undo: str
    sync: bool = False


STARTUP: tuple[StartupStep, ...] = (
    StartupStep("live_feed.start", "live_feed.stop"),
    StartupStep("session.start", "session.end"),
    StartupStep("host.start", "host.stop"),
    StartupStep("producer.start", "producer.stop"),
    StartupStep("convex.live", "convex.idle", sync=True),
)
"""What `start_broadcast` does, in order (clause SU-4)."""

UNDO: dict[str, str] = {step.operation: step.undo for step in STARTUP}
"""The switch-off that undoes each switch-on (reading R8)."""

SHUTDOWN: tuple[str, ...] = tuple(step.undo for step in reversed(STARTUP) if not step.sync) + tuple(
    step.undo for step in STARTUP if step.sync
)
"""What `stop_broadcast` does, in order: the startup reversed, the backend told last (clause SD-2)."""

STOPS: dict[str, str] = {OPERATIONS[name].service: name for name in SHUTDOWN if OPERATIONS[name].service != CONVEX}
"""The switch-off of each service that can be on air, in the order of the shutdown."""
