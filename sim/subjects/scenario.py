"""Scenarios: what is asked of an implementation, what goes wrong meanwhile, and how long everything takes.

A scenario is all that a run depends on. Latencies are constants, so a scenario and a deterministic subject give one
evidence; whatever comes "after n settle events" comes right after that many effects, answers and timers.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, assert_never

from broadcast_orchestrator.model.config import (
    DEFAULT_CONFIG,
    LARGEST,
    ConfigError,
    OrchestratorConfig,
    merged,
    near_match,
    shown,
)
from broadcast_orchestrator.model.events import COMMANDS
from broadcast_orchestrator.model.operations import CONVEX, ON_AIR_SERVICES, OPERATIONS
from broadcast_orchestrator.sim.subjects.protocol.messages import RejectionForm
from broadcast_orchestrator.sim.subjects.protocol.step_check import ASKED, FORMS
from broadcast_orchestrator.sim.world.fault_semantics import CALL_FAULTS, SEMANTICS, SERVICE_FAULTS, can_hit
from broadcast_orchestrator.sim.world.faults import BY_NAME, REFUSE, RELOAD, SECOND_DASHBOARD, FaultClass
from broadcast_orchestrator.sim.world.world import CALLS_ELSEWHERE

MISHAPS = tuple(fault for fault in SERVICE_FAULTS if fault not in CALL_FAULTS)
"""What can happen to a service by itself; a conflict comes to single writes, as what is wrong with a call."""

SET, HIDDEN, ASLEEP = "set", "hidden", "asleep"
CLOCK_CHANGES = (SET, HIDDEN, ASLEEP)
"""What can happen to the clock. It is set, forward or back. A tab is hidden for a while: its timers stand still, what
comes is heard, and then everything that is overdue comes at once. A laptop sleeps for a while: calls take effect, but
when it wakes, timers that are overdue come first, and then the replies."""

EVERYDAY = (RELOAD, SECOND_DASHBOARD)
"""What befalls the orchestrator as a whole; that it sleeps is a matter of the clock."""

EMPTY, FILL = "empty", "fill"
"""The live feed loses its content, or gains it: no fault, and yet something that happens meanwhile."""

WAYS: Mapping[str, tuple[bool | None, ...]] = {
    fault: tuple(way for way in (True, False, None) if way in [outcome.way for outcome in SEMANTICS[fault].outcomes])
    for fault in CALL_FAULTS
} | {REFUSE: (None, False)}
"""The ways in which a fault can come, as `CallFault.ok` tells them: one for each outcome that it leaves open.

Hang: with its effect in time, or without. Late: effect and success both late; no effect and a late failure; the effect
in time and a late success (None). Early reply: a success, or a failure. Besides, a refusal can come in two styles:
None, the promise is rejected; False, the call itself throws.
"""

DEFAULT_LATENCY_MS: Mapping[str, int] = {
    **{operation: 23 + 7 * place for place, operation in enumerate(OPERATIONS)},
    **{operation: 11 + place for place, operation in enumerate(name for name in ASKED if name not in OPERATIONS)},
}
"""The reply of each operation in milliseconds: small against every default limit, no two alike."""

EFFECT_SHARE = 0.4
"""When a call takes effect, as a share of the time to its reply."""

LONGEST_MS = 86_400_000
"""By how much a clock is set at most, and for how long timers stand still: a day."""

MOST_CALLS = 10_000
"""The highest number of a call that can suffer something, and how many can one after the other."""

LONGEST_WORDS = 200
"""How long what a service says may be, in letters."""

MARGIN_MS = 900
"""How long after every limit a late effect or reply sets out."""


class ScenarioError(ValueError):
    """A scenario that cannot be; the message is one line that names the first mistake."""


class Order(NamedTuple):
    """A caller issues `command`. `after`: once everything is quiet (None), or that many settle events after the
    order before it, 0 being at once. What never comes to that many happens when all is quiet."""

    command: str
    session: str | None = None
    after: int | None = None


class CallFault(NamedTuple):
    """The `nth` call of the operation, from 1, suffers `kind`, one of `CALL_FAULTS`; `ok` is one of its `WAYS`. So do
    the calls after it, `times` in all. Where a promise is rejected, `form` says with what (see `RejectionForm`)."""

    operation: str
    nth: int
    kind: str
    ok: bool | None = None
    times: int = 1
    form: str = RejectionForm.ERROR

    @property
    def calls(self) -> range:
        """The numbers of the calls that it hits."""
        return range(self.nth, self.nth + self.times)


class Mishap(NamedTuple):
    """Something befalls a service `after` settle events after the order number `order` (from 1; 0: the last one), or
    once that order's doings are quiet (None). `kind` is one of `MISHAPS`; or `EMPTY` or `FILL`, for the live feed."""

    kind: str
    service: str
    after: int | None = None
    order: int = 0


class Setting(NamedTuple):
    """An option of the configuration is changed; `after` and `order` say when, as for a mishap."""

    option: str
    value: int | bool
    after: int | None = None
    order: int = 0


class ClockChange(NamedTuple):
    """Something happens to the clock, one of `CLOCK_CHANGES`: by how many milliseconds it is set, or for how many
    timers stand still. `after` and `order` say when, as for a mishap."""

    kind: str
    ms: int
    after: int | None = None
    order: int = 0


class Upheaval(NamedTuple):
    """What befalls the orchestrator as a whole, one of `EVERYDAY`: it loses its memory, or another dashboard issues a
    `command`. `after` and `order` say when, as for a mishap."""

    kind: str
    command: str = ""
    after: int | None = None
    order: int = 0


Meanwhile = Mishap | Setting | ClockChange | Upheaval
"""What happens besides orders and faults."""

MEANWHILE: Mapping[str, type[Meanwhile]] = {
    "mishaps": Mishap,
    "settings": Setting,
    "clocks": ClockChange,
    "upheavals": Upheaval,
}
"""The kinds of that by the field of a scenario that has them, in the order in which they are told."""


@dataclass(frozen=True)
class Scenario:
    """What happens to a subject. `config` holds options by name; `settings` are those that change meanwhile; `content`:
    the feed has content at the beginning; `latency_ms` maps operations to milliseconds, in place of the defaults;
    `clocks` is what happens to the clock, `upheavals` what befalls the orchestrator as a whole. With `strict`, services
    that answer by a promise or a field refuse what they are already: to start while on, to stop while off; it is what
    they say then. Raises `ScenarioError` if it cannot be.
    """

    orders: tuple[Order, ...]
    faults: tuple[CallFault, ...] = ()
    mishaps: tuple[Mishap, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    content: bool = True
    latency_ms: Mapping[str, float] = field(default_factory=dict)
    settings: tuple[Setting, ...] = ()
    clocks: tuple[ClockChange, ...] = ()
    strict: str = ""
    upheavals: tuple[Upheaval, ...] = ()

    def __post_init__(self) -> None:
        """Check everything."""
        if mistake := next(_mistakes(self), ""):
            raise ScenarioError(f"scenario: {mistake}")

    def __hash__(self) -> int:
        """Scenarios that are equal have the same hash."""
        options, latencies = tuple(self.config.items()), tuple(self.latency_ms.items())
        return hash((self.orders, self.faults, self.meanwhile, self.content, options, latencies, self.strict))

    @property
    def events(self) -> int:
        """How many things happen in it: orders, faults, mishaps, changed options and clocks."""
        return len(self.orders) + len(self.faults) + len(self.meanwhile)

    @property
    def meanwhile(self) -> tuple[Meanwhile, ...]:
        """What happens besides orders and faults."""
        return tuple(each for name in MEANWHILE for each in getattr(self, name))

    @cached_property
    def full_config(self) -> OrchestratorConfig:
        """Every option."""
        return merged(DEFAULT_CONFIG, self.config)

    @cached_property
    def late_ms(self) -> int:
        """How much later than usual is too late: longer than every limit of the configuration, with time for what
        a limit sets off."""
        config = self.full_config
        return max(config.initialization_timeout, config.startup_timeout, config.shutdown_timeout) + MARGIN_MS

    def reply_ms(self, operation: str) -> float:
        """How long the operation takes to reply when nothing is wrong with it."""
        return self.latency_ms.get(operation, DEFAULT_LATENCY_MS[operation])

    def effect_ms(self, operation: str) -> float:
        """How long it takes to take effect, in whole milliseconds, as some clocks know no less."""
        return math.floor(self.reply_ms(operation) * EFFECT_SHARE)

    def to_json(self) -> dict[str, Any]:
        """The scenario as plain data, without what is as usual."""
        data: dict[str, Any] = {"orders": [_plain(order) for order in self.orders]}
        for name in ("faults", *MEANWHILE):
            if records := getattr(self, name):
                data[name] = [_plain(record) for record in records]
        if self.config:
            data["config"] = dict(self.config)
        if not self.content:
            data["content"] = False
        if self.latency_ms:
            data["latency_ms"] = dict(self.latency_ms)
        if self.strict:
            data["strict"] = self.strict
        return data


def scenario_from_json(data: Any) -> Scenario:
    """The scenario that `to_json` wrote; faults may also go by their names. Raises `ScenarioError`."""
    if not isinstance(data, dict):
        raise ScenarioError(f"scenario: expected an object, got {shown(data)}")
    known = Scenario.__dataclass_fields__
    unknown = [name for name in data if name not in known]
    if unknown:
        raise ScenarioError(f"scenario: {shown(unknown[0])} is unknown{near_match(unknown[0], known)}")
    fields = {
        "orders": _records(Order, data.get("orders"), "orders"),
        "faults": _records(CallFault, data.get("faults", []), "faults"),
        **{name: _records(kind, data.get(name, []), name) for name, kind in MEANWHILE.items()},
    }
    return Scenario(**{**data, **fields})


def ways(kind: str) -> tuple[bool | None, ...]:
    """The values of `CallFault.ok` that make a difference for this kind of fault."""
    return WAYS[kind]


def _plain(record: Order | CallFault | Meanwhile) -> dict[str, Any]:
    defaults = type(record)._field_defaults
    return {n: value for n, value in record._asdict().items() if n not in defaults or value != defaults[n]}


def _records(kind: Any, rows: Any, name: str) -> tuple[Any, ...]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ScenarioError(f"scenario: {name}: expected a list of objects")
    return tuple(_record(kind, row, f"{name}, number {number}") for number, row in enumerate(rows, 1))


def _record(kind: Any, row: dict[str, Any], where: str) -> Any:
    for name in row:
        if name not in kind._fields:
            raise ScenarioError(f"scenario: {where}: {shown(name)} is unknown{near_match(name, kind._fields)}")
    for name in kind._fields:
        if name not in row and name not in kind._field_defaults:
            raise ScenarioError(f"scenario: {where}: {name} is missing")
    given = row.get("kind")
    known = isinstance(given, str) and given in BY_NAME
    return kind(**({**row, "kind": BY_NAME[str(given)].id} if known else row))


# -- What cannot be -------------------------------------------------------------------------------


def _mistakes(scenario: Scenario) -> Iterator[str]:
    if not scenario.orders:
        yield "orders: there is none, so nothing would happen"
    for number, order in enumerate(scenario.orders, 1):
        yield from (f"orders, number {number}: {mistake}" for mistake in _of_order(order))
    for number, fault in enumerate(scenario.faults, 1):
        yield from (f"faults, number {number}: {mistake}" for mistake in _of_fault(fault))
    for name in MEANWHILE:
        for number, each in enumerate(getattr(scenario, name), 1):
            yield from (f"{name}, number {number}: {mistake}" for mistake in _of_meanwhile(each, len(scenario.orders)))
    yield from _of_world(scenario)


def _of_meanwhile(event: Meanwhile, last: int) -> Iterator[str]:
    match event:
        case Mishap():
            return _of_mishap(event, last)
        case Setting():
            return _of_setting(event, last)
        case ClockChange():
            return _of_clock(event, last)
        case Upheaval():
            return _of_upheaval(event, last)
        case never:
            assert_never(never)


def _of_order(order: Order) -> Iterator[str]:
    if order.command not in COMMANDS:
        yield f"command: {shown(order.command)} is unknown{near_match(order.command, COMMANDS)}"
    session: object = order.session
    if session is not None and (not isinstance(session, str) or not session):
        yield f"session: expected a name, got {shown(order.session)}"
    yield from _of_after(order.after)


def _of_fault(fault: CallFault) -> Iterator[str]:
    if fault.operation not in tuple(ASKED):  # which may be asked for what has no hash
        yield f"operation: {shown(fault.operation)} is unknown{near_match(fault.operation, ASKED)}"
    elif fault.kind in CALL_FAULTS and not can_hit(FaultClass(fault.kind), fault.operation):
        services = SEMANTICS[FaultClass(fault.kind)].services
        alone = "the backend" if services == (CONVEX,) else " and ".join(services)
        yield f"kind: {fault.kind} hits {alone} alone, not {fault.operation}"
    if fault.kind not in CALL_FAULTS:
        yield f"kind: {shown(fault.kind)} is unknown{near_match(fault.kind, CALL_FAULTS)}"
    for name in ("nth", "times"):
        if not _whole(number := getattr(fault, name), 1) or number > MOST_CALLS:
            yield f"{name}: expected a whole number from 1 to {MOST_CALLS:,}, got {shown(number)}"
    if fault.ok is not None and not isinstance(fault.ok, bool):
        yield f"ok: expected true, false or null, got {shown(fault.ok)}"
    if fault.form not in FORMS:
        yield f"form: {shown(fault.form)} is unknown{near_match(fault.form, FORMS)}"


def _of_mishap(mishap: Mishap, last: int) -> Iterator[str]:
    if mishap.kind not in (*MISHAPS, EMPTY, FILL):
        yield f"kind: {shown(mishap.kind)} is unknown{near_match(mishap.kind, (*MISHAPS, EMPTY, FILL))}"
    if mishap.service not in ON_AIR_SERVICES:
        yield f"service: {shown(mishap.service)} is unknown{near_match(mishap.service, ON_AIR_SERVICES)}"
    yield from _of_moment(mishap, last)


def _of_setting(setting: Setting, last: int) -> Iterator[str]:
    try:
        if not isinstance(setting.option, str):
            yield f"option: expected a name, got {shown(setting.option)}"
        else:
            merged(DEFAULT_CONFIG, {setting.option: setting.value})
    except ConfigError as mistake:
        yield str(mistake)
    yield from _of_moment(setting, last)


def _of_clock(change: ClockChange, last: int) -> Iterator[str]:
    if change.kind not in CLOCK_CHANGES:
        yield f"kind: {shown(change.kind)} is unknown{near_match(change.kind, CLOCK_CHANGES)}"
    least = -LONGEST_MS if change.kind == SET else 1
    if not _whole(change.ms, least) or change.ms > LONGEST_MS:
        yield f"ms: expected a whole number from {least} to {LONGEST_MS}, got {shown(change.ms)}"
    yield from _of_moment(change, last)


def _of_upheaval(upheaval: Upheaval, last: int) -> Iterator[str]:
    if upheaval.kind not in EVERYDAY:
        yield f"kind: {shown(upheaval.kind)} is unknown{near_match(upheaval.kind, EVERYDAY)}"
    commands = ("",) if upheaval.kind == RELOAD else tuple(CALLS_ELSEWHERE)
    if upheaval.command not in commands:
        what = "none, nobody is asked" if upheaval.kind == RELOAD else " or ".join(commands)
        yield f"command: expected {what}, got {shown(upheaval.command)}"
    yield from _of_moment(upheaval, last)


def _of_moment(event: Meanwhile, last: int) -> Iterator[str]:
    if not _whole(event.order, 0) or event.order > last:
        yield f"order: expected a number from 0 to {last}, got {shown(event.order)}"
    yield from _of_after(event.after)


def _of_after(after: object) -> Iterator[str]:
    if after is not None and not _whole(after, 0):
        yield f"after: expected a whole number from 0 on, or null, got {shown(after)}"


def _of_world(scenario: Scenario) -> Iterator[str]:
    strict: object = scenario.strict
    if not isinstance(strict, str) or len(strict) > LONGEST_WORDS or not strict.isprintable():
        yield f"strict: expected what services say, up to {LONGEST_WORDS} letters, got {shown(scenario.strict)}"
    if not isinstance(scenario.content, bool):
        yield f"content: expected true or false, got {shown(scenario.content)}"
    if not isinstance(scenario.config, Mapping):
        yield f"config: expected options by name, got {shown(scenario.config)}"
        return
    try:
        merged(DEFAULT_CONFIG, scenario.config)
    except ConfigError as mistake:
        yield f"config: {mistake}"
    if not isinstance(scenario.latency_ms, Mapping):
        yield f"latency_ms: expected milliseconds by operation, got {shown(scenario.latency_ms)}"
        return
    for operation, value in scenario.latency_ms.items():
        if operation not in ASKED:
            yield f"latency_ms: {shown(operation)} is unknown{near_match(operation, ASKED)}"
        if type(value) not in (int, float) or not 0 <= value <= LARGEST:
            yield f"latency_ms: {operation}: expected milliseconds from 0 to {LARGEST}, got {shown(value)}"


def _whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least
