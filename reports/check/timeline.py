"""Evidence as a timeline: what an outsider sees of a run, in the same picture as the runs of the simulator."""

from collections.abc import Iterator

from broadcast_orchestrator.properties.checking.findings import Finding
from broadcast_orchestrator.properties.checking.judge.folding import seen
from broadcast_orchestrator.properties.checking.judge.observation import Observation
from broadcast_orchestrator.properties.telling.evidence_story import in_full, matters
from broadcast_orchestrator.reports.timelines.bands import bands, bands_of_services
from broadcast_orchestrator.reports.timelines.bars import Bar, EvidenceBars
from broadcast_orchestrator.reports.timelines.marks import subject_mark
from broadcast_orchestrator.reports.timelines.timeline import Note, Timeline
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.evidence import Evidence


def evidence_timeline(evidence: Evidence, dialect: Dialect, notes: tuple[Note, ...] = ()) -> Timeline:
    """The timeline of a run that was seen from outside; looking at a snapshot is no step of it."""
    sight = seen(evidence, dialect)
    kept = [number for number, moment in enumerate(evidence.moments) if matters(moment)]
    column = _columns(kept, len(evidence.moments))
    moments, words = [evidence.moments[number] for number in kept], in_full(evidence.moments)
    return Timeline(
        times=tuple(moment.at_ms for moment in moments),
        timed=True,
        bars=tuple(_bars(sight, column)),
        states=bands(sight.states[number] for number in kept),
        procedures=bands(_under_way(sight, number) for number in kept),
        on=bands_of_services(moment.truth for moment in moments),
        marks=tuple(mark for at, moment in enumerate(moments) if (mark := subject_mark(at, moment.step))),
        words=tuple(words[number] for number in kept),
        notes=tuple(note._replace(at=column[min(note.at, len(column) - 1)]) for note in notes if column),
    )


def finding_timeline(finding: Finding, dialect: Dialect) -> Timeline:
    """The timeline of a finding, with the violation pointed at."""
    return evidence_timeline(
        finding.evidence, dialect, (Note(finding.moment, f"{finding.guarantee}: {finding.title}"),)
    )


def _columns(kept: list[int], count: int) -> list[int]:
    """The column of each moment; one that is left out belongs to the one before it."""
    places, column = [], 0
    position = {number: at for at, number in enumerate(kept)}
    for number in range(count):
        column = position.get(number, column)
        places.append(column)
    return places


def _bars(sight: Observation, column: list[int]) -> Iterator[Bar]:
    """The calls, with what only the judges know: since when nobody waits for one, as whoever it was made for has heard
    of an end. What went wrong with a call stands at its answer, where there is one."""
    calls = EvidenceBars()
    for number, moment in enumerate(sight.evidence.moments):
        calls.add(column[number], moment, sight.evidence)
    made = sorted((*sight.made, *sight.looks), key=lambda call: call.number)
    for bar, call in zip(calls.bars, made, strict=True):
        if call.owner is not None and call.owner.settled < call.answered:
            bar.given_up = column[min(call.owner.settled[0], len(column) - 1)]
        if bar.reply is not None:
            bar.faults = [(bar.reply, fault) for _, fault in bar.faults]
        yield bar


def _under_way(sight: Observation, moment: int) -> str:
    names = [a.name for a in sight.asked if not a.void and a.moment <= moment < a.settled[0]]
    return names[-1] if names else ""
