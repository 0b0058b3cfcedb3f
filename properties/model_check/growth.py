"""How the search grows with what is allowed: more faults, or more calls that nobody waits for any more.

Two faults say little about three unless one sees how fast worlds, time and memory rise from none to one to two.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.properties.model_check.proof import CONFIG, TOGETHER, judge_of
from broadcast_orchestrator.properties.telling.progress import Progress, silent
from broadcast_orchestrator.sim.explore.explorer import explore
from broadcast_orchestrator.sim.explore.lazy_tables import SearchTooLarge
from broadcast_orchestrator.sim.explore.state_space import Bounds, StateSpace
from broadcast_orchestrator.sim.processes.workers import worker_pool
from broadcast_orchestrator.sim.world.world import Scope, World

MOST_FAULTS, OLDER = 2, (1, 2)
"""What is measured: up to so many faults, and so many calls a service that nobody waits for any more."""

STATUS = Path("/proc/self/status")
"""Where Linux tells the peak of this process alone; what `getrusage` says there begins with the parent's."""


class Growth(NamedTuple):
    """The size of one search, with at most `faults` faults and at most `older` calls a service that nobody waits for
    any more; the `seconds` it took, and `peak_bytes`, the most memory that its process ever held, Python included.
    All but the last two are the same every time."""

    faults: int
    older: int
    states: int
    transitions: int
    depth: int
    seconds: float
    peak_bytes: int


def grow(up_to_faults: int, config: OrchestratorConfig = CONFIG, progress: Progress = silent) -> tuple[Growth, ...]:
    """Search with 0, 1, ... `up_to_faults` faults, though never more than `MOST_FAULTS`, under each bound of `OLDER`.

    The faults are those of the classes that are proved together, and commands come at any moment. Each search has a
    process of its own, one after the other, so that neither its time nor its memory is another's. `progress` is told
    how many are done, of all. Raises SearchTooLarge when a search is cut off.
    """
    asked = [(faults, older) for faults in range(min(up_to_faults, MOST_FAULTS) + 1) for older in OLDER]
    return tuple(_each_alone(asked, config, progress))


def _each_alone(asked: list[tuple[int, int]], config: OrchestratorConfig, progress: Progress) -> Iterator[Growth]:
    for done, (faults, older) in enumerate(asked):
        progress("measuring growth", done, len(asked))
        with worker_pool(1) as pool:
            yield pool.submit(measure, faults, older, config).result()


def measure(faults: int, older: int, config: OrchestratorConfig = CONFIG) -> Growth:
    """Search once, in this process."""
    scope = Scope(faults=TOGETHER, limit=faults, racing=True)
    began = time.perf_counter()
    found = explore(StateSpace(scope, Core, judge_of(Core), Bounds(older)), World(core=CoreState(config=config)))
    seconds = time.perf_counter() - began
    if found.cut_off:
        raise SearchTooLarge(found.cut_off)
    return Growth(faults, older, found.states, found.transitions, found.depth, seconds, peak_bytes())


def peak_bytes() -> int:
    """The most memory that this process has held so far, in bytes."""
    if STATUS.exists():
        lines = STATUS.read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
    import resource  # macOS, where the peak is in bytes

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
