"""Which choices are open in a world, compiled where a part of a world is first met.

A step depends on the control and on one service at most, the one that it happens to. So the choices of all worlds are
a few small tables: one by control alone, and for each service some by its digit and the control, or, where the core
does not notice the step, by its digit and the place where its faults belong.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.sim.explore import partial_order
from broadcast_orchestrator.sim.explore.compiling.choices import Choice, ChoiceTable, PreparedChoice
from broadcast_orchestrator.sim.explore.compiling.rule_memory import SymbolicRule
from broadcast_orchestrator.sim.explore.compiling.service_moves import (
    Hearing,
    ServiceMove,
    hearing,
    moves,
    with_reaction,
)
from broadcast_orchestrator.sim.explore.compiling.symbolic_rules import Compiler
from broadcast_orchestrator.sim.explore.compiling.watched_records import Fields, changed
from broadcast_orchestrator.sim.explore.control import Control
from broadcast_orchestrator.sim.explore.lazy_tables import Interned, Lists, StepTable, ValueFacts
from broadcast_orchestrator.sim.explore.loops.native import SAME, Numbers
from broadcast_orchestrator.sim.explore.world_numbers import WorldNumbers
from broadcast_orchestrator.sim.world.faults import PLACES
from broadcast_orchestrator.sim.world.service_state import ServiceState
from broadcast_orchestrator.sim.world.steps import Step, fault_of
from broadcast_orchestrator.sim.world.world import place_of


class OfferedMove(NamedTuple):
    """Something that can happen to a service, what the core hears of it (None: nothing), both by one `number`, what is
    heard by the number `hearing`, too, and whether it is all that need be searched where there is such a thing."""

    move: ServiceMove
    said: Hearing | None
    number: int
    hearing: int
    ample: bool


class Offered(NamedTuple):
    """What can happen to a service in one state: what the core hears of, what it does not, and what is ample."""

    told: list[OfferedMove]
    untold: list[OfferedMove]
    ample: list[OfferedMove]


class KnownControl(NamedTuple):
    """A control by the numbers of its fields, and the number of the place where a fault belongs that hits a call which
    is waited for."""

    fields: Fields
    place: int


class OpenChoices:
    """For parts of worlds, the numbers of lists of choices; `lists` opens them. `places` tells of each control the
    number of the place where a fault belongs that hits a call which is waited for. With `puts_off`, effects that
    somebody waits for are put off (`sim.explore.partial_order`)."""

    def __init__(self, numbers: WorldNumbers, table: ChoiceTable, compiler: Compiler, *, puts_off: bool) -> None:
        self.lists = Lists()
        self._controls, self._locals = numbers.controls, numbers.locals
        self._table, self._compiler, self._puts_off = table, compiler, puts_off
        services = range(len(SERVICES))
        self._central = StepTable()
        self._untold = [StepTable() for _ in services]
        self._told = [StepTable() for _ in services]
        self._ample = [StepTable() for _ in services]
        self.places = ValueFacts(self._controls, _place_of)
        self._digits = [StepTable() for _ in services]
        self._offer_numbers, self._offers = Interned[tuple[tuple[int, bool], ...]](), list[Offered]()
        self._numbers, self._hearings = Interned[tuple[ServiceMove, Hearing | None]](), Interned[Hearing]()
        self._known_controls: list[KnownControl] = []
        self._by_fields: dict[Fields, int] = {}
        self._rules: dict[tuple[int, int], list[tuple[SymbolicRule, int]]] = {}
        self._unheard: dict[int, int] = {}
        self._heard: defaultdict[int, dict[int, tuple[int, ...]]] = defaultdict(dict)
        self._prepared: dict[tuple[int | Step, int, tuple[Any, ...]], PreparedChoice] = {}

    def central(self, controls: Numbers) -> Numbers:
        """The choices that belong to no single service."""
        return self._central.numbers(controls, np.zeros_like(controls), self._list_central)

    def untold(self, at: int, controls: Numbers, digits: Numbers) -> Numbers:
        """The choices of one service that the core does not notice: all it takes to know is where faults belong."""
        return self._untold[at].numbers(self.places.of(controls), digits, self._lister_of_untold(at))

    def told(self, at: int, controls: Numbers, digits: Numbers) -> Numbers:
        """The choices of one service that the core is told of."""
        return self._told[at].numbers(controls, digits, self._lister_of_told(at))

    def ample(self, at: int, controls: Numbers, digits: Numbers) -> Numbers:
        """The choices of one service that are all that need be searched where it has an ample set."""
        return self._ample[at].numbers(controls, digits, self._lister_of_ample(at))

    def by_control(self) -> tuple[Numbers, Numbers]:
        """Every choice that was met beside a control, once or more often: the control, and the choice."""
        tables = [self._central, *self._told, *self._ample]
        rows, lists = (np.concatenate(each) for each in zip(*(table.filled() for table in tables), strict=True))
        which, choices = self.lists.open(lists)
        return rows[which], choices

    # -- Compiling, where it is first needed ------------------------------------------------------

    def _list_central(self, control: int, _: int) -> int:
        return self.lists.add(self.choices_central(control))

    def _lister_of_untold(self, at: int) -> Callable[[int, int], int]:
        return lambda place, digit: self.lists.add(self.choices_untold(at, self.offer(at, place, digit)))

    def _lister_of_told(self, at: int) -> Callable[[int, int], int]:
        return lambda control, digit: self.lists.add(
            self.choices_told(at, control, self.offer(at, self._known(control).place, digit))
        )

    def _lister_of_ample(self, at: int) -> Callable[[int, int], int]:
        return lambda control, digit: self.lists.add(
            self.choices_ample(at, control, self.offer(at, self._known(control).place, digit))
        )

    def choices_central(self, control: int) -> list[int]:
        """The choices that belong to no single service, beside this control."""
        fields = self._known(control).fields
        leading = list[tuple[PreparedChoice, int]]()
        for step, rule in self._compiler.central(fields):
            after = changed(fields, rule.changes)
            if after != fields or rule.violations or rule.reaction.moves_services:  # a refused command, say, is none
                leading.append((self._prepared_central(step, rule), self._number(after)))
        # none is added before all are numbered: there may be no room
        return [self._table.add(prepared, target) for prepared, target in leading]

    def _prepared_central(self, step: Step, rule: SymbolicRule) -> PreparedChoice:
        key = step, rule.number, rule.violations
        prepared = self._prepared.get(key)
        if prepared is None:
            choice, cost = Choice((step,), "", rule.reaction.effects, rule.violations), 1 if fault_of(step) else 0
            prepared = self._prepared[key] = self._table.prepared(choice, cost, dict(rule.reaction.programs))
        return prepared

    def choices_untold(self, at: int, offer: int) -> list[int]:
        """The choices of one service, of which this is on offer, that the core does not notice."""
        return [self._choice_unheard(at, each) for each in self._offers[offer].untold]

    def choices_told(self, at: int, control: int, offer: int) -> list[int]:
        """The choices of one service, of which this is on offer, that the core is told of."""
        choices, heard = list[int](), self._heard[control]
        for offered in self._offers[offer].told:
            choices += heard.get(offered.number) or self._choices_heard(control, at, offered)
        return choices

    def choices_ample(self, at: int, control: int, offer: int) -> list[int]:
        """The choices of one service, of which this is on offer, that are all that need be searched."""
        choices = list[int]()
        for offered in self._offers[offer].ample:
            heard = offered.said is not None
            choices += self._choices_heard(control, at, offered) if heard else (self._choice_unheard(at, offered),)
        return choices

    def offer(self, at: int, place: int, digit: int) -> int:
        """What is on offer: what can happen to the service in this state, and what the core hears of it, by a number.
        States with the same have the same choices."""
        return self._digits[at].number(place, digit, self._offerer(at))

    def offers(self) -> int:
        """How many numbers there are of what is on offer."""
        return len(self._offers)

    def _offerer(self, at: int) -> Callable[[int, int], int]:
        def offer(place: int, digit: int) -> int:
            state, scope = self._locals[at].values[digit], self._compiler.scope
            found = moves(SERVICES[at], state, PLACES[place], scope, puts_off=self._puts_off)
            known = [self._numbered(state, move) for move in found]
            number = self._offer_numbers.number(tuple([(each.number, each.ample) for each in known]))
            if number == len(self._offers):
                self._offers.append(_offered(known))
            return number

        return offer

    def _numbered(self, state: ServiceState, move: ServiceMove) -> OfferedMove:
        said = hearing(state, move)
        number = self._hearings.number(said) if said is not None else -1
        ample = partial_order.has_ample_set(state) and partial_order.is_ample(move.step, state)
        return OfferedMove(move, said, self._numbers.number((move, said)), number, ample)

    def _choice_unheard(self, at: int, offered: OfferedMove) -> int:
        """The choice of what the core does not hear, one whatever the control."""
        choice = self._unheard.get(offered.number)
        if choice is None:
            move, program = offered.move, self._compiler.unheard(SERVICES[at], offered.move.steps)
            prepared = self._table.prepared(Choice(move.steps, move.place), move.cost, {SERVICES[at]: program})
            choice = self._unheard[offered.number] = self._table.add(prepared, SAME)
        return choice

    def _choices_heard(self, control: int, at: int, offered: OfferedMove) -> tuple[int, ...]:
        """The choices of what the core hears. It decides by the hearing alone, so rules are compiled once for each."""
        heard = self._heard[control]
        choices = heard.get(offered.number)
        if choices is None:
            new = [
                self._table.add(self._prepared_heard(at, offered, rule), target)
                for rule, target in self._rules_for(control, offered)
            ]
            choices = heard[offered.number] = tuple(new)
        return choices

    def _prepared_heard(self, at: int, offered: OfferedMove, rule: SymbolicRule) -> PreparedChoice:
        key, move = (offered.number, rule.number, rule.violations), offered.move
        prepared = self._prepared.get(key)
        if prepared is None:
            programs = dict(rule.reaction.programs)
            reaction, reads_back = programs.get(SERVICES[at], ()), self._compiler.core_rules.reads_back
            programs[SERVICES[at]] = with_reaction(move, reaction, reads_back)
            choice = Choice(move.steps, move.place, rule.reaction.effects, rule.violations)
            prepared = self._prepared[key] = self._table.prepared(choice, move.cost, programs)
        return prepared

    def _rules_for(self, control: int, offered: OfferedMove) -> list[tuple[SymbolicRule, int]]:
        """The rules of what is heard, and where each leads."""
        key = control, offered.hearing
        rules = self._rules.get(key)
        if rules is None:
            assert offered.said is not None
            fields = self._known(control).fields
            found = self._compiler.reaction(fields, offered.move.step, offered.said)
            rules = self._rules[key] = [(rule, self._number(changed(fields, rule.changes))) for rule in found]
        return rules

    # -- Controls by their fields -------------------------------------------------------------------

    def _known(self, control: int) -> KnownControl:
        if control >= len(self._known_controls):  # none of ours: the one that a search begins in, say
            for value in self._controls.values[len(self._known_controls) :]:
                self._know(self._compiler.fields(value), value)
        return self._known_controls[control]

    def _know(self, fields: Fields, control: Control) -> None:
        self._by_fields[fields] = len(self._known_controls)
        self._known_controls.append(KnownControl(fields, _place_of(control)))

    def _number(self, fields: Fields) -> int:
        number = self._by_fields.get(fields)
        if number is None:
            control = self._compiler.control(fields)
            number = self._controls.number(control)
            if number == len(self._known_controls):
                self._know(fields, control)
            self._known(number)
        return number


def _place_of(control: Control) -> int:
    """The number of the place where a fault belongs that hits a call which is waited for."""
    return PLACES.index(place_of(control.core.procedure, True))


def _offered(moves: list[OfferedMove]) -> Offered:
    return Offered(
        [each for each in moves if each.said is not None],
        [each for each in moves if each.said is None],
        [each for each in moves if each.ample],
    )
