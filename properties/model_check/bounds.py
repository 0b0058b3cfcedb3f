"""How long a command can take at the most: the longest path through the procedures, counted in timers.

Between two timers a procedure spends no longer than the first of them, since nothing waits without a limit (reading
R7). So the longest way from a command to its settlement, each phase counted with the duration of its timer, bounds the
time in which the command settles, whatever its calls do.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import networkx as nx

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.core import Core, advance
from broadcast_orchestrator.model.events import (
    COMMANDS,
    INITIALIZE,
    START_BROADCAST,
    Accepted,
    Command,
    CommandName,
    CoreEffect,
    Event,
    Reply,
    Report,
    SetTimer,
    Settled,
    TimerFired,
)
from broadcast_orchestrator.model.operations import HOST, OPERATIONS
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.views import AWAITED, INDEX
from broadcast_orchestrator.sim.explore.symmetry import canonical_core
from broadcast_orchestrator.sim.world.steps import Do
from broadcast_orchestrator.sim.world.trace import Trace, walk


class BoundPlace(NamedTuple):
    """A point on the way of a command: what the core knows, and the timer that is running."""

    core: CoreState
    timer_ms: int


SETTLED = BoundPlace(CoreState(), 0)
"""Where every way ends."""


class Unbounded(RuntimeError):
    """A command can go round in a circle without ever settling."""


def bounds_ms(config: OrchestratorConfig, rules: type[Core] = Core) -> dict[str, int]:
    """For each command the time in ms within which it settles under this configuration, in the order of `COMMANDS`.

    Raises Unbounded where a command need never settle (guarantee G7).
    """
    return {command: _longest(command, config, rules) for command in COMMANDS}


def _longest(command: CommandName, config: OrchestratorConfig, rules: type[Core]) -> int:
    graph: nx.DiGraph[BoundPlace] = nx.DiGraph()
    found = [place for core in beginnings(config, rules) for place in _begin(core, command, rules)]
    graph.add_nodes_from(found)
    while found:
        place = found.pop()
        for event in answers(place.core):
            core, effects = advance(place.core, event, rules)
            following = _next(place, bare(core), effects, command)
            if following != SETTLED and following not in graph:
                found.append(following)
            left = following == SETTLED or any(isinstance(effect, SetTimer) for effect in effects)
            _add(graph, place, following, place.timer_ms if left else 0)
    if not nx.is_directed_acyclic_graph(graph):
        raise Unbounded(f"{command} can go on for ever")
    return int(nx.dag_longest_path_length(graph))


def _add(graph: "nx.DiGraph[BoundPlace]", place: BoundPlace, following: BoundPlace, weight: int) -> None:
    """The longer way counts where two lead the same way."""
    known = graph.get_edge_data(place, following, {"weight": 0})["weight"]
    graph.add_edge(place, following, weight=max(weight, known))


def _begin(core: CoreState, command: CommandName, rules: type[Core]) -> Iterator[BoundPlace]:
    following, effects = advance(core, Command(command, "s1"), rules)
    timers = [effect.duration_ms for effect in effects if isinstance(effect, SetTimer)]
    if timers and Accepted(command) in effects:
        yield BoundPlace(bare(following), timers[-1])


def _next(place: BoundPlace, core: CoreState, effects: tuple[CoreEffect, ...], command: str) -> BoundPlace:
    """Where the command stands after these effects."""
    if any(isinstance(effect, Settled) and effect.command == command for effect in effects):
        return SETTLED
    timers = [effect.duration_ms for effect in effects if isinstance(effect, SetTimer)]
    return BoundPlace(core, timers[-1] if timers else place.timer_ms)


def answers(core: CoreState) -> Iterator[Event]:
    """Everything that can happen to the calls of a procedure: an answer of either kind, or its timer."""
    procedure = core.procedure
    if procedure is None:
        return
    for service in dict.fromkeys(OPERATIONS[step.operation].service for step in procedure.waiting):
        for position, call in enumerate(core.views[INDEX[service]].calls):
            if call.standing == AWAITED:
                yield Reply(service, position, ok=True)
                yield Reply(service, position, ok=False)
    yield TimerFired()


def bare(core: CoreState) -> CoreState:
    """The core without what does not decide how it goes on: which failures there were, and calls given up."""
    views = (view._replace(calls=tuple(c for c in view.calls if c.standing == AWAITED)) for view in core.views)
    return canonical_core(core)._replace(views=tuple(views))


def beginnings(config: OrchestratorConfig, rules: type[Core]) -> Iterator[CoreState]:
    """A core at rest in each of the ways that make a difference to a command: fresh, ready, live, in error with
    nothing done, and live or in error with the host agent lost, so that it must be initialized again."""
    fresh = CoreState(config=config)
    ready = _healthy(fresh, Command(INITIALIZE), rules)
    live = _healthy(ready, Command(START_BROADCAST, "s1"), rules)
    failed, _ = advance(fresh, Report(HOST), rules)
    host_lost, _ = advance(live, Report(HOST), rules)
    yield from (fresh, ready, live, failed, host_lost)
    yield live._replace(initialized=False)  # lost, and reported while the stop was under way


def _healthy(core: CoreState, event: Event, rules: type[Core]) -> CoreState:
    core, _ = advance(core, event, rules)
    while event_ := next(answers(core), None):
        core, _ = advance(core, event_, rules)
    return bare(core)


def settled_after_ms(trace: Trace, rules: type[Core] = Core) -> Mapping[str, float]:
    """The longest time that each command of a timed run took to settle, in ms."""
    longest: dict[str, float] = {}
    began: dict[str, float] = {}
    for line, passage in zip(trace.lines, walk(trace, rules), strict=True):
        now = line.at_ms or 0
        if isinstance(passage.step, Do) and _was_accepted(passage.step, passage.effects):
            began[passage.step.command] = now
        for effect in passage.effects:
            if isinstance(effect, Settled) and effect.command in began:
                took = now - began.pop(effect.command)
                longest[effect.command] = max(longest.get(effect.command, 0), took)
    return longest


def _was_accepted(step: Do, effects: tuple[CoreEffect, ...]) -> bool:
    return any(isinstance(effect, Accepted) and effect.command == step.command for effect in effects)
