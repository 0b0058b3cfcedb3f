"""Nothing that was started outlives who started it, even where that one is killed and can end nothing any more.

Beside a child stands a shell that waits for the end of its own input, which comes when whoever holds the other end is
gone, for whatever reason; then it kills the child's whole group. It costs a millisecond, and works wherever there is a
shell.
"""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

STARTING = threading.Lock()
"""Held while a process is started and nobody watches over it yet: whoever ends this process at once, waits for it."""

_WAIT_AND_KILL = 'read _; kill -s KILL -- "-$1"'


class Watcher:
    """Watches over a process that leads a group of its own, until `dismiss`."""

    def __init__(self, leader: int) -> None:
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", _WAIT_AND_KILL, "sh", str(leader)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # what ends us must not end it first
        )

    def dismiss(self) -> None:
        """The process is ended by other means; to be said before its number can be another's."""
        self._shell.kill()
        with contextlib.suppress(BrokenPipeError):
            if self._shell.stdin is not None:
                self._shell.stdin.close()
        self._shell.wait()


def started(
    command: Sequence[str], *, stdin: int, cwd: str | Path | None = None
) -> "tuple[subprocess.Popen[bytes], Watcher]":
    """The process that the command starts, unbuffered pipes for what it says, and who watches over it: it leads a
    session of its own, and is to be ended by `end_group`. Raises OSError or ValueError where it cannot be started; then
    nothing is left of it."""
    pipe = subprocess.PIPE
    with STARTING:
        process = subprocess.Popen(
            command, bufsize=0, stdin=stdin, stdout=pipe, stderr=pipe, start_new_session=True, cwd=cwd
        )
        try:
            return process, Watcher(process.pid)
        except BaseException:  # interrupted, or there can be no more processes
            end_group(process)
            raise


def end_group(process: "subprocess.Popen[bytes]", watcher: Watcher | None = None) -> None:
    """End a process with everything in its group, and close its pipes; also when Python ends. Its number is its own
    until `wait`."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
    if watcher is not None:
        watcher.dismiss()
    process.wait()
