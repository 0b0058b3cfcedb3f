"""The ways to leave a world, by number, and what each does to the parts of a world's number."""

from typing import Any, NamedTuple

from broadcast_orchestrator.model.events import CoreEffect
from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.sim.explore.compiling.recorder import Program
from broadcast_orchestrator.sim.explore.fault_record import Column
from broadcast_orchestrator.sim.explore.lazy_tables import Columns, Growing, Interned
from broadcast_orchestrator.sim.explore.loops.native import PROGRAMS, TARGET, Numbers
from broadcast_orchestrator.sim.world.steps import Step, fault_of


class Choice(NamedTuple):
    """One way to leave a world: the step, with an effect before it that was put off until now (`partial_order`), where
    its fault hit ("" for none), what the core asks for, and what the judge says of it."""

    steps: tuple[Step, ...]
    place: str
    effects: tuple[CoreEffect, ...] = ()
    violations: tuple[Any, ...] = ()

    @property
    def step(self) -> Step:
        """The step itself."""
        return self.steps[-1]


class PreparedChoice(NamedTuple):
    """A choice, and what it does beside leading to a control, by number."""

    choice: Choice
    outcome: tuple[int, ...]


class ChoiceTable:
    """All choices of a search: `choices` by number; `programs` are, for each service, what choices may do to it, and
    `faults` what may go wrong in one."""

    def __init__(self) -> None:
        self.choices: list[Choice] = []
        self.programs: list[Interned[Program]] = [Interned() for _ in SERVICES]
        self.faults: Interned[Column | None] = Interned()
        self.faults.number(None)  # number 0 is no fault, and leaves the record as it is
        for programs in self.programs:
            programs.number(())  # number 0 leaves the service as it is
        self._outcomes = Columns(PROGRAMS + len(SERVICES) + 1)
        self._lengths, self._violating = Growing(), Growing()

    def prepared(self, choice: Choice, cost: int, programs: dict[str, Program]) -> PreparedChoice:
        """A choice that takes `cost` faults and does this to services, wherever it leads."""
        fault = self.faults.number((fault_of(choice.step), choice.place) if cost else None)
        numbers = [self.programs[at].number(programs.get(service, ())) for at, service in enumerate(SERVICES)]
        return PreparedChoice(choice, (fault, *numbers))

    def add(self, prepared: PreparedChoice, target: int, ledger: int) -> int:
        """A new choice, which leads to the stance `target` and does to the ledger what this program does; its
        number."""
        self.choices.append(prepared.choice)
        self._outcomes.add((target, *prepared.outcome, ledger))
        self._lengths.extend([len(prepared.choice.steps)])
        self._violating.extend([bool(prepared.choice.violations)])
        return len(self.choices) - 1

    def outcomes(self) -> Numbers:
        """A row for each choice: the target (or `SAME`), the number of its fault, for each service that of its program,
        and that of the program for the ledger."""
        return self._outcomes.rows()

    def targets(self) -> Numbers:
        """The stance to which each choice leads, or `SAME`."""
        return self.outcomes()[:, TARGET]

    def lengths(self) -> Numbers:
        """How many steps each choice is."""
        return self._lengths.array()

    def violates(self, choice: int) -> bool:
        """Whether the judge sees a violation in the choice."""
        return bool(self.choices[choice].violations)

    def violating(self) -> Numbers:
        """Whether the judge sees a violation in each choice."""
        return self._violating.array()
