"""The engine for finite models against SPIN and a plain search, whole processes, as ratios of one run.

    make benchmark

SPIN's side is generating, compiling (gcc -O2) and running; ours and the plain search's include the interpreter's
start. The peers' sources are looked for where the environment variable BROADCAST_PEERS says, by default in
`shared/peers` beside the repository. The plain search runs for k = 0 alone: for k = 3 it takes minutes and gigabytes.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest

HERE = Path(__file__).resolve().parent
PEERS = Path(os.environ.get("BROADCAST_PEERS", HERE.parents[1].parent / "shared" / "peers"))

STATES = {0: 2_103_071, 3: 19_552_339}
TRANSITIONS = {0: 25_277_480, 3: 323_848_129}
HASH_BITS = {0: 24, 3: 27}
"""The logarithm of the size of SPIN's hash table: as large as the space wants it."""


def seconds(command: Callable[[], str]) -> tuple[float, str]:
    """How long a command takes by the clock, and what it prints."""
    began = time.perf_counter()
    printed = command()
    return time.perf_counter() - began, printed


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """What a command prints."""
    return subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=True).stdout


def peer(name: str) -> Path:
    """One of the peers' sources, or the reason to skip."""
    source = PEERS / name
    if not source.is_file():
        pytest.skip(f"no {name} in the folder of the peers' sources: set BROADCAST_PEERS to where they are")
    return source


def ours(faults: int) -> Callable[[], str]:
    """Our engine as a process."""
    return lambda: run(sys.executable, HERE / "benchmark_model.py", str(faults))


def spin(faults: int, folder: Path) -> Callable[[], str]:
    """SPIN as its processes."""
    if not (shutil.which("spin") and shutil.which("gcc")):
        pytest.skip("spin and gcc are not installed: on Debian, apt-get install spin gcc")
    source = peer("orchestrator.pml")

    def search() -> str:
        run("spin", "-a", f"-DK={faults}", source, cwd=folder)
        run("gcc", "-O2", "-DSAFETY", "-DNOREDUCE", "-o", "pan", "pan.c", cwd=folder)
        return run(folder / "pan", "-n", "-m100000", f"-w{HASH_BITS[faults]}", cwd=folder)

    return search


def plain(faults: int) -> Callable[[], str]:
    """A plain breadth-first search in Python, written for this model."""
    source = peer("bfs.py")
    return lambda: run(sys.executable, source, str(faults))


def rounds(ours: Callable[[], str], other: Callable[[], str], times: int) -> tuple[float, float, str, str]:
    """The medians of both, taken in turns, and what they printed last."""
    both = [(seconds(ours), seconds(other)) for _ in range(times)]
    (_, our_words), (_, other_words) = both[-1]
    return median(mine[0] for mine, _ in both), median(its[0] for _, its in both), our_words, other_words


def show(what: str, faults: int, mine: float, its: float, times: int) -> None:
    """One line of the comparison."""
    how = f"medians of {times}, in turns" if times > 1 else "one run of each"
    print(f"\nk={faults}: ours {mine:.2f} s, {what} {its:.2f} s, ratio {its / mine:.0f} ({how})")


@pytest.mark.parametrize(("faults", "times"), [(0, 5), (3, 1)])
def test_at_least_ten_times_as_fast_as_spin(faults: int, times: int, tmp_path: Path) -> None:
    """From source to counts, our engine takes at most a tenth of SPIN's time, and counts the same states."""
    mine, its, our_words, spins_words = rounds(ours(faults), spin(faults, tmp_path), times)
    show("SPIN", faults, mine, its, times)
    assert f"states={STATES[faults]} transitions={TRANSITIONS[faults]} " in our_words
    stored = re.search(r"(\S+) states, stored", spins_words)
    assert stored is not None
    assert float(stored[1]) == pytest.approx(STATES[faults], rel=1e-6)  # SPIN rounds large numbers
    assert its >= 10 * mine


def test_at_least_ten_times_as_fast_as_a_plain_search() -> None:
    """Our engine takes at most a tenth of the time of a plain search in the same language, with the same counts."""
    mine, its, our_words, plain_words = rounds(ours(0), plain(0), 3)
    show("a plain search", 0, mine, its, 3)
    for words in (our_words, plain_words):
        assert "states=2103071 transitions=25277480 " in words
    assert its >= 10 * mine


@pytest.mark.parametrize("faults", [0, 3])
def test_by_levels_the_depth_is_known(faults: int) -> None:
    """Taking the space by levels gives the depth, 149, and the same counts."""
    took, words = seconds(lambda: run(sys.executable, HERE / "benchmark_model.py", str(faults), "--levels"))
    print(f"\nk={faults}: by levels {took:.2f} s")
    assert f"states={STATES[faults]} transitions={TRANSITIONS[faults]} depth=149 " in words


@pytest.mark.parametrize(("faults", "steps"), [(0, 22), (1, 14), (2, 13), (3, 13)])
def test_the_shortest_witness_is_found(faults: int, steps: int) -> None:
    """A state that must never be is found, with a shortest way to it."""
    took, words = seconds(lambda: run(sys.executable, HERE / "benchmark_model.py", str(faults), "--check"))
    print(f"\nk={faults}: shortest witness, {steps} steps, {took:.2f} s")
    assert f"k={faults} violated: " in words
    assert f" steps={steps}: " in words
