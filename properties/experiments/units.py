"""Numbers as a person reads them: durations, shares and counts, each in its unit."""

from typing import Any

from broadcast_orchestrator.model.config import OPTIONS
from broadcast_orchestrator.sim.experiments.fleet_vocabulary import EVERY
from broadcast_orchestrator.sim.experiments.vocabulary import SHARE

MINUTE, HOUR = 60_000, 3_600_000


def duration(ms: float, digits: int = 1) -> str:
    """A time in milliseconds, in the two largest units that say something: "850 ms", "8.4 s", "7 h 47 min"; seconds
    have so many `digits` after the point at most."""
    if ms < 0:
        return f"-{duration(-ms, digits)}"
    if ms < 999.5:
        return f"{ms:.0f} ms" if ms >= 9.95 or ms == round(ms) else f"{ms:.1f} ms"
    if ms < MINUTE - 50:
        return f"{ms / 1000:.{digits}f}".rstrip("0").removesuffix(".") + " s"
    if ms < HOUR - 500:
        minutes, seconds = divmod(round(ms / 1000), 60)
        return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"
    hours, minutes = divmod(round(ms / MINUTE), 60)
    return f"{hours:,} h {minutes} min" if minutes else f"{hours:,} h"


def percent(share: float) -> str:
    """A share from 0 to 1 in percent; nothing but 0 and 1 themselves is rounded to one of them."""
    if share in (0.0, 1.0):
        return f"{100 * share:.0f} %"
    for digits in (1, 2):
        text = f"{100 * share:.{digits}f}"
        if float(text) not in (0.0, 100.0):
            return f"{text} %"
    return "< 0.01 %" if share < 0.5 else "> 99.99 %"


def amount(value: float) -> str:
    """A number without a unit, whole where it is."""
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 1000 else f"{value:,.3g}"


def measured_number(value: float | None, measure: str) -> str:
    """A value in the unit of its measure (a claim about steps is a share of the runs)."""
    if value is None:
        return "unknown"
    name = measure.split(" ")[0]
    if name not in EVERY or EVERY[name].kind == SHARE or name.endswith("_share"):
        return percent(value)
    return duration(value) if name.endswith("_ms") else amount(value)


def limits(at_least: float | None, at_most: float | None, measure: str) -> list[tuple[float, str]]:
    """The limits of a claim about a measure that there are, each with words."""
    given = (("at least", at_least), ("at most", at_most))
    return [
        (value, f"{how} {_as_written(measured_number(value, measure))}") for how, value in given if value is not None
    ]


def _as_written(text: str) -> str:
    """A number that somebody has written, without a digit that says nothing."""
    return text.replace(".0 %", " %")


def ends(low: float | None, high: float | None, measure: str) -> str:
    """Both ends of an interval, the unit once where both have the same; an end that is not known is left open."""
    if low is not None and high is not None and measure.endswith("_ms") and duration(low) == duration(high):
        texts = [duration(low, digits=3), duration(high, digits=3)]
    else:
        texts = ["…" if end is None else measured_number(end, measure) for end in (low, high)]
    (first, *unit), (_, *other) = (text.split(" ") for text in texts)
    return f"{first if unit == other and len(unit) == 1 else texts[0]} to {texts[1]}"


def setting_in_words(setting: str, value: Any) -> str:
    """A setting and its value: "startup timeout 8 s"."""
    return f"{setting_name(setting)} {setting_value(setting, value)}"


def setting_value(setting: str, value: Any) -> str:
    """The value of a setting, by its place in the file, in its unit."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    option = next((each for each in OPTIONS if setting == f"config.{each.name}"), None)
    if setting.endswith("_ms") or (option is not None and option.unit == "ms"):
        return duration(value)
    return _as_written(percent(value)) if setting.endswith("probability") and 0 <= value <= 1 else amount(value)


def setting_name(setting: str) -> str:
    """What a setting, named by its place in the file, is called."""
    return setting.removeprefix("config.").removesuffix("_ms").replace("_", " ")
