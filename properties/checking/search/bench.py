"""Trying scenarios on a subject: play, judge, compare; and get up again when the subject breaks."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from broadcast_orchestrator.properties.checking.judge.catalogue import REFERENCE, broke_off, judge_sight
from broadcast_orchestrator.properties.checking.judge.folding import seen
from broadcast_orchestrator.properties.checking.judge.observation import Observation
from broadcast_orchestrator.properties.checking.judge.shown_aspects import shown
from broadcast_orchestrator.properties.checking.search.conformance import Course, Divergence, course, divergence, shadow
from broadcast_orchestrator.properties.guarantees.observations import Aspect
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.evidence import BROKEN, Evidence
from broadcast_orchestrator.sim.subjects.protocol.heartbeat import Calmed
from broadcast_orchestrator.sim.subjects.protocol.messages import Limits, Reaction, Subject, SubjectError, SubjectStep
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import Scenario

MakeSubject = Callable[[], Subject]

HANGS = 5
"""After so many answers that never came a search is given up."""

REMEMBERED = 10_000
"""How many courses of the reference are kept at most."""


class TriedScenario(NamedTuple):
    """What one scenario showed: what is broken, what of the implementation was seen (see `features`), and what of
    itself it showed."""

    violations: tuple[Violation, ...]
    features: tuple[str, ...]
    shown: frozenset[Aspect] = frozenset()


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
    """A subject on the bench, and the reference beside it; close it in the end.

    Raises `SubjectError` where the subject cannot even be started.
    """

    def __init__(self, make_subject: MakeSubject, dialect: Dialect, limits: Limits) -> None:
        self.make_subject, self.dialect, self.limits = make_subject, dialect, limits
        self.hangs = 0
        self.subject: Subject | None = self._fresh()
        self.name = self.subject.about.name
        self.styles = dict(self.subject.about.styles)
        self.reference = ReferenceSubject(dialect.rules(), self.styles, dialect.refusal)
        self._known: dict[Scenario, Course] = {}

    @property
    def hopeless(self) -> bool:
        """Whether the subject has hung so often that waiting for it again is no use."""
        return self.hangs >= HANGS

    def _fresh(self) -> Subject:
        subject = Guarded(self.make_subject())
        return Calmed(subject, self.dialect.heartbeat_ms) if self.dialect.heartbeat_ms else subject

    def close(self) -> None:
        """End the subject."""
        if self.subject is not None:
            self.subject.close()
            self.subject = None

    def play(self, scenario: Scenario) -> Evidence:
        """How the subject lives through the scenario; after one that broke it a fresh one is made."""
        if self.subject is None:
            self.subject = self._fresh()
        begun = time.monotonic()
        evidence = play(scenario, self.subject, self.limits)
        if evidence.ended == BROKEN:
            self.hangs += time.monotonic() - begun >= self.limits.seconds
            self.close()
        return evidence

    def expected(self, scenario: Scenario) -> Course:
        """How the reference goes through it."""
        known = self._known.get(scenario)
        if known is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            silent = replace(scenario, config={**scenario.config, "verbose_logging": False})
            known = self._known[scenario] = course(play(silent, self.reference, self.limits))
        return known

    def try_out(self, scenario: Scenario) -> TriedScenario:
        """Play, judge and, where nothing is broken, compare."""
        violations, sight, evidence = self.examined(scenario)
        aspects = frozenset[Aspect]() if evidence.ended == BROKEN else shown(sight)
        return TriedScenario(violations, features(sight), aspects)

    def examined(self, scenario: Scenario) -> tuple[tuple[Violation, ...], Observation, Evidence]:
        """What is broken, what was seen, and the evidence of it."""
        evidence = self.play(scenario)
        if evidence.ended == BROKEN:
            return (broke_off(evidence),), seen(evidence, self.dialect), evidence
        sight = seen(evidence, self.dialect)
        violations = judge_sight(sight, self.dialect)
        if not violations:
            ours = course(evidence, self.dialect.state)
            difference = divergence(ours, shadow(evidence, self.reference))
            if difference is not None:  # told in full: what the reference does when nobody leads it
                difference = divergence(ours, self.expected(scenario)) or difference
                violations = (as_violation(difference, sight),)
        return violations, sight, evidence


def as_violation(difference: Divergence, sight: Observation) -> Violation:
    """The first divergence as something to report."""
    state = sight.states[max(difference.moment - 1, 0)]
    under_way = [a.name for a in sight.asked if a.moment <= difference.moment and a.settled[0] >= difference.moment]
    what = (
        f"at {difference.at_ms:,.0f} ms the {difference.kind} are {_listed(difference.observed)}, "
        f"the reference's {_listed(difference.expected)}"
    )
    key = f"{difference.kind} in {state} during {under_way[0] if under_way else 'rest'}"
    return Violation(REFERENCE, what, key=key, moment=difference.moment)


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
