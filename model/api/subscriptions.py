"""Subscriptions: who wants to hear of which change, told in the order in which things happened."""

import logging
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from broadcast_orchestrator.model.api.snapshot import BroadcastSnapshot

logger = logging.getLogger(__name__)

Selected = TypeVar("Selected")
Selector = Callable[[BroadcastSnapshot], Selected]
Listener = Callable[[Selected, Selected], object]
Unsubscribe = Callable[[], None]


class _Subscription:
    def __init__(self, listener: Listener[Any], selector: Selector[Any], seen: Any) -> None:
        self.listener, self.selector, self.seen = listener, selector, seen

    def tell(self, snapshot: BroadcastSnapshot) -> None:
        """Call the listener if what it watches has changed; whatever goes wrong there stays there."""
        try:
            new, previous = self.selector(snapshot), self.seen
            if new != previous:
                self.seen = new
                self.listener(new, previous)
        except Exception:
            logger.exception("a listener failed; the orchestrator goes on")


class Subscriptions:
    """The listeners of one orchestrator, in the order in which they came."""

    def __init__(self) -> None:
        self._all: list[_Subscription] = []
        self._news: deque[BroadcastSnapshot] = deque()
        self._telling = False

    def __bool__(self) -> bool:
        return bool(self._all)

    def add(
        self, listener: Listener[Selected], selector: Selector[Selected] | None, now: BroadcastSnapshot
    ) -> Unsubscribe:
        """Begin a subscription at the snapshot `now`; raises whatever the selector raises on it."""
        select: Selector[Any] = selector or (lambda snapshot: snapshot)
        subscription = _Subscription(listener, select, select(now))
        self._all.append(subscription)

        def unsubscribe() -> None:
            if subscription in self._all:
                self._all.remove(subscription)

        return unsubscribe

    def note(self, snapshots: Iterable[BroadcastSnapshot]) -> None:
        """Remember news, oldest first."""
        self._news.extend(snapshots)

    def tell(self) -> None:
        """Tell the news in order. A listener that issues a command causes more of them, which wait their turn."""
        if self._telling:
            return
        self._telling = True
        try:
            while self._news:
                snapshot = self._news.popleft()
                for subscription in tuple(self._all):
                    if subscription in self._all:
                        subscription.tell(snapshot)
        finally:
            self._telling = False
