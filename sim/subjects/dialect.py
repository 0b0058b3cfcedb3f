"""Dialects: where an implementation departs from the guide on purpose, or reads it otherwise.

A TOML file says so. Such a difference is judged by that reading and told once, instead of drowning a report.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from broadcast_orchestrator.model.config import near_match, shown
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import STOP_BROADCAST
from broadcast_orchestrator.model.measures import BY_NAME, POLL_PERIOD_MS, rules_with
from broadcast_orchestrator.model.runtime.leasing import LEASE_MS
from broadcast_orchestrator.model.table import IDLE, BroadcastState
from broadcast_orchestrator.sim.input.plain_data import LONGEST_TOML, NoPlainData, toml_table
from broadcast_orchestrator.sim.input.text_files import text_of

STATES = tuple(str(state) for state in BroadcastState)
JUDGED = (*(f"G{number}" for number in range(1, 18)), "reference", "subject")
"""What a finding can be about: a guarantee, a mere difference from the reference, or the implementation's own end."""

LANDINGS = ("ready", "idle")
REJECTS, RESOLVES = "rejects", "resolves"


class DialectError(ValueError):
    """A dialect that cannot be; the message is one line that says where, what is wrong and what to try."""


class AcceptedReading(NamedTuple):
    """A difference that is meant: findings of `guarantee` ("G1" to "G17", "reference" or "subject") are accepted
    `where`, a part of their title or place ("" is everywhere), `because` of what this says."""

    guarantee: str
    where: str
    because: str


@dataclass(frozen=True)
class Dialect:
    """`stop_lands_in` is "ready" or "idle" (reading R1); `start_without_content`: a start needs no content (R18);
    `refusal`: a refused command "rejects" or "resolves" (R5); `states` maps the names that the implementation gives
    its states to those of the guide; `heartbeat_ms` is the period of a timer that never ends and means nothing (0:
    there is none; see `sim.subjects.protocol.heartbeat`); `readings` are accepted differences;
    `backend_without_flags`: a write to the backend need not say which services are on (R10, clause CX-2). `measures`
    are those that the implementation claims (see `model.measures`), by which it is judged then; where polling is among
    them, it reads its services once in each `poll_period_ms`, and a lease is lost after a silence of `lease_ms` (0: it
    is a lock that is not lost). Raises `DialectError` if it cannot be."""

    name: str = ""
    stop_lands_in: str = "ready"
    start_without_content: bool = False
    refusal: str = REJECTS
    states: Mapping[str, str] = field(default_factory=dict)
    heartbeat_ms: float = 0
    readings: tuple[AcceptedReading, ...] = ()
    backend_without_flags: bool = False
    measures: tuple[str, ...] = ()
    poll_period_ms: float = POLL_PERIOD_MS
    lease_ms: float = LEASE_MS

    def __post_init__(self) -> None:
        """Check every field."""
        if mistake := next(_mistakes(self), ""):
            raise DialectError(f"dialect: {mistake}")

    def state(self, name: str) -> str:
        """What the guide calls the state that the implementation calls `name`."""
        return self.states.get(name, name)

    def accepts(self, guarantee: str, *said: str) -> bool:
        """Whether a reading accepts what is said of this guarantee: a title, a place."""
        return any(
            reading.guarantee == guarantee and any(reading.where in text for text in said) for reading in self.readings
        )

    def departures(self) -> tuple[str, ...]:
        """Each departure in one sentence, for the list of readings."""
        told = []
        if self.stop_lands_in != "ready":
            told.append(f"A stop ends in {self.stop_lands_in}, not in ready (reading R1).")
        if self.start_without_content:
            told.append("A start needs no content in the live feed (reading R18).")
        if self.backend_without_flags:
            told.append("A write to the backend does not say which services are on (reading R10).")
        if self.measures:
            claimed = ", ".join(self.measures)
            told.append(f"It claims the measures {claimed}, and is judged by what they promise.")
        if self.polls:
            told.append(f"It reads its services once in each {self.poll_period_ms:,g} ms; it is quiet all the same.")
        if self.refusal != REJECTS:
            told.append("A refused command resolves instead of raising (reading R5).")
        told += [f"The state {ours} is called {theirs}." for theirs, ours in sorted(self.states.items())]
        if self.heartbeat_ms:
            told.append(f"A timer beats every {self.heartbeat_ms:,g} ms for ever; it is quiet all the same.")
        told += [f"{each.guarantee}{_at(each.where)}: {each.because}" for each in self.readings]
        return tuple(told)

    @property
    def reads_back(self) -> bool:
        """Whether the implementation claims to read its services before it believes them."""
        return "read-back" in self.measures

    @property
    def polls(self) -> bool:
        """Whether the implementation claims to read its services once a period."""
        return "polling" in self.measures

    @property
    def lasting_ms(self) -> float:
        """After how long a silence the lease is lost that the implementation claims; 0: never, or it has none."""
        return self.lease_ms if "lease" in self.measures else 0

    @property
    def period_ms(self) -> float:
        """Within what time it does once more whatever it claims to do again and again; 0: there is nothing."""
        return max(self.poll_period_ms if self.polls else 0, self.lasting_ms / 3)

    def rules(self) -> type[Core]:
        """The rules of the guide under this dialect's readings, with the measures that it claims, for a reference to
        compare with."""
        bases: list[type[Core]] = []
        if self.stop_lands_in == "idle":
            bases.append(StopsInIdle)
        if self.start_without_content:
            bases.append(ContentlessStart)
        rules = rules_with(self.measures)
        return type("DialectCore", (*bases, rules), {}) if bases else rules


class StopsInIdle(Core):
    """A stop that succeeds is over in idle, and nothing is initialized."""

    def shutdown_over(self) -> None:
        """All off: idle, and no more."""
        if self.procedure.failures or self.procedure.command != STOP_BROADCAST:
            super().shutdown_over()
        else:
            self.move(IDLE, "shutdown_complete")
            self.succeed()


class ContentlessStart(Core):
    """A start asks for no content."""

    def start_broadcast(self, session: str | None) -> None:
        """As if there were content while it is decided."""
        content = self.core.content
        self.set(content=True)
        super().start_broadcast(session)
        self.set(content=content)


def load_dialect(path: str | Path) -> Dialect:
    """The dialect in a TOML file. Raises `DialectError` with one line that begins with the file."""
    return dialect_from_text(text_of(path, DialectError, "dialect", LONGEST_TOML), str(path))


def dialect_from_text(text: str, name: str = "dialect") -> Dialect:
    """The dialect that the TOML says; `name` is for messages. Raises `DialectError`."""
    try:
        return _dialect(toml_table(text))
    except (NoPlainData, DialectError) as mistake:
        raise DialectError(f"{name}: {mistake}") from None


def _dialect(data: dict[str, Any]) -> Dialect:
    fields = dict(data)
    known = [name if name != "readings" else "reading" for name in Dialect.__dataclass_fields__]
    for key in fields:
        if key not in known:
            raise DialectError(f"dialect: {shown(key)} is unknown{near_match(key, known)}")
    rows = fields.pop("reading", [])
    if not isinstance(rows, list):
        raise DialectError("dialect: reading: expected [[reading]] tables")
    measures = _measures(fields.pop("measures", {}))
    readings = tuple(_reading(row, number) for number, row in enumerate(rows, 1))
    return Dialect(**fields, readings=readings, measures=measures)


def _measures(table: Any) -> tuple[str, ...]:
    """The measures that the table claims, in the order in which they are put together."""
    if not isinstance(table, dict):
        raise DialectError("dialect: measures: expected a [measures] table, such as read-back = true")
    for name, claimed in table.items():
        if name not in BY_NAME:
            raise DialectError(f"dialect: measures: {shown(name)} is unknown{near_match(name, BY_NAME)}")
        if not isinstance(claimed, bool):
            raise DialectError(f"dialect: measures: {name}: expected true or false, got {shown(claimed)}")
    return tuple(name for name in BY_NAME if table.get(name))


def _reading(row: Any, number: int) -> AcceptedReading:
    if not isinstance(row, dict):
        raise DialectError(f"dialect: reading {number}: expected a [[reading]] table")
    for key in row:
        if key not in AcceptedReading._fields:
            raise DialectError(
                f"dialect: reading {number}: {shown(key)} is unknown{near_match(key, AcceptedReading._fields)}"
            )
    for key in ("guarantee", "because"):
        if key not in row:
            raise DialectError(f"dialect: reading {number}: {key} is missing")
    return AcceptedReading(row["guarantee"], row.get("where", ""), row["because"])


def _mistakes(dialect: Dialect) -> Iterator[str]:
    if not isinstance(dialect.name, str):
        yield f"name: expected a text, got {shown(dialect.name)}"
    if dialect.stop_lands_in not in LANDINGS:
        yield f"stop_lands_in: {shown(dialect.stop_lands_in)} is unknown{near_match(dialect.stop_lands_in, LANDINGS)}"
    for name in ("start_without_content", "backend_without_flags"):
        if not isinstance(getattr(dialect, name), bool):
            yield f"{name}: expected true or false, got {shown(getattr(dialect, name))}"
    if dialect.refusal not in (REJECTS, RESOLVES):
        yield f"refusal: {shown(dialect.refusal)} is unknown{near_match(dialect.refusal, (REJECTS, RESOLVES))}"
    yield from _of_states(dialect.states)
    yield from _of_periods(dialect)
    for number, reading in enumerate(dialect.readings, 1):
        yield from (f"reading {number}: {mistake}" for mistake in _of_reading(reading))


def _of_periods(dialect: Dialect) -> Iterator[str]:
    beat, period = dialect.heartbeat_ms, dialect.poll_period_ms
    for name in ("heartbeat_ms", "lease_ms"):
        value = getattr(dialect, name)
        if not _is_time(value) and value != 0:
            yield f"{name}: expected a number of milliseconds, got {shown(value)}"
    if not _is_time(period):
        yield f"poll_period_ms: expected a number of milliseconds above 0, got {shown(period)}"
    if beat and (dialect.polls or dialect.lasting_ms):
        yield "heartbeat_ms: means nothing beside polling or a lease; leave it out"


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")


def _of_reading(reading: AcceptedReading) -> Iterator[str]:
    if reading.guarantee not in JUDGED:
        yield f"guarantee: {shown(reading.guarantee)} is unknown{near_match(reading.guarantee, JUDGED)}"
    for name in ("where", "because"):
        if not isinstance(getattr(reading, name), str):
            yield f"{name}: expected a text, got {shown(getattr(reading, name))}"
    if not reading.because:
        yield "because: is empty; say why the difference is meant"


def _of_states(states: Mapping[str, str]) -> Iterator[str]:
    if not isinstance(states, Mapping):
        yield f"states: expected a table of names, got {shown(states)}"
        return
    for theirs, ours in states.items():
        if ours not in STATES:
            yield f"states: {theirs}: {shown(ours)} is unknown{near_match(ours, STATES)}"


def _at(where: str) -> str:
    return f", {where}" if where else ""
