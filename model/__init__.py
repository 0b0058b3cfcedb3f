"""What the orchestrator is: its states, table, procedures and core, on the standard library alone."""

from model import hooks
from model.config import DEFAULT_CONFIG, ConfigError, OrchestratorConfig
from model.events import Failure
from model.orchestrator import Orchestrator
from model.outcome import BroadcastError, CommandFailed, CommandInterrupted, CommandRefused, Outcome
from model.record import HistoryEntry
from model.snapshot import BroadcastSnapshot
from model.table import FORCED, TABLE, BroadcastState
from model.validation import TransitionValidation

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
