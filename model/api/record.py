"""The record: every change of state with its time, and the log, built from what the core asks for.

Nothing is ever changed or taken away: `add` only appends, so what a record once said it says forever.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, assert_never

from broadcast_orchestrator.model.events import (
    CLEANUP,
    EMERGENCY_STOP,
    INTERRUPTED,
    RECOVER,
    START_BROADCAST,
    STOP_BROADCAST,
    Accepted,
    Call,
    CommandEnding,
    CoreEffect,
    Refused,
    SetTimer,
    Settled,
    TimerKind,
    Transition,
)
from broadcast_orchestrator.model.operations import CALLABLE
from broadcast_orchestrator.model.state import (
    CLEANING,
    FORWARD,
    ROLLBACK,
    SHUTDOWN_STEPS,
    STOPPING_ALL,
    CoreState,
    Procedure,
    residue,
)
from broadcast_orchestrator.model.table import IDLE, INITIALIZING, LIVE, READY, STARTING, STOPPING, BroadcastState


class HistoryEntry(NamedTuple):
    """One change of state (reading R22). `at_ms` is the driver's time, None where it has no clock; `violation` marks
    a change outside the table that was only watched (reading R19)."""

    source: BroadcastState
    target: BroadcastState
    reason: str
    at_ms: float | None = None
    forced: bool = False
    violation: bool = False


class Record:
    """The history of transitions and the verbose log of one orchestrator, both oldest first."""

    def __init__(self) -> None:
        self.history: list[HistoryEntry] = []
        self.log: list[str] = []

    def add(self, before: CoreState, effects: Iterable[CoreEffect], after: CoreState, at_ms: float | None) -> None:
        """Append what one step brought; it writes log lines only while verbose logging is on (clause LG-1)."""
        effects = tuple(effects)
        for effect in effects:
            if isinstance(effect, Transition):
                self.history.append(
                    HistoryEntry(effect.source, effect.target, effect.reason, at_ms, effect.forced, effect.violation)
                )
        if after.config.verbose_logging:
            self.log += log_lines(before, effects, after)


TAG = "🎛️ [ORCHESTRATOR]"
"""How every log line begins (clause LG-1)."""


def log_lines(before: CoreState, effects: Iterable[CoreEffect], after: CoreState) -> Iterator[str]:
    """The log lines of one step, in the order of what happened."""
    for effect in effects:
        for line in _lines(before, effect, after):
            yield f"{TAG} {line}"


def _lines(before: CoreState, effect: CoreEffect, after: CoreState) -> Iterator[str]:
    match effect:
        case Transition():
            yield from _transition(effect)
        case Call(operation) if after.procedure is not None:
            yield _call(operation, after.procedure)
        case SetTimer(kind, duration_ms) if after.procedure is not None:
            yield from _timer(kind, duration_ms, before, after.procedure)
        case Accepted(command, joined):
            yield from [f"{command} joins the one under way"] if joined else BEGINNINGS.get(command, ())
        case Refused(command, reason):
            yield f"⚠️ {command} refused: {reason}"
        case Settled():
            yield from _settled(effect, after)


BEGINNINGS: dict[str, tuple[str, ...]] = {
    START_BROADCAST: ("Starting broadcast...",),
    STOP_BROADCAST: ("Stopping broadcast...",),
    EMERGENCY_STOP: ("🚨 Emergency stop - stopping all services at once",),
    RECOVER: ("Recovering - stopping all services at once",),
    CLEANUP: ("Cleaning up after a late reply...",),
}
"""What is logged when a command is let in; an initialize is told by its transition."""

MILESTONES: dict[tuple[BroadcastState, BroadcastState], str] = {
    (INITIALIZING, READY): "✅ Initialization complete - system ready for broadcast",
    (STARTING, LIVE): "✅ Startup complete - on air",
    (STOPPING, IDLE): "✅ Shutdown complete - off air",
}
"""What has been reached when the state changes so; logged just before the transition."""


def _transition(effect: Transition) -> Iterator[str]:
    if not effect.forced and effect.reason != EMERGENCY_STOP and (effect.source, effect.target) in MILESTONES:
        yield MILESTONES[effect.source, effect.target]
    marks = (", forced: true" if effect.forced else "") + (", violation: true" if effect.violation else "")
    yield f"State transition: {effect.source} → {effect.target} {{ reason: '{effect.reason}'{marks} }}"
    if effect.target is INITIALIZING:
        yield "Starting initialization..."


PHASES = {
    FORWARD: "Startup",
    ROLLBACK: "↩️ Rollback",
    SHUTDOWN_STEPS: "Shutdown",
    STOPPING_ALL: "Stop",
    CLEANING: "Cleanup",
}

LEFT_LIVE = "The backend was left live"
"""Why a cleanup waits before it writes idle once more (see `model.measures.BackendReconciled`)."""


def _call(operation: str, procedure: Procedure) -> str:
    if procedure.phase in PHASES:
        return f"{PHASES[procedure.phase]}: {CALLABLE[operation].method}"
    if operation != "host.initialize":  # what only a core with measures asks for then
        return f"Initialization: {CALLABLE[operation].method}"
    again = f" (attempt {procedure.attempt} of {1 + procedure.config.max_retries})" if procedure.attempt > 1 else ""
    return f"Initializing host agent...{again}"


def _timer(kind: TimerKind, duration_ms: int, before: CoreState, procedure: Procedure) -> Iterator[str]:
    match kind:
        case TimerKind.RETRY_DELAY:
            failed = (
                f"Attempt {procedure.attempt} failed ({procedure.failures[-1]})" if procedure.failures else LEFT_LIVE
            )
            yield f"⚠️ {failed}, trying again in {duration_ms} ms"
        case TimerKind.DRAIN:
            yield "⚠️ Time limit reached - taking the remaining steps without waiting"
        case TimerKind.LIMIT:
            if procedure.phase == ROLLBACK and (before.procedure is None or before.procedure.phase != ROLLBACK):
                yield f"❌ Startup failed ({procedure.failures[0]}) - rolling back"
        case never:
            assert_never(never)


def _settled(effect: Settled, after: CoreState) -> Iterator[str]:
    match effect.verdict:
        case CommandEnding.FAILED:
            yield f"❌ {effect.command} failed: {'; '.join(map(str, effect.failures))}"
        case CommandEnding.INTERRUPTED:
            yield f"⚠️ {effect.command} interrupted by an emergency stop"
        case CommandEnding.SUCCEEDED:
            pass
        case never:
            assert_never(never)
    if effect.verdict != INTERRUPTED and residue(after):
        yield f"⚠️ Not confirmed off: {', '.join(residue(after))}"
