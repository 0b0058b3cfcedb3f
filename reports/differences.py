"""What changed from one report to the next, and whether any of it is a change for the worse."""

from reports.answer_changes import of_answers
from reports.changes import ORDER, Differences
from reports.files import BadInput
from reports.report_changes import of_reports
from reports.saved import Saved, SavedAnswer, SavedReport


def differences(before: Saved, after: Saved) -> Differences:
    """What changed. Raises BadInput where the two are not about the same."""
    if isinstance(before, SavedReport) and isinstance(after, SavedReport):
        changes = of_reports(before, after)
    elif isinstance(before, SavedAnswer) and isinstance(after, SavedAnswer):
        changes = of_answers(before, after)
    else:
        raise BadInput("one is about a verification, the other about an experiment: there is nothing to compare")
    return Differences(tuple(sorted(changes, key=lambda change: ORDER.index(change.verdict))))
