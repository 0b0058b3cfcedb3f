"""What of a call has come by the time it returns, as its behaviour and its style say."""

from collections.abc import Mapping
from typing import NamedTuple

from broadcast_orchestrator.sim.subjects.protocol.messages import (
    AT_ONCE,
    EFFECT_THEN_THROW,
    FIELD,
    NOTHING,
    OWN_BEHAVIOUR,
    PENDING,
    PROMISE,
    THROW,
)
from broadcast_orchestrator.sim.world.fault_semantics import message_of
from broadcast_orchestrator.sim.world.faults import LOST_REPLY, REFUSE, FaultOrNone

HOST_START = "host.start"


def words_of(fault: FaultOrNone, call: int) -> str:
    """What the call with this number says when it fails because of this fault. No two calls say the same, so that who
    tells one failure in the place of another shows it."""
    return f"{message_of(fault)} (call {call})"


class AtReturn(NamedTuple):
    """Whether the call has taken effect, and how it is answered: None where the answer is still to come."""

    effect: bool
    ok: bool | None

    def message(self, call: int) -> str:
        """What the failure of the call with this number says; "" where it does not fail."""
        return "" if self.ok is not False else words_of(LOST_REPLY if self.effect else REFUSE, call)


def at_return(
    operation: str,
    nth: int,
    behaviours: Mapping[str, list[str]],
    styles: Mapping[str, str],
    *,
    initialized: bool,
    stale: bool = False,
) -> AtReturn:
    """What has come of the `nth` call of the operation, from 1, when it returns: `behaviours` are those of `Begin`,
    `styles` those of `About`; a host that is not `initialized` refuses to start, and every service refuses what is
    `stale`, its number being older than one that it has seen."""
    given, style = behaviours.get(operation, ()), styles.get(operation, PROMISE)
    behaviour = (given[nth - 1] if nth <= len(given) else "") or OWN_BEHAVIOUR[style]
    if operation == HOST_START and behaviour == AT_ONCE and not initialized:
        behaviour = THROW
    if stale and behaviour in (AT_ONCE, EFFECT_THEN_THROW):
        behaviour = THROW
    answered = behaviour != PENDING and (behaviour, style) != (NOTHING, FIELD)
    return AtReturn(behaviour in (AT_ONCE, EFFECT_THEN_THROW), behaviour in (AT_ONCE, NOTHING) if answered else None)
