"""What is drawn for one call: how long it takes, when within that time it takes effect, and what goes wrong."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import NamedTuple, assert_never

from broadcast_orchestrator.model.config import near_match, shown
from broadcast_orchestrator.model.operations import CALLABLE, SERVICES
from broadcast_orchestrator.model.views import INDEX
from broadcast_orchestrator.sim.simulate.injection import CALLS, Injection, covers
from broadcast_orchestrator.sim.simulate.latency import (
    Constant,
    Latency,
    LatencyError,
    Uniform,
    parse_latency,
    parse_latency_text,
)
from broadcast_orchestrator.sim.simulate.streams import Numbers, Streams, share
from broadcast_orchestrator.sim.world.fault_semantics import (
    SEMANTICS,
    SILENT,
    WORKS,
    CallOutcome,
    EffectMoment,
    ReplyMoment,
)
from broadcast_orchestrator.sim.world.faults import NONE, REFUSE, FaultClass

DEFAULT_LATENCY: Latency = Uniform(20, 200)
"""What a call takes in milliseconds where nothing else is said: far below every default limit."""

NUMBERED = {
    name: (INDEX[operation.service], place, f"call {name}".encode())
    for place, (name, operation) in enumerate(CALLABLE.items())
}
"""Of each operation the place of its service in `SERVICES`, its own place, and the name of its draws."""

LatencyLike = Latency | Mapping[str, object] | str | float
"""A latency, its table or its text as `sim.simulate.latency` reads them, or a number of milliseconds that is always
taken."""


class DrawnOutcome(NamedTuple):
    """What a call is to come to (see `sim.world.fault_semantics`), as the clock asks for it.

    `ok` is what the reply says. The effect comes if `has_effect`, once more if `has_second_effect`, and sets out only
    when the call is given up if `late_effect`. The reply comes if `has_reply`, before its effect if `early_reply`, and
    sets out only when the call is given up if `late_reply`.
    """

    ok: bool
    has_effect: bool = True
    has_second_effect: bool = False
    late_effect: bool = False
    has_reply: bool = True
    early_reply: bool = False
    late_reply: bool = False


def as_drawn(outcome: CallOutcome) -> DrawnOutcome:
    """The outcome as the clock takes it; an effect out of turn is only late in the order of things (see `due`)."""
    drawn = _with_effect(DrawnOutcome(outcome.ok), outcome.effect)
    match outcome.reply:
        case ReplyMoment.IN_TIME:
            return drawn
        case ReplyMoment.EARLY:
            return drawn._replace(early_reply=True)
        case ReplyMoment.LATE:
            return drawn._replace(late_reply=True)
        case ReplyMoment.NEVER:
            return drawn._replace(has_reply=False)
        case _:
            assert_never(outcome.reply)


def _with_effect(drawn: DrawnOutcome, effect: EffectMoment) -> DrawnOutcome:
    match effect:
        case EffectMoment.IN_TIME | EffectMoment.AFTER_REPLY | EffectMoment.OUT_OF_TURN:
            return drawn
        case EffectMoment.NEVER:
            return drawn._replace(has_effect=False)
        case EffectMoment.LATE:
            return drawn._replace(late_effect=True)
        case EffectMoment.TWICE:
            return drawn._replace(has_second_effect=True)
        case _:
            assert_never(effect)


AS_USUAL = as_drawn(WORKS)

OUTCOMES = {
    fault: (AS_USUAL,) if does.change is not None else tuple(map(as_drawn, does.outcomes))
    for fault, does in SEMANTICS.items()
}
"""What a call can come to under each fault. One that hits the service does so with the effect of a call that is like
any other (see `sim.simulate.driver`)."""


@dataclass(slots=True, eq=False)
class DrawnCall:
    """One call as the simulator sees it; its place among the flights of the world is its place in a list.

    `at` is the place of its service in `SERVICES`. The effect comes `effect_ms` after the call if `has_effect`, the
    reply after `total_ms`. `outcome` is what the call is to come to, and `again` draws when a second effect comes. The
    `due` flags say that a moment has come and waits for its turn.
    """

    at: int
    operation: str
    session: str | None
    fault: FaultClass
    effect_ms: float
    total_ms: float
    again: float = 0.0
    outcome: DrawnOutcome = AS_USUAL
    has_effect: bool = True
    effect_due: bool = False
    reply_due: bool = False

    @property
    def service(self) -> str:
        """The service that is called."""
        return SERVICES[self.at]


class Latencies:
    """How long calls take: `given` by a name, "service.operation", "service.*" or "*", or else the default.
    `duration_ms` is how a call of each operation draws its own from a share."""

    def __init__(self, latency: Mapping[str, LatencyLike]) -> None:
        """Raises `LatencyError` for what is no latency, or under no such name."""
        self.given = {name: as_latency(name, value) for name, value in latency.items()}
        self._arrange()

    def change(self, name: str, latency: LatencyLike | None) -> None:
        """Calls under `name` that are made from now on take that long; None takes back what was given for it.

        Raises `LatencyError`, and changes nothing, where it cannot be.
        """
        if latency is not None:
            self.given[name] = as_latency(name, latency)
        else:
            self.given.pop(name, None)
        self._arrange()

    @property
    def repeat(self) -> bool:
        """Whether two calls may well take just as long."""
        return any(self._most_particular(operation).repeats for operation in CALLABLE)

    def _arrange(self) -> None:
        self.duration_ms = {operation: self._most_particular(operation).at for operation in CALLABLE}

    def _most_particular(self, operation: str) -> Latency:
        """The latency given for it: the longest of the names that cover the operation."""
        names = sorted((name for name in self.given if covers(name, operation)), key=len)
        return self.given[names[-1]] if names else DEFAULT_LATENCY


class CallDraws:
    """The calls of one run: what is drawn for each depends on its operation, and on which of its calls it is, and what
    is to go wrong with it on the `injection` as well. `sessions` are those that the backend knows; None: any. Of each
    operation there were so many calls `before` that are none of this run's."""

    def __init__(
        self,
        latencies: Latencies,
        streams: Streams,
        injection: Injection,
        sessions: Container[str] | None = None,
        before: int = 0,
    ) -> None:
        self._latencies, self._draw, self._decide, self._sessions = latencies, streams.draw, injection.decide, sessions
        self._made = [before] * len(CALLABLE)
        self._besides: dict[bytes, int] = {}

    @property
    def made(self) -> int:
        """How many calls there were, those before included."""
        return sum(self._made)

    def call(self, operation: str, session: str | None, place: str, now_ms: float) -> DrawnCall:
        """The next call of the operation, made at that time, where a fault of it belongs to that place; with everything
        that is ever drawn for it, the same draws whatever its fault: four numbers are for its times, the others for the
        luck of faults."""
        at, made, name = NUMBERED[operation]
        self._made[made] = number = self._made[made] + 1
        numbers = self._draw(name, number)
        fault = self._decide(operation, place, now_ms, numbers)
        total_ms = self._latencies.duration_ms[operation](share(numbers[0]))
        call = DrawnCall(at, operation, session, fault, total_ms * share(numbers[1]), total_ms)
        if session is not None and self._sessions is not None and session not in self._sessions:
            if fault not in SILENT:
                call.fault = REFUSE  # a mutation of a session that does not exist fails
            misfortune(call, numbers)
            call.has_effect = False
        elif fault is not NONE:
            misfortune(call, numbers)
        return call

    def elsewhere(self, operation: str, session: str) -> DrawnCall:
        """A call of another dashboard, which is none of this run's, and which nothing goes wrong with."""
        numbers = self._draw(*self._beside(f"elsewhere {operation}".encode()))
        total_ms = self._latencies.duration_ms[operation](share(numbers[0]))
        return DrawnCall(NUMBERED[operation][0], operation, session, NONE, total_ms * share(numbers[1]), total_ms)

    def timer_is_first(self) -> bool:
        """Whether a page that wakes up hears of its timer first, and of the replies then."""
        return share(self._draw(*self._beside(b"wake"))[0]) < 0.5

    def _beside(self, name: bytes) -> tuple[bytes, int]:
        """The next place under a name that no call of this run has."""
        self._besides[name] = place = self._besides.get(name, 0) + 1
        return name, place

    def again_ms(self, call: DrawnCall) -> float:
        """When a second effect of the call comes, in milliseconds after its reply."""
        return self._latencies.duration_ms[call.operation](call.again)


def misfortune(call: DrawnCall, numbers: Numbers) -> None:
    """What the fault makes of the moments; where it leaves several outcomes, luck decides between them."""
    outcomes = OUTCOMES[call.fault]
    call.outcome, call.again = outcomes[int(share(numbers[2]) * len(outcomes))], share(numbers[3])
    call.has_effect = call.outcome.has_effect
    if call.outcome.early_reply:
        call.effect_ms, call.total_ms = call.total_ms, call.effect_ms


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
