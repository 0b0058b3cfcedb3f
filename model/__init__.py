"""What the orchestrator is: its states, table, procedures and core, on the standard library alone."""

from broadcast_orchestrator.model.api import hooks
from broadcast_orchestrator.model.api.orchestrator import Orchestrator
from broadcast_orchestrator.model.api.outcome import (
    BroadcastError,
    CommandFailed,
    CommandInterrupted,
    CommandRefused,
    Outcome,
)
from broadcast_orchestrator.model.api.record import HistoryEntry
from broadcast_orchestrator.model.api.snapshot import BroadcastSnapshot
from broadcast_orchestrator.model.api.validation import TransitionValidation
from broadcast_orchestrator.model.config import DEFAULT_CONFIG, ConfigError, OrchestratorConfig
from broadcast_orchestrator.model.events import Failure
from broadcast_orchestrator.model.table import FORCED, TABLE, BroadcastState

__all__ = [
    "DEFAULT_CONFIG",
    "FORCED",
    "TABLE",
    "BroadcastError",
    "BroadcastSnapshot",
    "BroadcastState",
    "CommandFailed",
    "CommandInterrupted",
    "CommandRefused",
    "ConfigError",
    "Failure",
    "HistoryEntry",
    "Orchestrator",
    "OrchestratorConfig",
    "Outcome",
    "TransitionValidation",
    "hooks",
]
