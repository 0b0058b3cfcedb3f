"""A dashboard of a fleet: the simulator of one orchestrator, on a calendar that all dashboards share.

It is a driver as in a single run (`sim.simulate.driver`) whose calls are timed in another way. Some of them go to a
pool. The effect of a call that just works is looked after no earlier than something else happens to its service, which
nobody can tell from doing it in time. The end of a timer is put on the calendar only where no reply is sure to come
before it. And where a call is all that is on its way and only leads to the next one, this is done ahead of its time,
which nobody can tell either. So most rows of calls are one moment.
"""

import math
from collections.abc import Callable
from typing import Any, Protocol

from broadcast_orchestrator.model.api.orchestrator import Caller
from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.table import IDLE
from broadcast_orchestrator.sim.experiments.story import Story
from broadcast_orchestrator.sim.fleet.calendar import Calendar
from broadcast_orchestrator.sim.fleet.pool import Pool
from broadcast_orchestrator.sim.simulate.call_timing import TimedDriver
from broadcast_orchestrator.sim.simulate.clock import Action, Moments, nothing
from broadcast_orchestrator.sim.simulate.drawn_calls import CallDraws, DrawnCall
from broadcast_orchestrator.sim.simulate.driver import Driver
from broadcast_orchestrator.sim.world.remembered.met_failures import FailuresMet
from broadcast_orchestrator.sim.world.remembered.transition_cache import CachedStep, TransitionCache


class OwnTime:
    """The clock of one dashboard on the calendar of all; of its timer there is only the latest end. `cover` is a call
    whose reply is sure to come before that."""

    __slots__ = ("_calendar", "_fire", "_number", "_planned", "cover", "deadline_ms")

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._fire: Callable[[], object] = nothing
        self._number = 0
        self._planned = False
        self.deadline_ms = math.inf
        self.cover: DrawnCall | None = None

    @property
    def now(self) -> float:
        """The time."""
        return self._calendar.now_ms

    def later(self, delay_ms: float, action: Action, subject: Any) -> None:
        """Do something to the subject after that time."""
        self._calendar.later(delay_ms, action, subject)

    def later_twice(self, first_ms: float, second_ms: float, moments: Moments, subject: Any) -> None:
        """A dashboard times its calls itself."""
        raise NotImplementedError("effects of calls have no moment of their own")

    def arm(self, delay_ms: float, fire: Callable[[], object]) -> None:
        """Set the one timer, in place of whatever was set."""
        self._number += 1
        self._planned, self._fire, self.cover = False, fire, None
        self.deadline_ms = self._calendar.now_ms + delay_ms

    def disarm(self) -> None:
        """Set no timer."""
        self.deadline_ms, self.cover, self._fire = math.inf, None, nothing

    def plan_timer(self) -> None:
        """Put the end of the timer on the calendar, if one is set and is not there already."""
        if not self._planned and self.deadline_ms < math.inf:
            self._planned = True
            self._calendar.alarm(self.deadline_ms, self, self._number)

    def step(self) -> bool:
        """A dashboard has no time of its own to step through."""
        raise NotImplementedError("the calendar lets time pass")

    def is_set(self, number: int) -> bool:
        """Whether this is the timer that is set."""
        return number == self._number and self.deadline_ms < math.inf

    def ring(self) -> None:
        """The timer has run out."""
        fire = self._fire
        self.deadline_ms, self._fire = math.inf, nothing
        fire()


class DashboardObserver(Protocol):
    """Told of every step."""

    def hears(self, dashboard: "Dashboard", before: int, edge: CachedStep) -> None:
        """A dashboard has taken a step from the world of that number."""


class Dashboard:
    """One dashboard, in which a story takes place under the eyes of the census. `pools` are, for each service, where
    its calls go, None where it serves them itself. It `goes_ahead` where no two moments are for the same instant but by
    the rarest chance: what is done ahead of its time would come first there."""

    def __init__(
        self,
        calendar: Calendar,
        steps: TransitionCache,
        config: OrchestratorConfig,
        calls: CallDraws,
        pools: tuple[Pool | None, ...],
        story: Story,
        census: DashboardObserver,
        goes_ahead: bool,
    ) -> None:
        self.clock = OwnTime(calendar)
        self.driver = Driver(self.clock, steps, config, calls, self._hear, self._rest, timing=self)
        self._story, self._hears, self._at_rest = story, census.hears, steps.at_rest
        self.arrived_ms = calendar.now_ms
        self.state = IDLE
        self.live_since_ms = math.inf
        self.was_live = False
        self._calendar, self._pools = calendar, pools
        self._effects_ms: dict[DrawnCall, float] = {}
        self._goes_ahead = goes_ahead

    def _hear(self, before: int, edge: CachedStep, _: FailuresMet, __: Caller | None) -> None:
        self._hears(self, before, edge)
        if edge.entered:
            self._story.entered(edge.entered)

    def _rest(self) -> None:
        """All that a step asked for has been arranged. Where nothing is to come, the dashboard leaves after what is due
        now, so that a fleet keeps no more of them than are there at one time."""
        self._keep_deadline()
        if self._at_rest[self.driver.at] and not self._story.coming:
            self._calendar.later(0, self._leave)

    def _leave(self, _: None) -> None:
        if self._at_rest[self.driver.at] and not self._story.coming:
            self.driver.leave()

    # -- How its calls are timed (see `sim.simulate.call_timing`) -----------------------------------

    def set_out(self, driver: TimedDriver, call: DrawnCall) -> None:
        """A call goes to its pool; where there is none, its reply is planned, and its effect remembered. A reply that
        only leads to the next call is taken ahead of its time."""
        pool, clock, calendar = self._pools[call.at], self.clock, self._calendar
        if pool is not None:
            calendar.later(call.total_ms, pool.arrive, (self, call))
            return
        now = calendar.now_ms
        is_covered = now + call.total_ms <= clock.deadline_ms
        if is_covered and self._goes_ahead and not self._story.coming and (continuation := self.driver.leads_on(call)):
            calendar.now_ms = ahead = now + call.total_ms
            self.driver.go_on(call, continuation, ahead)
            calendar.now_ms = now
            return
        calendar.later(call.total_ms, self._reply_comes, call)
        self._effects_ms[call] = now + call.effect_ms
        if is_covered:
            clock.cover = call

    def catch_up(self, driver: TimedDriver, at: int) -> None:
        """Effects whose time has passed come before anything else happens to the service."""
        self._unfold(at)

    def unfold(self, driver: TimedDriver, at: int) -> None:
        """Let everything come that is due, effects included whose time has passed."""
        self._unfold(at)

    def _unfold(self, at: int) -> None:
        calls, effects_ms, now = self.driver.calls[at], self._effects_ms, self.clock.now
        if effects_ms:
            for call in calls:
                if effects_ms.get(call, math.inf) <= now:
                    del effects_ms[call]
                    call.effect_due = True
        self.driver.unfold(at)
        moments = [effects_ms[call] for call in calls if call in effects_ms]
        if moments and any(call.reply_due for call in calls):  # a reply waits for an older effect
            self.clock.later(min(moments) - now, self._unfold, at)
        self._keep_deadline()

    def _keep_deadline(self) -> None:
        """The end of the timer is planned unless the reply that comes before it is still to come."""
        if self.clock.cover not in self._effects_ms:
            self.clock.plan_timer()

    # -- Replies ------------------------------------------------------------------------------------

    def waits_for(self, call: DrawnCall) -> bool:
        """Whether the call is one that a procedure still waits for."""
        return self.driver.is_awaited(call)

    def served(self, call: DrawnCall) -> None:
        """A pool has done what the call asked for."""
        self._effects_ms[call] = self._calendar.now_ms
        self._reply_comes(call)

    def refused(self, call: DrawnCall) -> None:
        """A pool has not even taken the call."""
        call.has_effect = False
        self._reply_comes(call)

    def _reply_comes(self, call: DrawnCall) -> None:
        takes_effect = self._effects_ms.pop(call, None) is not None
        if not (takes_effect and self.driver.works_at_once(call)):
            call.effect_due, call.reply_due = call.effect_due or takes_effect, True
            self._unfold(call.at)
