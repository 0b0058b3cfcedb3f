"""What ends a command in order: Ctrl-C, and what a terminal or a supervisor sends when it goes."""

import signal
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from broadcast_orchestrator.reports.output.messages import in_one_line
from broadcast_orchestrator.sim.processes.ends import ENDS

ONCE_S = 0.5
"""Within so many seconds the same wish may come twice: to the command, and to everything in its group."""


class Interrupts:
    """Which of the signals has come. It is an interrupt at once, and remembered, since one that comes while Python
    throws something away is lost."""

    def __init__(self) -> None:
        self.came: signal.Signals | None = None
        self._at_s = 0.0

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        """A signal has come."""
        again = self.came is not None and time.monotonic() - self._at_s < ONCE_S
        self.came = self.came or signal.Signals(number)
        if not again:
            self._at_s = time.monotonic()
            warnings.simplefilter("ignore")  # what a library says of work that was broken off
            raise KeyboardInterrupt


@contextmanager
def signals_interrupt() -> Iterator[Interrupts]:
    """Within it these signals are interrupts, told to the innermost of such blocks. One that is ignored, as after
    nohup, stays so; in a thread nothing changes, since signals are not for it."""
    interrupts = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return
    before = {each: signal.getsignal(each) for each in ENDS}
    for each, handler in before.items():
        if handler in (signal.SIG_DFL, signal.default_int_handler) or _is_outer(handler):
            signal.signal(each, interrupts.interrupt)
    try:
        yield interrupts
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def say(line: str) -> None:
    """A line for the person, on standard error, whatever names it has in it; a terminal that is gone is no mistake."""
    with suppress(OSError):
        print(f"broadcast: {in_one_line(line)}", file=sys.stderr)


def _is_outer(handler: object) -> bool:
    return isinstance(getattr(handler, "__self__", None), Interrupts)
