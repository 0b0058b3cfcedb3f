"""The statistics are right, and the simulator agrees with closed forms.

Every comparison with a closed form asks whether the exact interval of the estimate, at a confidence of 1 - 1e-7, holds
the true value: a false alarm is rarer than one in a million. The seeds are fixed besides.
"""

import math
import random

import pytest
from scipy.stats import binom, binomtest, gamma, t

from broadcast_orchestrator.properties.experiments import statistics
from broadcast_orchestrator.properties.experiments.exact.chain import chain
from broadcast_orchestrator.properties.experiments.exact.exact import exact
from broadcast_orchestrator.properties.experiments.exact.reach import NotExact
from broadcast_orchestrator.properties.experiments.exact.start_in_time import start_in_time
from broadcast_orchestrator.properties.experiments.exact.sums import sum_within
from broadcast_orchestrator.properties.experiments.measured import work
from broadcast_orchestrator.properties.experiments.statistics import Sprt
from broadcast_orchestrator.sim.experiments.files import load, read
from broadcast_orchestrator.sim.experiments.tables import Experiment
from broadcast_orchestrator.sim.experiments.vocabulary import MEASURES
from broadcast_orchestrator.sim.simulate.latency import Constant, Exponential, LogNormal, Uniform

SURE = 1 - 1e-7


def column(experiment: Experiment, measure: str, runs: int) -> list[float]:
    """The values of a measure in so many runs, without those that have none."""
    at = 2 + list(MEASURES).index(measure)
    found = [work(experiment)(number)[at] for number in range(runs)]
    return [float(value) for value in found if value is not None]


def assert_share(experiment: Experiment, measure: str, truth: float, runs: int = 400) -> None:
    """The interval of the estimate holds the truth."""
    found = column(experiment, measure, runs)
    estimate = statistics.share(int(sum(found)), len(found), SURE)
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.low <= truth <= estimate.high
    assert estimate.high - estimate.low < 0.3  # or the test could not fail


# -- Statistics -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (1, 10), (5, 100), (99, 100), (50, 50)])
def test_the_interval_of_a_share_is_that_of_clopper_and_pearson(successes: int, n: int) -> None:
    """It is the one that another implementation finds by inverting the binomial test."""
    found = statistics.share(successes, n, 0.99)
    other = binomtest(successes, n).proportion_ci(0.99, method="exact")
    assert found.estimate == successes / n
    assert (found.low, found.high) == pytest.approx((other.low, other.high), abs=1e-9)


@pytest.mark.parametrize(("n", "quantile"), [(30, 0.5), (200, 0.9), (1000, 0.99), (5, 0.99)])
def test_the_interval_of_a_quantile_fails_no_more_often_than_it_says(n: int, quantile: float) -> None:
    """Each end fails with at most half of the risk, and the next place inwards would fail more often."""
    found = statistics.ranks(n, quantile, 0.99)
    if found.low is not None:
        assert binom.cdf(found.low - 1, n, quantile) <= 0.005 < binom.cdf(found.low, n, quantile)
    if found.high is not None:
        assert binom.sf(found.high - 1, n, quantile) <= 0.005 < binom.sf(found.high - 2, n, quantile)
    else:
        assert binom.sf(n - 1, n, quantile) > 0.005


def test_the_interval_of_a_mean_is_students() -> None:
    """Four values 1, 2, 3, 4: the mean is 2.5 and the half width that of t with three degrees of freedom."""
    found = statistics.mean(10.0, 5.0, 4, 0.95)
    half = t.ppf(0.975, 3) * math.sqrt(5 / 3 / 4)
    assert found == pytest.approx((2.5, 2.5 - half, 2.5 + half))
    assert statistics.mean(7.0, 0.0, 1, 0.95) == (7.0, None, None)
    assert statistics.mean(0.0, 0.0, 0, 0.95) == (None, None, None)


@pytest.mark.parametrize(("truth", "above"), [(0.97, True), (0.93, False)])
def test_the_sequential_test_decides_right_and_soon(truth: float, above: bool) -> None:
    """A share two hundredths away from the limit is told from it, in fewer runs than a fixed number would take."""
    luck, test = random.Random(3), Sprt(0.95, 0.01, 0.001)
    while not test.see(luck.random() < truth):
        pass
    assert (test.above, test.seen < 3000) == (above, True)
    before = test.seen
    assert test.see(not above)
    assert test.seen == before


# -- Closed forms ---------------------------------------------------------------------------------

INITIALIZE = '[[commands]]\nat_ms = 0\ncommand = "initialize"\n'
START = '[[commands]]\nwhen = "ready"\ncommand = "start_broadcast"\nsession_id = "s1"\n'


@pytest.mark.parametrize(("s", "m"), [(0.5, 0), (0.5, 2), (0.2, 5)])
def test_retries_succeed_as_the_geometric_law_says(s: float, m: int) -> None:
    """With a chance of s for each of 1 + m attempts, an initialize succeeds with 1 - (1 - s) ** (1 + m)."""
    made = read(
        f'name = "x"\n[config]\nmax_retries = {m}\n[[faults]]\ncall = "host.initialize"\nkind = "refuse"\n'
        f"probability = {1 - s}\n{INITIALIZE}"
    ).experiment
    truth = 1 - (1 - s) ** (1 + m)
    assert_share(made, "initialize_succeeds", truth)
    assert chain(made)["initialize_succeeds"] == pytest.approx(truth)
    assert chain(made)["calls"] == pytest.approx(truth / s)


def test_five_independent_steps_multiply() -> None:
    """A start whose five steps each fail with one chance in ten succeeds with 0.9 ** 5."""
    made = read(
        f'name = "x"\n[[faults]]\ncall = "*"\nkind = "lost_reply"\nprobability = 0.1\nplace = "forward"\n'
        f"[config]\nmax_retries = 9\n{INITIALIZE}{START}"
    ).experiment
    assert_share(made, "start_succeeds", 0.9**5)
    assert chain(made)["start_succeeds"] == pytest.approx(0.9**5)
    assert start_in_time(made) == pytest.approx(0.9**5)


def test_the_sum_of_latencies_meets_the_startup_timeout() -> None:
    """Five exponential steps of 100 ms on average are done within 500 ms as Erlang's distribution says."""
    made = read(
        'name = "x"\n[config]\nstartup_timeout = 500\n[latency]\n"host.initialize" = 1\n'
        f'"*" = {{ distribution = "exponential", mean_ms = 100 }}\n{INITIALIZE}{START}'
    ).experiment
    truth = float(gamma.cdf(500, 5, scale=100))
    assert start_in_time(made) == pytest.approx(truth, abs=1e-6)
    assert exact(made) == {"start_succeeds": start_in_time(made)}
    assert_share(made, "start_succeeds", truth)


def test_a_convolution_agrees_with_what_is_known() -> None:
    """Two uniform latencies sum up by the triangle, a constant shifts, one latency is its own, and a reply exactly at
    the limit is in time."""
    assert sum_within([Uniform(0, 100), Uniform(0, 100)], 100) == pytest.approx(0.5, abs=1e-6)
    assert sum_within([Constant(375), Exponential(100)], 500) == pytest.approx(1 - math.exp(-1.25), abs=1e-6)
    assert sum_within([LogNormal(100, 0.5)], 150) == pytest.approx(LogNormal(100, 0.5).cdf(150), abs=1e-6)
    assert sum_within([Constant(100)] * 5, 500) == pytest.approx(1.0)
    assert sum_within([Constant(100)] * 5, 499) == pytest.approx(0.0)


def test_the_chain_of_worlds_agrees_with_the_simulator() -> None:
    """Faults of three kinds on every call, a stop, and recovers: each share and mean of the chain lies in the
    interval of its estimate."""
    stop = '[[commands]]\nwhen = "live"\nafter_ms = 100\ncommand = "stop_broadcast"\n'
    recover = '[[commands]]\nwhen = "error"\nafter_ms = 100\ncommand = "recover"\n'
    faults = "".join(
        f'[[faults]]\ncall = "{call}"\nkind = "{kind}"\nprobability = {p}\n'
        for call, kind, p in (
            ("host.*", "refuse", 0.25),
            ("producer.*", "lost_reply", 0.2),
            ("convex.live", "empty_success", 0.3),
        )
    )
    config = "[config]\nmax_retries = 1\nretry_delay = 10\n"
    made = read(f'name = "x"\n{config}[latency]\n"*" = 10\n{faults}{INITIALIZE}{START}{stop}{recover}').experiment
    truth = chain(made)
    rows = [work(made)(number) for number in range(600)]
    for name in ("initialize_succeeds", "start_succeeds", "stop_succeeds", "recovery_succeeds", "goes_live"):
        found = [row[2 + list(MEASURES).index(name)] for row in rows]
        known = [bool(value) for value in found if value is not None]
        low, high = statistics.share(sum(known), len(known), SURE)[1:]
        assert low is not None
        assert high is not None
        assert 0.02 < truth[name] < 0.98
        assert low <= truth[name] <= high, name
    for name in ("ends_in_error", "leaves_on", "backend_agrees"):
        count = sum(bool(row[2 + list(MEASURES).index(name)]) for row in rows)
        low, high = statistics.share(count, 600, SURE)[1:]
        assert low is not None
        assert high is not None
        assert low <= truth[name] <= high, name
    for name in ("calls", "retries", "faults"):
        known_values = [float(row[2 + list(MEASURES).index(name)] or 0) for row in rows]
        mean = sum(known_values) / 600
        squares = sum((value - mean) ** 2 for value in known_values)
        low, high = statistics.mean(sum(known_values), squares, 600, SURE)[1:]
        assert low is not None
        assert high is not None
        assert low <= truth[name] <= high, name


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("dying-host", "events"),
        ("late-host", "no matter of chance alone"),
        ("emergency-under-fire", "depends on when things happen"),
        ("double-click", "two commands wait"),
        ("long-night", "limit_ms"),
    ],
)
def test_where_there_is_no_exact_answer_the_reason_is_told(name: str, told: str) -> None:
    """One line says what stands in the way."""
    with pytest.raises(NotExact, match=told):
        exact(load(name).experiment)
