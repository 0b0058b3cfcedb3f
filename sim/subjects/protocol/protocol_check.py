"""Hearing: is what a subject answers possible at all, and which step does each event belong to?"""

from typing import NamedTuple

from broadcast_orchestrator.model.config import near_match, shown
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    Advance,
    Called,
    CommandSettled,
    GiveCommand,
    Limits,
    Logged,
    LookAround,
    Reaction,
    ReloadPage,
    Snapshot,
    SubjectError,
    SubjectEvent,
    SubjectStep,
)
from broadcast_orchestrator.sim.subjects.protocol.step_check import ASKED
from broadcast_orchestrator.sim.world.trace import FARTHEST_MS


class Planned(NamedTuple):
    """A step that the driver says; `timers`: it is an advance to the moment in which timers are due; `what` is for the
    driver to know it again."""

    step: SubjectStep
    timers: bool = False
    what: object = None


class EventOrder:
    """Follows the events of one scenario: numbers and times that never go back, calls and commands that there are.

    `pending` are the commands under way, by their numbers, and `calls` is how many calls were made.
    """

    def __init__(self) -> None:
        self.pending: dict[int, str] = {}
        self.calls = self._numbered = 0

    def follow(self, event: SubjectEvent, since_ms: float, until_ms: float) -> None:
        """The next event, which is to come in that time. Raises `SubjectError` where it cannot be the next."""
        self._numbered += 1
        if event.n != self._numbered:
            raise SubjectError(f"event {shown(event.n)} comes where event {self._numbered} should")
        if not since_ms <= event.at_ms <= until_ms:
            raise SubjectError(f"event {event.n}: {shown(event.at_ms)} ms is not from {since_ms:g} to {until_ms:g} ms")
        if isinstance(event, Called):
            self.calls += 1
            if event.call != self.calls:
                raise SubjectError(f"event {event.n}: call {shown(event.call)} comes where call {self.calls} should")
            if event.operation not in ASKED:
                known = near_match(event.operation, ASKED)
                raise SubjectError(f"event {event.n}: operation {shown(event.operation)} is unknown{known}")
        elif isinstance(event, CommandSettled) and self.pending.pop(event.command, None) is None:
            raise SubjectError(f"event {event.n}: command {shown(event.command)} settles, but is not under way")


class Hearing(EventOrder):
    """Listens to one subject for one scenario."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self.now_ms: float = 0
        self.next_timer_ms: float | None = None
        self._limits = limits

    def hear(self, plan: list[Planned], reaction: Reaction) -> list[tuple[Planned, float, list[SubjectEvent]]]:
        """The steps that were taken, each with its time and its events.

        An event belongs to the first step, from that of the event before it, at whose time it happened; an advance
        that meets no timer has none, and a snapshot comes from a look and from nothing else. What is printed while
        someone looks belongs to the look. Raises `SubjectError` for what cannot be: steps that are not there, numbers
        or times that go back, unknown calls and commands.
        """
        if not 1 <= reaction.took <= len(plan):
            raise SubjectError(f"took {shown(reaction.took)} steps of {len(plan)}")
        taken = plan[: reaction.took]
        for planned in taken:
            if isinstance(planned.step, GiveCommand):
                self.pending[planned.step.id] = planned.step.command
            elif isinstance(planned.step, ReloadPage):
                self.pending.clear()
        begun_ms = self.now_ms
        heard = self._timed(taken)
        self._check(plan, reaction, begun_ms)
        self._share_out(heard, reaction.events)
        return heard

    def _timed(self, taken: list[Planned]) -> list[tuple[Planned, float, list[SubjectEvent]]]:
        heard: list[tuple[Planned, float, list[SubjectEvent]]] = []
        for planned in taken:
            if isinstance(planned.step, Advance):
                self.now_ms = planned.step.to_ms
            heard.append((planned, self.now_ms, []))
        return heard

    def _share_out(
        self, heard: list[tuple[Planned, float, list[SubjectEvent]]], events: tuple[SubjectEvent, ...]
    ) -> None:
        at = 0
        for event in events:
            while at < len(heard) and not _fits(event, *heard[at]):
                at += 1
            if at == len(heard) and isinstance(event, Logged) and event.at_ms == heard[-1][1]:
                at -= 1
            if at == len(heard):
                raise SubjectError(f"event {event.n} at {event.at_ms:g} ms belongs to none of the steps")
            heard[at][2].append(event)

    # -- What cannot be -----------------------------------------------------------------------------

    def _check(self, plan: list[Planned], reaction: Reaction, begun_ms: float) -> None:
        if reaction.now_ms != self.now_ms:
            raise SubjectError(
                f"says that it is {shown(reaction.now_ms)} ms; the driver's clock says {self.now_ms:g} ms"
            )
        self.next_timer_ms = timer = reaction.next_timer_ms
        if timer is not None and not self.now_ms <= timer <= FARTHEST_MS:
            raise SubjectError(f"says that a timer is due at {shown(timer)} ms; it is {self.now_ms:g} ms")
        if len(reaction.events) > self._limits.events:
            raise SubjectError(f"sent {len(reaction.events)} events at once; the limit is {self._limits.events}")
        calls = self.calls
        for event in reaction.events:
            self.follow(event, begun_ms, self.now_ms)
            begun_ms = event.at_ms
        if reaction.took < len(plan) and self.calls == calls:
            raise SubjectError(f"took {reaction.took} steps of {len(plan)}, although it made no call")


def _fits(event: SubjectEvent, planned: Planned, at_ms: float, heard: list[SubjectEvent]) -> bool:
    if isinstance(planned.step, LookAround):
        seen = any(isinstance(each, Snapshot) for each in heard)
        return isinstance(event, Snapshot) or (isinstance(event, Logged) and not seen)
    if isinstance(event, Snapshot):
        return False
    if isinstance(planned.step, Advance) and not planned.timers:
        return False
    return event.at_ms <= at_ms
