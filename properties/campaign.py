"""One verification: the proof, the graphs and the audit, the search by Hypothesis, and random simulated runs."""

import time

from model.table import Edge
from properties.audit import audit
from properties.graphs import procedure_claims, table_claims
from properties.machine import Broken, search
from properties.procedures import explore
from properties.proof import Proof, prove
from properties.random_runs import Tried, try_runs
from properties.verdicts import UNKNOWN, VIOLATED
from properties.verification import HELD, Claim, Progress, Space, Verification
from sim.faults import BY_ID

EXAMPLES, STEPS, RUNS = 150, 40, 300
"""How much is tried beside what is proved: examples of Hypothesis, their steps, and simulated runs."""


def silent(what: str, done: int, total: int) -> None:
    """A progress that tells nobody."""


def verify(faults: int = 2, seed: int = 0, progress: Progress = silent) -> Verification:
    """Gather every kind of evidence that there is about the reference, with up to `faults` faults in a proved run.

    `seed` decides everything that is random; the same arguments give the same verification, but for the seconds.
    """
    began = time.perf_counter()
    proof = prove(faults, progress=lambda states, level: progress("exploring worlds", states, 0))
    progress("exploring procedures", 0, 0)
    procedures = explore()
    progress("searching with Hypothesis", 0, 0)
    searched, hypothesis_rows = searching(seed)
    tried = try_runs(RUNS, seed, lambda done: progress("simulating runs", done, RUNS))
    return Verification(
        faults=faults,
        seed=seed,
        seconds=time.perf_counter() - began,
        cells=proof.cells,
        claims=(*table_claims(), *procedure_claims(procedures), *searched, *simulated(tried)),
        findings=audit(procedures),
        space=_space(proof, faults),
        coverage={
            "explorer": proof.rows_taken,
            "procedures": {edge: sum(by.values()) for edge, by in procedures.takers.items()},
            "hypothesis": hypothesis_rows,
            "simulator": tried.coverage.rows,
        },
    )


def _space(proof: Proof, faults: int) -> Space:
    missed = tuple(f"{BY_ID[fault].name} at {place}" for fault, place in proof.unreached)
    limit = f"{faults} {'fault' if faults == 1 else 'faults'}"
    unreached = (f"out of reach with {limit}: {', '.join(missed)}",) if missed else ()
    return Space(proof.states, proof.transitions, proof.depth, (*proof.bounds, *unreached))


def searching(seed: int) -> tuple[tuple[Claim, ...], dict[Edge, int]]:
    """What Hypothesis finds: a broken guarantee, or not; and whether it saw everything that it should see sometimes."""
    effort = f"{EXAMPLES} examples of up to {STEPS} rules, commands racing"
    holds = "no sequence of commands, faults and delays breaks a guarantee"
    try:
        machine = search(seed=seed, max_examples=EXAMPLES, steps=STEPS)
    except Broken as broken:
        story = "; ".join(broken.story)
        return (Claim("hypothesis", holds, VIOLATED, f"{broken.breaches[0].what}, after: {story}"),), {}
    wanted = (*machine.sometimes, *machine.fault_classes)
    missing = machine.coverage.missing(wanted)
    seen = Claim(
        "hypothesis",
        "the search sees everything that it should see sometimes",
        UNKNOWN if missing else HELD,
        f"never seen: {', '.join(missing)}" if missing else f"seen: {', '.join(wanted)}",
    )
    return (Claim("hypothesis", holds, HELD, effort), seen), dict(machine.coverage.rows)


def simulated(tried: Tried) -> tuple[Claim, ...]:
    """What the simulated runs show."""
    faults = {name: count for name, count in tried.coverage.sights.items() if name in BY_ID}
    hit = ", ".join(f"{BY_ID[name].name} {faults[name]:,}" for name in sorted(faults))
    effort = f"{tried.runs} runs, {tried.steps:,} steps, faults: {hit}"
    return (
        Claim(
            "simulator",
            "no simulated run breaks a guarantee",
            VIOLATED if tried.breaches else HELD,
            "; ".join(tried.breaches[:3]) or effort,
        ),
        Claim(
            "simulator",
            "every simulated run replays from its trace, step for step",
            VIOLATED if tried.differences else HELD,
            "; ".join(tried.differences[:3]) or f"{tried.runs} traces",
        ),
    )
