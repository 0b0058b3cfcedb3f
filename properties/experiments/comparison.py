"""Two results of the same question: what changed, and whether chance explains it.

Shares are compared by Fisher's exact test, quantiles by Mood's (how many of each are at most the common quantile),
means by Welch's t. There are many comparisons, so their p values are corrected by Holm's method: a set of results
that differs from another by chance alone shows one change or more once in a hundred times at most.
"""

import heapq
import itertools
import math
from collections.abc import Iterator
from typing import Any

from broadcast_orchestrator.properties.experiments.answers import QUANTILES, Answers, answers
from broadcast_orchestrator.properties.experiments.changes import (
    BETTER,
    CHANGED,
    SAME,
    WORSE,
    Change,
    Changes,
    Direction,
    MeasuredNumber,
)
from broadcast_orchestrator.properties.guarantees.verdicts import HELD, VIOLATED
from broadcast_orchestrator.sim.campaign.store import ResultStore, Summary
from broadcast_orchestrator.sim.experiments.files import study
from broadcast_orchestrator.sim.experiments.fleet_vocabulary import EVERY
from broadcast_orchestrator.sim.experiments.vocabulary import AMOUNT, SHARE

RISK = 0.01
"""How often results that differ by chance alone may show a change."""

MANY = 200_000
"""From so many runs on the exact test of Fisher would take long, and that of chi squared says the same."""


def compared(before: ResultStore, after: ResultStore) -> Changes:
    """Every number that both results have, at all points with the same settings, as changes of the kind "number", and
    after them the claims that held before and are violated after. Raises `ValueError` where no point has its like."""
    old, new = _answers(before), _answers(after)
    places = {_key(point.settings): at for at, point in enumerate(new.study.points)}
    pairs = [(at, places[key]) for at, p in enumerate(old.study.points) if (key := _key(p.settings)) in places]
    if not pairs:
        raise ValueError("the two results have no settings in common")
    found = [
        number._replace(settings=old.study.points[a].settings)
        for a, b in pairs
        for name in EVERY
        if name in before.columns and name in after.columns
        for number in _numbers(before, after, a, b, name)
    ]
    corrected = _holm([number.p for number in found])
    numbers = (_judged(number._replace(p=p)) for number, p in zip(found, corrected, strict=True))
    return Changes((*numbers, *_broken(old, new)))


def _answers(store: ResultStore) -> Answers:
    made = study(store.data, str(store.path))
    return answers(made, store, [store.count(point) for point in range(len(made.points))])


def _key(settings: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted(settings.items()))


def _numbers(before: ResultStore, after: ResultStore, a: int, b: int, name: str) -> Iterator[MeasuredNumber]:
    old, new = before.summary(a, name, before.count(a)), after.summary(b, name, after.count(b))
    if not old.n or not new.n:
        return
    kind = EVERY[name].kind
    means = old.total / old.n, new.total / new.n
    if kind == SHARE:
        p = fisher(int(old.total), old.n, int(new.total), new.n)
        yield MeasuredNumber({}, name, "share", None, *means, p)
    elif kind == AMOUNT:
        yield MeasuredNumber({}, name, "mean", None, *means, welch(old, new))
    else:
        for quantile in QUANTILES:
            yield _quantile(before, after, a, b, name, quantile, (old.n, new.n))


def _quantile(
    before: ResultStore, after: ResultStore, a: int, b: int, name: str, quantile: float, sizes: tuple[int, int]
) -> MeasuredNumber:
    common = heapq.merge(before.ascending(a, name), after.ascending(b, name))
    limit = next(itertools.islice(common, math.ceil(quantile * sum(sizes)) - 1, None))
    p = fisher(before.at_most(a, name, limit), sizes[0], after.at_most(b, name, limit), sizes[1])
    places = [max(1, math.ceil(quantile * n)) for n in sizes]
    old = before.at_ranks(a, name, before.count(a), places[:1])[places[0]]
    new = after.at_ranks(b, name, after.count(b), places[1:])[places[1]]
    return MeasuredNumber({}, name, "quantile", quantile, old, new, p)


def fisher(successes: int, n: int, others: int, m: int) -> float:
    """How likely two samples of one and the same share differ at least that much."""
    from scipy.stats import chi2_contingency, fisher_exact

    table = [[successes, n - successes], [others, m - others]]
    if successes + others in (0, n + m):
        return 1.0
    return float((fisher_exact(table) if n + m < MANY else chi2_contingency(table)).pvalue)


def welch(old: Summary, new: Summary) -> float:
    """How likely two samples with one and the same mean differ at least that much."""
    from scipy.stats import ttest_ind_from_stats

    if old.n < 2 or new.n < 2:
        return 1.0
    means = old.total / old.n, new.total / new.n
    spreads = [math.sqrt(each.squares / (each.n - 1)) for each in (old, new)]
    if not any(spreads):
        return float(means[0] == means[1])
    return float(ttest_ind_from_stats(means[0], spreads[0], old.n, means[1], spreads[1], new.n, equal_var=False).pvalue)


def _holm(values: list[float]) -> list[float]:
    """The p values, corrected for how many there are."""
    order = sorted(range(len(values)), key=lambda at: values[at])
    corrected, worst = list(values), 0.0
    for rank, at in enumerate(order):
        worst = max(worst, min(1.0, (len(values) - rank) * values[at]))
        corrected[at] = worst
    return corrected


def _judged(number: MeasuredNumber) -> Change:
    words = f"{number.before:,.4g}", f"{number.after:,.4g}"
    return Change("number", number.measure, *words, _direction(number), number)


def _direction(number: MeasuredNumber) -> Direction:
    if number.p >= RISK or number.before == number.after:
        return SAME
    moved = EVERY[number.measure].better * (number.after - number.before)
    return CHANGED if not moved else BETTER if moved > 0 else WORSE


def _broken(old: Answers, new: Answers) -> Iterator[Change]:
    held = {(_key(claim.settings), claim.claim) for claim in old.claims if claim.verdict == HELD}
    for claim in new.claims:
        if claim.verdict == VIOLATED and (_key(claim.settings), claim.claim) in held:
            yield Change("claim", claim.claim, HELD, VIOLATED, WORSE)
