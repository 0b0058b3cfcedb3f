"""Real evenings whose services and orchestrator are killed at seeded moments, and what is on air at their end."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.properties.recorded.judging import Judgement, judge_recording
from broadcast_orchestrator.sim.demo.accounting import unaccounted
from broadcast_orchestrator.sim.demo.evening import ORCHESTRATOR, Evening
from broadcast_orchestrator.sim.demo.wire import Message
from broadcast_orchestrator.sim.recording.recordings import NothingRecorded, load_recording
from broadcast_orchestrator.sim.world.trace import Trace, replay

CONFIG = {
    "initialization_timeout": 400,
    "startup_timeout": 600,
    "shutdown_timeout": 400,
    "max_retries": 2,
    "retry_delay": 20,
}
"""Limits, in milliseconds, that leave a busy machine some room."""

LATENCY_MS, RESTART_MS = 4.0, 30.0
MOMENT_MS, PAUSE_MS = 120.0, 60.0
"""Within how long processes are killed, and the longest pause between commands."""

PATIENCE_S, LONGEST_S = 10.0, 40.0
"""How long it may take until all is quiet, and how long an evening may last, in seconds."""


class Soaked(NamedTuple):
    """What became of one evening: which processes were killed, in which state it ended, what is on air, or called live,
    that is neither known nor named; and the recordings of its orchestrators, the first one first."""

    seed: int
    killed: tuple[str, ...]
    state: str
    unaccounted: tuple[str, ...]
    recordings: tuple[Path, ...] = ()


async def evenings(folder: Path, most: int, seconds: float) -> AsyncIterator[Soaked]:
    """Evenings number 0, 1, 2, ... of five processes and an orchestrator, until there are so many or time is up."""
    began = time.monotonic()
    latencies = dict.fromkeys(SERVICES, LATENCY_MS)
    async with Evening(folder, silent, latencies, CONFIG, RESTART_MS, records=True) as evening:
        for seed in range(most):
            if time.monotonic() - began > seconds:
                return
            await evening.begin_again()
            first = len(evening.recordings) - 1
            async with asyncio.timeout(LONGEST_S):
                outcome = await soaked(evening, seed)
            yield outcome._replace(recordings=tuple(evening.recordings[first:]))


def silent(name: str, message: Message) -> None:
    """Nobody looks."""


def judged(recordings: Iterable[Path]) -> Iterator[tuple[Judgement, bool]]:
    """The judgement of every recording that has a step, and whether it replays."""
    for path in recordings:
        try:
            recording = load_recording(path)
        except NothingRecorded:
            continue
        assert isinstance(recording.run, Trace)
        yield judge_recording(recording), replay(recording.run).agrees


async def soaked(evening: Evening, seed: int) -> Soaked:
    """One evening: commands and kills as the seed decides, then quiet, then another initialization."""
    luck = random.Random(seed)
    killed = tuple(luck.choice((*SERVICES, *[ORCHESTRATOR] * 3)) for _ in range(luck.choice((1, 1, 2))))
    kills = [asyncio.create_task(kill(evening, each, luck.uniform(0, MOMENT_MS))) for each in killed]
    await commands(evening, luck, f"evening {seed}")
    await asyncio.gather(*kills)
    await evening.all_there()
    await quiet(evening)
    await evening.give("initialize")
    known = await quiet(evening)
    wrong = tuple(unaccounted(await evening.lamps(), known, evening.sessions()))
    return Soaked(seed, killed, known["state"], wrong)


async def commands(evening: Evening, luck: random.Random, session: str) -> None:
    """A broadcast, or what somebody makes of it who is in a hurry."""
    orders = ["initialize", "start_broadcast"]
    orders += luck.choice([["stop_broadcast"], ["emergency_stop"], ["stop_broadcast", "recover"], []])
    giving = []
    for order in orders:
        giving.append(asyncio.create_task(evening.give(order, session if order == "start_broadcast" else None)))
        if luck.random() < 0.8:
            await giving[-1]
        await asyncio.sleep(luck.uniform(0, PAUSE_MS) / 1000)
    await asyncio.gather(*giving)


async def kill(evening: Evening, process: str, after_ms: float) -> None:
    """Kill it at its moment; an orchestrator is followed by another one that initializes, as a page does."""
    await asyncio.sleep(after_ms / 1000)
    if process == ORCHESTRATOR:
        await evening.reload()
        await evening.give("initialize")
    else:
        await evening.kill(process)


async def quiet(evening: Evening) -> Message:
    """Wait until nothing is under way and nothing changes any more; what the orchestrator knows then."""
    deadline, before = time.monotonic() + PATIENCE_S, None
    while time.monotonic() < deadline:
        known = {name: value for name, value in (await evening.known()).items() if name != "number"}
        now = (known, await evening.lamps())
        if now == before and not known["busy"] and not known["open"]:
            return known
        before = now
        await asyncio.sleep(5 * LATENCY_MS / 1000)
    raise AssertionError(f"not quiet within {PATIENCE_S:g} s: {before}")
