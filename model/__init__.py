"""What the orchestrator is: its states, table, procedures and core, on the standard library alone."""

from broadcast_orchestrator.model import hooks
from broadcast_orchestrator.model.config import DEFAULT_CONFIG, ConfigError, OrchestratorConfig
from broadcast_orchestrator.model.events import Failure
from broadcast_orchestrator.model.orchestrator import Orchestrator
from broadcast_orchestrator.model.outcome import (
    BroadcastError,
    CommandFailed,
    CommandInterrupted,
    CommandRefused,
    Outcome,
)
from broadcast_orchestrator.model.record import HistoryEntry
from broadcast_orchestrator.model.snapshot import BroadcastSnapshot
from broadcast_orchestrator.model.table import FORCED, TABLE, BroadcastState
from broadcast_orchestrator.model.validation import TransitionValidation

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
