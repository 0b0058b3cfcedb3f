"""The names that mean something: of stores, their operations and flags, of commands, queries, hooks and the monitor."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

SERVICES = ("host", "producer", "live_feed", "session")
COMMANDS = ("initialize", "startBroadcast", "stopBroadcast", "emergencyStop", "recover")
QUERIES = ("canStartBroadcast", "canStopBroadcast", "validateTransition", "getSnapshot")
HOOKS = (
    "useIsBroadcasting",
    "useCanStartBroadcast",
    "useCanStopBroadcast",
    "useBroadcastState",
    "useHasError",
    "useBroadcastError",
    "useIsTransitioning",
    "useBroadcastSnapshot",
)
FIELDS = ("state", "previousState", "error", "lastTransition", "history", "transitionHistory", "isTransitioning")
"""What a component may read of the orchestrator's own state."""

STORES = MappingProxyType(
    {
        "useHostAgentStore": "host",
        "useHostStore": "host",
        "hostAgentStore": "host",
        "hostStore": "host",
        "useProducerStore": "producer",
        "useProducerAgentStore": "producer",
        "producerStore": "producer",
        "useSimpleLiveFeedStore": "live_feed",
        "useLiveFeedStore": "live_feed",
        "simpleLiveFeedStore": "live_feed",
        "liveFeedStore": "live_feed",
        "useBroadcastSessionStore": "session",
        "broadcastSessionStore": "session",
    }
)
OPERATIONS = MappingProxyType(
    {
        "host": ("initialize", "start", "stop"),
        "producer": ("startProducer", "stopProducer"),
        "live_feed": ("setIsLive",),
        "session": ("startBroadcastSession", "endBroadcastSession"),
    }
)
FLAGS = MappingProxyType(
    {"host": ("isActive",), "producer": ("isActive",), "live_feed": ("isLive",), "session": ("isActive",)}
)
"""The fields that say whether a service is on air."""

KEPT = MappingProxyType({"host": ("isInitialized", "hostAgent"), "producer": (), "live_feed": (), "session": ()})
"""The other fields that are the orchestrator's to change."""


class Vocabulary(NamedTuple):
    """The names that one application uses; the guide's own, unless something else is said.

    `stores`, `commands` and `hooks` go from the application's name to ours. A key of `stores` may also be a module and
    an export, joined by "#", where two stores are exported under one name. `modules` are the last parts of the paths of
    the files that are the orchestrator; `top_level` are further components that may initialize.
    """

    stores: Mapping[str, str] = STORES
    operations: Mapping[str, tuple[str, ...]] = OPERATIONS
    flags: Mapping[str, tuple[str, ...]] = FLAGS
    kept: Mapping[str, tuple[str, ...]] = KEPT
    orchestrators: tuple[str, ...] = ("useBroadcastOrchestrator", "broadcastOrchestrator")
    commands: Mapping[str, str] = MappingProxyType(dict(zip(COMMANDS, COMMANDS, strict=True)))
    queries: Mapping[str, str] = MappingProxyType(dict(zip(QUERIES, QUERIES, strict=True)))
    hooks: Mapping[str, str] = MappingProxyType(dict(zip(HOOKS, HOOKS, strict=True)))
    monitors: tuple[str, ...] = ("BroadcastStateMonitor",)
    modules: tuple[str, ...] = ()
    top_level: tuple[str, ...] = ()

    def written(self, command: str) -> str:
        """How the application writes this command of ours."""
        return next((theirs for theirs, ours in self.commands.items() if ours == command), command)


GUIDE = Vocabulary()
"""The guide's own names."""
