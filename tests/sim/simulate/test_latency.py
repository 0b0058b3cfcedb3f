"""Random streams and latencies: reproducible, independent, and true to their closed forms."""

import math
import os
import random
import subprocess
import sys

import pytest
from places import ROOT

from broadcast_orchestrator.sim.simulate.latency import (
    Constant,
    Empirical,
    Exponential,
    Latency,
    LatencyError,
    LogNormal,
    Pareto,
    Uniform,
    Weibull,
    parse_latency,
    parse_latency_text,
)
from broadcast_orchestrator.sim.simulate.streams import Streams

LATENCIES: tuple[Latency, ...] = (
    Constant(120),
    Uniform(20, 80),
    Exponential(50),
    LogNormal(400, 0.8),
    Weibull(200, 0.5),
    Weibull(200, 3),
    Pareto(10, 1.5),
    Pareto(10, 0.5),
    Empirical((12, 12, 15, 90, 300.5)),
)

every_latency = pytest.mark.parametrize("latency", LATENCIES, ids=Latency.describe)


# -- Streams --------------------------------------------------------------------------------------


def test_the_streams_are_the_same_everywhere() -> None:
    """A seed and a name fix every draw, on every machine and in every version to come."""
    stream = Streams(7).stream("host.start")
    assert [stream.random().hex() for _ in range(2)] == ["0x1.e0be5b195791fp-1", "0x1.1d61aa06bdc9ap-1"]
    assert [Streams(7).spawn(index).seed for index in range(2)] == [1318245384495842950, 6511782456726831245]


def test_hash_randomization_changes_no_byte() -> None:
    """Another process with another hash seed draws the very same latencies."""
    script = (
        "from broadcast_orchestrator.sim.simulate.latency import LogNormal\n"
        "from broadcast_orchestrator.sim.simulate.streams import Streams\ns = Streams(11).spawn(3)\n"
        "for name in ('host.start', 'session.end', 'faults'): print(LogNormal(400, 0.8).sample(s.stream(name)).hex())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2", "random")
    }
    streams = Streams(11).spawn(3)
    here = [LogNormal(400, 0.8).sample(streams.stream(name)).hex() for name in ("host.start", "session.end", "faults")]
    assert [output.decode().split() for output in outputs] == [here]


def test_streams_do_not_depend_on_the_order_of_their_creation() -> None:
    """What one stream yields is the same whether the others were created before, after or never, and used or not."""
    first, second = Streams(5), Streams(5)
    first.stream("a").random()
    first.stream("b")
    assert first.stream("c").random() == second.stream("c").random() == Streams(5).stream("c").random()
    assert first.stream("b").random() == second.stream("b").random()


def test_a_name_is_one_stream() -> None:
    """Two users of one name share one stream and go on where the other stopped."""
    streams = Streams(5)
    assert streams.stream("a") is streams.stream("a")
    assert streams.stream("a").random() != streams.stream("a").random()


def test_seeds_names_and_runs_are_told_apart() -> None:
    """Another seed, another name and another run number each give other draws, near and far ones alike."""
    seeds = (0, 1, -1, 10, 2**63, 2**20_000)
    draws = [Streams(seed).stream(name).random() for seed in seeds for name in ("a", "b", "a b", "")]
    runs = [Streams(0).spawn(index).stream("a").random() for index in range(1_000)]
    assert len(set(draws + runs)) == len(draws) + len(runs)


def test_a_run_replays_from_its_own_seed() -> None:
    """The seed of a spawned run, which fits 63 bits, is all it takes to have that run again."""
    run = Streams(9).spawn(123)
    assert 0 <= run.seed < 2**63
    assert Streams(run.seed).stream("a").random() == run.stream("a").random()


@pytest.mark.parametrize("seed", [True, 1.0, "7", None])
def test_a_seed_is_a_whole_number(seed: object) -> None:
    """Anything but a whole number is refused as a seed and as the number of a run."""
    with pytest.raises(ValueError, match=r"^seed: expected a whole number, got .*$"):
        Streams(seed)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^run number: expected a whole number, got .*$"):
        Streams(1).spawn(seed)  # type: ignore[arg-type]


# -- Closed forms ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latency", "mean", "median", "ninth_decile"),
    [
        (Constant(120), 120, 120, 120),
        (Uniform(20, 80), 50, 50, 74),
        (Exponential(50), 50, 34.657359, 115.129255),
        (LogNormal(400, 0.8), 550.8511057, 400, 1_115.107174),
        (Weibull(200, 0.5), 400, 96.090603, 1_060.379622),
        (Weibull(200, 3), 178.595902, 176.999409, 264.100096),
        (Pareto(10, 1.5), 30, 15.8740105, 46.415888),
        (Pareto(10, 0.5), math.inf, 40, 1_000),
        (Empirical((300.5, 12, 90, 12, 15)), 85.9, 15, 300.5),
    ],
)
def test_means_and_quantiles_are_the_known_ones(
    latency: Latency, mean: float, median: float, ninth_decile: float
) -> None:
    """Mean, median and ninth decile of each distribution are those of its textbook formula."""
    assert latency.mean_ms == pytest.approx(mean, rel=1e-7)
    assert latency.quantile(0.5) == pytest.approx(median, rel=1e-7)
    assert latency.quantile(0.9) == pytest.approx(ninth_decile, rel=1e-7)


@pytest.mark.parametrize("alpha", [0.1, 0.75, 1])
def test_a_tail_can_be_too_heavy_for_a_mean(alpha: float) -> None:
    """The mean of a heavy tail is infinite up to alpha 1 and finite just above it."""
    assert Pareto(10, alpha).mean_ms == math.inf
    assert Pareto(10, 1.001).mean_ms == pytest.approx(10_010)


@every_latency
def test_samples_follow_the_closed_form(latency: Latency) -> None:
    """The greatest distance between the shares of 20,000 samples and the closed form stays below 0.025.

    By the inequality of Dvoretzky, Kiefer and Wolfowitz with Massart's constant, a correct sampler exceeds it with
    a probability below 2 exp(-2 * 20000 * 0.025 ** 2) = 2.8e-11; over all distributions, below one in a billion.
    """
    rng = Streams(2024).stream(latency.describe())
    samples = sorted(latency.sample(rng) for _ in range(20_000))
    just_before = [latency.cdf(math.nextafter(ms, -math.inf)) for ms in samples]
    below = {ms: rank for rank, ms in reversed(list(enumerate(samples)))}
    up_to = {ms: rank + 1 for rank, ms in enumerate(samples)}
    distances = [abs(up_to[ms] / 20_000 - latency.cdf(ms)) for ms in samples]
    distances += [abs(below[ms] / 20_000 - share) for ms, share in zip(samples, just_before, strict=True)]
    assert max(distances) < 0.025


@every_latency
def test_quantile_and_cdf_undo_each_other(latency: Latency) -> None:
    """The quantile of p is the earliest time by which a share p is over, also far out in both tails."""
    for p in (1e-9, 1e-3, 0.2, 0.25, 0.5, 0.6, 0.75, 0.999, 1 - 1e-9):
        ms = latency.quantile(p)
        assert latency.cdf(ms) >= p * (1 - 1e-6) - 1e-14
        assert latency.cdf(ms * (1 - 1e-7)) <= p * (1 + 1e-5)


@every_latency
def test_every_share_lies_between_nothing_and_all(latency: Latency) -> None:
    """The probabilities rise from 0 below every sample to 1 at infinity and never leave that range."""
    shares = [latency.cdf(ms) for ms in (-math.inf, -1, 0, 5e-324, 1e-3, 1, 12, 50, 120, 1e3, 1e9, 1e300, math.inf)]
    assert shares == sorted(shares)
    assert (shares[1], shares[-1]) == (0, 1)


@pytest.mark.parametrize(
    ("latency", "longest"),
    [
        (Constant(5), 5),
        (Uniform(1, 3), 3),
        (Empirical((2, 9)), 9),
        (Exponential(5), math.inf),
        (Pareto(1, 9), math.inf),
    ],
)
def test_the_last_quantile_is_the_longest_time(latency: Latency, longest: float) -> None:
    """Quantile 1 is the longest time there is, infinite where nothing bounds it."""
    assert latency.quantile(1) == longest


@pytest.mark.parametrize("p", [-0.1, 1.1, math.nan, math.inf])
def test_a_quantile_needs_a_share(p: float) -> None:
    """Outside 0 to 1 there is no quantile."""
    with pytest.raises(LatencyError, match=r"^p: expected a share from 0 to 1, got .*$"):
        Exponential(5).quantile(p)


class Fixed(random.Random):
    """A generator that always draws the same number."""

    def __init__(self, draw: float) -> None:
        """Draw `draw`, for ever."""
        super().__init__(0)
        self.draw = draw

    def random(self) -> float:
        """The number."""
        return self.draw


EXTREMES: tuple[Latency, ...] = (
    Constant(0),
    Uniform(7, 7),
    Exponential(2_147_483_647),
    LogNormal(2_147_483_647, 10),
    Weibull(2_147_483_647, 0.1),
    Weibull(0.001, 100),
    Pareto(2_147_483_647, 0.1),
    Pareto(0.001, 100),
)


@pytest.mark.parametrize("latency", LATENCIES + EXTREMES, ids=Latency.describe)
@pytest.mark.parametrize("draw", [0.0, 2.0**-53, 0.5, 1 - 2.0**-53])
def test_every_draw_gives_a_finite_time(latency: Latency, draw: float) -> None:
    """From the smallest to the largest number that a generator draws, a sample is a finite time, never negative."""
    sample = latency.sample(Fixed(draw))
    assert 0 <= sample < math.inf
    assert latency.mean_ms >= 0


@every_latency
def test_a_sample_takes_exactly_one_draw(latency: Latency) -> None:
    """After a hundred samples the generator stands where a hundred plain draws leave it, for every distribution."""
    sampled, drawn = random.Random(3), random.Random(3)
    samples = [latency.sample(sampled) for _ in range(100)]
    assert samples == [latency.quantile(drawn.random()) for _ in range(100)]
    assert sampled.getstate() == drawn.getstate()


# -- Reading them ---------------------------------------------------------------------------------


@every_latency
def test_a_description_reads_back(latency: Latency) -> None:
    """What a latency prints of itself on one line is how the command line spells it."""
    assert parse_latency_text(latency.describe()) == latency


def test_latencies_are_read_from_tables_and_text() -> None:
    """A table of an experiment and the text of the command line mean the same."""
    expected = LogNormal(median_ms=400.0, sigma=0.8)
    assert parse_latency({"distribution": "lognormal", "median_ms": 400, "sigma": 0.8}) == expected
    assert parse_latency_text("lognormal:median_ms=400,sigma=0.8") == expected
    assert parse_latency_text(" lognormal: sigma = 8e-1 , median_ms = 400 ") == expected
    assert expected.describe() == "lognormal:median_ms=400,sigma=0.8"


def test_measured_values_may_come_in_any_order() -> None:
    """A list of measured values is the same latency however it is sorted."""
    assert parse_latency({"distribution": "empirical", "values_ms": [30, 10, 20.5]}) == Empirical((10, 20.5, 30))
    assert parse_latency_text("empirical:values_ms=30/10/20.5") == Empirical((10, 20.5, 30))
    assert hash(Empirical((30, 10))) == hash(Empirical((10, 30)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "distribution: '' is unknown, try one of: constant, uniform, exponential, lognormal, weibull, pareto, "),
        ("log-norml:sigma=1", "distribution: 'log-norml' is unknown, did you mean 'lognormal'?"),
        ("exponential", "exponential: mean_ms: missing, expected a number from 0.001 to 2147483647"),
        ("exponential:mean_ms", "exponential: mean_ms: expected a number from 0.001 to 2147483647, got ''"),
        ("exponential:mean_ms=5s", "exponential: mean_ms: expected a number from 0.001 to 2147483647, got '5s'"),
        ("constant:ms=1,ms=2", "constant: 'ms': there twice"),
        ("constant:ms=1,jitter=2", "constant: 'jitter': unknown, try one of: ms"),
        (
            "uniform:low_ms=1,heigh_ms=2",
            "uniform: high_ms: missing, expected a number from 0 to 2147483647; 'heigh_ms': ",
        ),
        ("uniform:low_ms=9,high_ms=2", "uniform: low_ms: 9.0 is above high_ms, which is 2.0, swap them?"),
        ("weibull:scale_ms=1,shape=0", "weibull: shape: expected a number from 0.1 to 100, got 0.0"),
        ("pareto:minimum_ms=1,alpha=101", "pareto: alpha: expected a number from 0.1 to 100, got 101.0"),
        (
            "empirical:values_ms=4/-2/x",
            "empirical: values_ms: expected a list of numbers, each from 0 to 2147483647, got -2.0 at place 2",
        ),
    ],
)
def test_bad_text_gets_one_clear_line(text: str, message: str) -> None:
    """Whatever is wrong on the command line, one line says where, what is allowed and what came instead."""
    with pytest.raises(LatencyError) as caught:
        parse_latency_text(text)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_every_mistake_of_a_table_is_reported_at_once() -> None:
    """A missing, an unknown and a wrong parameter stand side by side in one line."""
    with pytest.raises(LatencyError) as caught:
        parse_latency({"distribution": "lognormal", "sigma": -1, "median": 400})
    assert str(caught.value) == (
        "lognormal: median_ms: missing, expected a number from 0.001 to 2147483647; "
        "sigma: expected a number from 0.001 to 10, got -1; "
        "'median': unknown, did you mean 'median_ms'?"
    )


@pytest.mark.parametrize("value", [-1, math.nan, math.inf, 2**31, True, None, "5", [5], "a\nb", 10.0**300])
def test_a_time_is_a_finite_number_in_range(value: object) -> None:
    """A latency made in Python refuses what a file may not say either, in the same words."""
    with pytest.raises(LatencyError) as caught:
        Constant(value)  # type: ignore[arg-type]
    assert str(caught.value).startswith("constant: ms: expected a number from 0 to 2147483647, got ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "got"),
    [
        ([], "none"),
        ("12", "'12'"),
        (5, "5"),
        ([1, True], "True at place 2"),
        ({"a": 1}, "a table"),
        (None, "None"),
        ([-1, 2, "x", -3], "-1 at place 1 and 2 more"),
    ],
)
def test_measured_values_are_a_list_of_times(values: object, got: str) -> None:
    """No values, one bare value and values that are no times are refused, the first wrong one by its place."""
    with pytest.raises(LatencyError) as caught:
        parse_latency({"distribution": "empirical", "values_ms": values})
    assert str(caught.value) == (
        f"empirical: values_ms: expected a list of numbers, each from 0 to 2147483647, got {got}"
    )


@pytest.mark.parametrize("value", [None, 5, "lognormal", ["lognormal"]])
def test_a_latency_is_a_table(value: object) -> None:
    """Where a table is expected, anything else is refused as such."""
    with pytest.raises(LatencyError, match=r"^latency: expected a table with 'distribution' and its parameters, got "):
        parse_latency(value)


@pytest.mark.parametrize("name", [None, 5, ["lognormal"], "\n"])
def test_a_distribution_has_a_name(name: object) -> None:
    """A distribution that is not named by a known word is refused with the list of those that are."""
    with pytest.raises(LatencyError, match=r"^distribution: .* is unknown, try one of: constant, uniform, [^\n]*$"):
        parse_latency({"distribution": name, "ms": 5})
