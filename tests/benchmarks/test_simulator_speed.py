"""How fast experiments run, as ratios to a textbook loop in SimPy that has no orchestrator; every ratio of one run."""

import time
from itertools import pairwise

import pytest
from yardstick import CALLS_A_CYCLE, textbook_cycles_per_second

from broadcast_orchestrator.properties.experiments.measured import work
from broadcast_orchestrator.properties.search.random_runs import try_runs
from broadcast_orchestrator.sim.campaign.running import run_batch
from broadcast_orchestrator.sim.experiments.files import read
from broadcast_orchestrator.sim.experiments.tables import Experiment
from broadcast_orchestrator.sim.experiments.vocabulary import MEASURES

LATENCY = '"*" = { distribution = "exponential", mean_ms = 50 }'
ROUNDS = 8

KINDS = ("refuse", "lost_reply", "late")


def faults(percent: int) -> str:
    """Faults of several kinds that hit so many calls in a hundred."""
    share = percent / 100 / len(KINDS)
    return "".join(f'[[faults]]\ncall = "*"\nkind = "{kind}"\nprobability = {share}\n' for kind in KINDS)


def broadcasts(times: int, percent: int) -> Experiment:
    """An experiment whose runs are so many broadcasts, one after the other, each recovered from what goes wrong, where
    faults hit so many calls in a hundred."""
    again = f"times = {times}\n"
    return read(
        f'name = "speed"\n[latency]\n{LATENCY}\n{faults(percent)}[[commands]]\nat_ms = 0\ncommand = "initialize"\n'
        f'[[commands]]\nwhenever = "ready"\ncommand = "start_broadcast"\nsession_id = "s1"\n{again}'
        f'[[commands]]\nwhenever = "live"\nafter_ms = 1_000\ncommand = "stop_broadcast"\n{again}'
        f'[[commands]]\nwhenever = "error"\nafter_ms = 500\ncommand = "recover"\n{again}'
    ).experiment


@pytest.mark.parametrize("percent", [0, 1, 3], ids=["healthy", "1 % faults", "3 % faults"])
@pytest.mark.parametrize("times", [1, 100], ids=["a broadcast a run", "a hundred broadcasts a run"])
def test_cycles_a_second(times: int, percent: int) -> None:
    """The whole thing, judged and measured, beside the loop that does nothing of the kind."""
    experiment, runs = broadcasts(times, percent), 4_000 // times
    calls, batch = 2 + list(MEASURES).index("calls"), max(runs // 20, 1)
    for round_ in range(ROUNDS):  # the first rounds meet worlds that the later ones know
        textbook, ours = list[float](), list[float]()
        for first in range(round_ * runs, (round_ + 1) * runs, batch):  # in turns, since the machine may be busy
            textbook.append(1 / textbook_cycles_per_second(100))
            began = time.process_time()
            rows, _ = run_batch(work, experiment, first, first + batch)
            took_s = time.process_time() - began
            ours.append(took_s / sum(row[calls] for row in rows) * CALLS_A_CYCLE)
        ratio = sum(textbook) / sum(ours)
        print(
            f"\n{len(ours) / sum(ours):,.0f} cycles/s; textbook {len(ours) / sum(textbook):,.0f}; ratio {ratio:.2f}",
            end="",
        )


def test_jobs() -> None:
    """Twice the processes, on two free cores."""
    seconds = []
    for jobs in (1, 2):
        try_runs(2_000, 1, jobs=jobs)  # the processes are there, and know most worlds
        began = time.perf_counter()
        try_runs(8_000, 2, jobs=jobs)
        seconds.append(time.perf_counter() - began)
    print("\n8,000 random runs, judged: " + ", ".join(f"{each:.1f} s" for each in seconds), end="; ")
    print(", ".join(f"{one / two:.2f} times as fast" for one, two in pairwise(seconds)))
