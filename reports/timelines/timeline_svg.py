"""A timeline as an SVG picture that goes into the report's page, whose style sheet gives it its colours.

One column is one step, so that what happens at the same instant stays apart; the axis tells the true time. Columns are
as wide as their labels need: no text is cut, and none lies over another.
"""

from xml.etree import ElementTree

from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.reports.graphs.shown_text import shown_text
from broadcast_orchestrator.reports.timelines.bands import Band
from broadcast_orchestrator.reports.timelines.bars import Bar
from broadcast_orchestrator.reports.timelines.columns import GUTTER, LETTER, Columns, mark_width, tick, ticks
from broadcast_orchestrator.reports.timelines.marks import Marking
from broadcast_orchestrator.reports.timelines.places import (
    ROW,
    TRACK,
    Lane,
    PlacedNote,
    end_of_command,
    end_of_label,
    indent,
    label,
    levels,
    placed,
    tracks,
)
from broadcast_orchestrator.reports.timelines.timeline import Timeline
from broadcast_orchestrator.sim.world.faults import BY_ID

_RIGHT, _NARROWEST, _BAND = 24.0, 460.0, 22.0

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


def svg(line: Timeline, title: str) -> str:
    """The picture of `line`; `title` is what a screen reader says of it."""
    return ElementTree.tostring(_Picture(line, title).drawn(), encoding="unicode")


def svg_with_names(line: Timeline, title: str) -> str:
    """The picture for a page, behind a narrow one of the lanes' names, which a style sheet lets stay in view."""
    picture = _Picture(line, title)
    whole, names = picture.drawn(), picture.names()
    return ElementTree.tostring(names, encoding="unicode") + ElementTree.tostring(whole, encoding="unicode")


class _Picture:
    """One drawing, from the top down."""

    def __init__(self, line: Timeline, title: str) -> None:
        self.line = line
        self.columns = Columns(line)
        self.levels = levels([mark for mark in line.marks if not mark.lane], self.columns)
        self.band_top = 26 + (max(self.levels.values(), default=0) + 1) * ROW + 6
        self.lanes = self._lanes(self.band_top + 2 * (_BAND + 4) + 8)
        self.width = max(self.columns.end + _RIGHT, _NARROWEST, *self._ends())
        self.notes = [placed(note, self._x(note.at), self.width) for note in line.notes]
        self.foot = max(lane.top + lane.height for lane in self.lanes.values()) + 4
        rows = sum(len(note.rows) for note in self.notes)
        self.height = self.foot + rows * ROW + (6 if rows else 0)
        self.root = self._canvas(self.width, class_="timeline", role="img", aria_label=title)

    def _canvas(self, width: float, **attributes: object) -> ElementTree.Element:
        root = ElementTree.Element("svg", _attributes(**attributes))
        root.set("viewBox", f"0 0 {width:g} {self.height:g}")
        root.set("width", f"{width:g}")
        root.set("height", f"{self.height:g}")
        return root

    def drawn(self) -> ElementTree.Element:
        self._lane_names()
        self._axis()
        y = self.foot
        for note in self.notes:
            y = self._note(note, y)
        self._commands()
        self._bands(self.line.states, self.band_top, "state")
        self._bands(self.line.procedures, self.band_top + _BAND + 4, "procedure")
        for service, lane in self.lanes.items():
            self._lane(service, lane)
        return self.root

    def names(self) -> ElementTree.Element:
        """The names of the lanes by themselves."""
        self.root = self._canvas(GUTTER - 8, class_="timeline names", aria_hidden="true")
        self._lane_names()
        return self.root

    def _lanes(self, top: float) -> dict[str, Lane]:
        lanes: dict[str, Lane] = {}
        for service in SERVICES:
            bars = [bar for bar in self.line.bars if bar.service == service]
            marked = any(mark.lane == service for mark in self.line.marks)
            lanes[service] = Lane(top, marked, tracks(bars, self.columns))
            top += lanes[service].height
        return lanes

    def _ends(self) -> list[float]:
        """Where the words of calls, marks and commands end."""
        commands = [end_of_command(mark, self.columns) for mark in self.levels]
        marks = [self._x(mark.at) + mark_width(mark) for mark in self.line.marks if mark.lane]
        return [*commands, *marks, *(end_of_label(bar, self.columns) for bar in self.line.bars)]

    def _add(self, tag: str, text: str = "", **attributes: object) -> ElementTree.Element:
        element = ElementTree.SubElement(self.root, tag, _attributes(**attributes))
        element.text = shown_text(text) or None
        return element

    def _tip(self, element: ElementTree.Element, text: str) -> None:
        ElementTree.SubElement(element, "title").text = shown_text(text)

    def _x(self, number: int) -> float:
        return self.columns.points[number]

    def _lane_names(self) -> None:
        tops = {"state": self.band_top + 15, "procedure": self.band_top + _BAND + 19}
        tops |= {service: lane.top + 20 for service, lane in self.lanes.items()}
        for name, y in {"time (ms)" if self.line.timed else "step": 14.0, **tops}.items():
            self._add("text", name, class_="lane-name", x=4, y=y)
        for lane in self.lanes.values():
            self._add("line", class_="lane", x1=0, x2=self.width, y1=lane.top, y2=lane.top)

    def _axis(self) -> None:
        """A grid line for each step, its moment where it is new, and its words for whoever points at it."""
        told, right = {*ticks(self.line)}, self.columns.widths
        for number in range(len(self.line.times)):
            x, label = self._x(number), tick(self.line, number)
            self._add("line", class_="grid", x1=x, x2=x, y1=20, y2=self.foot - 4)
            if number in told:
                self._add("text", label, class_="tick", x=x, y=14)
            left = right[number - 1] / 2 if number else x - GUTTER
            width = left + right[number] / 2
            column = self._add("rect", class_="column", x=x - left, y=20, width=width, height=self.foot - 24)
            self._tip(column, f"{label}{' ms' if self.line.timed else ''}: {self.line.words[number]}")

    def _commands(self) -> None:
        for mark, level in self.levels.items():
            x, y = self._x(mark.at), 34 + level * ROW
            self._add("line", class_="command-line", x1=x, x2=x, y1=y - 9, y2=self.band_top)
            self._add("text", mark.label, class_="command", x=x + 4, y=y)

    def _bands(self, bands: tuple[Band, ...], y: float, kind: str) -> None:
        for band in bands:
            x, width = self._x(band.begin), self._x(band.end) - self._x(band.begin)
            look = f"{kind} {STATE_KINDS.get(band.label, 'plain')}"
            box = self._add("rect", class_=look, x=x, y=y, width=width, height=_BAND, rx=4)
            self._tip(box, band.label)
            self._add("text", band.label, class_="band-label", x=x + 5, y=y + 15)

    def _lane(self, service: str, lane: Lane) -> None:
        for band in self.line.on[service]:
            stripe = self._add(
                "rect",
                class_="on",
                x=self._x(band.begin),
                y=lane.top + lane.height - 7,
                width=self._x(band.end) - self._x(band.begin),
                height=5,
                rx=2,
            )
            self._tip(stripe, f"{service} is {'live for ' + band.label if service == SERVICES[-1] else band.label}")
        for number, bar in enumerate(bar for bar in self.line.bars if bar.service == service):
            self._bar(bar, lane.first + lane.tracks[number] * TRACK)
        for mark in self.line.marks:
            if mark.lane == service:
                self._mark(mark, lane.top + 14)

    def _bar(self, bar: Bar, y: float) -> None:
        """A call: solid while it is waited for, dashed once it is given up; its effect a diamond, its answer a sign."""
        begin, end = self._x(bar.begin), self.columns.end if bar.end is None else self._x(bar.end)
        until = end if bar.given_up is None else self._x(bar.given_up)
        self._add("text", label(bar), class_="call-label", x=begin + indent(bar), y=y - 10)
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
        for number, (at, fault) in enumerate(bar.faults):
            before = sum(other == at for other, _ in bar.faults[:number])
            self._fault(self._x(at) + 30 * before, y + 9, fault)

    def _reply(self, x: float, y: float, *, ok: bool) -> None:
        path = f"M{x - 5:g} {y:g}l4 4l6 -9" if ok else f"M{x - 4.5:g} {y - 4.5:g}l9 9m0 -9l-9 9"
        self._sign("reply ok" if ok else "reply failed", x, y, path)

    def _sign(self, kind: str, x: float, y: float, path: str) -> None:
        if kind.startswith("reply"):
            self._add("circle", class_=f"disc {kind.split()[-1]}", cx=x, cy=y, r=8)
        self._add("path", class_=kind, d=path)

    def _fault(self, x: float, y: float, fault: str) -> None:
        wide = 5 + 7.5 * len(fault)
        badge = self._add("rect", class_="fault", x=x - wide / 2, y=y, width=wide, height=13, rx=3)
        self._tip(badge, f"{fault}: {BY_ID[fault].meaning}" if fault in BY_ID else fault)
        self._add("text", fault, class_="fault-label", x=x, y=y + 10)

    def _note(self, note: PlacedNote, y: float) -> float:
        """A line through all lanes, and its words at the foot from `y` on; where they end."""
        foot, kind, x = y + len(note.rows) * ROW, note.kind, note.x
        self._add("line", class_=f"note-line {kind}", x1=x, x2=x, y1=self.band_top - 4, y2=foot)
        side = {"x": x - 5, "text_anchor": "end"} if note.on_the_left else {"x": x + 5}
        for number, row in enumerate(note.rows, 1):
            self._add("text", row, class_=f"note {kind}", y=y + number * ROW, **side)
        return foot

    def _mark(self, mark: Marking, y: float) -> None:
        x = self._x(mark.at)
        self._add("circle", class_="mark-dot", cx=x, cy=y - 4, r=4)
        self._add("text", mark.label, class_="mark", x=x + 9, y=y)
        if mark.fault:
            self._fault(x + 10 + len(mark.label) * LETTER + 14, y - 10, mark.fault)


def _attributes(**attributes: object) -> dict[str, str]:
    return {
        name.rstrip("_").replace("_", "-"): f"{value:g}" if isinstance(value, float) else shown_text(str(value))
        for name, value in attributes.items()
    }
