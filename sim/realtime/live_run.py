"""The reference, or other rules, against the simulated services, at the pace of a wall clock."""

import math
from collections.abc import Iterable

from broadcast_orchestrator.model.config import shown
from broadcast_orchestrator.model.core import Core, advance
from broadcast_orchestrator.model.events import COMMANDS, Call, Command, Refused
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.turn import IllegalTransition
from broadcast_orchestrator.sim.realtime.pacer import ROOM, WorldRun
from broadcast_orchestrator.sim.simulate.injection import Fault
from broadcast_orchestrator.sim.simulate.latency import LatencyError
from broadcast_orchestrator.sim.simulate.studio import Studio
from broadcast_orchestrator.sim.world.trace import Passage
from broadcast_orchestrator.sim.world.world import has_to_forget

NOTHING_TO_FORGET = "there is nothing to forget, so a reload makes no difference"
"""Why a reload is none."""


class LiveRun(WorldRun):
    """A studio whose commands and faults come from outside, whenever somebody gives them.

    `faults` are there from the beginning; `seed` is that of everything that is random. `ordered` is what the next call
    of each operation is hit by, `slowed` what was said of how long it takes, for those of which anything was.
    """

    def __init__(self, seed: int = 0, faults: Iterable[Fault] = (), rules: type[Core] = Core) -> None:
        self.studio = Studio(seed, faults=faults, watch=self._took, rules=rules)
        self.ordered: dict[str, Fault] = {}
        self.slowed: dict[str, str] = {}
        super().__init__(self.studio.trace, rules)

    @property
    def now_ms(self) -> float:
        """The studio's time."""
        return self.studio.now_ms

    def command(self, name: str, session: str | None = None) -> str:
        """Give one of the five commands. The answer says why it was refused, "" where it was not.

        Raises `ValueError` for an unknown command and for an empty session.
        """
        if name not in COMMANDS:
            raise ValueError(f"command: {shown(name)} is unknown, try one of: {', '.join(COMMANDS)}")
        self._room()
        given = getattr(self.studio.orchestrator, name)
        before = len(self.history)
        try:
            given(session) if name == "start_broadcast" else given()
        except IllegalTransition as mistake:
            self.stuck = str(mistake)
            return self.stuck
        effects = self.history.passages[before].effects
        return next((effect.reason for effect in effects if isinstance(effect, Refused)), "")

    def fail_next(self, operation: str, kind: str) -> None:
        """The next call of the operation goes wrong in this way; "" takes the order back. Raises `FaultError`."""
        fault = Fault(operation, kind, first=1) if kind else None
        if operation in self.ordered:
            self.studio.withdraw(self.ordered.pop(operation))
        if fault is not None:
            self.studio.order(fault)
            self.ordered[operation] = fault

    def slow(self, operation: str, latency: str) -> None:
        """Calls made from now on take that long: milliseconds, or a distribution such as uniform:low_ms=20,high_ms=90;
        "" for what they took at first. Raises `LatencyError`."""
        try:
            given: str | float | None = float(latency) if latency else None
        except ValueError:
            given = latency
        if isinstance(given, float) and not math.isfinite(given):
            raise LatencyError(f"latency of {operation}: expected milliseconds, got {shown(latency)}")
        self.studio.slow(operation, given)
        self.slowed.pop(operation, None)
        if latency:
            self.slowed[operation] = latency

    def lose(self, service: str, *, noticed: bool = True) -> None:
        """The service falls over; raises `ValueError` for an unknown one and for one that is off anyway."""
        self._room()
        before = len(self.history)
        self.studio.lose(service, noticed=noticed)
        if len(self.history) == before:
            raise ValueError(f"{service} is off, so it cannot fall over")

    def bypass(self, service: str) -> None:
        """Someone flips the service behind the orchestrator's back; raises `ValueError` for an unknown one."""
        self._room()
        self.studio.bypass(service)

    def conflict(self, *, refusing: bool) -> None:
        """The backend refuses every write from now on, or takes them again."""
        self._room()
        self.studio.conflict(refusing)

    def fill(self, *, present: bool) -> None:
        """The live feed gains or loses its content."""
        self._room()
        if present != self.studio.world.core.content:
            self.studio.fill(present)

    def reload(self) -> None:
        """The page is reloaded; raises `ValueError` where there is nothing to forget."""
        self._room()
        if not has_to_forget(self.studio.world.core):
            raise ValueError(NOTHING_TO_FORGET)
        self.studio.reload()

    def suspend(self, duration_ms: float) -> None:
        """The page sleeps for so many milliseconds of the run; raises `ValueError` for what is no time."""
        self._room()
        self.studio.suspend(duration_ms)

    def elsewhere(self, command: str) -> None:
        """Another dashboard gives the command; raises `ValueError` for one that it cannot give."""
        self._room()
        if not self.studio.elsewhere(command):
            raise ValueError("the backend's lease is not the other dashboard's")

    def _room(self) -> None:
        if self.stuck:
            raise ValueError(f"the run cannot go on: {self.stuck}; begin a new one")
        if len(self.history) >= ROOM:
            raise ValueError(f"the run has {ROOM:,} steps, which is all there is room for; save it and begin a new one")

    def _took(self, passage: Passage) -> None:
        self.history.add(passage)
        for effect in passage.effects:
            if isinstance(effect, Call):
                self.ordered.pop(effect.operation, None)

    def _go_on(self, duration_ms: float) -> None:
        try:
            self.studio.run(self.studio.now_ms + duration_ms)
        except IllegalTransition as mistake:
            self.stuck = str(mistake)

    def _take_one(self) -> None:
        env, before = self.studio.env, len(self.history)
        try:
            while len(self.history) == before and not self.studio.at_rest and env.peek() < math.inf:
                env.step()
        except IllegalTransition as mistake:
            self.stuck = str(mistake)


def why_not(core: CoreState, command: str, rules: type[Core] = Core) -> str:
    """Why the command would be refused now, "" where it would be accepted: what the rules themselves say to it."""
    try:
        _, effects = advance(core, Command(command), rules)
    except IllegalTransition as mistake:
        return str(mistake)
    return next((effect.reason for effect in effects if isinstance(effect, Refused)), "")
