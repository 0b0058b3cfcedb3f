"""Where everything goes in a graph that is drawn as one straight line of nodes over a floor.

Neighbours are joined along the line, all other pairs by lanes above it, and the floor by legs below it. Every
label gets room of its own, so that none can lie over a node or over another. Units are points, y grows upwards.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from broadcast_orchestrator.reports.graphs.engine import Size, measure
from broadcast_orchestrator.reports.graphs.graph import Edge, Graph


class LayoutPoint(NamedTuple):
    """A place in the picture."""

    x: float
    y: float


class Route(NamedTuple):
    """The way of an edge, corner by corner, the arrow's tip last, and the middle of its label.

    `beside` says that the label stands at the right of the line, its own lines flush with it.
    """

    corners: tuple[LayoutPoint, ...]
    label_at: LayoutPoint
    beside: bool = False


class Placement(NamedTuple):
    """Where each node (by id) and each edge (in the graph's order) lies."""

    nodes: dict[str, tuple[LayoutPoint, Size]]
    routes: tuple[Route, ...]


NODE_FONT, EDGE_FONT = 14.0, 11.0
_HEIGHT = 38.0  # of a node with one line of text
_GAP = 14.0  # between a label and the next thing
_NEAR = 5.0  # between a label and its own line
_TIP = 2.0  # between an arrow's tip and the node that it points at


def applies(graph: Graph) -> bool:
    """Whether the graph's nodes are exactly its line and its floor, with at most one edge from one to another."""
    pairs = [(edge.source, edge.target) for edge in graph.edges]
    simple = len({*pairs}) == len(pairs) and all(source != target for source, target in pairs)
    return simple and sorted((*graph.line, graph.floor)) == sorted(node.id for node in graph.nodes)


def place(graph: Graph, labels: Sequence[str]) -> Placement:
    """The places of a graph to which this drawing `applies`; `labels` are the edges' texts, in their order."""
    return _Drawing(graph, labels).placement()


class _Drawing:
    """The measures of one picture, worked out from its texts."""

    def __init__(self, graph: Graph, labels: Sequence[str]) -> None:
        self.graph = graph
        self.column = {name: number for number, name in enumerate(graph.line)}
        sizes = measure(labels, EDGE_FONT)
        self.label = {edge: sizes.get(text, Size(0, 0)) for edge, text in zip(graph.edges, labels, strict=True)}
        names = measure([node.label for node in graph.nodes], NODE_FONT)
        self.height = max(_HEIGHT, max(size.height for size in names.values()) + 1.2 * _GAP)
        self.legs = [edge for edge in graph.edges if graph.floor in (edge.source, edge.target)]
        self.width = max(
            max(size.width for size in names.values()) + 1.7 * _GAP, *(self._room_for_legs(name) for name in graph.line)
        )
        on_line = [edge for edge in graph.edges if edge not in self.legs]
        self.steps = [edge for edge in on_line if self._span(edge) == 1]
        self.lanes = sorted(
            (edge for edge in on_line if edge not in self.steps), key=lambda edge: abs(self._span(edge))
        )
        self.leg_x = {edge: x for name in graph.line for edge, x in self._legs_of(name)}
        self.pitch = self._pitch()
        self.leg_length = self._tallest(self.legs) + 3 * _GAP
        self.lane_pitch = self._tallest(self.lanes) + _GAP
        self.first_lane = max(self.height / 2 + 1.5 * _GAP, _NEAR + self._tallest(self.steps) + _GAP)

    def placement(self) -> Placement:
        middle = (len(self.graph.line) - 1) * self.pitch / 2
        nodes = {name: (LayoutPoint(self._x(name), 0.0), Size(self.width, self.height)) for name in self.graph.line}
        nodes[self.graph.floor] = (
            LayoutPoint(middle, -self.leg_length - self.height),
            Size(2 * middle + self.width, self.height),
        )
        return Placement(nodes, tuple(self._route(edge) for edge in self.graph.edges))

    def _x(self, name: str) -> float:
        return self.column[name] * self.pitch

    def _span(self, edge: Edge) -> int:
        return self.column[edge.target] - self.column[edge.source]

    def _tallest(self, edges: Iterable[Edge]) -> float:
        return max((self.label[edge].height for edge in edges), default=0.0)

    def _legs_of(self, name: str) -> list[tuple[Edge, float]]:
        """The legs of one node from left to right, each with its x from the node's middle, its label at its right."""
        legs = self._legs_at(name)
        x, places = (0.0 if len(legs) == 1 else -self.width / 2 + _GAP), []
        for edge in legs:
            places.append((edge, x))
            x += _NEAR + self.label[edge].width + _GAP
        return places

    def _legs_at(self, name: str) -> list[Edge]:
        return [edge for edge in self.legs if name in (edge.source, edge.target)]

    def _room_for_legs(self, name: str) -> float:
        """How wide a node must be for all of its legs to end at it."""
        return sum(_NEAR + self.label[edge].width + _GAP for edge in self._legs_at(name)[:-1]) + 1.7 * _GAP

    def _pitch(self) -> float:
        """The distance of neighbours that leaves room for the labels on the line and between the legs."""
        ends = [self.leg_x[edge] + _NEAR + self.label[edge].width + _GAP for edge in self.legs]
        starts = [self.leg_x[edge] for edge in self.legs]
        between_legs = max(ends, default=0.0) - min(starts, default=0.0)
        on_the_line = self.width + _GAP + max((self.label[edge].width for edge in self.steps), default=0.0)
        return max(between_legs, on_the_line)

    def _route(self, edge: Edge) -> Route:
        if edge in self.legs:
            return self._leg(edge)
        return self._step(edge) if edge in self.steps else self._lane(edge)

    def _step(self, edge: Edge) -> Route:
        start, end = self._x(edge.source) + self.width / 2, self._x(edge.target) - self.width / 2 - _TIP
        height = _NEAR + self.label[edge].height / 2
        return Route((LayoutPoint(start, 0), LayoutPoint(end, 0)), LayoutPoint((start + end - 8) / 2, height))

    def _leg(self, edge: Edge) -> Route:
        down = edge.target == self.graph.floor
        x = self._x(edge.source if down else edge.target) + self.leg_x[edge]
        top, bottom = -self.height / 2, -self.height / 2 - self.leg_length
        corners = (
            (LayoutPoint(x, top), LayoutPoint(x, bottom + _TIP))
            if down
            else (LayoutPoint(x, bottom), LayoutPoint(x, top - _TIP))
        )
        return Route(corners, LayoutPoint(x + _NEAR + self.label[edge].width / 2, (top + bottom) / 2), beside=True)

    def _lane(self, edge: Edge) -> Route:
        start, end = self._port(edge, edge.source), self._port(edge, edge.target)
        y = self.first_lane + self.lanes.index(edge) * self.lane_pitch
        corners = (
            LayoutPoint(start, self.height / 2),
            LayoutPoint(start, y),
            LayoutPoint(end, y),
            LayoutPoint(end, self.height / 2 + _TIP),
        )
        size = self.label[edge]
        from_start = min(_GAP + size.width / 2, abs(end - start) / 2)
        middle = start + from_start if end > start else start - from_start
        return Route(corners, LayoutPoint(middle, y + _NEAR / 2 + size.height / 2))

    def _port(self, edge: Edge, name: str) -> float:
        """Where a lane meets a node's upper side: spread evenly, in the order in which lanes do not cross."""
        here = [lane for lane in self.lanes if name in (lane.source, lane.target)]
        here.sort(key=lambda lane: self._bearing(lane, name))
        room = self.width - 2 * _GAP
        return self._x(name) + room * ((here.index(edge) + 0.5) / len(here) - 0.5)

    def _bearing(self, lane: Edge, name: str) -> tuple[bool, int]:
        """Lanes to the left come first, the shortest leading; then those to the right, the longest leading."""
        to_the_right = (self._span(lane) > 0) == (lane.source == name)
        return to_the_right, abs(self._span(lane)) * (-1 if to_the_right else 1)
