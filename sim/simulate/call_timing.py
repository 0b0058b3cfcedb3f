"""When calls set out, take effect and are answered: the part of a driver that can be done in more than one way."""

from typing import Protocol

from broadcast_orchestrator.sim.simulate.clock import Clock, Moments
from broadcast_orchestrator.sim.simulate.drawn_calls import DrawnCall


class TimedDriver(Moments, Protocol):
    """Whose calls are timed; the moments are those of a call, its effect and its reply."""

    @property
    def clock(self) -> Clock:
        """What its time goes by."""

    def unfold(self, at: int) -> None:
        """Take what is due of the service at that place in `SERVICES`."""


class CallTiming(Protocol):
    """What a driver asks of whoever times its calls.

    `InTime` is the plain way. Another one may let what nobody observes come later, or have a call served elsewhere; it
    moves the driver by its public methods, and by nothing else. What a fault does to a call is not timed here.
    """

    def set_out(self, driver: TimedDriver, call: DrawnCall) -> None:
        """A call that no fault hits was made: see to it that it takes effect and is answered when its time comes."""

    def catch_up(self, driver: TimedDriver, at: int) -> None:
        """The service at that place in `SERVICES` is about to change by itself: what its calls have done by now without
        having been looked at comes first."""

    def unfold(self, driver: TimedDriver, at: int) -> None:
        """Something of that service is due: let `TimedDriver.unfold` take it, and whatever else is due there by now."""


class InTime:
    """Every effect and every reply is a moment on the clock, and comes when it is due."""

    def set_out(self, driver: TimedDriver, call: DrawnCall) -> None:
        """Let both moments come."""
        driver.clock.later_twice(call.effect_ms, call.total_ms, driver, call)

    def catch_up(self, driver: TimedDriver, at: int) -> None:
        """Nothing has been left out."""

    def unfold(self, driver: TimedDriver, at: int) -> None:
        """Nothing else is due."""
        driver.unfold(at)


IN_TIME = InTime()
"""It knows nothing of any driver, so that no driver is in a circle with it (see `sim.world.garbage`)."""
