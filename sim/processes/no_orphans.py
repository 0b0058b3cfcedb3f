"""Nothing that was started outlives who started it, even where that one is killed and can end nothing any more.

First comes a shell that leads a group of processes and waits for the end of its own input, which comes when whoever
holds the other end is gone, for whatever reason; then it kills its whole group. Whatever is started is in that group
from its first instruction on, so there is no moment at which it is not watched; should it come to lead a group of its
own, as `timeout` does, that one is killed too. It costs a millisecond, and works wherever there is a shell.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

_WAIT_AND_KILL = """
trap '' HUP INT QUIT PIPE ALRM TERM USR1 USR2
read process; read _
kill -s KILL -- "-$process"
kill -s KILL 0
"""
"""What is watched may send a signal to its whole group, and live on: so must who watches."""


class Watcher:
    """Leads a group of processes, whose number is `group`, and kills it once we are gone; `end_group` ends it."""

    def __init__(self) -> None:
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", _WAIT_AND_KILL],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,  # what ends us must not end it first
        )
        self.group = self._shell.pid

    def know(self, process: int) -> None:
        """The number of the process that is watched, and of the group that it may come to lead."""
        assert self._shell.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # they have killed their whole group
            self._shell.stdin.write(b"%d\n" % process)

    def kill(self) -> None:
        """End whatever is in the group, the watcher with it."""
        _kill_group(self.group)
        self._shell.communicate()  # closes its input, and waits for its end


def started(
    command: Sequence[str], *, stdin: int, cwd: str | Path | None = None
) -> "tuple[subprocess.Popen[bytes], Watcher]":
    """The process that the command starts, unbuffered pipes for what it says, and who watches over it: it is in the
    watcher's group, and is to be ended by `end_group`. Raises OSError or ValueError where it cannot be started; then
    nothing is left of it."""
    pipe, watcher = subprocess.PIPE, Watcher()
    try:
        process = subprocess.Popen(
            command, bufsize=0, stdin=stdin, stdout=pipe, stderr=pipe, process_group=watcher.group, cwd=cwd
        )
        watcher.know(process.pid)
    except BaseException:  # interrupted, or there is no such command
        watcher.kill()
        raise
    return process, watcher


def end_group(process: "subprocess.Popen[bytes]", watcher: Watcher) -> None:
    """End a process with everything in its group, and close its pipes; also when Python ends."""
    watcher.kill()
    if process.returncode is None:  # until it is waited for, its number is its own
        _kill_group(process.pid)
        process.kill()  # should it be in a third group
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
    process.wait()


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # it has ended, or there never was one
        os.killpg(group, signal.SIGKILL)
