"""How long a command can take at the most: the longest path through the procedures, counted in timers.

Between two timers a procedure spends no longer than the first of them, since nothing waits without a limit (reading
R7). So the longest way from a command to its settlement, each phase counted with the duration of its timer, bounds the
time in which the command settles, whatever its calls do.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

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
from broadcast_orchestrator.model.operations import CALLABLE, HOST
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.views import AWAITED, INDEX, View
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
    if rules is not Core:  # whose timers may last anything
        return {command: _longest(_ways(command, config, rules)) for command in COMMANDS}
    durations = dict(zip(TIMERS, _durations(config), strict=True))
    initialization, startup, shutdown, delay = TIMERS
    named = config._replace(
        initialization_timeout=initialization, startup_timeout=startup, shutdown_timeout=shutdown, retry_delay=delay
    )
    return {command: _longest(_ways_by_name(command, named), durations) for command in COMMANDS}


TIMERS = (1, 2, 3, 4)
"""A number for each duration of the configuration. The core decides nothing by durations, so the ways on which timers
last these numbers are those of every configuration that is the same otherwise."""


def _durations(config: OrchestratorConfig) -> tuple[int, ...]:
    """What the timers last."""
    return config.initialization_timeout, config.startup_timeout, config.shutdown_timeout, config.retry_delay


Exits = tuple[tuple[int, int], ...]
"""Where a place leads: the number of the following place, and the timer that may have run out until then (0: none)."""


def _longest(ways: tuple[Exits, ...], durations: Mapping[int, int] | None = None) -> int:
    """The longest way; timers last what `durations` says, or else what their numbers say."""
    longest: list[int] = []
    for exits in ways:
        lasting = [longest[to] + (durations[timer] if durations and timer else timer) for to, timer in exits]
        longest.append(max(lasting, default=0))
    return max(longest, default=0)


@lru_cache(maxsize=256)
def _ways_by_name(command: CommandName, config: OrchestratorConfig) -> tuple[Exits, ...]:
    return _ways(command, config, Core)


def _ways(command: CommandName, config: OrchestratorConfig, rules: type[Core]) -> tuple[Exits, ...]:
    """The exits of every place on the ways of the command, each place after those that it leads to."""
    begun = [place for core in beginnings(config, rules) for place in _begin(core, command, rules)]
    numbers = {place: number for number, place in enumerate(dict.fromkeys((SETTLED, *begun)))}
    found = list(numbers)[1:]
    import networkx as nx  # only who asks for a bound needs it

    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    graph.add_nodes_from(numbers.values())
    while found:
        place = found.pop()
        number = numbers[place]
        for event in answers(place.core):
            core, effects = advance(place.core, event, rules)
            following = _next(place, bare(core), effects, command)
            to = numbers.setdefault(following, len(numbers))
            if to not in graph:
                found.append(following)
            left = following == SETTLED or any(isinstance(effect, SetTimer) for effect in effects)
            graph.add_edge(number, to, key=place.timer_ms if left else 0)
    if not nx.is_directed_acyclic_graph(graph):
        raise Unbounded(f"{command} can go on for ever")
    order = list(reversed(list(nx.topological_sort(graph))))
    at = {number: position for position, number in enumerate(order)}
    return tuple(tuple((at[to], timer) for _, to, timer in graph.out_edges(number, keys=True)) for number in order)


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
    for service in dict.fromkeys(CALLABLE[step.operation].service for step in procedure.waiting):
        for position, call in enumerate(core.views[INDEX[service]].calls):
            if call.standing == AWAITED:
                yield Reply(service, position, ok=True)
                yield Reply(service, position, ok=False)
    yield TimerFired()


def bare(core: CoreState) -> CoreState:
    """The core without what does not decide how it goes on: which failures there were, and calls given up."""
    return canonical_core(core)._replace(views=tuple(map(_awaited, core.views)))


def _awaited(view: View) -> View:
    if all(call.standing == AWAITED for call in view.calls):
        return view
    return view._replace(calls=tuple(call for call in view.calls if call.standing == AWAITED))


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
