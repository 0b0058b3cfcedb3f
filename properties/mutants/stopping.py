"""Mutants of the stop: its steps, their failures, and where it lands."""

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import LIMIT, STOP_BROADCAST, Command, Failure, TimerKind
from broadcast_orchestrator.model.state import SHUTDOWN_STEPS, ProcedureStep
from broadcast_orchestrator.model.table import ERROR, IDLE, READY, STARTING, STOPPING
from broadcast_orchestrator.properties.mutants.mutant import RACING, WATCHED, Mutant, faults


class StopsInStartupOrder(Core):
    """Switches the live feed off first and the producer last."""

    def shutdown(self) -> tuple[ProcedureStep, ...]:
        """Do not reverse."""
        return super().shutdown()[::-1]


class LeavesTheFeedOn(Core):
    """Forgets the live feed when it stops."""

    def shutdown(self) -> tuple[ProcedureStep, ...]:
        """Drop a step."""
        return tuple(step for step in super().shutdown() if step.operation != "live_feed.stop")


class StopHasNoLimit(Core):
    """Stops without a limit."""

    def timer(self, kind: TimerKind, duration_ms: int) -> None:
        """Leave that limit out."""
        if (kind, self.procedure.phase) != (LIMIT, SHUTDOWN_STEPS):
            super().timer(kind, duration_ms)


class StopsAtTheFirstFailure(Core):
    """Lets a failed shutdown step keep the next one from running."""

    def note_failure(self, failure: Failure) -> None:
        """Drop what is left to switch off."""
        if self.procedure.phase == SHUTDOWN_STEPS:
            self.update(todo=())
        super().note_failure(failure)


class DropsWhatTheLimitCutShort(Core):
    """Does not issue what is left when the limit comes."""

    def drain(self) -> None:
        """Drop it instead."""
        self.update(todo=())
        self.proceed()


class DrainsWithoutEnd(Core):
    """Issues what is left when the limit comes, and then waits for it without a limit."""

    def drain(self) -> None:
        """Forget that nothing is waited for any more."""
        while self.procedure.todo:
            self.take_step()


class NamesNoResidue(Core):
    """Takes a switch-off for done when it was only tried."""

    def name_residue(self, step: ProcedureStep) -> None:
        """Forget about it."""


class StopsAsIfNothingHadFailed(Core):
    """Goes on to ready although a shutdown step failed."""

    def shutdown_over(self) -> None:
        """Do not look."""
        self.move(IDLE, "shutdown_complete")
        self.initialization()


class SkipsIdleAfterAStop(Core):
    """Goes from stopping straight to ready, as the guide's prose has it and its table forbids."""

    def shutdown_over(self) -> None:
        """Skip idle."""
        if self.procedure.failures:
            super().shutdown_over()
        else:
            self.move(READY, "shutdown_complete")
            self.succeed()


class StopsErrorByTheFrontDoor(Core):
    """Takes a stop in error to stopping, as the guide's prose has it and its table forbids."""

    def stop_broadcast(self) -> None:
        """Enter stopping from error too."""
        super().stop_broadcast()
        if self.core.state is ERROR:
            self.move(STOPPING, "stop_requested")


class ForgetsTheErrorItStopped(Core):
    """Replaces the first cause when a stop in error fails again."""

    def attached(self, failures: tuple[Failure, ...]) -> tuple[Failure, ...]:
        """Keep what is new alone."""
        return failures


class StopsTheStart(Core):
    """Accepts a stop while a start is under way."""

    def command(self, event: Command) -> None:
        """Let a stop in."""
        if event.name == STOP_BROADCAST and self.core.state is STARTING:
            self.accept(STOP_BROADCAST)
            self.begin(STOP_BROADCAST, SHUTDOWN_STEPS, self.shutdown())
            self.proceed()
        else:
            super().command(event)


class StopsInReady(Core):
    """Accepts a stop where nothing is on air."""

    def stop_broadcast(self) -> None:
        """Take ready for a state that can be stopped."""
        if self.core.state is READY:
            self.accept(STOP_BROADCAST)
            self.begin(STOP_BROADCAST, SHUTDOWN_STEPS, self.shutdown())
            self.timer(LIMIT, self.procedure.config.shutdown_timeout)
            self.proceed()
        else:
            super().stop_broadcast()


class StaysInIdleAfterAStop(Core):
    """Ends a stop in idle, as the guide's diagram has it and its prose does not."""

    def shutdown_over(self) -> None:
        """Do not initialize again."""
        if self.procedure.failures:
            super().shutdown_over()
        else:
            self.move(IDLE, "shutdown_complete")
            self.succeed()


class ForgetsToStop(Core):
    """Moves from live to idle and initializes again, with everything on."""

    def shutdown(self) -> tuple[ProcedureStep, ...]:
        """No steps at all."""
        return ()


class _LeavesOn(Core):
    """A stop without one of its steps."""

    left_on = ""

    def shutdown(self) -> tuple[ProcedureStep, ...]:
        """Drop the step."""
        return tuple(step for step in super().shutdown() if step.operation != self.left_on)


class LeavesTheProducerOn(_LeavesOn):
    """Forgets the producer when it stops."""

    left_on = "producer.stop"


class LeavesTheHostOn(_LeavesOn):
    """Forgets the host when it stops."""

    left_on = "host.stop"


class LeavesTheSessionOpen(_LeavesOn):
    """Forgets the session when it stops."""

    left_on = "session.end"


class RefusesAStopInError(Core):
    """Accepts a stop in live alone, as its query has it."""

    def stop_broadcast(self) -> None:
        """Believe the query."""
        if self.core.state is ERROR:
            self.refuse(STOP_BROADCAST, f"Cannot stop broadcast: the state is {self.core.state}")
        else:
            super().stop_broadcast()


class StopsWithoutALostHost(Core):
    """Goes back to ready after a stop although the host was lost, without asking it again."""

    def attempt(self) -> None:
        """Believe in the host of before."""
        if self.procedure.command == STOP_BROADCAST:
            self.initialized()
        else:
            super().attempt()


MUTANTS = (
    Mutant(StopsInStartupOrder, "SD-2", ("G8",)),
    Mutant(LeavesTheFeedOn, "SD-6", ("G8",)),
    Mutant(StopHasNoLimit, "R7", ("G7",)),
    Mutant(StopsAtTheFirstFailure, "R16", ("G8",), faults("F1")),
    Mutant(DropsWhatTheLimitCutShort, "R7", ("G8",), faults("F3")),
    Mutant(DrainsWithoutEnd, "R7", ("G7",), faults("F3")),
    Mutant(NamesNoResidue, "R16", ("G4",), faults("F1")),
    Mutant(StopsAsIfNothingHadFailed, "R16", ("G4",), faults("F1")),
    Mutant(SkipsIdleAfterAStop, "R1", ("G1",), config=WATCHED),
    Mutant(StopsErrorByTheFrontDoor, "R2", ("G1",), faults("F1"), WATCHED),
    Mutant(ForgetsTheErrorItStopped, "R2", ("G5",), faults("F1", limit=2)),
    Mutant(StopsTheStart, "R15", ("G9",), RACING),
    Mutant(StopsInReady, "SD-1", ("G13",)),
    Mutant(StaysInIdleAfterAStop, "R1", ("G7",)),
    Mutant(ForgetsToStop, "SD-2", ("G4",)),
    Mutant(LeavesTheProducerOn, "SD-3", ("G8",)),
    Mutant(LeavesTheHostOn, "SD-4", ("G8",)),
    Mutant(LeavesTheSessionOpen, "SD-5", ("G8",)),
    Mutant(RefusesAStopInError, "R12", ("G13",), faults("F1")),
    Mutant(StopsWithoutALostHost, "R1", ("G11",), faults("F9")),
)
