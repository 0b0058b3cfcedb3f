"""Where in a timeline calls, commands and notes stand, so that none hides another."""

import textwrap
from typing import NamedTuple

from broadcast_orchestrator.reports.timelines.bars import Bar
from broadcast_orchestrator.reports.timelines.columns import BOLD, GUTTER, LETTER, Columns
from broadcast_orchestrator.reports.timelines.marks import Marking
from broadcast_orchestrator.reports.timelines.timeline import Note

TRACK, ROW = 42.0, 16.0
"""How high the track of a call is, and a row of words."""


class Lane(NamedTuple):
    """A service's lane: its upper edge, whether marks need a row of their own above the calls, and the track of each of
    its calls, so that no call hides another."""

    top: float
    marked: bool
    tracks: dict[int, int]

    @property
    def first(self) -> float:
        """Where the first track is."""
        return self.top + 23 + (ROW if self.marked else 0)

    @property
    def height(self) -> float:
        """Room for every track, and for the stripe that says when the service was on."""
        return self.first - self.top + max(self.tracks.values(), default=0) * TRACK + 34


class PlacedNote(NamedTuple):
    """A note in rows of words, beside its line, on the left of it or on the right."""

    kind: str
    x: float
    rows: tuple[str, ...]
    on_the_left: bool


def label(bar: Bar) -> str:
    """The name of a call in its lane."""
    return bar.operation.split(".")[-1]


def indent(bar: Bar) -> float:
    """How far the label stands from the beginning: beside the sign of an answer that comes at once."""
    return 11.0 if bar.end == bar.begin else 4.0


def end_of_label(bar: Bar, columns: Columns) -> float:
    """Where the name of a call ends, with some room behind it."""
    return columns.points[bar.begin] + indent(bar) + len(label(bar)) * LETTER + 8


def end_of_command(mark: Marking, columns: Columns) -> float:
    """Where the words of a command end, with some room behind them."""
    return columns.points[mark.at] + 4 + len(mark.label) * BOLD + 10


def placed(note: Note, x: float, width: float) -> PlacedNote:
    """On the left where the words fit there in one row, or else where there is more room, in as many as it takes."""
    left, right = x - GUTTER - 8, width - x - 8
    on_the_left = len(note.text) * BOLD <= left or left > right
    letters = max(int((left if on_the_left else right) / BOLD), 12)
    return PlacedNote(note.kind, x, tuple(textwrap.wrap(note.text, letters)), on_the_left)


def levels(marks: list[Marking], columns: Columns) -> dict[Marking, int]:
    """A row for each label, so that no two in one row overlap and no line goes down through another's label."""
    ends: list[float] = []
    levels: dict[Marking, int] = {}
    for mark in marks:
        x = columns.points[mark.at]
        level = next((number for number in reversed(range(len(ends))) if ends[number] > x), -1) + 1
        ends[level:] = [end_of_command(mark, columns)]
        levels[mark] = level
    return levels


def tracks(bars: list[Bar], columns: Columns) -> dict[int, int]:
    """A track for each call of a lane, by its number, so that calls that overlap in time lie apart, and labels too."""
    ends: list[float] = []
    tracks: dict[int, int] = {}
    for number, bar in enumerate(bars):
        begin = columns.points[bar.begin]
        track = next((track for track, end in enumerate(ends) if end < begin - 10), len(ends))
        end = columns.end if bar.end is None else columns.points[bar.end]
        ends[track : track + 1] = [max(end, end_of_label(bar, columns))]
        tracks[number] = track
    return tracks
