"""The answer in words: which value is enough, which setting moves most, and numbers in their units."""

from typing import Any

import pytest

from broadcast_orchestrator.properties.experiments.answers import Answers, Estimate
from broadcast_orchestrator.properties.experiments.conclusion import conclusion
from broadcast_orchestrator.properties.experiments.statistics import Interval, difference, mean
from broadcast_orchestrator.properties.experiments.units import duration, ends, measured_number, percent, setting_value
from broadcast_orchestrator.sim.experiments.files import read

BASE = 'name = "x"\n[[commands]]\nat_ms = 0\ncommand = "initialize"\n'
START = '[[commands]]\nwhen = "ready"\ncommand = "start_broadcast"\n'
TIMEOUTS = '[[sweep]]\nsetting = "config.startup_timeout"\nvalues = [1_000, 4_000, 8_000, 16_000]\n'


def answered(text: str, *values: tuple[float, float, float], measure: str = "start_succeeds", n: int = 500) -> str:
    """What is concluded where the number that the experiment is about has these values and intervals, by point."""
    study = read(text)
    statistic = "share" if measure.endswith("_succeeds") else "mean"
    estimates = [
        Estimate(point.settings, measure, statistic, None, *value, 0.99, n)
        for point, value in zip(study.points, values, strict=True)
    ]
    return conclusion(Answers(study, (n,) * len(values), tuple(estimates), (), (), 0, 0))


def test_one_number_is_told_with_its_interval_and_how_many_runs_it_rests_on() -> None:
    """A share is told as one of starts where a run has one, of runs where it may have several; a time as a duration."""
    assert answered(BASE + START, (0.974, 0.951, 0.988)) == "97.4 % of starts get through (95.1 to 98.8 %, 500 runs)"
    several = START.replace("when =", "whenever =")
    assert (
        answered(BASE + several, (1.0, 0.99, 1.0)) == "100 % of runs get every start through (99.0 to 100 %, 500 runs)"
    )
    aim = 'aim = "live_ms"\n' + BASE
    assert answered(aim, (28_000_000, 27_994_162, 28_100_000), measure="live_ms") == (
        "7 h 47 min a run on average (7 h 47 min to 7 h 48 min, 500 runs): time in the state live"
    )


def test_a_handful_of_runs_is_counted() -> None:
    """Of four runs no percentage is told, but how many they are, and how little they tell."""
    told = answered(BASE + START, (0.75, 0.111, 0.999), n=4)
    assert told == "3 of 4 starts get through (so few tell no more than 11.1 to 99.9 %)"


def test_of_a_sweep_the_first_value_is_told_from_which_on_next_to_nothing_is_gained() -> None:
    """Eight seconds are within two points of the best; what the best would gain is told with its interval."""
    values = ((0.55, 0.49, 0.61), (0.92, 0.88, 0.95), (0.974, 0.951, 0.988), (0.98, 0.958, 0.992))
    assert answered(BASE + START + TIMEOUTS, *values) == (
        "Startup timeout 8 s: 97.4 % of starts get through (95.1 to 98.8 %, 500 runs); startup timeout 4 s: 92.0 %; "
        "the best that was tried, startup timeout 16 s, gains 0.6 points (−2.0 to 3.2)"
    )
    falling = answered(BASE + START + TIMEOUTS, *reversed(values))
    assert falling == (
        "Startup timeout 1 s: 98.0 % of starts get through (95.8 to 99.2 %, 500 runs); nothing that was tried is better"
    )


def test_a_setting_that_moves_nothing_is_told_so() -> None:
    """Where every value is within two points of the best, the range is told, and no value is preferred."""
    values = ((0.974, 0.95, 0.98), (0.979, 0.95, 0.98), (0.98, 0.95, 0.99), (0.975, 0.95, 0.98))
    assert answered(BASE + START + TIMEOUTS, *values) == (
        "Startup timeout makes next to no difference: 97.4 % to 98.0 % of starts get through, 500 runs at each value"
    )


def test_of_settings_moved_one_at_a_time_the_strongest_is_told_and_those_of_which_nothing_is_seen() -> None:
    """The timeout moves it by more than its interval; of the retries nothing can be seen in so many runs."""
    text = 'design = "one_at_a_time"\n' + BASE + START
    text += '[[sweep]]\nsetting = "config.max_retries"\nvalues = [0, 6]\n'
    text += '[[sweep]]\nsetting = "config.startup_timeout"\nvalues = [1_500, 6_000]\n'
    values = (
        (0.765, 0.70, 0.82), (0.77, 0.71, 0.82), (0.76, 0.70, 0.81), (0.49, 0.43, 0.55), (0.91, 0.87, 0.94)
    )  # fmt: skip
    assert answered(text, *values) == (
        "Startup timeout moves it most: 49.0 % at 1.5 s and 91.0 % at 6 s; as in the file 76.5 % of starts get through "
        "(70.0 to 82.0 %, 500 runs); what max retries does cannot be seen in 500 runs"
    )
    same = answered(text, *(values[0],) * 5)
    assert same == (
        "As in the file 76.5 % of starts get through (70.0 to 82.0 %, 500 runs); what max retries and startup timeout "
        "do cannot be seen in 500 runs"
    )


def test_where_no_run_says_anything_that_is_said() -> None:
    """No number is made up for a measure that no run has."""
    found = Answers(read(BASE + START), (5,), (), (), (), 0, 0)
    assert conclusion(found) == "Nothing is known of “start succeeds”: no run says anything about it"


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0 ms"),
        (0.44, "0.4 ms"),
        (850, "850 ms"),
        (999.6, "1 s"),
        (8_400, "8.4 s"),
        (59_960, "1 min"),
        (432_000, "7 min 12 s"),
        (27_994_162, "7 h 47 min"),
        (3_600_000, "1 h"),
        (-1_500, "-1.5 s"),
    ],
)
def test_durations_are_in_the_units_of_a_person(ms: float, text: str) -> None:
    """The two largest units that say something."""
    assert duration(ms) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0 %"), (1, "100 %"), (0.974, "97.4 %"), (0.9996, "99.96 %"), (0.99997, "> 99.99 %"), (0.00001, "< 0.01 %")],
)
def test_only_none_and_all_are_told_as_none_and_all(share: float, text: str) -> None:
    """What is nearly all is not rounded to all."""
    assert percent(share) == text


@pytest.mark.parametrize(
    ("value", "measure", "text"),
    [(3.0, "calls", "3"), (3.25, "calls", "3.25"), (0.5, "up_after_share", "50.0 %"), (None, "calls", "unknown")],
)
def test_counts_are_whole_and_shares_of_a_fleet_are_in_percent(value: float | None, measure: str, text: str) -> None:
    """Each measure has its unit; a number that is not known is none."""
    assert measured_number(value, measure) == text


def test_the_ends_of_an_interval_share_their_unit_and_differ_where_they_do() -> None:
    """The unit stands once; two ends that would look the same get more digits; an end that is not known is open."""
    assert ends(0.951, 0.988, "start_succeeds") == "95.1 to 98.8 %"
    assert ends(3_054, 3_068, "live_ms") == "3.054 to 3.068 s"
    assert ends(850, 1_200, "live_ms") == "850 ms to 1.2 s"
    assert ends(None, 1_200, "live_ms") == "… to 1.2 s"


@pytest.mark.parametrize(
    ("setting", "value", "text"),
    [
        ("config.startup_timeout", 8_000, "8 s"),
        ("latency.host.start.median_ms", 600, "600 ms"),
        ("faults.1.probability", 0.1, "10 %"),
        ("config.max_retries", 3, "3"),
        ("config.enable_state_validation", False, "False"),
    ],
)
def test_a_setting_has_its_unit(setting: str, value: Any, text: str) -> None:
    """An option in milliseconds is a duration, a probability a percentage, a number itself."""
    assert setting_value(setting, value) == text


def test_the_mean_of_what_cannot_be_negative_has_no_negative_end() -> None:
    """The interval of Student's t is cut off at nothing, and for a share at all of it."""
    assert mean(30.0, 600.0, 3, 0.99).low == 0
    assert mean(2.7, 0.06, 3, 0.99, most=1.0).high == 1.0


def test_a_difference_is_as_sure_as_both_numbers() -> None:
    """The method of variance estimates recovery: each side takes the parts of both intervals that lead there."""
    moved = difference(Interval(0.5, 0.4, 0.6), Interval(0.8, 0.7, 0.84))
    assert moved.estimate == pytest.approx(0.3)
    assert moved.low == pytest.approx(0.3 - (0.1**2 + 0.1**2) ** 0.5)
    assert moved.high == pytest.approx(0.3 + (0.04**2 + 0.1**2) ** 0.5)
    assert difference(Interval(0.5, 0.4, None), Interval(0.8, 0.7, 0.84)).low is None
