"""Mutants of the emergency stop and of recover: what is stopped, what is interrupted, where it ends."""

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import EMERGENCY_STOP, LIMIT, RECOVER, TimerKind, Transition
from broadcast_orchestrator.model.operations import PRODUCER, STOPS
from broadcast_orchestrator.model.state import STOPPING_ALL, ProcedureStep
from broadcast_orchestrator.model.table import ERROR, IDLE, LIVE
from broadcast_orchestrator.properties.mutants.mutant import HASTY, RACING, SERIAL, WATCHED, Mutant, faults


class RefusesEmergenciesWhenBusy(Core):
    """Refuses an emergency stop while something is under way."""

    def emergency_stop(self) -> None:
        """Treat it like any other command."""
        if self.core.procedure is None:
            super().emergency_stop()
        else:
            self.refuse(EMERGENCY_STOP, "something is under way")


class StopsBesideTheStart(Core):
    """Lets an emergency stop run beside what it should have interrupted."""

    def emergency_stop(self) -> None:
        """Begin the stops without interrupting anything."""
        self.accept(EMERGENCY_STOP)
        self.begin(EMERGENCY_STOP, STOPPING_ALL)
        self.stop_all()


class InterruptsItself(Core):
    """Begins a second emergency stop in the place of the first, instead of joining it."""

    def emergency_stop(self) -> None:
        """Do not look whether one is under way."""
        procedure = self.core.procedure
        if procedure is not None and procedure.command == EMERGENCY_STOP:
            self.interrupt()
            self.give_up(procedure.waiting)
        super().emergency_stop()


class SparesTheProducer(Core):
    """Leaves the producer out of an emergency stop."""

    def stop_all(self) -> None:
        """Issue three stops."""
        self.forsake_backend()
        self.timer(LIMIT, self.procedure.config.shutdown_timeout)
        for service, operation in STOPS.items():
            if service != PRODUCER:
                self.call(ProcedureStep(operation))


class StopsOneAfterAnother(Core):
    """Waits for each stop of an emergency stop before it issues the next."""

    def stop_all(self) -> None:
        """Make steps of the stops."""
        self.forsake_backend()
        self.timer(LIMIT, self.procedure.config.shutdown_timeout)
        self.update(todo=tuple(map(ProcedureStep, STOPS.values())))
        self.proceed()


class TellsTheBackendInAnEmergency(Core):
    """Writes to the backend while everything burns."""

    def stop_all(self) -> None:
        """One call too many."""
        super().stop_all()
        for session in self.core.written:
            self.call(ProcedureStep("convex.idle", session))


class WaitsForEverInAnEmergency(Core):
    """Arms no limit for the stops, so that one that hangs holds up everything."""

    def timer(self, kind: TimerKind, duration_ms: int) -> None:
        """Leave that limit out."""
        if (kind, self.procedure.phase) != (LIMIT, STOPPING_ALL):
            super().timer(kind, duration_ms)


class FailsAnEmergencyWhoseStopsFail(Core):
    """Ends an emergency stop in error when one of its stops fails."""

    def stops_over(self) -> None:
        """Look at what must not matter."""
        failures = self.procedure.failures
        super().stops_over()
        if failures and self.core.procedure is None and self.core.state is IDLE:
            self.move(ERROR, "stops_failed", failures)


class StaysWhereItWas(Core):
    """Ends an emergency stop without going to idle."""

    def stops_over(self) -> None:
        """Keep the state."""
        if self.procedure.command == EMERGENCY_STOP:
            self.succeed()
        else:
            super().stops_over()


class RecordsNoForcedEdge(Core):
    """Forces the state to idle without an entry in the history."""

    def stops_over(self) -> None:
        """Take the entry out again."""
        super().stops_over()
        self.effects = [e for e in self.effects if not (isinstance(e, Transition) and e.forced)]


class MarksNoForcedEdge(Core):
    """Records a forced change of state as an ordinary one."""

    def stops_over(self) -> None:
        """Take the mark off."""
        super().stops_over()
        self.effects = [e._replace(forced=False) if isinstance(e, Transition) else e for e in self.effects]


class ForcesAStop(Core):
    """Lets a stop take the forced edge from live to idle."""

    def may_force(self) -> bool:
        """Anyone may."""
        return True

    def stop_broadcast(self) -> None:
        """Take the short way, the calls after it."""
        if self.core.state is LIVE:
            self.move(IDLE, "stop_requested")
            self.set(state=ERROR)
        super().stop_broadcast()


class InterruptsInSilence(Core):
    """Fails the command that an emergency stop interrupts without its cause."""

    def interrupt(self) -> None:
        """Forget the cause."""
        self.update(failures=())
        super().interrupt()


class RecoversWithoutStops(Core):
    """Clears the error and initializes, without stopping anything."""

    def stop_all(self) -> None:
        """Go straight on, if this is a recover."""
        if self.procedure.command == RECOVER:
            self.stops_over()
        else:
            super().stop_all()


class RecoversDespiteResidue(Core):
    """Initializes although a stop of the recover was not confirmed."""

    def stops_over(self) -> None:
        """Do not look for residue."""
        if self.procedure.command == RECOVER:
            self.move(IDLE, "recovery")
            self.update(notes=(*self.procedure.notes, *self.procedure.failures), failures=())
            self.initialization()
        else:
            super().stops_over()


class ClearsTheErrorTooSoon(Core):
    """Clears the error when a recover begins, not when it leaves error."""

    def recover(self) -> None:
        """Clear it at once."""
        super().recover()
        if self.core.state is ERROR:
            self.set(error=())


class RecoversFromAnywhere(Core):
    """Accepts a recover outside error."""

    def recover(self) -> None:
        """Do not look at the state."""
        if self.core.state is LIVE:
            self.accept(RECOVER)
            self.begin(RECOVER, STOPPING_ALL)
            self.stop_all()
        else:
            super().recover()


class TakesOverWithoutThePast(Core):
    """Takes over the stops of a recover and forgets which of them failed already."""

    def take_over(self) -> None:
        """Drop the failures."""
        super().take_over()
        self.update(failures=())


class StopsTwiceWhatIsStopping(Core):
    """Issues the stops again when an emergency stop meets those of a recover."""

    def take_over(self) -> None:
        """Begin anew."""
        procedure = self.procedure
        self.interrupt()
        self.give_up(procedure.waiting)
        self.accept(EMERGENCY_STOP)
        self.begin(EMERGENCY_STOP, STOPPING_ALL)
        self.stop_all()


class RecoversAgainstTheOption(Core):
    """Initializes after a recover although auto-recovery is off."""

    def stops_over(self) -> None:
        """Do not look at the option."""
        if self.procedure.command == RECOVER and not self.residue():
            self.move(IDLE, "recovery")
            self.initialization()
        else:
            super().stops_over()


MANUAL = HASTY._replace(enable_auto_recovery=False)


class RecoversToIdle(Core):
    """Ends a recover in idle although auto-recovery is on."""

    def initialization(self) -> None:
        """Leave that to the operator."""
        if self.procedure.command == RECOVER:
            self.succeed()
        else:
            super().initialization()


MUTANTS = (
    Mutant(RefusesEmergenciesWhenBusy, "R15", ("G10",), RACING),
    Mutant(StopsBesideTheStart, "R15", ("G9",), RACING),
    Mutant(InterruptsItself, "R15", ("G10",), RACING),
    Mutant(SparesTheProducer, "EM-2", ("G10",)),
    Mutant(StopsOneAfterAnother, "EM-2", ("G10",)),
    Mutant(TellsTheBackendInAnEmergency, "EM-4", ("G10",)),
    Mutant(WaitsForEverInAnEmergency, "R3", ("G7",)),
    Mutant(FailsAnEmergencyWhoseStopsFail, "R3", ("G10",), faults("F1")),
    Mutant(StaysWhereItWas, "EM-3", ("G10",)),
    Mutant(RecordsNoForcedEdge, "R3", ("G12",)),
    Mutant(MarksNoForcedEdge, "R3", ("G12",)),
    Mutant(ForcesAStop, "R3", ("G1",)),
    Mutant(InterruptsInSilence, "R15", ("G5",), faults("F1", racing=True)._replace(sessions=())),
    Mutant(RecoversWithoutStops, "RC-2", ("G4",), faults("F9")),
    Mutant(RecoversDespiteResidue, "R20", ("G4",), faults("F1", limit=2)),
    Mutant(ClearsTheErrorTooSoon, "R4", ("G5",), faults("F1")),
    Mutant(RecoversFromAnywhere, "RC-1", ("G13",), SERIAL, WATCHED),
    Mutant(TakesOverWithoutThePast, "R15", ("G10",), faults("F1", limit=2, racing=True)._replace(sessions=()), HASTY),
    Mutant(StopsTwiceWhatIsStopping, "R15", ("G10",), faults("F1", racing=True)._replace(sessions=()), HASTY),
    Mutant(RecoversAgainstTheOption, "RC-3", ("G7",), faults("F1"), MANUAL),
    Mutant(RecoversToIdle, "TR-3", ("G7",), faults("F9")),
)
