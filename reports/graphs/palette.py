"""How each kind of node and edge looks: the colour-blind safe hues of Okabe and Ito, on light and on dark.

Where a hue alone would be too faint to read as text, a darker or lighter shade of it stands in. Colour never
speaks alone: dashes, dots and widths say the same.
"""

from typing import NamedTuple

from broadcast_orchestrator.reports.graphs.graph import Edge


class Tone(NamedTuple):
    """The colours of a thing on one background: its lines, its text and its inside."""

    line: str
    text: str
    fill: str = "none"


class Appearance(NamedTuple):
    """A kind's colours on light and on dark, and how its line is drawn."""

    light: Tone
    dark: Tone
    stroke: str = "solid"
    width: float = 1.2


PAPER = Appearance(Tone("#c3cad1", "#1b2126", "#ffffff"), Tone("#48525c", "#e8ecf0", "#14181d"))
"""The background, its caption and the frames of its clusters."""

NODES: dict[str, Appearance] = {
    "plain": Appearance(Tone("#5f6b76", "#1b2126", "#f1f3f5"), Tone("#9aa5b1", "#e8ecf0", "#262c33")),
    "rest": Appearance(Tone("#0072b2", "#1b2126", "#e1eef7"), Tone("#56b4e9", "#e8ecf0", "#11304a")),
    "moving": Appearance(Tone("#b07a00", "#1b2126", "#fff3d1"), Tone("#e69f00", "#e8ecf0", "#3d2f08")),
    "live": Appearance(Tone("#007f5c", "#1b2126", "#d9f2e9"), Tone("#2dc99a", "#e8ecf0", "#0b3b2e")),
    "error": Appearance(Tone("#c25400", "#1b2126", "#fbe5d8"), Tone("#ff8a3d", "#e8ecf0", "#45210b")),
}

EDGES: dict[str, Appearance] = {
    "ordinary": Appearance(Tone("#46515c", "#343d46"), Tone("#a9b4bf", "#c5cdd5")),
    "path": Appearance(Tone("#1b2126", "#1b2126"), Tone("#e8ecf0", "#e8ecf0"), width=2.2),
    "failure": Appearance(Tone("#c25400", "#a84800"), Tone("#ff8a3d", "#ff9f61")),
    "forced": Appearance(Tone("#a8457f", "#963a70"), Tone("#e08fbd", "#eaa6cc"), "dashed", 1.4),
    "outside": Appearance(Tone("#c8102e", "#b00d27"), Tone("#ff5c6f", "#ff8592"), "solid", 2.6),
}

_TAKEN = Appearance(Tone("#0072b2", "#00598c"), Tone("#56b4e9", "#7cc6f0"))
_NEVER = Appearance(Tone("#c25400", "#a84800"), Tone("#ff8a3d", "#ff9f61"), "dotted", 2.2)


def edge_look(edge: Edge) -> tuple[str, Appearance]:
    """The style class of an edge and its look; where the takings were counted, the count decides its colour."""
    if edge.count is None or edge.kind == "outside":
        kind = edge.kind if edge.kind in EDGES else "ordinary"
        return kind, EDGES[kind]
    if edge.count == 0:
        return "never", _NEVER
    return "taken", _TAKEN._replace(
        stroke="dashed" if edge.kind == "forced" else "solid", width=1.0 + 0.5 * min(len(str(edge.count)), 7)
    )


def node_look(kind: str) -> tuple[str, Appearance]:
    """The style class of a kind of node and its look; a kind that nobody described looks plain."""
    return (kind, NODES[kind]) if kind in NODES else ("plain", NODES["plain"])


def _dark_rules() -> list[str]:
    edges = {**EDGES, "taken": _TAKEN, "never": _NEVER}
    return [
        f"{_SVG} .graph > polygon {{ fill: {PAPER.dark.fill} }}",
        f"{_SVG} text {{ fill: {PAPER.dark.text} }}",
        f"{_SVG} .cluster path {{ fill: {PAPER.dark.fill}; stroke: {PAPER.dark.line} }}",
        *(f"{_SVG} .node-{kind} path {{ fill: {x.dark.fill}; stroke: {x.dark.line} }}" for kind, x in NODES.items()),
        *(
            f"{_SVG} .edge-{kind} path {{ stroke: {x.dark.line} }} "
            f"{_SVG} .edge-{kind} polygon {{ fill: {x.dark.line}; stroke: {x.dark.line} }} "
            f"{_SVG} .edge-{kind} text {{ fill: {x.dark.text} }}"
            for kind, x in edges.items()
        ),
    ]


_SVG = "svg.state-graph"
STYLE_SHEET = "\n".join(
    [
        "",
        f"{_SVG}:not(:root) {{ max-width: 100%; height: auto }}",  # on a page; alone, a browser may zoom into it
        "@media (prefers-color-scheme: dark) {",
        *_dark_rules(),
        "}",
        "",
    ]
)
"""What a picture says about itself on a dark screen; every rule is bound to our own pictures."""
