"""The command `broadcast serve-reference`: the reference over standard input and output."""

import sys
from pathlib import Path

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.reports.options.judged_rules import rules_given
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.sim.subjects.dialect import Dialect, DialectError, load_dialect
from broadcast_orchestrator.sim.subjects.protocol.messages import SubjectError
from broadcast_orchestrator.sim.subjects.protocol.serve import serve
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject


def serve_reference(file: Path | None, path: str | None) -> int:
    """Serve until the driver closes its end; `file` is a dialect, `path` another core.

    Raises `BadInput` for a line that breaks the protocol, a file that is no dialect, or both a file and a path.
    """
    dialect = _dialect(file)
    if path is not None and dialect.rules() is not Core:
        raise BadInput("--rules: goes with no dialect that changes the rules, leave out one of the two")
    rules = rules_given(path) if path is not None else dialect.rules()
    try:
        serve(ReferenceSubject(rules, refusal=dialect.refusal), sys.stdin.buffer, sys.stdout.buffer)
    except SubjectError as mistake:
        raise BadInput(f"standard input, {mistake}") from None
    return 0


def _dialect(file: Path | None) -> Dialect:
    try:
        return load_dialect(file) if file is not None else Dialect()
    except DialectError as mistake:
        raise BadInput(str(mistake)) from None
