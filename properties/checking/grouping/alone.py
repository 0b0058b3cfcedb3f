"""Each kind by itself: the smallest scenario that shows it, and as little else as can be."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from broadcast_orchestrator.model.events import COMMANDS, START_BROADCAST
from broadcast_orchestrator.properties.checking.grouping.sightings import Sightings
from broadcast_orchestrator.properties.checking.judge.complaints import Kind
from broadcast_orchestrator.properties.checking.search.bench import Bench
from broadcast_orchestrator.properties.checking.search.shrinking import replaced, shrink
from broadcast_orchestrator.sim.subjects.call_schedule import ways_at
from broadcast_orchestrator.sim.subjects.scenario import Order, Scenario
from broadcast_orchestrator.sim.world.fault_semantics import CALL_FAULTS

TRIES = 200
"""How many smaller scenarios are tried at most for one kind."""

SOME_TRIES = 40
"""The same for a kind that is told under another."""

PATIENCE = 8
"""The same where each may take as long as the subject is waited for."""

FEW = 8
"""What was seen in no more scenarios than so many may have been seen beside something else by chance."""


class Looking:
    """Scenarios played to learn more about kinds that were seen; each is played once."""

    def __init__(self, bench: Bench, sightings: Sightings, late: Callable[[], bool]) -> None:
        self.bench, self._sightings, self.late = bench, sightings, late
        self._known: dict[Scenario, frozenset[Kind]] = {}

    def kinds(self, scenario: Scenario) -> frozenset[Kind]:
        """The kinds that the scenario shows, from which is learned."""
        if scenario not in self._known:
            self._known[scenario] = frozenset(self._sightings.learn(scenario, self.bench.try_out(scenario)))
        return self._known[scenario]


def set_apart(looking: Looking, sightings: Sightings, kind: Kind, tries: int) -> Scenario:
    """The smallest scenario found, in so many tries, that shows the kind and nothing that the purest one known did not
    show beside it.

    Where it was seen seldom, and never without another, scenarios like it are tried first: other faults at the same
    calls, other moments, another command at the end.
    """
    sighting = sightings.of[kind]
    if looking.late():
        return sighting.scenario
    if sighting.always and sighting.seen <= FEW and not looking.bench.hangs:
        for near in neighbours(sighting.scenario, looking.bench.styles):
            looking.kinds(near)
    allowed = {kind, *sighting.beside}

    def shows(scenario: Scenario) -> bool:
        kinds = frozenset[Kind]() if looking.late() else looking.kinds(scenario)
        if kind not in kinds or not kinds <= allowed:
            return False
        allowed.intersection_update(kinds)
        return True

    return shrink(sighting.scenario, shows, PATIENCE if looking.bench.hangs else tries)


def neighbours(scenario: Scenario, styles: dict[str, str]) -> Iterator[Scenario]:
    """Scenarios as large as this one, and a little larger, that differ in one thing."""
    for number, fault in enumerate(scenario.faults):
        for kind in CALL_FAULTS:
            if kind != fault.kind:
                for ok in ways_at(fault.operation, kind, styles)[:1]:
                    other = fault._replace(kind=kind, ok=ok)
                    yield replace(scenario, faults=replaced(scenario.faults, number, other))
    for number, order in enumerate(scenario.orders):
        if order.after is not None:
            for after in (order.after + 1, order.after + 2):
                yield replace(scenario, orders=replaced(scenario.orders, number, order._replace(after=after)))
    for command in COMMANDS:
        yield replace(scenario, orders=(*scenario.orders, Order(command, "s2" if command == START_BROADCAST else None)))
