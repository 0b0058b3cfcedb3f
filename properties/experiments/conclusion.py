"""The answer of an experiment in words: what its question comes to, with the interval and the unit.

Of one point it is the number that the experiment is about. Of a sweep it is the first value, in the order of the file,
with which next to nothing is left to be gained; of settings moved one at a time, which of them moves the number most.
It says what the runs show, and what they cannot tell apart; it judges no claim.
"""

from typing import Any, NamedTuple

from broadcast_orchestrator.model.events import INITIALIZE, RECOVER, START_BROADCAST, STOP_BROADCAST
from broadcast_orchestrator.properties.experiments.answers import Answers, Estimate, aimed_at, counted
from broadcast_orchestrator.properties.experiments.statistics import Interval, difference
from broadcast_orchestrator.properties.experiments.units import (
    ends,
    measured_number,
    setting_in_words,
    setting_name,
    setting_value,
)
from broadcast_orchestrator.sim.experiments.fleet_vocabulary import EVERY
from broadcast_orchestrator.sim.experiments.tables import Experiment
from broadcast_orchestrator.sim.experiments.vocabulary import AMOUNT, SHARE

NEAR = 0.02
"""How much less than the best is as good as the best: two points of a share, two percent of any other number."""

FEW = 20
"""Of fewer runs than this a share is no number to begin with: they are counted."""

TINY = 1e-9
"""What numbers that are equal may differ by in the computer."""


class Known(NamedTuple):
    """The number that an experiment is about, at one point, where something is known of it."""

    settings: dict[str, Any]
    estimate: float
    low: float | None
    high: float | None
    n: int

    @property
    def interval(self) -> Interval:
        """The number and its interval."""
        return Interval(self.estimate, self.low, self.high)


def conclusion(found: Answers) -> str:
    """The answer in a sentence or two."""
    experiment = found.study.experiment
    known = _known(found)
    if not known:
        return f"Nothing is known of “{aimed_at(experiment).replace('_', ' ')}”: no run says anything about it"
    if len(found.study.points) == 1:
        return _upper(_number(experiment, known[0]))
    if experiment.design == "one_at_a_time" and not known[0].settings:
        return _upper(_most_moved(experiment, known))
    return _upper(_enough(experiment, known))


def _known(found: Answers) -> list[Known]:
    measure = aimed_at(found.study.experiment)
    statistic = {SHARE: "share", AMOUNT: "mean"}.get(EVERY[measure].kind, "quantile")
    return [
        Known(each.settings, each.estimate, each.low, each.high, each.n)
        for each in found.estimates
        if _is_asked(each, measure, statistic) and each.estimate is not None
    ]


def _is_asked(each: Estimate, measure: str, statistic: str) -> bool:
    return (each.measure, each.statistic) == (measure, statistic) and each.quantile in (None, 0.5)


# -- One number -------------------------------------------------------------------------------------


def _number(experiment: Experiment, known: Known) -> str:
    measure = aimed_at(experiment)
    value, interval = measured_number(known.estimate, measure), ends(known.low, known.high, measure)
    sure = f"({interval}, {counted(known.n)})"
    kind = EVERY[measure].kind
    if kind == SHARE and known.n < FEW:
        what = phrase(experiment, measure).removeprefix("of ")
        return f"{round(known.estimate * known.n)} of {known.n} {what} (so few tell no more than {interval})"
    if kind == SHARE:
        return f"{value} {phrase(experiment, measure)} {sure}"
    how = "a run on average" if kind == AMOUNT else "at the median"
    return f"{value} {how} {sure}: {EVERY[measure].meaning}"


def phrase(experiment: Experiment, measure: str) -> str:
    """What a share is a share of; where a run has one command of a kind at most, of those."""
    if measure not in COMMANDS_MEASURED:
        return f"of runs {PHRASES[measure]}"
    command, noun = COMMANDS_MEASURED[measure]
    given = [each for each in experiment.commands if each.command == command]
    if len(given) == 1 and given[0].whenever is None:
        return f"of {noun}s get through"
    return f"of runs get every {noun} through"


COMMANDS_MEASURED = {
    "initialize_succeeds": (INITIALIZE, "initialize command"),
    "start_succeeds": (START_BROADCAST, "start"),
    "stop_succeeds": (STOP_BROADCAST, "stop"),
    "recovery_succeeds": (RECOVER, "recover command"),
}
PHRASES = {
    "goes_live": "go live",
    "ends_in_error": "end in error",
    "leaves_on": "leave a service on at the end",
    "backend_agrees": "end with a backend that is right about what is live",
    "guarantees_hold": "break no guarantee",
    "comes_back": "come back after the outage",
    "all_live": "bring every dashboard live",
}


# -- A sweep ------------------------------------------------------------------------------------------


def _enough(experiment: Experiment, known: list[Known]) -> str:
    """The first point with which next to nothing is left to be gained, and what the best would gain."""
    measure = aimed_at(experiment)
    up = EVERY[measure].better >= 0
    best = (max if up else min)(known, key=lambda each: each.estimate)
    room = NEAR if EVERY[measure].kind == SHARE else NEAR * abs(best.estimate)
    near = [each for each in known if abs(each.estimate - best.estimate) <= room + TINY]
    if len(near) == len(known):
        least, most = (pick(known, key=lambda each: each.estimate) for pick in (min, max))
        values = " to ".join(dict.fromkeys(measured_number(each.estimate, measure) for each in (least, most)))
        what = f" {phrase(experiment, measure)}" if EVERY[measure].kind == SHARE else ""
        names = " and ".join(setting_name(name) for name in known[0].settings)
        return f"{names} makes next to no difference: {values}{what}, {known[0].n:,} runs at each value"
    chosen = near[0]
    told = f"{_where(chosen)}: {_number(experiment, chosen)}"
    before = known[known.index(chosen) - 1] if chosen is not known[0] else None
    less = f"; {_where(before)}: {measured_number(before.estimate, measure)}" if before else ""
    return f"{told}{less}; {_left_to_gain(measure, chosen, best)}"


def _left_to_gain(measure: str, chosen: Known, best: Known) -> str:
    if best is chosen:
        return "nothing that was tried is better"
    return f"the best that was tried, {_where(best)}, {_change(measure, chosen, best)}"


def _change(measure: str, one: Known, other: Known) -> str:
    """How the number of the second differs from that of the first."""
    moved = difference(one.interval, other.interval)
    assert moved.estimate is not None
    if EVERY[measure].kind != SHARE:
        return f"has {measured_number(other.estimate, measure)}"
    return f"{'gains' if moved.estimate >= 0 else 'loses'} {_points(moved)}"


def _points(moved: Interval) -> str:
    values = [moved.estimate, moved.low, moved.high]
    if moved.estimate is not None and moved.estimate < 0:
        values = [None if each is None else -each for each in (moved.estimate, moved.high, moved.low)]
    said, low, high = ("…" if each is None else f"{100 * each:.1f}".replace("-", "−") for each in values)
    return f"{said} points ({low} to {high})"


def _where(known: Known) -> str:
    return ", ".join(setting_in_words(name, value) for name, value in known.settings.items())


# -- Settings moved one at a time -----------------------------------------------------------------------


def _most_moved(experiment: Experiment, known: list[Known]) -> str:
    """The setting that moves the number most, by how much, and those of which nothing can be seen."""
    base, *moved = known
    measure, settings = aimed_at(experiment), dict[str, list[Known]]()
    for each in moved:
        settings.setdefault(next(iter(each.settings)), []).append(each)
    ordered = sorted(settings, key=lambda name: -max(abs(each.estimate - base.estimate) for each in settings[name]))
    seen = [name for name in ordered if any(_differs(base, each) for each in settings[name])]
    unseen = [name for name in ordered if name not in seen]
    none = f"what {_listed(unseen)} {'do' if len(unseen) > 1 else 'does'} cannot be seen in {counted(base.n)}"
    as_it_is = f"as in the file {_number(experiment, base)}"
    if not seen:
        return f"{as_it_is}; {none}"
    first, *others = seen
    told = f"{setting_name(first)} moves it most: {_values(measure, first, settings[first])}; {as_it_is}"
    then = "".join(f"; then {setting_name(name)}: {_values(measure, name, settings[name])}" for name in others[:1])
    return f"{told}{then}{f'; {none}' if unseen else ''}"


def _values(measure: str, setting: str, at: list[Known]) -> str:
    return " and ".join(
        f"{measured_number(each.estimate, measure)} at {setting_value(setting, each.settings[setting])}" for each in at
    )


def _listed(names: list[str]) -> str:
    *rest, last = map(setting_name, names)
    return f"{', '.join(rest)} and {last}" if rest else last


def _differs(base: Known, each: Known) -> bool:
    moved = difference(base.interval, each.interval)
    return moved.low is not None and moved.high is not None and not moved.low <= 0 <= moved.high


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
