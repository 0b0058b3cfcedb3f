"""What must hold of failures: each is kept as it was told, kind and message, and reaches the caller and the error (G5).

What a step has to add is worked out from what happened; what was there before is taken from the core, which makes the
check one of each step: whoever loses, changes or invents a failure does so in some step.
"""

from collections.abc import Iterator

from broadcast_orchestrator.model.events import (
    CLEANUP,
    DRAIN,
    FAILED,
    INITIALIZE,
    INTERRUPTED,
    NOT_CONFIRMED,
    RECOVER,
    REPORTED,
    SUCCEEDED,
    TIMED_OUT,
    Accepted,
    Failure,
    FailureKind,
    Settled,
    Transition,
)
from broadcast_orchestrator.model.state import ATTEMPT, DELAY, FORWARD, ROLLBACK, Procedure
from broadcast_orchestrator.model.table import ERROR
from broadcast_orchestrator.model.views import AWAITED
from broadcast_orchestrator.properties.guarantees.memory import Glimpse, Sentences
from broadcast_orchestrator.sim.world.fault_semantics import message_of
from broadcast_orchestrator.sim.world.steps import Answer, Notice, Timer

Failures = tuple[Failure, ...]


def happened(glimpse: Glimpse) -> tuple[Failures, Failures]:
    """The failures that this step adds: those that the procedure under way has to answer for, and those that it only
    notes (reading R14)."""
    step, call, procedure = glimpse.step, glimpse.call, glimpse.before.procedure
    if procedure is None:
        return (), ()
    if isinstance(step, Answer) and call is not None and call.standing == AWAITED and not step.ok:
        return (Failure(call.operation, FailureKind.FAILED, message_of(step.fault)),), ()
    if isinstance(step, Timer) and procedure.phase != DELAY:
        timer = glimpse.observer.timer
        kind = NOT_CONFIRMED if timer is not None and timer[0] == DRAIN else TIMED_OUT
        return tuple(Failure(operation, kind) for operation, _ in glimpse.observer.waiting), ()
    if isinstance(step, Notice):
        failure = Failure(step.service, REPORTED, "lost")
        return ((failure,), ()) if procedure.phase in (ATTEMPT, FORWARD, ROLLBACK) else ((), (failure,))
    return (), ()


def accounted(glimpse: Glimpse) -> Sentences:
    """Every failure is told as it was: to the caller in its outcome, or kept by the procedure that goes on."""
    before = glimpse.before.procedure
    if before is None:
        return
    failures, notes = happened(glimpse)
    due = (before.failures + failures, before.notes + notes)
    settled = next((e for e in glimpse.having(Settled) if e.command == before.command), None)
    if settled is not None:
        yield from _told(glimpse, before, settled, due)
    elif glimpse.after.procedure is not None:
        yield from _kept(glimpse.after.procedure, due)


def _kept(after: Procedure, due: tuple[Failures, Failures]) -> Sentences:
    """A recover or a stop that goes on to initialize has its stops behind it: their failures are notes from then on."""
    if sorted(after.failures + after.notes) != sorted(due[0] + due[1]):
        yield f"{after.command} knows of {_listed(after.failures + after.notes)}, not of {_listed(due[0] + due[1])}"
    elif due[0] and after.failures[:1] not in ((), due[0][:1]):
        yield f"the first failure of {after.command} is {after.failures[0]}, not {due[0][0]}"


def _told(glimpse: Glimpse, before: Procedure, settled: Settled, due: tuple[Failures, Failures]) -> Sentences:
    failures, notes = due
    if settled.verdict == FAILED and before.command == RECOVER and before.earlier and not before.attempt:
        failures = (*failures, *before.earlier)
    told, expected = settled.failures + settled.notes, failures + notes
    if sorted(told) != sorted(expected):
        yield f"{settled.command} tells of {_listed(told)}, not of {_listed(expected)}"
    elif failures and settled.verdict != SUCCEEDED and settled.failures[:1] != failures[:1]:
        yield f"the cause of {settled.command} is {_listed(settled.failures[:1])}, not {failures[0]}"
    if settled.verdict == FAILED and not settled.failures:
        yield f"{settled.command} failed without a cause"


def shown(glimpse: Glimpse) -> Sentences:
    """The error shows what the command that led to it has told; in error already, what is new is attached."""
    for effect in glimpse.having(Settled):
        if effect.verdict == FAILED and effect.command != CLEANUP and glimpse.after.state is ERROR:
            missing = [failure for failure in effect.failures if failure not in glimpse.after.error]
            if missing:
                yield f"the error does not show {_listed(missing)}"
    entered = any(effect.target is ERROR for effect in glimpse.having(Transition))
    if (
        not entered
        and glimpse.after.error[: len(glimpse.before.error)] != glimpse.before.error
        and (glimpse.after.state is ERROR)
    ):
        yield f"the error was {_listed(glimpse.before.error)} and is {_listed(glimpse.after.error)}"
    if entered or (glimpse.after.state is ERROR and glimpse.after.error != glimpse.before.error):
        allowed = {*glimpse.before.error, *_known(glimpse)}
        strangers = [failure for failure in glimpse.after.error if failure not in allowed]
        if strangers:
            yield f"the error shows {_listed(strangers)}, which never happened"


def _known(glimpse: Glimpse) -> Iterator[Failure]:
    procedure = glimpse.before.procedure
    if procedure is not None:
        yield from procedure.failures + procedure.notes + procedure.earlier
    for failures in happened(glimpse):
        yield from failures
    if isinstance(glimpse.step, Notice):
        yield Failure(glimpse.step.service, REPORTED, "lost")


def reported(glimpse: Glimpse) -> Sentences:
    """A service that fails while nothing is under way leads to error, and is named there (reading R14)."""
    if isinstance(glimpse.step, Notice) and glimpse.before.procedure is None:
        failure = Failure(glimpse.step.service, REPORTED, "lost")
        if glimpse.after.state is not ERROR or failure not in glimpse.after.error:
            yield f"{failure.subject} reported a failure, and the error is {_listed(glimpse.after.error)}"


FAILS_INTO = (INITIALIZE, "start_broadcast", "stop_broadcast", RECOVER)


def fails_into_error(glimpse: Glimpse) -> Sentences:
    """A command that fails ends in error (readings R4, R16 and R20)."""
    for effect in glimpse.having(Settled):
        if effect.verdict == FAILED and effect.command in FAILS_INTO and glimpse.after.state is not ERROR:
            yield f"{effect.command} failed and ends in {glimpse.after.state}"


def interrupted(glimpse: Glimpse) -> Sentences:
    """Only an emergency stop interrupts, and whatever was under way is then interrupted (reading R15)."""
    begins = any(effect.command == "emergency_stop" and not effect.joined for effect in glimpse.having(Accepted))
    for effect in glimpse.having(Settled):
        if (effect.verdict == INTERRUPTED) != (begins and effect.command != "emergency_stop"):
            yield f"{effect.command} was settled as {effect.verdict}"


def _listed(failures: Failures | list[Failure]) -> str:
    return ", ".join(map(str, failures)) or "nothing"
