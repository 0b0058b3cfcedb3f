"""What a command says to whoever started it, by its exit code."""

from enum import IntEnum
from signal import Signals

from broadcast_orchestrator.properties.guarantees.verdicts import HELD, PROVED, UNKNOWN, VIOLATED


class ExitCode(IntEnum):
    """Every code that `broadcast` ends with; those above a hundred are the customary ones of Unix."""

    AS_CLAIMED = 0
    VIOLATED = 1
    BAD_INPUT = 2
    UNKNOWN = 3
    HUNG_UP = 129
    INTERRUPTED = 130
    NOBODY_READS = 141
    TERMINATED = 143


_OF_VERDICT = {
    PROVED: ExitCode.AS_CLAIMED,
    HELD: ExitCode.AS_CLAIMED,
    VIOLATED: ExitCode.VIOLATED,
    UNKNOWN: ExitCode.UNKNOWN,
}


def exit_code(verdict: str) -> ExitCode:
    """The code for a verdict: proved, held, violated or unknown."""
    return _OF_VERDICT[verdict]


def exit_code_of(came: Signals | None) -> ExitCode:
    """The code of a command that a signal has ended; without one it was an interrupt, whoever raised it."""
    return ExitCode(128 + came) if came is not None else ExitCode.INTERRUPTED


def exit_code_if(broken: object) -> ExitCode:
    """The code of a command that looks at one thing: violated where there is something `broken`."""
    return ExitCode.VIOLATED if broken else ExitCode.AS_CLAIMED
