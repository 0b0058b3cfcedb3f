"""The answer of an experiment in words: names, verdicts, what went wrong, and the commands that ask again."""

import json
from collections.abc import Iterable, Mapping
from shlex import quote
from typing import Any

from broadcast_orchestrator.properties.experiments.answers import Answers, Estimate, aimed_at, counted
from broadcast_orchestrator.properties.experiments.units import ends
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
    aim = aimed_at(found.study.experiment)
    known = [each for each in found.estimates if each.n and (each.estimate or EVERY[each.measure].kind == SHARE)]
    if found.study.experiment.fleet is not None:  # of few runs, so that the extremes of an amount say nothing
        known = [each for each in known if each.statistic != "quantile" or EVERY[each.measure].kind == TIME]
    if len(found.study.points) == 1:
        return known
    return [
        each for each in known if each.measure == aim or (each.measure == "time_to_live_ms" and each.quantile == 0.5)
    ]


def interval(each: Estimate) -> str:
    """Both ends of an interval; an end that is not known is left open."""
    return ends(each.low, each.high, each.measure)


def verdict(found: Answers) -> str:
    """What became of the claims, in words; "" where there is none."""
    if not found.claims:
        return ""
    held = sum(claim.verdict == "held" for claim in found.claims)
    verdicts = {"held": "every claim holds", "violated": "a claim is violated", "unknown": "a claim is still undecided"}
    return f"{verdicts[found.verdict]} ({held} of {len(found.claims)} held)"


def went_wrong(found: Answers) -> str:
    """How many runs went wrong, and how many causes of it are told."""
    if not found.failed:
        return "no run went wrong"
    causes = f"{found.causes} cause{'' if found.causes == 1 else 's'}"
    shown = f", the most frequent {len(found.failures)} of them told" if len(found.failures) < found.causes else ""
    return f"{counted(found.failed)} of {sum(found.runs):,} went wrong, by {causes}{shown}"
