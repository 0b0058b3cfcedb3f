"""What changed from one report to the next, and whether any of it is a change for the worse."""

from broadcast_orchestrator.properties.experiments.changes import BETTER, CHANGED, WORSE, Changes
from broadcast_orchestrator.reports.changes.answer_changes import of_answers
from broadcast_orchestrator.reports.changes.report_changes import of_reports
from broadcast_orchestrator.reports.changes.saved import Saved, SavedAnswer, SavedReport
from broadcast_orchestrator.reports.output.files import BadInput


def differences(before: Saved, after: Saved) -> Changes:
    """What changed, what got worse first. Raises BadInput where the two are not about the same."""
    if isinstance(before, SavedReport) and isinstance(after, SavedReport):
        changes = of_reports(before, after)
    elif isinstance(before, SavedAnswer) and isinstance(after, SavedAnswer):
        changes = of_answers(before, after)
    else:
        raise BadInput("one is about a verification, the other about an experiment: there is nothing to compare")
    return Changes(Changes(tuple(changes)).having(WORSE, BETTER, CHANGED))
