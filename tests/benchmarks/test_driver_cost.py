"""What a command costs in the driver on asyncio, beside the bare service calls that it makes; both in one run."""

import asyncio
import time
from types import SimpleNamespace

import pytest

from broadcast_orchestrator.model.runtime import AsyncOrchestrator
from broadcast_orchestrator.model.runtime.observing import News

CYCLES, ROUNDS = 300, 5


async def nothing() -> None:
    """A service's operation that does nothing, but that the event loop has its turn, as any reply takes one."""
    await asyncio.sleep(0)


SERVICES = SimpleNamespace(
    live_feed=SimpleNamespace(start=nothing, stop=nothing),
    session=SimpleNamespace(start=nothing, end=nothing),
    host=SimpleNamespace(initialize=nothing, start=nothing, stop=nothing),
    producer=SimpleNamespace(start=nothing, stop=nothing),
)


async def bare_cycle() -> None:
    """A start and a stop, as whoever has no orchestrator writes them: each call in its own limit."""
    for operation in (
        SERVICES.live_feed.start,
        SERVICES.session.start,
        SERVICES.host.start,
        SERVICES.producer.start,
        SERVICES.producer.stop,
        SERVICES.host.stop,
        SERVICES.session.end,
        SERVICES.live_feed.stop,
    ):
        await asyncio.wait_for(operation(), 10)


async def measured(observed: bool) -> tuple[float, float]:
    """Microseconds of processor time a cycle: bare, and driven."""
    heard: list[News] = []
    orchestrator = AsyncOrchestrator(
        SERVICES, config={"verbose_logging": False}, observers=[heard.append] if observed else []
    )
    await orchestrator.initialize()
    spent = {"bare": 0.0, "driven": 0.0}
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(CYCLES):
            await bare_cycle()
        spent["bare"] += time.process_time() - began
        began = time.process_time()
        for _ in range(CYCLES):
            await orchestrator.start_broadcast()
            await orchestrator.stop_broadcast()
        spent["driven"] += time.process_time() - began
    return spent["bare"] / (CYCLES * ROUNDS) * 1e6, spent["driven"] / (CYCLES * ROUNDS) * 1e6


@pytest.mark.parametrize("observed", [False, True], ids=["unobserved", "observed"])
def test_a_start_and_a_stop(observed: bool) -> None:
    """Eight calls of services that do nothing at all: a few times what the bare calls cost, far below a millisecond."""
    bare, driven = asyncio.run(measured(observed))
    print(
        f"\n{bare:,.0f} µs of bare calls, {driven:,.0f} µs driven, {'observed' if observed else 'unobserved'}: "
        f"ratio {driven / bare:.1f}, {(driven - bare) / 8:,.0f} µs a call",
        end="",
    )
    assert driven / bare < 12
