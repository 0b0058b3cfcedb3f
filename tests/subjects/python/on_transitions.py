"""The same over the library transitions: its AsyncMachine keeps the state, and every change is awaited.

broadcast check --scenarios 300 --python on_transitions:make
broadcast check --scenarios 300 --python on_transitions:make_without_failed_starts
"""

import asyncio
from typing import Any

from on_asyncio import BroadcastOrchestrator, Caller
from transitions.extensions.asyncio import AsyncMachine

from broadcast_orchestrator.model.core import advance
from broadcast_orchestrator.model.events import Event, Transition

ROWS: dict[str, tuple[str, ...]] = {
    "initializing": ("idle", "error"),
    "ready": ("initializing",),
    "starting": ("ready",),
    "live": ("starting",),
    "stopping": ("live",),
    "error": ("idle", "initializing", "ready", "starting", "live", "stopping"),
    # from initializing, starting and live an emergency stop alone may go to idle
    "idle": ("ready", "stopping", "error", "initializing", "starting", "live"),
}
"""The guide's rows: for each state those that may come before it."""


class MachineOrchestrator(BroadcastOrchestrator):
    """The orchestrator as the model of a machine; it lacks the rows `without`, and passes over what it has no row
    for. One change is awaited before anything else is done, since the machine cancels one that another overtakes."""

    def __init__(self, stores: Any, without: tuple[str, str] = ("", "")) -> None:
        super().__init__(stores.live_feed, stores.session, stores.host, stores.producer, stores.convex)
        self.machine = AsyncMachine(
            self,
            states=list(ROWS),
            transitions=[
                {"trigger": f"to_{target}", "source": source, "dest": target}
                for target, sources in ROWS.items()
                for source in sources
                if (source, target) != without
            ],
            initial="idle",
            auto_transitions=False,
            ignore_invalid_triggers=True,
        )
        self._work: asyncio.Future[None] | None = None

    def _happened(self, event: Event, caller: Caller | None = None) -> None:
        self._news.append((event, caller))
        if not self._is_working:
            self._is_working = True
            self._work = asyncio.ensure_future(self._working())

    async def _working(self) -> None:
        """One event after the other."""
        while self._news:
            event, caller = self._news.popleft()
            before = self.core
            self.core, effects = advance(before, event)
            for effect in effects:
                if isinstance(effect, Transition):
                    self.note(str(effect.source), str(effect.target), effect.reason)
                    await self.change(str(effect.target))
                else:
                    self._act(effect)
            self.error = "; ".join(map(str, self.core.error))
            self._took(before, effects, self.core, asyncio.get_running_loop().time() * 1000, caller)
        self._is_working = False

    async def change(self, state: str) -> None:
        """The machine decides."""
        await self.machine.dispatch(f"to_{state}")


class ForgetsToAwait(MachineOrchestrator):
    """A planted mistake: changes are begun and not awaited, so that calls are made in the state before."""

    async def change(self, state: str) -> None:
        """Whenever the machine finds time."""
        self._changing = asyncio.ensure_future(super().change(state))


def make(stores: Any) -> MachineOrchestrator:
    """The orchestrator over the five stores."""
    return MachineOrchestrator(stores)


def make_without_failed_starts(stores: Any) -> MachineOrchestrator:
    """A planted mistake: the machine has no row for a start that fails."""
    return MachineOrchestrator(stores, without=("starting", "error"))


def make_that_forgets_to_await(stores: Any) -> MachineOrchestrator:
    """A planted mistake: changes are begun and not awaited."""
    return ForgetsToAwait(stores)
