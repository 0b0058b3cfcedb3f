"""The taxonomy of faults: what can go wrong with one call, with a service, or around them.

One definition for the explorer, the simulator and Hypothesis. A call has an effect (it changes its service) and
a reply (its caller learns), each with its own moment; nearly every fault is something that happens to one of the two.
"""

from enum import StrEnum
from typing import Literal, NamedTuple


class FaultClass(StrEnum):
    """The classes of the taxonomy, by the ids that reports, traces and scenarios give them."""

    NONE = "F0"
    REFUSE = "F1"
    LOST_REPLY = "F2"
    HANG = "F3"
    LATE = "F4"
    EARLY_REPLY = "F5"
    OVERTAKING = "F6"
    DUPLICATE = "F7"
    EMPTY_SUCCESS = "F8"
    LOST_SERVICE = "F9"
    LOST_UNNOTICED = "F9u"
    BYPASS = "F10"
    CONFLICT = "F11"
    RELOAD = "F12"
    SECOND_DASHBOARD = "F13"
    SUSPEND = "F14"

    __hash__ = str.__hash__  # an Enum hashes its name in Python code; faults live in every key of the search


NONE, REFUSE, LOST_REPLY, HANG, LATE, EARLY_REPLY, OVERTAKING, DUPLICATE, EMPTY_SUCCESS, *_AROUND = FaultClass
LOST_SERVICE, LOST_UNNOTICED, BYPASS, CONFLICT, RELOAD, SECOND_DASHBOARD, SUSPEND = _AROUND


FaultOrNone = FaultClass | Literal[""]
"""A class of fault, or "" where nothing is wrong."""


class TaxonomyEntry(NamedTuple):
    """A column of the guarantee matrix: `id` as in reports, `name` as in experiments and on the command line."""

    id: FaultClass
    name: str
    meaning: str


FAULTS: tuple[TaxonomyEntry, ...] = (
    TaxonomyEntry(NONE, "none", "the call works, in any time below its limit"),
    TaxonomyEntry(REFUSE, "refuse", "the call fails before its effect"),
    TaxonomyEntry(LOST_REPLY, "lost_reply", "the call takes effect, then its caller sees a failure"),
    TaxonomyEntry(HANG, "hang", "no reply ever comes; the effect comes in time or never"),
    TaxonomyEntry(LATE, "late", "the reply comes after the limit, the effect before it, after it or never"),
    TaxonomyEntry(EARLY_REPLY, "early_reply", "the reply comes before the effect"),
    TaxonomyEntry(OVERTAKING, "overtaking", "the effects of two calls to one service land in the other order"),
    TaxonomyEntry(DUPLICATE, "duplicate", "the effect takes place twice, the second time late"),
    TaxonomyEntry(EMPTY_SUCCESS, "empty_success", "the call reports success, and nothing happened"),
    TaxonomyEntry(LOST_SERVICE, "lost_service", "a service falls over by itself and reports it"),
    TaxonomyEntry(LOST_UNNOTICED, "lost_unnoticed", "a service falls over by itself and nobody is told"),
    TaxonomyEntry(BYPASS, "bypass", "someone flips a store behind the orchestrator's back"),
    TaxonomyEntry(CONFLICT, "conflict", "the backend refuses a write for a while, then takes it"),
    TaxonomyEntry(RELOAD, "reload", "the orchestrator loses its memory; services and calls on their way go on"),
    TaxonomyEntry(SECOND_DASHBOARD, "second_dashboard", "another orchestrator commands the same services and backend"),
    TaxonomyEntry(
        SUSPEND, "suspend", "timers stand still while effects and replies go on; then all that is overdue comes"
    ),
)
"""Every fault class, in the order of the columns."""

BY_NAME = {fault.name: fault for fault in FAULTS}
BY_ID: dict[str, TaxonomyEntry] = {fault.id: fault for fault in FAULTS}


class Place(StrEnum):
    """Where a fault can hit: a forward call, an undo, a shutdown step, a stop of an emergency stop or a recover, a
    cleanup, or a call that its procedure has already given up."""

    FORWARD = "forward"
    ROLLBACK = "rollback"
    SHUTDOWN = "shutdown"
    EMERGENCY = "emergency"
    CLEANUP = "cleanup"
    ABANDONED = "abandoned"

    __hash__ = str.__hash__


FORWARD, ROLLBACK, SHUTDOWN, EMERGENCY, CLEANUP, ABANDONED = PLACES = tuple(Place)

PlaceOrNone = Place | Literal[""]
"""Where a fault hits, or "" where it hits no call."""
