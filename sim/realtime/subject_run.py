"""Any implementation, or evidence of one, at the pace of a wall clock.

A subject lives in virtual time, and what it is asked decides all that it does. So whenever somebody asks for something
more, it is asked everything again from the beginning, and what is new is shown at the pace that is wanted. Nothing
happens between two orders, so the clock stands still there.
"""

from dataclasses import replace

from broadcast_orchestrator.model.config import shown
from broadcast_orchestrator.model.operations import OPERATIONS
from broadcast_orchestrator.sim.realtime.pacer import ROOM, Pacer
from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.evidence import QUIET, Evidence, EvidenceMoment
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    Advance,
    Called,
    GiveAnswer,
    GiveCommand,
    Limits,
    LookAround,
    Subject,
    TakeEffect,
)
from broadcast_orchestrator.sim.subjects.scenario import EMPTY, FILL, CallFault, Mishap, Order, Scenario
from broadcast_orchestrator.sim.world.fault_semantics import CALL_FAULTS
from broadcast_orchestrator.sim.world.faults import BY_ID, BY_NAME, BYPASS, LOST_SERVICE, LOST_UNNOTICED

LIMITS = Limits(virtual_ms=3_600_000, steps=ROOM)
"""How much of a subject is seen in one run: an hour of virtual time."""

NOT_OURS = "the page, the time and the company of an attached implementation are its own"
"""Why it is neither reloaded nor put to sleep from here, nor another dashboard put beside it."""

READ_ONLY = "this is evidence, which is only looked at"


class PacedSubjectRun(Pacer):
    """The evidence of a run, shown moment by moment. With a `subject` it goes on as one asks; without one, the evidence
    that there is is only looked at.

    `moments` is everything that happens if nobody asks for more, without the looks at a snapshot: what one shows is
    part of the moment before. `places` says for each moment of the evidence which of these it is part of.
    """

    def __init__(self, subject: Subject | None = None, evidence: Evidence | None = None) -> None:
        super().__init__()
        self.subject = subject
        self.evidence: Evidence | None = None
        self.moments: tuple[EvidenceMoment, ...] = ()
        self.places: tuple[int, ...] = ()
        self.ordered: dict[str, str] = {}
        self.shown_moments = 0
        self._now_ms = 0.0
        if evidence is not None:
            self._keep(evidence)

    @property
    def now_ms(self) -> float:
        """The virtual time."""
        return self._now_ms

    @property
    def shown(self) -> int:
        """How many moments have been shown."""
        return self.shown_moments

    @property
    def over(self) -> bool:
        """Whether there is nothing left to show, and nobody who could be asked for more."""
        return bool(self.stuck) or (self.subject is None and self.shown == self.length)

    @property
    def length(self) -> int:
        """How many moments there are, shown or not."""
        return len(self.moments)

    # -- Asking for more ----------------------------------------------------------------------------

    def command(self, name: str, session: str | None = None) -> str:
        """Give a command now, or as soon as all is quiet if everything has been shown. "" in any case: what the
        subject says to it is among what happens. Raises `ValueError` for what makes no sense."""
        order = Order(name, session, self._after())
        scenario = self.evidence.scenario if self.evidence else None
        self._ask(
            replace(scenario, orders=(*scenario.orders, order)) if scenario else Scenario((order._replace(after=None),))
        )
        return ""

    def fail_next(self, operation: str, kind: str) -> None:
        """The next call of the operation goes wrong in this way; "" takes the order back."""
        if operation not in OPERATIONS or (kind and (kind not in BY_NAME or BY_NAME[kind].id not in CALL_FAULTS)):
            raise ValueError(f"{shown(kind)} cannot be ordered for {shown(operation)} of a subject")
        nth = 1 + sum(isinstance(e, Called) and e.operation == operation for m in self._seen() for e in m.events)
        scenario = self._scenario()
        faults = tuple(each for each in scenario.faults if (each.operation, each.nth) != (operation, nth))
        if kind:
            faults = (*faults, CallFault(operation, nth, BY_NAME[kind].id))
        self._ask(replace(scenario, faults=faults))
        self._note_ordered()

    def slow(self, operation: str, latency: str) -> None:
        """Refused: a latency would change what has happened already."""
        raise ValueError("the calls of an attached implementation take a fixed time each")

    def lose(self, service: str, *, noticed: bool = True) -> None:
        """The service falls over now."""
        self._befall(LOST_SERVICE if noticed else LOST_UNNOTICED, service)

    def bypass(self, service: str) -> None:
        """Someone flips the service now."""
        self._befall(BYPASS, service)

    def conflict(self, *, refusing: bool) -> None:
        """Refused: a subject's backend refuses single writes only."""
        raise ValueError("let the next convex.live or convex.idle be hit by a conflict instead")

    def reload(self) -> None:
        """Refused: a subject has a page of its own."""
        raise ValueError(NOT_OURS)

    def suspend(self, duration_ms: float) -> None:
        """Refused: a subject's time is its own."""
        raise ValueError(NOT_OURS)

    def elsewhere(self, command: str) -> None:
        """Refused: a subject is alone with its services."""
        raise ValueError(NOT_OURS)

    def fill(self, *, present: bool) -> None:
        """The live feed gains or loses its content now."""
        self._befall(FILL if present else EMPTY, "live_feed")

    def show_all(self) -> None:
        """Show everything that is left at once."""
        if self.shown < self.length:
            self._now_ms = max(self._now_ms, self.moments[-1].at_ms)
            self.shown_moments = self.length
            self._note_ordered()

    def grow(self, evidence: Evidence) -> None:
        """There is more of the evidence; this is all of it by now."""
        self._keep(evidence)

    def rewind(self) -> None:
        """Show it from its beginning again, paused."""
        self.paused = True
        self.shown_moments, self._now_ms = 0, 0.0

    def _befall(self, kind: str, service: str) -> None:
        scenario = self._scenario()
        mishap = Mishap(kind, service, self._after(), len(scenario.orders))
        self._ask(replace(scenario, mishaps=(*scenario.mishaps, mishap)))

    def _scenario(self) -> Scenario:
        if self.evidence is None:
            raise ValueError("give a command first: an implementation begins with one")
        return self.evidence.scenario

    def _seen(self) -> tuple[EvidenceMoment, ...]:
        return self.moments[: self.shown]

    def _after(self) -> int | None:
        """How many settle events there have been since the last command, None where all is quiet."""
        if self.shown == self.length:
            return None
        steps = [moment.step for moment in self._seen()]
        last = max((at for at, step in enumerate(steps) if isinstance(step, GiveCommand)), default=0)
        return sum(isinstance(step, TakeEffect | GiveAnswer | Advance) for step in steps[last:])

    def _ask(self, scenario: Scenario) -> None:
        """Ask the subject everything again, and keep what is new."""
        if self.subject is None:
            raise ValueError(READ_ONLY)
        if self.stuck:
            raise ValueError(f"the run cannot go on: {self.stuck}; begin a new one")
        before = self._seen()
        evidence = play(scenario, self.subject, LIMITS)
        self._keep(evidence)
        if evidence.ended != QUIET:
            self.stuck = evidence.why
        elif [moment.step for moment in self._seen()] != [moment.step for moment in before]:
            self.stuck = "the implementation did something else when it was asked the same again"

    def _keep(self, evidence: Evidence) -> None:
        moments: list[EvidenceMoment] = []
        places: list[int] = []
        for moment in evidence.moments:
            if isinstance(moment.step, LookAround) and moments:
                moments[-1] = moments[-1]._replace(events=(*moments[-1].events, *moment.events))
            else:
                moments.append(moment)
            places.append(len(moments) - 1)
        self.evidence, self.moments, self.places = evidence, tuple(moments), tuple(places)
        self.shown_moments = min(self.shown_moments, len(moments))

    def _note_ordered(self) -> None:
        made = dict.fromkeys(OPERATIONS, 0)
        for moment in self._seen():
            for event in moment.events:
                if isinstance(event, Called) and event.operation in made:
                    made[event.operation] += 1
        faults = self.evidence.scenario.faults if self.evidence else ()
        self.ordered = {f.operation: BY_ID[f.kind].name for f in faults if f.nth > made[f.operation]}

    def _go_on(self, duration_ms: float) -> None:
        until_ms = self._now_ms + duration_ms
        while self.shown < self.length and self.moments[self.shown].at_ms <= until_ms:
            self._take_one()
        self._now_ms = until_ms if self.shown < self.length else self._now_ms

    def _take_one(self) -> None:
        if self.shown < self.length:
            self._now_ms = max(self._now_ms, self.moments[self.shown].at_ms)
            self.shown_moments += 1
            self._note_ordered()
