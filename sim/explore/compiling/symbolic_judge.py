"""Whatever judges a search, handed in from outside, since the search itself judges nothing."""

from collections.abc import Callable
from typing import Any, NamedTuple

from broadcast_orchestrator.model.events import CoreEffect
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.views import OpenCall
from broadcast_orchestrator.sim.explore.compiling.watched_records import Replaced
from broadcast_orchestrator.sim.world.steps import Step


class Observation(NamedTuple):
    """What there is to see of a step, beside the core before it and what is remembered: the call that was answered,
    what was asked of the services before it, whether any service was touched, what changes in the core, and whether a
    procedure is under way after it."""

    step: Step
    effects: tuple[CoreEffect, ...]
    call: OpenCall | None
    asked: Any
    touched: bool
    changes: Replaced
    under_way: bool

    def after(self, before: CoreState) -> CoreState:
        """The core after the step."""
        after: CoreState = self.changes.of(before)
        return after


class SymbolicJudge(NamedTuple):
    """What it remembers at the start (a named tuple, as always), what it makes of a step, and of a quiet world.

    `step` gets what it remembers, the core before and after, and an `Observation`; it returns what it remembers then,
    and the violations. `quiet` gets what it remembers and a world. `asks` puts its questions: it gets a function that
    answers a question about the core's view of a service, the core, the step and the answered call. `raised` says what
    it violates that the rules raise something; it raises it again if it is no judge of that. All of them depend on what
    they are given, and on nothing else. The `ledger` are fields of what it remembers that few steps make a difference
    to: searches are quicker for it (`compiling.ledger`).
    """

    start: Any
    step: Callable[[Any, CoreState, CoreState, Observation], tuple[Any, tuple[Any, ...]]]
    quiet: Callable[..., tuple[Any, ...]]
    asks: Callable[..., Any]
    raised: Callable[[Exception], tuple[Any, ...]]
    ledger: tuple[str, ...] = ()


class Nothing(NamedTuple):
    """What there is to remember where nothing is."""


def raise_again(raised: Exception) -> tuple[Any, ...]:
    """Rules that raise are not for this judge to judge."""
    raise raised


NOBODY = SymbolicJudge(Nothing(), lambda *_: (Nothing(), ()), lambda *_: (), lambda *_: None, raise_again)
"""A judge that remembers nothing and minds nothing."""
