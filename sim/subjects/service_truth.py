"""What the services truly are, folded from what was sent to them: the same rules as in the simulated world."""

from typing import Any

from broadcast_orchestrator.model.events import START_BROADCAST
from broadcast_orchestrator.model.operations import (
    CALLABLE,
    CONVEX,
    HOST,
    IS_INITIALIZED,
    ON_AIR_SERVICES,
    SERVICES,
)
from broadcast_orchestrator.sim.subjects.fencing import NewestNumbers
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
    """The five services while a scenario runs; `strict` ones refuse what they are already. Commands that carry a number
    are refused where a newer one has come before, and the backend keeps a lease for whoever takes it."""

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict
        self._locals = {service: ServiceState() for service in SERVICES}
        self._numbers, self._is_held_elsewhere = NewestNumbers(), False
        self.truth = Truth()

    def refuses(self, operation: str, number: float | None = None) -> bool:
        """Whether the service does not do it now: a host that is not initialized does not start, a strict service is
        not switched to what it is, a command is older than another, and the lease is another dashboard's."""
        asked = CALLABLE[operation]
        if asked.finds is not None:  # whoever reads is never refused
            return False
        cannot = service_state.refuses(self._locals[asked.service], CallInFlight(operation))
        return cannot or self._numbers.is_stale(operation, number) or self.is_already(operation)

    def hear(self, operation: str, number: float | None) -> None:
        """A command has come to its service, which refuses it, and has seen its number."""
        self._numbers.see(operation, number)

    def found(self, operation: str) -> bool | list[str]:
        """What a read finds now: whether its service is on, or initialized; the sessions that the backend calls
        live."""
        whole = self._locals[CALLABLE[operation].service]
        if operation == IS_INITIALIZED:
            return whole.initialized
        return list(whole.backend) if CALLABLE[operation].service == CONVEX else whole.active

    def is_already(self, operation: str) -> bool:
        """Whether a strict service refuses it, since it is what it would be switched to."""
        asked = CALLABLE[operation]
        if not self._strict or asked.turns_on is None or asked.service == CONVEX:
            return False
        return self._locals[asked.service].active == asked.turns_on

    def take_effect(self, operation: str, session: str | None, number: float | None = None) -> None:
        """The service does as it is asked, if it can."""
        service, flight = CALLABLE[operation].service, CallInFlight(operation, session)
        if self._numbers.is_stale(operation, number):
            return
        self._numbers.see(operation, number)
        if not service_state.refuses(self._locals[service], flight):
            self._change(service, service_state.obey(self._locals[service], flight))

    def may_command_elsewhere(self, command: str) -> bool:
        """Whether another dashboard may issue the command: the lease is not ours."""
        return service_state.may_command_elsewhere(self._locals[CONVEX], command)

    def command_elsewhere(self, command: str) -> None:
        """It does, and takes the lease or gives it back."""
        self._is_held_elsewhere = command == START_BROADCAST
        self._locals[CONVEX] = service_state.lease_elsewhere(self._locals[CONVEX], command)

    def keep_lease(self) -> None:
        """Somebody asks for the lease, so the backend keeps one from now on."""
        if self._locals[CONVEX].holder is None:
            holder = service_state.ELSEWHERE if self._is_held_elsewhere else ""
            self._locals[CONVEX] = self._locals[CONVEX]._replace(holder=holder)

    def lose_holder(self) -> None:
        """Whoever held the lease here is no more."""
        self._locals[CONVEX] = service_state.forget(self._locals[CONVEX])

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
