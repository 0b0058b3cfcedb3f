"""The judgement of a recorded run as plain lines, each with its kind, and as plain data.

A guarantee that is broken is told in the words in which `broadcast check` tells a finding. The shape of the plain data
is published as `reports/schema/judge.schema.json`.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.checking.judge.catalogue import ROWS
from broadcast_orchestrator.properties.checking.judge.ranks import RANK_NAMES, rank_of
from broadcast_orchestrator.properties.guarantees.verdicts import HELD, UNKNOWN, VIOLATED
from broadcast_orchestrator.properties.recorded.judging import JudgedBreach, Judgement
from broadcast_orchestrator.properties.telling import evidence_story, story
from broadcast_orchestrator.properties.telling.progress import several
from broadcast_orchestrator.properties.verification.matrix import SYMBOLS
from broadcast_orchestrator.reports.check.words import Line, unobserved
from broadcast_orchestrator.sim.recording.recordings import Recording
from broadcast_orchestrator.sim.subjects.evidence import Evidence
from broadcast_orchestrator.sim.world.trace import walk

LEAD = 5
"""How many steps are told before the one that breaks something."""


class Judged(NamedTuple):
    """A recording and its judgement, and the rules that a trace was made by."""

    recording: Recording
    judgement: Judgement
    rules: type[Core] = Core

    @property
    def verdict(self) -> str:
        """Violated where something is broken, unknown where the recording leaves something open, else held."""
        return VIOLATED if self.judgement.broken else UNKNOWN if self.judgement.unknown else HELD

    @property
    def told(self) -> tuple[str, ...]:
        """The steps that were judged, in words."""
        run = self.recording.run
        if isinstance(run, Evidence):
            return evidence_story.in_full(run.moments)
        return tuple(map(story.in_full, islice(walk(run, self.rules), self.judgement.steps)))


def lines(judged: Judged) -> Iterator[Line]:
    """Everything there is to say of one recording, the verdict first."""
    judgement = judged.judgement
    yield {VIOLATED: "verdict", UNKNOWN: "quiet", HELD: "ok"}[judged.verdict], verdict(judged)
    for number, breach in enumerate(judgement.broken, 1):
        yield from breach_lines(judged, breach, number)
    if judgement.gaps:
        yield "head", "Gaps of the guide's own"
        yield from (("fact", f"  {each.violation} ({each.violation.gap}; {_when(each)})") for each in judgement.gaps)
    for each in judgement.accepted:
        yield "quiet", f"accepted by a reading: {each.id} {each.violation.what}"
    if judgement.not_observable:
        yield "head", "Not observable"
        yield from (("fact", f"  {text}") for text in unobserved(judgement.not_observable))
    if judgement.unknown:
        yield "head", "Not known"
        yield from (("fact", f"  {text}") for text in judgement.unknown)


def verdict(judged: Judged) -> str:
    """The result in one sentence."""
    judgement, name = judged.judgement, judged.recording.name
    size = several(judgement.steps, "step") or "no step"
    symbol = SYMBOLS[judged.verdict]
    if judgement.broken:
        names = sorted({each.violation.guarantee for each in judgement.broken}, key=list(ROWS).index)
        return f"{symbol} {name} breaks the guide: {', '.join(names)} ({size})"
    if judgement.unknown:
        return f"{symbol} {name}: nothing is broken in {size}, but not all is known"
    return f"{symbol} {name} keeps the guide, as far as it shows ({size})"


def breach_lines(judged: Judged, breach: JudgedBreach, number: int) -> Iterator[Line]:
    """One thing that is broken as a small story: what was expected and observed, and the steps that led to it."""
    violation, row = breach.violation, ROWS[breach.violation.guarantee]
    yield "head", ""
    yield "title", f"{number}. {violation.guarantee}: {violation.what}"
    yield "quiet", f"   {breach.id} · {gravity(breach)} · {breach.place}{_times(breach)}"
    yield "fact", f"   expected: {row.sentence}"
    yield "fact", f"   observed: {violation.what} ({_when(breach)}, {breach.place})"
    first = max(violation.at - LEAD, 0)
    for at, words in enumerate(judged.told[first : violation.at + 1], first + 1):
        yield "step", f"   {at}. {words}"
    if row.serves:
        yield "quiet", f"   serves: {', '.join(row.serves)}"


def gravity(breach: JudgedBreach) -> str:
    """What it means for a show, in words."""
    return RANK_NAMES[rank_of((breach.violation.guarantee, breach.violation.key))]


def _times(breach: JudgedBreach) -> str:
    return "" if breach.times == 1 else f" · {breach.times:,} times"


def _when(breach: JudgedBreach) -> str:
    step = f"step {breach.violation.at + 1}"
    return f"at {breach.at_ms:,.0f} ms, {step}" if breach.at_ms is not None else f"at {step}"


def json_object(judged: tuple[Judged, ...]) -> dict[str, Any]:
    """All the judgements as plain data."""
    return {"format": 1, "recordings": [_recording(each) for each in judged]}


def _recording(judged: Judged) -> dict[str, Any]:
    judgement = judged.judgement
    return {
        "name": judged.recording.name,
        "kind": "evidence" if isinstance(judged.recording.run, Evidence) else "trace",
        "verdict": {VIOLATED: "violated", UNKNOWN: "unknown", HELD: "clean"}[judged.verdict],
        "steps": judgement.steps,
        "until_ms": judgement.until_ms,
        "broken": [breach_json(each) for each in judgement.broken],
        "gaps": [{**breach_json(each), "gap": each.violation.gap} for each in judgement.gaps],
        "accepted": [breach_json(each) for each in judgement.accepted],
        "not_observable": [each.to_json() for each in judgement.not_observable],
        "unknown": list(judgement.unknown),
    }


def breach_json(breach: JudgedBreach) -> dict[str, Any]:
    """One thing that is broken, as plain data."""
    violation = breach.violation
    return {
        "id": breach.id,
        "guarantee": violation.guarantee,
        "title": violation.what,
        "kind": gravity(breach),
        "place": breach.place,
        "step": violation.at + 1,
        "at_ms": breach.at_ms,
        "times": breach.times,
        "expected": ROWS[violation.guarantee].sentence,
        "serves": list(ROWS[violation.guarantee].serves),
    }
