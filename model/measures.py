"""Measures: what a team may add to the guide's orchestrator so that it withstands what the guide's cannot.

Each is a named option, off by default, so that the guide as written stays the reference; and each is a few rules of the
core overridden, no second core. `rules_with` puts any of them together.
"""

import math
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from broadcast_orchestrator.model import views
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import (
    CLEANUP,
    FAILED,
    LIMIT,
    RETRY_DELAY,
    Event,
    Failure,
    FailureKind,
    Report,
    Settled,
)
from broadcast_orchestrator.model.operations import (
    CALLABLE,
    CONVEX,
    IS_INITIALIZED,
    IS_OFF,
    IS_ON,
    LEASE,
    SERVICES,
    STOPS,
)
from broadcast_orchestrator.model.state import (
    ATTEMPT,
    CLEANING,
    DELAY,
    ProcedureStep,
    left_live,
)
from broadcast_orchestrator.model.views import OpenCall

POLL_PERIOD_MS = 5_000.0
"""How often polled services are read where nothing else is said, in milliseconds."""


def checked_ms(name: str, duration_ms: float) -> float:
    """The duration, under this name; raises `ValueError` for what is no time above 0."""
    if not 0 < duration_ms < math.inf:
        raise ValueError(f"{name}: expected a number of milliseconds above 0, got {duration_ms!r}")
    return duration_ms


class ReadBack(Core):
    """A service is asked before a success is believed, and before an initialization succeeds; what is found on there is
    switched off (in place of R9: "a successful reply is believed")."""

    reads_back = True

    def carried_out(self, step: ProcedureStep) -> tuple[ProcedureStep, ...]:
        """Every switch is followed by the read that confirms it."""
        return (*super().carried_out(step), read_of(step))

    def believe(self, call: OpenCall) -> None:
        """Off is what was read to be off, and not what was told to be."""
        operation = CALLABLE[call.operation]
        if operation.finds is False:
            self.confirm_off(operation.service, call.session)

    def late_success(self, call: OpenCall) -> None:
        """A switch-off that is confirmed late is not believed either: what it left as residue stays residue."""
        if CALLABLE[call.operation].turns_on:
            super().late_success(call)

    def stop_all(self) -> None:
        """The four stops at once; when they are answered, what became of them is read. What the limit leaves unread is
        residue."""
        super().stop_all()
        self.update(todo=tuple(read_of(ProcedureStep(operation)) for operation in STOPS.values()))

    def attempt(self) -> None:
        """The host is read, and everything that could be on."""
        super().attempt()
        self.update(todo=(ProcedureStep(IS_INITIALIZED), *self.procedure.todo, *self.survey()), issued=())

    def survey(self) -> tuple[ProcedureStep, ...]:
        """Whatever could be on from a former life, or by somebody else."""
        reconciles = "reconciled" in self.measures
        return tuple(ProcedureStep(IS_OFF[service]) for service in SERVICES if reconciles or service != CONVEX)

    def take_step(self) -> None:
        """An attempt remembers what it has just switched off, until that is read again."""
        switched, step = self.procedure.issued, self.procedure.todo[0]
        super().take_step()
        if self.procedure.phase is ATTEMPT:
            again = [each for each in switched if SWITCH_OF.get(step.operation) == each.operation]
            self.update(issued=tuple(again) if CALLABLE[step.operation].finds is not None else (step,))

    def step_failed(self, failure: Failure) -> None:
        """What an attempt finds on it switches off, once, and reads again."""
        procedure, switch = self.procedure, SWITCH_OF.get(failure.subject)
        found_on = procedure.phase is ATTEMPT and switch is not None and failure.kind is FailureKind.FAILED
        if switch is not None and found_on and ProcedureStep(switch) not in procedure.issued:
            self.update(todo=(*self.carried_out(ProcedureStep(switch)), *procedure.todo))
            self.proceed()
        else:
            super().step_failed(failure)


SWITCH_OF = {IS_OFF[service]: operation for service, operation in (STOPS | {CONVEX: "convex.idle"}).items()}
"""What switches off that was read to be on."""


def read_of(step: ProcedureStep) -> ProcedureStep:
    """The read that confirms the switch."""
    operation = CALLABLE[step.operation]
    return ProcedureStep((IS_ON if operation.turns_on else IS_OFF)[operation.service], step.session)


class NumberedCommands(Core):
    """Every call carries a number that only grows, across reloads too, and a service that has seen a number refuses an
    older one (fencing). The rest is up to the services."""

    numbered = True


class PolledServices(Core):
    """Every service is read once a period by somebody beside the core, who reports what is not as the core has it. What
    is found on that should be off is residue from then on (R14 asks for no more than a report)."""

    polled = True

    def report(self, event: Report) -> None:
        """What is on is named, and what is off is known to be: it is not reported for ever."""
        self.views.change(event.service, views.name_found if event.found_on else views.find_off)
        super().report(event)

    def shutdown_over(self) -> None:
        """A stop during which something was found on has not switched everything off: that note is a failure."""
        if self.residue() and not self.procedure.failures:
            self.update(failures=self.procedure.notes, notes=())
        super().shutdown_over()


class Leased(Core):
    """One dashboard commands, the others watch: an initialization takes the lease, which the backend gives to one alone
    until that one has been silent for a while."""

    leased = True

    def attempt(self) -> None:
        """Without the lease it does not succeed."""
        super().attempt()
        self.update(todo=(ProcedureStep(LEASE.name), *self.procedure.todo))


class BackendReconciled(Core):
    """Whenever nothing is under way, a session that is left live is written idle by a cleanup of its own, also after an
    emergency stop, a recover, a lost service or a write that was not confirmed (in place of R10: "reported, and gates
    nothing"). The emergency stop itself still tells the backend nothing."""

    def handle(self, event: Event) -> None:
        """After whatever else is due."""
        super().handle(event)
        if self.core.procedure is None:
            for session in left_live(self.core)[:1]:
                self.reconcile(ProcedureStep("convex.idle", session))

    def reconcile(self, step: ProcedureStep) -> None:
        """Write idle; where that has just failed, not before the delay of a retry is over."""
        if not any(isinstance(e, Settled) and (e.command, e.verdict) == (CLEANUP, FAILED) for e in self.effects):
            self.begin_cleanup(step)
            return
        self.accept(CLEANUP)
        self.begin(CLEANUP, DELAY, self.carried_out(step))
        self.timer(RETRY_DELAY, self.core.config.retry_delay)

    def phase_over(self) -> None:
        """The delay before another write is over; perhaps an older one has been confirmed meanwhile. Where it has
        become due as a cleanup of its own, this is that."""
        if (self.procedure.command, self.procedure.phase) != (CLEANUP, DELAY):
            super().phase_over()
            return
        session = self.procedure.todo[0].session
        if session not in self.core.written:
            self.fault(self.procedure.notes)
            self.succeed()
            return
        self.dismiss(CONVEX, session)
        self.update(phase=CLEANING)
        self.timer(LIMIT, self.procedure.config.shutdown_timeout)
        self.proceed()


class Measure(NamedTuple):
    """A measure by name: its rules, the readings that it replaces, what it needs of the services, and against what it
    is of use, in words."""

    name: str
    rules: type[Core]
    replaces: tuple[str, ...]
    needs: str
    meaning: str


MEASURES: tuple[Measure, ...] = (
    Measure(
        "read-back",
        ReadBack,
        ("R9",),
        "services that can be read",
        "ask a service before believing it, and look at all of them when initializing",
    ),
    Measure(
        "fencing",
        NumberedCommands,
        (),
        "services that refuse a command older than the newest that they have seen",
        "number every command",
    ),
    Measure(
        "reconciled",
        BackendReconciled,
        ("R10",),
        "nothing",
        "write a session idle that was left live, as soon as nothing else is under way",
    ),
    Measure(
        "polling",
        PolledServices,
        ("R14",),
        "services that can be read, and somebody who does so once a period",
        "read every service once a period, and report what is not as it should be",
    ),
    Measure(
        "lease",
        Leased,
        ("R11",),
        "a backend that gives a lease to one dashboard at a time",
        "let one dashboard command, and the others watch",
    ),
)
"""Every measure, in the order in which they are put together."""

BY_NAME = {measure.name: measure for measure in MEASURES}


def rules_with(names: Iterable[str]) -> type[Core]:
    """The rules of the guide with the measures of these names; the guide's own where there are none. The same names
    give the same class, in whatever order. Raises KeyError for a name that is none of `MEASURES`."""
    wanted = {BY_NAME[name].name for name in names}
    return _rules_with(tuple(measure.name for measure in MEASURES if measure.name in wanted))


@cache
def _rules_with(names: tuple[str, ...]) -> type[Core]:
    if not names:
        return Core
    measures = tuple(BY_NAME[name].rules for name in names)
    return type(",".join(names), measures, {"measures": names, "__module__": __name__})


def __getattr__(name: str) -> type[Core]:
    """The rules by the name that their class has, so that traces and other processes find them."""
    if any(part not in BY_NAME for part in name.split(",")):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return rules_with(name.split(","))
