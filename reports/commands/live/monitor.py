"""`broadcast monitor`: the state monitor, a page on this machine."""

import shlex
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from cyclopts import Parameter

from broadcast_orchestrator.reports.monitor.session import Session
from broadcast_orchestrator.reports.options.asked_broadcast import fault_of
from broadcast_orchestrator.reports.options.judged_rules import rules_given
from broadcast_orchestrator.reports.options.option_types import Flag, Seed, Several
from broadcast_orchestrator.reports.output.exit_codes import ExitCode
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.sim.input.text_files import text_of
from broadcast_orchestrator.sim.recording.recordings import read_run
from broadcast_orchestrator.sim.subjects.protocol.child_process import ChildSubject
from broadcast_orchestrator.sim.subjects.protocol.messages import Subject, SubjectError


@Parameter(name="*")
@dataclass(frozen=True)
class MonitorOptions:
    """What is served: a run of the reference, of other rules, of an implementation, or one that is over.

    Parameters
    ----------
    port
        Where; 0 takes a port that is free.
    seed
        The seed of everything that is random.
    speed
        Simulated seconds a second.
    fail
        A call that fails the first time, as for simulate.
    paused
        Begin with the time standing still.
    trace
        Show this trace, or this evidence of a subject, which is only looked at.
    follow
        Follow this recording while it grows: what happens on a real evening, as it happens.
    subject
        Attach to another implementation: the command that starts it, such as "node adapter.mjs".
    rules
        Another core to run, module:Class.
    """

    port: int = 8765
    seed: Seed = 0
    speed: float = 1.0
    fail: Several = ()
    paused: Flag = False
    trace: Path | None = None
    follow: Path | None = None
    subject: str | None = None
    rules: str | None = None


DEFAULTS = MonitorOptions()


def run(*, options: MonitorOptions = DEFAULTS) -> ExitCode:
    """Serve the page until Ctrl-C; raises BadInput, one line, where that cannot be."""
    _check(options)
    with ExitStack() as stack:
        session = prepared(options, stack.enter_context(started(options.subject)) if options.subject else None)
        from broadcast_orchestrator.reports.monitor import server  # uvicorn comes with the extra monitor

        server.serve(session, options.port)
    return ExitCode.AS_CLAIMED


def _check(options: MonitorOptions) -> None:
    if not 0 <= options.port <= 65_535:
        raise BadInput(f"--port {options.port}: expected a number from 0 to 65535, try --port 0")
    if find_spec("starlette") is None or find_spec("uvicorn") is None:
        raise BadInput("monitor: needs two more packages, try pip install 'broadcast-orchestrator[monitor]'")
    if options.follow is not None and (options.trace or options.subject or options.fail):
        raise BadInput("--follow: shows what is recorded, leave out --trace, --subject and --fail")
    if options.subject is not None and (options.fail or options.rules):
        raise BadInput("--subject: an implementation has its own rules, leave out --rules; order faults on the page")


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
    if options.follow is not None:
        session.follow(options.follow)
    return session


def load(session: Session, file: Path) -> None:
    """Show the trace or the evidence in the file."""
    try:
        session.load(read_run(text_of(file, ValueError, "trace"), str(file)), file.name)
    except ValueError as mistake:
        told = str(mistake).removeprefix(f"{file}, ").removeprefix(f"{file}: ")
        raise BadInput(f"--trace {file}: {told}") from None
