"""What happens at one step of a run and is about no single call: commands, timers, and what befalls the services."""

from typing import NamedTuple, assert_never

from broadcast_orchestrator.model.operations import CONVEX, LIVE_FEED
from broadcast_orchestrator.properties.telling.phrases import named
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    Advance,
    CommandElsewhere,
    FillFeed,
    FlipService,
    GiveCommand,
    LoseService,
    ReloadPage,
    SubjectStep,
)
from broadcast_orchestrator.sim.world.faults import BYPASS, LOST_SERVICE, LOST_UNNOTICED, RELOAD, SECOND_DASHBOARD
from broadcast_orchestrator.sim.world.steps import (
    Conflict,
    Do,
    Elsewhere,
    Fill,
    Flip,
    Lose,
    Notice,
    Reload,
    Step,
    Suspend,
    Timer,
)


class Marking(NamedTuple):
    """Something that happened at one step, in the lane of a service or, where that is "", above all of them."""

    at: int
    lane: str
    label: str
    fault: str = ""


LOST, REPORT, SWITCHED, TIME = "lost", "report", "bypass", "timer"
RELOADED, ELSEWHERE = "reload", "elsewhere:"


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
        case Reload() | Elsewhere() | Suspend():
            return _everyday(at, _upheaval(step), step.fault)
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
        case ReloadPage():
            return _everyday(at, RELOADED, RELOAD)
        case CommandElsewhere(command):
            return _everyday(at, f"{ELSEWHERE} {command}", SECOND_DASHBOARD)
        case _:
            return None


def _upheaval(step: Reload | Elsewhere | Suspend) -> str:
    match step:
        case Reload():
            return RELOADED
        case Elsewhere(command):
            return f"{ELSEWHERE} {command}"
        case Suspend():
            return "sleeps"
        case never:
            assert_never(never)


def _everyday(at: int, label: str, fault: str) -> Marking:
    """What befalls the orchestrator itself stands above all services, among the commands."""
    return Marking(at, "", f"{label} ({fault})", fault)


def _content(at: int, present: bool) -> Marking:
    return Marking(at, LIVE_FEED, "gains content" if present else "loses content")
