"""What changed between two answers of one experiment: claims, estimates and counts.

`broadcast compare` asks the runs themselves whether chance explains a change; here only the answers are at hand.
"""

import json
from collections.abc import Hashable, Iterator, Mapping

from broadcast_orchestrator.properties.experiments.changes import BETTER, CHANGED, WORSE, Change, Direction
from broadcast_orchestrator.reports.changes.changes import answered, paired, valued
from broadcast_orchestrator.reports.changes.saved import SavedAnswer, SavedEstimate, SavedJudged
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.sim.experiments.vocabulary import MEASURES


def of_answers(old: SavedAnswer, new: SavedAnswer) -> Iterator[Change]:
    """Every change, the claims first. Raises BadInput where the two are about different experiments."""
    if old.name != new.name:
        raise BadInput(f"these are different experiments, {old.name} and {new.name}: there is nothing to compare")
    yield from answered("verdict", "the verdict", old.verdict, new.verdict)
    for judged, again in paired(old.claims, new.claims, _place_of_claim):
        yield from _judged(judged, again)
    for before, after in paired(old.estimates, new.estimates, _place_of_estimate):
        yield from _estimate(before, after)
    yield from valued("count", "runs", old.runs, new.runs)
    yield from valued("count", "runs that went wrong", old.failed, new.failed)
    yield from valued("setting", "seed", old.seed, new.seed)


def _place_of_claim(claim: SavedJudged) -> Hashable:
    return json.dumps(claim.settings, sort_keys=True), claim.claim


def _place_of_estimate(each: SavedEstimate) -> Hashable:
    return json.dumps(each.settings, sort_keys=True), each.measure, each.statistic, each.quantile


def _judged(before: SavedJudged | None, after: SavedJudged | None) -> Iterator[Change]:
    claim = after or before
    assert claim is not None
    what = f"{claim.claim}{_where(claim.settings)}"
    yield from answered("claim", what, before.verdict if before else None, after.verdict if after else None)


def _estimate(before: SavedEstimate | None, after: SavedEstimate | None) -> Iterator[Change]:
    each = after or before
    assert each is not None
    statistic = f"quantile {each.quantile:g}" if each.quantile is not None else each.statistic
    what = f"{each.measure} ({statistic}){_where(each.settings)}"
    verdict = _moved(before, after) if before and after else CHANGED
    yield from valued("estimate", what, before.estimate if before else None, after.estimate if after else None, verdict)


def _moved(before: SavedEstimate, after: SavedEstimate) -> Direction:
    """Better or worse where the two intervals do not meet, and one direction is the good one."""
    better = MEASURES[before.measure].better if before.measure in MEASURES else 0
    rose = before.high is not None and after.low is not None and after.low > before.high
    fell = before.low is not None and after.high is not None and after.high < before.low
    if not better or not (rose or fell):
        return CHANGED
    return BETTER if rose == (better > 0) else WORSE


def _where(settings: Mapping[str, object]) -> str:
    return f" [{', '.join(f'{name} = {value}' for name, value in settings.items())}]" if settings else ""
