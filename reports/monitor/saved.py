"""Runs that leave the monitor and come back: as a trace, as evidence, as a test."""

from broadcast_orchestrator.reports.monitor.problem import Problem
from broadcast_orchestrator.reports.viewer.opened import ShownRun
from broadcast_orchestrator.reports.witness.regression import recorded_file
from broadcast_orchestrator.sim.realtime.subject_run import PacedSubjectRun


def run_text(run: ShownRun) -> str:
    """The run so far as a trace, or as evidence of a subject; raises `Problem` where there is none yet."""
    if not isinstance(run, PacedSubjectRun):
        return run.trace.to_text()
    if run.evidence is None:
        raise Problem("there is no evidence yet, give a command first")
    return run.evidence.to_text()


def pytest_text(run: ShownRun, number: int) -> str:
    """The run, as far as that step, as a pytest file; raises `Problem` where there is nothing to test."""
    if isinstance(run, PacedSubjectRun):
        raise Problem("save the evidence, and let broadcast check --replay FILE -- COMMAND play it again")
    if not 1 <= number <= run.shown:
        raise Problem(f"step {number}: there are {run.shown} steps, let something happen first")
    passages = tuple(run.history.passages[:number])
    return recorded_file(passages, run.trace.config, run.rules, "broadcast session")
