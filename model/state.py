"""What the core knows: one immutable, hashable value, free of clocks, counters and history.

It stays finite however long the orchestrator runs: open calls are told apart by their age among the open
calls of their service, and whatever can no longer matter is left out. Drivers keep numbers, times and history.
"""

from typing import NamedTuple

from broadcast_orchestrator.model.closed_set import ClosedSet
from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.events import CommandName, Failure
from broadcast_orchestrator.model.operations import ON_AIR_SERVICES, SERVICES
from broadcast_orchestrator.model.table import IDLE, INITIALIZING, STARTING, STOPPING, BroadcastState
from broadcast_orchestrator.model.views import View, is_on_air, is_residue


class ProcedureStep(NamedTuple):
    """A call that is still to be made."""

    operation: str
    session: str | None = None


class Phase(ClosedSet):
    """The phases of procedures: an attempt to initialize, the delay before the next, the startup steps, their
    undoing, the shutdown steps, the parallel stops of an emergency stop, and a cleanup's one switch-off."""

    ATTEMPT = "attempt"
    DELAY = "delay"
    FORWARD = "forward"
    ROLLBACK = "rollback"
    SHUTDOWN_STEPS = "shutdown"
    STOPPING_ALL = "stops"
    CLEANING = "cleaning"


ATTEMPT, DELAY, FORWARD, ROLLBACK, SHUTDOWN_STEPS, STOPPING_ALL, CLEANING = Phase


class Procedure(NamedTuple):
    """The one procedure under way: whose command it is, where it stands, and what went wrong so far.

    `todo` are the steps not yet issued, `waiting` those that it waits for, `issued` those of a startup that a
    rollback must undo. `draining` means that a limit has issued the rest at once. `earlier` is the error that a
    recover set out from.
    """

    command: CommandName
    phase: Phase
    config: OrchestratorConfig
    todo: tuple[ProcedureStep, ...] = ()
    waiting: tuple[ProcedureStep, ...] = ()
    issued: tuple[ProcedureStep, ...] = ()
    attempt: int = 0
    draining: bool = False
    session: str | None = None
    failures: tuple[Failure, ...] = ()
    notes: tuple[Failure, ...] = ()
    earlier: tuple[Failure, ...] = ()


class CoreState(NamedTuple):
    """Everything the core knows. `views` follow `SERVICES`; `written` are the sessions that the backend was told
    are live and not yet, confirmed, that they are idle; `session` is that of the broadcast on air; `due` are
    cleanups that wait their turn; `error` holds the first cause and what was attached to it."""

    config: OrchestratorConfig = OrchestratorConfig()
    state: BroadcastState = IDLE
    views: tuple[View, ...] = (View(),) * len(SERVICES)
    initialized: bool = False
    content: bool = True
    written: tuple[str, ...] = ()
    session: str | None = None
    procedure: Procedure | None = None
    due: tuple[ProcedureStep, ...] = ()
    error: tuple[Failure, ...] = ()


def residue(core: CoreState) -> tuple[str, ...]:
    """The services whose switch-off was tried and not confirmed since."""
    return tuple(s for s, view in zip(ON_AIR_SERVICES, core.views, strict=False) if is_residue(view))


def on_air(core: CoreState) -> tuple[str, ...]:
    """The services that are on air as far as is known."""
    return tuple(s for s, view in zip(ON_AIR_SERVICES, core.views, strict=False) if is_on_air(view))


def left_live(core: CoreState) -> tuple[str, ...]:
    """The sessions that the backend may still call live although they are not on air (reading R10)."""
    wanted = (core.session, core.procedure.session if core.procedure else None)
    return tuple(session for session in core.written if session not in wanted)


def missing_for_start(core: CoreState, residue: tuple[str, ...]) -> tuple[str, ...]:
    """What keeps a start from being accepted, apart from the state itself (readings R5 and R18)."""
    missing = []
    if not core.initialized:
        missing.append("host agent is not initialized")
    if not core.content:
        missing.append("live feed has no content")
    if core.procedure is not None:
        missing.append(f"{core.procedure.command} is under way")
    if residue:
        missing.append(f"switch-off not confirmed: {', '.join(residue)}")
    return tuple(missing)


def is_transitioning(core: CoreState) -> bool:
    """True in the three passing states and whenever a procedure is under way (reading R21)."""
    return core.procedure is not None or core.state in (INITIALIZING, STARTING, STOPPING)
