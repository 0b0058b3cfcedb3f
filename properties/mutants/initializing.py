"""Mutants of the initialization: attempts, their limit, the delay between them, what is believed of the host."""

from broadcast_orchestrator.model.config import DEFAULT_CONFIG
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import INITIALIZE, LIMIT, RETRY_DELAY, Command, Failure, TimerKind
from broadcast_orchestrator.model.operations import HOST
from broadcast_orchestrator.model.state import ATTEMPT, DELAY, ProcedureStep
from broadcast_orchestrator.model.table import ERROR, INITIALIZING
from broadcast_orchestrator.properties.model_check.proof import CONFIG
from broadcast_orchestrator.properties.mutants.mutant import HASTY, RACING, WATCHED, Mutant, faults
from broadcast_orchestrator.sim.world.world import Scope


class RetriesOnceTooOften(Core):
    """Counts its attempts from zero where it should count from one."""

    def attempt_failed(self, failure: Failure) -> None:
        """Pretend that one attempt was none."""
        self.update(attempt=self.procedure.attempt - 1)
        super().attempt_failed(failure)


class RetriesByTheDefaults(Core):
    """Allows the default number of retries, whatever the configuration says."""

    def attempt_failed(self, failure: Failure) -> None:
        """Look at the wrong configuration."""
        config = self.procedure.config
        self.update(config=config._replace(max_retries=DEFAULT_CONFIG.max_retries))
        super().attempt_failed(failure)
        if self.core.procedure is not None:
            self.update(config=config)


class RetriesByTheNewConfiguration(Core):
    """Lets an initialization under way take a configuration that was changed meanwhile."""

    def attempt_failed(self, failure: Failure) -> None:
        """Look at the present configuration, not at the one that the procedure began with."""
        config = self.procedure.config
        self.update(config=self.core.config)
        super().attempt_failed(failure)
        if self.core.procedure is not None:
            self.update(config=config)


class RetriesAtOnce(Core):
    """Tries again in the same moment, without the delay."""

    def attempt_failed(self, failure: Failure) -> None:
        """Skip the delay, if there would be one."""
        super().attempt_failed(failure)
        if self.core.procedure is not None and self.procedure.phase == DELAY:
            self.attempt()


class WaitsHalfTheDelay(Core):
    """Arms half the delay before a retry."""

    def timer(self, kind: TimerKind, duration_ms: int) -> None:
        """Halve the delay."""
        super().timer(kind, duration_ms // 2 if kind == RETRY_DELAY else duration_ms)


class ForgetsTheDelay(Core):
    """Waits for a retry without arming the timer that would end the waiting."""

    def timer(self, kind: TimerKind, duration_ms: int) -> None:
        """Arm limits alone."""
        if kind != RETRY_DELAY:
            super().timer(kind, duration_ms)


class RetriesInError(Core):
    """Goes to error after every failed attempt, and tries again from there."""

    def attempt_failed(self, failure: Failure) -> None:
        """Change the state too early."""
        super().attempt_failed(failure)
        if self.core.procedure is not None:
            self.move(ERROR, "attempt_failed", (failure,))


class AttemptsHaveNoLimit(Core):
    """Asks the host without arming a limit."""

    def timer(self, kind: TimerKind, duration_ms: int) -> None:
        """Leave the limit of an attempt out."""
        if (kind, self.procedure.phase) != (LIMIT, ATTEMPT):
            super().timer(kind, duration_ms)


class BlamesTheLastAttempt(Core):
    """Makes the failure of the last attempt the cause, instead of the first."""

    def attempt_failed(self, failure: Failure) -> None:
        """Put the newest failure in front."""
        earlier = self.procedure.failures
        self.update(failures=())
        super().attempt_failed(failure)
        if self.core.procedure is not None:
            self.update(failures=(failure, *earlier))


class ForgetsEarlierAttempts(Core):
    """Reports the last failed attempt alone."""

    def attempt_failed(self, failure: Failure) -> None:
        """Drop what was known."""
        self.update(failures=())
        super().attempt_failed(failure)


class InitializesTwiceAtOnce(Core):
    """Begins a second initialization beside the one under way, instead of joining it."""

    def command(self, event: Command) -> None:
        """Do not look whether it is under way."""
        if event.name == INITIALIZE and self.core.state is INITIALIZING:
            self.accept(INITIALIZE)
            self.begin(INITIALIZE, ATTEMPT)
            self.attempt()
        else:
            super().command(event)


class JoinsAnEmergencyStop(Core):
    """Has an initialize wait for the emergency stop that is just interrupting the initialization."""

    def initializing(self) -> bool:
        """Look at the state alone."""
        return self.core.state is INITIALIZING


class InitializesOnAir(Core):
    """Initializes although something may still be on air."""

    def initialize(self) -> None:
        """Forget to ask."""
        if self.core.state is ERROR:
            self.accept(INITIALIZE)
            self.begin(INITIALIZE, ATTEMPT)
            self.initialization()
        else:
            super().initialize()


class BelievesNoHost(Core):
    """Is told that the host is initialized, and does not remember it."""

    def initialized(self) -> None:
        """Be ready, and forget why."""
        super().initialized()
        self.set(initialized=False)


class AsksTheWrongHost(Core):
    """Starts the host where it should initialize it."""

    def attempt(self) -> None:
        """Take the wrong operation."""
        self.update(phase=ATTEMPT, attempt=self.procedure.attempt + 1)
        self.timer(LIMIT, self.procedure.config.initialization_timeout)
        self.call(ProcedureStep(f"{HOST}.start"))


CHANGING = Scope(faults=("F1",), limit=1, sessions=(), configs=(CONFIG,))


class SkipsInitializing(Core):
    """Goes from idle straight to ready where the host is initialized already."""

    def initialization(self) -> None:
        """Leave one state out."""
        if self.core.initialized:
            self.initialized()
        else:
            super().initialization()


class AsksTheHostAgain(Core):
    """Initializes the host whether or not it is initialized."""

    def initialization(self) -> None:
        """Do not look."""
        self.move(INITIALIZING, "system_init")
        self.attempt()


class WaitsAgainAfterTheDelay(Core):
    """Arms the delay once more when it is over, and makes no attempt."""

    def phase_over(self) -> None:
        """Wait on."""
        if self.procedure.phase is DELAY:
            self.timer(RETRY_DELAY, self.procedure.config.retry_delay)
        else:
            super().phase_over()


MUTANTS = (
    Mutant(RetriesOnceTooOften, "R6", ("G11",), faults("F1", limit=2)),
    Mutant(RetriesByTheDefaults, "R6", ("G11",), faults("F1"), HASTY),
    Mutant(RetriesByTheNewConfiguration, "R17", ("G11",), CHANGING, HASTY),
    Mutant(RetriesAtOnce, "R6", ("G11",), faults("F1")),
    Mutant(WaitsHalfTheDelay, "R6", ("G11",), faults("F1")),
    Mutant(ForgetsTheDelay, "R6", ("G11",), faults("F1")),
    Mutant(RetriesInError, "R6", ("G11",), faults("F1"), WATCHED),
    Mutant(AttemptsHaveNoLimit, "R7", ("G7",)),
    Mutant(BlamesTheLastAttempt, "R4", ("G5",), faults("F1", "F2", limit=2)),
    Mutant(ForgetsEarlierAttempts, "R4", ("G5",), faults("F1", "F2", limit=2)),
    Mutant(InitializesTwiceAtOnce, "R11", ("G9",), RACING),
    Mutant(JoinsAnEmergencyStop, "R11", ("G13",), RACING),
    Mutant(InitializesOnAir, "R11", ("G4",), faults("F9")),
    Mutant(BelievesNoHost, "IN-1", ("G4",)),
    Mutant(AsksTheWrongHost, "IN-2", ("G8",)),
    Mutant(SkipsInitializing, "ST-2", ("G1",), config=WATCHED),
    Mutant(AsksTheHostAgain, "IN-2", ("G11",)),
    Mutant(WaitsAgainAfterTheDelay, "R6", ("G11",), faults("F1")),
)
