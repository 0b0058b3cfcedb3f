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
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.sim.explore.compiling.read_memo import Change, FieldNumbers, Fields, ReadMemo
from broadcast_orchestrator.sim.explore.compiling.recorder import Program
from broadcast_orchestrator.sim.explore.compiling.symbolic_judge import Observation, SymbolicJudge
from broadcast_orchestrator.sim.explore.control import Control
from broadcast_orchestrator.sim.explore.lazy_tables import Interned


class FieldsOfControl(NamedTuple):
    """A control by the numbers of its fields."""

    core: Fields
    observer: Fields


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


class RuleMemory:
    """Reactions of the core by event and by what it has read, and the judge's answers to them; `reactions` that are the
    same have the same number."""

    def __init__(self, observer: type[tuple[Any, ...]]) -> None:
        self.cores, self.observers = FieldNumbers(CoreState), FieldNumbers(observer)
        self.reactions, self.observations = Interned[Reaction](), Interned[Observation]()
        self.reacted = ReadMemo[tuple[int, ...]]()
        self.judged = ReadMemo[Judged]()

    def fields(self, control: Control) -> FieldsOfControl:
        """The control by the numbers of its fields."""
        return FieldsOfControl(self.cores.of(control.core), self.observers.of(control.observer))

    def control(self, fields: FieldsOfControl) -> Control:
        """The control whose fields have these numbers."""
        return Control(self.cores.record(fields.core), self.observers.record(fields.observer))


def memory_of(rules: type[Core], judge: SymbolicJudge) -> RuleMemory:
    """What is remembered of these rules under this judge, whatever it remembers at the start."""
    return _memory(type(judge.start), rules, judge.step, judge.asks, judge.raised)  # type: ignore[arg-type]  # classes can be hashed


@lru_cache(maxsize=2)  # the searches of one core follow each other; the reference may be searched in between
def _memory(observer: type[tuple[Any, ...]], *_whose: Hashable) -> RuleMemory:
    return RuleMemory(observer)
