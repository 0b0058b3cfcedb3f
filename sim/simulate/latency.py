"""Latencies: how long a call takes, as distributions with exact means, quantiles and probabilities.

A sample is the quantile of one uniform draw. So a stream stands at the same place whatever the distribution, and
two experiments that differ in a latency alone share their luck (common random numbers).
"""

import math
import random
from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from numbers import Real
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, ClassVar

from broadcast_orchestrator.model.config import LARGEST, near_match, shown

NORMAL = NormalDist()


class LatencyError(ValueError):
    """A latency that cannot be; the message is one line that names every mistake."""


def _from(minimum: float, maximum: float, *, many: bool = False) -> Any:
    """A parameter and its limits, chosen so that every sample is a finite number; `many` for a list of numbers."""
    return field(metadata={"minimum": minimum, "maximum": maximum, "many": many})


@dataclass(frozen=True)
class Latency(ABC):
    """A distribution of times in milliseconds, never negative. Raises `LatencyError` for impossible parameters."""

    distribution: ClassVar[str]
    """What it is called in experiments and on the command line."""

    bounded: ClassVar[bool] = False
    """Whether there is a longest time."""

    def __post_init__(self) -> None:
        """Check the parameters, and make them floats, so that equal latencies print alike."""
        values = {parameter.name: getattr(self, parameter.name) for parameter in fields(self)}
        _refuse(self.distribution, _mistakes(type(self), values))
        for name, value in values.items():
            object.__setattr__(
                self, name, float(value) if isinstance(value, Real) else tuple(sorted(map(float, value)))
            )

    @property
    def repeats(self) -> bool:
        """Whether two samples may well be the same."""
        return False

    def sample(self, rng: random.Random) -> float:
        """One latency in milliseconds, finite, for exactly one draw from `rng`."""
        return self.at(rng.random())

    def quantile(self, p: float) -> float:
        """The time in milliseconds within which a share `p` of all samples falls; inf for 1 where nothing bounds it.

        Raises `LatencyError` unless `p` is from 0 to 1.
        """
        if not 0 <= p <= 1:
            raise LatencyError(f"p: expected a share from 0 to 1, got {shown(p)}")
        return self.at(p) if p < 1 or self.bounded else math.inf

    def describe(self) -> str:
        """The latency in one line, as `parse_latency_text` reads it back."""
        parameters = ",".join(f"{parameter.name}={_text(getattr(self, parameter.name))}" for parameter in fields(self))
        return f"{self.distribution}:{parameters}"

    if TYPE_CHECKING:  # at run time a property here would stand in the way of the parameter of `Exponential`

        @property
        def mean_ms(self) -> float:
            """The mean in milliseconds; inf where it is infinite."""

    @abstractmethod
    def cdf(self, ms: float) -> float:
        """The share of all samples that take at most `ms` milliseconds."""

    @abstractmethod
    def at(self, p: float) -> float:
        """The sample for one draw `p`, from 0 to below 1: `quantile` where that is known to be in range."""


@dataclass(frozen=True)
class Constant(Latency):
    """Always `ms`."""

    distribution = "constant"
    bounded = True
    ms: float = _from(0, LARGEST)

    @property
    def repeats(self) -> bool:
        """All are."""
        return True

    @property
    def mean_ms(self) -> float:
        """The constant itself."""
        return self.ms

    def cdf(self, ms: float) -> float:
        """0 before the constant, 1 from there on."""
        return float(ms >= self.ms)

    def at(self, p: float) -> float:
        """Always the same."""
        return self.ms


@dataclass(frozen=True)
class Uniform(Latency):
    """Anything from `low_ms` to `high_ms`, all alike."""

    distribution = "uniform"
    bounded = True
    low_ms: float = _from(0, LARGEST)
    high_ms: float = _from(0, LARGEST)

    @property
    def repeats(self) -> bool:
        """Only where there is nothing between the two."""
        return self.low_ms == self.high_ms

    @property
    def mean_ms(self) -> float:
        """The middle."""
        return (self.low_ms + self.high_ms) / 2

    def cdf(self, ms: float) -> float:
        """The share of the interval that lies at or below `ms`."""
        if self.low_ms <= ms < self.high_ms:
            return (ms - self.low_ms) / (self.high_ms - self.low_ms)
        return float(ms >= self.high_ms)

    def at(self, p: float) -> float:
        """On the line from the one to the other."""
        return min(self.high_ms, self.low_ms + (self.high_ms - self.low_ms) * p)


@dataclass(frozen=True)
class Exponential(Latency):
    """Memoryless, `mean_ms` on average."""

    distribution = "exponential"
    mean_ms: float = _from(0.001, LARGEST)

    def cdf(self, ms: float) -> float:
        """1 - exp(-ms / mean)."""
        return -math.expm1(-ms / self.mean_ms) if ms > 0 else 0.0

    def at(self, p: float) -> float:
        """By the inverse of its `cdf`."""
        return -self.mean_ms * math.log1p(-p)


@dataclass(frozen=True)
class LogNormal(Latency):
    """Half of it below `median_ms`; the logarithm is normal with the standard deviation `sigma`."""

    distribution = "lognormal"
    median_ms: float = _from(0.001, LARGEST)
    sigma: float = _from(0.001, 10)

    @property
    def mean_ms(self) -> float:
        """Median times exp(sigma squared / 2)."""
        return self.median_ms * math.exp(self.sigma**2 / 2)

    def cdf(self, ms: float) -> float:
        """The normal probability of the logarithm."""
        return NORMAL.cdf((math.log(ms) - math.log(self.median_ms)) / self.sigma) if ms > 0 else 0.0

    def at(self, p: float) -> float:
        """By the inverse of its `cdf`."""
        return self.median_ms * math.exp(self.sigma * NORMAL.inv_cdf(p)) if p > 0 else 0.0


@dataclass(frozen=True)
class Weibull(Latency):
    """63 % of it below `scale_ms`; a `shape` below 1 has a long tail, above 1 it gathers around the scale."""

    distribution = "weibull"
    scale_ms: float = _from(0.001, LARGEST)
    shape: float = _from(0.1, 100)

    @property
    def mean_ms(self) -> float:
        """Scale times gamma(1 + 1 / shape)."""
        return self.scale_ms * math.gamma(1 + 1 / self.shape)

    def cdf(self, ms: float) -> float:
        """1 - exp(-(ms / scale) ** shape)."""
        if ms <= 0:
            return 0.0
        power = self.shape * (math.log(ms) - math.log(self.scale_ms))
        return -math.expm1(-math.exp(min(power, 7.0)))  # exp(-exp(7)) is 0 to the last digit

    def at(self, p: float) -> float:
        """By the inverse of its `cdf`."""
        return float(self.scale_ms * (-math.log1p(-p)) ** (1 / self.shape))


@dataclass(frozen=True)
class Pareto(Latency):
    """A heavy tail: never below `minimum_ms`; twice the time is 2 ** `alpha` times as rare."""

    distribution = "pareto"
    minimum_ms: float = _from(0.001, LARGEST)
    alpha: float = _from(0.1, 100)

    @property
    def mean_ms(self) -> float:
        """Infinite unless alpha is above 1."""
        return self.minimum_ms * self.alpha / (self.alpha - 1) if self.alpha > 1 else math.inf

    def cdf(self, ms: float) -> float:
        """1 - (minimum / ms) ** alpha."""
        return float(1 - (self.minimum_ms / ms) ** self.alpha) if ms > self.minimum_ms else 0.0

    def at(self, p: float) -> float:
        """By the inverse of its `cdf`."""
        return float(self.minimum_ms * (1 - p) ** (-1 / self.alpha))


@dataclass(frozen=True)
class Empirical(Latency):
    """One of the measured `values_ms`, each as likely as the others; they are kept in ascending order."""

    distribution = "empirical"
    bounded = True
    values_ms: tuple[float, ...] = _from(0, LARGEST, many=True)

    @property
    def repeats(self) -> bool:
        """Any may be drawn again."""
        return True

    @property
    def mean_ms(self) -> float:
        """The mean of the values."""
        return math.fsum(self.values_ms) / len(self.values_ms)

    def cdf(self, ms: float) -> float:
        """The share of the values that are at most `ms`."""
        return bisect_right(self.values_ms, ms) / len(self.values_ms)

    def at(self, p: float) -> float:
        """The first value that enough of them do not exceed."""
        count = len(self.values_ms)
        return self.values_ms[bisect_left(range(count), p, key=lambda index: (index + 1) / count)]


DISTRIBUTIONS: dict[str, type[Latency]] = {
    kind.distribution: kind for kind in (Constant, Uniform, Exponential, LogNormal, Weibull, Pareto, Empirical)
}
"""Every distribution by its name."""


def parse_latency(mapping: object) -> Latency:
    """The latency that a table such as `{"distribution": "exponential", "mean_ms": 50}` stands for.

    Raises `LatencyError`, with every mistake at once, for an unknown distribution and for parameters that are
    unknown, missing or out of range.
    """
    if not isinstance(mapping, Mapping):
        raise LatencyError(f"latency: expected a table with 'distribution' and its parameters, got {shown(mapping)}")
    values = {name: value for name, value in mapping.items() if name != "distribution"}
    return _built(mapping.get("distribution", ""), values, ())


def parse_latency_text(text: str) -> Latency:
    """The latency that `"lognormal:median_ms=400,sigma=0.8"` stands for; a list of values is written `1/2/3`.

    Raises `LatencyError` as `parse_latency` does, and for a parameter that is there twice.
    """
    name, _, rest = text.partition(":")
    pairs = [tuple(part.strip() for part in pair.partition("=")[::2]) for pair in rest.split(",") if pair.strip()]
    names = [parameter for parameter, _ in pairs]
    twice = tuple(f"{shown(key)}: there twice" for index, key in enumerate(names) if key in names[:index])
    return _built(name.strip(), {key: _number(key, value) for key, value in pairs}, twice)


def _built(name: object, values: dict[Any, Any], mistakes: tuple[str, ...]) -> Latency:
    kind = DISTRIBUTIONS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise LatencyError(f"distribution: {shown(name)} is unknown{near_match(name, DISTRIBUTIONS)}")
    _refuse(kind.distribution, [*mistakes, *_mistakes(kind, values)])
    return kind(**values)


def _mistakes(kind: type[Latency], values: dict[Any, Any]) -> Iterator[str]:
    limits = {parameter.name: parameter.metadata for parameter in fields(kind)}
    for name, limit in limits.items():
        if name not in values:
            yield f"{name}: missing, expected {_expected(limit)}"
        elif not _fits(values[name], limit):
            yield f"{name}: expected {_expected(limit)}, got {_wrong(values[name], limit)}"
    for name in values:
        if name not in limits:
            yield f"{shown(name)}: unknown{near_match(name, limits)}"
    if kind is Uniform and all(_fits(values.get(name), limits[name]) for name in limits):
        low_ms, high_ms = values["low_ms"], values["high_ms"]
        if low_ms > high_ms:
            yield f"low_ms: {shown(low_ms)} is above high_ms, which is {shown(high_ms)}, swap them?"


def _expected(limit: Mapping[str, Any]) -> str:
    what = "a list of numbers, each" if limit["many"] else "a number"
    return f"{what} from {_text(float(limit['minimum']))} to {_text(float(limit['maximum']))}"


def _fits(value: object, limit: Mapping[str, Any]) -> bool:
    if not limit["many"]:
        return _in_range(value, limit)
    return isinstance(value, list | tuple) and bool(value) and all(_in_range(each, limit) for each in value)


def _in_range(value: object, limit: Mapping[str, Any]) -> bool:
    return not isinstance(value, bool) and isinstance(value, Real) and limit["minimum"] <= value <= limit["maximum"]


def _wrong(value: object, limit: Mapping[str, Any]) -> str:
    if not limit["many"] or not isinstance(value, list | tuple):
        return shown(value)
    wrong = [f"{shown(each)} at place {place}" for place, each in enumerate(value, 1) if not _in_range(each, limit)]
    return f"{wrong[0]}" + (f" and {len(wrong) - 1} more" if wrong[1:] else "") if wrong else "none"


def _refuse(distribution: str, mistakes: Iterable[str]) -> None:
    if message := "; ".join(mistakes):
        raise LatencyError(f"{distribution}: {message}")


def _text(value: float | tuple[float, ...]) -> str:
    return "/".join(map(_text, value)) if isinstance(value, tuple) else repr(value).removesuffix(".0")


def _number(name: str, text: str) -> object:
    if name == "values_ms":
        return [_number("", each) for each in text.split("/")]
    try:
        return float(text)
    except ValueError:
        return text
