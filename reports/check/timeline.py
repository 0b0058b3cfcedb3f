"""Evidence as a timeline: what an outsider sees of a run, in the same picture as the runs of the simulator."""

from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.properties.checking.findings import Finding
from broadcast_orchestrator.properties.checking.judge.folding import seen
from broadcast_orchestrator.properties.checking.judge.observation import Observation, ObservedCall
from broadcast_orchestrator.properties.telling.evidence_story import in_full, matters
from broadcast_orchestrator.reports.timelines.timeline import Band, Bar, Marking, Note, Timeline
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.evidence import Evidence, EvidenceMoment
from broadcast_orchestrator.sim.subjects.protocol import messages
from broadcast_orchestrator.sim.subjects.scenario import Scenario


def evidence_timeline(evidence: Evidence, dialect: Dialect, notes: tuple[Note, ...] = ()) -> Timeline:
    """The timeline of a run that was seen from outside; looking at a snapshot is no step of it."""
    sight = seen(evidence, dialect)
    kept = [number for number, moment in enumerate(evidence.moments) if matters(moment)]
    column = _columns(kept, len(evidence.moments))
    moments, words = [evidence.moments[number] for number in kept], in_full(evidence.moments)
    return Timeline(
        times=tuple(moment.at_ms for moment in moments),
        timed=True,
        bars=tuple(_bar(sight, call, column, evidence.scenario) for call in sight.made),
        states=_bands([sight.states[number] for number in kept]),
        procedures=_bands([_under_way(sight, number) for number in kept]),
        on={service: _bands([_on(moment, service) for moment in moments]) for service in SERVICES},
        marks=tuple(mark for at, moment in enumerate(moments) if (mark := _mark(at, moment))),
        words=tuple(words[number] for number in kept),
        notes=tuple(note._replace(at=column[min(note.at, len(column) - 1)]) for note in notes if column),
    )


def finding_timeline(finding: Finding, dialect: Dialect) -> Timeline:
    """The timeline of a finding, with the violation pointed at."""
    return evidence_timeline(finding.evidence, dialect, (Note(finding.violation.at, str(finding.violation)),))


def _columns(kept: list[int], count: int) -> list[int]:
    """The column of each moment; one that is left out belongs to the one before it."""
    places, column = [], 0
    position = {number: at for at, number in enumerate(kept)}
    for number in range(count):
        column = position.get(number, column)
        places.append(column)
    return places


def _bar(sight: Observation, call: ObservedCall, column: list[int], scenario: Scenario) -> Bar:
    begin = column[call.tick[0]]
    bar = Bar(call.service, call.operation, call.session, begin)
    effects = [
        number
        for number, moment in enumerate(sight.evidence.moments)
        if isinstance(moment.step, messages.TakeEffect) and moment.step.call == call.number
    ]
    if effects:
        bar.effect = column[effects[0]]
    if call.answered[0] < len(column):
        bar.reply, bar.ok = column[call.answered[0]], call.ok
    ends = [at for at in (bar.effect, bar.reply) if at is not None]
    bar.end = max(ends) if bar.reply is not None else None
    if call.owner is not None and call.owner.settled < call.answered:
        bar.given_up = column[min(call.owner.settled[0], len(column) - 1)]
    nth = 1 + sum(other.operation == call.operation and other.number < call.number for other in sight.made)
    for fault in scenario.faults:
        if (fault.operation, fault.nth) == (call.operation, nth):
            bar.faults.append((begin if bar.reply is None else bar.reply, fault.kind))
    return bar


def _bands(labels: list[str]) -> tuple[Band, ...]:
    bands: list[Band] = []
    for number, label in enumerate(labels):
        if bands and bands[-1].label == label:
            bands[-1] = bands[-1]._replace(end=number + 1)
        else:
            bands.append(Band(label, number, number + 1))
    return tuple(band for band in bands if band.label)


def _under_way(sight: Observation, moment: int) -> str:
    names = [a.name for a in sight.asked if not a.void and a.moment <= moment < a.settled[0]]
    return names[-1] if names else ""


def _on(moment: EvidenceMoment, service: str) -> str:
    if service == SERVICES[-1]:
        return ", ".join(moment.truth.backend)
    return "on" if moment.truth.active[SERVICES.index(service)] else ""


def _mark(at: int, moment: EvidenceMoment) -> Marking | None:
    match moment.step:
        case messages.GiveCommand(_, command, session):
            return Marking(at, "", f"{command}({session})" if session else command)
        case messages.Advance():
            return Marking(at, "", "timer")
        case messages.LoseService(service, noticed):
            return Marking(at, service, "lost", "F9" if noticed else "F9u")
        case messages.FlipService(service):
            return Marking(at, service, "bypass", "F10")
        case messages.FillFeed(present):
            return Marking(at, SERVICES[0], "gains content" if present else "loses content")
        case _:
            return None
