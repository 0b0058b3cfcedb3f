"""The searches that a verification uses beside SPIN, on the very same graph: equal worlds, equal transitions, times of
one run.

    make benchmark

SPIN is given our compiled tables (`tabled_model`), so it explores what we explore, state by state; its time is that of
the search alone, without generating and compiling. Ours, by levels and by sets of worlds, is told with and without the
time in which rules are compiled. Times are processor seconds.
"""

import re
import resource
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from tabled_model import tabled

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.model_check.proof import CONFIG, TOGETHER, ProofSearch, judge_of
from broadcast_orchestrator.sim.explore.diagrams.reach import Reached, account_of, reach
from broadcast_orchestrator.sim.explore.diagrams.set_search import SetSearch
from broadcast_orchestrator.sim.explore.explorer import explore
from broadcast_orchestrator.sim.explore.loops.chosen import diagram_code
from broadcast_orchestrator.sim.explore.state_space import BOUNDS, StateSpace
from broadcast_orchestrator.sim.world.world import Scope, first_world

HASH_BITS = {0: 16, 1: 20, 2: 24, 3: 28}
"""The logarithm of the size of SPIN's hash table: as large as the space wants it."""


def run(*command: str, cwd: Path) -> str:
    """What a command prints."""
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True).stdout


def spent_by_children() -> float:
    """The processor seconds of all processes that were run so far: those of a busy machine's others do not count."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def by_sets(search: ProofSearch) -> tuple[Reached, float, float]:
    """What is reached by sets of worlds, and how long that takes: all of it, and the search alone once all is known."""
    start = first_world(CONFIG, Core)
    code = diagram_code() or pytest.skip("machine code comes with the extra fast")
    reach(StateSpace(search.scope._replace(limit=0), Core), start)  # what is loaded once counts for nobody
    space = StateSpace(search.scope, Core, judge_of(Core), BOUNDS)
    began = time.process_time()
    first = SetSearch(space, code)
    first.begin(start)
    first.run()
    found = account_of(first)
    whole = time.process_time() - began
    again = SetSearch(space, code, first.groups)
    again.begin(start)
    began = time.process_time()
    again.run()
    warm = time.process_time() - began
    assert again.states() == found.states
    return found, whole, warm


@pytest.mark.parametrize("faults", list(HASH_BITS))
def test_spin_explores_the_same_graph(faults: int, tmp_path: Path) -> None:
    """SPIN finds exactly as many states and transitions as our searches; the lines show their times and ratios."""
    if not (shutil.which("spin") and shutil.which("gcc")):
        pytest.skip("spin and gcc are not installed: on Debian, apt-get install spin gcc")
    search = ProofSearch(Scope(TOGETHER, limit=faults, racing=True), Core, CONFIG, BOUNDS)
    began = time.process_time()
    found = search.explored()
    whole = time.process_time() - began
    began = time.process_time()
    again = explore(found.space, found.space.numbers.world(int(found.levels[0][0]))[0])
    warm = time.process_time() - began
    assert (again.states, again.transitions) == (found.states, found.transitions)
    sets, cold_sets, warm_sets = by_sets(search)
    assert (sets.states, sets.transitions) == (found.states, found.transitions)
    model = tabled(found).write(tmp_path)
    run("spin", "-a", model.name, cwd=tmp_path)
    run("gcc", "-O2", "-DSAFETY", "-DNOREDUCE", "-w", "-o", "pan", "pan.c", cwd=tmp_path)
    began = spent_by_children()
    words = run("./pan", "-n", "-E", "-m10000000", f"-w{HASH_BITS[faults]}", cwd=tmp_path)
    its = spent_by_children() - began
    counts = [re.search(rf"(\S+) {what}", words) for what in ("states, stored", "transitions")]
    its_counts = [count[1] for count in counts if count is not None]
    ours = found.states, found.transitions + 1  # it counts the way to the first one, too
    assert its_counts == [f"{count:.8g}" for count in ours]  # so many digits are what it prints
    print(
        f"\nk={faults}: {found.states:,} states, {found.transitions:,} transitions; SPIN {its:.2f} s; ours by levels "
        f"{warm:.2f} s with the rules compiled, ratio {its / warm:.1f}; {whole:.2f} s with compiling them, ratio "
        f"{its / whole:.2f}; by sets {warm_sets:.2f} s, ratio {its / warm_sets:.1f}; {cold_sets:.2f} s with compiling "
        f"and counting, ratio {its / cold_sets:.2f}"
    )
