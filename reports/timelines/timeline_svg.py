"""A timeline as an SVG picture that goes into the report's page, whose style sheet gives it its colours.

One column is one step, so that what happens at the same instant stays apart; the axis tells the true time.
"""

from typing import NamedTuple
from xml.etree import ElementTree

from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.reports.timelines.bands import Band
from broadcast_orchestrator.reports.timelines.bars import Bar
from broadcast_orchestrator.reports.timelines.marks import Marking
from broadcast_orchestrator.reports.timelines.timeline import Note, Timeline
from broadcast_orchestrator.sim.world.faults import BY_ID

_GUTTER, _COLUMN, _TRACK, _RIGHT = 92.0, 34.0, 39.0, 24.0
_ROW, _BAND, _LETTER, _BOLD = 16.0, 22.0, 6.3, 7.2

STATE_KINDS = {
    "idle": "rest",
    "initializing": "moving",
    "ready": "rest",
    "starting": "moving",
    "live": "live",
    "stopping": "moving",
    "error": "error",
}
"""Which colours each state has; the same as in the state graph."""


class Lane(NamedTuple):
    """A service's lane: its upper edge, and the track of each of its calls, so that no call hides another."""

    top: float
    tracks: dict[int, int]

    @property
    def height(self) -> float:
        """Room for every track, and for the stripe that says when the service was on."""
        return (max(self.tracks.values(), default=0) + 1) * _TRACK + 13


def svg(line: Timeline, title: str) -> str:
    """The picture of `line`; `title` is what a screen reader says of it."""
    return ElementTree.tostring(_Picture(line, title).drawn(), encoding="unicode")


class _Picture:
    """One drawing, from the top down."""

    def __init__(self, line: Timeline, title: str) -> None:
        self.line = line
        self.columns = len(line.times)
        self.width = max(_GUTTER + self.columns * _COLUMN + _RIGHT, *map(self._room, line.notes), 0.0)
        self.levels = _levels([mark for mark in line.marks if not mark.lane])
        self.band_top = 26 + (max(self.levels.values(), default=0) + 1) * _ROW + 6
        self.lanes = self._lanes(self.band_top + 2 * (_BAND + 4) + 8)
        self.foot = max(lane.top + lane.height for lane in self.lanes.values()) + 4
        self.height = self.foot + len(line.notes) * _ROW + (6 if line.notes else 0)
        self.root = ElementTree.Element("svg", _attributes(class_="timeline", role="img", aria_label=title))
        self.root.set("viewBox", f"0 0 {self.width:g} {self.height:g}")
        self.root.set("width", f"{self.width:g}")
        self.root.set("height", f"{self.height:g}")

    def drawn(self) -> ElementTree.Element:
        self._axis()
        for row, note in enumerate(self.line.notes):
            self._note(note, self.foot + (row + 1) * _ROW)
        self._commands()
        self._bands(self.line.states, self.band_top, "state")
        self._bands(self.line.procedures, self.band_top + _BAND + 4, "procedure")
        for service, lane in self.lanes.items():
            self._lane(service, lane)
        return self.root

    def _lanes(self, top: float) -> dict[str, Lane]:
        lanes: dict[str, Lane] = {}
        for service in SERVICES:
            bars = [bar for bar in self.line.bars if bar.service == service]
            lanes[service] = Lane(top, _tracks(bars, self.columns))
            top += lanes[service].height
        return lanes

    def _add(self, tag: str, text: str = "", **attributes: object) -> ElementTree.Element:
        element = ElementTree.SubElement(self.root, tag, _attributes(**attributes))
        element.text = text or None
        return element

    def _tip(self, element: ElementTree.Element, text: str) -> None:
        ElementTree.SubElement(element, "title").text = text

    def _x(self, number: float) -> float:
        return _GUTTER + (number + 0.5) * _COLUMN

    def _axis(self) -> None:
        """A grid line for each step, its moment where there is room for it, and its words for whoever points at it."""
        self._add("text", "time (ms)" if self.line.timed else "step", class_="lane-name", x=4, y=14)
        free = 0.0
        for number, at in enumerate(self.line.times):
            x, label = self._x(number), f"{at:,.0f}"
            self._add("line", class_="grid", x1=x, x2=x, y1=20, y2=self.foot - 4)
            new = number == 0 or at != self.line.times[number - 1]
            if new and x - len(label) * _LETTER / 2 >= free:
                self._add("text", label, class_="tick", x=x, y=14)
                free = x + len(label) * _LETTER / 2 + 8
            column = self._add("rect", class_="column", x=x - _COLUMN / 2, y=20, width=_COLUMN, height=self.foot - 24)
            self._tip(column, f"{label}{' ms' if self.line.timed else ''}: {self.line.words[number]}")

    def _commands(self) -> None:
        for mark, level in self.levels.items():
            x, y = self._x(mark.at), 34 + level * _ROW
            self._add("line", class_="command-line", x1=x, x2=x, y1=y - 9, y2=self.band_top)
            self._add("text", mark.label, class_="command", x=x + 4, y=y)

    def _bands(self, bands: tuple[Band, ...], y: float, kind: str) -> None:
        self._add("text", kind, class_="lane-name", x=4, y=y + 15)
        for band in bands:
            x, width = self._x(band.begin), (band.end - band.begin) * _COLUMN
            look = f"{kind} {STATE_KINDS.get(band.label, 'plain')}"
            box = self._add("rect", class_=look, x=x, y=y, width=width, height=_BAND, rx=4)
            self._tip(box, band.label)
            if label := _fitting(band.label, width - 2):
                indent = min(6.0, (width - len(label) * _LETTER) / 2)
                self._add("text", label, class_="band-label", x=x + indent, y=y + 15)

    def _lane(self, service: str, lane: Lane) -> None:
        self._add("line", class_="lane", x1=0, x2=self.width, y1=lane.top, y2=lane.top)
        self._add("text", service, class_="lane-name", x=4, y=lane.top + 20)
        for band in self.line.on[service]:
            stripe = self._add(
                "rect",
                class_="on",
                x=self._x(band.begin),
                y=lane.top + lane.height - 7,
                width=(band.end - band.begin) * _COLUMN,
                height=5,
                rx=2,
            )
            self._tip(stripe, f"{service} is {'live for ' + band.label if service == SERVICES[-1] else band.label}")
        for number, bar in enumerate(bar for bar in self.line.bars if bar.service == service):
            self._bar(bar, lane.top + lane.tracks[number] * _TRACK + 20)
        for mark in self.line.marks:
            if mark.lane == service:
                self._mark(mark, lane.top + 20)

    def _bar(self, bar: Bar, y: float) -> None:
        """A call: solid while it is waited for, dashed once it is given up; its effect a diamond, its answer a sign."""
        begin, end = self._x(bar.begin), self._x(self.columns if bar.end is None else bar.end)
        until = end if bar.given_up is None else self._x(bar.given_up)
        beside = 11 if end == begin else 0  # where the answer comes at once its sign is where the label would be
        self._add("text", bar.operation.split(".")[-1], class_="call-label", x=begin + beside, y=y - 7)
        self._add("circle", class_="issue", cx=begin, cy=y, r=2.5)
        self._add("line", class_="call", x1=begin, x2=until, y1=y, y2=y)
        if end > until:
            self._add("line", class_="call given-up", x1=until, x2=end, y1=y, y2=y)
        if bar.given_up is not None:
            self._sign("gave-up", until, y, f"M{until:g} {y - 6:g}v12")
        if bar.effect is not None:
            x = self._x(bar.effect)
            self._sign("effect", x, y, f"M{x:g} {y - 6:g}l6 6l-6 6l-6 -6z")
        if bar.reply is not None:
            self._reply(self._x(bar.reply), y, ok=bar.ok)
        for at, fault in bar.faults:
            self._fault(self._x(at), y, fault)

    def _reply(self, x: float, y: float, *, ok: bool) -> None:
        path = f"M{x - 5:g} {y:g}l4 4l6 -9" if ok else f"M{x - 4.5:g} {y - 4.5:g}l9 9m0 -9l-9 9"
        self._sign("reply ok" if ok else "reply failed", x, y, path)

    def _sign(self, kind: str, x: float, y: float, path: str) -> None:
        if kind.startswith("reply"):
            self._add("circle", class_=f"disc {kind.split()[-1]}", cx=x, cy=y, r=8)
        self._add("path", class_=kind, d=path)

    def _fault(self, x: float, y: float, fault: str) -> None:
        badge = self._add("rect", class_="fault", x=x - 10, y=y + 9, width=20, height=13, rx=3)
        self._tip(badge, f"{fault}: {BY_ID[fault].meaning}" if fault in BY_ID else fault)
        self._add("text", fault, class_="fault-label", x=x, y=y + 19)

    def _note(self, note: Note, y: float) -> None:
        """A line through all lanes, and its words at the foot, on its left if there is room."""
        x = self._x(note.at)
        self._add("line", class_=f"note-line {note.kind}", x1=x, x2=x, y1=self.band_top - 4, y2=y)
        side = {"x": x - 5, "text_anchor": "end"} if _fits_left(x, note) else {"x": x + 5}
        self._add("text", note.text, class_=f"note {note.kind}", y=y, **side)

    def _room(self, note: Note) -> float:
        """How wide the picture must be for the words of the note."""
        x = self._x(note.at)
        return 0.0 if _fits_left(x, note) else x + len(note.text) * _BOLD + 12

    def _mark(self, mark: Marking, y: float) -> None:
        x = self._x(mark.at)
        self._add("text", mark.label, class_="mark", x=x + 12, y=y + 4)
        self._add("circle", class_="mark-dot", cx=x, cy=y, r=4)
        if mark.fault:
            self._fault(x, y, mark.fault)


def _attributes(**attributes: object) -> dict[str, str]:
    return {
        name.rstrip("_").replace("_", "-"): f"{value:g}" if isinstance(value, float) else str(value)
        for name, value in attributes.items()
    }


def _fits_left(x: float, note: Note) -> bool:
    return x > len(note.text) * _BOLD + 12


def _fitting(text: str, width: float) -> str:
    """As much of `text` as there is room for, or nothing."""
    letters = int(width / _LETTER)
    if len(text) <= letters:
        return text
    return text[: letters - 1] + "…" if letters >= 5 else ""


def _levels(marks: list[Marking]) -> dict[Marking, int]:
    """A row for each label, so that no two in one row overlap."""
    free: list[float] = []
    levels: dict[Marking, int] = {}
    for mark in marks:
        x = mark.at * _COLUMN
        level = next((number for number, end in enumerate(free) if end <= x), len(free))
        free[level : level + 1] = [x + len(mark.label) * _LETTER + 14]
        levels[mark] = level
    return levels


def _tracks(bars: list[Bar], columns: int) -> dict[int, int]:
    """A track for each call of a lane, by its number, so that calls that overlap in time lie apart."""
    free: list[float] = []
    tracks: dict[int, int] = {}
    for number, bar in enumerate(bars):
        track = next((track for track, end in enumerate(free) if end < bar.begin), len(free))
        wide = bar.begin + (len(bar.operation.split(".")[-1]) * _LETTER) / _COLUMN
        free[track : track + 1] = [max(columns if bar.end is None else bar.end, wide)]
        tracks[number] = track
    return tracks
