"""A run as a timeline: one lane a service, effect and reply of each call apart, procedures and states as bands.

Only what a picture needs, and nothing of how it looks; `reports.timelines.timeline_svg` and
`reports.timelines.timeline_text` draw it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from broadcast_orchestrator.model.state import CLEANING, FORWARD, SHUTDOWN_STEPS
from broadcast_orchestrator.properties.telling.story import what_happened
from broadcast_orchestrator.reports.timelines.bands import Band, bands, bands_of_services
from broadcast_orchestrator.reports.timelines.bars import Bar, CallBars
from broadcast_orchestrator.reports.timelines.marks import Marking, mark_of
from broadcast_orchestrator.sim.world.trace import Passage
from broadcast_orchestrator.sim.world.world import World


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
        states=bands(passage.after.core.state.value for passage in run),
        procedures=bands(procedure_of(passage.after) for passage in run),
        on=bands_of_services(passage.after.truth for passage in run),
        marks=tuple(mark for number, passage in enumerate(run) if (mark := mark_of(number, passage.step))),
        words=tuple(what_happened(passage) for passage in run),
        notes=notes,
    )


def procedure_of(world: World) -> str:
    """The procedure under way and, where that says more, its phase; "" where there is none."""
    procedure = world.core.procedure
    if procedure is None:
        return ""
    own = procedure.phase in (FORWARD, SHUTDOWN_STEPS, CLEANING)
    return procedure.command if own else f"{procedure.command}: {procedure.phase}"


def _bars(run: tuple[Passage, ...]) -> tuple[Bar, ...]:
    calls = CallBars()
    for number, passage in enumerate(run):
        calls.add(number, passage)
    return tuple(calls.bars)
