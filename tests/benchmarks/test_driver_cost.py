"""What a command costs in the driver on asyncio, beside the bare service calls that it makes; both in one run."""

import asyncio
import time
from types import SimpleNamespace

import pytest

from broadcast_orchestrator.model.runtime import AsyncOrchestrator
from broadcast_orchestrator.model.runtime.observing import News
from broadcast_orchestrator.properties.measures.table import ALL_MEASURES, named

CYCLES, ROUNDS = 300, 5


async def nothing() -> None:
    """A service's operation that does nothing, but that the event loop has its turn, as any reply takes one."""
    await asyncio.sleep(0)


class Lamp:
    """A service that does nothing but remember whether it is on."""

    def __init__(self) -> None:
        self.lit = False

    async def start(self) -> None:
        """Go on."""
        self.lit = True
        await nothing()

    async def stop(self) -> None:
        """Go off."""
        self.lit = False
        await nothing()

    initialize, end = staticmethod(nothing), stop

    async def is_on(self) -> bool:
        """Whether it is on."""
        await nothing()
        return self.lit

    is_initialized = staticmethod(lambda: True)


class Store:
    """A backend that nobody writes to: it has what measures need."""

    update_broadcast_state = staticmethod(lambda arguments: None)
    live_sessions = staticmethod(tuple)
    new_life = staticmethod(lambda: 1)
    take_lease = staticmethod(lambda holder, lease_ms: True)


async def bare_cycle(lamps: list[Lamp], reads: bool) -> None:
    """A start and a stop, as whoever has no orchestrator writes them: each call in its own limit; perhaps each read
    afterwards."""
    for service, switch in [(lamp, lamp.start) for lamp in lamps] + [(lamp, lamp.stop) for lamp in lamps[::-1]]:
        await asyncio.wait_for(switch(), 10)
        if reads:
            await asyncio.wait_for(service.is_on(), 10)


async def measured(observed: bool, measures: tuple[str, ...]) -> tuple[float, float]:
    """Microseconds of processor time a cycle: bare, and driven."""
    heard: list[News] = []
    lamps = [Lamp() for _ in range(4)]
    orchestrator = AsyncOrchestrator(
        SimpleNamespace(live_feed=Lamp(), session=Lamp(), host=Lamp(), producer=Lamp()),
        Store(),
        config={"verbose_logging": False},
        observers=[heard.append] if observed else [],
        measures=measures,
    )
    await orchestrator.initialize()
    spent = {"bare": 0.0, "driven": 0.0}
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(CYCLES):
            await bare_cycle(lamps, bool(measures))
        spent["bare"] += time.process_time() - began
        began = time.process_time()
        for _ in range(CYCLES):
            await orchestrator.start_broadcast()
            await orchestrator.stop_broadcast()
        spent["driven"] += time.process_time() - began
    orchestrator.close()
    return spent["bare"] / (CYCLES * ROUNDS) * 1e6, spent["driven"] / (CYCLES * ROUNDS) * 1e6


@pytest.mark.parametrize("measures", [(), ALL_MEASURES], ids=["the guide", "all measures"])
@pytest.mark.parametrize("observed", [False, True], ids=["unobserved", "observed"])
def test_a_start_and_a_stop(observed: bool, measures: tuple[str, ...]) -> None:
    """Eight calls of services that do nothing at all, with all measures eight reads besides: a few times what the same
    bare calls cost, far below a millisecond."""
    bare, driven = asyncio.run(measured(observed, measures))
    calls = 16 if measures else 8
    print(
        f"\n{named(measures)}, {'observed' if observed else 'unobserved'}: {bare:,.0f} µs for {calls} bare calls, "
        f"{driven:,.0f} µs driven: ratio {driven / bare:.1f}, {(driven - bare) / calls:,.0f} µs a call",
        end="",
    )
    assert driven / bare < 12
