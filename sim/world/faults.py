"""The taxonomy of faults: what can go wrong with one call, with a service, or around them.

One definition for the explorer, the simulator and Hypothesis. A call has an effect (it changes its service) and
a reply (its caller learns), each with its own moment; nearly every fault is something that happens to one of the two.
"""

from typing import NamedTuple


class FaultClass(NamedTuple):
    """A column of the guarantee matrix: `id` as in reports, `name` as in experiments and on the command line."""

    id: str
    name: str
    meaning: str


NONE, REFUSE, LOST_REPLY, HANG, LATE = "F0", "F1", "F2", "F3", "F4"
EARLY_REPLY, OVERTAKING, DUPLICATE, EMPTY_SUCCESS = "F5", "F6", "F7", "F8"
LOST_SERVICE, LOST_UNNOTICED, BYPASS, CONFLICT = "F9", "F9u", "F10", "F11"

FAULTS: tuple[FaultClass, ...] = (
    FaultClass(NONE, "none", "the call works, in any time below its limit"),
    FaultClass(REFUSE, "refuse", "the call fails before its effect"),
    FaultClass(LOST_REPLY, "lost_reply", "the call takes effect, then its caller sees a failure"),
    FaultClass(HANG, "hang", "no reply ever comes; the effect comes in time or never"),
    FaultClass(LATE, "late", "the reply comes after the limit, the effect before it, after it or never"),
    FaultClass(EARLY_REPLY, "early_reply", "the reply comes before the effect"),
    FaultClass(OVERTAKING, "overtaking", "the effects of two calls to one service land in the other order"),
    FaultClass(DUPLICATE, "duplicate", "the effect takes place twice, the second time late"),
    FaultClass(EMPTY_SUCCESS, "empty_success", "the call reports success, and nothing happened"),
    FaultClass(LOST_SERVICE, "lost_service", "a service falls over by itself and reports it"),
    FaultClass(LOST_UNNOTICED, "lost_unnoticed", "a service falls over by itself and nobody is told"),
    FaultClass(BYPASS, "bypass", "someone flips a store behind the orchestrator's back"),
    FaultClass(CONFLICT, "conflict", "the backend refuses a write for a while, then takes it"),
)
"""Every fault class, in the order of the columns."""

BY_NAME = {fault.name: fault for fault in FAULTS}
BY_ID = {fault.id: fault for fault in FAULTS}

FORWARD, ROLLBACK, SHUTDOWN, EMERGENCY, CLEANUP, ABANDONED = (
    "forward",
    "rollback",
    "shutdown",
    "emergency",
    "cleanup",
    "abandoned",
)
PLACES = (FORWARD, ROLLBACK, SHUTDOWN, EMERGENCY, CLEANUP, ABANDONED)
"""Where a fault can hit: a forward call, an undo, a shutdown step, a stop of an emergency stop or a recover, a
cleanup, or a call that its procedure has already given up."""

MESSAGES = {REFUSE: "refused", LOST_REPLY: "connection lost", LATE: "too late", CONFLICT: "write conflict"}
"""What a service says when it fails in this way; part of the world, so that a replay says the same."""
