"""What can reach the core, and what the core asks for in return.

Events go in, effects come out; both are frozen and hashable, so that they can be compared, stored and
replayed. Nothing here knows a clock: a driver decides when an event happens.
"""

from typing import NamedTuple

from broadcast_orchestrator.model.closed_set import ClosedSet
from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.table import BroadcastState


class CommandName(ClosedSet):
    """What a procedure is for: the five commands of the guide, or a cleanup, which is nobody's command (reading R9)."""

    INITIALIZE = "initialize"
    START_BROADCAST = "start_broadcast"
    STOP_BROADCAST = "stop_broadcast"
    EMERGENCY_STOP = "emergency_stop"
    RECOVER = "recover"
    CLEANUP = "cleanup"


INITIALIZE, START_BROADCAST, STOP_BROADCAST, EMERGENCY_STOP, RECOVER, CLEANUP = CommandName
COMMANDS = (INITIALIZE, START_BROADCAST, STOP_BROADCAST, EMERGENCY_STOP, RECOVER)
"""What a caller may ask for."""


class TimerKind(ClosedSet):
    """The kinds of the one timer: a procedure's time limit, the pause before a retry, and the zero wait in which
    the calls that a limit issued at once may still be answered (reading R7)."""

    LIMIT = "limit"
    RETRY_DELAY = "retry_delay"
    DRAIN = "drain"


LIMIT, RETRY_DELAY, DRAIN = TimerKind


class FailureKind(ClosedSet):
    """How something went wrong: a call was answered so, or was not answered in time; a call that a limit issued at
    once was not answered at all; or a service said so by itself (reading R14)."""

    FAILED = "failed"
    TIMED_OUT = "timed out"
    NOT_CONFIRMED = "was not confirmed"
    REPORTED = "reported a failure"


TIMED_OUT, NOT_CONFIRMED, REPORTED = FailureKind.TIMED_OUT, FailureKind.NOT_CONFIRMED, FailureKind.REPORTED


class CommandEnding(ClosedSet):
    """How a command ends for whoever waits for it."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


SUCCEEDED, FAILED, INTERRUPTED = CommandEnding


class Failure(NamedTuple):
    """One thing that went wrong: `subject` is an operation or a service, `kind` says how, `message` is theirs."""

    subject: str
    kind: FailureKind
    message: str = ""

    def __str__(self) -> str:
        return f"{self.subject} {self.kind}" + (f": {self.message}" if self.message else "")


# -- Events ---------------------------------------------------------------------------------------


class Command(NamedTuple):
    """A caller asks for one of `COMMANDS`, by a name that nobody has checked; `session` is the optional session id of
    a start."""

    name: str
    session: str | None = None


class Reply(NamedTuple):
    """The answer to the call that is `position`-th oldest among the open calls of `service`."""

    service: str
    position: int
    ok: bool
    message: str = ""


class Forget(NamedTuple):
    """A driver that knows that a given-up call will never be answered says so; nothing else changes."""

    service: str
    position: int


class TimerFired(NamedTuple):
    """The one timer that is armed has run out."""


class Report(NamedTuple):
    """A service says by itself that it failed (reading R14); `found_on`: somebody who reads it has found it on that
    should be off."""

    service: str
    message: str = ""
    found_on: bool = False


class Content(NamedTuple):
    """The live feed has gained or lost its content (reading R18)."""

    present: bool


class Configure(NamedTuple):
    """The configuration, already validated, from now on (reading R17)."""

    config: OrchestratorConfig


Event = Command | Reply | Forget | TimerFired | Report | Content | Configure


# -- Effects --------------------------------------------------------------------------------------


class Call(NamedTuple):
    """Ask the operation's service to do it. The call is now the newest open call of that service."""

    operation: str
    session: str | None = None


class GiveUp(NamedTuple):
    """The call is no longer waited for; its answer may still come."""

    operation: str
    session: str | None = None


class SetTimer(NamedTuple):
    """Arm the timer for `duration_ms`, in place of whatever was armed."""

    kind: TimerKind
    duration_ms: int


class CancelTimer(NamedTuple):
    """Disarm the timer."""


class Transition(NamedTuple):
    """The state changed. `violation` marks a change outside the table that was only watched (reading R19)."""

    source: BroadcastState
    target: BroadcastState
    reason: str
    forced: bool = False
    violation: bool = False


class Accepted(NamedTuple):
    """A command, or a cleanup that was due, began a procedure of its own, or joined the one under way."""

    command: CommandName
    joined: bool = False


class Refused(NamedTuple):
    """The command changed nothing, if it is one. `missing` names each thing that it would have needed (reading R5)."""

    command: str
    reason: str
    missing: tuple[str, ...] = ()


class Settled(NamedTuple):
    """The procedure is over, and with it the command of everyone who waited for it.

    `failures` begins with the first cause; `notes` are failures
    that services reported meanwhile and that failed nothing. What may still be on, the state of the core tells.
    """

    command: CommandName
    verdict: CommandEnding
    failures: tuple[Failure, ...] = ()
    notes: tuple[Failure, ...] = ()


CoreEffect = Call | GiveUp | SetTimer | CancelTimer | Transition | Accepted | Refused | Settled
