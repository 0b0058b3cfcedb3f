"""The yardstick for simulations: the loop that a textbook on SimPy would write, without any orchestrator.

One cycle is what initialize, start and stop come to: eleven calls, each a process of its own that is raced with a
timeout and interrupted when it loses.
"""

import random
import time
from collections.abc import Generator
from typing import Any

import simpy

CALLS_A_CYCLE = 11
MEAN_MS, LIMIT_MS = 50, 10_000


def textbook_cycles_per_second(cycles: int) -> float:
    """How many cycles the loop makes in a second of one core."""
    env, rng = simpy.Environment(), random.Random(1)
    env.process(_loop(env, rng, cycles))
    began = time.process_time()
    env.run()
    return cycles / (time.process_time() - began)


def _loop(env: simpy.Environment, rng: random.Random, cycles: int) -> Generator[simpy.Event, Any, None]:
    for _ in range(cycles * CALLS_A_CYCLE):
        call, limit = env.process(_service(env, rng)), env.timeout(LIMIT_MS)
        if call not in (yield call | limit):
            call.interrupt()


def _service(env: simpy.Environment, rng: random.Random) -> Generator[simpy.Event, Any, None]:
    yield env.timeout(rng.expovariate(1 / MEAN_MS))
