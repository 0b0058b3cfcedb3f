"""`broadcast simulate`: one run, shown as a timeline."""

from pathlib import Path

from broadcast_orchestrator.properties.guarantees.verdicts import unforeseen
from broadcast_orchestrator.properties.witness.retake import judged
from broadcast_orchestrator.reports.options.asked_broadcast import fault_of, prepared
from broadcast_orchestrator.reports.options.judged_rules import rules_given
from broadcast_orchestrator.reports.options.option_types import Seed, Several
from broadcast_orchestrator.reports.options.places import writable
from broadcast_orchestrator.reports.output.exit_codes import ExitCode, exit_code_if
from broadcast_orchestrator.reports.output.files import write_whole
from broadcast_orchestrator.reports.output.terminal import Screen
from broadcast_orchestrator.reports.timelines.timeline_text import show_timeline
from broadcast_orchestrator.sim.simulate.studio import Studio
from broadcast_orchestrator.sim.world.trace import walk


def run(*, seed: Seed = 0, fail: Several = (), trace: Path | None = None, rules: str | None = None) -> ExitCode:
    """Run the broadcast, print it, and write its trace; violated if the run broke a guarantee or got stuck.

    Parameters
    ----------
    seed
        The seed of everything that is random.
    fail
        A call that fails the first time, SERVICE.OPERATION or SERVICE.OPERATION:FAULT, such as host.start:hang.
    trace
        A file for the trace, which `broadcast replay` takes.
    rules
        Another core to run, module:Class.
    """
    writable(trace)
    core = rules_given(rules)
    studio = prepared(seed, tuple(map(fault_of, fail)), core)
    stuck = _settled(studio)
    passages = tuple(walk(studio.trace, core))
    console = Screen()
    show_timeline(console, passages)
    if trace is not None:
        write_whole(trace, studio.trace.to_text())
        console.print(f"trace: {trace}", markup=False, soft_wrap=True)
    violations = unforeseen(judged(passages, core))
    for violation in violations:
        console.print(f"{violation.guarantee} is violated: {violation.what}", markup=False, soft_wrap=True)
    if stuck:
        console.print(f"stuck: {stuck}", markup=False, soft_wrap=True)
    console.print(f"ends in {studio.state.value} after {studio.now_ms:,.0f} ms", markup=False)
    return exit_code_if(violations or stuck)


def _settled(studio: Studio) -> str:
    """Let everything come to rest; what kept it from that, as broken rules may, else ""."""
    try:
        studio.settle()
    except RuntimeError as mistake:  # nothing can happen any more, or the rules left the table
        return str(mistake)
    return ""
