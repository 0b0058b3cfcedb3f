"""Judging a recorded run: a trace from inside, evidence from outside, both by the one text of each guarantee.

What the recording does not show is not judged, and what it leaves open is not known; both are said.
"""

from collections.abc import Iterable
from typing import NamedTuple

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.checking.judge.catalogue import (
    GUIDE,
    NotObservable,
    broke_off,
    judge_sight,
    not_observable,
)
from broadcast_orchestrator.properties.checking.judge.complaints import complaints, identity
from broadcast_orchestrator.properties.checking.judge.folding import seen
from broadcast_orchestrator.properties.checking.judge.observation import Observation
from broadcast_orchestrator.properties.checking.judge.shown_aspects import shown
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.properties.recorded.from_inside import judge_trace
from broadcast_orchestrator.sim.recording.recordings import Recording
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.evidence import BROKEN, CUT_OFF, Evidence
from broadcast_orchestrator.sim.world.trace import Trace


class JudgedBreach(NamedTuple):
    """A guarantee that a recorded run breaks, or a gap of the guide's own that it shows: the violation, what its kind
    is called, where in the life of the orchestrator it shows and when (None: the run has no clock), and how often."""

    violation: Violation
    id: str
    place: str
    at_ms: float | None
    times: int = 1


class Judgement(NamedTuple):
    """What there is to say of one recorded run: of how many steps, until when (None: it has no clock), what is
    `broken`, which `gaps` of the guide's own show, what a reading of the dialect `accepted`, which checks could not be
    made, and what is not known, in words."""

    steps: int
    until_ms: float | None
    broken: tuple[JudgedBreach, ...]
    gaps: tuple[JudgedBreach, ...] = ()
    accepted: tuple[JudgedBreach, ...] = ()
    not_observable: tuple[NotObservable, ...] = ()
    unknown: tuple[str, ...] = ()


def judge_recording(recording: Recording, rules: type[Core] = Core, dialect: Dialect = GUIDE) -> Judgement:
    """The judgement of what is whole of the recording; `rules` are those of the core that made a trace, `dialect` says
    where an implementation departs from the guide on purpose."""
    run, torn = recording.run, (recording.torn,) if recording.torn else ()
    judged = _of_evidence(run, dialect) if isinstance(run, Evidence) else _of_trace(run, rules, recording.is_over)
    return judged._replace(unknown=(*torn, *judged.unknown))


def _of_trace(trace: Trace, rules: type[Core], is_over: bool) -> Judgement:
    judged = judge_trace(trace, rules, is_over=is_over)
    broken = [each for each in judged.breaches if not each[0].gap]
    gaps = [each for each in judged.breaches if each[0].gap]
    times = [line.at_ms for line in trace.lines[: judged.steps]]
    return Judgement(
        steps=len(times),
        until_ms=times[-1] if times else None,
        broken=_told(broken, times),
        gaps=_told(gaps, times),
        not_observable=not_observable(judged.aspects),
        unknown=judged.unknown,
    )


def _of_evidence(evidence: Evidence, dialect: Dialect) -> Judgement:
    times = [moment.at_ms for moment in evidence.moments]
    whole = Judgement(len(times), times[-1] if times else None, ())
    if evidence.ended == BROKEN:
        return whole._replace(broken=_told([(broke_off(evidence), "at the beginning")], times))
    sight = seen(evidence, dialect)
    found = complaints(judge_sight(sight, dialect), sight, dialect)
    return whole._replace(
        broken=_told([(each.violation, each.place) for each in found if not each.accepted], times),
        accepted=_told([(each.violation, each.place) for each in found if each.accepted], times),
        not_observable=not_observable(shown(sight)),
        unknown=tuple(_left_open(sight)),
    )


def _left_open(sight: Observation) -> list[str]:
    """What is not known of a run that was cut off, or whose services hide the truth."""
    if sight.evidence.ended != CUT_OFF:
        return []
    under_way = [asked.name for asked in sight.asked if not asked.void and asked.pending((len(sight.states), 0))]
    midst = f" in the midst of {', '.join(under_way)}" if under_way else ""
    return [f"the recording is cut off{midst}; what came then is not known"]


def _told(found: Iterable[tuple[Violation, str]], times: list[float | None] | list[float]) -> tuple[JudgedBreach, ...]:
    """Each sentence once, where it was first true, with how often it was."""
    first: dict[tuple[str, str, str], JudgedBreach] = {}
    for violation, place in found:
        sentence = (violation.guarantee, violation.key, violation.what)
        known = first.get(sentence)
        at_ms = times[min(violation.at, len(times) - 1)] if times else None
        first[sentence] = (
            JudgedBreach(violation, identity((violation.guarantee, violation.key)), place, at_ms)
            if known is None
            else known._replace(times=known.times + 1)
        )
    return tuple(first.values())
