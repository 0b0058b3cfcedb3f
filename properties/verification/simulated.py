"""What random simulated runs show, in claims."""

from collections.abc import Callable, Iterator

from broadcast_orchestrator.model.config import DEFAULT_CONFIG
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES
from broadcast_orchestrator.properties.guarantees.verdicts import HELD, VIOLATED, Claim
from broadcast_orchestrator.properties.model_check.liveness.bounds import bounds_ms
from broadcast_orchestrator.properties.model_check.second_process import JOBS, SecondProcess
from broadcast_orchestrator.properties.search.random_runs import TriedRuns, try_runs
from broadcast_orchestrator.properties.telling.progress import Progress
from broadcast_orchestrator.properties.verification.verification import NO_ALARM
from broadcast_orchestrator.sim.world.faults import BY_ID

MANY = 10_000
"""From so many simulated runs on, two processes share them."""


def tried_runs(runs: int, seed: int, progress: Progress, cluster: str | None, rules: type[Core] = Core) -> TriedRuns:
    """Make so many random runs of these rules, on two processes or the cluster where they are many."""
    jobs = JOBS if runs > MANY else 1
    return try_runs(runs, seed, lambda done: progress("simulating runs", done, runs), jobs, cluster, rules)


def runs_begun(runs: int, seed: int, cluster: str | None, beside: SecondProcess) -> Callable[[Progress], TriedRuns]:
    """Begin with runs of the reference beside, where they are few; what then makes them or waits for them."""
    if cluster is not None or runs > MANY:
        return lambda progress: tried_runs(runs, seed, progress, cluster)
    task = beside.begin(try_runs, runs, seed)

    def answer(progress: Progress) -> TriedRuns:
        progress("simulating runs", 0, runs)
        return task.answer()

    return answer


def simulated(tried: TriedRuns) -> tuple[Claim, ...]:
    """What the simulated runs show."""
    hit = ", ".join(f"{BY_ID[name].name.replace('_', ' ')} {tried.hit[name]:,}" for name in BY_ID if tried.hit[name])
    excused = ", ".join(f"{each.id} in {tried.by_design[each.id]:,}" for each in GUARANTEES if tried.by_design[each.id])
    by_design = f"; broken by design after a fault that allows it: {excused}" if excused else ""
    bound = f"upper bound on the probability of a breach (rule of three) {3 / max(tried.runs, 3):.2g} at 95 %"
    more = "a run may have more faults than the search allows"
    effort = f"{tried.runs:,} runs, {tried.steps:,} steps, runs with each fault: {hit}{by_design}; {more}; {bound}"
    return (
        Claim(
            "simulator",
            NO_ALARM,
            VIOLATED if tried.violations else HELD,
            "; ".join(tried.violations[:3]) or effort,
        ),
        Claim(
            "simulator",
            "a run made a second time, in the studio, is the same, and replays from its trace step for step",
            VIOLATED if tried.differences else HELD,
            "; ".join(tried.differences[:3]) or f"{tried.replayed:,} traces",
        ),
    )


def settling(tried: TriedRuns) -> Iterator[Claim]:
    """For each command the computed bound on the time in which it settles, beside the longest time that was seen."""
    for command, bound in bounds_ms(DEFAULT_CONFIG).items():
        longest = tried.longest_ms.get(command, 0.0)
        yield Claim(
            "simulator",
            f"{command} settles within {bound:,} ms, the longest path through its procedures",
            VIOLATED if round(longest, 3) > bound else HELD,  # a sum of floats
            f"the longest of {tried.runs:,} runs took {longest:,.0f} ms",
        )
