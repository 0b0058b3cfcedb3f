"""Runs at the pace of a wall clock: in real time, faster or slower, paused, or step by step.

Whoever has the wall clock says how much of it has passed; nothing here reads one. What runs is one of four: the
reference against the simulated services (`sim.realtime.live_run`), a run whose steps somebody picks
(`sim.realtime.chosen_run`), a saved trace (`sim.realtime.playback`), or another implementation
(`sim.realtime.subject_run`).
"""

from abc import ABC, abstractmethod

from broadcast_orchestrator.model.config import shown
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.sim.realtime.history import RunHistory
from broadcast_orchestrator.sim.world.trace import Trace

SLOWEST, FASTEST = 0.01, 1000.0
"""The limits of the speed, in simulated seconds a second."""

LONGEST_S = 1.0
"""How much of the wall clock counts at once, in seconds: a machine that slept does not have to catch up."""

ROOM = 5_000
"""How many steps a live run may have before it has to be begun anew: every one of them stays in memory."""


class Pacer(ABC):
    """A run that goes on while time passes. `stuck` says in one line why it cannot go on, "" while it can."""

    def __init__(self) -> None:
        self.paused = False
        self.speed = 1.0
        self.stuck = ""

    @property
    @abstractmethod
    def shown(self) -> int:
        """How many steps have happened."""

    @property
    @abstractmethod
    def now_ms(self) -> float:
        """The run's own time, in milliseconds since its beginning."""

    @property
    def timed(self) -> bool:
        """Whether the run has a clock."""
        return True

    @property
    def over(self) -> bool:
        """Whether nothing will ever happen any more."""
        return bool(self.stuck)

    def advance(self, elapsed_s: float) -> None:
        """So many seconds have passed on the wall."""
        if not self.paused and not self.over:
            self._go_on(min(max(elapsed_s, 0.0), LONGEST_S) * 1000 * self.speed)

    def step(self) -> bool:
        """Pause, and let the next thing happen whenever that is; False where nothing will."""
        self.paused = True
        before = self.shown
        if not self.over:
            self._take_one()
        return self.shown > before

    def set_speed(self, speed: object) -> None:
        """Simulated seconds a second; raises `ValueError`, one line, for what is no such number."""
        if isinstance(speed, bool) or not isinstance(speed, int | float) or not SLOWEST <= speed <= FASTEST:
            raise ValueError(f"speed: expected a number from {SLOWEST:g} to {FASTEST:g}, got {shown(speed)}")
        self.speed = float(speed)

    @abstractmethod
    def _go_on(self, duration_ms: float) -> None:
        """Let so much of the run's own time pass."""

    @abstractmethod
    def _take_one(self) -> None:
        """Let the next thing happen."""


class WorldRun(Pacer):
    """A run of the world by some rules, with its trace and all that can be looked back on."""

    def __init__(self, trace: Trace, rules: type[Core]) -> None:
        super().__init__()
        self.rules = rules
        self.trace = trace
        self.history = RunHistory(trace.config, rules)

    @property
    def shown(self) -> int:
        """How many steps have happened."""
        return len(self.history)
