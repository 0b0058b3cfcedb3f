"""Foresight: a scenario told in one go, as far as the subject does what the reference does.

What the driver says next depends on a few things that it hears: which steps were taken, which calls were made, when the
next timer is due, and which fields were written. How the reference answers is known beforehand, so all lines of a
scenario can be sent at once, each with the answer that the next one rests on. The subject goes on from line to line
while it answers so, and stops where it does not; from there on it is told line by line. What it is told, in which
order, and the evidence of it are the same either way.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from broadcast_orchestrator.sim.subjects.driver import Play, SaidLine, is_told
from broadcast_orchestrator.sim.subjects.evidence import BROKEN, Evidence, EvidenceMoment
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    About,
    Begin,
    Called,
    ForeseenLine,
    Limits,
    Reaction,
    Subject,
    SubjectError,
    SubjectStep,
    Wrote,
)
from broadcast_orchestrator.sim.subjects.protocol.protocol_check import Hearing
from broadcast_orchestrator.sim.subjects.scenario import Scenario


class Foresight(NamedTuple):
    """A scenario, how the reference lives through it (its log left out), what was said to it, and the same lines as a
    subject is told them."""

    scenario: Scenario
    evidence: Evidence
    said: tuple[SaidLine, ...]
    lines: tuple[ForeseenLine, ...]


def foreseen(scenario: Scenario, reference: Subject, limits: Limits) -> Foresight:
    """What is going to be said in the scenario to whoever does as the reference does; no line where the scenario makes
    no sense to it."""
    said: list[SaidLine] = []
    silent = replace(scenario, config={**scenario.config, "verbose_logging": False})
    evidence = Play(silent, reference, limits, said.append).run()
    if evidence.ended == BROKEN:
        return Foresight(scenario, evidence, (), ())
    begin, *rest = said[0].plan
    assert isinstance(begin.step, Begin)
    begin = begin._replace(step=begin.step._replace(config=scenario.config))  # a log decides nothing
    said[0] = said[0]._replace(plan=[begin, *rest])
    return Foresight(scenario, evidence, tuple(said), tuple(map(_line, said)))


def _line(said: SaidLine) -> ForeseenLine:
    steps = tuple(planned.step for planned in said.plan)
    return ForeseenLine(steps, said.reaction.took, _calls(said.reaction), said.reaction.next_timer_ms)


def _calls(reaction: Reaction) -> tuple[tuple[float, str, str | None], ...]:
    return tuple((e.at_ms, e.operation, e.session) for e in reaction.events if isinstance(e, Called))


def is_as_foreseen(line: ForeseenLine, reaction: Reaction) -> bool:
    """Whether the answer to the line is one after which the driver says what was foreseen."""
    if any(isinstance(event, Wrote) or getattr(event, "number", None) is not None for event in reaction.events):
        return False  # numbers decide what is stale, and are everyone's own
    return (reaction.took, _calls(reaction), reaction.next_timer_ms) == line[1:]


def all_as_foreseen(lines: Sequence[ForeseenLine], answers: Sequence[Reaction]) -> bool:
    """Whether everything is. Raises `SubjectError` where lines were taken that should not have been, or were not that
    should."""
    agreeing = [is_as_foreseen(line, answer) for line, answer in zip(lines, answers, strict=False)]
    if not 1 <= len(answers) <= len(lines) or not all(agreeing[:-1]):
        raise SubjectError(f"answered {len(answers)} of {len(lines)} foreseen lines, but not as foreseen")
    if agreeing[-1] and len(answers) < len(lines):
        raise SubjectError(f"took {len(answers)} of {len(lines)} foreseen lines, although all was as foreseen")
    return agreeing[-1]


def as_lived(ahead: Foresight, about: About, answers: Sequence[Reaction], limits: Limits) -> Evidence:
    """The evidence of a subject that did everything as foreseen; what is true of the services is what was true with the
    reference. Raises `SubjectError` where an answer cannot be."""
    hearing = Hearing(limits)
    moments = tuple(_moments(ahead.said, answers, hearing))
    return Evidence(ahead.scenario, about, moments, ahead.evidence.ended, ahead.evidence.why, tuple(hearing.pending))


def _moments(said: Sequence[SaidLine], answers: Sequence[Reaction], hearing: Hearing) -> Iterator[EvidenceMoment]:
    for line, answer in zip(said, answers, strict=True):
        for (planned, at_ms, events), truth in zip(hearing.hear(line.plan, answer), line.truths, strict=True):
            if is_told(planned, events):
                yield EvidenceMoment(at_ms, planned.step, tuple(events), truth)


class Told:
    """A subject that has been told the foreseen lines: the first answers are there already, and what is asked after
    them is asked of the subject itself."""

    def __init__(self, subject: Subject, answers: Sequence[Reaction]) -> None:
        self.about, self._subject = subject.about, subject
        self._answers = iter(answers)

    def take(self, steps: tuple[SubjectStep, ...]) -> Reaction:
        """The answer to the steps; raises `SubjectError` as the subject does."""
        answer = next(self._answers, None)
        return self._subject.take(steps) if answer is None else answer

    def close(self) -> None:
        """End the subject."""
        self._subject.close()
