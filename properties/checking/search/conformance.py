"""The comparison with the reference: where the same scenario first leads to something else.

Compared is what the guide determines: which calls are made, which states are passed, how commands end, and what the
snapshot allows. Words and reasons are everyone's own. Where commands cross, the reference is led, and every instant has
to agree (`divergence`); where each waits until all is quiet, the ways are compared command by command (`detour`), and
someone who polls, or lets joined callers know in another order, goes the same way.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from broadcast_orchestrator.model.operations import CALLABLE, OPERATIONS
from broadcast_orchestrator.model.table import INITIALIZING
from broadcast_orchestrator.sim.subjects.evidence import Evidence, EvidenceMoment
from broadcast_orchestrator.sim.subjects.polling import looks_in
from broadcast_orchestrator.sim.subjects.protocol import messages
from broadcast_orchestrator.sim.subjects.protocol.messages import Subject

CALLS, STATES, ENDINGS, LOOKS = "calls", "states", "endings", "snapshots"
KINDS = (CALLS, STATES, ENDINGS, LOOKS)
"""What is compared."""

TIMES = "times"
"""What else differs where all of that is the same, and some of it comes much earlier or later."""

TOLERANCE_MS = 1000
"""How much earlier or later after its command something may come: whoever polls sees everything a little late."""

SETTLES = (
    messages.TakeEffect,
    messages.EffectElsewhere,
    messages.GiveAnswer,
    messages.Advance,
    messages.ResumeTimers,
)
"""The steps that count as settle events."""

LOOKED_AT = ("can_start", "can_stop", "is_transitioning")
"""What of a snapshot is compared; a subject that does not say one of these is not asked."""


class CourseNote(NamedTuple):
    """Something to compare: its moment and time, its kind, what it says, the number of the last command before it and
    how long after it that is."""

    moment: int
    at_ms: float
    kind: str
    said: str
    command: int = 0
    since_ms: float = 0.0


class Course(NamedTuple):
    """How a run went, as far as it is compared: its notes, ordered by time and kind. Also the operations it called,
    and how many things settled after each command; `looked` are those calls, numbered from 1, by which somebody polls,
    whose doings do not count."""

    notes: tuple[CourseNote, ...]
    calls: tuple[str, ...]
    counts: tuple[int, ...]
    looked: frozenset[int] = frozenset()


class Divergence(NamedTuple):
    """The first difference: in which moment of the subject's evidence and at which time, what kind of thing is
    different, what the reference did, what the subject did."""

    moment: int
    at_ms: float
    kind: str
    expected: tuple[str, ...]
    observed: tuple[str, ...]


def course(
    evidence: Evidence, name: Callable[[str], str] = str, *, reads_back: bool = False, polls: bool = False
) -> Course:
    """What there is to compare of the evidence; `name` translates its states. In which order who `reads_back` switches
    off what it finds on, when all is initialized, is everyone's own; so are the looks of who `polls`."""
    looks = looks_in(evidence.moments) if polls else frozenset()
    state = ""
    notes: list[CourseNote] = []
    calls: list[str] = []
    looked: list[int] = []
    counts: list[int] = []
    given_ms = 0.0
    for number, moment in enumerate(evidence.moments):
        step = moment.step
        if isinstance(step, messages.GiveCommand):
            counts.append(0)
            given_ms = moment.at_ms
        elif counts and isinstance(step, SETTLES) and not _is_looking(moment, looks):
            counts[-1] += 1
        for event in moment.events:
            if isinstance(event, messages.Called):
                calls.append(event.operation)
                if event.call in looks:
                    looked.append(len(calls))
                if reads_back and state == INITIALIZING and CALLABLE[event.operation].turns_on is False:
                    continue
            elif isinstance(event, messages.StateShown):
                state = name(event.state)
            for kind, said in _said(event, name):
                notes.append(CourseNote(number, moment.at_ms, kind, said, len(counts), moment.at_ms - given_ms))
    return Course(_in_order(notes), tuple(calls), tuple(counts), frozenset(looked))


def _is_looking(moment: EvidenceMoment, looks: frozenset[int]) -> bool:
    """Whether somebody does no more in this moment than poll his services."""
    if isinstance(moment.step, messages.TakeEffect | messages.GiveAnswer):
        return moment.step.call in looks
    return any(isinstance(event, messages.Called) and event.call in looks for event in moment.events)


def _in_order(notes: list[CourseNote]) -> tuple[CourseNote, ...]:
    """By time and kind; in which order callers hear at one instant is nobody's concern."""
    return tuple(sorted(notes, key=lambda n: (n.at_ms, KINDS.index(n.kind), n.said if n.kind == ENDINGS else "")))


def _said(event: messages.SubjectEvent, name: Callable[[str], str]) -> tuple[tuple[str, str], ...]:
    if isinstance(event, messages.Called):
        if event.operation not in OPERATIONS:  # how often it reads, or renews its lease, is everyone's own
            return ()
        return ((CALLS, event.operation + (f"({event.session})" if event.session else "")),)
    if isinstance(event, messages.StateShown):
        return ((STATES, name(event.state)),)
    if isinstance(event, messages.CommandSettled):
        return ((ENDINGS, f"command {event.command} {'succeeds' if event.ok else 'fails'}"),)
    if isinstance(event, messages.Snapshot):
        data = event.data
        return tuple((LOOKS, f"{f} is {str(bool(data[f])).lower()}") for f in LOOKED_AT if data.get(f) is not None)
    return ()


def shadow(evidence: Evidence, reference: Subject) -> Course:
    """How the reference goes when it is told step by step what the subject was told. Up to the first difference that
    is what it does in the same scenario; from there on the steps may make no sense to it."""
    events: list[messages.SubjectEvent] = []
    try:
        for steps in _until_quiet(evidence):
            _lead(reference, steps, events)
    except messages.SubjectError:
        pass  # an answer to a call that the reference has not made, or a clock that went on: they differ before
    notes = [CourseNote(0, event.at_ms, kind, said) for event in events for kind, said in _said(event, str)]
    return Course(_in_order(notes), (), ())


ENOUGH = 2_000
"""How many events of the reference are enough to see a difference."""


def _lead(reference: Subject, steps: tuple[messages.SubjectStep, ...], events: list[messages.SubjectEvent]) -> None:
    """Tell the reference these steps and hear what happens until it is quiet, as the subject is then."""
    while steps:
        reaction = reference.take(steps)
        events += reaction.events
        steps = steps[reaction.took :]
        timer = reaction.next_timer_ms
        if not steps and timer is not None and len(events) < ENOUGH:
            steps = (messages.Advance(timer),)


def _until_quiet(evidence: Evidence) -> Iterator[tuple[messages.SubjectStep, ...]]:
    """What the subject was told from one time that all was quiet to the next, the clock included, and the reference's
    log switched off."""
    steps: list[messages.SubjectStep] = []
    now_ms = 0.0
    for number, moment in enumerate(evidence.moments):
        step = moment.step
        if isinstance(step, messages.Begin):
            step = step._replace(config={**step.config, "verbose_logging": False})
        elif isinstance(step, messages.LookAround) and _waits(evidence, number + 1):
            yield tuple(steps)
            steps = []
        if moment.at_ms > now_ms and not isinstance(step, messages.Advance):
            steps.append(messages.Advance(moment.at_ms))
        now_ms = moment.at_ms
        steps.append(step)
    yield tuple(steps)


def _waits(evidence: Evidence, number: int) -> bool:
    """Whether this moment is a command, not the first, that was given when all was quiet."""
    step = evidence.moments[number].step if number < len(evidence.moments) else None
    return (
        isinstance(step, messages.GiveCommand) and step.id > 1 and evidence.scenario.orders[step.id - 1].after is None
    )


def divergence(ours: Course, reference: Course) -> Divergence | None:
    """Where our course first differs from that of the reference in the same scenario; None where it never does."""
    mine, theirs = ours.notes, _asked_of(ours, reference)
    for number in range(max(len(mine), len(theirs))):
        here = mine[number] if number < len(mine) else None
        there = theirs[number] if number < len(theirs) else None
        if here is None or there is None or here[1:4] != there[1:4]:
            return _difference(mine, theirs, here, there)
    return None


def detour(ours: Course, reference: Course, late_ms: float = 0.0) -> Divergence | None:
    """After which command our course first differs from that of the reference, whatever the time; or else where
    something comes much earlier or later (by more than `late_ms`, besides). None where neither is so."""
    mine, theirs = _by_command(ours.notes), _by_command(_asked_of(ours, reference))
    places = sorted({*mine, *theirs})
    for find in (_other_way, partial(_other_time, late_ms)):
        for place in places:
            if (difference := find(mine.get(place, []), theirs.get(place, []))) is not None:
                return difference
    return None


def _by_command(notes: tuple[CourseNote, ...]) -> dict[tuple[int, int], list[CourseNote]]:
    """The notes after each command, kind by kind; endings and snapshots in no order of their own."""
    found: dict[tuple[int, int], list[CourseNote]] = {}
    for note in notes:
        found.setdefault((note.command, KINDS.index(note.kind)), []).append(note)
    for (_, kind), some in found.items():
        if KINDS[kind] in (ENDINGS, LOOKS):
            some.sort(key=lambda note: note.said)
    return found


def _other_way(here: list[CourseNote], there: list[CourseNote]) -> Divergence | None:
    if [note.said for note in here] == [note.said for note in there]:
        return None
    at = next((at for at, both in enumerate(zip(here, there, strict=False)) if both[0].said != both[1].said), None)
    at = min(len(here), len(there)) if at is None else at
    note = (here[at:] or here[-1:] or there[at:])[0]
    return Divergence(note.moment, note.at_ms, note.kind, _words(there[at:][:1]), _words(here[at:][:1]))


def _other_time(late_ms: float, here: list[CourseNote], there: list[CourseNote]) -> Divergence | None:
    for mine, other in zip(here, there, strict=True):
        if mine.kind != LOOKS and abs(mine.since_ms - other.since_ms) > TOLERANCE_MS + late_ms:
            said = [f"{note.said} after {note.since_ms:,.0f} ms" for note in (other, mine)]
            return Divergence(mine.moment, mine.at_ms, TIMES, (said[0],), (said[1],))
    return None


def _words(notes: list[CourseNote]) -> tuple[str, ...]:
    return tuple(note.said for note in notes)


def _asked_of(ours: Course, reference: Course) -> tuple[CourseNote, ...]:
    """The reference's notes without what our snapshots do not say."""
    said = {note.said.partition(" ")[0] for note in ours.notes if note.kind == LOOKS}
    if len(said) == len(LOOKED_AT):
        return reference.notes
    return tuple(n for n in reference.notes if n.kind != LOOKS or n.said.partition(" ")[0] in said)


def _difference(
    mine: tuple[CourseNote, ...], theirs: tuple[CourseNote, ...], here: CourseNote | None, there: CourseNote | None
) -> Divergence:
    """Everything of the kind that differs first, at that instant."""
    first = min((n for n in (here, there) if n is not None), key=lambda note: (note.at_ms, KINDS.index(note.kind)))
    moment = here.moment if here is not None else mine[-1].moment if mine else 0
    return Divergence(moment, first.at_ms, first.kind, _at(theirs, first), _at(mine, first))


def _at(notes: tuple[CourseNote, ...], like: CourseNote) -> tuple[str, ...]:
    return tuple(note.said for note in notes if (note.at_ms, note.kind) == (like.at_ms, like.kind))
