"""Somebody who reads the services once a period and reports what is not as the orchestrator has it (the measure
"polling", see `model.measures`).

Time is cheap while nothing is to be found, so a reading is planned only when one would find something.
"""

from collections.abc import Callable

from broadcast_orchestrator.model.measures import checked_ms
from broadcast_orchestrator.model.operations import ON_AIR_SERVICES
from broadcast_orchestrator.model.views import INDEX
from broadcast_orchestrator.sim.simulate.clock import Clock
from broadcast_orchestrator.sim.world.service_state import ServiceState, finding, to_be_found
from broadcast_orchestrator.sim.world.steps import Notice


class Polling:
    """Reads every service at each multiple of `period_ms`. `look` shows a service as it is, `report` is how what was
    found is told."""

    def __init__(
        self,
        clock: Clock,
        period_ms: float,
        look: Callable[[int], ServiceState],
        report: Callable[[Notice], object],
    ) -> None:
        """Raises `ValueError` for a period that is no time above 0."""
        self._period_ms = checked_ms("poll_period_ms", period_ms)
        self._clock, self._look, self._report = clock, look, report
        self._planned: set[str] = set()

    def plan(self) -> None:
        """Plan the next reading of each service that is otherwise than the orchestrator has it."""
        for service in ON_AIR_SERVICES:
            if service not in self._planned and to_be_found(self._look(INDEX[service])):
                self._planned.add(service)
                self._clock.later(self._until_next_ms(), self._read, service)

    def _until_next_ms(self) -> float:
        return self._period_ms - self._clock.now % self._period_ms

    def _read(self, service: str) -> None:
        self._planned.remove(service)
        local = self._look(INDEX[service])
        if to_be_found(local):
            self._report(finding(service, local))
