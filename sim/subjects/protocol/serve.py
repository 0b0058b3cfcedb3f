"""Serve a subject of this process over two streams, as a child process does."""

from functools import partial
from typing import BinaryIO

from broadcast_orchestrator.model.config import shown
from broadcast_orchestrator.sim.subjects.protocol.codec import (
    about_to_json,
    dumped,
    parsed,
    reaction_to_json,
    step_from_json,
)
from broadcast_orchestrator.sim.subjects.protocol.messages import VERSION, Subject, SubjectError, SubjectStep
from broadcast_orchestrator.sim.subjects.protocol.step_check import check_step

LONGEST_LINE = 2**24
"""How long a line of the driver may be, in bytes."""


def serve(subject: Subject, stdin: BinaryIO, stdout: BinaryIO) -> None:
    """Answer line by line until the driver closes its end, then close the subject.

    Raises `SubjectError`, one line that says where, for a line that breaks the protocol; nothing is answered to it.
    """
    try:
        for number, line in enumerate(iter(partial(stdin.readline, LONGEST_LINE), b""), 1):
            try:
                if len(line) == LONGEST_LINE:
                    raise SubjectError(f"is longer than {LONGEST_LINE:,} bytes")
                answer = _hello(subject, line) if number == 1 else _react(subject, line)
            except SubjectError as mistake:
                raise SubjectError(f"line {number}: {mistake}") from None
            stdout.write(f"{answer}\n".encode(errors="backslashreplace"))
            stdout.flush()
    finally:
        subject.close()


def _hello(subject: Subject, line: bytes) -> str:
    hello = _data(line).get("hello")
    if not isinstance(hello, dict) or hello.get("protocol") != VERSION:
        raise SubjectError(f'expected {{"hello":{{"protocol":{VERSION}}}}}, got {shown(line.decode(errors="replace"))}')
    return dumped(about_to_json(subject.about))


def _react(subject: Subject, line: bytes) -> str:
    return dumped(reaction_to_json(subject.take(_steps(_data(line)))))


def _steps(data: dict[str, object]) -> tuple[SubjectStep, ...]:
    steps = data.get("steps")
    if not isinstance(steps, list) or not steps:
        raise SubjectError("steps: expected a list of at least one step")
    return tuple(map(_step, steps))


def _step(data: object) -> SubjectStep:
    step = step_from_json(data)
    check_step(step)
    return step


def _data(line: bytes) -> dict[str, object]:
    try:
        return parsed(line.decode())
    except UnicodeDecodeError:
        raise SubjectError("is not text") from None
