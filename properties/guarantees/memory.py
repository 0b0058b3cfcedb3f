"""What the checks see and remember: a `Glimpse` of one step, and the `JudgeMemory` that is folded from step to step.

The orders are written out here and not taken from the model, so that a model with a wrong order is caught.
"""

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from broadcast_orchestrator.model.events import (
    CLEANUP,
    EMERGENCY_STOP,
    FAILED,
    RECOVER,
    START_BROADCAST,
    STOP_BROADCAST,
    Accepted,
    Call,
    CancelTimer,
    CoreEffect,
    GiveUp,
    SetTimer,
    Settled,
)
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.table import ERROR
from broadcast_orchestrator.model.views import AWAITED, OpenCall
from broadcast_orchestrator.sim.world.steps import Notice, Step, Timer

STARTUP_ORDER = ("live_feed.start", "session.start", "host.start", "producer.start", "convex.live")
SHUTDOWN_ORDER = ("producer.stop", "host.stop", "session.end", "live_feed.stop", "convex.idle")


class JudgeMemory(NamedTuple):
    """What judging remembers: the `command` under way, the calls that are `waiting`, the switch-ons `issued` and not
    yet undone by the start under way, how many shutdown steps were issued, the attempts to initialize so far, the
    timer that is armed, whether the last thing that ended was a failed start, the sessions that an emergency stop
    or a recover has left `forsaken` on the backend, and whether a service that was `lost` has led to the error."""

    command: str = ""
    waiting: tuple[tuple[str, str | None], ...] = ()
    issued: tuple[tuple[str, str | None], ...] = ()
    undoing: bool = False
    shutdown: int = -1
    attempts: int = 0
    timer: tuple[str, int] | None = None
    start_failed: bool = False
    forsaken: tuple[str, ...] = ()
    lost: bool = False


Kind = TypeVar("Kind")


class Glimpse(NamedTuple):
    """One step as the checks see it. `call` is the open call that was answered, `residue` what was named so before
    a start was asked for, `touched` whether any service changed. The views of `before` and `after` are not used."""

    observer: JudgeMemory
    before: CoreState
    step: Step
    effects: tuple[CoreEffect, ...]
    after: CoreState
    call: OpenCall | None = None
    residue: tuple[str, ...] = ()
    touched: bool = True

    def having(self, kind: type[Kind]) -> list[Kind]:
        """The effects of one kind, in order."""
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def by_command(self) -> list[tuple[str, CoreEffect]]:
        """Each effect, and whose doing it is: one step may end one procedure and begin another."""
        under_way, effects = self.observer.command, []
        for effect in self.effects:
            if isinstance(effect, Accepted) and not effect.joined:
                under_way = effect.command
            effects.append((under_way, effect))
            if isinstance(effect, Settled):
                under_way = ""
        return effects

    def calls_of(self, command: str) -> list[Call]:
        """The calls that one command makes in this step."""
        return [effect for owner, effect in self.by_command() if owner == command and isinstance(effect, Call)]


Sentences = Iterator[str]
"""What a check finds wrong, a sentence for each violation; the catalogue knows which guarantee they are about."""


def observe(glimpse: Glimpse) -> JudgeMemory:
    """What there is to remember after the step."""
    observer = glimpse.observer._replace(waiting=tuple(still_waiting(glimpse)))
    if isinstance(glimpse.step, Timer):
        observer = observer._replace(timer=None)
    for effect in glimpse.effects:
        observer = _remember(observer, effect)._replace(forsaken=observer.forsaken, lost=observer.lost)
    return _remember_gaps(observer, glimpse)


def still_waiting(glimpse: Glimpse) -> list[tuple[str, str | None]]:
    """The calls waited for once the answer, if this step is one, has come."""
    call = glimpse.call
    if call is None or call.standing != AWAITED:
        return list(glimpse.observer.waiting)
    return [other for other in glimpse.observer.waiting if other != (call.operation, call.session)]


def _remember(observer: JudgeMemory, effect: CoreEffect) -> JudgeMemory:
    match effect:
        case Accepted(command, joined) if not joined:
            return JudgeMemory(
                command=command,
                waiting=observer.waiting if command == EMERGENCY_STOP else (),
                shutdown=0 if command == STOP_BROADCAST else -1,
                start_failed=observer.start_failed and command == CLEANUP,
            )
        case Settled(command, verdict):
            failed = command == START_BROADCAST and verdict == FAILED
            return JudgeMemory(
                waiting=observer.waiting,
                timer=observer.timer,
                start_failed=failed or (observer.start_failed and command == CLEANUP),
            )
        case Call():
            return _remember_call(observer, (effect.operation, effect.session))
        case GiveUp(operation, session):
            return observer._replace(waiting=tuple(c for c in observer.waiting if c != (operation, session)))
        case SetTimer(kind, duration):
            return observer._replace(timer=(kind, duration))
        case CancelTimer():
            return observer._replace(timer=None)
        case _:
            return observer


def _remember_call(observer: JudgeMemory, call: tuple[str, str | None]) -> JudgeMemory:
    observer = observer._replace(waiting=(*observer.waiting, call))
    if call[0] == "host.initialize":
        return observer._replace(attempts=observer.attempts + 1, shutdown=-1)
    if observer.command == START_BROADCAST:
        if call[0] in STARTUP_ORDER:
            return observer._replace(issued=(*observer.issued, call))
        return observer._replace(issued=observer.issued[:-1], undoing=True)
    if observer.command == STOP_BROADCAST and call[0] in SHUTDOWN_ORDER:
        return observer._replace(shutdown=SHUTDOWN_ORDER.index(call[0]) + 1)
    return observer


def _remember_gaps(observer: JudgeMemory, glimpse: Glimpse) -> JudgeMemory:
    """Which gaps of the guide have opened, and which are closed again."""
    forsaken, lost = list(observer.forsaken), observer.lost and glimpse.after.state is ERROR
    if any(e.command in (EMERGENCY_STOP, RECOVER) and not e.joined for e in glimpse.having(Accepted)):
        forsaken = sorted({*forsaken, *glimpse.before.written})
    written_anew = [call.session for call in glimpse.having(Call) if call.operation == "convex.live"]
    forsaken = [each for each in forsaken if each in glimpse.after.written and each not in written_anew]
    if isinstance(glimpse.step, Notice):
        lost = lost or glimpse.after.state is ERROR
    return observer._replace(forsaken=tuple(forsaken), lost=lost)
