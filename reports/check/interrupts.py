"""What ends a search and not its report: Ctrl-C, and what a terminal or a supervisor sends when it goes."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDS = (signal.SIGTERM, signal.SIGHUP)
"""Beside SIGINT, of which Python makes an interrupt by itself."""


@contextmanager
def signals_interrupt() -> Iterator[None]:
    """Within it these signals are interrupts, as Ctrl-C is. One that is ignored, as after nohup, stays so."""
    before = {each: signal.getsignal(each) for each in ENDS}
    for each, handler in before.items():
        if handler is signal.SIG_DFL:
            signal.signal(each, _interrupt)
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
