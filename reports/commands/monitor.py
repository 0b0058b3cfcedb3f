"""What `broadcast monitor` does."""

import shlex
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from broadcast_orchestrator.reports.commands.simulate import fault_of
from broadcast_orchestrator.reports.monitor.saved import read_run
from broadcast_orchestrator.reports.monitor.session import Session
from broadcast_orchestrator.reports.options.judged_rules import rules_given
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.sim.subjects.protocol.child_process import ChildSubject
from broadcast_orchestrator.sim.subjects.protocol.messages import Subject, SubjectError


class MonitorOptions(NamedTuple):
    """What the command was asked for; `subject` is the command of a foreign implementation."""

    seed: int = 0
    speed: float = 1.0
    fail: tuple[str, ...] = ()
    trace: Path | None = None
    rules: str | None = None
    subject: str | None = None
    paused: bool = False


def monitor(port: int, options: MonitorOptions) -> int:
    """Serve the page until Ctrl-C; raises BadInput, one line, where that cannot be."""
    if find_spec("starlette") is None or find_spec("uvicorn") is None:
        raise BadInput("monitor: needs two more packages, try pip install 'broadcast-orchestrator[monitor]'")
    if options.subject is not None and (options.fail or options.rules):
        raise BadInput("--subject: an implementation has its own rules, leave out --rules; order faults on the page")
    with ExitStack() as stack:
        session = prepared(options, stack.enter_context(started(options.subject)) if options.subject else None)
        from broadcast_orchestrator.reports.monitor import server

        server.serve(session, port)
    return 0


def started(command: str) -> ChildSubject:
    """The implementation that the command starts."""
    try:
        return ChildSubject(shlex.split(command))
    except (ValueError, SubjectError) as mistake:
        raise BadInput(f"--subject {command}: {mistake}") from None


def prepared(options: MonitorOptions, subject: Subject | None = None) -> Session:
    """The session that these options ask for."""
    faults = tuple(fault_of(text) for text in options.fail)
    session = Session(options.seed, faults, rules_given(options.rules), options.rules, subject)
    if options.trace is not None:
        load(session, options.trace)
    try:
        session.live.set_speed(options.speed)
        session.run.set_speed(options.speed)
    except ValueError as mistake:
        raise BadInput(f"--{mistake}") from None
    session.run.paused = options.paused
    return session


def load(session: Session, file: Path) -> None:
    """Show the trace or the evidence in the file."""
    try:
        session.load(read_run(file.read_bytes().decode(), str(file)), file.name)
    except OSError as mistake:
        raise BadInput(f"--trace {file}: {mistake.strerror}") from None
    except ValueError as mistake:  # a byte that is no text among them
        raise BadInput(f"--trace {file}: {str(mistake).removeprefix(f'{file}, ')}") from None
