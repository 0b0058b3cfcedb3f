"""How many scenarios a second one process checks: the reference in this process, and the example in TypeScript.

    make benchmark

Real time is what a user waits for; processor time tells how much of it one core would need for both sides together,
however busy the machine is.
"""

import resource
import shutil
import time
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest

from broadcast_orchestrator.properties.checking.checking import seldom_collected
from broadcast_orchestrator.properties.checking.search.bench import Bench
from broadcast_orchestrator.properties.checking.search.seat import MakeSubject
from broadcast_orchestrator.properties.checking.search.sweep import Sweep
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.protocol.child_process import ChildSubject
from broadcast_orchestrator.sim.subjects.protocol.messages import Limits
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import Scenario

ADAPTER = Path(__file__).resolve().parents[1] / "subjects" / "typescript" / "adapter.mjs"

SCENARIOS, WARMING_UP, PART = 2_000, 100, 200


def test_how_fast_the_reference_is_checked() -> None:
    """The reference, in this process."""
    measure(ReferenceSubject)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_how_fast_an_implementation_in_typescript_is_checked() -> None:
    """The example, in a process of its own."""
    measure(partial(ChildSubject, ["node", str(ADAPTER)]))


class Took(NamedTuple):
    """Seconds: of real time, and of processor time here and there."""

    real: float = 0.0
    here: float = 0.0
    there: float = 0.0


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_how_much_faster_a_scenario_told_in_one_go_is() -> None:
    """The example, told line by line and told whole scenarios while the one before is judged, in turn in one run.

    Line by line one side waits for the other; in one go each is busy with a scenario of its own. So where each side has
    a core to itself, the first takes as long as both together, the other as long as the slower of them.
    """
    by_line, ahead = in_turn()
    print(f"\nline by line {SCENARIOS / by_line.real:,.0f}, in one go {SCENARIOS / ahead.real:,.0f} a second", end=" ")
    print(f"of real time: {by_line.real / ahead.real:.2f} times;", end=" ")
    for name, took in (("line by line", by_line), ("in one go", ahead)):
        print(
            f"{name} {1000 * took.here / SCENARIOS:.2f} ms here and {1000 * took.there / SCENARIOS:.2f} there,", end=" "
        )
    print(f"which is {(by_line.here + by_line.there) / max(ahead.here, ahead.there):.2f} times on two free cores")


def in_turn() -> tuple[Took, Took]:
    """What the sample takes line by line, and in one go."""
    make = partial(ChildSubject, ["node", str(ADAPTER)])
    took = {False: Took(), True: Took()}
    benches = {foresight: Bench(make, Dialect(), Limits(), foresight=foresight) for foresight in took}
    try:
        with seldom_collected():
            scenarios = sample(benches[True])
            for bench in benches.values():
                run(bench, scenarios[:WARMING_UP])
            for at in range(0, SCENARIOS, PART):
                for foresight, bench in benches.items():
                    real, here = run(bench, scenarios[at : at + PART])
                    took[foresight] = Took(took[foresight].real + real, took[foresight].here + here)
    finally:
        for foresight, bench in benches.items():
            before = children()
            bench.close()
            theirs = (children() - before) * SCENARIOS / (SCENARIOS + WARMING_UP)
            took[foresight] = took[foresight]._replace(there=theirs)
    return took[False], took[True]


def measure(make_subject: MakeSubject) -> None:
    """Check a fixed sample of the sweep, and print the rates."""
    before = children()
    bench = Bench(make_subject, Dialect(), Limits())
    try:
        with seldom_collected():
            scenarios = sample(bench)
            run(bench, scenarios[:WARMING_UP])
            real, processor = run(bench, scenarios)
    finally:
        bench.close()
    theirs = (children() - before) * SCENARIOS / (SCENARIOS + WARMING_UP)
    print(f"\n{bench.name}: {SCENARIOS / real:,.0f} scenarios a second of real time,", end=" ")
    print(f"{SCENARIOS / (processor + theirs):,.0f} on one core;", end=" ")
    print(f"{1000 * processor / SCENARIOS:.2f} ms here and {1000 * theirs / SCENARIOS:.2f} ms there for each")


def children() -> float:
    """The processor time of the processes that have ended, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def sample(bench: Bench) -> list[Scenario]:
    """The first scenarios of the sweep, which are something of every level."""
    return list(islice(Sweep(bench.reference_run, bench.styles, 0).scenarios(), SCENARIOS))


def run(bench: Bench, scenarios: list[Scenario]) -> tuple[float, float]:
    """The seconds of real time and of processor time that these take."""
    real, processor = time.monotonic(), time.process_time()
    for scenario, following in zip(scenarios, [*scenarios[1:], None], strict=True):
        bench.try_out(scenario, following)
    return time.monotonic() - real, time.process_time() - processor
