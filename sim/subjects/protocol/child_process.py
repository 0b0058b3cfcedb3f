"""A subject in a child process: one line there, one line back, and nothing of it is left behind.

The child is in a group of its own, so that it can be ended with everything that it has started. No threads: the pipes
are read when the driver waits for an answer, and at no other time.
"""

import contextlib
import os
import re
import select
import shlex
import signal
import subprocess
import time
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from broadcast_orchestrator.model.config import shown
from broadcast_orchestrator.sim.processes.no_orphans import end_group, started
from broadcast_orchestrator.sim.subjects.protocol.codec import (
    about_from_json,
    dumped,
    foreseen_to_json,
    parsed,
    reaction_from_json,
    reactions_from_json,
    step_to_json,
)
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    VERSION,
    About,
    Begin,
    ForeseenLine,
    Limits,
    Reaction,
    SubjectError,
    SubjectStep,
)

GRACE_SECONDS = 1.0
"""How long a child may take to end by itself once its input is closed."""

CHUNK = 1 << 16
KEPT = 4_000
"""How much of the end of the child's error output is kept for messages."""

AN_ERROR = re.compile(r"(Uncaught )?([\w.$]*Error|[\w.$]*Exception)( \[\w+\])?: .")
"""A line that names what went wrong; after it Node prints where, and its own version in the end."""


class ChildSubject:
    """The subject that `command` starts, in the folder `cwd`. A context manager; `close` ends the process.

    Whatever is wrong with the process is a `SubjectError` of one line, raised where it is noticed: at once where it
    cannot be started. It is then ended; the next `Begin` starts it afresh.
    """

    def __init__(self, command: Sequence[str], limits: Limits | None = None, cwd: str | Path | None = None) -> None:
        self._command, self._limits, self._cwd = tuple(command), limits or Limits(), cwd
        if not self._command:
            raise SubjectError("there is no command to start; write it after --")
        self._child: Child | None = None
        self.about = self._start()

    def take(self, steps: tuple[SubjectStep, ...]) -> Reaction:
        """Send the steps as one line, and hear what the child answers within the limits."""
        if self._child is None and isinstance(steps[0], Begin):
            self.about = self._start()
        line = dumped({"steps": [step_to_json(step) for step in steps]})
        return reaction_from_json(self._heard(line, self._limits.seconds))

    def tell(self, lines: Sequence[ForeseenLine]) -> None:
        """Send several lines at once, and do not wait; the first of them begins a scenario. Nothing else may be said
        until `told` is asked."""
        if self._child is None:
            self.about = self._start()
        assert self._child is not None
        try:
            self._child.say(dumped(foreseen_to_json(lines)).encode() + b"\n", self._limits.seconds)
        except SubjectError:
            self._give_up()
            raise

    def told(self) -> tuple[Reaction, ...]:
        """The answers to the lines that were sent, as many as were as foreseen, and the first that was not."""
        try:
            return reactions_from_json(self._parsed(self._hearing(lambda child: child.hear(self._limits.seconds))))
        except SubjectError:
            self._give_up()
            raise

    def close(self) -> None:
        """End the process and everything that it has started."""
        if self._child is not None:
            self._child.end(GRACE_SECONDS)
            self._child = None

    def __enter__(self) -> "ChildSubject":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> About:
        self._child = Child(self._command, self._limits.line_bytes, self._cwd)
        try:
            return about_from_json(self._heard(HELLO, self._limits.start_seconds))
        except SubjectError as mistake:
            self._give_up()
            raise SubjectError(f"{shlex.join(self._command)}: {mistake}") from None
        except BaseException:  # interrupted: the caller has nothing yet that it could close
            self._give_up()
            raise

    def _heard(self, line: str, seconds: float) -> Any:
        return self._parsed(self._hearing(lambda child: child.ask(line.encode() + b"\n", seconds)))

    def _parsed(self, said: str) -> Any:
        try:
            return parsed(said)
        except SubjectError as mistake:
            raise SubjectError(f"{mistake}; only the protocol goes to stdout, log to stderr instead") from None

    def _hearing(self, hear: Callable[["Child"], bytes]) -> str:
        if self._child is None:
            raise SubjectError("the process has ended")
        try:
            return hear(self._child).decode()
        except UnicodeDecodeError:
            self._give_up()
            raise SubjectError("sent something that is not text") from None
        except SubjectError:
            self._give_up()
            raise

    def _give_up(self) -> None:
        if self._child is not None:
            self._child.end(0)
            self._child = None


HELLO = dumped({"hello": {"protocol": VERSION}})


class Child:
    """A process, its three pipes, and the end of what it has said on the third."""

    def __init__(self, command: tuple[str, ...], line_bytes: int, cwd: str | Path | None) -> None:
        try:
            self._process, watcher = started(command, stdin=subprocess.PIPE, cwd=cwd)
        except (OSError, ValueError) as mistake:
            why = mistake.strerror if isinstance(mistake, OSError) else mistake
            raise SubjectError(f"{command[0]}: cannot be started: {why}{_advice(mistake, command)}") from None
        self._finalizer = weakref.finalize(self, end_group, self._process, watcher)
        self._line_bytes = line_bytes
        pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        self._in, self._out, self._err = (pipe.fileno() for pipe in pipes if pipe is not None)
        for pipe in (self._in, self._out, self._err):
            os.set_blocking(pipe, False)
        self._errors = b""
        self._listening = select.poll()
        self._listening.register(self._out, select.POLLIN)
        self._listening.register(self._err, select.POLLIN)

    def ask(self, line: bytes, seconds: float) -> bytes:
        """The line that answers this one. Raises `SubjectError` where none comes, or more than one."""
        deadline = time.monotonic() + seconds
        self._write(line, deadline, seconds)
        return self._answer(deadline, seconds)

    def say(self, line: bytes, seconds: float) -> None:
        """Write the line, and do not wait for its answer."""
        self._write(line, time.monotonic() + seconds, seconds)

    def hear(self, seconds: float) -> bytes:
        """The line that answers the one that was said; raises `SubjectError` as `ask` does."""
        return self._answer(time.monotonic() + seconds, seconds)

    def _answer(self, deadline: float, seconds: float) -> bytes:
        received = bytearray()
        while True:
            chunk = self._read(deadline, seconds)
            received += chunk
            if b"\n" in chunk:
                answer, _, rest = bytes(received).partition(b"\n")
                if rest:
                    told = shown(rest[:80].decode(errors="replace"))
                    raise SubjectError(f"sent more than one line in answer to one: {told}; log to stderr instead")
                return answer
            if len(received) > self._line_bytes:
                raise SubjectError(f"sent {len(received)} bytes without ending a line; the limit is {self._line_bytes}")

    def end(self, grace_seconds: float) -> None:
        """Close its input, give it that long to end by itself, then end it and everything that it has started."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._wait_for_exit(grace_seconds)
        self._finalizer()

    # -- Pipes --------------------------------------------------------------------------------------

    def _write(self, line: bytes, deadline: float, seconds: float) -> None:
        while line:
            try:
                line = line[os.write(self._in, line) :]
            except BlockingIOError:
                self._mind(deadline, seconds)
                self._drain_errors()
                select.select([], [self._in], [], 0.01)
            except BrokenPipeError:
                raise SubjectError(self._obituary()) from None

    def _read(self, deadline: float, seconds: float) -> bytes:
        """The next bytes of the answer."""
        while True:
            for pipe, _ in self._listening.poll(max(0.0, deadline - time.monotonic()) * 1000):
                if pipe == self._err:
                    self._drain_errors()
                    continue
                chunk = os.read(self._out, CHUNK)
                if not chunk:
                    raise SubjectError(self._obituary())
                return chunk
            self._mind(deadline, seconds)

    def _mind(self, deadline: float, seconds: float) -> None:
        if time.monotonic() >= deadline:
            raise SubjectError(f"has not answered within {seconds:g} seconds{self._last_words()}")

    def _drain_errors(self) -> None:
        with contextlib.suppress(BlockingIOError):
            chunk = os.read(self._err, CHUNK)
            self._errors = (self._errors + chunk)[-KEPT:]
            if not chunk:
                self._listening.unregister(self._err)

    # -- The end ------------------------------------------------------------------------------------

    def _obituary(self) -> str:
        """How it died, and its last words."""
        status = self._wait_for_exit(GRACE_SECONDS)
        with contextlib.suppress(KeyError):
            self._drain_errors()
        if status is None:
            how = "has closed its output"
        elif status.si_code == os.CLD_EXITED:
            how = f"has ended with exit code {status.si_status}"
        else:
            how = f"was ended by {signal.Signals(status.si_status).name}"
        return how + self._last_words()

    def _last_words(self) -> str:
        lines = self._errors.decode(errors="replace").split("\n")
        told = [line.strip() for line in lines if line.strip()]
        errors = [line for line in told if AN_ERROR.match(line)]
        return f"; its last words: {shown_line([*told, *errors][-1])}" if told else ""

    def _wait_for_exit(self, seconds: float) -> "os.waitid_result | None":
        """What became of the process, which stays to be ended with its group; None if it still lives."""
        deadline = time.monotonic() + seconds
        while True:
            status = os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)
            if status is not None or time.monotonic() >= deadline:
                return status
            time.sleep(0.001)


def _advice(mistake: Exception, command: tuple[str, ...]) -> str:
    """What to try where a program cannot be started."""
    if isinstance(mistake, PermissionError):
        return f", try what runs it before its name, such as node {command[0]}"
    return "; is it installed and on the PATH?" if isinstance(mistake, FileNotFoundError) else ""


def shown_line(line: str) -> str:
    """The beginning of a line, for a message."""
    return line if len(line) <= 200 else f"{line[:200]}..."
