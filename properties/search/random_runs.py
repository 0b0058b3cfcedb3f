"""Random simulated runs: commands and faults as a seed decides, every step judged, and some traces taken again."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple, assert_never

from broadcast_orchestrator.model.api.orchestrator import Caller
from broadcast_orchestrator.model.config import DEFAULT_CONFIG
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Accepted, Settled, Transition
from broadcast_orchestrator.properties.guarantees.by_design import beyond_design
from broadcast_orchestrator.properties.guarantees.judgement_cache import JudgedStep, judgements_of
from broadcast_orchestrator.properties.guarantees.raising import raised_violation
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.properties.search.coverage import SIGHTS, Coverage
from broadcast_orchestrator.properties.search.run_scripts import Befalling, DrawnCommand, Script, script_of
from broadcast_orchestrator.sim.campaign.cluster import on_cluster
from broadcast_orchestrator.sim.processes.ends import undisturbed
from broadcast_orchestrator.sim.processes.workers import joblib_workers
from broadcast_orchestrator.sim.simulate.clock import BareClock
from broadcast_orchestrator.sim.simulate.drawn_calls import CallDraws, Latencies
from broadcast_orchestrator.sim.simulate.driver import Driver
from broadcast_orchestrator.sim.simulate.injection import Injection
from broadcast_orchestrator.sim.simulate.streams import Streams
from broadcast_orchestrator.sim.simulate.studio import Studio
from broadcast_orchestrator.sim.world.faults import RELOAD, FaultClass, FaultOrNone
from broadcast_orchestrator.sim.world.garbage import no_garbage, spare_the_collector
from broadcast_orchestrator.sim.world.remembered.met_failures import FailuresMet
from broadcast_orchestrator.sim.world.remembered.transition_cache import CachedStep, set_aside
from broadcast_orchestrator.sim.world.steps import UNHEARD, Do, Elsewhere, Reload, Step, Suspend, fault_of
from broadcast_orchestrator.sim.world.trace import replay

REPLAYED = 300
"""How many runs are made a second time in the studio, written down, and taken again from their traces."""

TOLD = 1_000
"""How many violations are told in words: a core that breaks something in every run must not fill the memory."""

BATCH = 500
"""How many runs are made at once in one process: to hand out a batch and take what it showed costs as much as some five
runs."""

LONGEST = 10_000
"""After so many steps a run that is not at rest never will be: those of the reference have some twenty."""

LATENCIES = Latencies({})
"""What calls take in these runs: the default."""


@dataclass
class TriedRuns:
    """What the runs showed: how many there were, their steps, in how many each class of fault `hit`, the first `TOLD`
    violations in words, in how many runs each guarantee was broken `by_design` alone, each difference between the
    engines or between a run and its trace, and the longest time in ms that each command took to settle, sleep left
    out."""

    runs: int = 0
    steps: int = 0
    hit: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    by_design: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)
    replayed: int = 0
    coverage: Coverage = field(default_factory=Coverage)
    longest_ms: dict[str, float] = field(default_factory=dict)

    def add(self, other: "TriedRuns") -> None:
        """These runs too."""
        self.runs += other.runs
        self.steps += other.steps
        self.hit.update(other.hit)
        self.by_design.update(other.by_design)
        self.violations += other.violations[: max(TOLD - len(self.violations), 0)]
        self.differences += other.differences
        self.replayed += other.replayed
        self.coverage.rows.update(other.coverage.rows)
        self.coverage.sights.update(other.coverage.sights)
        for command, took_ms in other.longest_ms.items():
            self.longest_ms[command] = max(took_ms, self.longest_ms.get(command, 0.0))


def try_runs(
    runs: int,
    seed: int,
    progress: Callable[[int], None] = lambda done: None,
    jobs: int = 1,
    cluster: str | None = None,
    rules: type[Core] = Core,
) -> TriedRuns:
    """Make `runs` runs of these rules on so many processes, or on the Dask cluster whose scheduler has this address.
    Run number n depends on the seed and on n alone, so it can be made again by itself; the result depends neither on
    `jobs` nor on `cluster`. What the rules break is judged by the measures that they claim. Raises `ClusterError` where
    there is no such cluster."""
    tried = TriedRuns()
    for some in _batches(runs, seed, jobs, cluster, rules):
        tried.add(some)
        progress(tried.runs)
    return tried


def _batches(runs: int, seed: int, jobs: int, cluster: str | None, rules: type[Core]) -> Iterator[TriedRuns]:
    batches = ((first, min(first + BATCH, runs)) for first in range(0, runs, BATCH))
    if cluster is None and (jobs == 1 or runs <= BATCH):
        for first, end in batches:
            yield batch(seed, first, end, rules)
        return
    from joblib import Parallel, delayed

    workers = joblib_workers() if cluster is None else {}
    with on_cluster(cluster):
        parallel = Parallel(jobs, return_as="generator", batch_size=1, **workers)
        with undisturbed():  # here workers are started
            results = parallel(delayed(batch)(seed, *each, rules) for each in batches)
        yield from results


def batch(seed: int, first: int, end: int, rules: type[Core] = Core) -> TriedRuns:
    """The runs from number `first` up to but not including `end`."""
    tried = TriedRuns()
    set_aside()
    with no_garbage():
        for number in range(first, end):
            script = script_of(seed, number)
            run = RandomRun(f"run {number}", tried, rules)
            run.follow(script)
            tried.runs += 1
            if number < REPLAYED:
                tried.replayed += 1
                tried.differences += [f"run {number}: {told}" for told in differences(script, run.taken, rules)]
        spare_the_collector()  # what is left is remembered
    return tried


# -- One run, quickly -----------------------------------------------------------------------------


class Digest(NamedTuple):
    """What a step means to the count: the fault that it is, what it broke, the rows that it took, what was seen, and
    which commands began and ended in it."""

    fault: FaultOrNone
    violations: tuple[Violation, ...]
    rows: tuple[tuple[Any, Any], ...]
    sights: tuple[str, ...]
    began: tuple[str, ...]
    ended: tuple[str, ...]


NOTHING = Digest("", (), (), (), (), ())


def digest(judged: JudgedStep) -> Digest | None:
    """The digest of a step; None where it means nothing."""
    step, effects, fault = judged.step, judged.rule.effects, fault_of(judged.step)
    if isinstance(step, UNHEARD) and not (fault or judged.violations):
        return None  # the core does not notice it
    before, after = judged.steps.cores[judged.before], judged.steps.cores[judged.after]
    seen = [name for name, sight in SIGHTS.items() if sight(before, step, effects, after)]
    found = Digest(
        fault,
        judged.violations,
        tuple([(effect.source, effect.target) for effect in effects if isinstance(effect, Transition)]),
        (*seen, fault) if fault else tuple(seen),
        tuple([e.command for e in effects if isinstance(e, Accepted) and isinstance(step, Do) and not e.joined]),
        tuple([effect.command for effect in effects if isinstance(effect, Settled)]),
    )
    return None if found == NOTHING else _once(found)


@lru_cache(maxsize=1 << 12)
def _once(digest: Digest) -> Digest:
    """The first of all that are the same: there are some hundreds, and they are kept with every step."""
    return digest


class RandomRun:
    """Makes one run of these rules, called `name`, looks up how each of its steps is judged, and adds that to `tried`.
    `taken` are its steps with their times."""

    def __init__(self, name: str, tried: TriedRuns, rules: type[Core] = Core) -> None:
        self.taken: list[tuple[float, Step]] = []
        self._name, self._tried, self._measures = name, tried, rules.measures
        self._rows, self._sights = tried.coverage.rows, tried.coverage.sights
        self._hit: dict[FaultClass, None] = {}
        self._by_design: dict[str, None] = {}
        self._began: dict[str, float] = {}
        self._asleep_ms = (0.0, 0.0)
        self._clock = BareClock()
        self._judgements = judgements_of(digest, rules)

    def follow(self, script: Script) -> None:
        """Let everything happen. What rules raise that are broken is a violation, and ends the run."""
        try:
            self._live(script)
        except Exception as raised:
            self._tell((raised_violation(raised),))
        self._clock.leave()
        self._tried.steps += len(self.taken)
        for fault in self._hit:
            self._tried.hit[fault] += 1
        for guarantee in self._by_design:
            self._tried.by_design[guarantee] += 1

    def _live(self, script: Script) -> None:
        streams, clock = Streams(script.seed), self._clock
        calls = CallDraws(LATENCIES, streams, Injection(script.faults))
        driver = Driver(clock, self._judgements, DEFAULT_CONFIG, calls, self._hear)
        for order in script.orders:
            if isinstance(order, DrawnCommand):
                driver.take(Do(order.command, order.session))
            else:
                self._asleep_ms = (clock.now, clock.now + order.for_ms) if order.for_ms else self._asleep_ms
                befall(driver, order)
            clock.run(clock.now + order.pause_ms)
        while not driver.quiet:
            if not clock.step() or len(self.taken) > LONGEST:
                self._tell((Violation("G7", f"not at rest after {len(self.taken)} steps"),))
                return

    def _hear(self, _: int, edge: CachedStep, __: FailuresMet, ___: Caller | None) -> None:
        self.taken.append((self._clock.now, edge.step))
        if edge.digest is not None:
            self._note(edge.digest)

    def _note(self, digest: Digest) -> None:
        fault, violations, rows, sights, began, ended = digest
        if fault:
            self._befallen(fault)
        if violations:
            self._tell(violations)
        for row in rows:
            self._rows[row] += 1
        for sight in sights:
            self._sights[sight] += 1
        for command in began:
            self._began[command] = self._clock.now
        for command in ended:
            if command in self._began:
                self._took(command, self._began.pop(command))

    def _befallen(self, fault: FaultClass) -> None:
        self._hit[fault] = None
        if fault == RELOAD:
            self._began.clear()
            self._asleep_ms = (self._asleep_ms[0], min(self._asleep_ms[1], self._clock.now))

    def _tell(self, violations: tuple[Violation, ...]) -> None:
        """Tell of what the design does not foresee after what has hit so far, and count the rest."""
        told = beyond_design(violations, self._hit, self._measures)
        self._by_design.update((each.guarantee, None) for each in violations if each not in told)
        if len(self._tried.violations) < TOLD:
            self._tried.violations += [f"{self._name}: {violation}" for violation in told]

    def _took(self, command: str, began_ms: float) -> None:
        """Note how long a command took while the page was awake: timers stand still while it sleeps."""
        now_ms, longest_ms = self._clock.now, self._tried.longest_ms
        slept_ms = max(min(now_ms, self._asleep_ms[1]) - max(began_ms, self._asleep_ms[0]), 0.0)
        longest_ms[command] = max(now_ms - began_ms - slept_ms, longest_ms.get(command, 0.0))


# -- The same run in the studio -------------------------------------------------------------------


def staged(script: Script, rules: type[Core] = Core) -> Studio:
    """The script, played in the studio."""
    studio = Studio(script.seed, faults=script.faults, rules=rules)
    for order in script.orders:
        if isinstance(order, DrawnCommand):
            session = () if order.session is None else (order.session,)
            getattr(studio.orchestrator, order.command)(*session)
        else:
            befall(studio, order)
        studio.run(studio.now_ms + order.pause_ms)
    studio.settle()
    return studio


def befall(dashboard: Driver | Studio, befalling: Befalling) -> None:
    """Let it befall the orchestrator."""
    match befalling.step:
        case Reload():
            dashboard.reload()
        case Elsewhere(command):
            dashboard.elsewhere(command)
        case Suspend():
            dashboard.suspend(befalling.for_ms)
        case never:
            assert_never(never)


def differences(script: Script, taken: list[tuple[float, Step]], rules: type[Core] = Core) -> Iterator[str]:
    """Where the studio does something else than the quick run did, and where its trace does not replay. The last digits
    of a time may differ: SimPy stops at timers that are no longer set, and a time is what it adds up to."""
    trace = staged(script, rules).trace
    there = [(round(line.at_ms or 0.0, 6), line.step) for line in trace.lines]
    here = [(round(at_ms, 6), step) for at_ms, step in taken]
    if there != here:
        at = next((n for n, (one, other) in enumerate(zip(there, here, strict=False)) if one != other), len(here))
        yield f"step {at + 1} is not the same in the studio and without it"
    if not (again := replay(trace, rules)).agrees:
        yield f"step {again.differs_at}: {again.difference}"
