"""Trying scenarios on a subject: play, judge, compare; and get up again when the subject breaks."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple, Protocol, runtime_checkable

from broadcast_orchestrator.properties.checking.judge.catalogue import GUIDE, REFERENCE, SUBJECT, broke_off, judge_sight
from broadcast_orchestrator.properties.checking.judge.complaints import Complaint, complaints
from broadcast_orchestrator.properties.checking.judge.folding import seen
from broadcast_orchestrator.properties.checking.judge.observation import Observation
from broadcast_orchestrator.properties.checking.judge.shown_aspects import shown
from broadcast_orchestrator.properties.checking.search.conformance import (
    Course,
    Divergence,
    course,
    detour,
    divergence,
    shadow,
)
from broadcast_orchestrator.properties.checking.search.outcomes import (
    CommandOutcome,
    OutcomeDifference,
    calm,
    outcome_difference,
    outcomes,
)
from broadcast_orchestrator.properties.checking.search.plain_evening import is_plain, mistaken
from broadcast_orchestrator.properties.guarantees.observations import Aspect
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.evidence import BROKEN, Evidence
from broadcast_orchestrator.sim.subjects.foresight import Foresight, Told, all_as_foreseen, as_lived, foreseen
from broadcast_orchestrator.sim.subjects.protocol.heartbeat import Calmed
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    FIELD,
    ForeseenLine,
    Limits,
    Reaction,
    Subject,
    SubjectError,
    SubjectStep,
)
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import Scenario

MakeSubject = Callable[[], Subject]

HANGS = 5
"""After so many answers that never came a search is given up."""

PATIENT = 20
"""After so many scenarios in a row in which the subject did otherwise it is told line by line."""

REMEMBERED = 10_000
"""How many courses of the reference are kept at most."""


class TriedScenario(NamedTuple):
    """What one scenario showed: what is broken, what of the implementation was seen (see `features`), what of itself
    it showed, and what would have been seen of the reference, where that is known."""

    complaints: tuple[Complaint, ...]
    features: tuple[str, ...]
    shown: frozenset[Aspect] = frozenset()
    usual: tuple[str, ...] = ()


class ExaminedRun(NamedTuple):
    """A run, judged: what is broken, what was seen, and the evidence of it."""

    complaints: tuple[Complaint, ...]
    sight: Observation
    evidence: Evidence


class ReferenceRun(NamedTuple):
    """How the reference goes through a scenario, what comes of each command, and what is seen of it."""

    course: Course
    outcomes: tuple[CommandOutcome, ...]
    features: tuple[str, ...]


@runtime_checkable
class Foresighted(Protocol):
    """A subject that takes several lines at once, and answers them later."""

    def tell(self, lines: Sequence[ForeseenLine]) -> None:
        """Send the lines."""

    def told(self) -> tuple[Reaction, ...]:
        """The answers; waits for them."""


class Guarded:
    """A subject whose own exceptions are a broken subject, as they are where it is another process."""

    def __init__(self, subject: Subject) -> None:
        self.about, self._subject = subject.about, subject

    def take(self, steps: tuple[SubjectStep, ...]) -> Reaction:
        """Take the steps; raises `SubjectError` for whatever the subject raises."""
        try:
            return self._subject.take(steps)
        except SubjectError:
            raise
        except Exception as mistake:  # whatever it is, it is the subject's own
            raise SubjectError(f"raises {type(mistake).__name__}: {' '.join(str(mistake).split())}") from mistake

    def close(self) -> None:
        """End the subject."""
        self._subject.close()


class Bench:
    """A subject on the bench, and the reference beside it; close it in the end. A subject that can is told whole
    scenarios at once (see `sim.subjects.foresight`), unless `foresight` is False; what is seen is the same.

    Raises `SubjectError` where the subject cannot even be started.
    """

    def __init__(self, make_subject: MakeSubject, dialect: Dialect, limits: Limits, *, foresight: bool = True) -> None:
        self.make_subject, self.dialect, self.limits = make_subject, dialect, limits
        self.hangs, self._foresees, self._misjudged = 0, foresight, 0
        self._foresight: Foresighted | None = None
        self._ahead: Foresight | None = None
        self._current: Foresight | None = None
        self.subject: Subject | None = self._fresh()
        self.name = self.subject.about.name
        self.styles = dict(self.subject.about.styles)
        self.reference = ReferenceSubject(dialect.rules(), self.styles, dialect.refusal)
        self._known: dict[Scenario, ReferenceRun] = {}

    @property
    def hopeless(self) -> bool:
        """Whether the subject has hung so often that waiting for it again is no use."""
        return self.hangs >= HANGS

    def _fresh(self) -> Subject:
        made = self.make_subject()
        subject = Guarded(made)
        if self.dialect.heartbeat_ms:
            return Calmed(subject, self.dialect.heartbeat_ms)
        if self._foresees and made.about.foresight and isinstance(made, Foresighted) and not self.hangs:
            self._foresight = made
        return subject

    def close(self) -> None:
        """End the subject."""
        self._foresight = self._ahead = None
        if self.subject is not None:
            self.subject.close()
            self.subject = None

    def play(self, scenario: Scenario) -> Evidence:
        """How the subject lives through the scenario; after one that broke it a fresh one is made."""
        return self._played(scenario)[0]

    def _played(self, scenario: Scenario) -> tuple[Evidence, bool]:
        """The same, and whether it did everything as foreseen."""
        if self.subject is None:
            self.subject = self._fresh()
        subject = self.subject
        ahead, answers = self._told(scenario)
        if ahead is not None:
            with suppress(SubjectError):  # an answer that cannot be is seen at its own line below
                followed = all_as_foreseen(ahead.lines, answers)
                self._misjudged = 0 if followed else self._misjudged + 1
                if followed:
                    return as_lived(ahead, subject.about, answers, self.limits), True
            subject = Told(subject, answers)
        begun = time.monotonic()
        evidence = play(scenario, subject, self.limits)
        if evidence.ended == BROKEN:
            self.hangs += time.monotonic() - begun >= self.limits.seconds
            self.close()
        return evidence, False

    # -- Foresight --------------------------------------------------------------------------------

    def look_ahead(self, scenario: Scenario) -> None:
        """Have the subject begin with the scenario that is going to be played next, while something else is done here.
        A subject that does not take several lines at once begins with it when it is played."""
        if self._foresight is None or self._misjudged > PATIENT:
            return
        ahead = foreseen(scenario, self.reference, self.limits)
        if not ahead.lines:
            return
        with suppress(SubjectError):  # told line by line it shows what is wrong
            self._foresight.tell(ahead.lines)
            self._ahead = ahead

    def _told(self, scenario: Scenario) -> tuple[Foresight | None, tuple[Reaction, ...]]:
        """What the subject was told in one go, and its answers. Nothing where it has to be told line by line: where it
        cannot be told otherwise, and where something goes wrong with it, which is then seen at its own line."""
        if self._ahead is None or self._ahead.scenario != scenario:
            self._answers()
            self.look_ahead(scenario)
        self._current, answers = self._ahead, self._answers()
        return (self._current, answers) if answers else (None, ())

    def _answers(self) -> tuple[Reaction, ...]:
        """The answers to what was told ahead; none where nothing was, or where none come."""
        ahead, self._ahead = self._ahead, None
        if ahead is None or self._foresight is None:
            return ()
        begun = time.monotonic()
        try:
            return self._foresight.told()
        except SubjectError:
            if time.monotonic() - begun >= self.limits.seconds:
                self._foresight = None  # to wait for it once is enough
            return ()

    # -- The reference ------------------------------------------------------------------------------

    def expected(self, scenario: Scenario) -> Course:
        """How the reference goes through it."""
        return self.reference_run(scenario).course

    def reference_run(self, scenario: Scenario) -> ReferenceRun:
        """How the reference goes through it, and what comes of each command there."""
        known = self._known.get(scenario)
        if known is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            evidence = self._evidence_of_reference(scenario)
            sight = seen(evidence, GUIDE)
            known = ReferenceRun(course(evidence), outcomes(sight), features(sight))
            self._known[scenario] = known
        return known

    def _evidence_of_reference(self, scenario: Scenario) -> Evidence:
        if self._current is not None and self._current.scenario == scenario:
            return self._current.evidence
        silent = replace(scenario, config={**scenario.config, "verbose_logging": False})
        return play(silent, self.reference, self.limits)

    def try_out(self, scenario: Scenario, following: Scenario | None = None) -> TriedScenario:
        """Play, judge and compare; `following` is what is going to be tried next, with which the subject can begin
        meanwhile."""
        run = self.examined(scenario, following)
        aspects = frozenset[Aspect]() if run.evidence.ended == BROKEN else shown(run.sight)
        usual = self.reference_run(scenario).features if run.complaints and calm(scenario) else ()
        return TriedScenario(run.complaints, features(run.sight), aspects, usual)

    def examined(self, scenario: Scenario, following: Scenario | None = None) -> ExaminedRun:
        """What is broken, what was seen, and the evidence of it."""
        evidence, followed = self._played(scenario)
        if following is not None:
            self.look_ahead(following)
        sight = seen(evidence, self.dialect)
        if evidence.ended == BROKEN:
            violations: tuple[Violation, ...] = (broke_off(evidence),)
        elif (mistake := self._on_a_plain_evening(scenario, sight)) is not None:
            violations = (mistake,)
        else:
            violations = judge_sight(sight, self.dialect)
            violations += tuple(self._differences(scenario, sight, bool(violations), followed))
        return ExaminedRun(complaints(violations, sight, self.dialect), sight, evidence)

    def _on_a_plain_evening(self, scenario: Scenario, sight: Observation) -> Violation | None:
        """Why not even an evening without faults goes well: then that alone is told of it, unless a reading accepts
        it."""
        if not is_plain(scenario):
            return None
        mistake = mistaken(sight, self.reference_run(scenario).outcomes)
        return None if mistake is None or self.dialect.accepts(SUBJECT, mistake.what) else mistake

    # -- Beside the reference -----------------------------------------------------------------------

    def _differences(self, scenario: Scenario, sight: Observation, broken: bool, followed: bool) -> Iterator[Violation]:
        """How the run differs from that of the reference: in what comes of a command, or else, where nothing is broken,
        on the way there. `followed`: the two were told the same from first to last."""
        if calm(scenario):
            reference = self.reference_run(scenario)
            elsewhere = outcome_difference(outcomes(sight), reference.outcomes)
            if elsewhere is not None:
                yield _of_outcome(elsewhere)
            elif not broken:
                yield from self._on_the_way(sight, reference.course)
        elif not broken and FIELD not in self.styles.values():  # who polls a field sees it at a moment of its own
            yield from self._raced(scenario, sight, followed)

    def _on_the_way(self, sight: Observation, reference: Course) -> Iterator[Violation]:
        difference = detour(course(sight.evidence, self.dialect.state), reference)
        if difference is not None:
            yield _of_course(difference)

    def _raced(self, scenario: Scenario, sight: Observation, followed: bool) -> Iterator[Violation]:
        """Where commands cross, the reference is led step by step as the implementation was; what comes of a difference
        is told by what the reference does when nobody leads it."""
        ours = course(sight.evidence, self.dialect.state)
        led = self._evidence_of_reference(scenario) if followed else None
        difference = divergence(ours, shadow(sight.evidence, self.reference) if led is None else course(led))
        if difference is not None:
            reference = self.reference_run(scenario)
            elsewhere = outcome_difference(outcomes(sight), reference.outcomes)
            told_in_full = divergence(ours, reference.course) or difference
            yield _of_course(told_in_full) if elsewhere is None else _of_outcome(elsewhere)


def _of_outcome(difference: OutcomeDifference) -> Violation:
    what = "; ".join(sentence for _, sentence in difference.aspects)
    return Violation(
        REFERENCE, f"after {difference.outcome.command}: {what}", key=difference.key, moment=difference.outcome.moment
    )


def _of_course(difference: Divergence) -> Violation:
    """Another way than that of the reference, which comes to the same in the end."""
    what = (
        f"at {difference.at_ms:,.0f} ms the {difference.kind} are {_listed(difference.observed)}, "
        f"the reference's {_listed(difference.expected)}"
    )
    return Violation(REFERENCE, what, key=f"differs in {difference.kind}", moment=difference.moment)


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(words) or "none"


def features(sight: Observation) -> tuple[str, ...]:
    """What of the implementation the run showed: transitions, the steps of its procedures, endings of its commands."""
    found = [f"{change.source} → {change.target}" for change in sight.changes]
    for call in sight.made:
        owner = call.owner.name if call.owner else "cleanup"
        answered = "pending" if call.answered_ms == float("inf") else "ok" if call.ok else "failed"
        found.append(f"{owner}: {call.operation} in {call.state} {answered}")
    found += [f"{a.name} in {a.state} {'ok' if a.ok else 'failed'} in {a.landed}" for a in sight.asked]
    return tuple(dict.fromkeys(found))
