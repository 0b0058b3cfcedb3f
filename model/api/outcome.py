"""How a command ends for its caller: an outcome, or one of three exceptions that say why not.

Every exception can be made again from its `args`: a kernel that hands one to several waiters copies it that way.
"""

from typing import NamedTuple

from broadcast_orchestrator.model.events import (
    EMERGENCY_STOP,
    INITIALIZE,
    RECOVER,
    START_BROADCAST,
    STOP_BROADCAST,
    Failure,
)

CANNOT: dict[str, str] = {
    INITIALIZE: "Cannot initialize",
    START_BROADCAST: "Cannot start broadcast",
    STOP_BROADCAST: "Cannot stop broadcast",
    EMERGENCY_STOP: "Cannot stop in an emergency",
    RECOVER: "Cannot recover",
}
"""How the message of each refused command begins (clause UT-2)."""


class Outcome(NamedTuple):
    """What a command that succeeded has to tell.

    `failures` went wrong on the way and were overcome (attempts that were repeated, stops that failed during an
    emergency stop); `notes` are failures that services reported meanwhile; `residue` names the services whose
    switch-off is not confirmed, `left_live` the sessions that the backend may still call live (readings R3, R10, R14).
    """

    command: str
    failures: tuple[Failure, ...] = ()
    notes: tuple[Failure, ...] = ()
    residue: tuple[str, ...] = ()
    left_live: tuple[str, ...] = ()


class BroadcastError(Exception):
    """A command did not do what was asked; `command` is its name."""

    command: str


class CommandRefused(BroadcastError):
    """The command changed nothing: wrong state, busy, or a prerequisite is missing (reading R5).

    `missing` names each thing that it would have needed.
    """

    def __init__(self, command: str, reason: str, missing: tuple[str, ...] = ()) -> None:
        super().__init__(command, reason, missing)
        self.command, self.reason, self.missing = command, reason, missing

    def __str__(self) -> str:
        cannot = CANNOT[self.command]
        return self.reason if self.reason.startswith(cannot) else f"{cannot}: {self.reason}"


class _Ended(BroadcastError):
    """What a failed and an interrupted command have in common: fields as in `Outcome`."""

    verb = ""

    def __init__(
        self,
        command: str,
        failures: tuple[Failure, ...] = (),
        notes: tuple[Failure, ...] = (),
        residue: tuple[str, ...] = (),
        left_live: tuple[str, ...] = (),
    ) -> None:
        super().__init__(command, failures, notes, residue, left_live)
        self.command, self.failures, self.notes = command, failures, notes
        self.residue, self.left_live = residue, left_live

    @property
    def cause(self) -> Failure | None:
        """The first thing that went wrong; None where nothing had yet."""
        return self.failures[0] if self.failures else None

    def __str__(self) -> str:
        parts = [f"{self.command} {self.verb}", *map(str, self.failures)]
        if self.residue:
            parts.append(f"not confirmed off: {', '.join(self.residue)}")
        if self.left_live:
            parts.append(f"the backend may still say live: {', '.join(self.left_live)}")
        return ": ".join((parts[0], "; ".join(parts[1:]))) if parts[1:] else parts[0]


class CommandFailed(_Ended):
    """The command began and failed; `cause` is its first failure, `failures` are all of them (readings R4, R16)."""

    verb = "failed"


class CommandInterrupted(_Ended):
    """An emergency stop ended the command; `cause` is its own first failure, if it had one (reading R15)."""

    verb = "was interrupted by an emergency stop"
