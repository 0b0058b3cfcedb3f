"""The signals that end a process in order."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What a person sends, a supervisor, and a terminal that goes."""


@contextmanager
def undisturbed() -> Iterator[None]:
    """Within it none of them is heard, and one that comes is heard afterwards; a process that is started within begins
    deaf to them, too."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
