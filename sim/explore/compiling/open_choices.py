"""Which choices are open in a world, compiled where a part of a world is first met.

A step depends on the control and on one service at most, the one that it happens to. So the choices of all worlds are
a few small tables: one by control alone, and for each service some by its digit and the control, or, where the core
does not notice the step, by its digit and the place where its faults belong.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.sim.explore import partial_order
from broadcast_orchestrator.sim.explore.compiling.choices import SAME, Choice, ChoiceTable
from broadcast_orchestrator.sim.explore.compiling.service_moves import (
    Hearing,
    ServiceMove,
    hearing,
    moves,
    with_reaction,
)
from broadcast_orchestrator.sim.explore.compiling.symbolic_rules import Compiler, SymbolicRule
from broadcast_orchestrator.sim.explore.control import Control
from broadcast_orchestrator.sim.explore.lazy_tables import Interned, Lists, Numbers, StepTable, ValueFacts
from broadcast_orchestrator.sim.explore.world_numbers import WorldNumbers
from broadcast_orchestrator.sim.world.faults import PLACES
from broadcast_orchestrator.sim.world.service_state import ServiceState
from broadcast_orchestrator.sim.world.world import place_of


class OfferedMove(NamedTuple):
    """Something that can happen to a service, and what the core hears of it (None: nothing); both by number, too."""

    move: ServiceMove
    said: Hearing | None
    number: int
    hearing: int


class OpenChoices:
    """For parts of worlds, the numbers of lists of choices; `lists` opens them. With `puts_off`, effects that somebody
    waits for are put off (`sim.explore.partial_order`)."""

    def __init__(self, numbers: WorldNumbers, table: ChoiceTable, compiler: Compiler, *, puts_off: bool) -> None:
        self.lists = Lists()
        self._controls, self._locals = numbers.controls, numbers.locals
        self._table, self._compiler, self._puts_off = table, compiler, puts_off
        services = range(len(SERVICES))
        self._central = StepTable(self._list_central)
        self._untold = [StepTable(self._lister_of_untold(at)) for at in services]
        self._told = [StepTable(self._lister_of_told(at)) for at in services]
        self._ample = [StepTable(self._lister_of_ample(at)) for at in services]
        self._places = ValueFacts(self._controls, _place_of)
        self._moves: dict[tuple[int, int, int], list[OfferedMove]] = {}
        self._move_numbers, self._hearings = Interned[ServiceMove](), Interned[Hearing]()
        self._rules: dict[tuple[int, int, int], list[SymbolicRule]] = {}
        self._added: dict[tuple[int, int, int, int], list[int]] = {}

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

    def by_control(self) -> tuple[Numbers, Numbers]:
        """Every choice that was met beside a control, once or more often: the control, and the choice."""
        tables = [self._central, *self._told, *self._ample]
        rows, lists = (np.concatenate(each) for each in zip(*(table.filled() for table in tables), strict=True))
        which, choices = self.lists.open(lists)
        return rows[which], choices

    # -- Compiling, where it is first needed ------------------------------------------------------

    def _list_central(self, control: int, _: int) -> int:
        rules = self._kept(control, self._compiler.central(self._controls.values[control]))
        targets = [self._controls.number(rule.target) for rule in rules]  # before any is added: there may be no room
        return self.lists.add([
            self._table.add(Choice((rule.step,), "", rule.effects, rule.violations), target, 0, dict(rule.programs))
            for rule, target in zip(rules, targets, strict=True)
        ])  # fmt: skip

    def _lister_of_untold(self, at: int) -> Callable[[int, int], int]:
        def fill(place: int, digit: int) -> int:
            offered = self._offered(at, place, digit)
            return self.lists.add([self._unheard(at, each.move) for each in offered if each.said is None])

        return fill

    def _lister_of_told(self, at: int) -> Callable[[int, int], int]:
        def fill(control: int, digit: int) -> int:
            choices: list[int] = []
            for offered in self._offered(at, _place_of(self._controls.values[control]), digit):
                if offered.said is not None:
                    choices += self._heard(control, at, offered)
            return self.lists.add(choices)

        return fill

    def _lister_of_ample(self, at: int) -> Callable[[int, int], int]:
        def fill(control: int, digit: int) -> int:
            state, choices = self._locals[at].values[digit], list[int]()
            for offered in self._offered(at, _place_of(self._controls.values[control]), digit):
                if partial_order.is_ample(offered.move.step, state):
                    heard = offered.said is not None
                    choices += self._heard(control, at, offered) if heard else [self._unheard(at, offered.move)]
            return self.lists.add(choices)

        return fill

    def _offered(self, at: int, place: int, digit: int) -> list[OfferedMove]:
        """What can happen to the service, and what the core hears of it."""
        offered = self._moves.get((at, place, digit))
        if offered is None:
            state, scope = self._locals[at].values[digit], self._compiler.scope
            found = moves(SERVICES[at], state, PLACES[place], scope, puts_off=self._puts_off)
            offered = self._moves[at, place, digit] = [self._numbered(state, move) for move in found]
        return offered

    def _numbered(self, state: ServiceState, move: ServiceMove) -> OfferedMove:
        said = hearing(state, move)
        number = self._hearings.number(said) if said is not None else -1
        return OfferedMove(move, said, self._move_numbers.number(move), number)

    def _unheard(self, at: int, move: ServiceMove) -> int:
        program = self._compiler.unheard(SERVICES[at], move.steps)
        choice = Choice(move.steps, move.place)
        return self._table.add(choice, SAME, move.cost, {SERVICES[at]: program})

    def _heard(self, control: int, at: int, offered: OfferedMove) -> list[int]:
        """The choices of what the core hears. It decides by the hearing alone, so rules are compiled once for each."""
        key = control, at, offered.hearing, offered.number
        choices = self._added.get(key)
        if choices is None:
            rules = self._rules_for(control, at, offered)
            targets = [self._controls.number(rule.target) for rule in rules]
            choices = self._added[key] = [
                self._add_heard(at, offered.move, rule, target) for rule, target in zip(rules, targets, strict=True)
            ]
        return choices

    def _add_heard(self, at: int, move: ServiceMove, rule: SymbolicRule, target: int) -> int:
        programs = dict(rule.programs)
        programs[SERVICES[at]] = with_reaction(move, programs.get(SERVICES[at], ()))
        choice = Choice(move.steps, move.place, rule.effects, rule.violations)
        return self._table.add(choice, target, move.cost, programs)

    def _rules_for(self, control: int, at: int, offered: OfferedMove) -> list[SymbolicRule]:
        key = control, at, offered.hearing
        rules = self._rules.get(key)
        if rules is None:
            assert offered.said is not None
            found = self._compiler.reaction(self._controls.values[control], offered.move.step, *offered.said)
            rules = self._rules[key] = list(found)
        return rules

    def _kept(self, control: int, rules: Iterable[SymbolicRule]) -> list[SymbolicRule]:
        """The rules that lead anywhere: what changes nothing, a refused command say, does not."""
        same = self._controls.values[control]
        return [rule for rule in rules if rule.violations or rule.changes or rule.target != same]


def _place_of(control: Control) -> int:
    """The number of the place where a fault belongs that hits a call which is waited for."""
    return PLACES.index(place_of(control.core.procedure, True))
