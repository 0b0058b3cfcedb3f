"""What the services truly are, folded from what was sent to them: the same rules as in the simulated world."""

from typing import Any

from broadcast_orchestrator.model.operations import CONVEX, HOST, ON_AIR_SERVICES, OPERATIONS, SERVICES
from broadcast_orchestrator.sim.world import service_state
from broadcast_orchestrator.sim.world.service_state import CallInFlight, ServiceState
from broadcast_orchestrator.sim.world.world import Truth

FIELDS = {
    "active": "active",
    "isactive": "active",
    "islive": "active",
    "initialized": "initialized",
    "isinitialized": "initialized",
}
"""The fields of a store that say what is true of its service, whatever their spelling."""


class ServiceTruth:
    """The five services while a scenario runs; `strict` ones refuse what they are already."""

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict
        self._locals = {service: ServiceState() for service in SERVICES}
        self.truth = Truth()

    def refuses(self, operation: str) -> bool:
        """Whether the service does not do it now: a host that is not initialized does not start, and a strict service
        is not switched to what it is."""
        service = OPERATIONS[operation].service
        return service_state.refuses(self._locals[service], CallInFlight(operation)) or self.is_already(operation)

    def is_already(self, operation: str) -> bool:
        """Whether a strict service refuses it, since it is what it would be switched to."""
        asked = OPERATIONS[operation]
        if not self._strict or asked.turns_on is None or asked.service == CONVEX:
            return False
        return self._locals[asked.service].active == asked.turns_on

    def take_effect(self, operation: str, session: str | None) -> None:
        """The service does as it is asked, if it can."""
        service, flight = OPERATIONS[operation].service, CallInFlight(operation, session)
        if not service_state.refuses(self._locals[service], flight):
            self._change(service, service_state.obey(self._locals[service], flight))

    def can_fall(self, service: str) -> bool:
        """Whether there is anything to fall over."""
        return self._locals[service].active or self._locals[service].initialized

    def lose(self, service: str) -> None:
        """The service falls over."""
        self._change(service, service_state.lose(self._locals[service], False))

    def flip(self, service: str) -> None:
        """Someone switches it."""
        self._change(service, service_state.flip(self._locals[service]))

    def write(self, service: str, field: str, value: Any) -> None:
        """The subject has written a field by itself; fields that say nothing about what is on do not matter."""
        name = FIELDS.get(field.replace("_", "").casefold())
        if name is None or service not in ON_AIR_SERVICES:
            return
        whole = self._locals[service]
        active = bool(value) if name == "active" else whole.active
        initialized = bool(value) if name == "initialized" and service == HOST else whole.initialized
        self._change(service, whole._replace(active=active, initialized=initialized))

    def _change(self, service: str, whole: ServiceState) -> None:
        self._locals[service] = whole
        self.truth = Truth(
            tuple(self._locals[each].active for each in ON_AIR_SERVICES),
            self._locals[HOST].initialized,
            self._locals[CONVEX].backend,
        )
