"""Lines on the console that come with a snapshot, from a subject in any language."""

from broadcast_orchestrator.sim.subjects.protocol.messages import (
    Begin,
    GiveCommand,
    Limits,
    Logged,
    LookAround,
    Reaction,
    Snapshot,
    SubjectEvent,
)
from broadcast_orchestrator.sim.subjects.protocol.protocol_check import Hearing, Planned

BEFORE, SHOWN, AFTER = Logged(1, 0, "info", "before"), Snapshot(2, 0, {}), Logged(3, 0, "info", "after")
EVENTS: tuple[SubjectEvent, ...] = (BEFORE, SHOWN, AFTER)


def heard(*steps: Begin | LookAround | GiveCommand) -> list[list[SubjectEvent]]:
    """Which of the events each step is heard to have led to."""
    plan = [Planned(step) for step in steps]
    return [events for _, _, events in Hearing(Limits()).hear(plan, Reaction(len(plan), EVENTS, 0, None))]


def test_what_is_printed_while_someone_looks_belongs_to_the_look() -> None:
    """Before the snapshot or after it, where no other step could have led to it."""
    assert heard(LookAround()) == [[BEFORE, SHOWN, AFTER]]


def test_what_another_step_can_have_printed_belongs_to_that() -> None:
    """As ever: the first step from that of the event before it."""
    command = GiveCommand(1, "initialize")
    assert heard(Begin(), LookAround(), command) == [[BEFORE], [SHOWN], [AFTER]]
    assert heard(LookAround(), command) == [[BEFORE, SHOWN], [AFTER]]
