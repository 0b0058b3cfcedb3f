"""Calls of a recorded trace that are never answered: who reads a recording to its end knows that they hang."""

from collections.abc import Iterator, Sequence

from broadcast_orchestrator.model.events import Call
from broadcast_orchestrator.model.operations import CALLABLE, SERVICES
from broadcast_orchestrator.sim.world.faults import HANG
from broadcast_orchestrator.sim.world.service_state import ServiceState, bury, mark
from broadcast_orchestrator.sim.world.steps import Answer
from broadcast_orchestrator.sim.world.trace import Line
from broadcast_orchestrator.sim.world.world import World, assemble, services_of

Hanging = tuple[tuple[bool, ...], ...]
"""For each service, in the order of `SERVICES`, which of its calls on their way are never answered."""


def hanging_after(lines: Sequence[Line]) -> list[Hanging]:
    """The calls that hang, after each line of a trace that a recorder has written to its end."""
    *_, last = [(), *_open_after(lines)]
    never = {call for calls in last for call in calls}
    return [tuple(tuple(call in never for call in calls) for calls in each) for each in _open_after(lines)]


def _open_after(lines: Sequence[Line]) -> Iterator[tuple[tuple[int, ...], ...]]:
    """The numbers of the calls on their way after each line."""
    flights: dict[str, list[int]] = {service: [] for service in SERVICES}
    made = 0
    for line in lines:
        if isinstance(line.step, Answer):
            del flights[line.step.service][line.step.flight]
        for effect in line.effects:
            if isinstance(effect, Call):
                made += 1
                flights[CALLABLE[effect.operation].service].append(made)
        yield tuple(map(tuple, flights.values()))


def without_hanging(world: World, hanging: Hanging) -> World:
    """The world without the calls that hang and that nobody waits for: they can change nothing."""
    services = [_buried(service, hangs) for service, hangs in zip(services_of(world), hanging, strict=True)]
    return assemble(world.core, services, world.faults)


def _buried(service: ServiceState, hangs: tuple[bool, ...]) -> ServiceState:
    for place, one in enumerate(hangs):
        service = mark(service, place, HANG) if one else service
    return bury(service)
