"""Nothing that was started outlives who started it, even where that one is killed and can end nothing any more.

First comes a shell that leads a group of processes and waits for the end of its own input, which comes when whoever
holds the other end is gone, for whatever reason; then it kills its whole group. Whatever is started is in that group
from its first instruction on, so there is no moment at which it is not watched. It costs a millisecond, and works
wherever there is a shell.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

_WAIT_AND_KILL = "trap '' HUP INT QUIT PIPE ALRM TERM USR1 USR2; read _; kill -s KILL 0"
"""What is watched may send a signal to its whole group, and live on: so must who watches."""


class Watcher:
    """Leads a group of processes, whose number is `group`, and kills it once we are gone; to be ended by `end_group`,
    for the number may be another's afterwards."""

    def __init__(self) -> None:
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", _WAIT_AND_KILL],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,  # what ends us must not end it first
        )
        self.group = self._shell.pid

    def kill(self) -> None:
        """End whatever is in the group, the watcher with it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):  # it has ended
            os.killpg(self.group, signal.SIGKILL)
        with contextlib.suppress(BrokenPipeError):
            if self._shell.stdin is not None:
                self._shell.stdin.close()
        self._shell.wait()


def started(
    command: Sequence[str], *, stdin: int, cwd: str | Path | None = None
) -> "tuple[subprocess.Popen[bytes], Watcher]":
    """The process that the command starts, unbuffered pipes for what it says, and who watches over it: it is in the
    watcher's group, and is to be ended by `end_group`. Raises OSError or ValueError where it cannot be started; then
    nothing is left of it."""
    pipe = subprocess.PIPE
    watcher = Watcher()
    try:
        return (
            subprocess.Popen(
                command, bufsize=0, stdin=stdin, stdout=pipe, stderr=pipe, process_group=watcher.group, cwd=cwd
            ),
            watcher,
        )
    except BaseException:  # interrupted, or there is no such command
        watcher.kill()
        raise


def end_group(process: "subprocess.Popen[bytes]", watcher: Watcher) -> None:
    """End a process with everything in its group, and close its pipes; also when Python ends."""
    watcher.kill()
    process.kill()  # where it has left the group
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
    process.wait()
