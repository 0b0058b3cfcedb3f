"""Random simulated runs: commands and faults as a seed decides, every step judged, and some traces taken again."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from broadcast_orchestrator.model.api.orchestrator import Caller
from broadcast_orchestrator.model.config import DEFAULT_CONFIG
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import COMMANDS, START_BROADCAST, Accepted, Settled, Transition
from broadcast_orchestrator.properties.guarantees.judgement_cache import JudgedStep, judgements_of
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.properties.search.coverage import SIGHTS, Coverage
from broadcast_orchestrator.sim.campaign.cluster import on_cluster
from broadcast_orchestrator.sim.processes.ends import undisturbed
from broadcast_orchestrator.sim.processes.workers import joblib_workers
from broadcast_orchestrator.sim.simulate.clock import BareClock
from broadcast_orchestrator.sim.simulate.drawn_calls import CallDraws, Latencies
from broadcast_orchestrator.sim.simulate.driver import Driver
from broadcast_orchestrator.sim.simulate.injection import Fault, Injection
from broadcast_orchestrator.sim.simulate.streams import Streams
from broadcast_orchestrator.sim.simulate.studio import Studio
from broadcast_orchestrator.sim.world.garbage import no_garbage
from broadcast_orchestrator.sim.world.met_failures import FailuresMet
from broadcast_orchestrator.sim.world.steps import Do, Step, fault_of
from broadcast_orchestrator.sim.world.trace import replay
from broadcast_orchestrator.sim.world.transition_cache import CachedStep, set_aside

KINDS = ("refuse", "lost_reply", "hang", "late", "early_reply", "duplicate", "lost_service", "conflict")
"""What may go wrong: the classes against which every guarantee must hold."""

FAULTS = {
    kind: tuple(Fault("convex.*" if kind == "conflict" else "*", kind, probability) for probability in (0.02, 0.1, 0.3))
    for kind in KINDS
}
"""How each of them is ordered, from seldom to often."""

COMMANDS_PER_RUN, LONGEST_PAUSE_MS = 8, 6_000

REPLAYED = 300
"""How many runs are made a second time in the studio, written down, and taken again from their traces."""

TOLD = 1_000
"""How many violations are told in words: a core that breaks something in every run must not fill the memory."""

BATCH = 250
"""How many runs are made at once in one process."""


LATENCIES = Latencies({})
"""What calls take in these runs: the default."""


class DrawnCommand(NamedTuple):
    """A command, and how long nothing is asked for after it, in milliseconds."""

    command: str
    session: str | None
    pause_ms: float


class Script(NamedTuple):
    """What happens in a run, and the seed of everything else that is random in it."""

    seed: int
    faults: tuple[Fault, ...]
    orders: tuple[DrawnCommand, ...]


@dataclass
class TriedRuns:
    """What the runs showed: how many there were, their steps, the first `TOLD` violations in words, each difference
    between the engines or between a run and its trace, and the longest time in ms that each command took to settle."""

    runs: int = 0
    steps: int = 0
    violations: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    replayed: int = 0
    coverage: Coverage = field(default_factory=Coverage)
    longest_ms: dict[str, float] = field(default_factory=dict)

    def add(self, other: "TriedRuns") -> None:
        """These runs too."""
        self.runs += other.runs
        self.steps += other.steps
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
) -> TriedRuns:
    """Make `runs` runs on so many processes, or on the Dask cluster whose scheduler has this address. Run number n
    depends on the seed and on n alone, so it can be made again by itself; the result depends neither on `jobs` nor on
    `cluster`. Raises `ClusterError` where there is no such cluster."""
    tried = TriedRuns()
    for some in _batches(runs, seed, jobs, cluster):
        tried.add(some)
        progress(tried.runs)
    return tried


def _batches(runs: int, seed: int, jobs: int, cluster: str | None) -> Iterator[TriedRuns]:
    batches = ((first, min(first + BATCH, runs)) for first in range(0, runs, BATCH))
    if cluster is None and (jobs == 1 or runs <= BATCH):
        for first, end in batches:
            yield batch(seed, first, end)
        return
    from joblib import Parallel, delayed

    workers = joblib_workers() if cluster is None else {}
    with on_cluster(cluster):
        parallel = Parallel(jobs, return_as="generator", batch_size=1, **workers)
        with undisturbed():  # here workers are started
            results = parallel(delayed(batch)(seed, *each) for each in batches)
        yield from results


def batch(seed: int, first: int, end: int) -> TriedRuns:
    """The runs from number `first` up to but not including `end`."""
    tried = TriedRuns()
    set_aside()
    with no_garbage():
        for number in range(first, end):
            script = script_of(seed, number)
            run = RandomRun(f"run {number}", tried)
            run.follow(script)
            tried.runs += 1
            if number < REPLAYED:
                tried.replayed += 1
                tried.differences += [f"run {number}: {difference}" for difference in differences(script, run.taken)]
    return tried


def script_of(seed: int, number: int) -> Script:
    """What happens in run number `number`: commands after random pauses, so that some of them race."""
    luck = Streams(seed).stream(f"run {number}")
    own_seed, faults = luck.getrandbits(32), _faults(luck)
    return Script(own_seed, faults, tuple(_orders(luck)))


def _orders(luck: random.Random) -> Iterator[DrawnCommand]:
    for command in luck.choices(COMMANDS, weights=(4, 6, 3, 1, 2), k=COMMANDS_PER_RUN):
        session = luck.choice(("s1", "s2", None)) if command == START_BROADCAST else None
        yield DrawnCommand(
            command, session, luck.choice((0.0, luck.uniform(0, 300), luck.uniform(0, LONGEST_PAUSE_MS)))
        )


def _faults(luck: random.Random) -> tuple[Fault, ...]:
    kinds = [kind for kind in KINDS if luck.random() < 0.5]
    return tuple(luck.choice(FAULTS[kind]) for kind in kinds)


# -- One run, quickly -----------------------------------------------------------------------------


class Digest(NamedTuple):
    """What a step means to the count: what it broke, the rows that it took, what was seen, and which commands began
    and ended in it."""

    violations: tuple[Violation, ...]
    rows: tuple[tuple[Any, Any], ...]
    sights: tuple[str, ...]
    began: tuple[str, ...]
    ended: tuple[str, ...]


NOTHING = Digest((), (), (), (), ())


def digest(judged: JudgedStep) -> Digest | None:
    """The digest of a step; None where it means nothing."""
    step, effects = judged.edge.step, judged.edge.effects
    before, after = judged.steps.cores[judged.before], judged.steps.cores[judged.edge.after]
    seen = [name for name, sight in SIGHTS.items() if sight(before, step, effects, after)]
    found = Digest(
        judged.violations,
        tuple((effect.source, effect.target) for effect in effects if isinstance(effect, Transition)),
        (*seen, fault_of(step)) if fault_of(step) else tuple(seen),
        tuple(e.command for e in effects if isinstance(e, Accepted) and isinstance(step, Do) and not e.joined),
        tuple(effect.command for effect in effects if isinstance(effect, Settled)),
    )
    return None if found == NOTHING else found


class RandomRun:
    """Makes one run, called `name`, looks up how each of its steps is judged, and adds that to `tried`. `taken` are its
    steps with their times."""

    def __init__(self, name: str, tried: TriedRuns) -> None:
        self.taken: list[tuple[float, Step]] = []
        self._name, self._tried = name, tried
        self._began: dict[str, float] = {}
        self._clock = BareClock()
        self._judgements = judgements_of(digest)
        self._stand = 0

    def follow(self, script: Script) -> None:
        """Let everything happen."""
        streams, clock = Streams(script.seed), self._clock
        calls, injection = CallDraws(LATENCIES, streams), Injection(script.faults)
        driver = Driver(clock, self._judgements.steps, DEFAULT_CONFIG, calls, injection, None, self._hear)
        self._stand = self._judgements.start(driver.at)
        for command, session, pause_ms in script.orders:
            driver.take(Do(command, session))
            clock.run(clock.now + pause_ms)
        while not driver.quiet:
            clock.step()
        self._tried.steps += len(self.taken)

    def _hear(self, _: int, edge: CachedStep, met: FailuresMet, __: Caller | None) -> None:
        self.taken.append((self._clock.now, edge.step))
        self._stand, digest = self._judgements.step(self._stand, edge, met)
        if digest is not None:
            self._note(digest)

    def _note(self, digest: Digest) -> None:
        tried, now_ms = self._tried, self._clock.now
        if len(tried.violations) < TOLD:
            tried.violations += [f"{self._name}: {violation}" for violation in digest.violations]
        tried.coverage.rows.update(digest.rows)
        tried.coverage.sights.update(digest.sights)
        for command in digest.began:
            self._began[command] = now_ms
        for command in digest.ended:
            if command in self._began:
                took_ms = now_ms - self._began.pop(command)
                tried.longest_ms[command] = max(took_ms, tried.longest_ms.get(command, 0.0))


# -- The same run in the studio -------------------------------------------------------------------


def random_run(seed: int, number: int, rules: type[Core] = Core) -> Studio:
    """Run number `number` in the studio, every step of it written down."""
    return staged(script_of(seed, number), rules)


def staged(script: Script, rules: type[Core] = Core) -> Studio:
    """The script, played in the studio."""
    studio = Studio(script.seed, faults=script.faults, rules=rules)
    for command, session, pause_ms in script.orders:
        give = getattr(studio.orchestrator, command)
        if session is None:
            give()
        else:
            give(session)
        studio.run(studio.now_ms + pause_ms)
    studio.settle()
    return studio


def differences(script: Script, taken: list[tuple[float, Step]]) -> Iterator[str]:
    """Where the studio does something else than the quick run did, and where its trace does not replay."""
    trace = staged(script).trace
    there = [(line.at_ms, line.step) for line in trace.lines]
    if there != taken:
        at = next((n for n, (one, other) in enumerate(zip(there, taken, strict=False)) if one != other), len(taken))
        yield f"step {at + 1} is not the same in the studio and without it"
    if not (again := replay(trace)).agrees:
        yield f"step {again.differs_at}: {again.difference}"
