"""What of a call has come by the time it returns, as its manner and its style say."""

from collections.abc import Mapping
from typing import NamedTuple

from broadcast_orchestrator.sim.subjects.fault_semantics import FIELD, OWN_MANNER, PROMISE
from broadcast_orchestrator.sim.subjects.protocol.messages import AT_ONCE, EFFECT_THEN_THROW, NOTHING, PENDING, THROW

HOST_START = "host.start"


class AtReturn(NamedTuple):
    """Whether the call has taken effect, and how it is answered: None where the answer is still to come."""

    effect: bool
    ok: bool | None


def at_return(
    operation: str,
    nth: int,
    manners: Mapping[str, list[str]],
    styles: Mapping[str, str],
    *,
    initialized: bool,
) -> AtReturn:
    """What has come of the `nth` call of the operation, from 1, when it returns: `manners` are those of `Begin`,
    `styles` those of `About`; a host that is not `initialized` refuses to start."""
    given, style = manners.get(operation, ()), styles.get(operation, PROMISE)
    manner = (given[nth - 1] if nth <= len(given) else "") or OWN_MANNER[style]
    if operation == HOST_START and manner == AT_ONCE and not initialized:
        manner = THROW
    answered = manner != PENDING and (manner, style) != (NOTHING, FIELD)
    return AtReturn(manner in (AT_ONCE, EFFECT_THEN_THROW), manner in (AT_ONCE, NOTHING) if answered else None)
