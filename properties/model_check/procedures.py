"""The procedures' graph: every step, retry, undo and cleanup that the core really takes, and what leads where.

It is not written down anywhere: it is what a breadth-first search over worlds finds, projected onto what a person
wants to see. One move is one thing that a caller can tell apart (a call works, fails or times out, a command comes,
a service falls over); which worlds that makes is left to `sim.world.world`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import networkx as nx

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import COMMANDS, EMERGENCY_STOP, Transition
from broadcast_orchestrator.model.operations import OPERATIONS
from broadcast_orchestrator.model.state import DELAY, STOPPING_ALL, CoreState, Procedure
from broadcast_orchestrator.model.table import ERROR, IDLE, INITIALIZING, LIVE, READY, STARTING, STOPPING, Edge
from broadcast_orchestrator.sim.explore.symmetry import canonical_core
from broadcast_orchestrator.sim.world.faults import HANG, LATE, LOST_SERVICE, REFUSE
from broadcast_orchestrator.sim.world.garbage import no_garbage
from broadcast_orchestrator.sim.world.remembered.met_failures import (
    FailuresMet,
    Inquiry,
    after_step,
    told,
    without_failures,
)
from broadcast_orchestrator.sim.world.remembered.step_rules import StepRules
from broadcast_orchestrator.sim.world.service_state import simplify
from broadcast_orchestrator.sim.world.steps import Answer, Do, Effect, Lose, Mark, Notice, Step, Timer
from broadcast_orchestrator.sim.world.world import Scope, World, assemble, choices, services_of

OK, FAILED, TIMED_OUT, LATE_OK, LATE_FAILED, LATE_EFFECT, LOST, DELAY_OVER, DRAINED = (
    "ok",
    "failed",
    "timed out",
    "late ok",
    "late failure",
    "late effect",
    "service lost",
    "delay over",
    "not waited for",
)
"""What can happen besides a command: the answers of the call that is waited for, or of one that was given up, an
effect that nobody hears of, the limit, the report of a lost service, the end of a retry delay, and that of the zero
wait for calls issued at a limit."""

LABELS = (*COMMANDS, OK, FAILED, TIMED_OUT, LATE_OK, LATE_FAILED, LATE_EFFECT, LOST, DELAY_OVER, DRAINED)
REPORT = "report"
"""Who changes the state when no procedure does: a service that reports a failure."""

OFFERED = Scope(faults=(REFUSE, HANG, LATE, LOST_SERVICE), limit=2**31, racing=True)


class ProcedureMove(NamedTuple):
    """One thing that happens: what to call it, the steps of the world that it is made of, and its faults."""

    label: str
    steps: tuple[Step, ...]
    faults: int = 0


class ProcedurePlace(NamedTuple):
    """A node: where the core stands. At rest, all but the state are empty; `step` is the call that is waited for."""

    state: str
    command: str = ""
    phase: str = ""
    step: str = ""

    def __str__(self) -> str:
        return " / ".join(part for part in self if part)


class ProcedureGraph(NamedTuple):
    """What the search found.

    `worlds` has a node for each world, numbered as found, with its `place`, and on each edge the `label` of its
    first move. `procedures` is its projection onto places. `takers` tells of each change of state who took it how
    often: a command, "cleanup" or "report". `complete` is False when the search was cut off.
    """

    worlds: "nx.DiGraph[int]"
    procedures: "nx.DiGraph[ProcedurePlace]"
    takers: Mapping[Edge, Mapping[str, int]]
    complete: bool


@no_garbage()
def explore(rules: type[Core] = Core, faults: int = 2, limit: int = 100_000) -> ProcedureGraph:
    """Search every world that up to `faults` faults, an emergency stop at any moment and commands one at a time
    lead to, with one retry of an initialization.

    Two faults reach every place that three reach, though not every way there: a cleanup that fails, say, takes
    three. Parallel stops are answered in the order of their calls. More than `limit` worlds cut the search off.
    """
    worlds: nx.DiGraph[int] = nx.DiGraph()
    stepping = _Stepping(rules)
    start = stepping.parts(World(core=CoreState(config=OrchestratorConfig(max_retries=1))))
    numbers, found = {start: 0}, [start]
    worlds.add_node(0, place=place_of(stepping.world(start).core))
    for number, parts in enumerate(found):  # grows while it is read: breadth first
        for move in moves(stepping.world(parts)):
            if parts.faults + move.faults > faults:
                continue
            after = stepping.after(parts, move)
            if after not in numbers:
                if len(numbers) == limit:
                    return ProcedureGraph(worlds, project(worlds), stepping.takers, complete=False)
                numbers[after] = len(numbers)
                found.append(after)
                worlds.add_node(numbers[after], place=place_of(stepping.world(after).core))
            if not worlds.has_edge(number, numbers[after]):
                worlds.add_edge(number, numbers[after], label=move.label)
    return ProcedureGraph(worlds, project(worlds), stepping.takers, complete=True)


def place_of(core: CoreState) -> ProcedurePlace:
    """Where the core stands."""
    procedure = core.procedure
    if procedure is None:
        return ProcedurePlace(core.state.value)
    step = procedure.waiting[0].operation if procedure.waiting else ""
    return ProcedurePlace(core.state.value, procedure.command, procedure.phase, step)


# -- What can happen next -------------------------------------------------------------------------


def moves(world: World) -> Iterator[ProcedureMove]:
    """Every move that the world offers, in a fixed order."""
    offered = tuple(choices(world, OFFERED))
    hangs = tuple(step for step in offered if isinstance(step, Mark) and step.fault == HANG)
    yield from _commands(world, offered, hangs)
    yield from _answers(world, offered, hangs)
    yield from _late_answers(offered, hangs)
    yield from _limits(world, offered, hangs)
    for step in offered:
        if isinstance(step, Lose) and step.noticed:
            yield ProcedureMove(LOST, (step, Notice(step.service)), 1)


def _commands(world: World, offered: tuple[Step, ...], hangs: tuple[Mark, ...]) -> Iterator[ProcedureMove]:
    """At rest all commands; during a procedure an emergency stop, and what it gives up is never heard of again."""
    procedure = world.core.procedure
    for step in offered:
        if not isinstance(step, Do):
            continue
        if procedure is None:
            yield ProcedureMove(step.command, (step,))
        elif step.command == EMERGENCY_STOP and procedure.command != EMERGENCY_STOP:
            yield ProcedureMove(EMERGENCY_STOP, (step,) if procedure.phase == STOPPING_ALL else (*hangs, step))


def _answers(world: World, offered: tuple[Step, ...], hangs: tuple[Mark, ...]) -> Iterator[ProcedureMove]:
    """The oldest call that is waited for works or fails."""
    procedure = world.core.procedure
    if procedure is None or not procedure.waiting:
        return
    service = OPERATIONS[procedure.waiting[0].operation].service
    for flight in (hang.flight for hang in hangs if hang.service == service):
        if Effect(service, flight) in offered:
            yield ProcedureMove(OK, (Effect(service, flight), Answer(service, flight, ok=True)))
        if Answer(service, flight, ok=False, fault=REFUSE) in offered:
            yield ProcedureMove(FAILED, (Answer(service, flight, ok=False, fault=REFUSE),), 1)


def _late_answers(offered: tuple[Step, ...], hangs: tuple[Mark, ...]) -> Iterator[ProcedureMove]:
    """A call that was given up works after all, or fails; one whose reply means nothing any more takes effect."""
    awaited = [(hang.service, hang.flight) for hang in hangs]
    for step in offered:
        if isinstance(step, Answer) and step.fault == LATE:
            yield ProcedureMove(LATE_FAILED, (step,))
        if isinstance(step, Effect) and (step.service, step.flight) not in awaited:
            answered = Answer(step.service, step.flight, ok=False, fault=LATE) in offered
            works = Answer(step.service, step.flight, ok=True)
            yield ProcedureMove(LATE_OK, (step, works)) if answered else ProcedureMove(LATE_EFFECT, (step,))


def _limits(world: World, offered: tuple[Step, ...], hangs: tuple[Mark, ...]) -> Iterator[ProcedureMove]:
    """The timer runs out: nobody answers any more, or one switch-on does so later."""
    procedure = world.core.procedure
    if procedure is None:
        return
    if procedure.phase == DELAY or procedure.draining:
        yield ProcedureMove(DELAY_OVER if procedure.phase == DELAY else DRAINED, (*hangs, Timer()))
        return
    yield ProcedureMove(TIMED_OUT, (*hangs, Timer()), 1)
    for hang in hangs:
        late = hang._replace(fault=LATE)
        if late in offered and OPERATIONS[procedure.waiting[0].operation].turns_on:
            yield ProcedureMove(TIMED_OUT, (*(late if other == hang else other for other in hangs), Timer()), 1)


# -- Making it happen -----------------------------------------------------------------------------


class _Parts(NamedTuple):
    """A world by the numbers of its control and of its services, and how many faults it has had."""

    control: int
    services: tuple[int, ...]
    faults: int


class _Stepping:
    """Makes moves in canonical worlds, and counts as `takers` who changes the state in each. What a step does is worked
    out once for each way that it can go (`StepRules`): worlds are many, their parts are few."""

    def __init__(self, rules: type[Core]) -> None:
        self.takers: dict[Edge, Counter[str]] = {}
        self._ways = StepRules(rules)
        self._canonical: dict[int, int] = {}
        self._met: dict[int, FailuresMet] = {}

    def parts(self, world: World) -> _Parts:
        """The parts of the canonical world that stands for this one, in which nothing has failed."""
        services = [each.number(whole) for each, whole in zip(self._ways.numbers, services_of(world), strict=True)]
        return self._standing_for(self._ways.control(world.core), services, world.faults)

    def world(self, parts: _Parts) -> World:
        """The world with these parts."""
        core = told(self._ways.controls[parts.control], self._met[parts.control])
        return assemble(core, self._ways.services(parts.services), parts.faults)

    def after(self, parts: _Parts, move: ProcedureMove) -> _Parts:
        """The world after the move."""
        control, services, met = parts.control, list(parts.services), self._met[parts.control]
        for step in move.steps:
            under_way = self._ways.controls[control].procedure
            control, rule = self._ways.take(control, services, step, Inquiry(met))
            met = after_step(rule.kept, met)
            for effect in rule.effects:
                if isinstance(effect, Transition):
                    takers = self.takers.setdefault((effect.source, effect.target), Counter())
                    takers[taker(under_way, step)] += 1
        return self._standing_for(control, services, parts.faults + move.faults)

    def _standing_for(self, control: int, services: list[int], faults: int) -> _Parts:
        if control not in self._canonical:
            core, failures = without_failures(canonical_core(self._ways.controls[control]), Inquiry(()))
            canonical = self._canonical[control] = self._ways.control(core)
            self._met[canonical] = after_step(failures, ())
        simple = [each.changes(simplify, ())[number] for each, number in zip(self._ways.numbers, services, strict=True)]
        return _Parts(self._canonical[control], tuple(simple), faults)


def taker(under_way: Procedure | None, step: Step) -> str:
    """Who changes the state in this step: the command given, the procedure under way, or a service's report."""
    if isinstance(step, Do):
        return step.command
    return under_way.command if under_way else REPORT


# -- The picture ----------------------------------------------------------------------------------

_KINDS = {
    IDLE: "rest",
    INITIALIZING: "moving",
    READY: "rest",
    STARTING: "moving",
    LIVE: "live",
    STOPPING: "moving",
    ERROR: "error",
}
_TROUBLE = (FAILED, TIMED_OUT, LATE_OK, LATE_FAILED, LATE_EFFECT, LOST, DRAINED)


def project(worlds: "nx.DiGraph[int]") -> "nx.DiGraph[ProcedurePlace]":
    """The graph of places: from one to another as some world of the one leads to some world of the other.

    Nodes have what `looks` gives them, edges `label` (all that may happen) and `kind`: "path" for the way to live and
    back when nothing fails, "failure", "forced" for an emergency stop, else "ordinary". A path here need not be one of
    the core: ask `worlds` about those.
    """
    places: list[ProcedurePlace] = [worlds.nodes[number]["place"] for number in worlds]
    labels: dict[tuple[ProcedurePlace, ProcedurePlace], list[str]] = {}
    for here, there, data in worlds.edges(data=True):
        if places[here] != places[there]:
            known = labels.setdefault((places[here], places[there]), [])
            if data["label"] not in known:
                known.append(data["label"])
    graph: nx.DiGraph[ProcedurePlace] = nx.DiGraph()
    for place in places:
        graph.add_node(place, **looks(place))
    for (source, target), happened in labels.items():
        ordered = [label for label in LABELS if label in happened]
        graph.add_edge(source, target, label=" / ".join(ordered), kind=_edge_kind(ordered))
    for source, target in pairwise(places[number] for number in _happy_path(worlds)):
        graph.edges[source, target]["kind"] = "path"
    return graph


BY_VALUE = {state.value: state for state in _KINDS}


def looks(place: ProcedurePlace) -> dict[str, Any]:
    """How a place is drawn: its `label`, the `kind` of its state, the state as its `cluster`, and as its `tags` what
    it belongs to: state, command, phase, operation and service."""
    words = (*place, place.step.partition(".")[0])
    tags = tuple(dict.fromkeys(word for word in words if word))
    return {"label": _text(place), "kind": _KINDS[BY_VALUE[place.state]], "cluster": place.state, "tags": tags}


def _text(place: ProcedurePlace) -> str:
    if not place.command:
        return place.state
    return f"{place.command}: {place.phase}" + (f"\n{place.step}" if place.step else "")


def _edge_kind(labels: list[str]) -> str:
    if labels == [EMERGENCY_STOP]:
        return "forced"
    return "failure" if all(label in _TROUBLE for label in labels) else "ordinary"


def _happy_path(worlds: "nx.DiGraph[int]") -> list[int]:
    """The worlds from the first one to live and back to ready, by commands and calls that work."""
    fine = [
        (here, there)
        for here, there, data in worlds.edges(data=True)
        if data["label"] == OK or data["label"] in COMMANDS
    ]
    healthy = worlds.edge_subgraph(fine)
    path = [0]
    for state in (LIVE, READY):
        ways = nx.single_source_shortest_path(healthy, path[-1]) if path[-1] in healthy else {}
        found = (way for number, way in ways.items() if worlds.nodes[number]["place"] == ProcedurePlace(state.value))
        path += next(found, path[-1:])[1:]
    return path
