"""Which choices are open beside a stance and a ledger, compiled where they are first asked for.

A choice is made once for all ledgers with which it is the same (`ledger`): it says which these are, and what becomes of
them. So a search that goes world by world and one that goes by sets are led by the same few choices.
"""

from typing import Any, NamedTuple

from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.sim.explore.compiling.choices import Choice, ChoiceTable, PreparedChoice
from broadcast_orchestrator.sim.explore.compiling.ledger import Guard, LedgerProgram
from broadcast_orchestrator.sim.explore.compiling.offers import OfferedMove
from broadcast_orchestrator.sim.explore.compiling.rule_memory import SymbolicRule
from broadcast_orchestrator.sim.explore.compiling.service_moves import with_reaction
from broadcast_orchestrator.sim.explore.compiling.symbolic_rules import Compiler
from broadcast_orchestrator.sim.explore.compiling.watched_records import Fields
from broadcast_orchestrator.sim.explore.control import Control
from broadcast_orchestrator.sim.explore.lazy_tables import Interned
from broadcast_orchestrator.sim.explore.loops.native import IMPOSSIBLE, SAME
from broadcast_orchestrator.sim.world.steps import Step, fault_of


class Way(NamedTuple):
    """What the core makes of what it hears, for all ledgers with a guard: rules, where each leads, and what it does to
    the ledger, by number; and by number of what is on offer the choices that come of it."""

    guard: Guard
    rules: list[tuple[SymbolicRule, int, int]]
    choices: dict[int, list[int]]


class Ways:
    """What the core makes of what it hears beside one stance: `known` are the ways, one for each guard that was met."""

    __slots__ = ("_of_guards", "known")

    def __init__(self) -> None:
        self.known = list[Way]()
        self._of_guards: dict[tuple[int, ...], dict[Fields, Way]] | None = None

    @property
    def closed(self) -> bool:
        """Whether there is one for all ledgers."""
        return bool(self.known) and not self.known[0].guard

    def of(self, ledger: Fields) -> Way | None:
        """The way for this ledger; None where it is to be found out."""
        if self._of_guards is None:
            return self.known[0] if self.known else None
        for places, by_values in self._of_guards.items():
            way = by_values.get(tuple([ledger[at] for at in places]))
            if way is not None:
                return way
        return None

    def add(self, way: Way) -> None:
        """One more."""
        self.known.append(way)
        if way.guard:
            self._of_guards = self._of_guards or {}
            places, values = tuple([at for at, _ in way.guard]), tuple([number for _, number in way.guard])
            self._of_guards.setdefault(places, {})[values] = way


class Standing(NamedTuple):
    """What is known of the choices beside a stance: those of no service by step and guard, each with what it has to
    move (None: nothing); and what the core makes of what it hears, by the number of that."""

    central: dict[tuple[Step, Guard], list[tuple[int, LedgerProgram | None]]]
    ways: dict[int, Ways]


class StanceChoices:
    """The choices of one scope, in a `table`; `parts` tells stances and ledgers by number, `programs` what choices do
    to ledgers."""

    def __init__(self, compiler: Compiler) -> None:
        self.table, self.parts = ChoiceTable(), compiler.ledgers()
        self.programs = Interned[LedgerProgram]()
        self.programs.number(LedgerProgram())  # number 0 leaves the ledger as it is
        self._compiler = compiler
        self._standings = list[Standing]()
        self._unheard = dict[int, int]()
        self._prepared = dict[tuple[int | Step, int, tuple[Any, ...]], PreparedChoice]()

    # -- Controls and their parts -------------------------------------------------------------------

    def control(self, stance: int, ledger: int) -> Control:
        """The control with this stance and this ledger."""
        return self._compiler.control(self.parts.fields(stance, ledger))

    def split(self, control: Control) -> tuple[int, int]:
        """The stance and the ledger of a control, by number."""
        return self.parts.split(self._compiler.fields(control))

    def seen(self, stance: int) -> Control:
        """What there is to see of a control by its stance alone; what its ledger says is not to be read."""
        return self._compiler.control(self.parts.stances.values[stance])

    def _standing(self, stance: int) -> Standing:
        while stance >= len(self._standings):
            self._standings.append(Standing({}, {}))
        return self._standings[stance]

    def written(self, program: int, ledger: int) -> int:
        """The ledger that a program makes of one; or that it does not apply to it."""
        after = self.programs.values[program].of(self.parts.ledgers.values[ledger])
        return IMPOSSIBLE if after is None else self.parts.ledgers.number(after)

    # -- Choices ------------------------------------------------------------------------------------

    def central(self, stance: int, ledger: int) -> list[int]:
        """The choices that belong to no single service."""
        known, choices = self._standing(stance), list[int]()
        for step, (guard, rules) in self._compiler.central(self.parts.fields(stance, ledger)):
            made = known.central.get((step, guard))
            if made is None:
                made = [pair for rule in rules for pair in self._add_central(stance, step, guard, rule)]
                known.central[step, guard] = made
            for choice, program in made:
                if program is None or program.of(self.parts.ledgers.values[ledger]) is not None:
                    choices.append(choice)
        return choices

    def _add_central(
        self, stance: int, step: Step, guard: Guard, rule: SymbolicRule
    ) -> list[tuple[int, LedgerProgram | None]]:
        target = self.parts.after(stance, rule.changes)
        moves = target == stance and not rule.violations and not rule.reaction.moves_services
        if moves and not rule.written:  # a refused command, say, is none
            return []
        program = LedgerProgram(guard, rule.written, moves)
        key = step, rule.number, rule.violations
        prepared = self._prepared.get(key)
        if prepared is None:
            choice, cost = Choice((step,), "", rule.reaction.effects, rule.violations), 1 if fault_of(step) else 0
            prepared = self._prepared[key] = self.table.prepared(choice, cost, dict(rule.reaction.programs))
        return [(self.table.add(prepared, target, self.programs.number(program)), program if moves else None)]

    def heard(self, stance: int, ledger: int, at: int, offered: OfferedMove) -> list[int]:
        """The choices of what the core hears of a service."""
        return self.choices_of(self.way(stance, ledger, offered), at, offered)

    def ways(self, stance: int, offered: OfferedMove) -> Ways:
        """What the core makes of what it hears. It decides by that alone, so rules are compiled once for each."""
        known = self._standing(stance).ways
        ways = known.get(offered.hearing)
        if ways is None:
            ways = known[offered.hearing] = Ways()
        return ways

    def way(self, stance: int, ledger: int, offered: OfferedMove) -> Way:
        """What the core makes of it beside this ledger."""
        ways, said = self.ways(stance, offered), self.parts.ledgers.values[ledger]
        way = ways.of(said)
        if way is None:
            assert offered.said is not None
            fields = self.parts.fields(stance, ledger)
            guard, rules = self._compiler.reaction(fields, offered.move.step, offered.said)
            way = Way(guard, [self._led(stance, guard, rule) for rule in rules], {})
            ways.add(way)
        return way

    def _led(self, stance: int, guard: Guard, rule: SymbolicRule) -> tuple[SymbolicRule, int, int]:
        program = self.programs.number(LedgerProgram(guard, rule.written)) if guard or rule.written else 0
        return rule, self.parts.after(stance, rule.changes), program

    def choices_of(self, way: Way, at: int, offered: OfferedMove) -> list[int]:
        """The choices that come of a way, where this is on offer."""
        choices = way.choices.get(offered.number)
        if choices is None:
            choices = way.choices[offered.number] = [
                self.table.add(self._prepared_heard(at, offered, rule), target, program)
                for rule, target, program in way.rules
            ]
        return choices

    def _prepared_heard(self, at: int, offered: OfferedMove, rule: SymbolicRule) -> PreparedChoice:
        key, move = (offered.number, rule.number, rule.violations), offered.move
        prepared = self._prepared.get(key)
        if prepared is None:
            programs = dict(rule.reaction.programs)
            reaction, reads_back = programs.get(SERVICES[at], ()), self._compiler.core_rules.reads_back
            programs[SERVICES[at]] = with_reaction(move, reaction, reads_back)
            choice = Choice(move.steps, move.place, rule.reaction.effects, rule.violations)
            prepared = self._prepared[key] = self.table.prepared(choice, move.cost, programs)
        return prepared

    def unheard(self, at: int, offered: OfferedMove) -> int:
        """The choice of what the core does not hear, one whatever the control."""
        choice = self._unheard.get(offered.number)
        if choice is None:
            move, program = offered.move, self._compiler.unheard(SERVICES[at], offered.move.steps)
            prepared = self.table.prepared(Choice(move.steps, move.place), move.cost, {SERVICES[at]: program})
            choice = self._unheard[offered.number] = self.table.add(prepared, SAME, 0)
        return choice
