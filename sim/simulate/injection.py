"""Faults on order: which calls go wrong, how, and when. One frozen record says it; named streams decide the rest."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from numbers import Real
from typing import assert_never

from broadcast_orchestrator.model.config import near_match, shown
from broadcast_orchestrator.model.operations import CALLABLE, CONVEX, OPERATIONS, SERVICES
from broadcast_orchestrator.sim.simulate.streams import Numbers, further
from broadcast_orchestrator.sim.world.fault_semantics import (
    CALL_FAULTS,
    SEMANTICS,
    ServiceChange,
    can_hit,
    is_false_of,
)
from broadcast_orchestrator.sim.world.faults import BY_NAME, CONFLICT, NONE, PLACES, FaultClass

CALLS = ("*", *(f"{service}.*" for service in SERVICES), *OPERATIONS)
"""What a fault or a latency may be for: every call, the calls of one service, or one operation. What only a core with
measures calls (see `model.measures`), reads above all, counts among the calls of its service."""

COVERED = {
    call: frozenset(o for o, details in CALLABLE.items() if call in ("*", o, f"{details.service}.*")) for call in CALLS
}
"""The operations that each of `CALLS` is for."""

FIRST, DRAWN = 4, 8
"""Which of the numbers of a call is the first that faults may use (the others are for its times, see
`sim.simulate.drawn_calls`), and how many are drawn at once."""


def comes_with_a_call(fault: FaultClass) -> bool:
    """Whether the clock can let the fault hit a call, or its service together with the call's effect. Someone's switch
    goes around the calls, so a studio has a method for it."""
    match SEMANTICS[fault].change:
        case None:
            return fault in CALL_FAULTS
        case ServiceChange.FALLS_AND_REPORTS | ServiceChange.FALLS_SILENTLY | ServiceChange.REFUSES_WRITES:
            return True
        case ServiceChange.IS_SWITCHED:
            return False
        case _ as unknown:
            assert_never(unknown)


KINDS = tuple(name for name, fault in BY_NAME.items() if comes_with_a_call(fault.id))
"""What can be ordered to go wrong with a call."""


class FaultError(ValueError):
    """A fault that cannot be; the message is one line that names every mistake."""


@dataclass(frozen=True)
class Fault:
    """A fault that hits calls. `call` is "service.operation", "service.*" or "*"; `kind` is a name of the taxonomy.

    It hits a matching call when all its conditions hold: with `probability`; among the `first` so many; the `nth`;
    `every` so-manieth; issued within `between_ms` (both ends included, milliseconds from the start); at one `place`
    (forward, rollback, shutdown, emergency, cleanup). Calls that match are counted from 1. Without a condition it
    hits every one. Raises `FaultError` for what cannot be.
    """

    call: str
    kind: str
    probability: float = 1.0
    first: int | None = None
    nth: int | None = None
    every: int | None = None
    between_ms: tuple[float, float] | None = None
    place: str | None = None

    def __post_init__(self) -> None:
        """Check every field."""
        if mistakes := "; ".join(_mistakes(self)):
            raise FaultError(f"fault: {mistakes}")

    @property
    def id(self) -> FaultClass:
        """The class of the fault in the taxonomy, "F1" and so on."""
        return BY_NAME[self.kind].id

    def matches(self, operation: str, place: str) -> bool:
        """Whether a call of `operation` that is issued at `place` is one of those that count."""
        return operation in COVERED[self.call] and self.place in (None, place)

    def hits(self, count: int, now_ms: float) -> bool:
        """Whether the matching call number `count` is hit, issued at `now_ms`, if luck will have it."""
        return (
            (self.first is None or count <= self.first)
            and self.nth in (None, count)
            and (self.every is None or count % self.every == 0)
            and (self.between_ms is None or self.between_ms[0] <= now_ms <= self.between_ms[1])
        )


def covers(pattern: str, operation: str) -> bool:
    """Whether the pattern, one of `CALLS`, is for the operation."""
    return operation in COVERED[pattern]


def _mistakes(fault: Fault) -> Iterator[str]:
    if fault.call not in CALLS:
        yield f"call: {shown(fault.call)} is unknown{near_match(fault.call, CALLS)}"
    if fault.kind not in KINDS:
        yield f"kind: {shown(fault.kind)} is unknown{near_match(fault.kind, KINDS)}"
    elif fault.id == CONFLICT and fault.call in CALLS and not fault.call.startswith(CONVEX):
        yield "kind: a conflict hits the backend alone, so call must be convex.*, convex.live or convex.idle"
    elif fault.call in CALLS and not any(can_hit(fault.id, operation) for operation in COVERED[fault.call]):
        hit = ", ".join(SEMANTICS[fault.id].services)
        yield f"kind: {fault.kind} can hit no call of {fault.call}, only calls of {hit}"
    if not _number(fault.probability) or not 0 <= fault.probability <= 1:
        yield f"probability: expected a number from 0 to 1, got {shown(fault.probability)}"
    for name in ("first", "nth", "every"):
        count = getattr(fault, name)
        if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 1):
            yield f"{name}: expected a whole number from 1 on, got {shown(count)}"
    if fault.between_ms is not None and not _interval(fault.between_ms):
        yield "between_ms: expected two times in milliseconds, the earlier one first"
    if fault.place is not None and fault.place not in PLACES:
        yield f"place: {shown(fault.place)} is unknown{near_match(fault.place, PLACES)}"


def _interval(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(map(_number, value)) and 0 <= value[0] <= value[1]


def _number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


Chance = tuple[int, int, FaultClass]
"""Which of the numbers of a call is its luck, the limit below which that is bad, and the class of the fault then."""

Covering = tuple[list[Chance], list["_Tried"]]
"""The faults that are for an operation: where luck alone decides, their chances, else themselves."""


class Injection:
    """Decides the fault of each call of one run: the first in the list that hits it.

    The luck of a fault depends on the call and on its place in the list alone; so a fault that is added at the end does
    not change the luck of the others.
    """

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self._tried = [_Tried(fault, place) for place, fault in enumerate(faults)]
        self._counts = [0] * len(faults)
        self._covering: dict[str, Covering] = {}

    def again(self) -> "Injection":
        """The same faults for another run: no call has been counted yet."""
        fresh = Injection(())
        fresh._tried, fresh._counts, fresh._covering = self._tried, [0] * len(self._counts), self._covering
        return fresh

    def order(self, fault: Fault) -> None:
        """From now on this fault too, before all others; the calls that it matches are counted from now on."""
        self._tried = [_Tried(fault, len(self._counts)), *self._tried]
        self._counts.append(0)
        self._covering = {}

    def withdraw(self, fault: Fault) -> None:
        """This fault no longer; raises `ValueError` where it was never ordered."""
        at = [tried.fault for tried in self._tried].index(fault)
        self._tried = self._tried[:at] + self._tried[at + 1 :]
        self._covering = {}

    def decide(self, operation: str, place: str, now_ms: float, numbers: Numbers) -> FaultClass:
        """The fault class that hits this call, "F0" for none; `numbers` are those of the call."""
        chances, covering = self._covering.get(operation) or self._cover(operation)
        if covering:
            return self._decide(covering, place, now_ms, numbers)
        for number, limit, fault in chances:
            if numbers[number] < limit:
                return fault
        return NONE

    def _decide(self, covering: list["_Tried"], place: str, now_ms: float, numbers: Numbers) -> FaultClass:
        """The same where more than the luck of numbers that are drawn may have a part in it."""
        decided = NONE
        for tried in covering:
            if tried.at is not None and tried.at != place:
                continue
            if tried.is_conditional:
                self._counts[tried.place] += 1
            if decided is NONE:
                luck = numbers[tried.number] if tried.number < DRAWN else further(numbers, tried.number)
                if luck < tried.limit and (
                    not tried.is_conditional or tried.fault.hits(self._counts[tried.place], now_ms)
                ):
                    decided = tried.id
        return decided

    def _cover(self, operation: str) -> Covering:
        """The faults that are for the operation, and can ever hit it."""
        tried = [tried for tried in self._tried if operation in tried.covered and tried.limit]
        chances = [each.chance for each in tried if each.chance is not None]
        covering = self._covering[operation] = chances, tried if len(chances) < len(tried) else []
        return covering


class _Tried:
    """A fault by its `place` among those that were ordered, and its class, the `id`. It is for calls of the operations
    `covered` that are issued `at` its own place, if it has one. Unlucky is a call whose number of that `number` is
    below `limit`, of 2 ** 64; and where it `is_conditional`, on which call it is or when, its calls are counted. Where
    luck alone decides, that is its `chance`."""

    __slots__ = ("at", "chance", "covered", "fault", "id", "is_conditional", "limit", "number", "place")

    def __init__(self, fault: Fault, place: int) -> None:
        self.fault, self.id, self.place, self.number = fault, fault.id, place, place + FIRST
        self.covered, self.at = _hit_by(fault.call, fault.id), fault.place
        self.is_conditional = (fault.first, fault.nth, fault.every, fault.between_ms) != (None, None, None, None)
        self.limit = int(fault.probability * 2.0**64)
        is_simple = not self.is_conditional and self.at is None and self.number < DRAWN
        self.chance = (self.number, self.limit, self.id) if is_simple else None


@cache
def _hit_by(call: str, fault: FaultClass) -> frozenset[str]:
    """The operations that one of `CALLS` is for, without those that the fault cannot be told of."""
    return frozenset(each for each in COVERED[call] if not is_false_of(fault, each))
