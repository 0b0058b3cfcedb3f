"""Broken measures: cores with all measures, one rule of one measure broken. Each is caught where that measure counts.

They are apart from the other mutants, which break the guide's own rules.
"""

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import CLEANUP, Failure, Settled
from broadcast_orchestrator.model.measures import NumberedCommands, rules_with
from broadcast_orchestrator.model.operations import LEASE, LIVE_FEED, READS
from broadcast_orchestrator.model.state import ATTEMPT, ProcedureStep
from broadcast_orchestrator.model.views import OpenCall
from broadcast_orchestrator.properties.mutants.mutant import Mutant, faults
from broadcast_orchestrator.sim.world.faults import (
    BYPASS,
    EMPTY_SUCCESS,
    OVERTAKING,
    REFUSE,
    RELOAD,
    SECOND_DASHBOARD,
)

Whole = rules_with(("read-back", "fencing", "reconciled", "polling", "lease"))
"""The core with all measures."""

Unpolled = rules_with(("read-back", "fencing", "reconciled", "lease"))
"""The same where nobody polls, who would find what a broken read-back has missed."""


class NumbersAreNotChecked(NumberedCommands):
    """Numbers its commands, and the services do not look at the numbers. (Beside a read-back it would go unnoticed.)"""

    measures = ("fencing",)

    numbered = False


class ReadsThePast(Unpolled):  # type: ignore[valid-type,misc]
    """Takes the success of a switch-off for the read that confirms it: what it believes is older than the read."""

    def believe(self, call: OpenCall) -> None:
        """Believe it at once."""
        Core.believe(self, call)


class DoesNotMindWhatItReads(Unpolled):  # type: ignore[valid-type,misc]
    """Reads, and goes on whatever it has read."""

    def step_failed(self, failure: Failure) -> None:
        """A failed read fails nothing."""
        if failure.subject in READS and self.procedure.phase is not ATTEMPT:
            self.proceed()
        else:
            super().step_failed(failure)


class SurveysTheFeedAlone(Unpolled):  # type: ignore[valid-type,misc]
    """Looks when it initializes whether the feed is on, and at nothing else."""

    def survey(self) -> tuple[ProcedureStep, ...]:
        """The feed."""
        return tuple(step for step in super().survey() if step.operation.startswith(LIVE_FEED))


class ForgetsTheBackendOfItsFormerLife(Whole):  # type: ignore[valid-type,misc]
    """Reconciles what it has written in this life alone."""

    def survey(self) -> tuple[ProcedureStep, ...]:
        """Every service but the backend."""
        return tuple(step for step in super().survey() if not step.operation.startswith("convex"))


class WritesAgainAtOnce(Whole):  # type: ignore[valid-type,misc]
    """Writes idle again as soon as a write has failed, without a delay."""

    def reconcile(self, step: ProcedureStep) -> None:
        """Begin at once."""
        self.begin_cleanup(step)


class GivesUpOnTheBackend(Whole):  # type: ignore[valid-type,misc]
    """Tries once to write a session idle, and leaves it live if that fails."""

    def reconcile(self, step: ProcedureStep) -> None:
        """Only where none has just failed."""
        if not any(isinstance(effect, Settled) and effect.command == CLEANUP for effect in self.effects):
            super().reconcile(step)


class NamesNothingThatItFinds(Whole):  # type: ignore[valid-type,misc]
    """Hears that a service is on that should be off, and ends its stop in ready all the same."""

    def shutdown_over(self) -> None:
        """A note fails nothing."""
        Core.shutdown_over(self)


class NeedsNoLease(Whole):  # type: ignore[valid-type,misc]
    """Asks for the lease, and commands without it where another dashboard holds it."""

    def step_failed(self, failure: Failure) -> None:
        """Go on."""
        if failure.subject == LEASE.name:
            self.proceed()
        else:
            super().step_failed(failure)


class KeepsTheLeaseWithoutAsking(Whole):  # type: ignore[valid-type,misc]
    """Does not ask for the lease any more once it had it, silence or not."""

    def attempt(self) -> None:
        """Without the lease."""
        super().attempt()
        self.update(todo=tuple(step for step in self.procedure.todo if step.operation != LEASE.name))


OF_MEASURES: tuple[Mutant, ...] = (
    Mutant(NumbersAreNotChecked, "fencing", ("G4",), faults(OVERTAKING, racing=True)),
    Mutant(ReadsThePast, "read-back", ("G4",), faults(EMPTY_SUCCESS)),
    Mutant(DoesNotMindWhatItReads, "read-back", ("G5",), faults(EMPTY_SUCCESS)),
    Mutant(SurveysTheFeedAlone, "read-back", ("G4", "G17"), faults(RELOAD)),
    Mutant(ForgetsTheBackendOfItsFormerLife, "reconciled", ("G14",), faults(RELOAD)),
    Mutant(WritesAgainAtOnce, "reconciled", ("G7",), faults(REFUSE, racing=True)),
    Mutant(GivesUpOnTheBackend, "reconciled", ("G14",), faults(REFUSE, racing=True)),
    Mutant(NamesNothingThatItFinds, "polling", ("G4",), faults(BYPASS)),
    Mutant(NeedsNoLease, "lease", ("G5",), faults(SECOND_DASHBOARD)),
    Mutant(KeepsTheLeaseWithoutAsking, "lease", ("G14",), faults(SECOND_DASHBOARD)),
)
"""Every broken measure."""
