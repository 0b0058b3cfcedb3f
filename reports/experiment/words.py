"""The answer of an experiment in words: its sentence, names, numbers, intervals, and the commands that ask again."""

import json
from collections.abc import Iterable, Mapping
from shlex import quote
from typing import Any

from broadcast_orchestrator.properties.experiments.answers import Answers, Estimate, aimed_at, counted
from broadcast_orchestrator.sim.experiments.fleet_vocabulary import EVERY
from broadcast_orchestrator.sim.experiments.vocabulary import SHARE, TIME


def replay_command(what: str, settings: tuple[str, ...], swept: Mapping[str, Any], seed: int) -> str:
    """The command that makes one run again."""
    given = [*settings, *(f"{name}={json.dumps(value)}" for name, value in swept.items())]
    return f"{command(what, given)} --replay {seed}"


def command(what: str, settings: Iterable[str]) -> str:
    """The command that was given, as a shell takes it."""
    return " ".join(["broadcast experiment", quote(what), *(f"--set {quote(each)}" for each in settings)])


def told(found: Answers) -> list[Estimate]:
    """The estimates that a person wants first: all that say something, or where settings are swept, the one that
    the experiment is about and the median time to live."""
    known = [each for each in found.estimates if each.n and (each.estimate or EVERY[each.measure].kind == SHARE)]
    if found.study.experiment.fleet is not None:  # of few runs, so that the extremes of an amount say nothing
        known = [each for each in known if each.statistic != "quantile" or EVERY[each.measure].kind == TIME]
    if len(found.study.points) == 1:
        return known
    aim = aimed_at(found.study.experiment)
    return [
        each for each in known if each.measure == aim or (each.measure == "time_to_live_ms" and each.quantile == 0.5)
    ]


def label(each: Estimate) -> str:
    """The measure and its statistic, in words."""
    words = each.measure.removesuffix("_ms").replace("_", " ")
    if each.quantile is not None:
        return f"{words}, median" if each.quantile == 0.5 else f"{words}, {100 * each.quantile:g} %"
    return f"{words}, mean" if each.statistic == "mean" else words


def number(value: float | None, measure: str) -> str:
    """A value in the unit of its measure."""
    if value is None:
        return "unknown"
    name = measure.split(" ")[0]
    if name not in EVERY or EVERY[name].kind == SHARE:
        return f"{100 * value:.2f} %"
    if name.endswith("_share"):
        return f"{100 * value:.2f} %"
    return f"{value:,.0f} ms" if name.endswith("_ms") else f"{value:,.3f}"


def interval(each: Estimate) -> str:
    """Both ends of an interval; an end that is not known is left open."""
    ends = ("…" if end is None else number(end, each.measure) for end in (each.low, each.high))
    return " to ".join(ends)


def sentence(found: Answers) -> str:
    """The answer in one sentence."""
    held = sum(claim.verdict == "held" for claim in found.claims)
    runs = counted(sum(found.runs))
    if not found.claims:
        return f"{found.study.experiment.name}: {runs}, {found.failed:,} of them went wrong"
    verdicts = {"held": "every claim holds", "violated": "a claim is violated", "unknown": "a claim is still undecided"}
    how_many = f"{held} of {len(found.claims)} claims held in {runs}"
    return f"{found.study.experiment.name}: {verdicts[found.verdict]} ({how_many})"
