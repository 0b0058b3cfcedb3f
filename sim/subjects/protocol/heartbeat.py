"""Heartbeats: a timer that is set again and again for ever must not keep a world from being quiet.

A poll every few seconds is part of many implementations. Once it beats for nothing, its next beat is not announced
to the driver, who then finds that nothing is left to happen. It beats all the same when the clock gets there.
"""

from broadcast_orchestrator.sim.subjects.protocol.messages import (
    Advance,
    Begin,
    CommandSettled,
    Extension,
    GiveCommand,
    Logged,
    Reaction,
    ReloadPage,
    Subject,
    SubjectEvent,
    SubjectStep,
)


class Calmed:
    """A subject, but for its heartbeat of `heartbeat_ms`.

    The next timer is kept from the driver when no command waits, the last timer to run did nothing that can be seen
    but write to the log, and the next one is due one beat after it, to the millisecond. Until then every beat counts,
    so what an implementation still has to do within one beat is seen.
    """

    def __init__(self, subject: Subject, heartbeat_ms: float) -> None:
        understands = tuple(each for each in subject.about.understands if each != Extension.CLOCK)
        self.about = subject.about._replace(understands=understands)  # a beat that stands still is none
        self._subject, self._beat_ms = subject, heartbeat_ms
        self._waiting: set[int] = set()

    def take(self, steps: tuple[SubjectStep, ...]) -> Reaction:
        """Take the steps; raises `SubjectError` as the subject does."""
        reaction = self._subject.take(steps)
        taken = steps[: reaction.took]
        self._note(taken, reaction.events)
        return reaction._replace(next_timer_ms=None) if self._is_beat(taken, reaction) else reaction

    def close(self) -> None:
        """End the subject."""
        self._subject.close()

    def _note(self, steps: tuple[SubjectStep, ...], events: tuple[SubjectEvent, ...]) -> None:
        if any(isinstance(step, Begin | ReloadPage) for step in steps):
            self._waiting.clear()
        self._waiting.update(step.id for step in steps if isinstance(step, GiveCommand))
        self._waiting.difference_update(event.command for event in events if isinstance(event, CommandSettled))

    def _is_beat(self, steps: tuple[SubjectStep, ...], reaction: Reaction) -> bool:
        if self._waiting or reaction.next_timer_ms is None or not all(isinstance(e, Logged) for e in reaction.events):
            return False
        last = steps[-1] if steps else None
        return isinstance(last, Advance) and abs(reaction.next_timer_ms - last.to_ms - self._beat_ms) < 1
