"""Where the processes of an evening begin: a process that has loaded what they need, so that each is there in some
milliseconds, and a process of its own all the same.

It is asked by one JSON object at a time, through the socket that is its standard input: `{"program": ..., "arguments":
[...]}`, with the pipes through which the new process is told and says things, is answered with its number; `{"bury":
number}` with its exit code, once it has ended, which it has to. It ends with whoever started it.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence

from broadcast_orchestrator.sim.demo import orchestrator_process, service_process
from broadcast_orchestrator.sim.demo.wire import Message, packed, unpacked

PROGRAMS: Mapping[str, Callable[[Sequence[str]], None]] = {
    "service": service_process.main,
    "orchestrator": orchestrator_process.main,
}
"""What a process may be, given its arguments."""

LONGEST = 65_536
"""How much of a request is read at once, in bytes."""


class Nursery:
    """The process, as whoever started it has it. What it is asked takes some milliseconds, during which we wait."""

    def __init__(self) -> None:
        self._door, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__], stdin=theirs.fileno(), start_new_session=True
            )

    @property
    def number(self) -> int:
        """The number of its process."""
        number: int = self._process.pid
        return number

    def begin(self, program: str, arguments: Sequence[str], told: int, says: int) -> int:
        """Begin a process that is told and says things through these pipes; returns its number."""
        return self._ask({"program": program, "arguments": list(arguments)}, told, says)

    def bury(self, process: int) -> int:
        """End the process, as `kill -9` does, if it has not ended yet; returns its exit code."""
        return self._ask({"bury": process})

    def end(self) -> None:
        """Have it end; what it has begun goes on."""
        self._door.close()
        self._process.wait()

    def _ask(self, request: Message, *pipes: int) -> int:
        socket.send_fds(self._door, [packed(request)], pipes)
        return int(self._door.recv(LONGEST))


def main() -> None:
    """Begin and bury processes until nobody asks any more; in each that has begun, be what it is to be."""
    door = socket.socket(fileno=os.dup(0))
    while True:
        text, pipes, _, _ = socket.recv_fds(door, LONGEST, 2)
        while text and not text.endswith(b"\n"):
            text += door.recv(LONGEST)
        if not text:
            return
        request = unpacked(text)
        number = _buried(request["bury"]) if "bury" in request else os.fork()
        if number == 0 and "program" in request:
            door.close()
            _talk_through(*pipes)
            PROGRAMS[request["program"]](request["arguments"])
            os._exit(0)  # what is loaded is the nursery's: to take it apart would take as long as the program
        for pipe in pipes:
            os.close(pipe)
        door.send(str(number).encode())


def _talk_through(told: int, says: int) -> None:
    for pipe, place in ((told, 0), (says, 1)):
        os.dup2(pipe, place)
        os.close(pipe)


def _buried(process: int) -> int:
    os.kill(process, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


if __name__ == "__main__":
    main()
