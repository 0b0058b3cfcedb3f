"""From what a running orchestrator tells of itself to the steps of a world, so that a real run is a trace like any.

What the core did is known. What the services did is not, but for what they say of themselves: whoever answers with
success is believed, and a call that a newer one has followed is taken to have worked before it. What is read is so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from broadcast_orchestrator.model.events import (
    Call,
    Command,
    Configure,
    Content,
    Forget,
    Reply,
    Report,
    TimerFired,
)
from broadcast_orchestrator.model.operations import CALLABLE, HOST, IS_INITIALIZED, ON_AIR_SERVICES, SERVICES
from broadcast_orchestrator.model.runtime.observing import News, ServiceSeen, StepTaken
from broadcast_orchestrator.model.state import DELAY, CoreState
from broadcast_orchestrator.sim.world.faults import (
    EMPTY_SUCCESS,
    LATE,
    LOST_REPLY,
    LOST_UNNOTICED,
    REFUSE,
    FaultOrNone,
)
from broadcast_orchestrator.sim.world.steps import (
    Answer,
    Do,
    Effect,
    Fill,
    Flip,
    Lose,
    Mark,
    Notice,
    Reconfigure,
    Step,
    Timer,
)
from broadcast_orchestrator.sim.world.trace import Line


@dataclass(slots=True)
class OpenFlight:
    """A call that is on its way: its number, what it asks, whether it has taken effect, whether its limit has come."""

    number: int
    operation: str
    session: str | None
    is_done: bool = False
    is_late: bool = False

    @property
    def turns_on(self) -> bool | None:
        """What its effect makes of its service."""
        return CALLABLE[self.operation].turns_on

    @property
    def finds(self) -> bool | None:
        """What it has read of its service where it succeeds; None: it is no read."""
        return CALLABLE[self.operation].finds


class Translation:
    """One run on its way into a trace. With `told`, services say what they are before they answer, so that a success
    which they belie is an empty one."""

    def __init__(self, *, told: bool = False) -> None:
        self._told = told
        self._state = CoreState().state
        self._flights: dict[str, list[OpenFlight]] = {service: [] for service in SERVICES}
        self._active = dict.fromkeys(SERVICES, False)

    def lines(self, news: News) -> Iterator[Line]:
        """What has happened, a line a step; what the core hears of comes last."""
        if isinstance(news, ServiceSeen):
            yield from (Line(news.at_ms, step, (), self._state) for step in self._seen(news))
            return
        *unheard, step = self._steps(news)
        yield from (Line(news.at_ms, before, (), self._state) for before in unheard)
        self._state = news.after.state
        calls = [effect for effect in news.effects if isinstance(effect, Call)]
        for number, (operation, session) in zip(news.calls, calls, strict=True):
            self._flights[CALLABLE[operation].service].append(OpenFlight(number, operation, session))
        yield Line(news.at_ms, step, news.effects, self._state)

    # -- What the core hears of -----------------------------------------------------------------------

    def _steps(self, news: StepTaken) -> Iterator[Step]:
        """The step that the core has heard of, after those that must have come before it."""
        match news.event:
            case Command(name, session):
                yield Do(name, session)
            case Reply(service, _, ok, message):
                yield from self._answer(service, news.call, ok, message)
            case TimerFired():
                yield from self._late(news.before)
                yield Timer()
            case Report(service, message, found_on):
                yield from self._befallen(service, found_on)
                yield Notice(service, message, "on" if found_on else "")
            case Content(present):
                yield Fill(present)
            case Configure(config):
                yield Reconfigure(config)
            case Forget():
                raise ValueError("a running orchestrator forgets no call")
            case never:
                assert_never(never)

    def _befallen(self, service: str, found_on: bool) -> Iterator[Step]:
        """What must have happened to a service that is reported: it has fallen over, or somebody has switched it."""
        if found_on and not self._active[service]:
            yield Flip(service)
        elif not found_on:
            yield Lose(service)
        self._active[service] = found_on

    def _answer(self, service: str, call: int | None, ok: bool, message: str) -> Iterator[Step]:
        flights = self._flights[service]
        place = next(at for at, flight in enumerate(flights) if flight.number == call)
        flight = flights[place]
        if ok and flight.finds is not None:
            yield from self._read(service, flight)
        elif ok and not self._is_belied(service, flight):
            yield from self._effects(service, place)
        fault = _fault(flight, ok)
        del flights[place]
        yield Answer(service, place, ok, fault, None if ok else message)

    def _read(self, service: str, flight: OpenFlight) -> Iterator[Step]:
        """What the service was read to be it is; calls that have not shown are left to come."""
        is_initialized = flight.operation == IS_INITIALIZED
        active, initialized = (None, True) if is_initialized else (flight.finds, None)
        yield from self._seen(ServiceSeen(0.0, service, active, initialized, flight.session))
        flight.is_done = True
        yield Effect(service, self._flights[service].index(flight))

    def _is_belied(self, service: str, flight: OpenFlight) -> bool:
        """Whether the service, which says what it is, is not what the call asks for."""
        says = self._told and service in ON_AIR_SERVICES and not flight.is_late
        return says and flight.turns_on not in (None, self._active[service])

    def _effects(self, service: str, last: int) -> Iterator[Step]:
        """The effects that are still to come of the calls up to this one, in their order."""
        for place, flight in enumerate(self._flights[service][: last + 1]):
            if not flight.is_done:
                flight.is_done = True
                self._active[service] = self._active[service] if flight.turns_on is None else flight.turns_on
                yield Effect(service, place)

    def _late(self, before: CoreState) -> Iterator[Step]:
        """The calls that a limit finds unanswered are late."""
        procedure = before.procedure
        if procedure is None or procedure.phase == DELAY or procedure.draining:
            return
        for waited in procedure.waiting:
            service = CALLABLE[waited.operation].service
            for place, flight in enumerate(self._flights[service]):
                if (flight.operation, flight.session) == waited and not flight.is_late:
                    flight.is_late = True
                    yield Mark(service, place, LATE)

    # -- What services say of themselves --------------------------------------------------------------

    def _seen(self, news: ServiceSeen) -> Iterator[Step]:
        """What must have happened for the service to be what it says; nothing where it was that already."""
        service, flights = news.service, self._flights[news.service]
        done = next((place for place, flight in enumerate(flights) if _has_worked(flight, news)), None)
        if done is not None:
            yield from self._effects(service, done)
        if service in ON_AIR_SERVICES and news.active not in (None, self._active[service]):
            self._active[service] = bool(news.active)
            falls = not news.active and (service != HOST or news.initialized is False)
            yield Lose(service, LOST_UNNOTICED) if falls else Flip(service)


def _has_worked(flight: OpenFlight, news: ServiceSeen) -> bool:
    """Whether the effect of the call, which was still to come, is what the service says of itself."""
    if flight.is_done or flight.finds is not None:
        return False
    if flight.turns_on is None:
        return news.initialized is True
    return flight.turns_on == news.active and flight.session == news.session


def _fault(flight: OpenFlight, ok: bool) -> FaultOrNone:
    """What is wrong with the answer to the call."""
    if ok:
        return "" if flight.is_done else EMPTY_SUCCESS
    return LATE if flight.is_late else LOST_REPLY if flight.is_done else REFUSE
