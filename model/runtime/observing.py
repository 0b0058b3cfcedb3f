"""The hook of a running orchestrator: everything that happens, for whoever records or watches it."""

import logging
from collections.abc import Callable, Iterable
from typing import NamedTuple

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import CoreEffect, Event
from broadcast_orchestrator.model.state import CoreState

logger = logging.getLogger(__name__)


class StepTaken(NamedTuple):
    """The core has heard of one event.

    `at_ms` are milliseconds since the orchestrator began to run, on the clock of its event loop. Calls are numbered
    from 1 in the order in which they are made: `call` is the one that a reply answers, `calls` those among `effects`.
    `rules` are those that it follows.
    """

    at_ms: float
    event: Event
    before: CoreState
    effects: tuple[CoreEffect, ...]
    after: CoreState
    call: int | None = None
    calls: tuple[int, ...] = ()
    rules: type[Core] = Core


class ServiceSeen(NamedTuple):
    """A service has said what it is, of which the core hears nothing: whether it is on air, whether it is initialized;
    of the backend, whether it calls `session` live. None: it did not say."""

    at_ms: float
    service: str
    active: bool | None = None
    initialized: bool | None = None
    session: str | None = None


News = StepTaken | ServiceSeen
Observer = Callable[[News], object]


class Observers:
    """Who hears of everything, in the order in which they came."""

    def __init__(self, observers: Iterable[Observer]) -> None:
        self._all = list(observers)

    def add(self, observer: Observer) -> Callable[[], None]:
        """Have one more; returns a function that ends it."""
        self._all.append(observer)

        def leave() -> None:
            if observer in self._all:
                self._all.remove(observer)

        return leave

    def tell(self, news: News) -> None:
        """Tell everyone; what one raises is logged and disturbs nobody."""
        for observer in tuple(self._all):
            try:
                observer(news)
            except Exception:
                logger.exception("an observer failed; the orchestrator goes on")
