"""What is done once a period for ever (services are polled, a lease is renewed) must not keep a world from being quiet.

All is quiet where nothing happens for a whole period, so that whatever is done once in each has been done meanwhile.
"""

from typing import Any

from broadcast_orchestrator.model.config import DEFAULT_CONFIG, merged
from broadcast_orchestrator.model.operations import CALLABLE, LEASE, OPERATIONS
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    FIELD,
    PENDING,
    PROMISE,
    SYNC,
    Advance,
    Begin,
    Called,
    ChangeConfig,
    CommandSettled,
    GiveAnswer,
    GiveCommand,
    Logged,
    LookAround,
    Reaction,
    ReloadPage,
    Snapshot,
    Subject,
    SubjectEvent,
    SubjectStep,
    TakeEffect,
)


class PeriodicSubject:
    """A subject that does something once in each `period_ms`.

    It `rests` where its next timer is due later than a period, and a read, after the last thing that happened: a step
    that may change something, or anything seen of the subject but that it reads, asks for the lease or writes to the
    log. While a command waits, or a call has no answer yet, the longest limit has to be over besides. The backend takes
    its lease for lost after a silence of `lease_ms` (0: never).
    """

    rests = False

    def __init__(self, subject: Subject, period_ms: float, lease_ms: float = 0) -> None:
        self.about, self._subject, self._period_ms, self.lease_ms = subject.about, subject, period_ms, lease_ms
        self._begin(Begin())

    def take(self, steps: tuple[SubjectStep, ...]) -> Reaction:
        """Take the steps; raises `SubjectError` as the subject does."""
        reaction = self._subject.take(steps)
        for step in steps[: reaction.took]:
            self._took(step, reaction.now_ms)
        for event in reaction.events:
            self._heard(event)
        timer = reaction.next_timer_ms
        self.rests = timer is not None and timer > self._since_ms + self._patience_ms()
        return reaction

    def close(self) -> None:
        """End the subject."""
        self._subject.close()

    def _begin(self, step: Begin) -> None:
        self._manners, self._options = step.manners, dict[str, Any](step.config)
        self._counts: dict[str, int] = {}
        self._since_ms = self._read_ms = 0.0
        self._new_life()

    def _new_life(self) -> None:
        self._waiting: set[int] = set()
        self._open: dict[int, str] = {}
        self._asked_ms: dict[int, float] = {}

    def _patience_ms(self) -> float:
        config = merged(DEFAULT_CONFIG, self._options)
        limits = (config.initialization_timeout, config.startup_timeout, config.shutdown_timeout)
        under_way = bool(self._open or self._waiting)
        return max(self._period_ms + self._read_ms, config.retry_delay) + (max(limits) if under_way else 0)

    def _took(self, step: SubjectStep, now_ms: float) -> None:
        match step:
            case Begin():
                self._begin(step)
            case ReloadPage(config):
                self._options = dict(config)
                self._new_life()
            case ChangeConfig(config):
                self._options |= config
            case GiveCommand(number):
                self._waiting.add(number)
            case TakeEffect(call) | GiveAnswer(call):
                self._mind_call(step, call, now_ms)
                return
            case Advance() | LookAround():
                return
            case _:
                pass
        self._since_ms = now_ms

    def _mind_call(self, step: TakeEffect | GiveAnswer, call: int, now_ms: float) -> None:
        """A read that is answered changes nothing; one that fails will be made again."""
        asked_ms, operation = self._asked_ms.get(call), self._open.get(call, "")
        if isinstance(step, GiveAnswer) or self.about.styles.get(operation) == FIELD:
            self._open.pop(call, None)
        failed = isinstance(step, GiveAnswer) and not step.ok
        if asked_ms is None or (failed and operation != LEASE.name):
            self._since_ms = now_ms
        elif isinstance(step, GiveAnswer):
            self._read_ms = max(self._read_ms, 2 * (now_ms - asked_ms))  # the host is asked two things

    def _heard(self, event: SubjectEvent) -> None:
        if isinstance(event, Called):
            self._called(event)
        if isinstance(event, CommandSettled):
            self._waiting.discard(event.command)
        if not (isinstance(event, Logged | Snapshot) or (isinstance(event, Called) and is_periodic(event))):
            self._since_ms = event.at_ms

    def _called(self, event: Called) -> None:
        nth = self._counts[event.operation] = self._counts.get(event.operation, 0) + 1
        given = self._manners.get(event.operation, ())
        style = self.about.styles.get(event.operation, PROMISE)
        if style != SYNC and (given[nth - 1] if nth <= len(given) else "") in ("", PENDING):
            self._open[event.call] = event.operation
        if is_periodic(event):
            self._asked_ms[event.call] = event.at_ms


def is_periodic(call: Called) -> bool:
    """Whether the call is a read, or asks for the lease."""
    return call.operation in CALLABLE and call.operation not in OPERATIONS
