"""The ways to leave a world, by number, and what each does to the parts of a world's number."""

from typing import Any, NamedTuple

from broadcast_orchestrator.model.events import CoreEffect
from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.sim.explore.lazy_tables import Columns, Interned, Numbers
from broadcast_orchestrator.sim.explore.recorder import Program
from broadcast_orchestrator.sim.world.steps import Step

SAME = -1
"""In place of a target: the control stays as it is."""


class Choice(NamedTuple):
    """One way to leave a world: the step, where its fault hit ("" for none), what the core asks for, and what the
    judge says of it."""

    step: Step
    place: str
    effects: tuple[CoreEffect, ...] = ()
    violations: tuple[Any, ...] = ()


class ChoiceTable:
    """All choices of a search: `choices` by number; `violating` are those in which the judge sees a violation;
    `programs` are, for each service, what choices may do to it."""

    def __init__(self) -> None:
        self.choices: list[Choice] = []
        self.violating: list[int] = []
        self.programs: list[Interned[Program]] = [Interned(1 << 30, "programs") for _ in SERVICES]
        for programs in self.programs:
            programs.number(())  # number 0 leaves the service as it is
        self._outcomes = Columns(2 + len(SERVICES))

    def add(self, choice: Choice, target: int, cost: int, programs: dict[str, Program]) -> int:
        """A new choice, which leads to the control `target` and takes `cost` faults; its number."""
        if choice.violations:
            self.violating.append(len(self.choices))
        self.choices.append(choice)
        numbers = [self.programs[at].number(programs.get(service, ())) for at, service in enumerate(SERVICES)]
        self._outcomes.add((target, cost, *numbers))
        return len(self.choices) - 1

    def outcomes(self) -> tuple[Numbers, Numbers, list[Numbers]]:
        """Of each choice the target (or `SAME`), the cost, and for each service the number of its program."""
        targets, costs, *programs = self._outcomes.arrays()
        return targets, costs, programs
