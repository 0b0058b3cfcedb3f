"""Mutants of everything around: who is let in, what is recorded, how commands settle."""

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import (
    INITIALIZE,
    START_BROADCAST,
    Command,
    CommandEnding,
    Settled,
    TimerKind,
    Transition,
)
from broadcast_orchestrator.model.table import ERROR, IDLE, INITIALIZING, LIVE, READY
from broadcast_orchestrator.properties.mutants.mutant import RACING, SERIAL, WATCHED, Mutant, faults


class TakesEveryCommandAtOnce(Core):
    """Has no busy gate: every command finds its way beside what is under way."""

    def command(self, event: Command) -> None:
        """Do not look."""
        if event.name in (INITIALIZE, "emergency_stop"):
            super().command(event)
        else:
            self.idle_command(event)


class RefusesWithAText(Core):
    """Leaves an error text behind when it refuses a start."""

    def start_broadcast(self, session: str | None) -> None:
        """Go to error if it is refused."""
        super().start_broadcast(session)
        if self.core.procedure is None and self.core.state is IDLE:
            self.move(ERROR, "refused", ())


class AnswersNobody(Core):
    """Ignores a start that cannot be, instead of refusing it."""

    def refuse(self, command: str, reason: str, missing: tuple[str, ...] = ()) -> None:
        """Say nothing."""


class RefusesTheFirstStart(Core):
    """Refuses a start with a session id although it says that a start is possible."""

    def start_broadcast(self, session: str | None) -> None:
        """Find a reason."""
        if session is not None:
            self.refuse(START_BROADCAST, "sessions are not supported")
        else:
            super().start_broadcast(session)


class RecordsNoPassingStates(Core):
    """Leaves the passing state starting out of its history."""

    def start_broadcast(self, session: str | None) -> None:
        """Take the entry out again."""
        super().start_broadcast(session)
        self.effects = [e for e in self.effects if not isinstance(e, Transition)]


class RecordsWhereItWasBefore(Core):
    """Has an entry begin in ready that should begin in starting."""

    def startup_over(self) -> None:
        """Write the wrong beginning."""
        super().startup_over()
        self.effects = [e._replace(source=READY) if isinstance(e, Transition) else e for e in self.effects]


class MarksWatchedChanges(Core):
    """Records a change outside the table, when the table is only watched, as if it were in it."""

    def initialized(self) -> None:
        """Skip ready and starting."""
        self.move(LIVE, "leap")
        self.effects = [e._replace(violation=False) if isinstance(e, Transition) else e for e in self.effects]
        self.succeed()


class LeavesTheTable(Core):
    """Is live as soon as it is initialized, the table being only watched."""

    def initialized(self) -> None:
        """Skip ready and starting."""
        self.move(LIVE, "leap")
        self.succeed()


class KeepsTheText(Core):
    """Keeps the error text when it leaves error."""

    def _moved(self, transition: Transition, error: tuple[object, ...]) -> None:
        """Put the text back."""
        kept = self.core.error
        super()._moved(transition, error)  # type: ignore[arg-type]
        self.set(error=self.core.error or kept)


class NeverSettles(Core):
    """Ends a command without telling its caller."""

    def settle(self, verdict: CommandEnding) -> None:
        """Take the word back."""
        super().settle(verdict)
        self.effects = [e for e in self.effects if not isinstance(e, Settled)]


class SettlesTwice(Core):
    """Tells the caller of a command twice that it is over."""

    def settle(self, verdict: CommandEnding) -> None:
        """Say it again."""
        super().settle(verdict)
        self.effects.append(self.effects[-1])


class LeavesTheTimerRunning(Core):
    """Ends a procedure and leaves its timer armed."""

    def _over(self, verdict: CommandEnding) -> None:
        self.settle(verdict)


class SucceedsInInitializing(Core):
    """Says that an initialization succeeded and stays in initializing."""

    def initialized(self) -> None:
        """Forget the state."""
        self.succeed()


class InitializesWithoutTheHost(Core):
    """Is ready without having asked the host."""

    def initialization(self) -> None:
        """Skip the attempt."""
        self.move(INITIALIZING, "system_init")
        self.initialized()


class ErrsBeforeTheRollback(Core):
    """Enters error when a start fails, not when its rollback is over."""

    def startup_failed(self, failure: object) -> None:
        """Change the state too early."""
        self.move(ERROR, "startup_failed", (failure,))  # type: ignore[arg-type]
        super().startup_failed(failure)  # type: ignore[arg-type]

    def rollback_over(self) -> None:
        """The state is there already."""
        self.set(error=self.procedure.failures)
        self.fail(self.procedure.failures)


class NeverForgivesResidue(Core):
    """Keeps naming residue after its switch-off was confirmed."""

    def confirm_off(self, service: str, session: str | None) -> None:
        """Confirm the backend alone."""
        if service == "convex":
            super().confirm_off(service, session)


class DoublesItsLimits(Core):
    """Arms every limit for twice the time that the configuration allows."""

    def timer(self, kind: TimerKind, duration_ms: int) -> None:
        """Twice."""
        super().timer(kind, 2 * duration_ms)


class RefusesInOtherWords(Core):
    """Refuses a start without the words that the guide has for it."""

    def refuse(self, command: str, reason: str, missing: tuple[str, ...] = ()) -> None:
        """Other words."""
        super().refuse(command, reason.replace("Cannot start broadcast", "Not now"), missing)


MUTANTS = (
    Mutant(TakesEveryCommandAtOnce, "R15", ("G9",), RACING, WATCHED),
    Mutant(RefusesWithAText, "R5", ("G13",)),
    Mutant(AnswersNobody, "R5", ("G13",)),
    Mutant(RefusesTheFirstStart, "R5", ("G13",)),
    Mutant(RecordsNoPassingStates, "R22", ("G12",)),
    Mutant(RecordsWhereItWasBefore, "R22", ("G12",)),
    Mutant(MarksWatchedChanges, "R19", ("G1",), SERIAL, WATCHED),
    Mutant(LeavesTheTable, "R19", ("G12",), SERIAL, WATCHED),
    Mutant(KeepsTheText, "R4", ("G5",), faults("F1")),
    Mutant(NeverSettles, "R7", ("G7",)),
    Mutant(SettlesTwice, "R7", ("G7",)),
    Mutant(LeavesTheTimerRunning, "R7", ("G7",)),
    Mutant(SucceedsInInitializing, "IN-1", ("G7",)),
    Mutant(InitializesWithoutTheHost, "IN-1", ("G4",)),
    Mutant(ErrsBeforeTheRollback, "R4", ("G5",), faults("F1")),
    Mutant(NeverForgivesResidue, "R9", ("G4",), faults("F1")),
    Mutant(DoublesItsLimits, "R7", ("G7",)),
    Mutant(RefusesInOtherWords, "UT-2", ("G13",)),
)
