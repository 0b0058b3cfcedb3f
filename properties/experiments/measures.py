"""The measures of one run: a fold over its steps that knows nothing of the engine which made them.

`notes_of` says what a step means whatever the time, `Meter.see` takes these notes with the time of the step, and
`Meter.values` gives one value for each measure of `sim.experiments.vocabulary.MEASURES`, in that order. What lasts is
summed up between steps, since a world changes only by steps.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from broadcast_orchestrator.model.events import (
    INITIALIZE,
    RECOVER,
    RETRY_DELAY,
    START_BROADCAST,
    STOP_BROADCAST,
    SUCCEEDED,
    Accepted,
    CoreEffect,
    Refused,
    SetTimer,
    Settled,
)
from broadcast_orchestrator.model.operations import CONVEX, ON_AIR_SERVICES
from broadcast_orchestrator.model.state import ROLLBACK, CoreState
from broadcast_orchestrator.model.table import ERROR, LIVE, STARTING, STOPPING
from broadcast_orchestrator.model.views import INDEX, is_residue
from broadcast_orchestrator.properties.guarantees.judgement_cache import JudgedStep
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.sim.world.fault_semantics import DASHBOARD_FAULTS
from broadcast_orchestrator.sim.world.faults import BY_ID
from broadcast_orchestrator.sim.world.service_state import ServiceState, is_awaited
from broadcast_orchestrator.sim.world.steps import Step, fault_of
from broadcast_orchestrator.sim.world.world import World, place_of

Value = float | int | bool | None
"""A share of one run (yes, no, or neither), a number, or a time that the run does not have."""

MEASURED = (INITIALIZE, START_BROADCAST, STOP_BROADCAST, RECOVER)
"""The commands that are measured, in the order of their measures."""

LASTING = ("live_ms", "on_air_not_live_ms", "live_not_on_air_ms", "residue_ms", "backend_disagrees_ms")


class Span(NamedTuple):
    """A time during which a service was truly on outside starting, live and stopping, in milliseconds."""

    service: str
    from_ms: float
    to_ms: float


class Hit(NamedTuple):
    """A fault that happened: the operation or the service that it hit, or "dashboard", the name of its class, and the
    place that it belongs to ("" where it hit no call)."""

    subject: str
    fault: str
    place: str


class FailedCommand(NamedTuple):
    """A command that failed, and its first cause: the operation or the service, and what became of it."""

    command: str
    subject: str
    how: str


class Unusual(NamedTuple):
    """What few steps mean: why a command `failed`, how many `retries` and `rollbacks` began, whether it `went_live`,
    the `fault`, and its `violations`."""

    failed: FailedCommand | None
    retries: int
    rollbacks: int
    went_live: bool
    fault: Hit | None
    violations: tuple[Violation, ...]


USUAL = Unusual(None, 0, 0, False, None, ())


class Notes(NamedTuple):
    """What one step means for the measures, whatever the time: what was `heard` of commands (the kind, the place in
    `MEASURED`, and whether it succeeded), what is `unusual` about it, and what the world is like from then on: which of
    `LASTING` hold, by their places, and which services are on without reason."""

    heard: tuple[tuple[str, int, bool], ...]
    unusual: Unusual | None
    lasting: tuple[int, ...]
    stray: tuple[str, ...]


DASHBOARD = "dashboard"
"""What a fault hits that befalls the orchestrator as a whole."""

NOTHING_LEFT_ON = [0.0] * len(ON_AIR_SERVICES)

BEGAN, REFUSED, ENDED = "began", "refused", "ended"

OTHER = len(MEASURED)
"""The place of a command that is not measured."""


def notes_of(judged: JudgedStep) -> Notes | None:
    """The notes on a step; None where it means nothing to any measure."""
    steps, before, step, rule, after, violations, _ = judged
    core, services, then = steps.cores[before], steps.services[before], steps.cores[after]
    lasted, lasts = what_lasts(core, services), what_lasts(then, steps.services[after])
    effects = rule.effects
    if not (effects or rule.cost or violations) and lasts == lasted:
        return None
    unusual = Unusual(
        next(_failed(judged.effects), None),
        sum(isinstance(effect, SetTimer) and effect.kind == RETRY_DELAY for effect in effects),
        int(rolls_back(core, then)),
        LIVE in rule.entered,
        _fault(core, services, step) if rule.cost else None,
        violations,
    )
    notes = Notes(tuple(_heard(effects)), None if unusual == USUAL else unusual, *lasts)
    return None if notes == Notes((), None, *lasted) else notes


def _heard(effects: tuple[CoreEffect, ...]) -> Iterator[tuple[str, int, bool]]:
    for effect in effects:
        match effect:
            case Accepted(command, joined) if not joined:
                yield BEGAN, _place(command), False
            case Refused(command):
                yield REFUSED, _place(command), False
            case Settled(command, verdict) if command in MEASURED:
                yield ENDED, _place(command), verdict == SUCCEEDED


def _place(command: str) -> int:
    return MEASURED.index(command) if command in MEASURED else OTHER


def rolls_back(core: CoreState, then: CoreState) -> bool:
    """Whether a rollback begins with the step between them."""
    before, after = core.procedure, then.procedure
    return after is not None and after.phase == ROLLBACK and (before is None or before.phase != ROLLBACK)


def _failed(effects: tuple[CoreEffect, ...]) -> Iterator[FailedCommand]:
    for effect in effects:
        if isinstance(effect, Settled) and effect.verdict != SUCCEEDED and effect.failures:
            yield FailedCommand(effect.command, effect.failures[0].subject, effect.failures[0].kind)


def _fault(core: CoreState, services: Sequence[ServiceState], step: Step) -> Hit:
    whole = BY_ID[fault_of(step)].id in DASHBOARD_FAULTS
    subject, awaited = getattr(step, "service", DASHBOARD if whole else CONVEX), None
    if (flight := getattr(step, "flight", None)) is not None:
        local = services[INDEX[subject]]
        subject, awaited = local.flights[flight].operation, is_awaited(local, flight)
    return Hit(subject, BY_ID[fault_of(step)].name, place_of(core.procedure, awaited))


def what_lasts(core: CoreState, services: Sequence[ServiceState]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Which of `LASTING` hold with these services, in the order of `SERVICES`, by their places, and which services are
    on outside starting, live and stopping."""
    on_air = [name for name, each in zip(ON_AIR_SERVICES, services, strict=False) if each.active]
    named = True in [is_residue(each.view) for each in services[: len(ON_AIR_SERVICES)]]
    stray = () if core.state in (STARTING, LIVE, STOPPING) else tuple(on_air)
    live = core.state is LIVE
    disagrees = core.procedure is None and not _agrees(core, services[INDEX[CONVEX]].backend)
    lasting = live, bool(stray), live and len(on_air) < len(ON_AIR_SERVICES), named, disagrees
    return tuple([place for place, lasts in enumerate(lasting) if lasts]), stray


class Ending(NamedTuple):
    """How a run has ended: the `state`, whether a service was left on although that is not live, and whether the
    backend calls live what is."""

    state: str
    leaves_on: bool
    backend_agrees: bool


def ending_of(core: CoreState, services: Sequence[ServiceState]) -> Ending:
    """How a run has ended that did so with this core and these services, in the order of `SERVICES`."""
    leaves_on = core.state is not LIVE and True in [each.active for each in services]
    return Ending(core.state.value, leaves_on, _agrees(core, services[INDEX[CONVEX]].backend))


class Meter:
    """Follows one run: `see` takes the notes on each step that has any, `values` gives the measures at the end."""

    def __init__(self) -> None:
        self.violations: list[Violation] = []
        self.spans: list[Span] = []
        self.hits: list[Hit] = []
        """Every fault that happened."""
        self._failed: FailedCommand | None = None
        self._began: list[float | None] = [None] * (OTHER + 1)
        self._succeeded: list[bool | None] = [None] * (OTHER + 1)
        self._refused = [0] * (OTHER + 1)
        self._first_ms: list[float | None] = [None] * (OTHER + 1)
        self._retries = self._rollbacks = 0
        self._sums = [0.0] * len(LASTING)
        self._since_ms = 0.0
        self._lasting: tuple[int, ...] = ()
        self._left_on: dict[str, float] = {}
        self._went_live = False

    def see(self, at_ms: float, notes: Notes) -> None:
        """Take in one step, which happened `at_ms` milliseconds after the beginning."""
        heard, unusual, lasting, stray = notes
        for kind, command, succeeded in heard:
            self._hear(kind, command, succeeded, at_ms)
        if unusual is not None:
            self._note(unusual)
        if lasting != self._lasting:
            self._sum_up(at_ms)
            self._lasting = lasting
        if stray or self._left_on:
            self._look(at_ms, stray)

    def values(self, ending: Ending, calls: int, faults: int, run_ms: float) -> tuple[Value, ...]:
        """The value of every measure, in the order of `MEASURES`, for a run that ended so after this time, so many
        calls made and so many faults suffered."""
        self._sum_up(run_ms)
        if self._left_on:
            self._look(run_ms, ())
        refusals = sum(self._refused)
        *sums_ms, disagrees_ms = self._sums
        return (
            *(self._succeeds() if refusals else self._succeeded)[:OTHER],
            *(self._went_live, ending.state == ERROR, ending.leaves_on, ending.backend_agrees, not self.violations),
            *self._first_ms[:OTHER],
            *(self._retries, self._rollbacks, refusals, calls, faults),
            *sums_ms,
            *self._left_on_ms(),
            disagrees_ms,
            run_ms,
        )

    def cause(self) -> str:
        """The first cause of the first command that failed, the fault behind it if there was one, and whether a start
        was rolled back; "" where no command has failed."""
        if self._failed is None:
            return ""
        command, subject, how = self._failed
        fault = next((f" ({hit.fault})" for hit in self.hits if hit.subject == subject), "")
        return f"{command}: {subject} {how}{fault}{', rolled back' if self._rollbacks else ''}"

    # -- What happens in a step ---------------------------------------------------------------------

    def _hear(self, kind: str, command: int, succeeded: bool, at_ms: float) -> None:
        """A joined command settles with the one that it joined; what needs no procedure ends where it began."""
        if kind == BEGAN:
            self._began[command] = at_ms
        elif kind == REFUSED:
            self._refused[command] += 1
        else:
            before, began_ms = self._succeeded[command], self._began[command]
            if succeeded and before is None:
                self._first_ms[command] = 0.0 if began_ms is None else at_ms - began_ms
            self._succeeded[command] = succeeded and before is not False

    def _note(self, unusual: Unusual) -> None:
        self._retries += unusual.retries
        self._rollbacks += unusual.rollbacks
        self._went_live = self._went_live or unusual.went_live
        if unusual.failed is not None and self._failed is None:
            self._failed = unusual.failed
        if unusual.fault is not None:
            self.hits.append(unusual.fault)
        self.violations += unusual.violations

    def _sum_up(self, at_ms: float) -> None:
        """Time has gone by, and all of it what lasts was as it is."""
        for place in self._lasting:
            self._sums[place] += at_ms - self._since_ms
        self._since_ms = at_ms

    def _look(self, at_ms: float, stray: tuple[str, ...]) -> None:
        """Which services are on without reason from now on."""
        for service in ON_AIR_SERVICES:
            if service in stray:
                self._left_on.setdefault(service, at_ms)
            elif service in self._left_on:
                self.spans.append(Span(service, self._left_on.pop(service), at_ms))

    # -- The values ---------------------------------------------------------------------------------

    def _succeeds(self) -> list[bool | None]:
        """A command of which none was accepted has failed if one was refused."""
        pairs = zip(self._succeeded, self._refused, strict=True)
        return [False if ended is None and refused else ended for ended, refused in pairs]

    def _left_on_ms(self) -> list[float]:
        if not self.spans:
            return NOTHING_LEFT_ON
        left_on = dict.fromkeys(ON_AIR_SERVICES, 0.0)
        for span in self.spans:
            left_on[span.service] += span.to_ms - span.from_ms
        return list(left_on.values())


def backend_agrees(world: World) -> bool:
    """Whether the backend calls live just the session that is live and was told to it (none outside live)."""
    return _agrees(world.core, world.truth.backend)


def _agrees(core: CoreState, backend: tuple[str, ...]) -> bool:
    return tuple(sorted(backend)) == expected_of(core)  # one session at most is expected


def expected_of(core: CoreState) -> tuple[str, ...]:
    """The sessions that a faultless backend would call live."""
    if core.state is not LIVE or core.session is None or core.session not in core.written:
        return ()
    return (core.session,)
