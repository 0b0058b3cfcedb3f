"""What must hold of failures: each is kept as it was told, kind and message, and reaches the caller and the error (G5).

What a moment has to add is worked out from what happened; what was there before is taken from the account of what is
under way, which makes the check one of each moment: whoever loses, changes or invents a failure does so in some moment.
Where failures are not shown as records, their own messages are looked for in the words.
"""

from collections import Counter
from collections.abc import Iterator

from broadcast_orchestrator.model.events import (
    CLEANUP,
    DRAIN,
    EMERGENCY_STOP,
    FAILED,
    INITIALIZE,
    INTERRUPTED,
    NOT_CONFIRMED,
    RECOVER,
    REPORTED,
    RETRY_DELAY,
    START_BROADCAST,
    STOP_BROADCAST,
    SUCCEEDED,
    TIMED_OUT,
    Accepted,
    Failure,
    FailureKind,
    GiveUp,
    Settled,
    Transition,
)
from broadcast_orchestrator.model.operations import OPERATIONS
from broadcast_orchestrator.model.table import ERROR
from broadcast_orchestrator.model.views import AWAITED
from broadcast_orchestrator.properties.guarantees.memory import Glimpse, goes_wrong, is_found_on
from broadcast_orchestrator.properties.guarantees.observations import Account, Replied, Sentences, Shown, Wrong
from broadcast_orchestrator.sim.world.steps import Answer, Notice, Timer

Failures = tuple[Failure, ...]


def happened(glimpse: Glimpse) -> tuple[Failures, Failures]:
    """The failures that this moment adds: those that the procedure under way has to answer for, and those that it only
    notes (reading R14)."""
    failures, notes = _of_step(glimpse)
    at_once = [effect for effect in glimpse.having(Replied) if not effect.ok]
    return failures + tuple(Failure(e.operation, FailureKind.FAILED, e.message) for e in at_once), notes


def _of_step(glimpse: Glimpse) -> tuple[Failures, Failures]:
    step, call, observer = glimpse.step, glimpse.call, glimpse.observer
    if not goes_wrong(glimpse) or not observer.command or is_found_on(glimpse):
        return (), ()
    if isinstance(step, Answer) and call is not None and call.standing == AWAITED and not step.ok:
        return (Failure(call.operation, FailureKind.FAILED, glimpse.message),), ()
    if isinstance(step, Timer) and (observer.timer is None or observer.timer[0] != RETRY_DELAY):
        kind = NOT_CONFIRMED if observer.timer is not None and observer.timer[0] == DRAIN else TIMED_OUT
        return tuple(Failure(operation, kind) for operation, _ in observer.waiting), ()
    if isinstance(step, Notice):
        failure = Failure(step.service, REPORTED, step.message)
        fails = observer.attempting or observer.command == START_BROADCAST
        return ((failure,), ()) if fails else ((), (failure,))
    return (), ()


# -- As records -----------------------------------------------------------------------------------


def accounted(glimpse: Glimpse) -> Sentences:
    """Every failure is told as it was: to the caller in its outcome, or kept by the procedure that goes on."""
    if glimpse.leaves("procedure") and not glimpse.having(Settled) and happened(glimpse) == ((), ()):
        return
    before, command = glimpse.before.procedure, glimpse.observer.command
    if before is None:
        yield from _set_out(glimpse)
        return
    failures, notes = happened(glimpse)
    due = (before.failures + failures, before.notes + notes)
    settled = next((e for e in glimpse.having(Settled) if e.command == command), None)
    if settled is not None:
        yield from _told(glimpse, before, settled, due)
        if (settled.command, settled.verdict) == (CLEANUP, INTERRUPTED):
            yield from _carried(glimpse.after.procedure, due[1])
    elif glimpse.after.procedure is not None:
        yield from _kept(command, glimpse.after.procedure, due)


def _set_out(glimpse: Glimpse) -> Sentences:
    """A recover remembers the first cause of the error that it sets out from, and nothing else (reading R20)."""
    begun, error = glimpse.after.procedure, glimpse.before.error
    if begun is None or Accepted(RECOVER) not in glimpse.effects or isinstance(error, str):
        return
    if begun.earlier != error[:1]:
        what = f"recover sets out from {_listed(error[:1])}, and remembers {_listed(begun.earlier)}"
        yield Wrong("another error", what)


def _kept(command: str, after: Account, due: tuple[Failures, Failures]) -> Sentences:
    """A recover or a stop that goes on to initialize has its stops behind it: their failures are notes from then on."""
    if not _are_alike(after.failures + after.notes, due[0] + due[1]):
        what = f"{command} knows of {_listed(after.failures + after.notes)}, not of {_listed(due[0] + due[1])}"
        yield Wrong("knows otherwise", what)
    elif due[0] and after.failures[:1] not in ((), due[0][:1]):
        yield Wrong("another cause", f"the first failure of {command} is {after.failures[0]}, not {due[0][0]}")


def _carried(after: Account | None, notes: Failures) -> Sentences:
    """Nobody waits for a cleanup: what it noted is told by the emergency stop that interrupts it (reading R14)."""
    lost = [note for note in notes if after is None or note not in after.notes]
    if lost:
        yield Wrong("note lost", f"the emergency stop does not know of {_listed(lost)}")


def _told(glimpse: Glimpse, before: Account, settled: Settled, due: tuple[Failures, Failures]) -> Sentences:
    failures, notes = due
    if settled.verdict == FAILED and settled.command == RECOVER and before.earlier and not glimpse.observer.attempts:
        failures = (*failures, *before.earlier)
    told, expected = settled.failures + settled.notes, failures + notes
    if not _are_alike(told, expected):
        yield Wrong("tells otherwise", f"{settled.command} tells of {_listed(told)}, not of {_listed(expected)}")
    elif failures and settled.verdict != SUCCEEDED and settled.failures[:1] != failures[:1]:
        what = f"the cause of {settled.command} is {_listed(settled.failures[:1])}, not {failures[0]}"
        yield Wrong("another cause", what)
    if settled.verdict == FAILED and not settled.failures:
        yield Wrong("no cause", f"{settled.command} failed without a cause")


def lost(glimpse: Glimpse) -> Sentences:
    """What went wrong is known afterwards, and so is what had gone wrong before."""
    new, before = _new_failures(glimpse), None if glimpse.leaves("procedure") else glimpse.before.procedure
    earlier = () if before is None else before.failures + before.notes
    if not new and not earlier:
        return
    known = _known_after(glimpse)
    for subject in new:
        if not any(failure.subject == subject for failure in _new_first(glimpse, known)):
            yield Wrong("failure lost", f"the failure of {subject} is lost")
    if any(failure not in known for failure in earlier):
        yield Wrong("failure lost", "an earlier failure is lost")


def _known_after(glimpse: Glimpse) -> list[Failure]:
    known = [*_records(glimpse.after), *_all_of(glimpse.after.procedure)]
    for effect in glimpse.having(Settled):
        known += [*effect.failures, *effect.notes]
    return known


def _new_first(glimpse: Glimpse, known: list[Failure]) -> list[Failure]:
    """Who looks for one that is new need look into no other."""
    before = _known_before(glimpse)
    return sorted(known, key=lambda failure: _is_one_of(failure, before))


def _new_failures(glimpse: Glimpse) -> list[str]:
    step, call = glimpse.step, glimpse.call
    if isinstance(step, Answer):
        fails = call is not None and call.standing == AWAITED and not step.ok and not is_found_on(glimpse)
        return [call.operation] if call is not None and fails else []
    if isinstance(step, Timer):
        return [effect.operation for effect in glimpse.having(GiveUp)]
    return [step.service] if isinstance(step, Notice) else []


def first_cause(glimpse: Glimpse) -> Sentences:
    """A command that fails keeps its first cause, and the error shows it (reading R4)."""
    for effect in glimpse.having(Settled):
        if effect.verdict == FAILED:
            before = glimpse.before.procedure
            earlier = before.failures[:1] if before is not None else ()
            if not effect.failures or (earlier and effect.failures[:1] != earlier):
                yield Wrong("no first cause", f"{effect.command} failed without its first cause")
            if effect.failures and effect.command != CLEANUP and effect.failures[0] not in _records(glimpse.after):
                yield Wrong("cause not shown", f"the cause of the failed {effect.command} is not in the error")


def shown(glimpse: Glimpse) -> Sentences:
    """The error shows what the command that led to it has told, and nothing that never happened."""
    failed = [each for each in glimpse.having(Settled) if each.verdict == FAILED and each.command != CLEANUP]
    if not failed and not _enters_error(glimpse) and glimpse.leaves("error"):
        return
    before, after = _records(glimpse.before), _records(glimpse.after)
    for effect in failed:
        if glimpse.after.state is ERROR:
            missing = [each for each in effect.failures if not _is_one_of(each, after) and each not in after]
            if missing:
                yield Wrong("not shown", f"the error does not show {_listed(missing)}")
    if _enters_error(glimpse) or (glimpse.after.state is ERROR and after != before):
        new, old = [*_added(glimpse)], _known_before(glimpse)
        strangers = [each for each in after if not _is_one_of(each, old) and each not in (*new, *old)]
        if strangers:
            yield Wrong("never happened", f"the error shows {_listed(strangers)}, which never happened")


def _added(glimpse: Glimpse) -> Iterator[Failure]:
    for failures in happened(glimpse):
        yield from failures
    if isinstance(glimpse.step, Notice):
        yield Failure(glimpse.step.service, REPORTED, glimpse.step.message)


def names_report(glimpse: Glimpse) -> Sentences:
    """A service that fails while nothing is under way is named in the error (reading R14)."""
    if isinstance(glimpse.step, Notice) and not glimpse.observer.command:
        failure = Failure(glimpse.step.service, REPORTED, glimpse.step.message)
        if failure not in _records(glimpse.after):
            what = f"{failure.subject} reported a failure, and the error is {_listed(_records(glimpse.after))}"
            yield Wrong("report not named", what)


# -- In words -------------------------------------------------------------------------------------


def texted(glimpse: Glimpse) -> Sentences:
    """The state error and an error text go together (reading R4)."""
    state, error = glimpse.after.state, glimpse.after.error
    if (state is ERROR) != bool(error):
        if error:
            yield Wrong("text outside error", f"the state is {state} and the error says: {_text(glimpse.after)}")
        else:
            yield Wrong("error without text", "the state is error and there is no error text")


def replaced(glimpse: Glimpse) -> Sentences:
    """While the state stays error, what came first is kept, and what is new is attached (reading R2); what was added
    about a switch-off may go when that is confirmed."""
    if glimpse.leaves("error"):
        return
    before, after = glimpse.before, glimpse.after
    if glimpse.having(Transition) and (_enters_error(glimpse) or after.state is not ERROR):
        return
    if before.error and after.error and before.state is after.state is ERROR and not _goes_on(glimpse):
        what = f"the error was: {_text(before)}; it is replaced by: {_text(after)}"
        yield Wrong("cause replaced", what)


def _goes_on(glimpse: Glimpse) -> bool:
    before, after, call = glimpse.before, glimpse.after, glimpse.call
    if isinstance(before.error, str) or isinstance(after.error, str):
        confirmed = isinstance(glimpse.step, Answer) and glimpse.step.ok and call is not None and call.operation in OFF
        said, now = _text(before), _text(after)
        return said in now or (confirmed and said.startswith(now))
    return after.error[: len(before.error)] == before.error


OFF = {name for name, operation in OPERATIONS.items() if operation.turns_on is False}
"""What switches something off."""


def in_words(glimpse: Glimpse) -> Sentences:
    """A step that fails fails its command, and its own message is in what the caller and the error are told; of an
    initialization, each attempt's (reading R4)."""
    command = glimpse.observer.command
    settled = next((e for e in glimpse.having(Settled) if e.command == (command or e.command)), None)
    if settled is None or settled.command not in (INITIALIZE, START_BROADCAST, STOP_BROADCAST):
        return
    before = glimpse.before.procedure
    due = [f for f in (*(before.failures if before else ()), *happened(glimpse)[0]) if f.kind == FailureKind.FAILED]
    if due and settled.verdict == SUCCEEDED and not glimpse.observer.attempts:
        yield Wrong("failure swallowed", f"{due[0].subject} failed, and {settled.command} succeeded all the same")
    if due and settled.verdict == FAILED:
        yield from _spoken(settled, _words(glimpse, settled), _text(glimpse.after), due)


def _words(glimpse: Glimpse, settled: Settled) -> str:
    """What the caller is told."""
    return glimpse.onlook.words if glimpse.onlook is not None else "; ".join(map(str, settled.failures))


def _spoken(settled: Settled, words: str, text: str, due: list[Failure]) -> Sentences:
    if not words:
        yield Wrong("failure without words", f"{settled.command} fails without a message")
        return
    counts: Counter[str] = Counter()
    for failure in due:
        counts[failure.message] += 1
        enough = counts[failure.message]
        for told, whom in ((words, "the caller is told"), (text or words, "the error says")):
            if failure.message and told.count(failure.message) < enough:
                yield Wrong("cause lost", f"{failure.subject} failed with {failure.message!r}, and {whom}: {told}")
                return


def caught(glimpse: Glimpse) -> Sentences:
    """No error gets lost: each is caught by somebody (EX-3, QS-3)."""
    if glimpse.onlook is not None and glimpse.onlook.uncaught is not None:
        yield Wrong("nobody caught", f"nobody caught the error: {glimpse.onlook.uncaught}")


# -- Where failures lead --------------------------------------------------------------------------


def entered(glimpse: Glimpse) -> Sentences:
    """The state becomes error only when the procedure that failed is over (reading R4)."""
    if _enters_error(glimpse) and not glimpse.having(Settled) and glimpse.observer.command:
        what = f"error was entered while {glimpse.observer.command} was still under way"
        yield Wrong("error too early", what)


def _enters_error(glimpse: Glimpse) -> bool:
    return any(effect.target is ERROR for effect in glimpse.having(Transition))


def reported(glimpse: Glimpse) -> Sentences:
    """A service that fails while nothing is under way leads to error (reading R14)."""
    if isinstance(glimpse.step, Notice) and not glimpse.observer.command and glimpse.after.state is not ERROR:
        what = f"{glimpse.step.service} reported a failure, and the state is {glimpse.after.state}"
        yield Wrong("report without error", what)


FAILS_INTO = (INITIALIZE, START_BROADCAST, STOP_BROADCAST, RECOVER)


def fails_into_error(glimpse: Glimpse) -> Sentences:
    """A command that fails ends in error (readings R4, R16 and R20)."""
    for effect in glimpse.having(Settled):
        if effect.verdict == FAILED and effect.command in FAILS_INTO and glimpse.after.state is not ERROR:
            yield Wrong("fails elsewhere", f"{effect.command} failed and ends in {glimpse.after.state}")


def interrupted(glimpse: Glimpse) -> Sentences:
    """Only an emergency stop interrupts, and whatever was under way is then interrupted (reading R15)."""
    begins = any(effect.command == EMERGENCY_STOP and not effect.joined for effect in glimpse.having(Accepted))
    for effect in glimpse.having(Settled):
        if (effect.verdict == INTERRUPTED) != (begins and effect.command != EMERGENCY_STOP):
            yield Wrong("interrupted wrongly", f"{effect.command} was settled as {effect.verdict}")


def _all_of(account: Account | None) -> Failures:
    return () if account is None else account.failures + account.notes + account.earlier


def _records(shown: Shown) -> Failures:
    """The failures that the error consists of, where they are shown."""
    return () if isinstance(shown.error, str) else shown.error


def _text(shown: Shown) -> str:
    return shown.error if isinstance(shown.error, str) else "; ".join(map(str, shown.error))


def _known_before(glimpse: Glimpse) -> Failures:
    return (*_records(glimpse.before), *_all_of(glimpse.before.procedure))


def _is_one_of(failure: Failure, others: Failures) -> bool:
    """Whether it is one of them itself: whoever asks that does not look into any."""
    return any(failure is each for each in others)


def _are_alike(some: Failures, others: Failures) -> bool:
    """Whether they are the same failures, in whatever order: compared, and not looked into."""
    left = list(others)
    for each in some:
        if each not in left:
            return False
        left.remove(each)
    return not left


def _listed(failures: Failures | list[Failure]) -> str:
    return ", ".join(map(str, failures)) or "nothing"
