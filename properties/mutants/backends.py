"""Mutants of the synchronisation with the backend: what is written, for which session, and what is undone."""

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import INITIALIZE, Failure
from broadcast_orchestrator.model.operations import CONVEX, STARTUP
from broadcast_orchestrator.model.state import ProcedureStep
from broadcast_orchestrator.model.table import IDLE
from broadcast_orchestrator.properties.model_check.proof import CONFIG
from broadcast_orchestrator.properties.mutants.mutant import SERIAL, Mutant, faults
from broadcast_orchestrator.sim.world.world import Scope

UNSYNCED = CONFIG._replace(enable_convex_sync=False)
TWO_SESSIONS = Scope(sessions=("s1", "s2"))


class WritesLiveWithoutSync(Core):
    """Tells the backend although sync is off."""

    def startup(self, session: str | None) -> tuple[ProcedureStep, ...]:
        """Do not look at the option."""
        return tuple(
            ProcedureStep(step.operation, session if step.sync else None)
            for step in STARTUP
            if session or not step.sync
        )


class WritesNoLive(Core):
    """Does not tell the backend that a broadcast is live."""

    def startup(self, session: str | None) -> tuple[ProcedureStep, ...]:
        """Drop the step."""
        return super().startup(None)


class WritesLiveForTheWrongSession(Core):
    """Tells the backend that the first session is live, whichever is."""

    def startup(self, session: str | None) -> tuple[ProcedureStep, ...]:
        """Always the first."""
        return super().startup(session and "s1")


class WritesIdleForTheWrongSession(Core):
    """Undoes the live write of one session by an idle write for another."""

    def startup_failed(self, failure: Failure) -> None:
        """Mix the sessions up."""
        issued = tuple(ProcedureStep(step.operation, step.session and "other") for step in self.procedure.issued)
        self.update(issued=issued)
        super().startup_failed(failure)


class UndoesNoWrite(Core):
    """Leaves the backend alone in a rollback."""

    def startup_failed(self, failure: Failure) -> None:
        """Forget the write."""
        self.update(issued=tuple(step for step in self.procedure.issued if step.session is None))
        super().startup_failed(failure)


class WritesNoIdle(Core):
    """Does not tell the backend that a broadcast has stopped."""

    def shutdown(self) -> tuple[ProcedureStep, ...]:
        """Drop the step."""
        return tuple(step for step in super().shutdown() if step.session is None)


class WritesIdleForTheNewestSessionAlone(Core):
    """Stops without an idle write for a session that an earlier emergency stop left."""

    def shutdown(self) -> tuple[ProcedureStep, ...]:
        """Only one session is written."""
        return tuple(s for s in super().shutdown() if s.session is None or s.session == self.core.written[-1])


class ForgetsWhatItWrote(Core):
    """Forgets after an emergency stop that the backend still says live."""

    def forsake_backend(self) -> None:
        """Forget it."""
        super().forsake_backend()
        self.set(written=())


class TakesAnIdleWriteForGranted(Core):
    """Takes an idle write for confirmed when it was only tried."""

    def name_residue(self, step: ProcedureStep) -> None:
        """Confirm it."""
        super().name_residue(step)
        if step.operation == "convex.idle":
            self.confirm_off(CONVEX, step.session)


class IsTrappedByTheBackend(Core):
    """Refuses to initialize while the backend is left live, and nothing it accepts writes there any more."""

    def initialize(self) -> None:
        """Let what is left live gate something."""
        if self.core.state is IDLE and self.core.written:
            self.refuse(INITIALIZE, "the backend is left live")
        else:
            super().initialize()


class FailsNoStartForTheBackend(Core):
    """Goes live although the backend could not be told."""

    def startup_failed(self, failure: Failure) -> None:
        """Shrug."""
        if failure.subject == "convex.live":
            self.proceed()
        else:
            super().startup_failed(failure)


MUTANTS = (
    Mutant(WritesLiveWithoutSync, "SB-1", ("G8",), SERIAL, UNSYNCED),
    Mutant(WritesNoLive, "SU-9", ("G8",)),
    Mutant(WritesLiveForTheWrongSession, "CX-4", ("G8",), TWO_SESSIONS),
    Mutant(WritesIdleForTheWrongSession, "R10", ("G2",), faults("F1")),
    Mutant(UndoesNoWrite, "R10", ("G2",), faults("F1")),
    Mutant(WritesNoIdle, "SP-1", ("G14",)),
    Mutant(WritesIdleForTheNewestSessionAlone, "R10", ("G14",), TWO_SESSIONS),
    Mutant(ForgetsWhatItWrote, "R10", ("G14",)),
    Mutant(TakesAnIdleWriteForGranted, "R10", ("G2",), faults("F1", "F2", limit=2)),
    Mutant(IsTrappedByTheBackend, "R10", ("G6",)),
    Mutant(FailsNoStartForTheBackend, "R10", ("G3",), faults("F1")),
)
