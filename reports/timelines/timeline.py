"""A run as a timeline: one lane a service, effect and reply of each call apart, procedures and states as bands.

Only what a picture needs, and nothing of how it looks; `reports.timelines.timeline_svg` and
`reports.timelines.timeline_text` draw it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from broadcast_orchestrator.model.events import Call, GiveUp
from broadcast_orchestrator.model.operations import OPERATIONS, SERVICES
from broadcast_orchestrator.model.views import INDEX
from broadcast_orchestrator.properties.telling.phrases import named
from broadcast_orchestrator.properties.telling.story import what_happened
from broadcast_orchestrator.sim.world.faults import HANG
from broadcast_orchestrator.sim.world.steps import (
    Answer,
    Conflict,
    Do,
    Effect,
    Flip,
    Lose,
    Mark,
    Notice,
    Step,
    Timer,
    fault_of,
)
from broadcast_orchestrator.sim.world.trace import Passage
from broadcast_orchestrator.sim.world.world import World


@dataclass
class Bar:
    """A call, from its issue to its end. All moments are numbers of steps, from 0; None: it never came to that.

    `ok` is the answer; `faults` are (moment, class) of what went wrong with it.
    """

    service: str
    operation: str
    session: str | None
    begin: int
    end: int | None = None
    effect: int | None = None
    reply: int | None = None
    ok: bool = False
    given_up: int | None = None
    faults: list[tuple[int, str]] = field(default_factory=list)


class Band(NamedTuple):
    """Something that lasted from step `begin` to step `end`: a state, a procedure, or a service that was on."""

    label: str
    begin: int
    end: int


class Marking(NamedTuple):
    """Something that happened at one step, in the lane of a service or, where that is "", above all of them."""

    at: int
    lane: str
    label: str
    fault: str = ""


class Note(NamedTuple):
    """What a reader should know of the step with this number (from 0); `kind` is "breach" or "turn"."""

    at: int
    text: str
    kind: str = "breach"


@dataclass
class Timeline:
    """Everything that a drawing of a run needs. `times` holds the moment of each step, in milliseconds
    if `timed`, else its number, from 1."""

    times: tuple[float, ...]
    timed: bool
    bars: tuple[Bar, ...]
    states: tuple[Band, ...]
    procedures: tuple[Band, ...]
    on: dict[str, tuple[Band, ...]]
    marks: tuple[Marking, ...]
    words: tuple[str, ...]
    notes: tuple[Note, ...] = ()


def timeline(passages: Iterable[Passage], notes: tuple[Note, ...] = ()) -> Timeline:
    """The timeline of a run, with what there is to note about it."""
    run = tuple(passages)
    return Timeline(
        times=tuple(float(n) if passage.at_ms is None else passage.at_ms for n, passage in enumerate(run, 1)),
        timed=all(passage.at_ms is not None for passage in run),
        bars=_bars(run),
        states=_bands([passage.after.core.state.value for passage in run]),
        procedures=_bands([procedure_of(passage.after) for passage in run]),
        on={name: _bands([_on(passage.after, name) for passage in run]) for name in SERVICES},
        marks=tuple(mark for number, passage in enumerate(run) if (mark := mark_of(number, passage))),
        words=tuple(what_happened(passage) for passage in run),
        notes=notes,
    )


def procedure_of(world: World) -> str:
    """The procedure under way and, where that says more, its phase; "" where there is none."""
    procedure = world.core.procedure
    if procedure is None:
        return ""
    own = procedure.command == procedure.phase or procedure.phase in ("forward", "shutdown", "cleaning")
    return procedure.command if own else f"{procedure.command}: {procedure.phase}"


def _on(world: World, service: str) -> str:
    if service == SERVICES[-1]:
        return ", ".join(world.truth.backend)
    return "on" if world.truth.active[INDEX[service]] else ""


def _bands(labels: list[str]) -> tuple[Band, ...]:
    """Equal neighbours as one band, those without a label left out."""
    bands: list[Band] = []
    for number, label in enumerate(labels):
        if bands and bands[-1].label == label:
            bands[-1] = bands[-1]._replace(end=number + 1)
        else:
            bands.append(Band(label, number, number + 1))
    return tuple(band for band in bands if band.label)


def mark_of(number: int, passage: Passage) -> Marking | None:
    """What is about no single call: commands, timers, and what happens to services by themselves."""
    match passage.step:
        case Do(command, session):
            return Marking(number, "", named(command, session))
        case Timer():
            return Marking(number, "", "timer")
        case Lose(service) | Notice(service) | Flip(service):
            label = {"Lose": "lost", "Notice": "report", "Flip": "bypass"}[type(passage.step).__name__]
            return Marking(number, service, label, fault_of(passage.step))
        case Conflict(refusing):
            return Marking(number, SERVICES[-1], "refuses" if refusing else "takes writes", fault_of(passage.step))
        case _:
            return None


def _bars(run: tuple[Passage, ...]) -> tuple[Bar, ...]:
    calls = CallBars()
    for number, passage in enumerate(run):
        calls.add(number, passage)
    return tuple(calls.bars)


class CallBars:
    """The calls of a run while it goes on, each followed by its place among the flights of its service."""

    def __init__(self) -> None:
        self.bars: list[Bar] = []
        self.flying: dict[str, list[Bar]] = {service: [] for service in SERVICES}

    def add(self, number: int, passage: Passage) -> None:
        """Follow the calls through one more step, whose number counts from 0."""
        _advance(self.flying, number, passage.step)
        for effect in passage.effects:
            if isinstance(effect, Call):
                bar = Bar(OPERATIONS[effect.operation].service, effect.operation, effect.session, number)
                self.bars.append(bar)
                self.flying[bar.service].append(bar)
            elif isinstance(effect, GiveUp):
                _give_up(self.flying, number, effect)
        _bury(self.flying, number, passage.after)


def _advance(flying: dict[str, list[Bar]], number: int, step: Step) -> None:
    if not isinstance(step, Effect | Answer | Mark):
        return
    bar = flying[step.service][step.flight]
    if step.fault:
        bar.faults.append((number, step.fault))
    if isinstance(step, Effect):
        bar.effect = number
    elif isinstance(step, Answer):
        bar.reply, bar.ok = number, step.ok


def _give_up(flying: dict[str, list[Bar]], number: int, effect: GiveUp) -> None:
    """Only the newest call of an operation can still be waited for."""
    calls = [bar for bar in flying[OPERATIONS[effect.operation].service] if bar.reply is None]
    matching = [bar for bar in calls if (bar.operation, bar.session) == (effect.operation, effect.session)]
    matching[-1].given_up = number


def _bury(flying: dict[str, list[Bar]], number: int, after: World) -> None:
    """Take out the calls that are over, as many as the world took out."""
    for service, bars in flying.items():
        over = [bar for bar in bars if _is_over(bar, number)]
        for bar in over[: len(bars) - len(after.flights[INDEX[service]])]:
            bar.end = number
            bars.remove(bar)


def _is_over(bar: Bar, number: int) -> bool:
    """Whether this step brought what may end the call: its answer, its overdue effect, or that nobody waits for it."""
    if bar.given_up == number:
        return any(fault == HANG for _, fault in bar.faults)
    return bar.reply is not None and number in (bar.effect, bar.reply)
