"""The driver on asyncio as a subject: what a team writes around `AsyncOrchestrator`, for services in each style.

broadcast check --scenarios 300 --python on_air:OnAir
broadcast check --scenarios 300 --python on_air:OnAirWithFields
broadcast check --scenarios 300 --dialect hardened.toml --python on_air:OnAirHardened
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any

from broadcast_orchestrator.model.events import Transition
from broadcast_orchestrator.model.operations import CONVEX, OPERATIONS, SERVICES
from broadcast_orchestrator.model.runtime.async_orchestrator import AsyncOrchestrator
from broadcast_orchestrator.model.runtime.observing import News, StepTaken

FLAGS = {"host_active": "hostActive", "producer_active": "producerActive", "live_feed_active": "liveFeedActive"}


class OnAir:
    """The driver over the stand-ins, as they are. `state`, `error` and `history` are what it shows."""

    measures: tuple[str, ...] = ()

    def __init__(self, live_feed: Any, session: Any, host: Any, producer: Any, convex: Any) -> None:
        self.stores = dict(zip(SERVICES, (live_feed, session, host, producer, convex), strict=True))
        self.state, self.error, self.history = "idle", "", list[tuple[str, str, str]]()
        self._errors: dict[str, str | None] = dict.fromkeys(SERVICES)
        services = SimpleNamespace(**{service: SimpleNamespace() for service in SERVICES})
        for name, operation in OPERATIONS.items():
            if operation.service != CONVEX:
                setattr(getattr(services, operation.service), name.partition(".")[2], self.method(name))
        self.read_by(services)
        self.orchestrator = AsyncOrchestrator(
            services, self, content=live_feed.has_content, observers=[self._show], measures=self.measures
        )
        for name in ("initialize", "start_broadcast", "stop_broadcast", "emergency_stop", "recover", "update_config"):
            setattr(self, name, getattr(self.orchestrator, name))
        self.can_start_broadcast = self.orchestrator.can_start_broadcast
        self.can_stop_broadcast = self.orchestrator.can_stop_broadcast
        for service, store in self.stores.items():
            store.subscribe(partial(self._store_changed, service))

    def method(self, operation: str) -> Callable[..., Any]:
        """What the driver calls for this operation."""
        return partial(self.ask, operation)

    def read_by(self, services: Any) -> None:
        """Nothing is read."""

    def update_broadcast_state(self, arguments: Mapping[str, Any]) -> Any:
        """The backend is one of the stores; it is told all that the mutation says."""
        said = {name: arguments[field] for name, field in FLAGS.items()}
        return self.ask(f"convex.{arguments['broadcastState']}", arguments["id"], **said)

    def ask(self, operation: str, *session: str, **said: Any) -> Any:
        """Call the store; what it returns is the answer."""
        service, _, verb = operation.partition(".")
        return getattr(self.stores[service], verb)(*session, **said)

    def _show(self, news: News) -> None:
        if not isinstance(news, StepTaken):
            return
        for effect in news.effects:
            if isinstance(effect, Transition):
                self.history.append((str(effect.source), str(effect.target), effect.reason))
                self.state = str(effect.target)
        self.error = "; ".join(map(str, news.after.error))

    def _store_changed(self, service: str, store: Any) -> None:
        known, self._errors[service] = self._errors[service], store.error
        if service != CONVEX and store.error and store.error != known:
            self.orchestrator.report(service, store.error)
        if service == "live_feed" and store.has_content != self.orchestrator.core.content:
            self.orchestrator.fill(store.has_content)


class OnAirHardened(OnAir):
    """With the measures that need no more of the services than to be read and to mind numbers."""

    measures = ("read-back", "fencing", "reconciled", "polling")

    def method(self, operation: str) -> Callable[..., Any]:
        """With the number of the command."""
        return lambda number=None: self.ask(operation, number=number)

    def read_by(self, services: Any) -> None:
        """Each service by its own store."""
        for service in SERVICES[:4]:
            getattr(services, service).is_on = self.stores[service].is_on
        services.host.is_initialized = self.stores["host"].is_initialized
        self.live_sessions, self.new_life = self.stores[CONVEX].live_sessions, self.stores[CONVEX].new_life

    def update_broadcast_state(self, arguments: Mapping[str, Any], number: int | None = None) -> Any:
        """The backend minds numbers, too."""
        said = {name: arguments[field] for name, field in FLAGS.items()}
        return self.ask(f"convex.{arguments['broadcastState']}", arguments["id"], number=number, **said)


class OnAirWithPromises(OnAir):
    """Every service answers by something to await."""

    service_styles = dict.fromkeys(OPERATIONS, "promise")


class OnAirAtOnce(OnAir):
    """Every service has done its work when it returns."""

    service_styles = dict.fromkeys(OPERATIONS, "sync")

    def ask(self, operation: str, *session: str, **said: Any) -> None:
        """A plain function, that returns nothing."""
        super().ask(operation, *session, **said)


class OnAirWithFields(OnAir):
    """Every service shows in a field that it has done its work, or an error; each call waits for its field."""

    service_styles = dict.fromkeys(OPERATIONS, "field")

    def __init__(self, live_feed: Any, session: Any, host: Any, producer: Any, convex: Any) -> None:
        self.waiting: dict[str, dict[asyncio.Future[None], bool | None]] = {service: {} for service in SERVICES}
        super().__init__(live_feed, session, host, producer, convex)

    def ask(self, operation: str, *session: str, **said: Any) -> Any:
        """Call the store, and give something that waits for the field."""
        asked = OPERATIONS[operation]
        answer = asyncio.get_running_loop().create_future()
        self.waiting[asked.service][answer] = asked.turns_on
        try:
            super().ask(operation, *session, **said)
        except Exception:
            del self.waiting[asked.service][answer]
            raise
        return answer

    def _store_changed(self, service: str, store: Any) -> None:
        if store.error and store.error != self._errors[service] and not store.error.startswith("lost"):
            self._errors[service] = store.error
            self._reject(service, store.error)
        self._fulfil(service, store)
        super()._store_changed(service, store)

    def _reject(self, service: str, message: str) -> None:
        """The error is that of the newest call."""
        for answer in reversed(tuple(self.waiting[service])):
            del self.waiting[service][answer]
            answer.set_exception(ConnectionError(message))
            return

    def _fulfil(self, service: str, store: Any) -> None:
        for answer, turns_on in tuple(self.waiting[service].items()):
            if store.initialized if turns_on is None else store.active is turns_on:
                del self.waiting[service][answer]
                answer.set_result(None)
