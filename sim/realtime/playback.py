"""A saved trace of any engine, shown again at the pace of a wall clock."""

import math

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.sim.realtime.history import RunHistory
from broadcast_orchestrator.sim.realtime.pacer import WorldRun
from broadcast_orchestrator.sim.world.trace import Trace, TraceError, replay, walk


class Playback(WorldRun):
    """A saved trace, shown again at its own pace; one without times goes on every `beat_ms`.

    Raises `TraceError` where the trace does not follow from its rules, or has times that no clock shows.
    """

    beat_ms = 250.0

    def __init__(self, trace: Trace, rules: type[Core] = Core) -> None:
        super().__init__(trace, rules)
        self.grow(trace)
        self._now_ms = 0.0

    def grow(self, trace: Trace) -> None:
        """There is more of the trace; this is all of it by now. Raises `TraceError` as above, and stays as it was."""
        again = replay(trace, self.rules)
        if not again.agrees:
            raise TraceError(f"step {again.differs_at} of the trace does not follow: {again.difference}")
        if any(line.at_ms is not None and not 0 <= line.at_ms < math.inf for line in trace.lines):
            raise TraceError("the trace has times that are no number of milliseconds")
        self.trace = trace
        self._passages = tuple(walk(trace, self.rules))
        self._timed = all(passage.at_ms is not None for passage in self._passages)

    @property
    def now_ms(self) -> float:
        """The time in the trace."""
        return self._now_ms

    @property
    def timed(self) -> bool:
        """Whether every step has a time."""
        return self._timed

    @property
    def over(self) -> bool:
        """Whether every step has been shown."""
        return len(self.history) == len(self._passages)

    @property
    def length(self) -> int:
        """How many steps the whole trace has."""
        return len(self._passages)

    def show_all(self) -> None:
        """Show every step that is left at once."""
        while not self.over:
            self._take_one()

    def rewind(self) -> None:
        """Begin again from nothing, paused."""
        self.paused = True
        self.history = RunHistory(self.trace.config, self.rules)
        self._now_ms = 0.0

    def _go_on(self, duration_ms: float) -> None:
        until_ms = self._now_ms + duration_ms
        while not self.over and self._next_ms() <= until_ms:
            self._take_one()
        self._now_ms = self._now_ms if self.over else until_ms

    def _take_one(self) -> None:
        self._now_ms = max(self._now_ms, self._next_ms())
        self.history.add(self._passages[len(self.history)])

    def _next_ms(self) -> float:
        at_ms = self._passages[len(self.history)].at_ms
        return at_ms if self._timed and at_ms is not None else (len(self.history) + 1) * self.beat_ms
