"""What lasted for some steps of a run, as bands: states, procedures, services that were on."""

from collections.abc import Iterable
from typing import NamedTuple

from broadcast_orchestrator.model.operations import CONVEX, SERVICES
from broadcast_orchestrator.model.views import INDEX
from broadcast_orchestrator.sim.world.world import Truth


class Band(NamedTuple):
    """Something that lasted from step `begin` to step `end`: a state, a procedure, or a service that was on."""

    label: str
    begin: int
    end: int


def bands(labels: Iterable[str]) -> tuple[Band, ...]:
    """Equal neighbours as one band, those without a label left out."""
    found: list[Band] = []
    for number, label in enumerate(labels):
        if found and found[-1].label == label:
            found[-1] = found[-1]._replace(end=number + 1)
        else:
            found.append(Band(label, number, number + 1))
    return tuple(band for band in found if band.label)


def bands_of_services(truths: Iterable[Truth]) -> dict[str, tuple[Band, ...]]:
    """For each service when it was on; for the backend, for which sessions it said that they are live."""
    told = tuple(truths)
    return {service: bands(_on(truth, service) for truth in told) for service in SERVICES}


def _on(truth: Truth, service: str) -> str:
    if service == CONVEX:
        return ", ".join(truth.backend)
    return "on" if truth.active[INDEX[service]] else ""
