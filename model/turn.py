"""One turn of the core: the state while it is being advanced, and the few moves that every rule is made of.

A turn is scratch paper. It is made from a state, it is changed by the rules in `model.core`, and it is
frozen into the next state and its effects; nobody outside ever sees it.
"""

from broadcast_orchestrator.model import views
from broadcast_orchestrator.model.events import (
    EMERGENCY_STOP,
    FAILED,
    INTERRUPTED,
    SUCCEEDED,
    Accepted,
    Call,
    CancelTimer,
    CommandEnding,
    CommandName,
    CoreEffect,
    Failure,
    GiveUp,
    Refused,
    SetTimer,
    Settled,
    TimerKind,
    Transition,
)
from broadcast_orchestrator.model.operations import CALLABLE, CONVEX, ON_AIR_SERVICES
from broadcast_orchestrator.model.state import CoreState, Procedure, ProcedureStep
from broadcast_orchestrator.model.table import EDGES, ERROR, FORCED_EDGES, LIVE, BroadcastState
from broadcast_orchestrator.model.views import OpenCall, Services


class IllegalTransition(RuntimeError):
    """A rule asked for a change of state that the table does not have, while the table is enforced (clause ST-9)."""


class Turn:
    """The moves. `core` is replaced field by field; `effects` are collected in order."""

    def __init__(self, core: CoreState, services: Services) -> None:
        self.core = core
        self.views = services
        self.effects: list[CoreEffect] = []

    def set(self, **fields: object) -> None:
        """Replace fields of the state."""
        self.core = self.core._replace(**fields)  # type: ignore[arg-type]

    def update(self, **fields: object) -> None:
        """Replace fields of the procedure under way."""
        self.set(procedure=self.procedure._replace(**fields))  # type: ignore[arg-type]

    @property
    def procedure(self) -> Procedure:
        """The procedure under way; a rule that asks for it knows that there is one."""
        assert self.core.procedure is not None
        return self.core.procedure

    # -- Services ---------------------------------------------------------------------------------

    def residue(self) -> tuple[str, ...]:
        """The services whose switch-off was tried and not confirmed since."""
        return tuple(service for service in ON_AIR_SERVICES if self.views.ask(service, views.is_residue))

    def call(self, step: ProcedureStep) -> None:
        """Make a call and wait for it."""
        operation = CALLABLE[step.operation]
        self.views.change(operation.service, views.issue, *step)
        if operation.service == CONVEX and operation.turns_on and step.session not in self.core.written:
            self.set(written=(*self.core.written, step.session))
        self.update(waiting=(*self.procedure.waiting, step))
        self.effects.append(Call(*step))

    def take(self, service: str, index: int) -> OpenCall:
        """Close the call and return it."""
        call = self.views.ask(service, views.open_call, index)
        self.views.change(service, views.close, index)
        return call

    def confirm_off(self, service: str, session: str | None) -> None:
        """A switch-off succeeded: nothing older can matter, and no cleanup is needed (readings R9 and R10)."""
        self.views.change(service, views.confirm_off, session)
        if service == CONVEX:
            self.set(written=tuple(other for other in self.core.written if other != session))
        self.dismiss(service, session)

    def dismiss(self, service: str, session: str | None = None) -> None:
        """Take a cleanup off the list."""
        due = self.core.due
        self.set(due=tuple(s for s in due if CALLABLE[s.operation].service != service or s.session != session))

    def name_residue(self, step: ProcedureStep) -> None:
        """If the step was a switch-off, or the read that confirms one, it ended without success."""
        operation = CALLABLE[step.operation]
        if operation.turns_on is False or operation.finds is False:
            self.views.change(operation.service, views.name_residue)

    def give_up(self, waiting: tuple[ProcedureStep, ...]) -> None:
        """Wait no longer for these calls."""
        for step in waiting:
            self.views.change(CALLABLE[step.operation].service, views.give_up)
            self.effects.append(GiveUp(*step))

    # -- State and procedures ---------------------------------------------------------------------

    def move(self, target: BroadcastState, reason: str, error: tuple[Failure, ...] = ()) -> None:
        """Change the state. The error text comes and goes with the error state (reading R4).

        Raises IllegalTransition where the table forbids the change, unless the configuration says that the
        table is only watched: then the change is recorded as a violation (reading R19).
        """
        edge = (self.core.state, target)
        if edge in EDGES:
            self._moved(Transition(*edge, reason), error)
        elif edge in FORCED_EDGES and self.may_force():
            self._moved(Transition(*edge, reason, forced=True), error)
        elif self.core.config.enable_state_validation:
            raise IllegalTransition(f"Invalid transition from {edge[0]} to {edge[1]}")
        else:
            self._moved(Transition(*edge, reason, violation=True), error)

    def _moved(self, transition: Transition, error: tuple[Failure, ...]) -> None:
        self.effects.append(transition)
        self.set(state=transition.target, error=error if transition.target is ERROR else ())
        if transition.target is not LIVE:
            self.set(session=None)

    def may_force(self) -> bool:
        """Only an emergency stop may take a forced edge (reading R3)."""
        return self.core.procedure is not None and self.core.procedure.command == EMERGENCY_STOP

    def timer(self, kind: TimerKind, duration_ms: int) -> None:
        """Arm the one timer."""
        self.effects.append(SetTimer(kind, duration_ms))

    def accept(self, command: CommandName, *, joined: bool = False) -> None:
        """Tell the caller that its command is under way."""
        self.effects.append(Accepted(command, joined))

    def refuse(self, command: str, reason: str, missing: tuple[str, ...] = ()) -> None:
        """Tell the caller why nothing happened."""
        self.effects.append(Refused(command, reason, missing))

    def succeed(self) -> None:
        """The procedure is over and did what was asked."""
        self._over(SUCCEEDED)

    def fail(self, failures: tuple[Failure, ...]) -> None:
        """The procedure is over and failed; the first failure is its cause."""
        self.update(failures=failures)
        self._over(FAILED)

    def _over(self, verdict: CommandEnding) -> None:
        self.effects.append(CancelTimer())
        self.settle(verdict)

    def settle(self, verdict: CommandEnding) -> None:
        """End the procedure and settle its command."""
        procedure = self.procedure
        self.set(procedure=None)
        self.effects.append(Settled(procedure.command, verdict, procedure.failures, procedure.notes))

    def interrupt(self) -> None:
        """The procedure's command fails at once, with its first cause if it had one (reading R15)."""
        self.settle(INTERRUPTED)
