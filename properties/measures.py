"""The measures of one run: a fold over its steps that knows nothing of the engine which made them.

`Meter.see` takes every step with its time; `Meter.values` gives one value for each measure of
`sim.experiments.vocabulary.MEASURES`, in that order. What lasts is summed up between steps, since a world changes only
by steps.
"""

from typing import NamedTuple

from model.events import (
    INITIALIZE,
    RECOVER,
    RETRY_DELAY,
    START_BROADCAST,
    STOP_BROADCAST,
    SUCCEEDED,
    Accepted,
    Call,
    Refused,
    SetTimer,
    Settled,
    Transition,
)
from model.operations import ON_AIR_SERVICES
from model.state import ROLLBACK, CoreState, residue
from model.table import ERROR, LIVE, STARTING, STOPPING
from properties.guarantees import watch
from properties.observer import Observer
from properties.verdicts import unforeseen
from sim.experiments.vocabulary import MEASURES
from sim.faults import BY_ID
from sim.steps import fault_of
from sim.trace import Passage
from sim.world import World, on_air

Value = float | int | bool | None
"""A share of one run (yes, no, or neither), a number, or a time that the run does not have."""

NAMES = {INITIALIZE: "initialize", START_BROADCAST: "live", STOP_BROADCAST: "stop", RECOVER: "recover"}
"""The commands that are measured, and how their times are called."""

LASTING = ("live_ms", "on_air_not_live_ms", "live_not_on_air_ms", "residue_ms", "backend_disagrees_ms")


class Span(NamedTuple):
    """A time during which a service was truly on outside starting, live and stopping, in milliseconds."""

    service: str
    from_ms: float
    to_ms: float


class Meter:
    """Follows one run step by step."""

    def __init__(self) -> None:
        self.observer = Observer()
        self.breaches: list[str] = []
        """What was broken, an id and a sentence each."""
        self.spans: list[Span] = []
        self.hits: list[tuple[str, str]] = []
        """Every fault that happened: the service that it hit and the name of its class."""
        self._world = World()
        self._now_ms = 0.0
        self._began: dict[str, float] = {}
        self._ended: dict[str, list[bool]] = {command: [] for command in NAMES}
        self._refused: dict[str, int] = {}
        self._first_ms: dict[str, float | None] = {}
        self._counts = dict.fromkeys(("retries", "rollbacks", "calls", "faults"), 0)
        self._sums = dict.fromkeys(LASTING, 0.0)
        self._left_on: dict[str, float] = {}
        self._went_live = False
        self._lasting: tuple[bool, ...] = (False,) * len(LASTING)

    def see(self, at_ms: float, passage: Passage) -> None:
        """Take in one step, which happened `at_ms` milliseconds after the beginning."""
        self._pass(at_ms)
        for effect in passage.effects:
            self._hear(effect, at_ms)
        before, after = passage.before.core.procedure, passage.after.core.procedure
        if after is not None and after.phase == ROLLBACK and (before is None or before.phase != ROLLBACK):
            self._counts["rollbacks"] += 1
        self._note_fault(passage)
        self.observer, breaches = watch(self.observer, *passage[:4])
        self.breaches += [f"{breach.guarantee}: {breach.what}" for breach in unforeseen(breaches)]
        self._world = passage.after
        self._look(at_ms)

    def values(self) -> tuple[Value, ...]:
        """The value of every measure, in the order of `MEASURES`."""
        for service, since in self._left_on.items():
            self.spans.append(Span(service, since, self._now_ms))
        self._left_on = {}
        found = self._shares() | self._times() | self._counts | self._sums | self._amounts()
        return tuple(found[name] for name in MEASURES)

    # -- What happens in a step ---------------------------------------------------------------------

    def _hear(self, effect: object, at_ms: float) -> None:
        match effect:
            case Accepted(command, joined) if not joined:
                self._began[command] = at_ms
                if command not in self._first_ms:
                    self._first_ms[command] = None
            case Refused(command):
                self._refused[command] = self._refused.get(command, 0) + 1
            case Settled(command, verdict) if command in self._ended:
                self._settled(command, verdict == SUCCEEDED, at_ms)
            case SetTimer(kind) if kind == RETRY_DELAY:
                self._counts["retries"] += 1
            case Call():
                self._counts["calls"] += 1
            case Transition(_, target) if target is LIVE:
                self._went_live = True

    def _settled(self, command: str, succeeded: bool, at_ms: float) -> None:
        """A joined command settles with the one that it joined; what needs no procedure ends where it began."""
        first = not self._ended[command]
        self._ended[command].append(succeeded)
        if first and succeeded:
            self._first_ms[command] = at_ms - self._began.get(command, at_ms)

    def _note_fault(self, passage: Passage) -> None:
        fault = fault_of(passage.step)
        if fault and passage.after.faults > passage.before.faults:
            self._counts["faults"] += 1
            self.hits.append((getattr(passage.step, "service", "convex"), BY_ID[fault].name))

    # -- What lasts ---------------------------------------------------------------------------------

    def _pass(self, at_ms: float) -> None:
        """Time has gone by, and all of it the world was as the last step left it."""
        passed_ms = at_ms - self._now_ms
        self._now_ms = at_ms
        if passed_ms:
            for name, lasts in zip(LASTING, self._lasting, strict=True):
                if lasts:
                    self._sums[name] += passed_ms

    def _look(self, at_ms: float) -> None:
        """What the world is like from now on."""
        core, truth = self._world.core, self._world.truth
        aside = core.state not in (STARTING, LIVE, STOPPING)
        stray = on_air(self._world) if aside else ()
        for service in ON_AIR_SERVICES:
            if service in stray:
                self._left_on.setdefault(service, at_ms)
            elif service in self._left_on:
                self.spans.append(Span(service, self._left_on.pop(service), at_ms))
        live = core.state is LIVE
        self._lasting = (
            live,
            bool(stray),
            live and not all(truth.active),
            bool(residue(core)),
            core.procedure is None and not backend_agrees(self._world),
        )

    # -- The values ---------------------------------------------------------------------------------

    def _shares(self) -> dict[str, Value]:
        state = self._world.core.state
        return {
            "initialize_succeeds": self._succeeds(INITIALIZE),
            "start_succeeds": self._succeeds(START_BROADCAST),
            "stop_succeeds": self._succeeds(STOP_BROADCAST),
            "recovery_succeeds": self._succeeds(RECOVER),
            "goes_live": self._went_live,
            "ends_in_error": state is ERROR,
            "leaves_on": state is not LIVE and bool(on_air(self._world)),
            "backend_agrees": backend_agrees(self._world),
            "guarantees_hold": not self.breaches,
        }

    def _succeeds(self, command: str) -> bool | None:
        if self._ended[command]:
            return all(self._ended[command])
        return False if self._refused.get(command) else None

    def _times(self) -> dict[str, Value]:
        return {f"time_to_{name}_ms": self._first_ms.get(command) for command, name in NAMES.items()}

    def _amounts(self) -> dict[str, Value]:
        left_on = dict.fromkeys(ON_AIR_SERVICES, 0.0)
        for span in self.spans:
            left_on[span.service] += span.to_ms - span.from_ms
        amounts: dict[str, Value] = {f"{service}_left_on_ms": total_ms for service, total_ms in left_on.items()}
        return amounts | {"refusals": sum(self._refused.values()), "run_ms": self._now_ms}


def backend_agrees(world: World) -> bool:
    """Whether the backend calls live just the session that is live and was told to it (none outside live)."""
    return sorted(world.truth.backend) == sorted(expected_of(world.core))


def expected_of(core: CoreState) -> tuple[str, ...]:
    """The sessions that a faultless backend would call live."""
    if core.state is not LIVE or core.session is None or core.session not in core.written:
        return ()
    return (core.session,)
