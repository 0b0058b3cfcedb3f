"""The pages that watch: each has a queue of messages, and all of them are told the same."""

import asyncio

from broadcast_orchestrator.reports.monitor.problem import Problem
from broadcast_orchestrator.reports.viewer.facts.page_facts import as_json

TABS, BACKLOG = 32, 256
"""How many pages may watch at once, and how many messages one may be behind before it has to connect again."""


class Tabs:
    """Every page that is open. A queue ends with None: the page is to connect again, or there is no more to come."""

    def __init__(self) -> None:
        self._queues: list[asyncio.Queue[str | None]] = []

    def join(self, kind: str, facts: object) -> "asyncio.Queue[str | None]":
        """A queue that begins with these facts; raises `Problem` where too many watch already."""
        if len(self._queues) >= TABS:
            raise Problem(f"{TABS} pages are watching already, close one of them")
        queue: asyncio.Queue[str | None] = asyncio.Queue(BACKLOG)
        queue.put_nowait(message(kind, facts))
        self._queues.append(queue)
        return queue

    def leave(self, queue: "asyncio.Queue[str | None]") -> None:
        """Nobody reads this queue any more."""
        self._queues = [other for other in self._queues if other is not queue]

    def tell(self, kind: str, facts: object) -> None:
        """Tell every page; one that is too far behind connects again and is told everything."""
        text = message(kind, facts) if self._queues else ""
        for queue in self._queues:
            if queue.full():
                self._let_go(queue)
            else:
                queue.put_nowait(text)

    def part(self) -> None:
        """Tell every page that there is no more to come."""
        for queue in self._queues:
            self._let_go(queue)

    def _let_go(self, queue: "asyncio.Queue[str | None]") -> None:
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)
        self.leave(queue)


def message(kind: str, facts: object) -> str:
    """One server-sent event."""
    return f"event: {kind}\ndata: {as_json(facts)}\n\n"
