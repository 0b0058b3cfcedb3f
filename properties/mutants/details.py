"""Mutants of the details: how often a limit is armed, which failures are told and how, which configuration is followed.

Each of these cores comes through every start and stop, and was once called proved.
"""

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import (
    LIMIT,
    RETRY_DELAY,
    Configure,
    Failure,
    FailureKind,
    Report,
)
from broadcast_orchestrator.model.state import FORWARD, ROLLBACK, ProcedureStep
from broadcast_orchestrator.model.table import ERROR, IDLE, BroadcastState
from broadcast_orchestrator.model.views import OpenCall
from broadcast_orchestrator.properties.model_check.proof import CONFIG
from broadcast_orchestrator.properties.mutants.mutant import HASTY, RACING, Mutant, faults
from broadcast_orchestrator.sim.world.world import Scope

SLOW = CONFIG._replace(shutdown_timeout=30_000)


class ArmsTheLimitAtEachStep(Core):
    """Gives each step of a start the whole limit anew."""

    def take_step(self) -> None:
        """One more limit."""
        if self.procedure.phase is FORWARD and self.procedure.issued:
            self.timer(LIMIT, self.procedure.config.startup_timeout)
        super().take_step()


class RollsBackByTheNewConfiguration(Core):
    """Takes the limit of a rollback from the configuration as it is by then."""

    def startup_failed(self, failure: Failure) -> None:
        """The rollback follows what was set since the start began."""
        self.update(config=self.core.config)
        super().startup_failed(failure)


class WaitsLongerEachTime(Core):
    """Doubles the delay with every retry."""

    def timer(self, kind: str, duration_ms: int) -> None:
        """Twice as long for each attempt so far."""
        super().timer(kind, duration_ms * self.procedure.attempt if kind == RETRY_DELAY else duration_ms)  # type: ignore[arg-type]


class RetriesOnceLess(Core):
    """Gives in one retry early."""

    def attempt_failed(self, failure: Failure) -> None:
        """One attempt counts twice."""
        self.update(attempt=self.procedure.attempt + 1)
        super().attempt_failed(failure)


class TellsARefusalAsASilence(Core):
    """Tells the caller that a refused call has timed out."""

    def step_failed(self, failure: Failure) -> None:
        """Another kind of failure."""
        super().step_failed(failure._replace(kind=FailureKind.TIMED_OUT))


class DropsWhatTheServiceSaid(Core):
    """Keeps the failure and loses its words."""

    def step_failed(self, failure: Failure) -> None:
        """No message."""
        super().step_failed(failure._replace(message=""))


class KeepsTheSecondFailureToItself(Core):
    """Tells the caller of the first failure alone."""

    def fail(self, failures: tuple[Failure, ...]) -> None:
        """The rest is left out."""
        super().fail(failures[:1])


class IgnoresReportsInItsStops(Core):
    """Forgets a report that comes while it stops or rolls back."""

    def report(self, event: Report) -> None:
        """Heard in calm and on the way forward alone."""
        if self.core.procedure is None or self.core.procedure.phase is not ROLLBACK:
            super().report(event)


class ForgetsTheCauseThatItRecovers(Core):
    """Fails a recover without the error that it set out from."""

    def stops_over(self) -> None:
        """No earlier cause."""
        self.update(earlier=())
        super().stops_over()


class SyncsThoughItIsOff(Core):
    """Tells the backend whatever the option says."""

    def startup(self, session: str | None) -> tuple[ProcedureStep, ...]:
        """As if sync were on."""
        before = self.core.config
        self.set(config=before._replace(enable_convex_sync=True))
        steps = super().startup(session)
        self.set(config=before)
        return steps


class RefusesWithoutAReason(Core):
    """Refuses, and does not say why."""

    def refuse(self, command: str, reason: str, missing: tuple[str, ...] = ()) -> None:
        """Nothing is told."""
        super().refuse(command, "", ())


class GivesOneReasonForAll(Core):
    """Records every change with the same reason."""

    def move(self, target: BroadcastState, reason: str, error: tuple[Failure, ...] = ()) -> None:
        """Whatever led to it."""
        super().move(target, "changed", error)


class LeavesLateSuccessesOn(Core):
    """Never cleans up after a late success of a service that is residue."""

    def late_success(self, call: OpenCall) -> None:
        """Named is as good as off."""
        if call.operation.partition(".")[0] not in self.residue():
            super().late_success(call)


class GoesOnBeyondTheLimit(Core):
    """Takes a step whose limit has come as done, and goes live."""

    def limit_reached(self, failures: list[Failure]) -> None:
        """A start does not mind."""
        if self.procedure.phase is FORWARD:
            self.timer(LIMIT, self.procedure.config.startup_timeout)
            self.proceed()
        else:
            super().limit_reached(failures)


class IgnoresNewConfigurations(Core):
    """Keeps the configuration that it was made with."""

    def happen(self, event: object) -> None:
        """Changes come to nothing."""
        if not isinstance(event, Configure):
            super().happen(event)  # type: ignore[arg-type]


class EndsAFailedStartInIdle(Core):
    """Rolls back and rests in idle, by way of error."""

    def rollback_over(self) -> None:
        """The error is shown for no time at all."""
        failures = self.procedure.failures
        self.move(ERROR, "startup_failed", failures)
        self.move(IDLE, "recovery")
        self.fail(failures)


MUTANTS = (
    Mutant(ArmsTheLimitAtEachStep, "R7", ("G7",)),
    Mutant(
        RollsBackByTheNewConfiguration, "R17", ("G7",), Scope(("F1",), limit=1, configs=(CONFIG, SLOW), racing=True)
    ),
    Mutant(WaitsLongerEachTime, "R6", ("G7",), faults("F1", limit=3), CONFIG._replace(max_retries=2)),
    Mutant(RetriesOnceLess, "R6", ("G11",), faults("F1")),
    Mutant(TellsARefusalAsASilence, "R4", ("G5",), faults("F1")),
    Mutant(DropsWhatTheServiceSaid, "R4", ("G5",), faults("F1")),
    Mutant(KeepsTheSecondFailureToItself, "R4", ("G5",), faults("F1", limit=2)),
    Mutant(IgnoresReportsInItsStops, "R14", ("G5",), faults("F1", "F9", limit=2)),
    Mutant(ForgetsTheCauseThatItRecovers, "R20", ("G5",), faults("F1", limit=2), HASTY),
    Mutant(SyncsThoughItIsOff, "R10", ("G14",), config=CONFIG._replace(enable_convex_sync=False)),
    Mutant(RefusesWithoutAReason, "R5", ("G13",)),
    Mutant(GivesOneReasonForAll, "R22", ("G12",)),
    Mutant(LeavesLateSuccessesOn, "R9", ("G16",), faults("F1", "F4", limit=2)),
    Mutant(GoesOnBeyondTheLimit, "R7", ("G7",), faults("F3")),
    Mutant(IgnoresNewConfigurations, "R17", ("G13",), Scope(configs=(CONFIG, SLOW), racing=RACING.racing)),
    Mutant(EndsAFailedStartInIdle, "R4", ("G5",), faults("F1")),
)
