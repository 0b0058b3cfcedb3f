"""What the core has made of events so far, and the judge of that: good in every search under the same rules and judge.

A control is looked up by the numbers of its fields, and what the core and the judge make of it by what they have read
of these (`read_memo`). So controls that differ in what does not matter share their rules, and so do searches of other
scopes, with more faults and under other configurations.
"""

from collections.abc import Hashable
from functools import lru_cache
from typing import Any, NamedTuple

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import CoreEffect
from broadcast_orchestrator.model.state import CoreState, Procedure
from broadcast_orchestrator.sim.explore.compiling.ledger import FIELDS, UNSAID, Guard, LedgerFields
from broadcast_orchestrator.sim.explore.compiling.read_memo import ReadMemo
from broadcast_orchestrator.sim.explore.compiling.recorder import Program
from broadcast_orchestrator.sim.explore.compiling.symbolic_judge import Observation, SymbolicJudge
from broadcast_orchestrator.sim.explore.compiling.watched_records import Change, FieldNumbers, Fields
from broadcast_orchestrator.sim.explore.control import Control
from broadcast_orchestrator.sim.explore.lazy_tables import Interned
from broadcast_orchestrator.sim.world.steps import Step


class Reaction(NamedTuple):
    """What the core makes of an event where services answer as the `programs` say: what it does to them (pairs of
    service and program; the others stay as they are), what it asks for, and how its own state changes, but for which
    failures there were. What there is to judge has the number `observation`; None where the rules raise something, and
    `violations` are what the judge says of that."""

    programs: tuple[tuple[str, Program], ...]
    effects: tuple[CoreEffect, ...] = ()
    changes: tuple[Change, ...] = ()
    observation: int | None = None
    violations: tuple[Any, ...] = ()

    @property
    def moves_services(self) -> bool:
        """Whether it changes any service."""
        return any(not move.question for _, program in self.programs for move in program)


Judged = tuple[tuple[Change, ...], tuple[Any, ...]]
"""How what the judge remembers changes with a step, and what it says of the step."""


class SymbolicRule(NamedTuple):
    """What an event does to every world whose control it was made for and whose services its programs accept: what the
    core makes of it, also by number, how the stance changes and how the ledger does, and what the judge says of it."""

    reaction: Reaction
    number: int
    changes: tuple[Change, ...]
    written: tuple[Change, ...]
    violations: tuple[Any, ...]


class Rules(NamedTuple):
    """The rules of an event beside ledgers with this guard: one for each combination of answers that services may
    give."""

    guard: Guard
    rules: tuple[SymbolicRule, ...]


class RuleMemory:
    """Reactions of the core by event and by what it has read, the judge's answers to them, and the rules that both make
    together; `reactions` that are the same have the same number. `steps` are those that belong to no single service, by
    scope; `ledger` has the fields that are kept apart, those of what the judge remembers by these names."""

    def __init__(self, observer: type[tuple[Any, ...]], names: tuple[str, ...]) -> None:
        self.observers = FieldNumbers(observer)
        self.cores = FieldNumbers(CoreState, self.observers.last, {"procedure": Procedure})
        both = self.observers, self.cores
        self.reactions, self.observations = Interned[Reaction](), Interned[Observation]()
        self.steps = ReadMemo[tuple[Step, ...]](*both)
        self.reacted = ReadMemo[tuple[int, ...]](*both)
        self.judged = ReadMemo[Judged](*both)
        self.rules = ReadMemo[Rules](*both)
        apart = [*self.observers.saying(UNSAID, names), *self.cores.saying(UNSAID, FIELDS)]
        self.ledger = LedgerFields(apart)

    def fields(self, control: Control) -> Fields:
        """The control by the numbers of its fields: those of what the judge remembers, then those of the core."""
        return self.observers.of(control.observer) + self.cores.of(control.core)

    def records(self, fields: Fields) -> tuple[Any, CoreState]:
        """What the judge remembers and the core in the control whose fields have these numbers."""
        return self.observers.record(fields), self.cores.record(fields)


def memory_of(rules: type[Core], judge: SymbolicJudge) -> RuleMemory:
    """What is remembered of these rules under this judge, whatever it remembers at the start."""
    return _memory(type(judge.start), judge.ledger, rules, judge.step, judge.asks, judge.raised)  # type: ignore[arg-type]  # classes can be hashed


@lru_cache(maxsize=2)  # the searches of one core follow each other; the reference may be searched in between
def _memory(observer: type[tuple[Any, ...]], names: tuple[str, ...], *_whose: Hashable) -> RuleMemory:
    return RuleMemory(observer, names)
