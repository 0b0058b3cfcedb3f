"""What can reach the core, and what the core asks for in return.

Events go in, effects come out; both are frozen and hashable, so that they can be compared, stored and
replayed. Nothing here knows a clock: a driver decides when an event happens.
"""

from typing import NamedTuple

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.table import BroadcastState

INITIALIZE, START_BROADCAST, STOP_BROADCAST = "initialize", "start_broadcast", "stop_broadcast"
EMERGENCY_STOP, RECOVER, CLEANUP = "emergency_stop", "recover", "cleanup"
COMMANDS = (INITIALIZE, START_BROADCAST, STOP_BROADCAST, EMERGENCY_STOP, RECOVER)
"""The five commands of the guide. A cleanup is a procedure too, but nobody's command (reading R9)."""

LIMIT, RETRY_DELAY, DRAIN = "limit", "retry_delay", "drain"
"""The kinds of the one timer: a procedure's time limit, the pause before a retry, and the zero wait in which
the calls that a limit issued at once may still be answered (reading R7)."""


class Failure(NamedTuple):
    """One thing that went wrong: `subject` is an operation or a service, `kind` says how, `message` is theirs."""

    subject: str
    kind: str
    message: str = ""

    def __str__(self) -> str:
        return f"{self.subject} {self.kind}" + (f": {self.message}" if self.message else "")


FAILED, TIMED_OUT, NOT_CONFIRMED, REPORTED = "failed", "timed out", "was not confirmed", "reported a failure"


# -- Events ---------------------------------------------------------------------------------------


class Command(NamedTuple):
    """A caller asks for one of `COMMANDS`; `session` is the optional session id of a start."""

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
    """A service says by itself that it failed (reading R14)."""

    service: str
    message: str = ""


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

    kind: str
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

    command: str
    joined: bool = False


class Refused(NamedTuple):
    """The command changed nothing. `missing` names each thing that it would have needed (reading R5)."""

    command: str
    reason: str
    missing: tuple[str, ...] = ()


SUCCEEDED, INTERRUPTED = "succeeded", "interrupted"


class Settled(NamedTuple):
    """The procedure is over, and with it the command of everyone who waited for it.

    `verdict` is SUCCEEDED, FAILED or INTERRUPTED; `failures` begins with the first cause; `notes` are failures
    that services reported meanwhile and that failed nothing. What may still be on, the state of the core tells.
    """

    command: str
    verdict: str
    failures: tuple[Failure, ...] = ()
    notes: tuple[Failure, ...] = ()


CoreEffect = Call | GiveUp | SetTimer | CancelTimer | Transition | Accepted | Refused | Settled
