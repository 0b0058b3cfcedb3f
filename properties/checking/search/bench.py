"""Trying scenarios on a subject: play, judge, compare."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from broadcast_orchestrator.model.operations import CALLABLE
from broadcast_orchestrator.properties.checking.judge.catalogue import GUIDE, REFERENCE, SUBJECT, broke_off, judge_sight
from broadcast_orchestrator.properties.checking.judge.complaints import Complaint, complaints
from broadcast_orchestrator.properties.checking.judge.folding import seen
from broadcast_orchestrator.properties.checking.judge.observation import NEVER, Observation
from broadcast_orchestrator.properties.checking.judge.shown_aspects import shown
from broadcast_orchestrator.properties.checking.judge.silence import lost_lease
from broadcast_orchestrator.properties.checking.search.conformance import (
    Course,
    Divergence,
    course,
    detour,
    divergence,
    shadow,
)
from broadcast_orchestrator.properties.checking.search.lacking import lacked
from broadcast_orchestrator.properties.checking.search.outcomes import (
    CommandOutcome,
    OutcomeDifference,
    calm,
    outcome_difference,
    outcomes,
)
from broadcast_orchestrator.properties.checking.search.plain_evening import PLAIN_EVENING, is_plain, mistaken
from broadcast_orchestrator.properties.checking.search.seat import MakeSubject, Seat
from broadcast_orchestrator.properties.guarantees.observations import Aspect
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.evidence import BROKEN, Evidence
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    FIELD,
    Limits,
)
from broadcast_orchestrator.sim.subjects.scenario import Scenario

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


class Bench(Seat):
    """A subject on the bench: what it lives through is judged, and compared with what the reference does.

    Raises `SubjectError` where the subject cannot even be started.
    """

    def __init__(self, make_subject: MakeSubject, dialect: Dialect, limits: Limits, *, foresight: bool = True) -> None:
        super().__init__(make_subject, dialect, limits, foresight=foresight)
        self._known: dict[Scenario, ReferenceRun] = {}

    # -- The reference ------------------------------------------------------------------------------

    def reference_run(self, scenario: Scenario) -> ReferenceRun:
        """How the reference goes through it, and what comes of each command there."""
        known = self._known.get(scenario)
        if known is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            evidence = self.evidence_of_reference(scenario)
            sight = seen(evidence, self._of_reference)
            known = ReferenceRun(self._course(evidence), outcomes(sight), features(sight))
            self._known[scenario] = known
        return known

    def try_out(self, scenario: Scenario, following: Scenario | None = None) -> TriedScenario:
        """Play, judge and compare; `following` is what is going to be tried next, with which the subject can begin
        meanwhile."""
        run = self.examined(scenario, following)
        aspects = frozenset[Aspect]() if run.evidence.ended == BROKEN else shown(run.sight, self.dialect.measures)
        usual = self.reference_run(scenario).features if run.complaints and calm(scenario) else ()
        return TriedScenario(run.complaints, features(run.sight), aspects, usual)

    def examined(self, scenario: Scenario, following: Scenario | None = None) -> ExaminedRun:
        """What is broken, what was seen, and the evidence of it."""
        evidence, followed = self.lived(scenario)
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
            violations = self._blamed(violations, sight)
        return ExaminedRun(complaints(violations, sight, self.dialect), sight, evidence)

    def _on_a_plain_evening(self, scenario: Scenario, sight: Observation) -> Violation | None:
        """Why not even an evening without faults goes well: then that alone is told of it, unless a reading accepts
        it."""
        if not is_plain(scenario):
            return None
        mistake = mistaken(sight, self.reference_run(scenario).outcomes)
        return None if mistake is None or self.dialect.accepts(SUBJECT, mistake.what) else mistake

    def _blamed(self, violations: tuple[Violation, ...], sight: Observation) -> tuple[Violation, ...]:
        """The violations, without those that may come of a member that its stand-in lacks: then that is told. Not what
        a reading accepts, nor what was told on the plain evening and accepted or known there."""
        lacking = lacked(sight)
        if lacking:
            lacking = tuple(each for each in lacking if each.name not in self._lacked_on_the_plain_evening)
        until = [each.until for each in lacking if not self.dialect.accepts(SUBJECT, each.violation.what)]
        kept = (each for each in violations if not until or each.at <= min(until))
        return (*kept, *(each.violation for each in lacking))

    @cached_property
    def _of_reference(self) -> Dialect:
        """The guide's words, under which the reference polls where the implementation claims to."""
        return replace(GUIDE, measures=("polling",)) if self.dialect.polls else GUIDE

    @cached_property
    def _lacked_on_the_plain_evening(self) -> frozenset[str]:
        return frozenset(each.name for each in lacked(seen(self.play(PLAIN_EVENING), self.dialect)))

    # -- Beside the reference -----------------------------------------------------------------------

    def _differences(self, scenario: Scenario, sight: Observation, broken: bool, followed: bool) -> Iterator[Violation]:
        """How the run differs from that of the reference: in what comes of a command, or else, where nothing is broken,
        on the way there. `followed`: the two were told the same from first to last."""
        if not (followed or self._can_be_compared(scenario, sight)):
            return
        if calm(scenario):
            reference = self.reference_run(scenario)
            elsewhere = outcome_difference(outcomes(sight), reference.outcomes)
            if elsewhere is not None:
                yield _of_outcome(elsewhere)
            elif not broken:
                yield from self._on_the_way(sight, reference.course)
        elif not broken and self._can_be_led(followed):
            yield from self._raced(scenario, sight, followed)

    def _course(self, evidence: Evidence, name: Callable[[str], str] = str) -> Course:
        return course(
            evidence,
            name,
            reads_back=self.dialect.reads_back,
            polls=bool(self.dialect.polls or self.dialect.lasting_ms),
        )

    def _can_be_compared(self, scenario: Scenario, sight: Observation) -> bool:
        """Whether both live through the same: not where each reads its services in its own way, and one of the reads
        fails, or limits are so short that the time matters that they take; nor where it looks at its services, after a
        reload, before it is told anything, or has lost its lease."""
        if (self.dialect.polls and looks_by_itself(sight)) or (self.dialect.lasting_ms and lost_lease(sight)):
            return False
        if not (self.dialect.reads_back or self.dialect.polls):
            return True
        reads_fail = any(CALLABLE[fault.operation].finds is not None for fault in scenario.faults)
        limits = [*scenario.config, *(setting.option for setting in scenario.settings), *scenario.latency_ms]
        return not reads_fail and not limits

    def _can_be_led(self, followed: bool) -> bool:
        """Whether the reference can be led step by step: not where who polls a field sees it at a moment of its own,
        nor where each reads its services in its own way, unless they were told the same."""
        reads = self.dialect.reads_back or self.dialect.period_ms > 0
        return FIELD not in self.styles.values() and (followed or not reads)

    def _on_the_way(self, sight: Observation, reference: Course) -> Iterator[Violation]:
        late_ms = self.dialect.poll_period_ms if self.dialect.polls else 0.0
        difference = detour(self._course(sight.evidence, self.dialect.state), reference, late_ms)
        if difference is not None:
            yield _of_course(difference)

    def _raced(self, scenario: Scenario, sight: Observation, followed: bool) -> Iterator[Violation]:
        """Where commands cross, the reference is led step by step as the implementation was; what comes of a difference
        is told by what the reference does when nobody leads it."""
        ours = self._course(sight.evidence, self.dialect.state)
        led = self.evidence_of_reference(scenario) if followed else None
        difference = divergence(ours, shadow(sight.evidence, self.reference) if led is None else self._course(led))
        if difference is not None:
            reference = self.reference_run(scenario)
            elsewhere = outcome_difference(outcomes(sight), reference.outcomes)
            told_in_full = divergence(ours, reference.course) or difference
            yield _of_course(told_in_full) if elsewhere is None else _of_outcome(elsewhere)


def looks_by_itself(sight: Observation) -> bool:
    """Whether it has looked at its services in a new life before anybody told it anything."""
    told = [asked.moment for asked in sight.asked]
    for at in sight.reloads:
        first = min((moment for moment in told if moment > at), default=NEVER[0])
        if any(at <= look.tick[0] < first for look in sight.looks):
            return True
    return False


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
