"""The searches that a verification uses beside SPIN and TLC, on the very same graph: equal worlds, equal transitions,
times of one run.

    make benchmark

Both are given our compiled tables (`tabled_graph`), so they explore what we explore, state by state; their time is
that of the search alone, without generating and compiling the model, or reading it. Ours, by levels and by sets of
worlds, is told with and without the time in which rules are compiled. Times are processor seconds, but for TLC's, whose
machine does more than search: those are seconds of the clock.
"""

import re
import resource
import shutil
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from tabled_graph import tabled
from tabled_promela import most, write_promela
from tabled_tla import write_tla
from tlc import explored

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.model_check.proof import CONFIG, TOGETHER, ProofSearch, judge_of
from broadcast_orchestrator.sim.explore.diagrams.reach import Reached, account_of, reach
from broadcast_orchestrator.sim.explore.diagrams.set_search import SetSearch
from broadcast_orchestrator.sim.explore.exploration import Exploration
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


class Ours(NamedTuple):
    """What our searches find, and how long they take: by levels and by sets of worlds, with the rules compiled and with
    compiling them."""

    found: Exploration
    levels: float
    whole_levels: float
    sets: float
    whole_sets: float

    @classmethod
    def with_faults(cls, faults: int) -> "Ours":
        """Both searches with so many faults; they find the same."""
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
        return cls(found, warm, whole, warm_sets, cold_sets)

    def beside(self, name: str, its: float) -> str:
        """Both times, and how many times ours goes into that of another tool."""
        ours = (
            f"by levels {self.levels:.2f} s with the rules compiled, ratio {its / self.levels:.1f}",
            f"{self.whole_levels:.2f} s with compiling them, ratio {its / self.whole_levels:.2f}",
            f"by sets {self.sets:.2f} s, ratio {its / self.sets:.1f}",
            f"{self.whole_sets:.2f} s with compiling and counting, ratio {its / self.whole_sets:.2f}",
        )
        size = f"{self.found.states:,} states, {self.found.transitions:,} transitions"
        return f"\n{size}; {name} {its:.2f} s; ours {'; '.join(ours)}"


@pytest.mark.parametrize("faults", list(HASH_BITS))
def test_spin_explores_the_same_graph(faults: int, tmp_path: Path) -> None:
    """SPIN finds exactly as many states and transitions as our searches; the lines show their times and ratios."""
    if not (shutil.which("spin") and shutil.which("gcc")):
        pytest.skip("spin and gcc are not installed: on Debian, apt-get install spin gcc")
    ours = Ours.with_faults(faults)
    run("spin", "-a", write_promela(tabled(ours.found), most(ours.found), tmp_path), cwd=tmp_path)
    run("gcc", "-O2", "-DSAFETY", "-DNOREDUCE", "-w", "-o", "pan", "pan.c", cwd=tmp_path)
    began = spent_by_children()
    words = run("./pan", "-n", "-E", "-m10000000", f"-w{HASH_BITS[faults]}", cwd=tmp_path)
    its = spent_by_children() - began
    counts = [re.search(rf"(\S+) {what}", words) for what in ("states, stored", "transitions")]
    its_counts = [count[1] for count in counts if count is not None]
    expected = ours.found.states, ours.found.transitions + 1  # it counts the way to the first one, too
    assert its_counts == [f"{count:.8g}" for count in expected]  # so many digits are what it prints
    print(ours.beside("SPIN", its))


@pytest.mark.parametrize("faults", [0, 1])
def test_tlc_explores_the_same_graph(faults: int, tmp_path: Path) -> None:
    """So does TLC. With two faults there are a million cells that it would have to read."""
    ours = Ours.with_faults(faults)
    found = explored(tmp_path, write_tla(tabled(ours.found), tmp_path), "-deadlock", within=1_800)  # none is looked for
    assert (found.states, found.generated - 1) == (ours.found.states, ours.found.transitions)
    print(ours.beside("TLC", found.seconds))
