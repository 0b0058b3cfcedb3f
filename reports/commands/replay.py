"""`broadcast replay`: a trace, taken again."""

from pathlib import Path

from broadcast_orchestrator.reports.options.judged_rules import rules_for
from broadcast_orchestrator.reports.output.exit_codes import ExitCode
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.reports.output.terminal import Screen
from broadcast_orchestrator.reports.timelines.timeline_text import show_timeline
from broadcast_orchestrator.sim.world.trace import Trace, TraceError, replay, walk


def run(file: Path, /, *, rules: str | None = None) -> ExitCode:
    """Take every step again and say how it went; violated where something else follows.

    Parameters
    ----------
    file
        A trace, as written by `simulate --trace` or beside a report.
    rules
        The core that it was made by, module:Class, where that is not the reference.
    """
    try:
        trace = Trace.load(file)
    except TraceError as mistake:
        raise BadInput(str(mistake)) from None
    core = rules_for(rules, trace.rules)
    again = replay(trace, core)
    console = Screen()
    if again.agrees:
        show_timeline(console, tuple(walk(trace, core)))
        console.print(f"ok: all {again.steps} steps give what the trace says", markup=False)
        return ExitCode.AS_CLAIMED
    console.print(f"diverges at step {again.differs_at}: {again.difference}", markup=False, soft_wrap=True)
    return ExitCode.VIOLATED
