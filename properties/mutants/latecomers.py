"""Mutants of what comes late or unasked: replies of abandoned calls, cleanups, and services that fall over."""

from broadcast_orchestrator.model import views
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import CLEANUP, LIMIT, Reply, Report, TimerKind
from broadcast_orchestrator.model.state import CLEANING, DELAY, FORWARD, ROLLBACK, SHUTDOWN_STEPS, ProcedureStep
from broadcast_orchestrator.model.table import IDLE, LIVE, READY
from broadcast_orchestrator.model.views import AWAITED, GIVEN_UP, View
from broadcast_orchestrator.properties.mutants.mutant import Mutant, faults


class TakesALateReplyForTheNewOne(Core):
    """Lets the late reply of an abandoned call move the procedure that waits for a newer one."""

    def reply(self, event: Reply) -> None:
        """Look at the service and not at the call."""
        call = self.views.ask(event.service, views.open_call, event.position)
        super().reply(event)
        procedure = self.core.procedure
        if call.standing != AWAITED and procedure is not None and procedure.phase not in (DELAY, CLEANING):
            waiting = [step for step in procedure.waiting if not step.operation.startswith(event.service)]
            if event.ok and len(waiting) < len(procedure.waiting):
                self.update(waiting=tuple(waiting))
                self.proceed()


class CleansUpInANewerBroadcast(Core):
    """Does not make older switch-ons void when a switch-off is confirmed, so that they are cleaned up much later."""

    def confirm_off(self, service: str, session: str | None) -> None:
        """Confirm it, and leave the older calls as they are."""
        self.views.change(service, confirmed)
        if service == "convex":
            self.set(written=tuple(other for other in self.core.written if other != session))
        self.dismiss(service, session)


def confirmed(view: View) -> View:
    """Off, as far as is known."""
    return view._replace(on_air=False, off=views.FINE)


class BelievesOldSwitchOffs(Core):
    """Takes the late success of a switch-off for news, although a switch-on was issued since."""

    def call(self, step: ProcedureStep) -> None:
        """Leave older switch-offs standing beside a switch-on."""
        if step.operation.endswith(".start"):
            self.views.change(step.operation.partition(".")[0], voidable, False)
        super().call(step)
        if step.operation.endswith(".start"):
            self.views.change(step.operation.partition(".")[0], voidable, True)


HIDDEN = "hidden"


def voidable(view: View, shown: bool) -> View:
    """Hide the open switch-offs from what would make them void, or show them again."""
    return view._replace(
        calls=tuple(
            call._replace(session=None if shown else HIDDEN)
            if call.standing == GIVEN_UP and not call.operation.endswith(".start")
            else call
            for call in view.calls
        )
    )


class CleansUpInLive(Core):
    """Cleans up whatever came on late, also in the middle of a broadcast."""

    def needs_cleanup(self, service: str) -> bool:
        """Always."""
        return True


class CleanupHasNoLimit(Core):
    """Cleans up without a limit."""

    def timer(self, kind: TimerKind, duration_ms: int) -> None:
        """Leave that limit out."""
        if (kind, self.procedure.phase) != (LIMIT, CLEANING):
            super().timer(kind, duration_ms)


class CleansUpBesideAStart(Core):
    """Begins a cleanup although something else is under way."""

    def owe(self, step: ProcedureStep) -> None:
        """Issue it at once."""
        self.accept(CLEANUP)
        self.update(todo=(step, *self.procedure.todo)) if self.core.procedure else super().owe(step)


class KeepsBelievingInALostHost(Core):
    """Goes on believing that the host is initialized when it reports that it fell over."""

    def report(self, event: Report) -> None:
        """Keep the belief."""
        initialized = self.core.initialized
        super().report(event)
        self.set(initialized=initialized)


class IgnoresReportsInLive(Core):
    """Shrugs when a service falls over in the middle of a broadcast."""

    def report(self, event: Report) -> None:
        """Ignore it there."""
        if self.core.state is not LIVE or self.core.procedure is not None:
            super().report(event)


class IgnoresReportsInReady(Core):
    """Shrugs when a service falls over before a broadcast."""

    def report(self, event: Report) -> None:
        """Ignore it there."""
        if self.core.state is not READY:
            super().report(event)


class IgnoresReportsInIdle(Core):
    """Shrugs when a service falls over in idle."""

    def report(self, event: Report) -> None:
        """Ignore it there."""
        if self.core.state is not IDLE:
            super().report(event)


class IgnoresReportsInAStart(Core):
    """Goes live although a service fell over on the way."""

    def report(self, event: Report) -> None:
        """Ignore it there."""
        procedure = self.core.procedure
        if procedure is None or procedure.phase != FORWARD:
            super().report(event)


class IgnoresReportsInARollback(Core):
    """Does not attach what fell over during a rollback."""

    def report(self, event: Report) -> None:
        """Ignore it there."""
        procedure = self.core.procedure
        if procedure is None or procedure.phase != ROLLBACK:
            super().report(event)


class IgnoresReportsInAStop(Core):
    """Does not note what fell over during a stop, and believes in it."""

    def report(self, event: Report) -> None:
        """Ignore it there."""
        procedure = self.core.procedure
        if procedure is None or procedure.phase != SHUTDOWN_STEPS:
            super().report(event)


class IgnoresReportsInARetryDelay(Core):
    """Does not note what fell over during the delay before a retry."""

    def report(self, event: Report) -> None:
        """Ignore it there."""
        procedure = self.core.procedure
        if procedure is None or procedure.phase != DELAY:
            super().report(event)


UNSYNCED = faults("F1", "F4", limit=2, places=("shutdown", "emergency"))._replace(sessions=(None,))

MUTANTS = (
    Mutant(TakesALateReplyForTheNewOne, "R9", ("G8",), faults("F4", limit=2, places=("forward",))),
    Mutant(CleansUpInANewerBroadcast, "R9", ("G3",), faults("F4")),
    Mutant(BelievesOldSwitchOffs, "R9", ("G4",), UNSYNCED),
    Mutant(CleansUpInLive, "R10", ("G15",), faults("F1", "F4", limit=2, places=("forward", "rollback"))),
    Mutant(CleanupHasNoLimit, "R7", ("G7",), faults("F1", "F4", limit=2, places=("forward", "rollback"))),
    Mutant(CleansUpBesideAStart, "R15", ("G9",), faults("F1", "F4", limit=2, places=("forward", "rollback"))),
    Mutant(KeepsBelievingInALostHost, "R14", ("G4",), faults("F9")),
    Mutant(IgnoresReportsInLive, "R14", ("G3",), faults("F9")),
    Mutant(IgnoresReportsInReady, "R14", ("G5",), faults("F9")),
    Mutant(IgnoresReportsInIdle, "R14", ("G5",), faults("F9")),
    Mutant(IgnoresReportsInAStart, "R14", ("G3",), faults("F9")),
    Mutant(IgnoresReportsInARollback, "R14", ("G5",), faults("F1", "F9", limit=2)._replace(sessions=(None,))),
    Mutant(IgnoresReportsInAStop, "R14", ("G5",), faults("F9")),
    Mutant(IgnoresReportsInARetryDelay, "R14", ("G5",), faults("F2", "F9", limit=2)._replace(sessions=())),
)
