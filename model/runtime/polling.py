"""Somebody who reads the services once a period and reports what is not as the core has it (the measure "polling")."""

import asyncio
import logging
from collections.abc import Callable, Mapping

from broadcast_orchestrator.model.events import Report
from broadcast_orchestrator.model.measures import checked_ms
from broadcast_orchestrator.model.operations import HOST, IS_INITIALIZED, IS_ON, ON_AIR_SERVICES
from broadcast_orchestrator.model.runtime.binding import BoundOperation, FoundOtherwise, is_pending
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.views import FINE, INDEX, View

logger = logging.getLogger(__name__)


class Poller:
    """Reads every service each `period_ms`, a reading being given up after as long; what cannot be read is logged, and
    means nothing. `core` shows the core as it is, `report` is how what was found is told."""

    def __init__(
        self,
        operations: Mapping[str, BoundOperation],
        period_ms: float,
        core: Callable[[], CoreState],
        report: Callable[[Report], object],
    ) -> None:
        """Raises `ValueError` for a period that is no time above 0."""
        self._operations, self._period_s = operations, checked_ms("poll_period_ms", period_ms) / 1000
        self._core, self._report = core, report
        self._calls = dict.fromkeys(ON_AIR_SERVICES, 0)
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Read from now on, on this loop; nothing more happens where it has begun."""
        if not self._tasks:
            self._tasks = tuple(loop.create_task(self._watch(service)) for service in ON_AIR_SERVICES)

    def end(self) -> None:
        """Read no more."""
        for task in self._tasks:
            task.cancel()

    def called(self, service: str) -> None:
        """A call of that service was made: what is being read says nothing of what comes of it."""
        if service in self._calls:
            self._calls[service] += 1

    async def _watch(self, service: str) -> None:
        while True:
            await asyncio.sleep(self._period_s)
            if self._view(service).calls:
                continue
            calls = self._calls[service]
            try:
                async with asyncio.timeout(self._period_s):
                    found = await self._found(service)
            except Exception as problem:
                logger.warning("%s cannot be read: %s", service, str(problem) or type(problem).__name__)
                continue
            if found is not None and calls == self._calls[service] and not self._view(service).calls:
                self._report(found)

    async def _found(self, service: str) -> Report | None:
        """What is to be told of the service; None where it is as the core has it."""
        is_on = await self._finds(IS_ON[service])
        is_ready = service != HOST or await self._finds(IS_INITIALIZED)
        view = self._view(service)
        if not is_ready and self._core().initialized:
            return Report(service, "found not initialized")
        if view.off != FINE or view.on_air == is_on:
            return None
        return Report(service, "found on", found_on=True) if is_on else Report(service, "found off")

    async def _finds(self, operation: str) -> bool:
        try:
            answer = self._operations[operation].call(None, None)
            if is_pending(answer):
                await answer  # type: ignore[misc]  # it is to be awaited
        except FoundOtherwise:
            return False
        return True

    def _view(self, service: str) -> View:
        return self._core().views[INDEX[service]]
