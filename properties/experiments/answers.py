"""The answer of an experiment, from its results: estimates with their intervals, verdicts on its claims, and the
runs that went wrong."""

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from broadcast_orchestrator.model.events import START_BROADCAST
from broadcast_orchestrator.properties.experiments import statistics
from broadcast_orchestrator.properties.experiments.measured import claim_columns
from broadcast_orchestrator.properties.experiments.statistics import Interval, Sprt
from broadcast_orchestrator.properties.experiments.units import duration, limits
from broadcast_orchestrator.properties.guarantees.verdicts import HELD, UNKNOWN, VIOLATED
from broadcast_orchestrator.sim.campaign.store import ResultStore
from broadcast_orchestrator.sim.experiments.files import Study, StudyPoint
from broadcast_orchestrator.sim.experiments.fleet_vocabulary import EVERY
from broadcast_orchestrator.sim.experiments.tables import (
    BoundsTable,
    Experiment,
    MeasureClaim,
    Sometimes,
    StepClaim,
    measures_of,
)
from broadcast_orchestrator.sim.experiments.vocabulary import AMOUNT, SHARE, TIME

QUANTILES = (0.5, 0.9, 0.99)
"""Of times; an amount has its mean and the last of these."""

CAUSES = 20
"""How many causes of runs that went wrong are listed, each with the trace of a run."""


class Estimate(NamedTuple):
    """A number and how sure it is. `statistic` is "share", "mean" or "quantile", `quantile` says which, `n` how many
    runs it rests on; `estimate`, `low` and `high` are None where nothing is known; `exact` is the true value where
    it was asked for and can be computed."""

    settings: dict[str, Any]
    measure: str
    statistic: str
    quantile: float | None
    estimate: float | None
    low: float | None
    high: float | None
    confidence: float
    n: int
    exact: float | None = None


class Judged(NamedTuple):
    """A claim at one point: `claim` in words, its verdict, the number that it rests on with a one-sided bound on each
    side, and how many runs the verdict took. `decided_by` is "bounds", "runs" (every one counts) or "sprt"."""

    settings: dict[str, Any]
    number: int
    claim: str
    verdict: str
    estimate: float | None
    low: float | None
    high: float | None
    confidence: float
    n: int
    decided_by: str


class FailedRun(NamedTuple):
    """A run that went wrong; its seed makes it again by itself."""

    settings: dict[str, Any]
    point: int
    run: int
    seed: int


class FailureCause(NamedTuple):
    """What went wrong in some runs: the first `cause` of the first command that failed ("" where none did), `why` they
    count as wrong, how many `runs` of all points, and the first of them at each point where there is one."""

    cause: str
    why: str
    runs: int
    examples: tuple[FailedRun, ...]

    @property
    def sentence(self) -> str:
        """What went wrong, in words."""
        return f"{self.cause} ({self.why})" if self.cause else self.why


class Answers(NamedTuple):
    """All that an experiment found. `runs` are those that count, by point, `failed` how many of all went wrong;
    `failures` are the causes behind most of them, and `causes` is how many causes there are."""

    study: Study
    runs: tuple[int, ...]
    estimates: tuple[Estimate, ...]
    claims: tuple[Judged, ...]
    failures: tuple[FailureCause, ...]
    failed: int
    causes: int

    @property
    def verdict(self) -> str:
        """Violated if one claim is, else unknown if one is, else held."""
        found = [claim.verdict for claim in self.claims]
        return VIOLATED if VIOLATED in found else UNKNOWN if UNKNOWN in found else HELD


def answers(study: Study, store: ResultStore, runs: Sequence[int], *, sequential: bool = False) -> Answers:
    """What the results say, taking the first so many runs of each point; `sequential` lets Wald's test decide the
    claims about shares (see `Sequential`)."""
    estimates: list[Estimate] = []
    claims: list[Judged] = []
    failures: dict[tuple[str, str], FailureCause] = {}
    for number, (point, count) in enumerate(zip(study.points, runs, strict=True)):
        estimates += _estimates(store, number, point, count)
        claims += _judged(store, number, point, count, sequential)
        for cause, why, wrong, run, seed in store.causes(number, count):
            before = failures.get((cause, why), FailureCause(cause, why, 0, ()))
            example = FailedRun(point.settings, number, run, seed)
            failures[cause, why] = FailureCause(cause, why, before.runs + wrong, (*before.examples, example))
    told = sorted(failures.values(), key=lambda each: (-each.runs, each.examples[0].point, each.examples[0].run))
    failed = sum(each.runs for each in told)
    return Answers(study, tuple(runs), tuple(estimates), tuple(claims), tuple(told[:CAUSES]), failed, len(told))


# -- Estimates ------------------------------------------------------------------------------------


def _estimates(store: ResultStore, number: int, point: StudyPoint, runs: int) -> Iterator[Estimate]:
    confidence = point.experiment.confidence
    measures = measures_of(point.experiment)
    summaries = store.summaries(number, tuple(measures), runs)
    for (name, measure), summary in zip(measures.items(), summaries, strict=True):
        if measure.kind == SHARE:
            found = statistics.share(int(summary.total), summary.n, confidence)
            yield Estimate(point.settings, name, "share", None, *found, confidence, summary.n)
        if measure.kind == AMOUNT:
            found = statistics.mean(summary.total, summary.squares, summary.n, confidence, most_of(name))
            yield Estimate(point.settings, name, "mean", None, *found, confidence, summary.n)
        quantiles = QUANTILES if measure.kind == TIME else QUANTILES[-1:] if measure.kind == AMOUNT else ()
        found_all = quantiles_of(store, number, name, runs, quantiles, confidence, summary.n)
        for quantile, found in zip(quantiles, found_all, strict=True):
            yield Estimate(point.settings, name, "quantile", quantile, *found, confidence, summary.n)


def most_of(measure: str) -> float:
    """What an amount cannot exceed."""
    return 1.0 if measure.endswith("_share") else math.inf


def quantiles_of(
    store: ResultStore, point: int, name: str, runs: int, quantiles: Sequence[float], confidence: float, n: int
) -> tuple[Interval, ...]:
    """Quantiles of a measure with their intervals, from the order of its `n` values."""
    if n == 0:
        return (statistics.NOTHING,) * len(quantiles)
    places = [statistics.ranks(n, quantile, confidence) for quantile in quantiles]
    values: dict[Any, float] = store.at_ranks(point, name, runs, [rank for each in places for rank in each])
    return tuple(Interval(values[each.estimate], values.get(each.low), values.get(each.high)) for each in places)


# -- Claims ---------------------------------------------------------------------------------------


def _judged(store: ResultStore, number: int, point: StudyPoint, runs: int, sequential: bool) -> Iterator[Judged]:
    for place, claim in enumerate(point.experiment.expect, 1):
        words = sentence(claim)
        column = claim.measure if isinstance(claim, MeasureClaim) else f"claim_{place}"
        if isinstance(claim, StepClaim) and not claim.is_limited:
            summary = store.summary(number, column, runs)
            verdict = _every_run(claim, summary.n, int(summary.total))
            found = statistics.share(int(summary.total), summary.n, claim.confidence)
            yield Judged(point.settings, place, words, verdict, *found, claim.confidence, summary.n, "runs")
        elif sequential and (test := Test.of(claim, column)) is not None:
            test.replay(value for (value,) in store.rows(number, (column,), runs))
            found = bounds(store, number, column, runs, claim)
            n = test.runs if test.verdict != UNKNOWN else store.summary(number, column, runs).n
            yield Judged(point.settings, place, words, test.verdict, *found, claim.confidence, n, "sprt")
        else:
            found, n = bounds(store, number, column, runs, claim), store.summary(number, column, runs).n
            verdict = within(found, claim)
            yield Judged(point.settings, place, words, verdict, *found, claim.confidence, n, "bounds")


def _every_run(claim: StepClaim, n: int, kept: int) -> str:
    """Every run has to keep the claim, or one run where it is about `sometimes`; no run at all proves nothing."""
    if isinstance(claim, Sometimes):
        return HELD if kept else VIOLATED if n else UNKNOWN
    return UNKNOWN if n == 0 else HELD if kept == n else VIOLATED


def within(found: Interval, claim: BoundsTable) -> str:
    """The verdict that both bounds allow: held if the number is surely within the limits, violated if surely not."""
    verdicts = []
    if claim.at_least is not None:
        verdicts.append(_beyond(found.low, found.high, claim.at_least))
    if claim.at_most is not None:
        verdicts.append(_beyond(_minus(found.high), _minus(found.low), -claim.at_most))
    return VIOLATED if VIOLATED in verdicts else UNKNOWN if UNKNOWN in verdicts else HELD


def _minus(value: float | None) -> float | None:
    return None if value is None else -value


def _beyond(low: float | None, high: float | None, limit: float) -> str:
    if low is not None and low >= limit:
        return HELD
    return VIOLATED if high is not None and high < limit else UNKNOWN


def bounds(store: ResultStore, point: int, column: str, runs: int, claim: BoundsTable) -> Interval:
    """The number that a claim is about, with bounds each of which is wrong with at most 1 - confidence."""
    both = 1 - 2 * (1 - claim.confidence)  # a two-sided interval of this confidence has just these ends
    summary = store.summary(point, column, runs)
    kind = EVERY[column].kind if column in EVERY else SHARE
    if kind == SHARE:
        return statistics.share(int(summary.total), summary.n, both)
    quantile = claim.quantile if isinstance(claim, MeasureClaim) else None
    if kind == AMOUNT and quantile is None:
        return statistics.mean(summary.total, summary.squares, summary.n, both, most_of(column))
    (found,) = quantiles_of(store, point, column, runs, (quantile or 0.5,), both, summary.n)
    return found


def sentence(claim: Any) -> str:
    """A claim in words."""
    measure = claim.measure if claim.kind == "measure" else ""
    wanted = " and ".join(words for _, words in limits(claim.at_least, claim.at_most, measure))
    share = f" in {wanted} of the runs" if wanted else ""
    match claim.kind:
        case "measure":
            quantile = f" (quantile {claim.quantile:g})" if claim.quantile is not None else ""
            return f"{claim.measure}{quantile} is {wanted}"
        case "before":
            return f"{claim.that} before {claim.before}{share}"
        case "within":
            return f"{claim.that} within {duration(claim.ms)} of {claim.after}{share}"
        case "after":
            return f"{claim.that} ever after {claim.after}{share}"
        case kind:
            return f"{kind} {claim.that}{share}"


# -- When enough runs were made -------------------------------------------------------------------


class Test:
    """Wald's test of one claim about a share; fed the outcome of each run in order."""

    __test__ = False  # pytest takes any class of this name for one of its own

    def __init__(self, tests: Sequence[tuple[Sprt, bool]]) -> None:
        self._tests = tests
        self.runs = 0
        """How many outcomes the decision took."""

    @classmethod
    def of(cls, claim: Any, column: str) -> "Test | None":
        """The test of a claim, None for one that is not about a share within limits."""
        if (column in EVERY and EVERY[column].kind != SHARE) or not claim.is_limited:
            return None
        risk = 1 - claim.confidence
        limits = [(claim.at_least, True), (claim.at_most, False)]
        return cls([(Sprt(limit, claim.margin, risk), above) for limit, above in limits if limit is not None])

    def see(self, outcome: object) -> bool:
        """Take in the outcome of a run; True as soon as the claim is decided."""
        if outcome is not None and self.verdict == UNKNOWN:
            self.runs += 1
            for test, _ in self._tests:
                test.see(bool(outcome))
        return self.verdict != UNKNOWN

    def replay(self, outcomes: Iterator[object]) -> None:
        """Take in outcomes until the claim is decided."""
        for outcome in outcomes:
            if self.see(outcome):
                return

    @property
    def verdict(self) -> str:
        """Held if each limit is kept, violated if one is not, else unknown so far."""
        found = [None if test.above is None else test.above is above for test, above in self._tests]
        return VIOLATED if False in found else UNKNOWN if None in found else HELD


class Sequential:
    """Ends a point as soon as Wald's test has decided every claim about a share."""

    def __init__(self, experiment: Experiment) -> None:
        names = ["run", "seed", *measures_of(experiment), *claim_columns(experiment)]
        self._tests = []
        for place, claim in enumerate(experiment.expect, 1):
            column = claim.measure if isinstance(claim, MeasureClaim) else f"claim_{place}"
            if (test := Test.of(claim, column)) is not None:
                self._tests.append((names.index(column), test))

    def see(self, row: Sequence[Any]) -> bool:
        """Take in one row."""
        undecided = [test for at, test in self._tests if not test.see(row[at])]
        return bool(self._tests) and not undecided


class Precise:
    """Ends a point as soon as the interval of a share is at most so wide to either side; looked at every 100 runs,
    whoever makes them. Looking often makes the last interval cover the truth a little less often than it says."""

    def __init__(self, experiment: Experiment, precision: float) -> None:
        self._precision, self._confidence = precision, experiment.confidence
        self._at = 2 + list(measures_of(experiment)).index(share_aimed_at(experiment))
        self._n = self._successes = 0

    def see(self, row: Sequence[Any]) -> bool:
        """Take in one row."""
        value = row[self._at]
        self._n += value is not None
        self._successes += bool(value)
        if (row[0] + 1) % 100:
            return False
        found = statistics.share(self._successes, self._n, self._confidence)
        if found.estimate is None or found.low is None or found.high is None:
            return False
        return max(found.high - found.estimate, found.estimate - found.low) <= self._precision


def aimed_at(experiment: Experiment) -> str:
    """The measure that an experiment is about: the one that it names, else the share that `share_aimed_at` finds."""
    return str(experiment.aim or share_aimed_at(experiment))


def share_aimed_at(experiment: Experiment) -> str:
    """The share that an experiment is about: the one that it names, else that of its first claim about one, else
    whether a start succeeds, or an initialize where there is none; for a fleet whether it comes back, or goes live."""
    if experiment.aim is not None and EVERY[experiment.aim].kind == SHARE:
        return str(experiment.aim)
    claimed = (claim.measure for claim in experiment.expect if isinstance(claim, MeasureClaim))
    return next((name for name in claimed if EVERY[name].kind == SHARE), _aimed_otherwise(experiment))


def _aimed_otherwise(experiment: Experiment) -> str:
    if experiment.fleet is not None:
        return "all_live" if experiment.fleet.outage is None else "comes_back"
    starts = any(each.command == START_BROADCAST for each in experiment.commands)
    return "start_succeeds" if starts else "initialize_succeeds"


# -- In words ------------------------------------------------------------------------------------------


def label(each: Estimate) -> str:
    """The measure of an estimate and its statistic, in words."""
    words = each.measure.removesuffix("_ms").replace("_", " ")
    if each.quantile is not None:
        return f"{words}, median" if each.quantile == 0.5 else f"{words}, {100 * each.quantile:g} %"
    return f"{words}, mean" if each.statistic == "mean" else words


def settings_in_words(settings: dict[str, Any]) -> str:
    """The settings of a point in one line, "" where there are none."""
    return ", ".join(f"{name} = {json.dumps(value)}" for name, value in settings.items())


def counted(runs: int) -> str:
    """So many runs, in words."""
    return f"{runs:,} run{'' if runs == 1 else 's'}"
