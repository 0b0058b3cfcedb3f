"""The driver on asyncio where time is told: what happens at one and the same instant."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace

from broadcast_orchestrator.model import CommandFailed
from broadcast_orchestrator.model.runtime import AsyncOrchestrator
from broadcast_orchestrator.sim.subjects.python.virtual_loop import VirtualLoop


def after(seconds: float) -> Callable[[], object]:
    """An operation that takes so long."""

    async def operation() -> None:
        await asyncio.sleep(seconds)

    return operation


def started(host_seconds: float) -> object:
    """How a start ends whose limit is 15 seconds and whose host takes so long."""
    loop = VirtualLoop(lambda message: None, lambda: None)  # type: ignore[abstract]  # it has no sockets
    done = after(0)
    services = SimpleNamespace(
        live_feed=SimpleNamespace(start=done, stop=done),
        session=SimpleNamespace(start=done, end=done),
        host=SimpleNamespace(initialize=done, start=after(host_seconds), stop=done),
        producer=SimpleNamespace(start=done, stop=done),
    )

    async def story() -> str:
        orchestrator = AsyncOrchestrator(services)
        await orchestrator.initialize()
        try:
            await orchestrator.start_broadcast()
        except CommandFailed as failed:
            return str(failed.cause)
        return orchestrator.state

    task = loop.create_task(story())
    loop.rest()
    loop.advance(60_000)
    return task.result()


def test_a_reply_at_the_limit_wins() -> None:
    """A host that needs all the time there is has made it; one that needs a millisecond more has not (reading R7)."""
    assert started(14.999) == "live"
    assert started(15) == "live"
    assert started(15.001) == "host.start timed out"
