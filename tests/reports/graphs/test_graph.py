"""The state graphs and their pictures: what they say, and that nothing in them hides anything else."""

import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import networkx as nx
import pygraphviz
import pytest
from drawn_graphs import ALL, NASTY, some_procedures

from broadcast_orchestrator.model.table import BroadcastState
from broadcast_orchestrator.properties.model_check.procedures import explore
from broadcast_orchestrator.properties.model_check.space import Survey, survey
from broadcast_orchestrator.properties.verification.rows_taken import explorer_rows
from broadcast_orchestrator.reports.commands import graph as graph_command
from broadcast_orchestrator.reports.commands.graph import GraphOptions
from broadcast_orchestrator.reports.graphs.drawing import render
from broadcast_orchestrator.reports.graphs.graph import Edge, Graph, Node, coverage_graph, from_networkx, table_graph
from broadcast_orchestrator.reports.graphs.space_graph import space_graph, sparkline
from broadcast_orchestrator.reports.graphs.witness_graph import witness_graph
from broadcast_orchestrator.reports.options.asked_broadcast import broadcast
from broadcast_orchestrator.reports.options.filtered_graph import belonging
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.sim.simulate.injection import Fault
from broadcast_orchestrator.sim.world.steps import Answer, Do, Effect, Step
from broadcast_orchestrator.sim.world.trace import Passage, take, walk

IDLE, INITIALIZING, READY, STARTING = map(BroadcastState, ("idle", "initializing", "ready", "starting"))


class Box(NamedTuple):
    """A rectangle of a picture, by its edges in points."""

    what: str
    left: float
    bottom: float
    right: float
    top: float


def around(what: str, at: str, width: float, height: float) -> Box:
    """The box of this size around a point as Graphviz writes it."""
    x, y = (float(number) for number in at.split(","))
    return Box(what, x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def label_box(edge: dict[str, object]) -> Box:
    """The place of an edge's label, from what Graphviz says about each of its lines."""
    drawn = edge["_ldraw_"]
    assert isinstance(drawn, list)
    lines = [step for step in drawn if step["op"] == "T"]
    size = next(step["size"] for step in drawn if step["op"] == "F")
    return around(str(edge["label"]), str(edge["lp"]), max(line["width"] for line in lines), size * len(lines))


def boxes(graph: Graph) -> list[Box]:
    """Every node and every edge label of a picture."""
    drawn = json.loads(render(graph, "json"))
    nodes = [box for box in drawn["objects"] if "pos" in box]
    sizes = [(box["name"], box["pos"], float(box["width"]) * 72, float(box["height"]) * 72) for box in nodes]
    return [around(*size) for size in sizes] + [label_box(edge) for edge in drawn["edges"] if "lp" in edge]


def overlap(one: Box, two: Box) -> bool:
    """Whether two boxes have more in common than an edge."""
    across = one.left < two.right and two.left < one.right
    return across and one.bottom < two.top and two.bottom < one.top


def arrows(graph: Graph) -> list[Box]:
    """The pieces of every arrow, by the arrow's id; in the pictures of the table they run along the axes."""
    found = []
    for edge in json.loads(render(graph, "json"))["edges"]:
        curve = next(step["points"] for step in edge["_draw_"] if step["op"] == "b")
        for (x1, y1), (x2, y2) in pairwise(curve):
            found.append(Box(edge["id"], min(x1, x2) - 1, min(y1, y2) - 1, max(x1, x2) + 1, max(y1, y2) + 1))
    return found


TABLES = {
    "plain": table_graph(),
    "never": table_graph({}),
    "once": table_graph({(READY, STARTING): 1_234_567}),
    "always": table_graph({(BroadcastState(source), BroadcastState(target)): 98_765 for source, target in ALL}),
}
"""Every kind of picture of the table."""

ASTRAY = replace(
    TABLES["plain"],
    edges=(
        *TABLES["plain"].edges,
        Edge("stopping", "ready", "astray"),
        Edge("idle", "live", "far too early to go live"),
    ),
)
"""The table with two changes that it does not allow, as a broken machine would take them."""


def test_the_table_has_seven_states() -> None:
    """The graph of the table has one node for each of the seven states, under the state's own name."""
    labels = [node.label for node in table_graph().nodes]
    assert labels == ["idle", "initializing", "ready", "starting", "live", "stopping", "error"]


def test_every_row_is_one_edge() -> None:
    """Each of the fifteen rows of the table and each of the three forced changes is drawn exactly once."""
    assert sorted((edge.source, edge.target) for edge in table_graph().edges) == ALL
    assert len(ALL) == 18


def test_every_edge_says_its_cause_in_short() -> None:
    """No edge of the table is without a cause, and no line of a cause is too long to read at a glance."""
    for edge in table_graph().edges:
        assert edge.label
        assert max(map(len, edge.label.split("\n"))) <= 31


def test_forced_edges_look_different() -> None:
    """The three forced changes, and they alone, are dashed and of a colour that no row of the table has."""
    lines = [line for line in str(render(table_graph(), "dot")).splitlines() if " -> " in line]
    dashed = [line for line in lines if 'style="dashed"' in line]
    assert sorted(tuple(re.findall(r'^"(\w+)" -> "(\w+)"', line)[0]) for line in dashed) == [
        ("initializing", "idle"),
        ("live", "idle"),
        ("starting", "idle"),
    ]
    colours = [
        {re.findall(r' color="(#\w+)"', line)[0] for line in some} for some in (dashed, set(lines) - set(dashed))
    ]
    assert len(colours[0]) == 1
    assert not colours[0] & colours[1]


def test_coverage_counts_every_row() -> None:
    """With counts, an edge says how often it was taken, and every other edge stands out as never taken."""
    graph = table_graph({(READY, STARTING): 1234})
    lines = [line for line in str(render(graph, "dot")).splitlines() if " -> " in line]
    assert [line for line in lines if "1,234×" in line] == [
        line for line in lines if line.startswith('"ready" -> "starting"')
    ]
    assert sum("never taken" in line and 'style="dotted"' in line for line in lines) == 17


def test_coverage_outside_the_table_stands_out() -> None:
    """A change that a broken core makes and the table does not list is drawn in red, with its count, and the caption
    says what red is."""
    graph = table_graph({(IDLE, STARTING): 12, (READY, BroadcastState.LIVE): 0})
    strange = [edge for edge in graph.edges if edge.kind == "outside"]
    assert [(edge.source, edge.target, edge.count) for edge in strange] == [("idle", "starting", 12)]
    assert "red: not in the table" in graph.caption
    assert "not in the table" in str(render(graph, "svg"))


@pytest.mark.parametrize(
    "graph", [*TABLES.values(), ASTRAY, some_procedures(12)], ids=[*TABLES, "astray", "procedures"]
)
def test_nothing_lies_over_anything(graph: Graph) -> None:
    """No label lies over a node or another label, and no two nodes overlap."""
    assert [(one.what, two.what) for one, two in combinations(boxes(graph), 2) if overlap(one, two)] == []


@pytest.mark.parametrize("graph", TABLES.values(), ids=TABLES)
def test_no_arrow_runs_through_a_label(graph: Graph) -> None:
    """In the pictures of the table no arrow touches the text of any label."""
    labels = boxes(graph)[7:]
    assert len(labels) == 18
    assert [(line.what, label.what) for line in arrows(graph) for label in labels if overlap(line, label)] == []


def test_no_two_arrows_cross() -> None:
    """In the picture of the table every arrow can be followed by eye: it neither crosses nor touches another."""
    touching = [(one, two) for one, two in combinations(arrows(table_graph()), 2) if overlap(one, two)]
    assert [(one.what, two.what) for one, two in touching if one.what != two.what] == []


@pytest.mark.parametrize("graph", TABLES.values(), ids=TABLES)
def test_nothing_is_cut_off(graph: Graph) -> None:
    """Every node and label lies inside the picture."""
    left, bottom, right, top = map(float, json.loads(render(graph, "json"))["bb"].split(","))
    margin = 14  # points of white around this box
    for box in boxes(graph):
        assert left - margin / 2 < box.left < box.right < right + margin / 2
        assert bottom - margin / 2 < box.bottom < box.top < top + margin / 2


def test_the_happy_path_is_one_straight_line_over_error() -> None:
    """From idle to stopping all states have one height and stand from left to right; error lies below them."""
    places = {box.what: box for box in boxes(table_graph())[:7]}
    line = [places[name] for name in ("idle", "initializing", "ready", "starting", "live", "stopping")]
    assert len({(box.bottom, box.top) for box in line}) == 1
    assert all(one.right < two.left for one, two in combinations(line, 2))
    assert places["error"].top < line[0].bottom


def test_an_svg_stands_alone() -> None:
    """The SVG is well-formed XML, draws its own background and refers to nothing outside itself."""
    svg = str(render(table_graph(), "svg"))
    root = ElementTree.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert {"script", "image", "use", "foreignObject", "a"}.isdisjoint(part.tag.split("}")[1] for part in root.iter())
    assert re.findall(r"https?://[^\"]*", svg) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"href|url\(|@import|<!DOCTYPE", svg)


def test_an_svg_suits_a_dark_screen() -> None:
    """Every class that the SVG uses has colours of its own for a dark screen."""
    for graph in (table_graph(), table_graph({(READY, STARTING): 1})):
        svg = str(render(graph, "svg"))
        dark = svg[svg.index("prefers-color-scheme: dark") : svg.index("</style>")]
        used = sorted(set(re.findall(r'class="(?:node|edge) ([\w-]+)"', svg)))
        assert len(used) >= 6
        assert all(f".{name} path" in dark for name in used)


def test_frames_suit_a_dark_screen() -> None:
    """The frames of clusters, which are white on light screens, are as dark as the rest of the picture on dark ones."""
    svg = str(render(some_procedures(2), "svg"))
    dark = svg[svg.index("prefers-color-scheme: dark") : svg.index("</style>")]
    paper = re.findall(r"\.graph &gt; polygon \{ fill: (#\w+) \}", dark)[0]
    assert f".cluster path {{ fill: {paper};" in dark


def test_pictures_on_one_page_keep_apart() -> None:
    """Two pictures may stand in one page: no id of one is an id of the other, nor does one occur twice."""
    page = "".join(str(render(TABLES[name], "svg")) for name in ("plain", "once"))
    ids = Counter(re.findall(r' id="([^"]+)"', page))
    assert len(ids) == 2 * (1 + 7 + 18)
    assert set(ids.values()) == {1}


def test_each_part_of_an_svg_names_what_it_shows() -> None:
    """Nodes and edges of the SVG can be found by `data-id`: the state, or "from->to"."""
    svg = ElementTree.fromstring(str(render(table_graph(), "svg")))
    named = [part.get("data-id") for part in svg.iter() if part.get("class", "").startswith(("node ", "edge "))]
    assert "live" in named
    assert "live->stopping" in named
    assert len(named) == 25


def test_png_is_sharp() -> None:
    """The PNG is an image of about twice the size, in pixels, that the SVG has in points."""
    svg = ElementTree.fromstring(str(render(table_graph(), "svg")))
    png = render(table_graph(), "png")
    assert isinstance(png, bytes)
    assert png.startswith(b"\x89PNG\r\n")
    width = int.from_bytes(png[16:20], "big")
    assert width == pytest.approx(2 * float(svg.get("width", "").removesuffix("pt")), abs=4)


@pytest.mark.parametrize("graph", [table_graph(), some_procedures(5)], ids=lambda graph: graph.name)
def test_dot_says_the_same_to_another_reader(graph: Graph) -> None:
    """The DOT, read back by the library itself, has the same nodes, edges and labels."""
    read = pygraphviz.AGraph(string=str(render(graph, "dot")))
    assert sorted(read.nodes()) == sorted(node.id for node in graph.nodes)
    assert sorted(read.edges()) == sorted((edge.source, edge.target) for edge in graph.edges)


def test_mermaid_is_well_formed() -> None:
    """The Mermaid text declares seven nodes, then eighteen links between declared nodes, three of them dashed."""
    lines = [line.strip() for line in str(render(table_graph(), "mermaid")).splitlines()]
    nodes = [match[1] for line in lines if (match := re.fullmatch(r'(n\d)\("[a-z]+"\):::\w+', line))]
    links = [match.groups() for line in lines if (match := re.fullmatch(r'(n\d) (-->|-\.->)\|"[^"|]+"\| (n\d)', line))]
    assert lines[0] == "flowchart LR"
    assert nodes == ["n0", "n1", "n2", "n3", "n4", "n5", "n6"]
    assert len(links) == 18
    assert sum(arrow == "-.->" for _, arrow, _ in links) == 3
    assert all(source in nodes and target in nodes for source, _, target in links)


def test_labels_are_text_and_nothing_else() -> None:
    """Quotes, markup, escapes and empty lines in a label are shown as they are and never read as instructions."""
    graph = Graph("nasty", (Node(NASTY, NASTY, cluster=NASTY), Node("b", "")), (Edge(NASTY, "b", NASTY),))
    svg = ElementTree.fromstring(str(render(graph, "svg")))
    shown = [(part.text or "").strip() for part in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert shown.count('a "b" <i>c</i> &amp; \\N') == 3
    assert shown.count("[x] | {y}; `--> #35;") == 3
    assert "<i>" not in str(render(graph, "mermaid"))


def test_networkx_attributes_are_kept() -> None:
    """Label, kind, cluster and count come from the attributes of the networkx graph; what is missing gets a default."""
    source: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    source.add_node(1, label="one", kind="live", cluster="on air")
    source.add_edge(1, 2, label="go", kind="path", count=3)
    source.add_edge(1, 2)
    graph = from_networkx(source, "two")
    assert graph.nodes == (Node("1", "one", "live", "on air"), Node("2", "2", "plain", ""))
    assert graph.edges == (Edge("1", "2", "go", "path", 3), Edge("1", "2", "", "ordinary", None))


def test_networkx_nodes_must_be_told_apart() -> None:
    """Two nodes with the same text are refused, for their edges would be drawn as one node's."""
    with pytest.raises(ValueError, match="graph 'twins': two nodes have the same text"):
        from_networkx(nx.DiGraph([(1, "1")]), "twins")


def test_hundreds_of_nodes_are_drawn() -> None:
    """A graph of three hundred nodes is drawn with every node, grouped in one frame for each state."""
    svg = str(render(some_procedures(100), "svg"))
    assert svg.count('class="node ') == 300
    assert svg.count('class="cluster"') == 3


def test_same_graph_same_bytes() -> None:
    """Each format gives the same bytes again, also with another hash seed and other font settings."""
    formats = ("svg", "png", "dot", "mermaid", "json")
    code = (
        "import hashlib\nfrom broadcast_orchestrator.reports.graphs.drawing import render\n"
        "from broadcast_orchestrator.reports.graphs.graph import table_graph\n"
        f"for name in {formats}:\n"
        "    got = render(table_graph(), name)\n"
        "    print(hashlib.sha256(got if isinstance(got, bytes) else got.encode()).hexdigest())"
    )
    settings = ({"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2", "FONTCONFIG_FILE": "no such file"})
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=env) for env in settings]
    assert len(runs[0].stdout.split()) == 5
    assert runs[0].stdout == runs[1].stdout
    assert runs[0].stderr == b""


@pytest.mark.parametrize("suffix", [".svg", ".png", ".mmd", ".puml"])
def test_the_dot_lies_beside_the_picture(tmp_path: Path, suffix: str) -> None:
    """Writing a picture writes its DOT beside it."""
    picture = tmp_path / f"table{suffix}"
    assert graph_command.run(asked=GraphOptions("table", out=picture)) == 0
    assert sorted(tmp_path.iterdir()) == sorted([picture, tmp_path / "table.dot"])
    content = render(table_graph(), {".mmd": "mermaid", ".puml": "plantuml"}.get(suffix, suffix[1:]))
    assert picture.read_bytes() == (content if isinstance(content, bytes) else content.encode())
    assert (tmp_path / "table.dot").read_text(encoding="utf-8") == render(table_graph(), "dot")


def test_unknown_formats_are_named(tmp_path: Path) -> None:
    """An unknown format or suffix is refused with those that are known, and nothing is written."""
    with pytest.raises(ValueError, match="picture format 'pgn': unknown, did you mean 'png'"):
        render(table_graph(), "pgn")
    with pytest.raises(BadInput, match=r"no format has the suffix '.svgz', try one of .*\.svg"):
        graph_command.run(asked=GraphOptions("table", out=tmp_path / "table.svgz"))
    assert list(tmp_path.iterdir()) == []


# -- Coverage -------------------------------------------------------------------------------------

COUNTED = {"explorer": {(READY, STARTING): 1234, (IDLE, INITIALIZING): 5}, "simulator": {(READY, STARTING): 7}}


def test_coverage_names_every_engine() -> None:
    """An arrow says how often each engine took it, and that an engine never did; one that none took stands out."""
    lines = [line for line in str(render(coverage_graph(COUNTED), "dot")).splitlines() if " -> " in line]
    label = {line.split(" [")[0]: re.findall(r' label="(.*?)" ', line)[0] for line in lines}
    assert label['"ready" -> "starting"'] == r"start\nexplorer 1,234×\nsimulator 7×"
    assert label['"idle" -> "initializing"'] == r"initialize\nexplorer 5×\nsimulator never"
    assert sum("never taken" in line and 'style="dotted"' in line for line in lines) == 16


def test_arrows_end_at_their_nodes() -> None:
    """However wide the labels are, each arrow between a state and error begins or ends under that state's box."""
    drawn = json.loads(render(coverage_graph({"a very long name for an engine": {}, **COUNTED}), "json"))
    name = [box["name"] for box in drawn["objects"]]
    box = {each["name"]: around(each["name"], each["pos"], float(each["width"]) * 72, 1) for each in drawn["objects"]}
    legs = [edge for edge in drawn["edges"] if "error" in (name[edge["tail"]], name[edge["head"]])]
    assert len(legs) == 8
    for edge in legs:
        state = next(end for end in (name[edge["tail"]], name[edge["head"]]) if end != "error")
        x = next(step["points"] for step in edge["_draw_"] if step["op"] == "b")[0][0]
        assert box[state].left < x < box[state].right


# -- One run --------------------------------------------------------------------------------------


def a_run(*faults: Fault) -> tuple[Passage, ...]:
    """A broadcast in which this goes wrong."""
    return tuple(walk(broadcast(0, faults).trace))


def test_a_witness_is_a_path_with_every_step() -> None:
    """The path leads from the first place to the last, and each step stands once at an arrow, by its number."""
    run = a_run(Fault("host.start", "refuse", first=1))
    graph = witness_graph(run)
    numbers = [int(number) for edge in graph.edges for number in re.findall(r"^(\d+)\. ", edge.label, re.MULTILINE)]
    assert sorted(numbers) == list(range(1, len(run) + 1))
    assert [node.id for node in graph.nodes if node.label.endswith("(begins here)")] == ["idle"]
    assert [node.id for node in graph.nodes if node.label.endswith("(ends here)")] == ["ready"]
    edges = {(edge.source, edge.target): edge for edge in graph.edges}
    failing = edges[
        "starting / start_broadcast / forward / host.start", "starting / start_broadcast / rollback / host.stop"
    ]
    assert failing.kind == "failure"
    assert "host.start fails [F1 refuse]" in failing.label
    assert ("ready", "starting / start_broadcast / forward / live_feed.start") in edges
    assert {node.cluster for node in graph.nodes} == {"idle", "initializing", "ready", "starting", "error"}


def test_a_witness_comes_the_same_way_twice() -> None:
    """An arrow that is taken again has the steps of both times, in their order."""
    off = ("producer", "host", "session", "live_feed")
    steps: list[Step] = [Do("initialize"), Effect("host", 0), Answer("host", 0, ok=True)]
    stop: list[Step] = [
        Do("emergency_stop"),
        *(Effect(service, 0) for service in off),
        *(Answer(service, 0, ok=True) for service in off),
    ]
    graph = witness_graph(tuple(take([*steps, *stop, *stop])))
    again = [edge for edge in graph.edges if "emergency_stop" in edge.label]
    assert [re.findall(r"^(\d+)\. a caller", edge.label, re.MULTILINE) for edge in again] == [["13"], ["4"]]
    looped = [edge for edge in graph.edges if edge.source == edge.target]
    assert looped == []


def test_a_witness_shows_what_is_broken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A step that breaks a guarantee is marked where it stands, and named under the picture."""
    run = a_run()
    graph = witness_graph(run, {3: "G4: something is left on"})
    (marked,) = [edge for edge in graph.edges if "✗ G4: something is left on" in edge.label]
    assert (marked.kind, "3. host.initialize succeeds" in marked.label) == ("failure", True)
    assert graph.caption.endswith("G4: something is left on (step 3)")


def test_a_run_without_a_step_has_no_path() -> None:
    """An empty run is refused."""
    with pytest.raises(ValueError, match="a run without a step has no path"):
        witness_graph(())


# -- The explored space ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def space() -> Survey:
    """The space without a fault."""
    return survey(0)


def test_the_space_is_measured(space: Survey) -> None:
    """Without a fault there are 998 worlds on 51 levels, none of them in error, and one component that cannot be left
    holds most of them."""
    assert (space.states, space.transitions, space.depth) == (998, 2875, 50)
    assert sum(space.widths) == sum(space.by_state.values()) == 998
    assert space.widths[:4] == (1, 2, 1, 6)
    assert space.by_state[BroadcastState("error")] == 0
    assert (space.components, space.largest, space.final) == (5, 947, 1)


def test_the_space_is_drawn_on_the_table(space: Survey) -> None:
    """Each state says how many worlds are in it, each row how many transitions took it; shape and size stand below."""
    graph = space_graph(space)
    assert [node.label for node in graph.nodes][:2] == ["idle\n176 worlds", "initializing\n19 worlds"]
    assert {(edge.source, edge.target): edge.count for edge in graph.edges}["starting", "live"] == 2
    lines = graph.caption.split("\n")
    assert lines[0] == "998 worlds and 2,875 transitions with no fault, commands racing"
    assert lines[1] == "at most 2 calls a service that nobody waits for any more"
    assert lines[2] == "50 steps deep; widest at 35 steps, with 65 worlds"
    assert lines[3] == "5 strongly connected components, the largest of 947 worlds; 1 cannot be left"
    assert len(lines[5].removeprefix("worlds by steps: 0 ").removesuffix(" 50")) == 51
    assert "998 worlds" in str(render(graph, "mermaid")).replace("#44;", ",")


def test_the_explorer_counts_transitions(space: Survey) -> None:
    """Coverage counts, for the explorer, the transitions of the searches: without a fault those of the space above."""
    assert explorer_rows(0, classes=("F1",)) == space.rows


def test_bars_are_as_high_as_their_numbers() -> None:
    """The largest number has the highest bar, none the lowest."""
    assert sparkline((0, 50, 100)) == "▁▅█"


# -- Part of a graph ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def procedures() -> Graph:
    """The procedures' graph, with one fault."""
    return from_networkx(explore(faults=1).procedures, "procedures")


def test_a_filter_keeps_what_belongs_to_a_word(procedures: Graph) -> None:
    """What belongs to a phase stays, in its order; of all else there is one box for each state that leads in or out."""
    part = belonging(procedures, "rollback")
    inside = [node.id for node in part.nodes if node.cluster]
    assert [id.split(" / ")[2:] for id in inside] == [
        ["rollback", each] for each in ("live_feed.stop", "session.end", "host.stop", "producer.stop", "convex.idle")
    ]
    assert [node.id for node in part.nodes if not node.cluster] == ["from starting", "to starting", "to error"]
    for edge in part.edges:
        assert edge.source in inside or edge.target in inside


@pytest.mark.parametrize(
    ("word", "nodes"), [("starting", 14), ("emergency_stop", 28), ("delay", 1), ("convex.live", 1), ("convex", 4)]
)
def test_a_filter_takes_any_kind_of_word(procedures: Graph, word: str, nodes: int) -> None:
    """States, commands, phases, operations and services can be asked for."""
    assert sum(bool(node.cluster) for node in belonging(procedures, word).nodes) == nodes


def test_a_filter_keeps_every_arrow_of_a_state() -> None:
    """Of the table's arrows those stay that begin or end in the state, each with its label."""
    part = belonging(table_graph(), "live")
    assert [(edge.source, edge.target, edge.label) for edge in part.edges] == [
        ("from starting", "live", "startup\ndone"),
        ("live", "to stopping", "stop"),
        ("live", "to error", "service\nfailed"),
        ("live", "to idle", "emergency stop"),
    ]


def test_nothing_lies_over_anything_in_a_part(procedures: Graph) -> None:
    """The filtered pictures are as clean as the whole ones."""
    for word in ("rollback", "starting", "recover"):
        found = boxes(belonging(procedures, word))
        assert [(one.what, two.what) for one, two in combinations(found, 2) if overlap(one, two)] == []


def test_an_unknown_filter_names_the_nearest(procedures: Graph) -> None:
    """A word that nothing belongs to is refused with the nearest one that something does."""
    with pytest.raises(
        BadInput, match="--filter rolback: nothing in this graph belongs to that, did you mean rollback"
    ):
        belonging(procedures, "rolback")


# -- What is asked for ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (GraphOptions("witness"), "add --trace FILE"),
        (GraphOptions("table", trace=Path("run.jsonl")), "--trace and --rules: go with --what witness"),
        (GraphOptions("table", faults=1), "--faults: goes with --what procedures, coverage, space"),
        (GraphOptions("table", report=Path("report")), "--from: goes with --what coverage"),
        (GraphOptions("coverage", faults=1, report=Path("report")), "leave out --faults and --seed"),
        (GraphOptions("coverage", report=Path("no-such-file")), "--from no-such-file: cannot be read: No such file"),
        (GraphOptions("space", faults=2), "--faults 2: expected a number from 0 to 1 with --what space"),
        (GraphOptions("procedures", form="scxml"), "--format scxml: is for --what table, not for procedures"),
        (GraphOptions("table", form="itf"), "--format itf: is for --what witness, not for table"),
        (GraphOptions("table", form="tla", about="live"), "--filter live: is for pictures, not for tla"),
        (GraphOptions("table", about="lvie"), "did you mean live"),
        (GraphOptions("table", out=Path("my machine.tla")), "try Broadcast.tla"),
        (GraphOptions("witness", trace=Path("no-such-file")), "no-such-file: cannot be read"),
    ],
)
def test_what_makes_no_sense_is_refused(asked: GraphOptions, words: str) -> None:
    """Options that do not go together, or lead to nothing, are refused with what to try."""
    with pytest.raises(BadInput, match=re.escape(words)):
        graph_command.run(asked=asked)


def test_coverage_is_taken_from_a_report(tmp_path: Path) -> None:
    """The counts of a `report.json` are drawn, engine by engine, and nothing is searched; a state that is none of the
    guide's is told with what to try."""
    row = {"source": "idle", "target": "initializing", "forced": False, "taken": {"explorer": 12, "simulator": 3}}
    report = {
        "format": 1, "verdict": "proved", "sentence": "", "faults": 1, "seed": 0, "cells": [], "claims": [],
        "space": {"states": 1, "transitions": 1, "depth": 1, "bounds": []}, "findings": [], "clauses": [],
        "transitions_covered": [row], "environment": {},
    }  # fmt: skip
    (tmp_path / "report.json").write_text(json.dumps(report))
    graph_command.run(asked=GraphOptions("coverage", report=tmp_path, out=tmp_path / "coverage.dot"))
    edge = next(line for line in (tmp_path / "coverage.dot").read_text().splitlines() if '"idle" -> "init' in line)
    assert "explorer 12" in edge
    assert "simulator 3" in edge
    (tmp_path / "report.json").write_text(json.dumps(report).replace("idle", "idling"))
    with pytest.raises(BadInput, match=r"'idling' is not a valid BroadcastState; try a report of this version"):
        graph_command.run(asked=GraphOptions("coverage", report=tmp_path))


def test_a_run_that_cannot_happen_is_not_drawn(tmp_path: Path) -> None:
    """A trace that diverges is refused with the step at which it does, and nothing is written."""
    studio = broadcast(0)
    lines = studio.trace.to_text().splitlines(keepends=True)
    (tmp_path / "run.jsonl").write_text("".join([lines[0], *lines[2:]]))
    with pytest.raises(BadInput, match=r"run.jsonl: diverges at step 1: "):
        graph_command.run(asked=GraphOptions("witness", trace=tmp_path / "run.jsonl", out=tmp_path / "run.svg"))
    assert [path.name for path in tmp_path.iterdir()] == ["run.jsonl"]


@pytest.mark.parametrize("suffix", [".svg", ".png", ".dot", ".mmd", ".puml", ".itf.json"])
def test_a_run_is_written_in_each_format(tmp_path: Path, suffix: str) -> None:
    """A run can be had as each kind of picture, and as a trace for other tools."""
    broadcast(0).trace.save(tmp_path / "run.jsonl")
    graph_command.run(asked=GraphOptions("witness", trace=tmp_path / "run.jsonl", out=tmp_path / f"seen{suffix}"))
    assert (tmp_path / f"seen{suffix}").stat().st_size > 500


@pytest.mark.parametrize(("suffix", "beside"), [(".scxml", []), (".xstate.json", []), (".tla", ["cfg"])])
def test_the_machine_is_written_for_other_tools(tmp_path: Path, suffix: str, beside: list[str]) -> None:
    """The table can be had in each format of another machine, a TLA+ module with what TLC is to check."""
    file = tmp_path / f"Show{suffix}"
    graph_command.run(asked=GraphOptions("table", out=file))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([file.name, *(f"Show.{each}" for each in beside)])
    assert ("MODULE Show " in file.read_text(encoding="utf-8")) == (suffix == ".tla")


def test_a_picture_alone_can_be_zoomed() -> None:
    """An SVG has its own size and a view box; only on a page it shrinks to the room that it has."""
    svg = str(render(table_graph(), "svg"))
    width, height = re.findall(r'<svg [^>]*width="([\d.]+)pt" height="([\d.]+)pt"', svg)[0]
    assert re.findall(r'viewBox="0.00 0.00 ([\d.]+) ([\d.]+)"', svg)[0] == (
        f"{float(width):.2f}",
        f"{float(height):.2f}",
    )
    assert "svg.state-graph:not(:root) { max-width: 100%; height: auto }" in svg
