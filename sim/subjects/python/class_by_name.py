"""A Python class by its import path, as a subject: what `broadcast check --python package.module:Class` drives.

It runs in a process of its own, so that one that hangs or dies is a finding and not the end of the check.
"""

import inspect
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from broadcast_orchestrator.model.events import COMMANDS
from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.sim.input.import_paths import PathNotFound, object_at
from broadcast_orchestrator.sim.processes.no_orphans import end_group, started
from broadcast_orchestrator.sim.subjects.protocol.messages import SYNC, Begin, Limits, SubjectError
from broadcast_orchestrator.sim.subjects.python.fakes import FakeStores
from broadcast_orchestrator.sim.subjects.python.python_subject import PythonSubject

EXAMPLE = "broadcasting.orchestrator:BroadcastOrchestrator"

GUIDE_STYLES = dict.fromkeys(("live_feed.start", "live_feed.stop", "session.start", "session.end"), SYNC)
"""How the operations answer in the guide; those that are not named by a promise."""

STYLES_NAME = "service_styles"
"""An attribute of the class or function: how its operations answer where that is not the guide's way."""


def subject_at(path: str) -> PythonSubject:
    """What is at "package.module:Class", a class or a function that makes an orchestrator, as a subject.

    Raises `SubjectError`, one line, where there is none, where it cannot be made, shows no state or lacks a command.
    """
    try:
        factory = object_at(path, EXAMPLE, inspect.isclass)
    except PathNotFound as mistake:
        raise SubjectError(str(mistake)) from None
    if not callable(factory):
        raise SubjectError(f"{path}: is no class, and no function that makes an orchestrator")
    styles = {**GUIDE_STYLES, **getattr(factory, STYLES_NAME, {})}
    subject = PythonSubject(given_services(factory), path.rpartition(":")[2], styles)
    try:
        subject.take((Begin(),))
        if lacking := subject.lacking(COMMANDS):
            raise SubjectError(lacking)
    except SubjectError as mistake:
        raise SubjectError(f"{path}: {mistake}") from None
    return subject


def given_services(factory: Callable[..., Any]) -> Callable[[FakeStores], Any]:
    """Makes an orchestrator from the five stores: each goes to the parameter of its name; where no parameter is called
    like a service, all five go to the only one."""
    try:
        named = [name for name in inspect.signature(factory).parameters if name in SERVICES]
    except ValueError:  # a callable that tells nothing of its parameters
        named = []
    if named:
        return lambda stores: factory(**{name: getattr(stores, name) for name in named})
    return factory


def python_command(path: str) -> tuple[str, ...]:
    """The command that serves what is at the import path."""
    return (sys.executable, "-m", "broadcast_orchestrator.sim.subjects.python", path)


def refusal(path: str) -> str:
    """Why what is at the path cannot be served, in one line; "" where it can."""
    limit = Limits().start_seconds
    process, watcher = started(python_command(path), stdin=subprocess.DEVNULL)
    try:
        _, told = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        return f"{path}: was not made within {limit:g} seconds"
    finally:
        end_group(process, watcher)
    if process.returncode == 0:
        return ""
    said = told.decode(errors="replace").strip().splitlines()
    said = said or [f"{path}: has ended with exit code {process.returncode}"]
    return next((line for line in reversed(said) if line.startswith(path)), said[-1])  # warnings may come after it
