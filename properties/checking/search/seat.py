"""A subject in its seat: scenarios are played on it, and a fresh one is made when it breaks.

A subject that can is told whole scenarios at once (see `sim.subjects.foresight`), and begins with the next one while
the last is looked at; what is seen is the same.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Protocol, runtime_checkable

from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.evidence import BROKEN, Evidence
from broadcast_orchestrator.sim.subjects.foresight import Foresight, Told, all_as_foreseen, as_lived, foreseen
from broadcast_orchestrator.sim.subjects.protocol.heartbeat import Calmed
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    ForeseenLine,
    Limits,
    Reaction,
    Subject,
    SubjectError,
    SubjectStep,
)
from broadcast_orchestrator.sim.subjects.protocol.periodic import PeriodicSubject
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import Scenario

MakeSubject = Callable[[], Subject]

HANGS = 5
"""After so many answers that never came a search is given up."""

PATIENT = 20
"""After so many scenarios in a row in which the subject did otherwise it is told line by line."""


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


class Seat:
    """A subject, and the reference that foresees what is going to be said to it; close it in the end. With `foresight`
    False it is told everything line by line.

    Raises `SubjectError` where the subject cannot even be started.
    """

    def __init__(self, make_subject: MakeSubject, dialect: Dialect, limits: Limits, *, foresight: bool = True) -> None:
        self.make_subject, self.dialect, self.limits = make_subject, dialect, limits
        self.hangs, self._misjudged = 0, 0
        # what is stale goes by whose numbers they are; when somebody looks, or renews a lease, is everyone's own
        self._foresees = foresight and not {"fencing", "polling", "lease"} & set(dialect.measures)
        self._foresight: Foresighted | None = None
        self._ahead: Foresight | None = None
        self._current: Foresight | None = None
        self.subject: Subject | None = self._fresh()
        self.name = self.subject.about.name
        self.styles = dict(self.subject.about.styles)
        self.understands = self.subject.about.understands
        self.reference = self._reference()

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
        return self._in_periods(subject)

    def _in_periods(self, subject: Subject) -> Subject:
        """What it does once a period, where it claims that, keeps nothing from being quiet."""
        period_ms = self.dialect.period_ms
        return PeriodicSubject(subject, period_ms, self.dialect.lasting_ms) if period_ms else subject

    def _reference(self) -> Subject:
        dialect = self.dialect
        reference = ReferenceSubject(
            dialect.rules(),
            self.styles,
            dialect.refusal,
            self.understands,
            poll_period_ms=dialect.poll_period_ms,
            lease_ms=dialect.lasting_ms,
        )
        return self._in_periods(reference)

    def close(self) -> None:
        """End the subject."""
        self._foresight = self._ahead = None
        if self.subject is not None:
            self.subject.close()
            self.subject = None

    def play(self, scenario: Scenario) -> Evidence:
        """How the subject lives through the scenario; after one that broke it a fresh one is made."""
        return self.lived(scenario)[0]

    def lived(self, scenario: Scenario) -> tuple[Evidence, bool]:
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

    def evidence_of_reference(self, scenario: Scenario) -> Evidence:
        """How the reference lives through the scenario, its log left out."""
        if self._current is not None and self._current.scenario == scenario:
            return self._current.evidence
        silent = replace(scenario, config={**scenario.config, "verbose_logging": False})
        return play(silent, self.reference, self.limits)
