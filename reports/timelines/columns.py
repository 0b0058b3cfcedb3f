"""Where the steps of a timeline stand: apart far enough for every label, together as far as that lets them."""

from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import NamedTuple

from broadcast_orchestrator.reports.timelines.marks import Marking
from broadcast_orchestrator.reports.timelines.timeline import Timeline

GUTTER = 92.0
"""The room for the names of the lanes, in pixels; so are all lengths here."""

LETTER, BOLD = 6.6, 7.4
"""How wide a letter is taken to be, plain and bold, at the size of the picture's texts."""

_WIDEST, _NARROWEST, _PAGE = 34.0, 22.0, 1000.0


class Room(NamedTuple):
    """From the step `begin` to the step `end` it has to be `width` at least."""

    begin: int
    end: int
    width: float


class Columns:
    """The steps of one timeline from left to right; `end` is where one more step would stand."""

    def __init__(self, line: Timeline) -> None:
        count = len(line.times)
        usual = max(_NARROWEST, min(_WIDEST, _PAGE / max(count, 1)))
        widths = [usual] * count
        for begin, end, width in sorted(_rooms(line), key=lambda room: (room.end, room.begin)):
            widths[end - 1] += max(0.0, width - sum(widths[begin:end]))
        self.first = GUTTER + usual / 2
        self.points = tuple(accumulate(widths, initial=self.first))
        self.widths = tuple(widths)

    @property
    def end(self) -> float:
        """Where the last step's own room ends."""
        return self.points[-1]


def _rooms(line: Timeline) -> Iterator[Room]:
    """What has to have room: the name of a band within it, a time beside the next, a mark before the next."""
    for band in (*line.states, *line.procedures):
        yield Room(band.begin, band.end, len(band.label) * LETTER + 10)
    for one, other in pairwise(ticks(line)):
        yield Room(one, other, (len(tick(line, one)) + len(tick(line, other))) * LETTER / 2 + 8)
    for lane in {mark.lane for mark in line.marks if mark.lane}:
        there = [mark for mark in line.marks if mark.lane == lane]
        yield from (Room(one.at, other.at, mark_width(one)) for one, other in pairwise(there) if one.at < other.at)


def ticks(line: Timeline) -> list[int]:
    """The steps at which the time is told: where it is another than at the step before."""
    return [at for at, time in enumerate(line.times) if at == 0 or time != line.times[at - 1]]


def tick(line: Timeline, at: int) -> str:
    """The time of a step, as the axis tells it."""
    return f"{line.times[at]:,.0f}"


def mark_width(mark: Marking) -> float:
    """How much room a mark of a lane takes: a dot, its words, and the badge of its fault, if any."""
    return 10 + len(mark.label) * LETTER + (30 if mark.fault else 0) + 8
