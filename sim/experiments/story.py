"""What an experiment says happens, told on a driver until everything is at rest."""

from collections.abc import Iterable
from typing import NamedTuple

from broadcast_orchestrator.model.table import IDLE
from broadcast_orchestrator.sim.experiments.tables import CommandTable, EventTable, Experiment, Happening
from broadcast_orchestrator.sim.simulate.driver import Driver
from broadcast_orchestrator.sim.world.steps import Do, Fill


class Act(NamedTuple):
    """Something that happens: a command, which is a `step`, or an `event`; `after_ms` after its moment."""

    after_ms: float
    step: Do | None
    event: EventTable | None


class Plot:
    """What an experiment says happens, made ready once for all of its runs: the acts that have their time, and those
    that wait for a state, each with the state and with how often it may happen at most."""

    def __init__(self, experiment: Experiment) -> None:
        happenings = (*experiment.commands, *experiment.events)
        self.limit_ms = experiment.limit_ms
        self.timed = tuple((each.at_ms, _act(each)) for each in happenings if each.at_ms is not None)
        waiting = [each for each in happenings if each.at_ms is None]
        self.often = tuple(1 if each.when else each.times for each in waiting)
        self.by_state: dict[str, list[tuple[int, Act]]] = {}
        for place, each in enumerate(waiting):
            self.by_state.setdefault(each.when or each.whenever or "", []).append((place, _act(each)))


def _act(happening: Happening) -> Act:
    if isinstance(happening, CommandTable):
        return Act(happening.after_ms, Do(happening.command, happening.session_id), None)
    return Act(happening.after_ms, None, happening if isinstance(happening, EventTable) else None)


class Story:
    """The story of one run. Whoever makes the driver lets the story hear every step. `coming` is how much is to come of
    it by itself."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._left = list(plot.often)
        self.coming = 0

    def begin(self, driver: Driver) -> None:
        """Plan what is to come, from now on."""
        self._driver, self._clock = driver, driver.clock
        began_ms = self._clock.now
        for at_ms, act in self._plot.timed:
            self._plan(act, began_ms + at_ms)
        self.entered((IDLE,))

    def tell(self, driver: Driver) -> None:
        """Let everything happen, and time pass until nothing more can."""
        self.begin(driver)
        at_rest, step = driver.steps.at_rest, driver.clock.step
        while self.coming or not at_rest[driver.at]:
            step()
        del self._driver, self._clock  # nothing comes any more, and nothing is left in a circle

    def entered(self, states: Iterable[str]) -> None:
        """A step has been taken that entered these states; what waits for one of them is planned now."""
        left = self._left
        for state in states:
            for place, act in self._plot.by_state.get(state, ()):
                if left[place]:
                    left[place] -= 1
                    self._plan(act, self._clock.now + act.after_ms)

    def _plan(self, act: Act, at_ms: float) -> None:
        """Let it happen at that time, after what is already due then."""
        if at_ms <= self._plot.limit_ms:
            self.coming += 1
            self._clock.later(at_ms - self._clock.now, self._happen, act)

    def _happen(self, act: Act) -> None:
        self.coming -= 1
        if act.step is not None:
            self._driver.take(act.step)
        elif act.event is not None:
            self._event(act.event)

    def _event(self, table: EventTable) -> None:
        service = table.service or ""
        match table.event:
            case "lose":
                self._driver.lose(service, noticed=True, notice_after_ms=0)
            case "bypass":
                self._driver.flip(service)
            case "refuse_writes" | "take_writes":
                self._driver.conflict(table.event == "refuse_writes")
            case "reload":
                self._driver.reload()
            case "suspend":
                self._driver.suspend(table.for_ms or 0.0)
            case "second_dashboard":
                self._driver.elsewhere(table.command or "")
            case "empty_feed" | "fill_feed":
                self._driver.take(Fill(table.event == "fill_feed"))
