"""A report of `broadcast check` as plain lines, each with its kind, and the same facts as one JSON object.

Its shape is published as `reports/schema/check.schema.json`.
"""

import shlex
from collections.abc import Iterator, Sized
from pathlib import Path
from typing import Any, NamedTuple

from broadcast_orchestrator.properties.checking import CheckReport, Finding
from broadcast_orchestrator.properties.checking.baseline import Compared
from broadcast_orchestrator.properties.checking.findings import Follower, Why
from broadcast_orchestrator.properties.checking.judge.catalogue import NotObservable
from broadcast_orchestrator.properties.checking.judge.ranks import RANK_NAMES
from broadcast_orchestrator.properties.checking.search.sweep import LevelSeen
from broadcast_orchestrator.sim.subjects.protocol.codec import dumped

Line = tuple[str, str]
"""The kind of a line, one of `STYLES`, and its text."""

REPLAY = "replay"
"""The kind of a line that is there to be copied, and stays whole."""

STYLES = {
    "verdict": "bold red",
    "ok": "green",
    "head": "bold",
    "title": "bold",
    "step": "cyan",
    "fact": "",
    REPLAY: "",
    "quiet": "dim",
}
"""How each kind of line looks on a terminal."""


class Started(NamedTuple):
    """How the check was started, as far as it matters for doing it again: the `command` of the implementation, or in
    its place the import path of a `python` class; the file of the dialect; and the options that say how much to do."""

    command: tuple[str, ...]
    dialect: Path | None = None
    python: str | None = None
    budget: tuple[str, ...] = ()

    @property
    def options(self) -> tuple[str, ...]:
        """What has to stand before the implementation."""
        return () if self.dialect is None else ("--dialect", str(self.dialect))

    @property
    def implementation(self) -> tuple[str, ...]:
        """What names the implementation, at the end of the line."""
        return ("--", *self.command) if self.python is None else ("--python", self.python)


def check_command(started: Started) -> str:
    """The command that checks the same again."""
    words = (*started.budget, *started.options, *started.implementation)
    return f"broadcast check {shlex.join(words)}"


def replay_command(finding: Finding, started: Started) -> str:
    """The command that plays the smallest sequence again."""
    scenario = shlex.quote(dumped(finding.scenario.to_json()))
    options = "".join(f"{shlex.quote(each)} " for each in started.options)
    return f"broadcast check --replay {scenario} {options}{shlex.join(started.implementation)}"


def verdict(report: CheckReport, compared: Compared) -> str:
    """The result in one sentence."""
    if not report.is_served:
        return f"✗ {report.name} does not get through an evening without faults, so nothing else was tried"
    tried = f"{report.scenarios:,} scenarios"
    if compared.new:
        count = len(compared.new)
        new = "new finding" if compared.known else "finding"
        return f"✗ {report.name} breaks the guide: {count} {new}{'' if count == 1 else 's'} in {tried}"
    known = f", {len(compared.known)} known" if compared.known else ""
    if not report.complete:
        return f"? {report.name}: nothing new found in {tried}{known}, but the sweep was cut off"
    return f"✓ {report.name} keeps the guide in all of {tried}{known}"


def lines(report: CheckReport, compared: Compared, started: Started) -> Iterator[Line]:
    """Everything there is to say, the verdict first."""
    good = not compared.new
    yield "ok" if good and report.complete else "quiet" if good else "verdict", verdict(report, compared)
    if report.is_served:
        yield "quiet", effort(report)
    for number, finding in enumerate(compared.new, 1):
        yield from finding_lines(finding, number, started)
    yield from afterwards(report, compared)


def afterwards(report: CheckReport, compared: Compared) -> Iterator[Line]:
    """What there is to say after the findings: what was not taken for one, and what was not looked at."""
    if report.readings:
        yield "head", "Readings"
        yield from (("fact", f"  {reading}") for reading in report.readings)
    for finding in report.accepted:
        yield "quiet", f"  accepted by a reading: {finding.id} {finding.title}"
    yield from _against_baseline(compared)
    if report.not_observable:
        yield "head", "Not observable"
        yield from (("fact", f"  {text}") for text in unobserved(report.not_observable))
    if report.unused:
        yield "quiet", ""
        yield "fact", f"Never called: {', '.join(report.unused)}. {NEVER_CALLED}"
    if report.is_served and not report.complete:
        yield "head", "Seen of the sweep"
        yield "fact", f"  {', '.join(map(_level, report.levels))}"
    if report.findings:
        yield "head", ""
        yield "fact", counted(report)


def _against_baseline(compared: Compared) -> Iterator[Line]:
    for finding in compared.known:
        yield "quiet", f"known: {finding.id} {finding.title}"
        yield from (("quiet", f"  with it: {each.id} {follower_in_words(each)}") for each in finding.followers)
    for known in compared.fixed:
        yield "ok", f"fixed: {known.id} {known.title}; take it out of the baseline"
    for known in compared.unsought:
        yield "quiet", f"not looked for: {known.id} {known.title}"


def unobserved(not_observable: tuple[NotObservable, ...]) -> Iterator[str]:
    """What is not shown, and which checks that leaves out."""
    left_out: dict[str, list[NotObservable]] = {}
    for each in not_observable:
        left_out.setdefault(", ".join(map(str, each.needs)), []).append(each)
    for missing, checks in left_out.items():
        yield f"{missing}: {', '.join(f'{each.guarantee} {each.check}' for each in checks)}"


NEVER_CALLED = "If the implementation uses them, the adapter does not replace their stores: see its `stores`."


def _level(level: LevelSeen) -> str:
    return f"{level.name} {level.tried:,}{' (all)' if level.whole else ''}"


def effort(report: CheckReport) -> str:
    """How long was tried, how fast, and how much of it was laid out."""
    rate = report.scenarios / report.seconds if report.seconds else 0
    tried = sum(level.tried for level in report.levels)
    swept = "the whole sweep" if report.complete else f"{tried:,} of them laid out, the rest made up"
    cut = "interrupted after " if report.cut_off else ""
    return f"{cut}{report.seconds:,.1f} s, {rate:,.0f} scenarios a second, {swept}, seed {report.seed}"


def finding_lines(finding: Finding, number: int, started: Started) -> Iterator[Line]:
    """One finding as a small story."""
    yield "head", ""
    yield "title", f"{number}. {finding.guarantee}: {finding.title}"
    if finding.harm:
        yield "title", f"   and so, elsewhere: {finding.harm}"
    yield "quiet", f"   {finding.id} · {RANK_NAMES[finding.rank]} · {finding.place}{_spread(finding)}"
    yield "fact", f"   expected: {finding.expected}"
    yield "fact", f"   observed: {finding.observed}"
    yield from (("step", f"   {at}. {step}") for at, step in enumerate(finding.steps, 1))
    for why in finding.why:
        yield "quiet", f"   {why_in_words(finding, why)}"
    yield from (("fact", f"   also here: {name}: {sentence}") for name, sentence in finding.also)
    if finding.followers:
        yield "fact", f"   {len(finding.followers)} kind{_s(finding.followers)} never seen without it:"
        yield from (("quiet", f"     {follower_in_words(each)}") for each in finding.followers)
    if finding.serves:
        yield "quiet", f"   serves: {', '.join(name for name, _ in finding.serves)}"
    yield "replay", f"   replay: {replay_command(finding, started)}"


MOST_PLACES = 4
"""How many places of a finding are listed in one line; the JSON has all of them."""


def _spread(finding: Finding) -> str:
    """In how many scenarios it was seen, about what, and where else."""
    about = sorted({about for _, about, _ in finding.where if about})
    others = sorted({place for place, _, _ in finding.where} - {finding.place})
    more = f" and {len(others) - MOST_PLACES} more" if others[MOST_PLACES:] else ""
    told = [f"seen in {finding.seen:,} scenario{'' if finding.seen == 1 else 's'}"]
    told += [f"about {', '.join(about)}"] if len(about) > 1 else []
    told += [f"also {', '.join(others[:MOST_PLACES])}{more}"] if others else []
    return "".join(f" · {each}" for each in told)


def follower_in_words(follower: Follower) -> str:
    """What is told under a finding, with where and how often it was seen."""
    return f"{follower.guarantee}: {follower.title} ({follower.place}, {follower.seen:,}×)"


def _s(things: Sized) -> str:
    return "" if len(things) == 1 else "s"


def counted(report: CheckReport) -> str:
    """How many kinds of complaint were seen, and under what they are told."""
    own, under = len(report.findings), report.kinds - len(report.findings)
    accepted = f"; {len(report.accepted)} accepted by a reading" if report.accepted else ""
    kinds = f"{report.kinds} kind{'' if report.kinds == 1 else 's'} of complaint seen"
    told = f"{own} told by {'itself' if own == 1 else 'themselves'}"
    return f"{kinds}: {told}, {under} under {'it' if own == 1 else 'one of these'}{accepted}"


def why_in_words(finding: Finding, why: Why) -> str:
    """What becomes of the sequence without one of its events, which goes by the number of its step."""
    steps = {step: f"step {number}" for number, step in enumerate(finding.steps, 1)}
    event = steps.get(why.event) or f"{why.event[:1].lower()}{why.event[1:].rstrip('.')}"
    return f"without {event}: {without_it(why)}"


def without_it(why: Why) -> str:
    """What becomes of the sequence without the event, and whether it takes the event at all."""
    return why.without + ("" if why.necessary else "; it is not needed")


def json_object(report: CheckReport, compared: Compared, started: Started) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "format": 1,
        "name": report.name,
        "verdict": "violated" if compared.new else "clean" if report.complete else "unknown",
        "scenarios": report.scenarios,
        "seconds": round(report.seconds, 3),
        "seed": report.seed,
        "complete": report.complete,
        "levels": [level._asdict() for level in report.levels],
        "cut_off": report.cut_off,
        "findings": [_finding(each, "new", started) for each in compared.new]
        + [_finding(each, "known", started) for each in compared.known],
        "readings": list(report.readings),
        "accepted": [_finding(each, "accepted", started) for each in report.accepted],
        "baseline": {
            "known": [each.id for each in compared.known],
            "fixed": [each.told for each in compared.fixed],
            "unsought": [each.told for each in compared.unsought],
            "new": [each.id for each in compared.new],
        },
        "unused": list(report.unused),
        "not_observable": [each.to_json() for each in report.not_observable],
        "transitions": [list(each) for each in report.transitions],
    }


def _finding(finding: Finding, status: str, started: Started) -> dict[str, Any]:
    return {**finding.to_json(replay_command(finding, started)), "status": status}
