"""`broadcast serve-reference`: the reference as a subject, over standard input and output."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.reports.options.judged_rules import rules_given
from broadcast_orchestrator.reports.options.verified_scope import measures_named
from broadcast_orchestrator.reports.output.exit_codes import ExitCode
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.sim.subjects.dialect import Dialect, DialectError, load_dialect
from broadcast_orchestrator.sim.subjects.protocol.messages import SubjectError
from broadcast_orchestrator.sim.subjects.protocol.serve import serve
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject


def run(
    *,
    dialect: Path | None = None,
    rules: str | None = None,
    measures: Annotated[str | None, Parameter(name="--with")] = None,
) -> ExitCode:
    """Serve until the driver closes its end. Raises `BadInput` for a line that breaks the protocol, a file that is no
    dialect, or more than one thing that says which rules are served.

    Parameters
    ----------
    dialect
        A TOML file that says how it departs from the guide.
    rules
        Another core to serve, module:Class.
    measures
        Serve the reference with these measures, such as read-back,fencing, whatever a dialect claims.
    """
    if rules is not None and measures is not None:
        raise BadInput("--with: is about the reference, leave out --rules")
    spoken = _dialect(dialect)
    if rules is not None and spoken.rules() is not Core:
        raise BadInput("--rules: goes with no dialect that changes the rules, leave out one of the two")
    if measures is not None:
        spoken = replace(spoken, measures=measures_named("--with", measures))
    core = rules_given(rules) if rules is not None else spoken.rules()
    try:
        reference = ReferenceSubject(
            core, refusal=spoken.refusal, poll_period_ms=spoken.poll_period_ms, lease_ms=spoken.lasting_ms
        )
        serve(reference, sys.stdin.buffer, sys.stdout.buffer)
    except SubjectError as mistake:
        raise BadInput(f"standard input, {mistake}") from None
    return ExitCode.AS_CLAIMED


def _dialect(file: Path | None) -> Dialect:
    try:
        return load_dialect(file) if file is not None else Dialect()
    except DialectError as mistake:
        raise BadInput(str(mistake)) from None
