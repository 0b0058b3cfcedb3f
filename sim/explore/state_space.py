"""The worlds of one scope, and what follows them: many worlds at a time, one look-up a part."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.sim.explore import partial_order as reduction
from broadcast_orchestrator.sim.explore.compiling.choices import Choice, ChoiceTable
from broadcast_orchestrator.sim.explore.compiling.offers import Offers
from broadcast_orchestrator.sim.explore.compiling.open_choices import OpenChoices
from broadcast_orchestrator.sim.explore.compiling.stance_choices import StanceChoices
from broadcast_orchestrator.sim.explore.compiling.symbolic_judge import NOBODY, SymbolicJudge
from broadcast_orchestrator.sim.explore.compiling.symbolic_rules import Compiler
from broadcast_orchestrator.sim.explore.fault_record import NOT_APART, Apart
from broadcast_orchestrator.sim.explore.following import Following, Successors
from broadcast_orchestrator.sim.explore.lazy_tables import ValueFacts, distinct_pairs
from broadcast_orchestrator.sim.explore.loops.native import Numbers
from broadcast_orchestrator.sim.explore.moves import Moves
from broadcast_orchestrator.sim.explore.world_numbers import Keys, Parts, WorldNumbers
from broadcast_orchestrator.sim.world.world import Scope


class Bounds(NamedTuple):
    """What keeps the space finite, part of every claim: at most `older` calls a service that nobody waits for any
    more, and at most `states` worlds in all (None: no limit)."""

    older: int = 2
    states: int | None = None


BOUNDS = Bounds()


class StateSpace:
    """The worlds of one scope under the eyes of one judge.

    `numbers` tells worlds and keys from each other, `stances` makes the choices. Worlds with faults of the classes that
    are told `apart` behind them are worlds of their own, and a run has such faults of one class at one place only.
    With `partial_order`, steps whose order makes no difference are searched in one order only; effects that nobody
    waits for any more are then `taken_at_once`, and those that somebody waits for are put off
    (`sim.explore.partial_order`): where worlds with a record are `settled`, and a local state `has_ample` sets.
    """

    def __init__(
        self,
        scope: Scope,
        rules: type[Core] = Core,
        judge: SymbolicJudge = NOBODY,
        bounds: Bounds = BOUNDS,
        *,
        apart: Apart = NOT_APART,
        partial_order: bool = True,
        taken_at_once: bool = True,
    ) -> None:
        self.scope, self.rules, self.bounds, self.judge, self.apart = scope, rules, bounds, judge, apart
        self.taken_at_once = at_once = partial_order and taken_at_once
        self.numbers, self.stances = WorldNumbers(), StanceChoices(Compiler(scope, rules, judge))
        self.offers = Offers(self.numbers, scope, puts_off=partial_order)
        self.opened = OpenChoices(self.numbers.controls, self.stances, self.offers)
        self.moves = Moves(self.numbers, self.stances, scope.limit, apart, bounds.older)
        self.following = Following(self.numbers, self.stances.table, self.opened, self.moves)
        self._counts = ValueFacts(self.numbers.records, apart.counts)
        commutes = reduction.is_sound(scope)
        self.settled = ValueFacts(
            self.numbers.records, lambda record: at_once and (commutes or record.total >= scope.limit)
        )
        self.has_ample = [ValueFacts(each, reduction.has_ample_set) for each in self.numbers.locals]

    @property
    def table(self) -> ChoiceTable:
        """Every choice that was met so far, and what it does."""
        return self.stances.table

    @property
    def choices(self) -> list[Choice]:
        """Every choice that was met so far, by number."""
        return self.table.choices

    def successors(self, keys: Keys) -> Iterator[Successors]:
        """Everything that follows these worlds, a part at a time. Raises FieldFull, after which the keys are to be
        written anew and their successors asked for again."""
        whole = self.numbers.parts(keys)
        rest = np.arange(len(keys))
        if self.taken_at_once:
            settled = self.settled.of(whole.records) != 0
            for at in range(len(SERVICES)):
                ample = settled[rest] & (self.has_ample[at].of(whole.digits[at][rest]) != 0)
                which = rest[ample]
                lists = self.opened.ample(at, whole.controls[which], whole.digits[at][which])
                yield from self._followed(whole, which, lists)
                rest = rest[~ample]
        left = whole.controls[rest]
        yield from self._followed(whole, rest, self.opened.central(left))
        for at in range(len(SERVICES)):
            local = whole.digits[at][rest]
            yield from self._followed(whole, rest, self.opened.untold(at, left, local))
            yield from self._followed(whole, rest, self.opened.told(at, left, local))

    def _followed(self, whole: Parts, which: Numbers, lists: Numbers) -> Iterator[Successors]:
        """What the choices of these lists lead to; nothing where all are empty, as every other time in a small
        search."""
        if lists.any():
            yield self.following.of(whole, which, lists)

    def counted(self, keys: Keys) -> npt.NDArray[np.bool_]:
        """Which of these worlds are counted: where one class of fault is searched for, those that have met it."""
        counted: npt.NDArray[np.bool_] = self._counts.of(self.numbers.records_of(keys)) != 0
        return counted

    def control_steps(self) -> tuple[Numbers, Numbers]:
        """Which controls may follow which, as far as is known: of each pair the one before and the one after."""
        sources, choices = self.opened.by_control()
        return distinct_pairs(*self.following.leading(sources, choices))
