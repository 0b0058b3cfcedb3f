"""What can be seen of a run from outside: who asked for what, which calls were made for whom, what became of them.

Everything that the judges ask is worked out here once, in one pass over the evidence. A moment is one step of the
driver with what followed at that instant; moments are counted from 0, events by their own numbers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.operations import OPERATIONS
from broadcast_orchestrator.model.table import BroadcastState
from broadcast_orchestrator.sim.subjects.evidence import Evidence
from broadcast_orchestrator.sim.subjects.protocol.messages import Recorded, Unhandled
from broadcast_orchestrator.sim.world.world import Truth

NEVER = (1 << 60, 0)
"""Later than every tick; a tick is the number of a moment and the number of an event in it."""

Tick = tuple[int, int]

Sightings = Iterator[tuple[str, str, int]]
"""What a check sees to be wrong: of each violation the key, the sentence and the moment; the catalogue knows which
guarantee they are about (see `properties.guarantees.verdicts.Violation`)."""


@dataclass(slots=True, eq=False)
class ObservedCommand:
    """A command: when it was issued, in which state, beside which others, and how it ended.

    `config` is what it was given under; `made` are the calls it owns. `void` says that it was over at once without a
    call, `refused` that it failed so; `interrupted` is the moment in which an emergency stop came while it was under
    way. One that is `forgotten` was under way when the page was reloaded, and is over with that.
    """

    id: int
    name: str
    session: str | None
    moment: int
    at_ms: float
    state: str
    beside: tuple["ObservedCommand", ...]
    calm: bool
    snapshot: Mapping[str, Any] | None
    config: OrchestratorConfig
    content: bool = True
    settled: Tick = NEVER
    settled_ms: float = 0.0
    ok: bool = False
    message: str = ""
    landed: str = ""
    void: bool = False
    forgotten: bool = False
    interrupted: int | None = None
    made: list["ObservedCall"] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Whether it failed at once without having called anything."""
        return self.void and not self.ok

    def pending(self, tick: Tick) -> bool:
        """Whether it was not over yet at this tick."""
        return self.settled > tick


@dataclass(slots=True, eq=False)
class ObservedCall:
    """A call: when it was made, for whom, in which state, and when and how it was answered. `payload`: what a write to
    the backend says besides the session, where that is seen; `fence`: its number, where commands have one. A read goes
    by what it hopes to find, and is `ok` where it finds that (`as_hoped`); while all is being initialized also where it
    does not, since what is found on then is switched off, each in its own way."""

    number: int
    operation: str
    session: str | None
    tick: Tick
    at_ms: float
    state: str
    owner: ObservedCommand | None
    payload: Mapping[str, Any] | None = None
    fence: float | None = None
    answered: Tick = NEVER
    answered_ms: float = float("inf")
    ok: bool = False
    message: str = ""
    as_hoped: bool = True

    @property
    def service(self) -> str:
        """The service that it is for."""
        return self.operation.partition(".")[0]


class ObservedChange(NamedTuple):
    """A change of state that anyone could see."""

    tick: Tick
    at_ms: float
    source: str
    target: str


class NoticedService(NamedTuple):
    """A service that is known from this moment on to be otherwise than it was: it has reported so itself, or somebody
    who polls has found it `by_looking`, on or off."""

    moment: int
    service: str
    found_on: bool
    by_looking: bool


class ObservedRest(NamedTuple):
    """A moment in which all was quiet: what the services truly were, and the last snapshot."""

    moment: int
    at_ms: float
    state: str
    truth: Truth


@dataclass(slots=True, eq=False)
class Observation:
    """The whole run, as the judges see it. `states` and `texts` hold state and error text at the end of each moment;
    `overtaken` says that effects of one service landed in the other order, `suspensions` from when to when timers stood
    still, in milliseconds, `reloads` are the moments in which the page was reloaded. `looks` are the reads by which
    somebody polls who claims to, which are nobody's, and `noticed` is what he has noticed, whoever has told him."""

    evidence: Evidence
    config: OrchestratorConfig
    asked: list[ObservedCommand] = field(default_factory=list)
    made: list[ObservedCall] = field(default_factory=list)
    changes: list[ObservedChange] = field(default_factory=list)
    recorded: list[Recorded] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    texts: list[str | None] = field(default_factory=list)
    rests: list[ObservedRest] = field(default_factory=list)
    unhandled: list[tuple[int, Unhandled]] = field(default_factory=list)
    snapshots: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)
    losses: list[tuple[int, float]] = field(default_factory=list)
    overtaken: bool = False
    suspensions: list[tuple[float, float]] = field(default_factory=list)
    reloads: list[int] = field(default_factory=list)
    looks: list[ObservedCall] = field(default_factory=list)
    noticed: list[NoticedService] = field(default_factory=list)

    def suspended_ms(self, since_ms: float, until_ms: float) -> float:
        """For how long timers stood still between these two times."""
        return sum(max(min(until_ms, end) - max(since_ms, begin), 0.0) for begin, end in self.suspensions)

    def happened(self, *kinds: str) -> bool:
        """Whether faults of one of these classes were on order."""
        return any(kind in kinds for kind in self.on_order())

    def on_order(self) -> tuple[str, ...]:
        """The classes of the faults that were."""
        scenario = self.evidence.scenario
        calls, services = [each.kind for each in scenario.faults], [each.kind for each in scenario.mishaps]
        return (*calls, *services, *(each.kind for each in scenario.upheavals))

    def life_at(self, moment: int) -> int:
        """The moment in which the life began that the implementation lives in then."""
        return max((at for at in self.reloads if at <= moment), default=0)


SWITCHES_OFF = {name for name, operation in OPERATIONS.items() if operation.turns_on is False}
SWITCHES_ON = {name for name, operation in OPERATIONS.items() if operation.turns_on}


def guide_state(name: str) -> BroadcastState:
    """The guide's state of this name; one that it does not know stays as it is."""
    return BroadcastState(name) if name in STATES else name  # type: ignore[return-value]


STATES = tuple(BroadcastState)


def place_of(sight: Observation | None, moment: int) -> str:
    """Where in the life of the orchestrator the moment lies: what is under way, and in which state."""
    if sight is None or not sight.states:
        return "at the beginning"
    before = max(min(moment, len(sight.states)) - 1, 0)
    state = sight.states[before]
    for asked in sight.asked:
        if asked.moment <= moment <= asked.settled[0] and not asked.void:
            return f"{asked.name} in {state}"
    return f"at rest in {state}"
