"""What happens at one step of a run and is about no single call: commands, timers, and what befalls the services."""

from typing import NamedTuple

from broadcast_orchestrator.model.operations import CONVEX, LIVE_FEED
from broadcast_orchestrator.properties.telling.phrases import named
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    Advance,
    FillFeed,
    FlipService,
    GiveCommand,
    LoseService,
    SubjectStep,
)
from broadcast_orchestrator.sim.world.faults import BYPASS, LOST_SERVICE, LOST_UNNOTICED
from broadcast_orchestrator.sim.world.steps import Conflict, Do, Fill, Flip, Lose, Notice, Step, Timer


class Marking(NamedTuple):
    """Something that happened at one step, in the lane of a service or, where that is "", above all of them."""

    at: int
    lane: str
    label: str
    fault: str = ""


LOST, REPORT, SWITCHED, TIME = "lost", "report", "bypass", "timer"


def mark_of(at: int, step: Step) -> Marking | None:
    """The mark of a step of ours."""
    match step:
        case Do(command, session):
            return Marking(at, "", named(command, session))
        case Timer():
            return Marking(at, "", TIME)
        case Lose(service, fault):
            return Marking(at, service, LOST, fault)
        case Notice(service):
            return Marking(at, service, REPORT)
        case Flip(service, fault):
            return Marking(at, service, SWITCHED, fault)
        case Conflict(refusing, fault):
            return Marking(at, CONVEX, "refuses" if refusing else "takes writes", fault)
        case Fill(present):
            return _content(at, present)
        case _:
            return None


def subject_mark(at: int, step: SubjectStep) -> Marking | None:
    """The mark of a step that a subject was taken through."""
    match step:
        case GiveCommand(_, command, session):
            return Marking(at, "", named(command, session))
        case Advance():
            return Marking(at, "", TIME)
        case LoseService(service, noticed):
            return Marking(at, service, LOST, LOST_SERVICE if noticed else LOST_UNNOTICED)
        case FlipService(service):
            return Marking(at, service, SWITCHED, BYPASS)
        case FillFeed(present):
            return _content(at, present)
        case _:
            return None


def _content(at: int, present: bool) -> Marking:
    return Marking(at, LIVE_FEED, "gains content" if present else "loses content")
