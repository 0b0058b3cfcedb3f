"""Two cores of our own with ten mistakes each, a rule a mistake."""

from typing import cast

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import LIMIT, RECOVER, CommandName, Failure, Report
from broadcast_orchestrator.model.state import ATTEMPT, STOPPING_ALL, Procedure, ProcedureStep
from broadcast_orchestrator.model.table import ERROR, READY
from broadcast_orchestrator.model.views import OpenCall


class CarelessCore(Core):
    """Gets the details wrong."""

    def attempt(self) -> None:
        """Tries once more than it counts."""
        super().attempt()
        self.update(attempt=self.procedure.attempt - 1)

    def initialized(self) -> None:
        """Records another reason."""
        self.move(READY, "at last")
        self.succeed()

    def startup_failed(self, failure: Failure) -> None:
        """Gives a rollback twice its time."""
        super().startup_failed(failure)
        if self.core.procedure is not None:
            self.timer(LIMIT, 2 * self.procedure.config.shutdown_timeout)

    def shutdown(self) -> tuple[ProcedureStep, ...]:
        """Switches the host off before the producer."""
        first, second, *rest = super().shutdown()
        return (second, first, *rest)

    def shutdown_over(self) -> None:
        """Names the last failure of a stop alone."""
        self.update(failures=self.procedure.failures[-1:])
        super().shutdown_over()

    def report(self, event: Report) -> None:
        """Loses what the service said."""
        super().report(event._replace(message=""))

    def cleanup_over(self) -> None:
        """Takes every cleanup for a success."""
        self.update(failures=())
        super().cleanup_over()

    def recover(self) -> None:
        """Recovers where there is no error."""
        if self.core.state is READY:
            self.accept(RECOVER)
            self.begin(RECOVER, STOPPING_ALL)
            self.stop_all()
        else:
            super().recover()

    def owe(self, step: ProcedureStep) -> None:
        """Cleans up after services alone, never after the backend."""
        if step.session is None:
            super().owe(step)

    def refuse(self, command: str, reason: str, missing: tuple[str, ...] = ()) -> None:
        """Keeps what is missing to itself."""
        super().refuse(command, reason, ())


class ForgetfulCore(Core):
    """Leaves things out."""

    def initialize(self) -> None:
        """Forgets that there may be residue."""
        if self.core.state is ERROR:
            self.accept(CommandName.INITIALIZE)
            self.begin(CommandName.INITIALIZE, ATTEMPT)
            self.initialization()
        else:
            super().initialize()

    def startup(self, session: str | None) -> tuple[ProcedureStep, ...]:
        """Forgets the producer."""
        return tuple(step for step in super().startup(session) if step.operation != "producer.start")

    def startup_over(self) -> None:
        """Forgets whose broadcast is on air."""
        super().startup_over()
        self.set(session=None)

    def rollback_over(self) -> None:
        """Forgets all failures but the first."""
        self.update(failures=self.procedure.failures[:1])
        super().rollback_over()

    def note_failure(self, failure: Failure) -> None:
        """Forgets the failed stops of an emergency."""
        if self.procedure.phase is STOPPING_ALL:
            self.proceed()
        else:
            super().note_failure(failure)

    def stop_all(self) -> None:
        """Forgets the limit of an emergency stop."""
        super().stop_all()
        self.effects[:] = [effect for effect in self.effects if getattr(effect, "kind", "") != LIMIT]

    def take_over(self) -> None:
        """Forgets that a recover had failures."""
        recovering = cast(Procedure, self.core.procedure)
        self.set(procedure=recovering._replace(failures=()))
        super().take_over()

    def attached(self, failures: tuple[Failure, ...]) -> tuple[Failure, ...]:
        """Forgets what is new."""
        return self.core.error

    def late_success(self, call: OpenCall) -> None:
        """Forgets that a late switch-off has succeeded."""
        if call.operation not in ("host.stop", "producer.stop", "session.end", "live_feed.stop"):
            super().late_success(call)

    def drain(self) -> None:
        """Forgets the last step when the limit comes."""
        self.update(todo=self.procedure.todo[:-1])
        super().drain()
