"""Nothing that was started outlives who started it, even where that one is killed and can end nothing any more.

Beside a child stands a shell that waits for the end of its own input, which comes when whoever holds the other end is
gone, for whatever reason; then it kills the child's whole group. It costs a millisecond, and works wherever there is a
shell.
"""

import contextlib
import subprocess

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
