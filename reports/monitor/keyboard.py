"""The keys of a terminal, one at a time."""

import os
import select
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Keys = Callable[[float], str]
"""Waits that many seconds for a key; "" where none was pressed."""


@contextmanager
def pressed_keys() -> Iterator[Keys]:
    """The keys of this terminal, each as it is pressed; the terminal is put back as it was."""
    handle = sys.stdin.fileno()
    before = termios.tcgetattr(handle)

    def key(wait_s: float) -> str:
        ready, _, _ = select.select([handle], [], [], wait_s)
        return os.read(handle, 1).decode(errors="ignore") if ready else ""

    try:
        tty.setcbreak(handle)
        yield key
    finally:
        termios.tcsetattr(handle, termios.TCSADRAIN, before)


def no_keys(wait_s: float) -> str:
    """Nobody is at the keyboard."""
    time.sleep(wait_s)
    return ""
