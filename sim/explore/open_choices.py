"""Which choices are open in a world, compiled where a part of a world is first met.

A step depends on the control and on one service at most, the one that it happens to. So the choices of all worlds are
a few small tables: one by control alone, and for each service some by its digit and the control, or, where the core
does not notice the step, by its digit and the place where its faults belong.
"""

from collections.abc import Callable, Iterable

import numpy as np

from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.sim.explore import partial_order
from broadcast_orchestrator.sim.explore.choices import SAME, Choice, ChoiceTable
from broadcast_orchestrator.sim.explore.lazy_tables import Lists, Numbers, StepTable, ValueFacts
from broadcast_orchestrator.sim.explore.recorder import Program, run
from broadcast_orchestrator.sim.explore.symbolic_rules import Compiler, SymbolicRule
from broadcast_orchestrator.sim.explore.world_numbers import DIGITS, WorldNumbers
from broadcast_orchestrator.sim.world.faults import ABANDONED, PLACES, Place
from broadcast_orchestrator.sim.world.service_state import ServiceState
from broadcast_orchestrator.sim.world.steps import Step
from broadcast_orchestrator.sim.world.world import place_of


class OpenChoices:
    """For parts of worlds, the numbers of lists of choices; `lists` opens them."""

    def __init__(self, numbers: WorldNumbers, table: ChoiceTable, compiler: Compiler) -> None:
        self.lists = Lists()
        self._controls, self._locals = numbers.controls, numbers.locals
        self._table, self._compiler = table, compiler
        services = range(len(SERVICES))
        self._central = StepTable(1, self._list_central)
        self._untold = [StepTable(DIGITS, self._lister_of_untold(at)) for at in services]
        self._told = [StepTable(DIGITS, self._lister_of_told(at)) for at in services]
        self._ample = [StepTable(DIGITS, self._lister_of_ample(at)) for at in services]
        self._told_before: dict[tuple[int, Step], list[tuple[list[int], list[Program]]]] = {}
        self._places = ValueFacts(self._controls, lambda each: PLACES.index(place_of(each.core.procedure, True)))

    def central(self, controls: Numbers) -> Numbers:
        """The choices that belong to no single service."""
        return self._central.look_up(controls, np.zeros_like(controls))

    def untold(self, at: int, controls: Numbers, digits: Numbers) -> Numbers:
        """The choices of one service that the core does not notice: all it takes to know is where faults belong."""
        return self._untold[at].look_up(self._places.of(controls), digits)

    def told(self, at: int, controls: Numbers, digits: Numbers) -> Numbers:
        """The choices of one service that the core is told of."""
        return self._told[at].look_up(controls, digits)

    def ample(self, at: int, controls: Numbers, digits: Numbers) -> Numbers:
        """The choices of one service that are all that need be searched where it has an ample set."""
        return self._ample[at].look_up(controls, digits)

    # -- Compiling, where it is first needed ------------------------------------------------------

    def _list_central(self, control: int, _: int) -> int:
        return self.lists.add(self._add_rules(control, self._compiler.central(self._controls.values[control])))

    def _lister_of_untold(self, at: int) -> Callable[[int, int], int]:
        def fill(place: int, digit: int) -> int:
            return self.lists.add(self._untold_choices(PLACES[place], at, self._locals[at].values[digit]))

        return fill

    def _lister_of_told(self, at: int) -> Callable[[int, int], int]:
        def fill(control: int, digit: int) -> int:
            return self.lists.add(self._told_choices(control, at, self._locals[at].values[digit]))

        return fill

    def _lister_of_ample(self, at: int) -> Callable[[int, int], int]:
        def fill(control: int, digit: int) -> int:
            state = self._locals[at].values[digit]

            def wanted(step: Step) -> bool:
                return partial_order.is_ample(step, state)

            untold = self._untold_choices(ABANDONED, at, state, wanted)
            return self.lists.add(untold + self._told_choices(control, at, state, wanted))

        return fill

    def _untold_choices(
        self, place: Place, at: int, state: ServiceState, wanted: Callable[[Step], bool] = lambda step: True
    ) -> list[int]:
        return [
            self._table.add(Choice(step, hit), SAME, cost, {SERVICES[at]: program})
            for step, hit, cost, program in self._compiler.untold(place, SERVICES[at], state)
            if wanted(step)
        ]

    def _told_choices(
        self, control: int, at: int, state: ServiceState, wanted: Callable[[Step], bool] = lambda step: True
    ) -> list[int]:
        choices: list[int] = []
        for step, place in self._compiler.told(self._controls.values[control].core, SERVICES[at], state):
            if wanted(step):
                choices += self._choices_of(control, at, step, place, state)
        return choices

    def _choices_of(self, control: int, at: int, step: Step, place: str, state: ServiceState) -> list[int]:
        """Those made before for another state of the service, where all of them fit this one just as well; else new
        ones.

        A service decides about a step by its answers alone, and a program accepts the states that answer in the same
        way. So where the programs of all choices accept this state, compiling would write down the same once more.
        """
        before = self._told_before.setdefault((control, step), [])
        for choices, programs in before:
            if all(run(program, state) is not None for program in programs):
                return choices
        rules = list(self._compiler.compile(self._controls.values[control], (SERVICES[at], state), step, place))
        choices = self._add_rules(control, rules)
        before.append((choices, [dict(rule.programs).get(SERVICES[at], ()) for rule in rules]))
        return choices

    def _add_rules(self, control: int, rules: Iterable[SymbolicRule]) -> list[int]:
        """The choices of these rules. What changes nothing, a refused command say, leads nowhere."""
        return [
            self._table.add(
                Choice(rule.step, rule.place, rule.effects, rule.violations),
                self._controls.number(rule.target),
                rule.cost,
                dict(rule.programs),
            )
            for rule in rules
            if rule.violations or rule.changes or rule.target != self._controls.values[control]
        ]
