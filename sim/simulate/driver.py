"""The simulator: when things happen. The core decides what to do, the world what comes of it.

Each effect and each reply is one moment on a clock; whatever happens is a step of the world, and nothing else changes
a world. The same driver runs on SimPy's clock, where scripts wait beside it, and on a bare heap, where runs are quick.
"""

from collections.abc import Callable
from typing import assert_never

from broadcast_orchestrator.model.api.orchestrator import Caller
from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.events import CancelTimer, SetTimer
from broadcast_orchestrator.model.measures import POLL_PERIOD_MS
from broadcast_orchestrator.model.operations import CONVEX, SERVICES
from broadcast_orchestrator.model.state import DELAY
from broadcast_orchestrator.model.views import INDEX
from broadcast_orchestrator.sim.simulate.call_timing import IN_TIME, CallTiming
from broadcast_orchestrator.sim.simulate.clock import BareClock, Clock
from broadcast_orchestrator.sim.simulate.drawn_calls import AS_USUAL, CallDraws, DrawnCall
from broadcast_orchestrator.sim.simulate.due import due_answer, due_effect
from broadcast_orchestrator.sim.simulate.polling import Polling
from broadcast_orchestrator.sim.world import service_state
from broadcast_orchestrator.sim.world.fault_semantics import (
    SEMANTICS,
    SILENT,
    ServiceChange,
    can_hit,
)
from broadcast_orchestrator.sim.world.faults import CONFLICT, HANG, LATE, LOST_SERVICE, LOST_UNNOTICED, NONE
from broadcast_orchestrator.sim.world.remembered.met_failures import FailuresMet, after_step
from broadcast_orchestrator.sim.world.remembered.transition_cache import (
    FIRST_ANSWER,
    FIRST_EFFECT,
    CachedStep,
    Continuation,
    PlainCall,
    TransitionCache,
)
from broadcast_orchestrator.sim.world.service_state import OPEN, PENDING, ServiceState
from broadcast_orchestrator.sim.world.steps import (
    Answer,
    Conflict,
    Effect,
    Elsewhere,
    Flip,
    Lose,
    Mark,
    Notice,
    Reload,
    Step,
    Suspend,
    Timer,
)
from broadcast_orchestrator.sim.world.world import (
    CALLS_ELSEWHERE,
    ITS_SESSION,
    Scene,
    World,
    has_to_forget,
    timer_can_fire,
)

Hearer = Callable[[int, CachedStep, FailuresMet, Caller | None], object]
"""Told of every step: the number of the world before it, the edge that it is, the failures met before it, and the
caller whose command it is."""


AT_ONCE = 100
"""How many calls may come one after the other before whoever lets time pass is asked again."""


class Driver:
    """A world on a clock, as numbered by `steps`. `on_step` hears of every step; `on_rest` is called when everything
    that a step asked for has been arranged. `calls` draws what each is to come to; `timing` says when those without a
    fault come to what; left out, in time. `poll_period_ms`: how often services are read that the rules have polled.

    `met` are the failures that the core keeps (see `sim.world.remembered.met_failures`). `calls` are, for each service,
    those under way, each at the place of its flight in the world, oldest first.
    """

    def __init__(
        self,
        clock: Clock,
        steps: TransitionCache,
        config: OrchestratorConfig,
        calls: CallDraws,
        on_step: Hearer,
        on_rest: Callable[[], None] | None = None,
        timing: CallTiming | None = None,
        poll_period_ms: float = POLL_PERIOD_MS,
    ) -> None:
        self.clock = clock
        self.steps = steps
        self.at = steps.start(config)
        self._edges, self._services, self._works, self._lone = steps.edges, steps.services, steps.works, steps.lone
        self.faults = 0
        self.met: FailuresMet = ()
        self._new = calls
        self.on_step, self._on_rest = on_step, on_rest
        self.calls: tuple[list[DrawnCall], ...] = tuple([[] for _ in SERVICES])
        self._held: list[DrawnCall] = []
        self._asleep = self._overslept = self._timer_first = False
        self._until_ms = 0.0
        self._timing = timing or IN_TIME
        polled = steps.rules.polled
        self._polling = Polling(clock, poll_period_ms, self.service, self._is_told) if polled else None
        self._has_company = polled or on_rest is not None

    @property
    def world(self) -> World:
        """The world as it is."""
        return self.steps.world(self.at, self.met)._replace(faults=self.faults)

    @property
    def quiet(self) -> bool:
        """Whether nothing is under way, and nothing on its way that could still change anything."""
        return self.steps.at_rest[self.at]

    def service(self, at: int) -> ServiceState:
        """The service at that place in `SERVICES`, as it is."""
        return self._services[self.at][at]

    def is_awaited(self, call: DrawnCall) -> bool:
        """Whether a procedure still waits for the call."""
        return service_state.is_awaited(self.service(call.at), self._place(call))

    def leave(self) -> None:
        """Nothing will happen to it any more: nobody hears of it, and it is in no circle with those who did."""
        self.on_step, self._on_rest, self._timing = _nobody_hears, None, IN_TIME

    # -- What happens, and when is for others to say ------------------------------------------------

    def take(self, step: Step, caller: Caller | None = None) -> None:
        """Let the step happen now, and arrange what it asks for."""
        before = self.at
        self._follow(before, self._edges[before].get(step) or self.steps.edge(before, step, self.met), caller)
        if self._on_rest is not None:
            self._on_rest()

    def works_at_once(self, call: DrawnCall) -> bool:
        """Let the call take effect, which nobody is to hear of, and be answered with success, both now; False where
        something is in the way: then nothing was done."""
        plain = self._plain(call)
        if plain is None:
            return False
        effect, answer, _ = plain
        self._follow(effect.after, answer)
        if self._on_rest is not None:
            self._on_rest()
        return True

    def leads_on(self, call: DrawnCall) -> Continuation | None:
        """How the call will be answered, where nobody else could see that it was so already (see `LoneCalls`)."""
        return None if self.met else self._lone[self.at, call.at]

    def go_on(self, call: DrawnCall, continuation: Continuation, now_ms: float) -> None:
        """Let the call take effect, which nobody is to hear of, and be answered so, both now; that leads to the next
        one, and to nothing else."""
        before, answer = continuation
        self.at = at = answer.after
        ((operation, session),) = answer.calls
        following = self._new.call(operation, session, self.steps.places[at], now_ms)
        self.calls[call.at].clear()
        self.calls[following.at].append(following)
        self.on_step(before, answer, (), None)
        if answer.timer is not None:
            self._arm(answer.timer)
        self._send(following)

    def lose(self, service: str, noticed: bool, notice_after_ms: float) -> None:
        """A service falls over, unless there is nothing to fall or it has just done so; its report comes after that
        time, at the latest just before its next reply."""
        self._timing.catch_up(self, INDEX[service])
        whole = self.service(INDEX[service])
        if whole.reported or whole.unread or not (whole.active or whole.initialized):
            return
        self._apply(Lose(service, LOST_SERVICE if noticed else LOST_UNNOTICED))
        if noticed:
            self.clock.later(notice_after_ms, self._report_arrives, service)
        if self._on_rest is not None:
            self._on_rest()

    def flip(self, service: str) -> None:
        """Someone switches a service behind the orchestrator's back."""
        self._timing.catch_up(self, INDEX[service])
        self.take(Flip(service))

    def conflict(self, refusing: bool) -> None:
        """The backend refuses every write from now on, or takes them again, unless it does so already."""
        self._timing.catch_up(self, INDEX[CONVEX])
        if refusing != self.service(INDEX[CONVEX]).refusing:
            self.take(Conflict(refusing, CONFLICT if refusing else ""))

    # -- What befalls the orchestrator as a whole ---------------------------------------------------

    def reload(self) -> None:
        """The orchestrator forgets everything and is in idle (F12), unless it has nothing to forget. What it has called
        takes effect all the same, in time and whatever was to go wrong with it: nobody hears of it any more."""
        if not has_to_forget(self.steps.cores[self.at]):
            return
        held, self._held = self._held, []
        met_conflict = self._met_conflict()
        self._apply(Reload())
        self.clock.disarm()
        self._asleep = self._overslept = False
        for call in [call for calls in self.calls for call in calls]:
            self._leave_behind(call, call in held)
        if met_conflict:
            self._apply(Conflict(False))
        self._unfold_all()

    def _met_conflict(self) -> bool:
        """Whether a call has met a conflict that would be over once it is told."""
        at = INDEX[CONVEX]
        met = [flight.effect is not PENDING for flight in self.service(at).flights]
        return self.service(at).refusing and any(
            call.fault == CONFLICT and has_met for call, has_met in zip(self.calls[at], met, strict=True)
        )

    def _leave_behind(self, call: DrawnCall, held: bool) -> None:
        """A call that will reach nobody any more takes effect; its moment is planned unless it is already."""
        if not call.has_effect or (held and call.outcome.late_effect):
            self.clock.later(call.effect_ms, self.first_comes, call)
        call.fault, call.outcome, call.has_effect = NONE, AS_USUAL, True

    def elsewhere(self, command: str) -> bool:
        """Another dashboard issues the command, one of `CALLS_ELSEWHERE` (F13): its calls set out at once, and take
        effect in time. False where the backend's lease does not let it: then nothing happens."""
        if not service_state.may_command_elsewhere(self.service(INDEX[CONVEX]), command):
            return False
        self._apply(Elsewhere(command))
        for operation in CALLS_ELSEWHERE[command]:
            call = self._new.elsewhere(operation, ITS_SESSION)
            self.calls[call.at].append(call)
            self.clock.later(call.effect_ms, self.first_comes, call)
        if self._on_rest is not None:
            self._on_rest()
        return True

    def suspend(self, duration_ms: float, timer_first: bool | None = None) -> None:
        """The orchestrator sleeps for that long (F14): its calls take effect, but no timer runs out, no reply and no
        report is heard. Then all that is overdue comes, the timer first or the replies first (None: luck decides)."""
        self._timer_first = self._new.timer_is_first() if timer_first is None else timer_first
        self._asleep, self._until_ms = True, max(self._until_ms, self.clock.now + duration_ms)
        self.clock.later(duration_ms, self._wake, None)

    def _wake(self, _: None) -> None:
        if not self._asleep or self.clock.now < self._until_ms:
            return
        self._asleep = False
        if self._overslept and self._timer_first:
            self._is_late_for_all()
        self._unfold_all()
        if self._overslept:
            self._timer_fires()
        if self._polling is not None:
            self._polling.plan()

    def _is_late_for_all(self) -> None:
        """The timer comes before the replies that have come in the meantime."""
        procedure = self.steps.cores[self.at].procedure
        if procedure is not None and not timer_can_fire(Scene(self.world), procedure):
            self._apply(Suspend())
        self._overslept = False
        self.take(Timer())

    def _unfold_all(self) -> None:
        for at in range(len(SERVICES)):
            self._timing.unfold(self, at)
        if self._on_rest is not None:
            self._on_rest()

    # -- A step and what follows from it ------------------------------------------------------------

    def _apply(self, step: Step) -> None:
        before = self.at
        self._follow(before, self._edges[before].get(step) or self.steps.edge(before, step, self.met))

    def _follow(self, before: int, edge: CachedStep, caller: Caller | None = None) -> None:
        self.at = now_at = edge.after
        self.faults += edge.cost
        met, calls, drawn = self.met, self.calls, []
        if edge.kept is not None:
            self.met = after_step(edge.kept, met)
        for operation, session in edge.calls:
            call = self._new.call(operation, session, self.steps.places[now_at], self.clock.now)
            calls[call.at].append(call)
            drawn.append(call)
        for at, place in edge.gone:
            if calls[at].pop(place).fault is HANG and calls[at]:
                self.clock.later(0, self._unfold_now, at)  # another dashboard's call may have waited for its turn
        self.on_step(before, edge, met, caller)
        if edge.timer is not None:
            self._arm(edge.timer)
        for call in drawn:
            self._send(call)
        if self._held:
            self._let_go()
        if self._polling is not None:
            self._polling.plan()

    def _arm(self, timer: SetTimer | CancelTimer) -> None:
        self._overslept = False
        if isinstance(timer, SetTimer):
            self.clock.arm(timer.duration_ms, self._timer_fires)
        else:
            self.clock.disarm()

    def _send(self, call: DrawnCall) -> None:
        """Let the moments of a new call come."""
        if call.fault is NONE:
            self._timing.set_out(self, call)
            return
        if call.fault in SILENT:
            self._apply(Mark(call.service, self._place(call), call.fault))
        if call.outcome.late_reply:
            self._held.append(call)
        elif call.outcome.has_reply:
            self.clock.later(call.total_ms, self.second_comes, call)
        if call.has_effect and not call.outcome.late_effect:
            self.clock.later(call.effect_ms, self.first_comes, call)

    def _let_go(self) -> None:
        """The late reply of a call sets out when the call is given up; so does its effect, if it is late too."""
        for call in tuple(self._held):
            if not self.is_awaited(call):
                self._held.remove(call)
                if call.has_effect and call.outcome.late_effect:
                    self.clock.later(call.effect_ms, self.first_comes, call)
                self.clock.later(call.total_ms, self.second_comes, call)

    def _place(self, call: DrawnCall) -> int:
        return self.calls[call.at].index(call)

    # -- Moments ------------------------------------------------------------------------------------

    def _timer_fires(self) -> None:
        """The limit has come: what is still waited for is late from now on (reading R7)."""
        self._overslept = self._asleep
        if self._asleep:
            return
        procedure = self.steps.cores[self.at].procedure
        if procedure is not None and procedure.phase != DELAY and not procedure.draining:
            self._mark_late()
        self.take(Timer())

    def _mark_late(self) -> None:
        for at, service in enumerate(SERVICES):
            for index in range(len(self.calls[at])):
                whole = self.service(at)
                if whole.flights[index].reply is OPEN and service_state.is_awaited(whole, index):
                    self._apply(Mark(service, index, LATE))

    def _plain(self, call: DrawnCall) -> PlainCall | None:
        """What comes of the call, where it is the only one of its service and nothing is in its way."""
        plain = self._works[self.at, call.at]
        return None if plain is None or self._asleep or self.calls[call.at][0] is not call else plain

    def both_come(self, clock: BareClock, call: DrawnCall, first_ms: float, second_ms: float) -> bool:
        """A call takes effect and is answered with success, and so are those that follow from it, one at a time, as
        long as nothing is in the way. False where something is in the way of the first."""
        plain = self._plain(call)
        if plain is None or self._held or self._has_company:
            return False
        at, calls, hear, met = self.at, self.calls, self.on_step, self.met
        calls[call.at].clear()
        left = AT_ONCE
        while True:
            effect, answer, leads_on = plain
            clock.now, self.at = first_ms, effect.after
            hear(at, effect, met, None)
            clock.now, left = second_ms, left - 1
            if not leads_on:
                calls[call.at].append(call)
                self._follow(effect.after, answer)
                return True
            self.at = at = answer.after
            ((operation, session),) = answer.calls
            call = self._new.call(operation, session, self.steps.places[at], second_ms)
            hear(effect.after, answer, met, None)
            if answer.timer is not None:
                self._arm(answer.timer)
            first_ms, second_ms = second_ms + call.effect_ms, second_ms + call.total_ms
            plain = self._works[at, call.at]
            if plain is None or call.fault is not NONE or not (left and clock.is_free(first_ms, second_ms)):
                calls[call.at].append(call)
                self._send(call)
                return True

    def first_comes(self, call: DrawnCall) -> None:
        """The time has come for the call to take effect."""
        if call.fault is NONE and not call.reply_due and self._is_alone(call) and self._is_to_come(call):
            self.take(FIRST_EFFECT[call.at])  # nothing is in its way
            return
        call.effect_due = True
        self._timing.unfold(self, call.at)

    def second_comes(self, call: DrawnCall) -> None:
        """The time has come for the call to be answered."""
        at = call.at
        if call.fault is NONE and self._is_alone(call) and self.steps.answerable[self.at][at] and not self._asleep:
            self.take(FIRST_ANSWER[at])  # nothing is in its way
            return
        call.reply_due = True
        self._timing.unfold(self, call.at)

    def _is_alone(self, call: DrawnCall) -> bool:
        """Whether its service has this call and no other; one that is gone has none."""
        calls = self.calls[call.at]
        return len(calls) == 1 and calls[0] is call

    def _is_to_come(self, call: DrawnCall) -> bool:
        """Whether its effect is still to come; a service that knows numbers may have refused it."""
        return self._services[self.at][call.at].flights[0].effect is PENDING

    def _is_told(self, notice: Notice) -> None:
        """Whoever reads the services has found something; where nobody hears it, it is found again."""
        if not self._asleep:
            self.take(notice)

    def _report_arrives(self, service: str) -> None:
        if self._asleep:
            self.clock.later(self._until_ms - self.clock.now, self._report_arrives, service)
        elif self.service(INDEX[service]).reported:
            self.take(Notice(service))
            self._timing.unfold(self, INDEX[service])

    def _unfold_now(self, at: int) -> None:
        self._timing.unfold(self, at)

    def unfold(self, at: int) -> None:
        """Take every step of this service that is due, the oldest call first, until nothing is."""
        while self._unfold_one(at):
            pass

    def _unfold_one(self, at: int) -> bool:
        for index, call in enumerate(self.calls[at]):
            if not (call.effect_due or call.reply_due):
                continue
            whole = self.service(at)
            if effect := due_effect(call, whole, index):
                self._take_effect(call, effect)
                return True
            if not self._asleep and (answer := due_answer(call, whole, index)):
                self._give_answer(call, answer)
                return True
        return False

    def _take_effect(self, call: DrawnCall, effect: Effect) -> None:
        """The effect, and with it what its fault does to the service: from then on the backend refuses writes, and so
        this one; another service falls over right after it. No call is ordered to be hit by a switch."""
        call.effect_due = False
        match SEMANTICS[call.fault].change:
            case None | ServiceChange.IS_SWITCHED:
                self.take(effect)
            case ServiceChange.REFUSES_WRITES:
                if not self.service(call.at).refusing:
                    self._apply(Conflict(True, CONFLICT))
                self.take(effect)
            case (ServiceChange.FALLS_AND_REPORTS | ServiceChange.FALLS_SILENTLY) as change:
                self.take(effect)
                if can_hit(call.fault, call.operation):
                    noticed = change is ServiceChange.FALLS_AND_REPORTS
                    self.lose(call.service, noticed, call.total_ms - call.effect_ms)
            case _ as unknown:
                assert_never(unknown)

    def _give_answer(self, call: DrawnCall, answer: Answer) -> None:
        """A report on its way comes first; a conflict is over once it has been told (reading R14)."""
        if self.service(call.at).reported:
            self.take(Notice(call.service))
            return
        call.reply_due = False
        self.take(answer)
        if call.outcome.has_second_effect and answer.fault is call.fault:
            self.clock.later(self._new.again_ms(call), self.first_comes, call)
        if call.fault == CONFLICT and self.service(call.at).refusing:
            self.take(Conflict(False))


def _nobody_hears(before: int, edge: CachedStep, met: FailuresMet, caller: Caller | None) -> None:
    raise AssertionError(f"{edge.step} after the last step")
