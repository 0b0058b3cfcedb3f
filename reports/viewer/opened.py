"""Whatever file a run was saved in, opened: a trace, a witness, evidence of a subject, what a monitor has saved."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from broadcast_orchestrator.properties.checking.judge.catalogue import GUIDE
from broadcast_orchestrator.reports.options.judged_rules import rules_for
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.reports.viewer.facts.page_facts import BreachFact
from broadcast_orchestrator.reports.viewer.facts.simulated_facts import SimulatedFacts
from broadcast_orchestrator.reports.viewer.facts.subject_facts import SubjectFacts
from broadcast_orchestrator.sim.input.text_files import text_of
from broadcast_orchestrator.sim.realtime.chosen_run import ChosenRun
from broadcast_orchestrator.sim.realtime.live_run import LiveRun
from broadcast_orchestrator.sim.realtime.playback import Playback
from broadcast_orchestrator.sim.realtime.subject_run import PacedSubjectRun
from broadcast_orchestrator.sim.recording.recordings import RecordedRun, read_run
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.evidence import Evidence

ShownRun = LiveRun | ChosenRun | Playback | PacedSubjectRun
"""Whatever a page can show."""


def playback_of(saved: RecordedRun, rules_path: str | None = None) -> Playback | PacedSubjectRun:
    """The saved run, of which nothing has been shown yet. Raises `BadInput` for a trace made by other rules than those
    at the path, and `TraceError` for one whose steps do not follow."""
    if isinstance(saved, Evidence):
        return PacedSubjectRun(evidence=saved)
    return Playback(saved, rules_for(rules_path, saved.rules))


def opened(file: Path, rules_path: str | None = None) -> SimulatedFacts | SubjectFacts:
    """All that there is to show of the run in the file.

    Raises BadInput where the file is no run, has no step, or was made by other rules than those at the path.
    """
    try:
        run = playback_of(read_run(text_of(file, ValueError, "run"), str(file)), rules_path)
    except ValueError as mistake:
        told = str(mistake)
        raise BadInput(told if told.startswith(str(file)) else f"{file}: {told}") from None
    if not run.length:
        raise BadInput(f"{file}: has no step, so there is nothing to show")
    return whole(run)


def whole(run: Playback | PacedSubjectRun, dialect: Dialect = GUIDE) -> SimulatedFacts | SubjectFacts:
    """All that there is to show of the run, to its end; `dialect` is how evidence departs from the guide on purpose."""
    facts = facts_of(run, dialect)
    run.show_all()
    facts.news()
    if isinstance(run, Playback) and facts.steps:
        _witness(facts, run.trace.setup)
    return facts


def _witness(facts: SimulatedFacts | SubjectFacts, about: Mapping[str, object]) -> None:
    """Let a witness break what it was made to show, though no step may tell, such as that there is no way out."""
    guarantee, what = about.get("guarantee"), about.get("breach")
    told = {breach.guarantee for step in facts.steps for breach in step.broken}
    if isinstance(guarantee, str) and isinstance(what, str) and guarantee not in told:
        last = facts.steps[-1]
        facts.steps[-1] = replace(last, broken=(*last.broken, BreachFact(guarantee, what, "")))


def foresee(facts: SimulatedFacts | SubjectFacts, why: Callable[[BreachFact], str]) -> None:
    """Let it be foreseen that the run breaks what it does by design: `why` says so in one sentence, "" of the rest."""
    for place, step in enumerate(facts.steps):
        of = (replace(each, gap=each.gap or why(each)) for each in step.broken)
        facts.steps[place] = replace(step, broken=tuple(of))


def facts_of(run: ShownRun, dialect: Dialect = GUIDE) -> SimulatedFacts | SubjectFacts:
    """What there is to show of the run, as far as it has been shown."""
    return SubjectFacts(run, dialect) if isinstance(run, PacedSubjectRun) else SimulatedFacts(run)


def made_by(run: ShownRun) -> str:
    """Which engine or which implementation it is a run of."""
    if not isinstance(run, PacedSubjectRun):
        return run.trace.made_by
    return run.evidence.about.name if run.evidence else ""
