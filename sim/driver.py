"""The SimPy driver: when things happen. The core decides what to do, the world what comes of it.

The clock is SimPy's, in milliseconds. Each effect and each reply is one event in its queue; whatever happens is a
step of the world, and nothing else changes a world. At one instant replies come before the timer (reading R7).
"""

from collections.abc import Callable
from functools import partial

import simpy
from simpy.events import NORMAL

from model.backend import Backend, SessionDocument, arguments_for, mutate
from model.core import Core
from model.events import Call, CancelTimer, SetTimer
from model.events import Effect as CoreEffect
from model.operations import CONVEX, SERVICES
from model.orchestrator import Caller
from model.snapshot import Stores
from model.state import DELAY, CoreState
from model.views import INDEX
from sim import local
from sim.calls import CallOnItsWay, Draws
from sim.due import due_answer, due_effect
from sim.faults import CONFLICT, DUPLICATE, EARLY_REPLY, HANG, LATE, LOST_SERVICE, LOST_UNNOTICED
from sim.injection import Injection
from sim.local import OPEN, Flight
from sim.steps import Answer, Conflict, Effect, Lose, Mark, Notice, Step, Timer
from sim.trace import Line, Passage, Trace
from sim.world import World, happen, local_of, place_of

LAST = NORMAL + 1
"""The priority of timers: at one instant, after everything else."""


class Moment(simpy.Event):
    """A point in time at which something is done."""

    def __init__(self, env: simpy.Environment, delay_ms: float, action: Callable[[], None], priority: int) -> None:
        super().__init__(env)
        self._ok, self._value = True, None
        self.callbacks.append(lambda _: action())
        env.schedule(self, priority, delay_ms)  # type: ignore[arg-type]


class Driver:
    """A world on a clock. `on_step` hears of every step, with the caller whose command it is; `on_rest` is called
    when everything that a step asked for has been arranged. `sessions` are those that the backend knows; None: any."""

    def __init__(
        self,
        trace: Trace,
        draws: Draws,
        injection: Injection,
        sessions: Backend | None,
        rules: type[Core],
        on_step: Callable[[Passage, Caller | None], None],
        on_rest: Callable[[], None],
    ) -> None:
        self.env = simpy.Environment(initial_time=0.0)
        self.world = World(CoreState(config=trace.config))
        self.trace = trace
        self.backend = sessions or Backend()
        self._knows_any_session = sessions is None
        self._draws, self._injection, self._rules = draws, injection, rules
        self._on_step, self._on_rest = on_step, on_rest
        self._calls: tuple[list[CallOnItsWay], ...] = tuple([] for _ in SERVICES)
        self._held: list[CallOnItsWay] = []
        self._timers = 0
        self._armed = 0

    def stores(self) -> Stores:
        """What the services truly are."""
        live_feed, session, host, producer = self.world.truth.active
        initialized, content = self.world.truth.initialized, self.world.core.content
        return Stores(live_feed, session, host, producer, initialized, content, self.backend)

    def take(self, step: Step, caller: Caller | None = None) -> None:
        """Let the step happen now, and arrange what it asks for."""
        self._apply(step, caller)
        self._on_rest()

    def lose(self, service: str, noticed: bool, notice_after_ms: float) -> None:
        """A service falls over, unless there is nothing to fall or it has just done so; its report comes after that
        time, at the latest just before its next reply."""
        whole = local_of(self.world, service)
        if whole.reported or not (whole.active or whole.initialized):
            return
        self._apply(Lose(service, LOST_SERVICE if noticed else LOST_UNNOTICED))
        if noticed:
            self._later(notice_after_ms, lambda: self._report_arrives(service))
        self._on_rest()

    # -- A step and what follows from it ------------------------------------------------------------

    def _apply(self, step: Step, caller: Caller | None = None) -> None:
        before = self.world
        self.world, effects = happen(before, step, self._rules)
        self.trace.lines.append(Line(self.env.now, step, effects, self.world.core.state))
        if isinstance(step, Effect) and step.service == CONVEX and not before.truth.refusing:
            self._write(before.flights[INDEX[CONVEX]][step.flight])
        calls = [self._drawn(effect) for effect in effects if isinstance(effect, Call)]
        self._strike_out(step)
        self._on_step(Passage(before, step, effects, self.world, self.env.now), caller)
        for effect in effects:
            self._arm(effect)
        for call in calls:
            self._set_out(call)
        self._let_go()

    def _write(self, flight: Flight) -> None:
        """Keep the backend's documents in step with what the world says of them (clause CX-4)."""
        session = flight.session or ""
        if self.backend.get(session) is None:
            self.backend = Backend((*self.backend.sessions, SessionDocument(session)))
        arguments = arguments_for(session, live=flight.operation == "convex.live")
        self.backend = mutate(self.backend, arguments, self.env.now)

    def _drawn(self, effect: Call) -> CallOnItsWay:
        """The call with all its draws, beside its flight."""
        place = place_of(self.world.core.procedure, True)
        fault = self._injection.decide(effect.operation, place, self.env.now)
        call = self._draws.call(effect.operation, effect.session, fault)
        if call.service == CONVEX and not self._knows_any_session and self.backend.get(call.session or "") is None:
            call.has_effect = False  # a mutation of a session that does not exist fails
        self._calls[INDEX[call.service]].append(call)
        return call

    def _strike_out(self, step: Step) -> None:
        """Drop the calls that the world dropped: the one that the step ended, and hung ones that nobody waits for."""
        if isinstance(step, Answer | Effect):
            at = INDEX[step.service]
            replied = isinstance(step, Answer) and step.fault not in (EARLY_REPLY, DUPLICATE)
            if replied or (isinstance(step, Effect) and len(self._calls[at]) > len(self.world.flights[at])):
                self._calls[at].pop(step.flight)
        for calls, flights in zip(self._calls, self.world.flights, strict=True):
            if len(calls) > len(flights):
                calls[:] = [call for call in calls if not call.hung]

    def _arm(self, effect: CoreEffect) -> None:
        """Set the one timer, or disarm it: what is then still in SimPy's queue means nothing."""
        if isinstance(effect, SetTimer):
            self._timers += 1
            self._armed = number = self._timers
            self._later(effect.duration_ms, lambda: self._timer_fires(number), LAST)
        elif isinstance(effect, CancelTimer):
            self._armed = 0

    def _set_out(self, call: CallOnItsWay) -> None:
        """Let the moments of a new call come."""
        if call.fault in (HANG, LATE):
            self._apply(Mark(call.service, self._place(call), call.fault))
            call.hung = call.fault == HANG
        if call.held:
            self._held.append(call)
        elif call.fault != HANG:
            self._later(call.total_ms, lambda: self._reply_comes(call))
        if call.has_effect and not (call.held and call.luck < 1 / 3):
            self._later(call.effect_ms, lambda: self._effect_comes(call))

    def _let_go(self) -> None:
        """The late reply of a call sets out when the call is given up; so does its effect, if it is late too."""
        for call in tuple(self._held):
            if not local.is_awaited(local_of(self.world, call.service), self._place(call)):
                self._held.remove(call)
                if call.has_effect and call.luck < 1 / 3:
                    self._later(call.effect_ms, partial(self._effect_comes, call))
                self._later(call.total_ms, partial(self._reply_comes, call))

    def _later(self, delay_ms: float, action: Callable[[], None], priority: int = NORMAL) -> None:
        Moment(self.env, delay_ms, action, priority)

    def _place(self, call: CallOnItsWay) -> int:
        return self._calls[INDEX[call.service]].index(call)

    # -- Moments ------------------------------------------------------------------------------------

    def _timer_fires(self, number: int) -> None:
        """The limit has come: what is still waited for is late from now on (reading R7)."""
        if number != self._armed:
            return
        procedure = self.world.core.procedure
        if procedure is not None and procedure.phase != DELAY and not procedure.draining:
            self._mark_late()
        self.take(Timer())

    def _mark_late(self) -> None:
        for service, calls in zip(SERVICES, self._calls, strict=True):
            for index in range(len(calls)):
                whole = local_of(self.world, service)
                if whole.flights[index].reply == OPEN and local.is_awaited(whole, index):
                    self._apply(Mark(service, index, LATE))

    def _effect_comes(self, call: CallOnItsWay) -> None:
        call.effect_due = True
        self._unfold(call.service)

    def _reply_comes(self, call: CallOnItsWay) -> None:
        call.reply_due = True
        self._unfold(call.service)

    def _report_arrives(self, service: str) -> None:
        if service in self.world.reports:
            self.take(Notice(service))
            self._unfold(service)

    def _unfold(self, service: str) -> None:
        """Take every step of this service that is due, the oldest call first, until nothing is."""
        while self._unfold_one(service):
            pass

    def _unfold_one(self, service: str) -> bool:
        for index, call in enumerate(self._calls[INDEX[service]]):
            whole = local_of(self.world, service)
            if effect := due_effect(call, whole, index):
                self._take_effect(call, effect)
                return True
            if answer := due_answer(call, whole, index):
                self._give_answer(call, answer)
                return True
        return False

    def _take_effect(self, call: CallOnItsWay, effect: Effect) -> None:
        call.effect_due = False
        if call.fault == CONFLICT and not self.world.truth.refusing:
            self._apply(Conflict(True, CONFLICT))
        self.take(effect)
        if call.fault == LOST_SERVICE and effect.service != CONVEX:
            self.lose(call.service, True, call.total_ms - call.effect_ms)

    def _give_answer(self, call: CallOnItsWay, answer: Answer) -> None:
        """A report on its way comes first; a conflict is over once it has been told (reading R14)."""
        if call.service in self.world.reports:
            self.take(Notice(call.service))
            return
        call.reply_due = False
        self.take(answer)
        if answer.fault == DUPLICATE:
            self._later(self._draws.latency_ms(call.operation), lambda: self._effect_comes(call))
        if call.fault == CONFLICT and self.world.truth.refusing:
            self.take(Conflict(False))
