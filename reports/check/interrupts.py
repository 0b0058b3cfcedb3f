"""What ends a search and not its report: Ctrl-C, and what a terminal or a supervisor sends when it goes."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals."""


class Interrupts:
    """Whether one of the signals has come. It is an interrupt at once, and remembered, since one that comes while
    Python throws something away is lost."""

    def __init__(self) -> None:
        self.came = False

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        """A signal has come."""
        self.came = True
        raise KeyboardInterrupt


@contextmanager
def signals_interrupt() -> Iterator[Interrupts]:
    """Within it these signals are interrupts. One that is ignored, as after nohup, stays so."""
    interrupts = Interrupts()
    before = {each: signal.getsignal(each) for each in ENDS}
    for each, handler in before.items():
        if handler in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(each, interrupts.interrupt)
    try:
        yield interrupts
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
