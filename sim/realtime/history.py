"""A run while it goes on, kept so that one can look back: every step, and everything there was to see after it."""

from typing import NamedTuple

from broadcast_orchestrator.model.api.backend import Backend
from broadcast_orchestrator.model.api.record import HistoryEntry, Record
from broadcast_orchestrator.model.api.snapshot import BroadcastSnapshot, snapshot_of
from broadcast_orchestrator.model.config import DEFAULT_CONFIG, OrchestratorConfig
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import CancelTimer, SetTimer
from broadcast_orchestrator.model.operations import CONVEX
from broadcast_orchestrator.model.views import INDEX
from broadcast_orchestrator.sim.simulate.stores import stores_of, written
from broadcast_orchestrator.sim.world.steps import Effect, Timer
from broadcast_orchestrator.sim.world.trace import Passage
from broadcast_orchestrator.sim.world.world import World, first_world


class ArmedTimer(NamedTuple):
    """The timer that is armed: its kind, and when it runs out, in milliseconds; None where the run has no clock."""

    kind: str
    due_ms: float | None


class _Afterwards(NamedTuple):
    """What the worlds of a passage do not show, as it was after it: `changes` is how many entries the history had."""

    backend: Backend
    changes: int
    alarm: ArmedTimer | None


class RunHistory:
    """The steps of one run, oldest first. A moment is named by how many steps had been taken, so 0 is the beginning."""

    def __init__(self, config: OrchestratorConfig = DEFAULT_CONFIG, rules: type[Core] = Core) -> None:
        self.passages: list[Passage] = []
        self.record = Record()
        self._start = first_world(config, rules)
        self._afterwards = [_Afterwards(Backend(), 0, None)]

    def __len__(self) -> int:
        """How many steps there are."""
        return len(self.passages)

    def add(self, passage: Passage) -> None:
        """One more step has been taken."""
        self.record.add(passage.before.core, passage.effects, passage.after.core, passage.at_ms)
        backend, _, alarm = self._afterwards[-1]
        changes = len(self.record.history)
        self._afterwards.append(_Afterwards(_backend(backend, passage), changes, _alarm(alarm, passage)))
        self.passages.append(passage)

    def world(self, number: int) -> World:
        """The world after so many steps; raises IndexError where there were never so many."""
        self._check(number)
        return self.passages[number - 1].after if number else self._start

    def changes(self, number: int) -> tuple[HistoryEntry, ...]:
        """The changes of state within so many steps, oldest first."""
        return tuple(self.record.history[: self._at(number).changes])

    def alarm(self, number: int) -> ArmedTimer | None:
        """The timer that is armed after so many steps."""
        return self._at(number).alarm

    def snapshot(self, number: int) -> BroadcastSnapshot:
        """What the orchestrator's users saw after so many steps."""
        world = self.world(number)
        return snapshot_of(world.core, self.changes(number), stores_of(world, self._at(number).backend))

    def _at(self, number: int) -> _Afterwards:
        self._check(number)
        return self._afterwards[number]

    def _check(self, number: int) -> None:
        if not 0 <= number <= len(self.passages):
            raise IndexError(f"there is no moment {number}, the run has {len(self.passages)} steps")


def _backend(before: Backend, passage: Passage) -> Backend:
    step = passage.step
    if not isinstance(step, Effect) or step.service != CONVEX or passage.before.truth.refusing:
        return before
    return written(before, passage.before.flights[INDEX[CONVEX]][step.flight], passage.at_ms or 0.0)


def _alarm(before: ArmedTimer | None, passage: Passage) -> ArmedTimer | None:
    alarm = None if isinstance(passage.step, Timer) else before
    for effect in passage.effects:
        if isinstance(effect, SetTimer):
            due_ms = None if passage.at_ms is None else passage.at_ms + effect.duration_ms
            alarm = ArmedTimer(effect.kind, due_ms)
        elif isinstance(effect, CancelTimer):
            alarm = None
    return alarm
