"""Mutants of the start and of its rollback: the steps, their order, what is undone, and when error is entered."""

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import LIMIT, START_BROADCAST, Command, Failure, TimerKind
from broadcast_orchestrator.model.operations import PRODUCER
from broadcast_orchestrator.model.state import FORWARD, ROLLBACK, ProcedureStep
from broadcast_orchestrator.model.table import ERROR, IDLE, LIVE, READY, STARTING, BroadcastState
from broadcast_orchestrator.properties.mutants.mutant import RACING, WATCHED, Mutant, faults
from broadcast_orchestrator.sim.world.world import Scope


class StartsTheHostFirst(Core):
    """Has the host talk before there is a session."""

    def startup(self, session: str | None) -> tuple[ProcedureStep, ...]:
        """Swap two steps."""
        feed, own_session, host, *rest = super().startup(session)
        return (feed, host, own_session, *rest)


class StartsWithoutTheProducer(Core):
    """Leaves the producer out of the startup."""

    def startup(self, session: str | None) -> tuple[ProcedureStep, ...]:
        """Drop a step."""
        return tuple(step for step in super().startup(session) if not step.operation.startswith(PRODUCER))


class StartsEverythingAtOnce(Core):
    """Issues all startup steps in one moment."""

    def take_step(self) -> None:
        """Do not wait for the one before."""
        super().take_step()
        while self.procedure.phase == FORWARD and self.procedure.todo:
            super().take_step()


class ShrugsAtTheProducer(Core):
    """Goes live although the producer did not start."""

    def startup_failed(self, failure: Failure) -> None:
        """Go on as if nothing had happened."""
        if failure.subject == "producer.start":
            self.proceed()
        else:
            super().startup_failed(failure)


class StartHasNoLimit(Core):
    """Starts without arming the limit of a start."""

    def timer(self, kind: TimerKind, duration_ms: int) -> None:
        """Leave that limit out."""
        if (kind, self.procedure.phase) != (LIMIT, FORWARD):
            super().timer(kind, duration_ms)


class RollbackHasNoLimit(Core):
    """Rolls back without a limit of its own."""

    def timer(self, kind: TimerKind, duration_ms: int) -> None:
        """Leave that limit out."""
        if (kind, self.procedure.phase) != (LIMIT, ROLLBACK):
            super().timer(kind, duration_ms)


class ForgetsTheFailedStep(Core):
    """Does not undo the step that failed, although it may have taken effect."""

    def startup_failed(self, failure: Failure) -> None:
        """Forget the newest step."""
        self.update(issued=self.procedure.issued[:-1])
        super().startup_failed(failure)


class UndoesTheFailedStepAlone(Core):
    """Undoes the step that failed and leaves on what was on before."""

    def startup_failed(self, failure: Failure) -> None:
        """Forget all but the newest step."""
        self.update(issued=self.procedure.issued[-1:])
        super().startup_failed(failure)


class UndoesInStartupOrder(Core):
    """Undoes the oldest step first."""

    def startup_failed(self, failure: Failure) -> None:
        """Turn the order round."""
        self.update(issued=self.procedure.issued[::-1])
        super().startup_failed(failure)


class StopsUndoingAtAFailure(Core):
    """Lets a failed undo keep the next one from running."""

    def note_failure(self, failure: Failure) -> None:
        """Drop what is left to undo."""
        if self.procedure.phase == ROLLBACK:
            self.update(todo=())
        super().note_failure(failure)


class DoesNotRollBack(Core):
    """Goes to error with everything left on."""

    def startup_failed(self, failure: Failure) -> None:
        """Skip the undoing."""
        self.update(phase=ROLLBACK, todo=(), issued=(), failures=(failure,))
        self.proceed()


class UndoesWithoutWaiting(Core):
    """Issues the first undo while the step that a report interrupted is still open."""

    def abandon(self) -> tuple[ProcedureStep, ...]:
        """Forget the open calls without giving them up."""
        if self.procedure.phase != FORWARD:
            return super().abandon()
        waiting = self.procedure.waiting
        self.update(waiting=())
        return waiting


class BlamesTheRollback(Core):
    """Reports the last failure of a rollback instead of the first cause."""

    def note_failure(self, failure: Failure) -> None:
        """Keep only the newest."""
        self.update(failures=(failure,))
        self.proceed()


class GoesToErrorInSilence(Core):
    """Enters error without a text."""

    def rollback_over(self) -> None:
        """Forget the text."""
        failures = self.procedure.failures
        self.move(ERROR, "startup_failed")
        self.fail(failures)


class SettlesAFailedStartAsASuccess(Core):
    """Rolls back, goes to error, and tells its caller that all is well."""

    def rollback_over(self) -> None:
        """Swallow the failures."""
        self.move(ERROR, "startup_failed", self.procedure.failures)
        self.update(failures=())
        self.succeed()


class ReturnsToReadyAfterARollback(Core):
    """Takes the way back to ready after a failed start, which the table does not have."""

    def rollback_over(self) -> None:
        """Take a shorter way."""
        failures = self.procedure.failures
        self.move(READY, "rolled_back")
        self.fail(failures)


class StartsFromAnywhere(Core):
    """Does not look at the state when it is asked to start."""

    def start_broadcast(self, session: str | None) -> None:
        """Pretend that it is ready."""
        if self.core.state in (IDLE, ERROR):
            self.set(state=READY, error=())
        super().start_broadcast(session)


class StartsWithoutAHost(Core):
    """Does not look whether the host agent is initialized."""

    def start_broadcast(self, session: str | None) -> None:
        """Pretend that it is."""
        initialized = self.core.initialized
        self.set(initialized=True, state=READY if self.core.state is IDLE else self.core.state)
        super().start_broadcast(session)
        self.set(initialized=initialized)


class StartsWithoutContent(Core):
    """Does not look whether the live feed has content."""

    def start_broadcast(self, session: str | None) -> None:
        """Pretend that it has."""
        content = self.core.content
        self.set(content=True)
        super().start_broadcast(session)
        self.set(content=content)


class StartsWhileLive(Core):
    """Accepts a second start while the first broadcast is on air."""

    def start_broadcast(self, session: str | None) -> None:
        """Take live for ready."""
        if self.core.state is LIVE:
            self.set(state=READY)
        super().start_broadcast(session)


class StartsTwiceAtOnce(Core):
    """Accepts a second start beside the first."""

    def command(self, event: Command) -> None:
        """Do not look whether one is under way."""
        if event.name == START_BROADCAST and self.core.state is STARTING:
            self.accept(START_BROADCAST)
            self.begin(START_BROADCAST, FORWARD, self.startup(event.session), session=event.session)
            self.proceed()
        else:
            super().command(event)


class _LeavesOut(Core):
    """A start without one of its steps."""

    left_out = ""

    def startup(self, session: str | None) -> tuple[ProcedureStep, ...]:
        """Drop the step."""
        return tuple(step for step in super().startup(session) if step.operation != self.left_out)


class StartsWithoutTheFeed(_LeavesOut):
    """Leaves the live feed out of the startup."""

    left_out = "live_feed.start"


class StartsWithoutTheSession(_LeavesOut):
    """Leaves the session out of the startup."""

    left_out = "session.start"


class StartsWithoutTheHostAgent(_LeavesOut):
    """Leaves the host out of the startup."""

    left_out = "host.start"


class SkipsStarting(Core):
    """Takes its steps in ready, and goes from there straight to live."""

    def move(self, target: BroadcastState, reason: str, error: tuple[Failure, ...] = ()) -> None:
        """Leave one state out."""
        if target is not STARTING:
            super().move(target, reason, error)


MUTANTS = (
    Mutant(StartsTheHostFirst, "SU-6", ("G8",)),
    Mutant(StartsWithoutTheProducer, "SU-8", ("G3",), Scope(sessions=(None,))),
    Mutant(StartsEverythingAtOnce, "SU-4", ("G8",)),
    Mutant(ShrugsAtTheProducer, "SU-10", ("G3",), faults("F1")),
    Mutant(StartHasNoLimit, "R7", ("G7",)),
    Mutant(RollbackHasNoLimit, "R7", ("G7",), faults("F3")),
    Mutant(ForgetsTheFailedStep, "R8", ("G2",), faults("F2")),
    Mutant(UndoesTheFailedStepAlone, "R8", ("G2",), faults("F1")),
    Mutant(UndoesInStartupOrder, "R8", ("G2",), faults("F1")),
    Mutant(StopsUndoingAtAFailure, "R8", ("G2",), faults("F1", limit=2)),
    Mutant(DoesNotRollBack, "SU-11", ("G2",), faults("F1")),
    Mutant(UndoesWithoutWaiting, "R8", ("G8",), faults("F9")),
    Mutant(BlamesTheRollback, "R4", ("G5",), faults("F1", limit=2)),
    Mutant(GoesToErrorInSilence, "R4", ("G5",), faults("F1")),
    Mutant(SettlesAFailedStartAsASuccess, "SB-3", ("G7",), faults("F1")),
    Mutant(ReturnsToReadyAfterARollback, "ST-5", ("G1",), faults("F1"), WATCHED),
    Mutant(StartsFromAnywhere, "SU-1", ("G13",)),
    Mutant(StartsWithoutAHost, "SU-2", ("G13",)),
    Mutant(StartsWithoutContent, "R18", ("G13",), Scope(filling=True)),
    Mutant(StartsWhileLive, "R5", ("G13",)),
    Mutant(StartsTwiceAtOnce, "R15", ("G9",), RACING),
    Mutant(StartsWithoutTheFeed, "SU-5", ("G8",)),
    Mutant(StartsWithoutTheSession, "SU-6", ("G8",)),
    Mutant(StartsWithoutTheHostAgent, "SU-7", ("G8",)),
    Mutant(SkipsStarting, "ST-4", ("G1",), config=WATCHED),
)
