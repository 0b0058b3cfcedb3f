"""A run while it goes on, kept so that one can look back: every step, and everything there was to see after it."""

from typing import NamedTuple

from broadcast_orchestrator.model.api.backend import Backend
from broadcast_orchestrator.model.api.record import HistoryEntry, Record
from broadcast_orchestrator.model.api.snapshot import BroadcastSnapshot, snapshot_of
from broadcast_orchestrator.model.config import DEFAULT_CONFIG, OrchestratorConfig
from broadcast_orchestrator.model.events import CancelTimer, SetTimer
from broadcast_orchestrator.model.operations import CONVEX
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.views import INDEX
from broadcast_orchestrator.sim.simulate.driver import stores_of, written
from broadcast_orchestrator.sim.world.steps import Effect, Timer
from broadcast_orchestrator.sim.world.trace import Passage
from broadcast_orchestrator.sim.world.world import World


class ArmedTimer(NamedTuple):
    """The timer that is armed: its kind, and when it runs out, in milliseconds; None where the run has no clock."""

    kind: str
    due_ms: float | None


class RunMoment(NamedTuple):
    """How things stood after one step: `changes` is how many entries the history had by then."""

    passage: Passage
    backend: Backend
    changes: int
    alarm: ArmedTimer | None


class Chronicle:
    """The steps of one run, oldest first. A moment is named by how many steps had been taken, so 0 is the beginning."""

    def __init__(self, config: OrchestratorConfig = DEFAULT_CONFIG) -> None:
        self.moments: list[RunMoment] = []
        self.record = Record()
        self._start = World(CoreState(config=config))

    def __len__(self) -> int:
        """How many steps there are."""
        return len(self.moments)

    def add(self, passage: Passage) -> None:
        """One more step has been taken."""
        self.record.add(passage.before.core, passage.effects, passage.after.core, passage.at_ms)
        last = self.moments[-1] if self.moments else None
        backend = _backend(last.backend if last else Backend(), passage)
        alarm = _alarm(last.alarm if last else None, passage)
        self.moments.append(RunMoment(passage, backend, len(self.record.history), alarm))

    def world(self, number: int) -> World:
        """The world after so many steps; raises IndexError where there were never so many."""
        return self._at(number).passage.after if number else self._start

    def history(self, number: int) -> tuple[HistoryEntry, ...]:
        """The changes of state within so many steps, oldest first."""
        return tuple(self.record.history[: self._at(number).changes]) if number else ()

    def alarm(self, number: int) -> ArmedTimer | None:
        """The timer that is armed after so many steps."""
        return self._at(number).alarm if number else None

    def snapshot(self, number: int) -> BroadcastSnapshot:
        """What the orchestrator's users saw after so many steps."""
        world, backend = self.world(number), self._at(number).backend if number else Backend()
        return snapshot_of(world.core, self.history(number), stores_of(world, backend))

    def _at(self, number: int) -> RunMoment:
        if not 1 <= number <= len(self.moments):
            raise IndexError(f"there is no moment {number}, the run has {len(self.moments)} steps")
        return self.moments[number - 1]


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
