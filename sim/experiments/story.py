"""What an experiment says happens, told on a driver until everything is at rest."""

from collections.abc import Iterable
from dataclasses import dataclass

from model.table import IDLE, BroadcastState
from sim.driver import Driver
from sim.experiments.tables import CommandTable, EventTable, Experiment, Happening
from sim.quick import Edge
from sim.steps import Do, Fill, Flip


@dataclass
class _Waiting:
    """What waits for a state, and how often it still may happen."""

    happening: Happening
    left: int


class Story:
    """The story of one run. Whoever makes the driver lets the story hear every step."""

    def __init__(self, experiment: Experiment) -> None:
        self._limit_ms = experiment.limit_ms
        self._happenings = (*experiment.commands, *experiment.events)
        self._left = [_Waiting(each, 1 if each.when else each.times) for each in self._happenings if each.at_ms is None]
        self._coming = 0

    def tell(self, driver: Driver) -> None:
        """Let everything happen, and time pass until nothing more can."""
        self._driver = driver
        for each in self._happenings:
            if each.at_ms is not None:
                self._plan(each, each.at_ms)
        self._entered((IDLE,))
        at_rest, step = driver.steps.at_rest, driver.clock.step
        while self._coming or not at_rest[driver.at]:
            step()

    def hear(self, edge: Edge) -> None:
        """A step has been taken; what waits for a state that it entered is planned now."""
        if edge.entered and self._left:
            self._entered(edge.entered)

    def _entered(self, states: Iterable[BroadcastState]) -> None:
        for state in states:
            for waiting in self._left:
                each = waiting.happening
                if waiting.left and state.value in (each.when, each.whenever):
                    waiting.left -= 1
                    self._plan(each, self._driver.clock.now + each.after_ms)

    def _plan(self, happening: Happening, at_ms: float) -> None:
        """Let it happen at that time, after what is already due then."""
        if at_ms <= self._limit_ms:
            self._coming += 1
            self._driver.clock.later(at_ms - self._driver.clock.now, self._happen, happening)

    def _happen(self, happening: Happening) -> None:
        self._coming -= 1
        if isinstance(happening, CommandTable):
            self._driver.take(Do(happening.command, happening.session_id))
        elif isinstance(happening, EventTable):
            self._event(happening)

    def _event(self, table: EventTable) -> None:
        service = table.service or ""
        match table.event:
            case "lose":
                self._driver.lose(service, noticed=True, notice_after_ms=0)
            case "bypass":
                self._driver.take(Flip(service))
            case "refuse_writes" | "take_writes":
                self._driver.conflict(table.event == "refuse_writes")
            case "empty_feed" | "fill_feed":
                self._driver.take(Fill(table.event == "fill_feed"))
