"""The lease by which one orchestrator commands and the others watch (the measure "lease"), kept while it runs."""

import asyncio
import logging
import uuid
from collections.abc import Callable

from broadcast_orchestrator.model.measures import checked_ms
from broadcast_orchestrator.model.runtime.binding import then, value_of

logger = logging.getLogger(__name__)

LEASE_MS = 10_000
"""After how long a silence the lease is lost where nothing else is said, in milliseconds."""


class LeaseRefused(Exception):
    """Another orchestrator has the lease."""


class KeptLease:
    """Asks for the lease by `take` (a backend's `take_lease`), and once it has it renews it three times in each
    `lease_ms` until it ends. What fails is logged; where another one has the lease by then, that is logged, `lost` is
    called, and it is asked for until it is free again."""

    def __init__(self, take: Callable[[str, float], object], lease_ms: float, lost: Callable[[], None]) -> None:
        """Raises `ValueError` for a silence that is no time above 0."""
        self.holder = uuid.uuid4().hex
        self._take, self._lease_ms, self._lost = take, checked_ms("lease_ms", lease_ms), lost
        self._task: asyncio.Task[None] | None = None

    def ask(self, _session: str | None, _number: int | None) -> object:
        """Take the lease, or fail with `LeaseRefused`."""
        return then(self._take(self.holder, self._lease_ms), self._given)

    def end(self) -> None:
        """Renew it no more: it is lost after the silence."""
        if self._task is not None:
            self._task.cancel()

    def _given(self, is_ours: object) -> None:
        if not is_ours:
            raise LeaseRefused("another orchestrator has the lease")
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._renew())

    async def _renew(self) -> None:
        was_ours = True
        while True:
            await asyncio.sleep(self._lease_ms / 3000)
            try:
                is_ours = bool(await value_of(self._take(self.holder, self._lease_ms)))
            except Exception as problem:
                logger.warning("the lease was not renewed: %s", str(problem) or type(problem).__name__)
                continue
            if is_ours != was_ours:
                logger.warning("the lease is %s", "ours again" if is_ours else "lost: another orchestrator has it")
                if not is_ours:
                    self._lost()
            was_ours = is_ours
