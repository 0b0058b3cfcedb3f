"""The machine and its runs in other tools' formats: each loaded by such a tool, or held to the format's rules."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import networkx as nx
import pytest
import statemachine.io
from drawn_graphs import ALL, NASTY, some_procedures
from node_parts import need
from places import TESTS
from tla_reader import VARIABLES, Module, State, followers, initial, parse
from tlc import explored

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.events import Transition
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.table import BroadcastState
from broadcast_orchestrator.properties.model_check.procedures import ProcedurePlace, moves, place_of
from broadcast_orchestrator.reports.graphs.graph import Edge, Graph, Node, table_graph
from broadcast_orchestrator.reports.graphs.plantuml import plantuml_text
from broadcast_orchestrator.reports.interchange.itf import itf_text
from broadcast_orchestrator.reports.interchange.machine import arrows
from broadcast_orchestrator.reports.interchange.scxml import scxml_text
from broadcast_orchestrator.reports.interchange.tla import cfg_text, tla_text
from broadcast_orchestrator.reports.interchange.xstate import xstate_text
from broadcast_orchestrator.reports.options.asked_broadcast import broadcast
from broadcast_orchestrator.sim.explore.explorer import explore
from broadcast_orchestrator.sim.explore.state_space import Bounds, StateSpace
from broadcast_orchestrator.sim.explore.symmetry import canonical_world
from broadcast_orchestrator.sim.simulate.injection import Fault
from broadcast_orchestrator.sim.world.faults import LATE
from broadcast_orchestrator.sim.world.steps import Mark
from broadcast_orchestrator.sim.world.trace import Passage, walk
from broadcast_orchestrator.sim.world.world import Scope, World, happen

STATES = ["idle", "initializing", "ready", "starting", "live", "stopping", "error"]
EVENTS = """
idle: system_init initializing, service_failed error, residue error
initializing: dependency_ready ready, initialization_failed error, emergency_stop idle
ready: start_requested starting, emergency_stop idle, service_failed error
starting: startup_complete live, startup_failed error, emergency_stop idle
live: stop_requested stopping, service_failed error, emergency_stop idle
stopping: shutdown_complete idle, emergency_stop idle, shutdown_failed error
error: recovery idle, shutdown_complete idle, emergency_stop idle, system_init initializing
"""
EDGES = sorted(
    (line.split(": ")[0], *each.split(" "))
    for line in EVENTS.strip().splitlines()
    for each in line.split(": ")[1].split(", ")
)
"""Each state, each reason to leave it, and where that leads."""


# -- The machine ----------------------------------------------------------------------------------


def reasons(scope: Scope, older: int) -> set[tuple[str, str, str]]:
    """Every change of state in a search, with the reason that the core gives."""
    start = World(core=CoreState(config=OrchestratorConfig(max_retries=1)))
    found = explore(StateSpace(scope, bounds=Bounds(older)), start)
    return {
        (effect.source.value, effect.reason, effect.target.value)
        for choice, taken in zip(found.space.choices, found.taken.tolist(), strict=True)
        for effect in choice.effects
        if isinstance(effect, Transition) and taken
    }


def test_its_events_are_the_reasons_of_the_core() -> None:
    """Emergency stops at any moment, a lost service, and two refused calls let the core give each reason where the
    machine has it, and no other one."""
    racing = reasons(Scope(racing=True), older=1)
    losing = reasons(Scope(faults=("F9",), limit=1), older=0)
    refusing = reasons(Scope(faults=("F1",), limit=2), older=0)
    assert sorted(racing | losing | refusing) == EDGES


def test_the_machine_is_deterministic_and_has_every_row() -> None:
    """In no state has an event two targets, and the targets are the fifteen rows and the three forced changes."""
    every = [(arrow.row.source, arrow.event, arrow.row.target) for state in BroadcastState for arrow in arrows(state)]
    assert sorted(every) == EDGES
    assert len({(source, event) for source, event, _ in every}) == len(every)
    assert sorted({(source, target) for source, _, target in every}) == ALL


# -- SCXML ----------------------------------------------------------------------------------------


def test_scxml_runs_in_an_interpreter(tmp_path: Path) -> None:
    """An SCXML interpreter loads the file, begins in idle, and goes where the machine goes, from every state."""
    file = tmp_path / "broadcast.scxml"
    file.write_text(scxml_text(), encoding="utf-8")
    chart = statemachine.io.load(file)
    assert list(chart().configuration_values) == ["idle"]
    taken = []
    for state in STATES:
        for event in sorted({event for _, event, _ in EDGES}):
            machine = chart(start_value=state)
            if event in [str(each.id) for each in machine.enabled_events()]:
                machine.send(event)
                taken.append((state, event, next(iter(machine.configuration_values))))
    assert sorted(taken) == EDGES


def test_scxml_is_closed() -> None:
    """Each id is there once, the initial state and every target are ids, and no element is unknown to SCXML."""
    root = ElementTree.fromstring(scxml_text())
    name = "{http://www.w3.org/2005/07/scxml}"
    ids = [state.get("id") for state in root.iter(f"{name}state")]
    assert ids == STATES
    assert root.get("initial") in ids
    assert root.get("version") == "1.0"
    assert {transition.get("target") for transition in root.iter(f"{name}transition")} <= set(ids)
    assert {part.tag.removeprefix(name) for part in root.iter()} == {"scxml", "state", "transition"}


# -- XState ---------------------------------------------------------------------------------------

NODE = TESTS / "node"


def test_xstate_finds_the_same_states_and_edges(tmp_path: Path) -> None:
    """XState makes a machine of the file; its graph utilities reach all seven states, by the same edges as ours."""
    node = need(NODE)
    file = tmp_path / "broadcast.xstate.json"
    file.write_text(xstate_text(), encoding="utf-8")
    command = [node, str(NODE / "xstate_edges.mjs"), str(file)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    found = json.loads(ran.stdout)
    assert found["states"] == STATES
    assert sorted(found["reached"]) == sorted(STATES)
    assert sorted(map(tuple, found["edges"])) == EDGES


def test_xstate_says_why() -> None:
    """Each transition carries its cause, its clause and its reading; the three forced ones are marked."""
    states = json.loads(xstate_text())["states"]
    transitions = [each for state in states.values() for each in state["on"].values()]
    assert all(each["description"] and each["meta"]["clause"] for each in transitions)
    assert sum(each["meta"]["forced"] for each in transitions) == 3
    assert states["ready"]["on"]["emergency_stop"] == {
        "target": "idle",
        "description": "emergency_stop",
        "meta": {"clause": "ST-4", "reading": "R13", "forced": False},
    }


# -- PlantUML -------------------------------------------------------------------------------------

LINES = (
    r"@startuml|@enduml|\}|hide empty description|left to right direction",
    r"(title|caption) .+",
    r'state "[^"]+" as n\d+ #[0-9a-f]{6}',
    r'state "[^"]+" as c\d+ \{',
    r"n\d+ -\[#[0-9a-f]{6}(,dashed|,dotted)?\]-> n\d+( : .+)?",
)
NASTY_GRAPH = Graph("nasty", (Node(NASTY, NASTY, cluster=NASTY), Node("b", "")), (Edge(NASTY, "b", NASTY),))
GRAPHS = {"table": table_graph(), "covered": table_graph({}), "procedures": some_procedures(12), "nasty": NASTY_GRAPH}


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
def test_plantuml_keeps_to_a_small_grammar(graph: Graph) -> None:
    """Every line is one of the few kinds that we use of PlantUML, and each state is declared before it is used."""
    lines = plantuml_text(graph).splitlines()
    assert lines[0] == "@startuml"
    assert lines[-1] == "@enduml"
    assert [line for line in lines if not re.fullmatch("|".join(f"({each})" for each in LINES), line.strip())] == []
    declared = re.findall(r'^ *state "[^"]+" as (n\d+)', "\n".join(lines), re.MULTILINE)
    used = re.findall(r"^(n\d+) -.*-> (n\d+)", "\n".join(lines), re.MULTILINE)
    assert len(declared) == len(graph.nodes)
    assert len(used) == len(graph.edges)
    assert {end for ends in used for end in ends} <= set(declared)


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
def test_plantuml_itself_reads_it(graph: Graph) -> None:
    """PlantUML, where it is installed, takes the text for a state diagram with as many states as the graph has
    nodes."""
    if shutil.which("plantuml") is None:
        pytest.skip("needs plantuml, a package of Debian: apt-get install plantuml")
    command = ["plantuml", "-syntax"]
    ran = subprocess.run(command, input=plantuml_text(graph), capture_output=True, text=True, check=False, timeout=60)
    assert ran.stdout.split("\n")[:2] == ["STATE", f"({len(graph.nodes)} entities)"]


# -- ITF ------------------------------------------------------------------------------------------

EXPRESSION: dict[str, Any] = {
    "anyOf": [
        {"type": ["string", "boolean"]},
        {"type": "integer", "exclusiveMinimum": -(2**53), "exclusiveMaximum": 2**53},
        {"type": "array", "items": {"$ref": "#/$defs/expression"}},
        *(
            {
                "type": "object",
                "required": [name],
                "additionalProperties": False,
                "properties": {name: {"type": "array", "items": {"$ref": "#/$defs/expression"}}},
            }
            for name in ("#set", "#tup")
        ),
        {
            "type": "object",
            "required": ["#bigint"],
            "additionalProperties": False,
            "properties": {"#bigint": {"type": "string", "pattern": "^-?[0-9]+$"}},
        },
        {
            "type": "object",
            "required": ["#map"],
            "additionalProperties": False,
            "properties": {
                "#map": {
                    "type": "array",
                    "items": {
                        "type": "array",
                        "minItems": 2,
                        "maxItems": 2,
                        "items": {"$ref": "#/$defs/expression"},
                    },
                }
            },
        },
        {
            "type": "object",
            "required": ["#unserializable"],
            "additionalProperties": False,
            "properties": {"#unserializable": {"type": "string"}},
        },
        {
            "type": "object",
            "propertyNames": {"pattern": "^[^#]"},
            "additionalProperties": {"$ref": "#/$defs/expression"},
        },
    ]
}
ITF: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$defs": {"expression": EXPRESSION},
    "type": "object",
    "required": ["vars", "states"],
    "additionalProperties": False,
    "properties": {
        "#meta": {"type": "object"},
        "params": {"type": "array", "items": {"type": "string"}},
        "vars": {"type": "array", "items": {"type": "string"}, "uniqueItems": True, "minItems": 1},
        "loop": {"type": "integer", "minimum": 0},
        "states": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {"#meta": {"type": "object"}},
                "patternProperties": {"^[^#]": {"$ref": "#/$defs/expression"}},
                "additionalProperties": False,
            },
        },
    },
}
"""The rules of the Informal Trace Format (Apalache's ADR 15), in our own words."""


def a_run() -> tuple[Passage, ...]:
    """A start that fails, is rolled back, and is recovered from."""
    return tuple(walk(broadcast(0, (Fault("host.start", "refuse", first=1),)).trace))


def test_itf_keeps_to_its_rules() -> None:
    """The trace is of the format, each state gives each variable a value, and no value but those."""
    trace = json.loads(itf_text(a_run(), "run.jsonl"))
    jsonschema.Draft202012Validator(ITF).validate(trace)
    assert trace["#meta"]["format"] == "ITF"
    assert trace["#meta"]["source"] == "run.jsonl"
    for state in trace["states"]:
        assert sorted(state) == sorted(["#meta", *trace["vars"]])


def test_the_rules_of_itf_bite() -> None:
    """A state with a null, an integer that is too large for JSON, or a set that is half a record is refused."""
    for wrong in (None, 2**60, {"#set": [], "size": 0}, {"#bigint": 3}):
        broken = {"vars": ["x"], "states": [{"x": wrong}]}
        assert not jsonschema.Draft202012Validator(ITF).is_valid(broken)


def test_itf_tells_the_run() -> None:
    """There is a state more than steps; the states, what is on and what is waited for are those of the run."""
    run = a_run()
    states = json.loads(itf_text(run))["states"]
    assert len(states) == len(run) + 1
    passed = [
        state["state"]
        for before, state in zip([{"state": ""}, *states], states, strict=False)
        if state["state"] != before["state"]
    ]
    assert passed == ["idle", "initializing", "ready", "starting", "error", "ready"]
    on = [state["on"]["#set"] for state in states]
    assert on[0] == on[-1] == []
    assert ["live_feed", "session"] in on
    assert next(state["waiting"] for state in states if state["phase"] == "rollback") == ["host.stop"]
    assert states[-1]["faults"] == {"#bigint": "1"}
    assert any("host.start fails [F1 refuse]" in state["action"] for state in states)


# -- TLA+ -----------------------------------------------------------------------------------------

LABELS = {
    "Initialize": "initialize",
    "StartBroadcast": "start_broadcast",
    "StopBroadcast": "stop_broadcast",
    "Recover": "recover",
    "EmergencyStop": "emergency_stop",
    "Ok": "ok",
    "Failed": "failed",
    "TimedOut": "timed out",
    "NotWaitedFor": "not waited for",
    "DelayOver": "delay over",
}
"""The actions of the module, and the moves of the reference that they stand for."""


def module(faults: int, retries: int = 1) -> Module:
    """Our module, for this many faults, and retries of an initialization."""
    return Module(tla_text(), MaxFaults=faults, MaxRetries=retries, AutoRecovery=True)


def reached(tla: Module) -> Iterator[tuple[State, str, State]]:
    """Every step of the module from every state that it reaches."""
    found = {initial(tla): None}
    waiting = list(found)
    for state in waiting:
        for action, after in followers(tla, state):
            yield state, action, after
            if after not in found:
                found[after] = None
                waiting.append(after)


def place(state: State) -> ProcedurePlace:
    """Where the module's core stands."""
    core = state[0]
    command, phase = ("" if core[name] == "none" else core[name] for name in ("command", "phase"))
    return ProcedurePlace(core["path"][-1], command, phase, core["waiting"][0] if core["waiting"] else "")


def moves_of_the_module(steps: Iterable[tuple[State, str, State]]) -> set[tuple[ProcedurePlace, str, ProcedurePlace]]:
    """The steps that lead from one place to another."""
    made = {(place(here), LABELS[action], place(there)) for here, action, there in steps}
    return {(here, label, there) for here, label, there in made if here != there}


def moves_of_the_reference(faults: int, retries: int = 1) -> set[tuple[ProcedurePlace, str, ProcedurePlace]]:
    """The moves from place to place that the reference makes, as far as the module has them too."""
    start = canonical_world(World(core=CoreState(config=OrchestratorConfig(max_retries=retries))))
    found, waiting, made = {start}, [start], set()
    for world in waiting:
        for move in moves(world):
            late = any(isinstance(step, Mark) and step.fault == LATE for step in move.steps)
            if move.label not in LABELS.values() or late or world.faults + move.faults > faults:
                continue
            after = world
            for step in move.steps:
                after, _ = happen(after, step)
            after = canonical_world(after)._replace(faults=world.faults + move.faults)
            made.add((place_of(world.core), move.label, place_of(after.core)))
            if after not in found:
                found.add(after)
                waiting.append(after)
    return {(here, label, there) for here, label, there in made if here != there}


@pytest.fixture(scope="module")
def steps() -> list[tuple[State, str, State]]:
    """Everything that the module does with one fault."""
    return list(reached(module(1)))


def test_tla_is_well_formed() -> None:
    """A parser of TLA+ finds no mistake in the module, and one where a bracket is missing."""
    parse(tla_text())
    with pytest.raises(SyntaxError):
        parse(tla_text().replace("Proceed(Confirm(Answered,", "Proceed(Confirm((Answered,"))


def test_tla_has_the_table() -> None:
    """The module's table is the fifteen rows and the three forced edges."""
    tla = module(0)
    assert sorted(tla.ask("Table", {}) | tla.ask("Forced", {})) == ALL
    assert len(tla.ask("Forced", {})) == 3


def test_tla_does_what_the_reference_does(steps: list[tuple[State, str, State]]) -> None:
    """With one fault the module goes from place to place exactly as the reference does, by the same moves."""
    ours = moves_of_the_module(steps)
    assert ours == moves_of_the_reference(1)
    assert len(ours) == 167


def test_tla_counts_its_attempts() -> None:
    """Without a retry, and without a second fault for one, an initialization fails at once, as in the reference."""
    ours = moves_of_the_module(reached(module(1, retries=0)))
    assert ours == moves_of_the_reference(1, retries=0)
    assert (
        ProcedurePlace("initializing", "initialize", "attempt", "host.initialize"),
        "failed",
        ProcedurePlace("error"),
    ) in ours


def test_tla_keeps_its_invariants(steps: list[tuple[State, str, State]]) -> None:
    """Its invariants hold in each of its 1,458 states, and every step of its 3,299 keeps to the table."""
    tla = module(1)
    states = {here for here, _, _ in steps}
    assert (len(states), len(steps)) == (1458, 3299)
    for state in states:
        env = dict(zip(VARIABLES, state, strict=True))
        assert all(tla.ask(name, env) for name in ("TypeOK", "NothingLeftOn", "LiveIsOn"))
    table, forced = tla.ask("Table", {}), tla.ask("Forced", {})
    for here, _, there in steps:
        path = there[0]["path"]
        allowed = table | forced if here[0]["command"] == "emergency_stop" else table
        assert set(pairwise(path)) <= allowed


def test_tla_settles(steps: list[tuple[State, str, State]]) -> None:
    """No procedure of the module goes on for ever: its busy states have no cycle, and each can go on."""

    def busy(state: State) -> bool:
        return bool(state[0]["command"] != "none")

    graph = nx.DiGraph((here, there) for here, _, there in steps if busy(here) and busy(there))
    assert nx.is_directed_acyclic_graph(graph)
    assert set(graph) <= {here for here, action, _ in steps if action in ("Ok", "DelayOver")}


def test_tla_invariants_bite() -> None:
    """A module that forgets the first undoing of a rollback is found to leave something on."""
    broken = tla_text().replace("!.todo = Undoing(c.issued)", "!.todo = Tail(Undoing(c.issued))")
    tla = Module(broken, MaxFaults=1, MaxRetries=1, AutoRecovery=True)
    states = (there for _, _, there in reached(tla))
    assert not all(tla.ask("NothingLeftOn", dict(zip(VARIABLES, state, strict=True))) for state in states)


@pytest.mark.parametrize(("faults", "states", "many"), [(1, 1458, 3299), (2, 6482, 24727)])
def test_tlc_agrees(tmp_path: Path, faults: int, states: int, many: int) -> None:
    """TLC, where it can be had, finds no error in the module, and as many states and steps as our reading of it has."""
    (tmp_path / "Broadcast.tla").write_text(tla_text(), encoding="utf-8")
    asked = cfg_text().replace("MaxFaults = 2", f"MaxFaults = {faults}")
    (tmp_path / "Broadcast.cfg").write_text(asked, encoding="utf-8")
    found = explored(tmp_path, "Broadcast")
    assert "No error has been found" in found.words
    assert (found.states, found.generated - 1) == (states, many)
