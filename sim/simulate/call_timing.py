"""When calls set out, take effect and are answered: the part of a driver that can be done in more than one way."""

from collections.abc import Callable
from typing import Protocol

from broadcast_orchestrator.sim.simulate.clock import Clock
from broadcast_orchestrator.sim.simulate.drawn_calls import DrawnCall


class CallTiming(Protocol):
    """What a driver asks of whoever times its calls.

    `InTime` is the plain way. Another one may let what nobody observes come later, or have a call served elsewhere; it
    moves the driver by its public methods, and by nothing else. What a fault does to a call is not timed here.
    """

    def set_out(self, call: DrawnCall) -> None:
        """A call that no fault hits was made: see to it that it takes effect and is answered when its time comes."""

    def catch_up(self, at: int) -> None:
        """The service at that place in `SERVICES` is about to change by itself: what its calls have done by now without
        having been looked at comes first."""

    def unfold(self, at: int) -> None:
        """Something of that service is due: let `Driver.unfold` take it, and whatever else is due there by now."""


class InTime:
    """Every effect and every reply is a moment on the clock, and comes when it is due."""

    def __init__(
        self,
        clock: Clock,
        effect_comes: Callable[[DrawnCall], None],
        reply_comes: Callable[[DrawnCall], None],
        unfold: Callable[[int], None],
    ) -> None:
        self._later, self._effect_comes, self._reply_comes = clock.later, effect_comes, reply_comes
        self._unfold = unfold

    def set_out(self, call: DrawnCall) -> None:
        """Let both moments come."""
        self._later(call.total_ms, self._reply_comes, call)
        self._later(call.effect_ms, self._effect_comes, call)

    def catch_up(self, at: int) -> None:
        """Nothing has been left out."""

    def unfold(self, at: int) -> None:
        """Nothing else is due."""
        self._unfold(at)
