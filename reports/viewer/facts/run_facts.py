"""From a run to facts: what is the same whichever run it is."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from broadcast_orchestrator.model.operations import CONVEX, HOST, SERVICES
from broadcast_orchestrator.model.table import IDLE
from broadcast_orchestrator.model.views import INDEX
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.reports.timelines.bars import Bar
from broadcast_orchestrator.reports.timelines.marks import Marking
from broadcast_orchestrator.reports.viewer.facts.guarantees import by_urgency, standings
from broadcast_orchestrator.reports.viewer.facts.looks import Look, differences
from broadcast_orchestrator.reports.viewer.facts.page_facts import (
    AlarmFact,
    BreachFact,
    CallFact,
    GuaranteeFact,
    MarkFact,
    MomentFact,
    ServiceFact,
    StepFact,
)
from broadcast_orchestrator.sim.realtime.pacer import Pacer
from broadcast_orchestrator.sim.world.world import Truth


class Surroundings(NamedTuple):
    """What there is to see at a moment beside steps and calls; the fields are those of `MomentFact`."""

    truth: Truth
    content: bool
    error: tuple[str, ...]
    commands: Mapping[str, str]
    snapshot: Mapping[str, Any]
    alarm: AlarmFact | None = None


class RunFacts(ABC):
    """What is to be shown of a run. Steps are numbered from 1; moment 0 is the beginning."""

    def __init__(self, run: Pacer) -> None:
        self.run = run
        self.steps: list[StepFact] = []
        self.calls: list[CallFact] = []
        self.first_look = self._last_look = self._look(0)

    def news(self) -> tuple[tuple[StepFact, ...], tuple[CallFact, ...]]:
        """The steps since the last time, and the calls that they concern."""
        first, concerned = len(self.steps), dict[int, Bar]()
        for number in range(first + 1, self.run.shown + 1):
            step, bars = self._follow(number)
            look = self._look(number)
            self.steps.append(replace(step, changed=differences(self._last_look, look)))
            self._last_look = look
            concerned |= {bar.number: bar for bar in bars}
        calls = tuple(CallFact.of(concerned[number]) for number in sorted(concerned))
        for call in calls:
            self.calls[call.number : call.number + 1] = [call]
        return tuple(self.steps[first:]), calls

    def view(self, number: int) -> MomentFact:
        """Everything there is to see after so many steps; raises IndexError where there were never so many."""
        if not 0 <= number <= len(self.steps):
            raise IndexError(f"there is no moment {number}, the run has {len(self.steps)} steps")
        last, around = self.steps[number - 1] if number else None, self._surroundings(number)
        guarantees = self.standings(number)
        calls = [call for call in self.calls if call.is_open(number)]
        return MomentFact(
            number=number,
            at_ms=last.at_ms if last else 0.0,
            state=last.state if last else IDLE.value,
            procedure=last.procedure if last else "",
            alarm=around.alarm,
            error=around.error,
            commands=around.commands,
            services=tuple(service_fact(service, around.truth, calls) for service in SERVICES),
            content=around.content,
            guarantees=guarantees,
            breaches=by_urgency(guarantees),
            snapshot=around.snapshot,
        )

    def standings(self, number: int) -> tuple[GuaranteeFact, ...]:
        """How each guarantee stands after so many steps."""
        return standings(self._violations(), number)

    # -- What only the kind of run knows ------------------------------------------------------------

    @abstractmethod
    def _follow(self, number: int) -> tuple[StepFact, list[Bar]]:
        """Take in the step with this number, which has just been shown: what it is, and the calls that it concerns."""

    @abstractmethod
    def _violations(self) -> Iterable[Violation]:
        """What the run breaks, each with its moment, in their order; perhaps more than has been shown."""

    @abstractmethod
    def _look(self, number: int) -> Look:
        """Everything there is to see after so many steps, in words."""

    @abstractmethod
    def _surroundings(self, number: int) -> Surroundings:
        """What else there is to see after so many steps."""


def is_on(service: str, truth: Truth) -> bool:
    """Whether a service is on; the backend is while it calls a session live."""
    return bool(truth.backend) if service == CONVEX else truth.active[INDEX[service]]


def service_fact(service: str, truth: Truth, calls: Iterable[CallFact]) -> ServiceFact:
    """The service, with those of the calls that are for it."""
    on = is_on(service, truth)
    return ServiceFact(
        name=service,
        on=on,
        initialized=truth.initialized if service == HOST else None,
        live=truth.backend if service == CONVEX else (),
        refusing=service == CONVEX and truth.refusing,
        can_be_lost=service != CONVEX and (on or (service == HOST and truth.initialized)),
        calls=tuple(call.operation for call in calls if call.service == service),
    )


def mark_fact(mark: Marking | None) -> MarkFact | None:
    """The mark as a fact of its own step."""
    return mark and MarkFact(mark.lane, mark.label, mark.fault)


def breaches(violations: Iterable[Violation]) -> tuple[BreachFact, ...]:
    """What is broken, each guarantee once."""
    first = {violation.guarantee: violation for violation in reversed(tuple(violations))}
    return tuple(BreachFact(name, first[name].what, first[name].gap) for name in sorted(first))
