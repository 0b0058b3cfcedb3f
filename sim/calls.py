"""What is drawn for one call: how long it takes, when within that time it takes effect, and what goes wrong."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from model.config import near_match, shown
from model.operations import OPERATIONS
from sim.faults import EARLY_REPLY, EMPTY_SUCCESS, HANG, LATE, REFUSE
from sim.injection import CALLS, covers
from sim.latency import Constant, Latency, LatencyError, Uniform, parse_latency, parse_latency_text
from sim.streams import Streams

DEFAULT_LATENCY: Latency = Uniform(20, 200)
"""What a call takes in milliseconds where nothing else is said: far below every default limit."""

LatencyLike = Latency | Mapping[str, object] | str | float
"""A latency, its table or its text as `sim.latency` reads them, or a number of milliseconds that is always taken."""


@dataclass(slots=True, eq=False)
class CallOnItsWay:
    """One call as the simulator sees it; its place among the flights of the world is its place in a list.

    The effect comes `effect_ms` after the call if `has_effect`, the reply after `total_ms`. `held` means that the
    reply sets out when the call is given up, `hung` that it never does. The `due` flags say
    that a moment has come and waits for its turn.
    """

    service: str
    operation: str
    session: str | None
    fault: str
    effect_ms: float
    total_ms: float
    luck: float
    has_effect: bool = True
    held: bool = False
    effect_due: bool = False
    reply_due: bool = False
    hung: bool = False


class Draws:
    """Draws every number of every call from streams named after the operation and what is drawn."""

    def __init__(self, latency: Mapping[str, LatencyLike], streams: Streams) -> None:
        """`latency` maps "service.operation", "service.*" or "*" to a latency; raises `LatencyError` if it cannot."""
        self.given = {name: as_latency(name, value) for name, value in latency.items()}
        self._latencies = {operation: self._latency_of(operation) for operation in OPERATIONS}
        self._streams = streams

    def _latency_of(self, operation: str) -> Latency:
        """The most particular one given: the longest of the names that cover the operation."""
        names = sorted((name for name in self.given if covers(name, operation)), key=len)
        return self.given[names[-1]] if names else DEFAULT_LATENCY

    def call(self, operation: str, session: str | None, fault: str) -> CallOnItsWay:
        """A new call with everything that is ever drawn for it, the same draws whatever its fault."""
        total_ms = self.latency_ms(operation)
        fraction = self._stream(operation, "effect").random()
        luck = self._stream(operation, "luck").random()
        service = OPERATIONS[operation].service
        call = CallOnItsWay(service, operation, session, fault, total_ms * fraction, total_ms, luck)
        return misfortune(call)

    def latency_ms(self, operation: str) -> float:
        """One latency of the operation, in milliseconds."""
        return self._latencies[operation].sample(self._stream(operation, "latency"))

    def _stream(self, operation: str, what: str) -> random.Random:
        return self._streams.stream(f"{operation} {what}")


def misfortune(call: CallOnItsWay) -> CallOnItsWay:
    """What the fault makes of the moments; where it leaves several ways, luck decides between them."""
    if call.fault in (REFUSE, EMPTY_SUCCESS):
        call.has_effect = False
    elif call.fault == HANG:
        call.has_effect = call.luck < 1 / 2
    elif call.fault == LATE:
        call.held = True
        call.has_effect = call.luck < 2 / 3
    elif call.fault == EARLY_REPLY:
        call.effect_ms, call.total_ms = call.total_ms, call.effect_ms
    return call


def as_latency(name: str, value: LatencyLike) -> Latency:
    """The latency that stands under `name`; raises `LatencyError` with one line that begins with the name."""
    if name not in CALLS:
        raise LatencyError(f"latency: {shown(name)} is unknown{near_match(name, CALLS)}")
    try:
        return _parsed(value)
    except LatencyError as mistake:
        raise LatencyError(f"latency of {name}: {mistake}") from None


def _parsed(value: LatencyLike) -> Latency:
    if isinstance(value, Latency):
        return value
    if isinstance(value, str):
        return parse_latency_text(value)
    return parse_latency(value) if isinstance(value, Mapping) else Constant(value)
