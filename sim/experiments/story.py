"""One run of an experiment on the simulator: what it says happens, until everything is at rest."""

from collections.abc import Callable
from functools import partial

from simpy.events import NORMAL

from model.events import Transition
from model.table import IDLE, BroadcastState
from sim.driver import Moment
from sim.experiments.tables import CommandTable, EventTable, Experiment, Happening
from sim.studio import Studio
from sim.trace import Passage
from sim.world import quiet

Watcher = Callable[[float, Passage], object]
"""Told the time in milliseconds of every step, and the step."""


def play(experiment: Experiment, seed: int, watch: Watcher) -> Studio:
    """Make one run, as `seed` decides, and return the studio in which everything has come to rest."""
    return _Run(experiment, seed, watch).studio


class _Run:
    def __init__(self, experiment: Experiment, seed: int, watch: Watcher) -> None:
        self.studio = Studio(
            seed=seed,
            latency=experiment.latency,
            faults=experiment.faults,
            config=experiment.config,
            sessions=experiment.sessions,
            watch=self._see,
        )
        self._watch = watch
        self._limit_ms = experiment.limit_ms
        self._coming = 0
        happenings = (*experiment.commands, *experiment.events)
        self._left = [(each, 1 if each.when else each.times) for each in happenings if each.at_ms is None]
        for each in happenings:
            if each.at_ms is not None:
                self._plan(each, each.at_ms)
        self._entered(IDLE)
        self._play()

    def _play(self) -> None:
        env = self.studio.driver.env
        while self._coming or not quiet(self.studio.world):
            env.step()

    def _see(self, passage: Passage) -> None:
        for effect in passage.effects:
            if isinstance(effect, Transition):
                self._entered(effect.target)
        self._watch(self.studio.now_ms, passage)

    def _entered(self, state: BroadcastState) -> None:
        for at, (each, left) in enumerate(self._left):
            if left and state.value in (each.when, each.whenever):
                self._left[at] = (each, left - 1)
                self._plan(each, self.studio.now_ms + each.after_ms)

    def _plan(self, happening: Happening, at_ms: float) -> None:
        """Let it happen at that time, after what is already due then."""
        if at_ms <= self._limit_ms:
            self._coming += 1
            delay_ms = at_ms - self.studio.now_ms
            Moment(self.studio.driver.env, delay_ms, partial(self._happen, happening), NORMAL)

    def _happen(self, happening: Happening) -> None:
        self._coming -= 1
        if isinstance(happening, CommandTable):
            give = getattr(self.studio.orchestrator, happening.command)
            if happening.session_id is None:
                give()
            else:
                give(happening.session_id)
        elif isinstance(happening, EventTable):
            self._event(happening)

    def _event(self, table: EventTable) -> None:
        match table.event:
            case "lose":
                self.studio.lose(table.service or "")
            case "bypass":
                self.studio.bypass(table.service or "")
            case "refuse_writes" | "take_writes":
                self.studio.conflict(table.event == "refuse_writes")
            case "empty_feed" | "fill_feed":
                self.studio.fill(table.event == "fill_feed")
