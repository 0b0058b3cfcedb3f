"""How sure a number is: exact intervals for shares, intervals for quantiles from order statistics, for means from
Student's t, and Wald's sequential test. scipy does the arithmetic."""

import math
from dataclasses import dataclass
from typing import NamedTuple


class Interval(NamedTuple):
    """An estimate and the interval around it; the estimate is None, and the ends too, where nothing is known."""

    estimate: float | None
    low: float | None
    high: float | None


NOTHING = Interval(None, None, None)


def share(successes: int, n: int, confidence: float) -> Interval:
    """A proportion with its two-sided Clopper-Pearson interval, which covers the truth at least that often."""
    if n == 0:
        return NOTHING
    tail = (1 - confidence) / 2
    return Interval(successes / n, lowest_share(successes, n, tail), highest_share(successes, n, tail))


def lowest_share(successes: int, n: int, risk: float) -> float:
    """The lower bound that is above the truth with a probability of at most `risk`."""
    from scipy.special import betaincinv

    return float(betaincinv(successes, n - successes + 1, risk)) if successes else 0.0


def highest_share(successes: int, n: int, risk: float) -> float:
    """The upper bound that is below the truth with a probability of at most `risk`."""
    from scipy.special import betainccinv

    return float(betainccinv(successes + 1, n - successes, risk)) if successes < n else 1.0


class Ranks(NamedTuple):
    """The places, from 1, in the sorted values of the estimate and of both ends of its interval; an end is None
    where no value is surely beyond the quantile."""

    estimate: int
    low: int | None
    high: int | None


def ranks(n: int, quantile: float, confidence: float) -> Ranks:
    """Which of `n` sorted values bound the quantile: each end fails with at most half of 1 - confidence, whatever the
    distribution (the number of values at most the quantile is binomial)."""
    tail = (1 - confidence) / 2
    estimate = min(n, max(1, math.ceil(quantile * n)))
    return Ranks(estimate, lowest_rank(n, quantile, tail), highest_rank(n, quantile, tail))


def lowest_rank(n: int, quantile: float, risk: float) -> int | None:
    """The largest place whose value is above the quantile with a probability of at most `risk`."""
    from scipy.stats import binom

    place = int(binom.ppf(risk, n, quantile))  # P(count < place) <= risk: that many values are surely below
    return place if place >= 1 else None


def highest_rank(n: int, quantile: float, risk: float) -> int | None:
    """The smallest place whose value is below the quantile with a probability of at most `risk`."""
    from scipy.stats import binom

    place = int(binom.isf(risk, n, quantile)) + 1  # P(count >= place) <= risk
    return place if place <= n else None


def mean(total: float, squares: float, n: int, confidence: float, most: float = math.inf) -> Interval:
    """A mean with the interval of Student's t, from the sum of `n` values and that of their squares about the mean.

    Each value is from 0 to `most`, and so is their mean: what of the interval lies outside is cut off, which takes
    nothing from how often it covers the truth.
    """
    if n == 0:
        return NOTHING
    if n == 1:
        return Interval(total, None, None)
    from scipy.stats import t

    half = float(t.isf((1 - confidence) / 2, n - 1)) * math.sqrt(squares / (n - 1) / n)
    return Interval(total / n, max(0.0, total / n - half), min(most, total / n + half))


def difference(one: Interval, other: Interval) -> Interval:
    """How much larger the second number is than the first, from the intervals of two independent estimates: the
    interval has the confidence of theirs, as nearly as they have it (MOVER: Newcombe 1998, Zou and Donner 2008)."""
    if one.estimate is None or other.estimate is None:
        return NOTHING
    moved = other.estimate - one.estimate
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return Interval(moved, None, None)
    less = math.hypot(other.estimate - other.low, one.high - one.estimate)
    more = math.hypot(other.high - other.estimate, one.estimate - one.low)
    return Interval(moved, moved - less, moved + more)


@dataclass
class Sprt:
    """Wald's sequential test whether a share is at least `limit` + `margin` or at most `limit` - `margin`, fed one
    outcome after the other. At either of these two shares it takes the fewest runs on average.

    Its bounds, log((1 - risk) / risk) to either side, give what Wald's inequalities say of them: each of the two wrong
    decisions has a probability of at most `risk` / (1 - `risk`), and both together of at most 2 `risk`. Where the share
    lies between the two nothing is promised.
    """

    limit: float
    margin: float
    risk: float
    seen: int = 0
    evidence: float = 0.0
    """The logarithm of the likelihood ratio, above 0 in favour of the larger share."""
    above: bool | None = None
    """The decision, None as long as there is none."""

    def __post_init__(self) -> None:
        """Keep both shares inside 0 to 1."""
        tiny = min(self.margin, self.limit, 1 - self.limit) / 2 or self.margin / 2
        low, high = max(self.limit - self.margin, tiny / 100), min(self.limit + self.margin, 1 - tiny / 100)
        self._success, self._failure = math.log(high / low), math.log((1 - high) / (1 - low))
        self._bound = math.log((1 - self.risk) / self.risk)

    def see(self, success: bool) -> bool:
        """Take in one outcome; True as soon as the test is decided."""
        if self.above is None:
            self.seen += 1
            self.evidence += self._success if success else self._failure
            if abs(self.evidence) >= self._bound:
                self.above = self.evidence > 0
        return self.above is not None
