"""Traces: a readable list of steps with what the core asked for, saved as JSON Lines and replayed from nothing.

Every engine writes the same format. A line is one step; its time is there where the engine has a clock. The first
line says what is needed to begin: the configuration, and which engine made the trace from which seed.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import shorten
from typing import Any, NamedTuple

from broadcast_orchestrator.model.config import DEFAULT_CONFIG, ConfigError, OrchestratorConfig, merged, shown
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import CoreEffect
from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.model.table import BroadcastState
from broadcast_orchestrator.sim.input.plain_data import json_value
from broadcast_orchestrator.sim.input.text_files import text_of
from broadcast_orchestrator.sim.world.effects import effect_from_json, effect_to_json
from broadcast_orchestrator.sim.world.records import member
from broadcast_orchestrator.sim.world.rules_by_name import REFERENCE
from broadcast_orchestrator.sim.world.steps import Answer, Effect, Mark, Step, from_json, to_json
from broadcast_orchestrator.sim.world.world import World, first_world, happen

_ADDRESS = re.compile(" at 0x[0-9a-f]+")
LONGEST = 200
"""How many characters of an exception are told at most."""

FORMAT, VERSION = "broadcast-trace", 1

END = '{"ended":"closed"}'
"""The last line of a trace that was recorded as it happened: nothing comes after it, whoever waits for more."""

MOST_LINES = 100_000
"""How many lines a trace may have: each step of a run that is looked at is kept in memory with its world."""

FARTHEST_MS = 2**53
"""The last moment that every language can tell from the one after it."""


class TraceError(ValueError):
    """A file that is no trace; the message is one line with the file, the line number and what is wrong there."""


class Line(NamedTuple):
    """One step as a file tells it: when it happened in milliseconds (None: the engine has no clock), what the core
    asked for because of it, and the state afterwards. Taken again it is a `Passage`, which knows the worlds too."""

    at_ms: float | None
    step: Step
    effects: tuple[CoreEffect, ...]
    state: BroadcastState


@dataclass
class Trace:
    """The evidence of one run. `made_by` is the engine, `seed` its seed if it has one, `setup` whatever else it
    was told, as plain data; `rules` is the import path of the core's rules (see `sim.world.rules_by_name`)."""

    config: OrchestratorConfig = DEFAULT_CONFIG
    made_by: str = ""
    seed: int | None = None
    setup: dict[str, Any] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    rules: str = REFERENCE

    @property
    def raises(self) -> str:
        """What the rules raise in the last step, "" where nothing."""
        return str(self.setup.get("raises", ""))

    def to_text(self) -> str:
        """The trace as JSON Lines: the same trace gives the same text."""
        header = {
            "format": FORMAT,
            "version": VERSION,
            "made_by": self.made_by,
            "seed": self.seed,
            "rules": self.rules,
            "config": self.config._asdict(),
            "setup": self.setup,
        }
        return f"{_dumped(header)}\n" + "".join(map(line_to_text, self.lines))

    def save(self, path: str | Path) -> None:
        """Write the trace to a file."""
        Path(path).write_bytes(self.to_text().encode())

    @classmethod
    def load(cls, path: str | Path) -> "Trace":
        """The trace in a file. Raises `TraceError` where there is none."""
        return cls.from_text(text_of(path, TraceError, "trace"), str(path))

    @classmethod
    def from_text(cls, text: str, name: str = "trace") -> "Trace":
        """The trace that `to_text` wrote; `name` is for messages. Raises `TraceError` where it is none."""
        rows = text.split("\n")
        if rows.pop() != "":
            raise TraceError(f"{name}, line {len(rows) + 1}: is cut off; the last line must end with a newline")
        if not rows:
            raise TraceError(f"{name}, line 1: is missing; a trace begins with a line that names its format")
        if rows[-1] == END:
            rows.pop()
        if len(rows) > MOST_LINES:
            raise TraceError(f"{name}: has {len(rows):,} lines, more than {MOST_LINES:,}, which is as long as a run is")
        trace = cls(**_located(name, 1, _header, rows[0]))
        trace.lines = [_located(name, number, _line, row) for number, row in enumerate(rows[1:], 2)]
        return trace


# -- Replaying ------------------------------------------------------------------------------------


class Passage(NamedTuple):
    """One moment of a run, whoever made or took it again: the world before the step, the step, what the core asked for,
    the world after it, and when it happened, in milliseconds; None where the engine has no clock."""

    before: World
    step: Step
    effects: tuple[CoreEffect, ...]
    after: World
    at_ms: float | None = None

    @property
    def line(self) -> Line:
        """What a trace says of the step."""
        return Line(self.at_ms, self.step, self.effects, self.after.core.state)


class Replay(NamedTuple):
    """What became of a replay: the step (from 1) at which it first differs from its trace, and how; None and ""
    where it never does. `world` is the world that it ended in."""

    steps: int
    differs_at: int | None
    difference: str
    world: World

    @property
    def agrees(self) -> bool:
        """Whether every step gave what the trace says."""
        return self.differs_at is None


def walk(trace: Trace, rules: type[Core] = Core) -> Iterator[Passage]:
    """Every step of the trace taken again, from the initial world.

    Raises whatever the world raises for a step that cannot happen there; `replay` makes a sentence of it. The last step
    of a trace that says so may raise, after which nothing is known to have changed.
    """
    world, passages = (
        first_world(trace.config, rules),
        take((line.step for line in trace.lines), trace.config, rules),
    )
    for number, line in enumerate(trace.lines, 1):
        try:
            passage = next(passages)
        except Exception as raised:
            if number < len(trace.lines) or in_one_line(raised) != trace.raises:
                raise
            passage = Passage(world, line.step, (), world)
        world = passage.after
        yield passage._replace(at_ms=line.at_ms)


def in_one_line(raised: Exception) -> str:
    """The exception as a traceback ends with it, on one line that is the same every time: without addresses, and not
    too long."""
    words = " ".join(f"{type(raised).__name__}: {raised}".split()).rstrip(":")
    return shorten(_ADDRESS.sub("", words), LONGEST, placeholder=" ...")


def take(
    steps: Iterable[Step], config: OrchestratorConfig = DEFAULT_CONFIG, rules: type[Core] = Core
) -> Iterator[Passage]:
    """Steps that nobody timed, taken from the initial world; raises what the world raises for an impossible one."""
    world = first_world(config, rules)
    for step in steps:
        after, effects = happen(world, step, rules)
        yield Passage(world, step, effects, after)
        world = after


def taken(
    steps: Iterable[Step],
    start: World,
    rules: type[Core] = Core,
    called: Callable[[World, Step], Step] = lambda world, step: step,
) -> tuple[tuple[Passage, ...], Exception | None]:
    """Steps taken from `start`, all at once, under rules that may raise: then it ends with the step that raises, after
    which nothing is known to have changed, and beside it is what was raised. `called` says what a step is called in the
    world in which it is taken."""
    passages, world = list[Passage](), start
    for wanted in steps:
        step = called(world, wanted)
        try:
            after, effects = happen(world, step, rules)
        except Exception as raised:  # whatever broken rules do
            return (*passages, Passage(world, step, (), world)), raised
        passages.append(Passage(world, step, effects, after))
        world = after
    return tuple(passages), None


def replay(trace: Trace, rules: type[Core] = Core) -> Replay:
    """Take every step of the trace again, and compare what the core asks for and its state line by line."""
    world, number = first_world(trace.config, rules), 0
    passages = walk(trace, rules)
    for number, line in enumerate(trace.lines, 1):
        try:
            passage = next(passages)
        except Exception as mistake:
            return Replay(
                number, number, f"the step cannot happen here: {_why_not(world, line.step, rules, mistake)}", world
            )
        world = passage.after
        if difference := _difference(line, passage):
            return Replay(number, number, difference, world)
        if trace.raises and number == len(trace.lines) and passage.after is not passage.before:
            return Replay(number, number, f"the trace has that it raises {trace.raises}, now it does not", world)
    return Replay(number, None, "", world)


def _why_not(world: World, step: Step, rules: type[Core], raised: Exception) -> str:
    """Why the step, which raised this, is none that this world can take; rules of somebody's own say it themselves."""
    if isinstance(step, Effect | Answer | Mark):
        flying = len(world.flights[SERVICES.index(step.service)])
        if step.flight >= flying:
            return f"{step.service} has {flying} calls on their way, and this is about number {step.flight + 1}"
    return "nothing of the kind is possible then" if rules is Core else in_one_line(raised)


def _difference(line: Line, passage: Passage) -> str:
    for place, (said, now) in enumerate(zip(line.effects, passage.effects, strict=False), 1):
        if said != now:
            return f"effect {place}: the trace has {_dumped(effect_to_json(said))}, now {_dumped(effect_to_json(now))}"
    if len(line.effects) != len(passage.effects):
        return f"effects: the trace has {len(line.effects)}, now there are {len(passage.effects)}"
    if line.state != passage.after.core.state:
        return f"state: the trace has {line.state}, now it is {passage.after.core.state}"
    return ""


# -- Lines as plain data --------------------------------------------------------------------------


def line_to_text(line: Line) -> str:
    """A line as it stands in a file."""
    return f"{_dumped(line_to_json(line))}\n"


def line_to_json(line: Line) -> dict[str, Any]:
    """A line as plain data."""
    effects = [effect_to_json(effect) for effect in line.effects]
    return {"at_ms": line.at_ms, "step": to_json(line.step), "effects": effects, "state": str(line.state)}


def _dumped(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _located(name: str, number: int, read: Any, row: str) -> Any:
    try:
        return read(_whole_row(json_value(row)))
    except ValueError as mistake:
        raise TraceError(f"{name}, line {number}: {mistake}") from None


def _whole_row(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ValueError(f"expected a JSON object, got {shown(data)}")
    return data


def _header(data: dict[str, Any]) -> dict[str, Any]:
    if data.get("format") != FORMAT:
        raise ValueError(f"expected a header with the format '{FORMAT}', got {shown(data.get('format'))}")
    if data.get("version") != VERSION:
        raise ValueError(f"this is version {shown(data.get('version'))} of the format; only {VERSION} is known")
    return {
        "made_by": _typed(data, "made_by", str),
        "seed": _typed(data, "seed", int, type(None)),
        "rules": _typed({"rules": REFERENCE, **data}, "rules", str),
        "config": _config(_typed(data, "config", dict)),
        "setup": _typed(data, "setup", dict),
    }


def _config(options: dict[str, Any]) -> OrchestratorConfig:
    try:
        return merged(DEFAULT_CONFIG, options)
    except ConfigError as mistake:
        raise ValueError(f"config: {mistake}") from None


def _line(data: dict[str, Any]) -> Line:
    effects = tuple(effect_from_json(_object("effect", each)) for each in _typed(data, "effects", list))
    return Line(_time(data), from_json(_typed(data, "step", dict)), effects, _state(_typed(data, "state", str)))


def _time(data: dict[str, Any]) -> float | None:
    at_ms: float | None = _typed(data, "at_ms", int, float, type(None))
    if at_ms is not None and not 0 <= at_ms <= FARTHEST_MS:
        raise ValueError(f"at_ms: expected milliseconds from 0 to 2^53, got {shown(at_ms)}")
    return at_ms


def _state(name: str) -> BroadcastState:
    try:
        state: BroadcastState = member(BroadcastState, name)
        return state
    except ValueError as mistake:
        raise ValueError(f"state: {mistake}") from None


def _typed(data: dict[str, Any], name: str, *kinds: type) -> Any:
    if name not in data:
        raise ValueError(f"{name}: missing")
    return _object(name, data[name], *kinds)


def _object(name: str, value: object, *kinds: type) -> Any:
    if isinstance(value, bool) or not isinstance(value, kinds or (dict,)):
        raise ValueError(f"{name}: cannot be {shown(value)}")
    return value
