"""Play a scenario: the driver and a subject go through virtual time together, neither ever ahead of the other.

The driver keeps what is going to become of the subject's calls, and knows when the subject's next timer is due. It
does whatever comes first; at one instant replies come before timers (reading R7). What can be said without hearing
an answer in between goes into one line.
"""

import heapq
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, assert_never

from broadcast_orchestrator.model.operations import CALLABLE, LEASE, SERVICES
from broadcast_orchestrator.sim.subjects.at_return import words_of
from broadcast_orchestrator.sim.subjects.call_schedule import Said, schedule_of
from broadcast_orchestrator.sim.subjects.evidence import BROKEN, NEVER_QUIET, QUIET, Evidence, EvidenceMoment
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    AT_ONCE,
    EFFECT_THEN_THROW,
    FIELD,
    OWN_BEHAVIOUR,
    PROMISE,
    Advance,
    Begin,
    Called,
    ChangeConfig,
    CommandElsewhere,
    EffectElsewhere,
    Extension,
    FillFeed,
    FlipService,
    GiveAnswer,
    GiveCommand,
    Limits,
    LookAround,
    LoseService,
    Reaction,
    RejectionForm,
    ReloadPage,
    ResumeTimers,
    SetClock,
    Subject,
    SubjectError,
    SubjectEvent,
    SubjectStep,
    SuspendTimers,
    TakeEffect,
    Wrote,
)
from broadcast_orchestrator.sim.subjects.protocol.periodic import PeriodicSubject
from broadcast_orchestrator.sim.subjects.protocol.protocol_check import Hearing, Planned
from broadcast_orchestrator.sim.subjects.protocol.step_check import ASKED
from broadcast_orchestrator.sim.subjects.scenario import (
    ASLEEP,
    EMPTY,
    FILL,
    SET,
    CallFault,
    ClockChange,
    Meanwhile,
    Scenario,
    Setting,
    Upheaval,
)
from broadcast_orchestrator.sim.subjects.service_truth import ServiceTruth
from broadcast_orchestrator.sim.world.fault_semantics import SEMANTICS, ServiceChange
from broadcast_orchestrator.sim.world.faults import REFUSE, RELOAD, SECOND_DASHBOARD, FaultClass
from broadcast_orchestrator.sim.world.world import CALLS_ELSEWHERE, ITS_SESSION, Truth

DEFAULT_LIMITS = Limits()


def play(scenario: Scenario, subject: Subject, limits: Limits = DEFAULT_LIMITS) -> Evidence:
    """Everything that can be seen of the subject in this scenario.

    It ends when nothing is left to happen, or at a limit; a subject that breaks the protocol, dies or takes too long
    ends it as "broken". Nothing is raised for what a subject does.
    """
    return Play(scenario, subject, limits).run()


def behaviours_of(scenario: Scenario, styles: Mapping[str, str]) -> dict[str, list[str]]:
    """The behaviour of each call that does not have its own, as `Begin` wants it."""
    behaviours: dict[str, list[str]] = {}
    for (operation, nth), fault in faults_by_call(scenario).items():
        if behaviour := schedule_of(scenario, operation, styles.get(operation, PROMISE), fault).behaviour:
            row = behaviours.setdefault(operation, [])
            row.extend([""] * (nth - len(row)))
            row[nth - 1] = behaviour
    return behaviours


def faults_by_call(scenario: Scenario) -> dict[tuple[str, int], CallFault]:
    """Which call suffers what; where two faults would hit one call, the first does."""
    return {(fault.operation, nth): fault for fault in reversed(scenario.faults) for nth in fault.calls}


class NeverQuiet(Exception):
    """A limit of virtual time or of steps has come."""


class Flying(NamedTuple):
    """A call of the subject, or one of a dashboard `elsewhere`: its number lies between those of the subject's calls.
    `fence` is the number that the command carries, if it does."""

    number: float
    operation: str
    session: str | None
    style: str
    held: bool
    fence: float | None = None
    elsewhere: bool = False

    @property
    def service(self) -> str:
        """Whose call it is."""
        return CALLABLE[self.operation].service

    @property
    def reads(self) -> bool:
        """Whether it asks what is, and changes nothing."""
        return CALLABLE[self.operation].finds is not None


class Due:
    """Something that is going to happen to a call: an effect, or the answer `said`. What is no longer `live` is not."""

    __slots__ = ("at_ms", "call", "live", "said")

    def __init__(self, at_ms: float, call: Flying, said: Said | None = None) -> None:
        self.at_ms, self.call, self.said, self.live = at_ms, call, said, True


class SaidLine(NamedTuple):
    """What was said in one go, the answer, and what was true of the services after each step that was taken."""

    plan: list[Planned]
    reaction: Reaction
    truths: list[Truth]


def is_told(planned: Planned, events: Sequence[SubjectEvent]) -> bool:
    """Whether a step is a moment of the evidence: the clock alone is none where nothing comes of it."""
    return bool(events) or planned.timers or not isinstance(planned.step, Advance)


class Play:
    """One run of one scenario; `hear` is told each line."""

    def __init__(
        self, scenario: Scenario, subject: Subject, limits: Limits, hear: Callable[[SaidLine], None] | None = None
    ) -> None:
        self._scenario, self._subject, self._limits, self._hear = scenario, subject, limits, hear
        self._faults = faults_by_call(scenario)
        self._hearing = Hearing(limits)
        self._services = ServiceTruth(strict=bool(scenario.strict))
        self._moments: list[EvidenceMoment] = []
        self._heap: list[tuple[float, int, Due]] = []
        self._pushed = self._steps = self._settles = 0
        self._issued_at: list[int] = []  # how many settle events there had been when each order was issued
        self._mishaps: list[Meanwhile] = list(scenario.meanwhile)
        self._wake_ms: float | None = None  # until then timers stand still
        self._asleep = False  # and replies are not heard
        self._effects: dict[str, list[Due]] = {service: [] for service in SERVICES}
        self._refused: dict[float, str] = {}  # the call, and what its service says if it is not the usual
        self._found: dict[float, bool | list[str]] = {}  # the read, and what it has found
        self._counts = dict.fromkeys(ASKED, 0)
        self._options = dict(scenario.config)
        self._newest_fence = 0.0
        self._lease_ms = subject.lease_ms if isinstance(subject, PeriodicSubject) else 0
        self._ours_until_ms = 0.0
        self._comeback: tuple[float, Upheaval] | None = None
        self._tried: set[Upheaval] = set()

    def run(self) -> Evidence:
        """Play it."""
        ended, why = QUIET, ""
        try:
            styles = self._subject.about.styles
            begin = Begin(self._scenario.config, self._scenario.content, behaviours_of(self._scenario, styles))
            self._say([Planned(begin), *self._next_order()])
            while plan := self._next():
                self._say(plan)
            self._say([Planned(LookAround())])
        except NeverQuiet as limit:
            ended, why = NEVER_QUIET, str(limit)
        except SubjectError as mistake:
            ended, why = BROKEN, str(mistake)
        pending = tuple(self._hearing.pending)
        return Evidence(self._scenario, self._subject.about, tuple(self._moments), ended, why, pending)

    # -- What comes next --------------------------------------------------------------------------

    def _next(self) -> list[Planned]:
        """The next line to say; empty when nothing is left."""
        while True:
            if not self._asleep and (plan := self._interjection()):
                return plan
            if plan := self._by_the_clock():
                return plan
            due, timer = self._first(), self._hearing.next_timer_ms
            if due is None and (timer is None or self._rests()) and self._comeback is None:
                return self._when_quiet()
            if due is None or (timer is not None and timer < due.at_ms):
                assert timer is not None
                return self._with_order([Planned(Advance(timer), timers=True)])
            if due.said is not None:
                return self._with_order([*self._until(due.at_ms), self._answer(due, due.said)])
            if plan := self._effect(due):
                return plan

    def _by_the_clock(self) -> list[Planned]:
        """What another dashboard does by itself, and the moment in which timers go on that stand still."""
        if self._wake_ms is not None:
            if self._asleep:
                self._postpone(self._wake_ms)
            if self._first() is None and (plan := self._beside()):
                return plan
        if self._comeback is not None and (plan := self._coming_back(*self._comeback)):
            return plan
        return [] if self._wake_ms is None else self._waking(self._wake_ms)

    def _rests(self) -> bool:
        """Whether nothing happens but what is done once a period."""
        return isinstance(self._subject, PeriodicSubject) and self._subject.rests

    def _beside(self) -> list[Planned]:
        """What another dashboard does when all is quiet, and here timers stand still."""
        for mishap in tuple(self._mishaps):
            is_due = mishap.after is None and self._order_of(mishap) <= len(self._issued_at)
            if is_due and isinstance(mishap, Upheaval) and mishap.kind == SECOND_DASHBOARD:
                if step := self._befall(mishap):
                    return [step]
                if self._comeback is not None:
                    return []
        return []

    def _coming_back(self, at_ms: float, upheaval: Upheaval) -> list[Planned]:
        """The moment in which the other dashboard tries again, where nothing comes before it."""
        due = self._first()
        before = (self._hearing.next_timer_ms, self._wake_ms, None if due is None else due.at_ms)
        if any(time is not None and time <= at_ms for time in before):
            return []
        self._comeback = None
        step = self._command_beside(upheaval, at_ms)
        return [Planned(Advance(at_ms)), *([step] if step is not None else [])]

    def _postpone(self, wake_ms: float) -> None:
        """Replies that come while all sleeps wait until it wakes, and for the timers that are overdue."""
        due = self._first()
        while due is not None and due.said is not None and due.at_ms < wake_ms:
            self._drop(due)
            self._push(wake_ms, due.call, due.said)
            due = self._first()

    def _waking(self, wake_ms: float) -> list[Planned]:
        """The moment in which timers go on, where nothing comes before it."""
        due = self._first()
        if due is not None and (due.at_ms < wake_ms or (due.at_ms == wake_ms and not self._asleep)):
            return []
        self._wake_ms, self._asleep = None, False
        return self._with_order([*self._until(wake_ms), Planned(ResumeTimers(), timers=True)])

    def _interjection(self) -> list[Planned]:
        """A mishap or an order whose moment is now."""
        for mishap in tuple(self._mishaps):
            if self._has_come(mishap) and (step := self._befall(mishap)):
                return [step]
        return self._next_order() if self._order_is_due(self._settles) else []

    def _has_come(self, mishap: Meanwhile) -> bool:
        order = self._order_of(mishap)
        if mishap.after is None or order > len(self._issued_at):
            return False
        return self._settles - self._issued_at[order - 1] >= mishap.after

    def _order_of(self, mishap: Meanwhile) -> int:
        return mishap.order or len(self._scenario.orders)

    def _order_is_due(self, settles: int) -> bool:
        """Whether the next order comes after that many settle events."""
        issued = len(self._issued_at)
        if not 0 < issued < len(self._scenario.orders):
            return False
        after = self._scenario.orders[issued].after
        return after is not None and settles - self._issued_at[-1] >= after

    def _next_order(self) -> list[Planned]:
        number = len(self._issued_at) + 1
        order = self._scenario.orders[number - 1]
        return [Planned(LookAround()), Planned(GiveCommand(number, order.command, order.session))]

    def _when_quiet(self) -> list[Planned]:
        """What has waited for this: mishaps of the orders so far, then the next order."""
        for mishap in tuple(self._mishaps):
            if self._order_of(mishap) <= len(self._issued_at):
                if step := self._befall(mishap):
                    return [step]
                if self._comeback is not None:
                    return self._next()
        return self._next_order() if len(self._issued_at) < len(self._scenario.orders) else []

    def _befall(self, mishap: Meanwhile) -> Planned | None:
        """The mishap, the change of an option or of the clock, as a step, once; None where there is nothing to fall
        over, and where the subject does not understand it."""
        self._mishaps.remove(mishap)
        if isinstance(mishap, ClockChange):
            return self._change_clock(mishap) if Extension.CLOCK in self._subject.about.understands else None
        if isinstance(mishap, Setting):
            return Planned(ChangeConfig({mishap.option: mishap.value}))
        if isinstance(mishap, Upheaval):
            return self._upset(mishap)
        if mishap.kind in (EMPTY, FILL):
            return Planned(FillFeed(mishap.kind == FILL))
        step = self._change(SEMANTICS[FaultClass(mishap.kind)].change, mishap.service)
        return None if step is None else Planned(step)

    def _upset(self, upheaval: Upheaval) -> Planned | None:
        """What befalls the orchestrator as a whole."""
        understood = self._subject.about.understands
        if upheaval.kind == RELOAD:
            return Planned(ReloadPage(dict(self._options))) if Extension.RELOAD in understood else None
        return self._command_beside(upheaval, self._hearing.now_ms) if Extension.ELSEWHERE in understood else None

    def _command_beside(self, upheaval: Upheaval, now_ms: float) -> Planned | None:
        """What another dashboard does: it is kept from commanding by the lease, and tries again once, when that would
        be over."""
        if self._lease_ms and now_ms > self._ours_until_ms:
            self._services.lose_holder()
        if self._services.may_command_elsewhere(upheaval.command):
            return Planned(CommandElsewhere(upheaval.command))
        if self._lease_ms and upheaval not in self._tried:
            self._tried.add(upheaval)
            self._comeback = (now_ms + self._lease_ms + 1, upheaval)
        return None

    def _change_clock(self, change: ClockChange) -> Planned | None:
        """What happens to the clock; timers that stand still already go on when they would have."""
        if change.kind == SET:
            return Planned(SetClock(change.ms))
        if self._wake_ms is not None:
            return None
        self._wake_ms, self._asleep = self._hearing.now_ms + change.ms, change.kind == ASLEEP
        return Planned(SuspendTimers())

    def _change(self, change: ServiceChange | None, service: str) -> SubjectStep | None:
        """What happens to the service by itself, as a step; a subject's backend refuses single writes only."""
        match change:
            case ServiceChange.IS_SWITCHED:
                return FlipService(service)
            case ServiceChange.FALLS_AND_REPORTS | ServiceChange.FALLS_SILENTLY:
                noticed = change is ServiceChange.FALLS_AND_REPORTS
                return LoseService(service, noticed) if self._services.can_fall(service) else None
            case ServiceChange.REFUSES_WRITES | None:
                return None
            case _:
                assert_never(change)

    # -- What becomes of calls --------------------------------------------------------------------

    def _effect(self, due: Due) -> list[Planned]:
        """The effect, after those of older calls to the service; empty where the service cannot do it."""
        older = [each for each in self._before(due.call) if not each.call.held]
        first = older[0] if older else due
        if self._services.refuses(first.call.operation, first.call.fence):
            self._drop(first)
            self._services.hear(first.call.operation, first.call.fence)
            already = self._services.is_already(first.call.operation)
            self._refused[first.call.number] = self._scenario.strict if already else ""
            if first.call.style == FIELD and not first.call.elsewhere:
                self._push(due.at_ms, first.call, Said(0, False, REFUSE))
            return []
        if first.call.reads:
            self._found[first.call.number] = self._services.found(first.call.operation)
        plan = [*self._until(due.at_ms), Planned(_taking_effect(first.call), what=first)]
        return self._with_order(plan) if older else self._with_order(self._with_answer(plan, due))

    def _with_answer(self, plan: list[Planned], due: Due) -> list[Planned]:
        """The plan and the answer that comes next, if nothing can come between: no timer, no order, no mishap, no
        effect that waits for this one, and nobody who looks at the field that changes; and only if it comes later,
        since what follows from either is told apart by the time."""
        entry = heapq.heappop(self._heap)
        after = self._first()
        heapq.heappush(self._heap, entry)
        timer = self._hearing.next_timer_ms
        if after is None or after.said is None or (timer is not None and after.at_ms >= timer):
            return plan
        if after.at_ms == due.at_ms:
            return plan
        if (
            self._wake_ms is not None
            or self._comeback is not None
            or due.call.style == FIELD
            or self._mishaps
            or self._before(due.call)
            or self._order_is_due(self._settles + 1)
        ):
            return plan
        return [*plan, Planned(Advance(after.at_ms)), self._answer(after, after.said)]

    def _with_order(self, plan: list[Planned]) -> list[Planned]:
        """The plan and the next order, if it is due then."""
        settled = sum(each.what is not None or each.timers for each in plan)
        if self._mishaps or not self._order_is_due(self._settles + settled):
            return plan
        return [*plan, *self._next_order()]

    def _answer(self, due: Due, said: Said) -> Planned:
        """The answer; a success without its effect, since the service could not, is a refusal."""
        number = int(due.call.number)  # those of another dashboard have none to answer
        if said.ok and number in self._refused:
            said = Said(said.at_ms, False, REFUSE)
        if said.ok:
            return Planned(GiveAnswer(number, True, found=self._found.get(number)), what=due)
        if words := self._refused.get(number):
            return Planned(GiveAnswer(number, False, f"{words} (call {number})"), what=due)
        form = said.form if Extension.REJECTIONS in self._subject.about.understands else RejectionForm.ERROR
        return Planned(GiveAnswer(number, False, words_of(said.fault, number), form), what=due)

    def _until(self, at_ms: float) -> list[Planned]:
        """The way to that moment. A clock cannot stand where timers are due and have not run, so a reply at the very
        moment of a timer is given one millisecond before."""
        timer = self._hearing.next_timer_ms
        target = at_ms if timer is None else min(at_ms, timer - 1) if at_ms >= timer else at_ms
        return [Planned(Advance(target))] if target > self._hearing.now_ms else []

    def _first(self) -> Due | None:
        while self._heap and not self._heap[0][2].live:
            heapq.heappop(self._heap)
        return self._heap[0][2] if self._heap else None

    def _push(self, at_ms: float, call: Flying, said: Said | None = None) -> None:
        due = Due(at_ms, call, said)
        self._pushed += 1
        heapq.heappush(self._heap, (at_ms, self._pushed, due))
        if said is None:
            self._effects[call.service].append(due)

    def _before(self, call: Flying) -> list[Due]:
        """The effects still to come of older calls to the same service, oldest call first."""
        return [due for due in self._effects[call.service] if due.call.number < call.number]

    def _drop(self, due: Due) -> None:
        due.live = False
        if due.said is None:
            self._effects[due.call.service].remove(due)

    def _mind_lease(self, call: Flying) -> None:
        """Whoever is given the lease has it for a while."""
        if call.operation == LEASE.name:
            self._ours_until_ms = self._hearing.now_ms + self._lease_ms

    def _release(self, call: Flying) -> None:
        """Effects that had to wait for this one come now."""
        for due in self._before(call):
            if due.call.held:
                self._drop(due)
                self._push(self._hearing.now_ms, due.call._replace(held=False))

    # -- Saying and hearing -----------------------------------------------------------------------

    def _say(self, plan: list[Planned]) -> None:
        reaction = self._subject.take(tuple(planned.step for planned in plan))
        truths: list[Truth] = []
        for planned, at_ms, events in self._hearing.hear(plan, reaction):
            self._steps += 1
            self._took(planned)
            for event in events:
                self._heard(event)
            truths.append(self._services.truth)
            if is_told(planned, events):
                self._moments.append(EvidenceMoment(at_ms, planned.step, tuple(events), truths[-1]))
        if self._hear is not None:
            self._hear(SaidLine(plan, reaction, truths))
        self._mind_limits()

    def _mind_limits(self) -> None:
        now_ms = self._hearing.now_ms
        if self._steps > self._limits.steps or now_ms > self._limits.virtual_ms:
            raise NeverQuiet(f"is not quiet after {self._steps} steps and {now_ms / 1000:g} seconds of virtual time")

    def _took(self, planned: Planned) -> None:
        """What a step means for the driver's own books."""
        step, due = planned.step, planned.what
        if isinstance(due, Due):
            self._drop(due)
        if planned.timers or isinstance(due, Due):
            self._settles += 1
        match step:
            case GiveCommand():
                self._issued_at.append(self._settles)
            case TakeEffect() | EffectElsewhere() if isinstance(due, Due):
                self._services.take_effect(due.call.operation, due.call.session, due.call.fence)
                self._mind_lease(due.call)
                if not due.call.reads:
                    self._release(due.call)
            case LoseService(service):
                self._services.lose(service)
            case FlipService(service):
                self._services.flip(service)
            case ChangeConfig() | ReloadPage() | CommandElsewhere():
                self._took_on(step)

    def _took_on(self, step: ChangeConfig | ReloadPage | CommandElsewhere) -> None:
        """The same for the dashboard as a whole."""
        match step:
            case ChangeConfig(config):
                self._options |= config
            case ReloadPage():
                self._forget()
            case CommandElsewhere(command):
                self._command_elsewhere(command)
            case _:
                assert_never(step)

    def _forget(self) -> None:
        """Nobody waits for an answer any more, nor reads; what is on its way to a service comes there. A fresh page is
        awake."""
        for _, _, due in self._heap:
            if due.live and not due.call.elsewhere and (due.said is not None or due.call.reads):
                self._drop(due)
        self._services.lose_holder()
        self._wake_ms, self._asleep = None, False

    def _command_elsewhere(self, command: str) -> None:
        """Its calls set out in one moment, with numbers between ours."""
        self._services.command_elsewhere(command)
        for operation in CALLS_ELSEWHERE[command]:
            number = self._hearing.calls + 0.5
            call = Flying(number, operation, ITS_SESSION, PROMISE, False, self._newest_fence + 0.5, elsewhere=True)
            self._push(self._hearing.now_ms + self._scenario.effect_ms(operation), call)

    def _heard(self, event: SubjectEvent) -> None:
        if isinstance(event, Called):
            self._called(event)
        elif isinstance(event, Wrote):
            self._services.write(event.service, event.field, event.value)

    def _called(self, event: Called) -> None:
        """A new call: arrange everything that is going to become of it."""
        operation = event.operation
        self._counts[operation] += 1
        style = self._subject.about.styles.get(operation, PROMISE)
        fault = self._faults.get((operation, self._counts[operation]))
        schedule = schedule_of(self._scenario, operation, style, fault)
        call = Flying(event.call, operation, event.session, style, schedule.held, event.number)
        self._newest_fence = max(self._newest_fence, event.number or 0)
        if operation == LEASE.name:
            self._services.keep_lease()
        if (schedule.behaviour or OWN_BEHAVIOUR[style]) in (AT_ONCE, EFFECT_THEN_THROW):
            self._take_effect_at_once(call)
        for after_ms in schedule.effects_ms:
            self._push(event.at_ms + after_ms, call)
        if schedule.answer is not None:
            self._push(event.at_ms + schedule.answer.at_ms, call, schedule.answer)

    def _take_effect_at_once(self, call: Flying) -> None:
        """Older effects to come have been before; this one makes them unseen."""
        for due in self._before(call):
            if not due.call.held:
                self._drop(due)
        self._services.take_effect(call.operation, call.session, call.fence)
        self._mind_lease(call)
        self._release(call)


def _taking_effect(call: Flying) -> TakeEffect | EffectElsewhere:
    if call.elsewhere:
        return EffectElsewhere(call.operation, call.session or "")
    return TakeEffect(int(call.number))
