"""Checking a subject: the sweep, then random search, then findings; the same however many processes share the work."""

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Any, NamedTuple, TypeVar

from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.properties.checking.baseline import Known
from broadcast_orchestrator.properties.checking.findings import Finding
from broadcast_orchestrator.properties.checking.grouping.sightings import Sightings
from broadcast_orchestrator.properties.checking.grouping.telling import findings
from broadcast_orchestrator.properties.checking.judge.catalogue import (
    GUIDE,
    ROWS,
    SUBJECT,
    NotObservable,
    not_observable,
)
from broadcast_orchestrator.properties.checking.judge.complaints import identity
from broadcast_orchestrator.properties.checking.search.bench import Bench, TriedScenario
from broadcast_orchestrator.properties.checking.search.plain_evening import PLAIN_EVENING
from broadcast_orchestrator.properties.checking.search.seat import HANGS, MakeSubject
from broadcast_orchestrator.properties.checking.search.sweep import LevelSeen, Sweep
from broadcast_orchestrator.properties.guarantees.observations import Aspect
from broadcast_orchestrator.properties.telling.progress import Progress, several, silent
from broadcast_orchestrator.sim.campaign.cluster import on_cluster
from broadcast_orchestrator.sim.processes.workers import joblib_workers
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.protocol.messages import Limits
from broadcast_orchestrator.sim.subjects.scenario import EVERYDAY, Scenario

CHUNK = 250
"""How many scenarios a process takes at a time."""

SHARE = 250
"""How many scenarios one share of the random search makes up."""

Result = TypeVar("Result")


class CheckBudget(NamedTuple):
    """How much to do: so many scenarios, or so many seconds; neither: the whole sweep and a random search after it."""

    scenarios: int | None = None
    seconds: float | None = None


SWEEP_SHARE = 0.8
"""How much of a budget the sweep may use; the rest is for made-up scenarios."""

SEARCH_SHARE = 0.7
"""How much of a budget in seconds is for searching where something was found; the rest is for shrinking it."""

AFTER_SWEEP = 2_000
"""How many scenarios are made up after the sweep when there is no budget."""


@dataclass(frozen=True)
class CheckReport:
    """What came of checking. `findings` are those that no reading accepts, the gravest first; `accepted` those that
    one does; `readings` the dialect's departures in words; `vanished` are known findings whose own scenario was played
    and does not show them any more. `levels` says how much of the sweep was tried, `complete` if that is all of it;
    `is_served` is false where it does not even get through an evening without faults: that is all that was tried then,
    and its finding the only one. `transitions` and `features` count what was seen of the implementation; `unused` are
    the services of which it never called anything; `not_observable` are the checks that could be made in no scenario,
    since the implementation does not show what they need; `cut_off`: the search was interrupted, and is never complete
    then."""

    name: str
    scenarios: int
    seconds: float
    levels: tuple[LevelSeen, ...]
    complete: bool
    seed: int
    findings: tuple[Finding, ...]
    accepted: tuple[Finding, ...] = ()
    vanished: tuple[Known, ...] = ()
    readings: tuple[str, ...] = ()
    transitions: tuple[tuple[str, str, int], ...] = ()
    features: int = 0
    unused: tuple[str, ...] = ()
    not_observable: tuple[NotObservable, ...] = ()
    is_served: bool = True
    cut_off: bool = False

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def guarantees(self) -> tuple[str, ...]:
        """Every guarantee that some finding breaks, be it by what follows from it."""
        named = dict.fromkeys(name for each in self.findings for name in each.guarantees)
        return tuple(sorted(named, key=list(ROWS).index))

    @property
    def kinds(self) -> int:
        """How many kinds of complaint were seen that no reading accepts."""
        return sum(len(each.ids) for each in self.findings)


def check(
    make_subject: MakeSubject,
    *,
    scenarios: int | None = None,
    seconds: float | None = None,
    seed: int = 0,
    jobs: int = 1,
    cluster: str | None = None,
    dialect: Dialect = GUIDE,
    limits: Limits | None = None,
    baseline: tuple[Known, ...] = (),
    everyday: tuple[str, ...] = (),
    progress: Progress = silent,
    interrupted: Callable[[], bool] | None = None,
) -> CheckReport:
    """Search for what is wrong with a subject, and report it.

    `make_subject` makes a fresh subject whenever one is needed; with more than one of `jobs` it must be picklable.
    `cluster` is the address of a Dask scheduler whose workers try the scenarios in place of `jobs` processes here.
    The budget is `scenarios` or `seconds` (real time); without one the whole sweep is done and a random search after
    it. With the same budget in scenarios and the same `seed` the report is the same, but for its seconds. What is in
    the `baseline` and is not seen by the search is looked for in its own scenario. `everyday` are those of the faults
    `EVERYDAY` that are told; all of them where the dialect claims measures, which are there to withstand them. Raises
    `SubjectError` where the subject cannot be started or does not speak the protocol, and `ClusterError` where the
    cluster cannot be used. An interrupt ends all of it; or the search alone, and not the report of what was found until
    then, for a caller who says whether it was `interrupted`.
    """
    begun = time.monotonic()
    budget = CheckBudget(scenarios, seconds)
    bench = Bench(make_subject, dialect, limits or Limits())
    try:
        with seldom_collected(), on_cluster(cluster):
            jobs = jobs if cluster is None else _of_cluster()
            workers = joblib_workers() if cluster is None else {}
            told = EVERYDAY if dialect.measures else everyday
            search = _Checking(bench, budget, seed, jobs, progress, begun, workers, interrupted, told)
            vanished: list[Known] = []
            try:
                if search.begins_well(baseline):
                    search.sweep()
                    search.make_up()
                    vanished = search.look_again(baseline)
            except KeyboardInterrupt:
                if interrupted is None:
                    raise
                search.cut_off = True
                bench.close()  # in the midst of something

            found = findings(bench, search.found, search.shrinking, search.late)
            accepted = findings(bench, search.accepted, late=search.late)
            return _report(search, found, accepted, vanished, time.monotonic() - begun)
    finally:
        bench.close()


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Have the garbage collector look seldom: evidence is made of many small records, and none of them is a circle."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _report(
    search: "_Checking",
    found: list[Finding],
    accepted: list[Finding],
    vanished: list[Known],
    seconds: float,
) -> CheckReport:
    edges = sorted((name, count) for name, count in search.features.items() if _is_edge(name))
    return CheckReport(
        name=search.bench.name,
        scenarios=search.tried,
        seconds=seconds,
        levels=search.levels,
        complete=search.complete and not search.cut_off,
        seed=search.seed,
        cut_off=search.cut_off,
        findings=tuple(found),
        accepted=tuple(accepted),
        vanished=tuple(vanished),
        readings=search.bench.dialect.departures(),
        transitions=tuple((*name.split(" → "), count) for name, count in edges),  # type: ignore[misc]
        features=len(search.features),
        unused=tuple(search.unused()),
        not_observable=not_observable(frozenset(search.shown)) if search.is_served else (),
        is_served=search.is_served,
    )


def _is_edge(feature: str) -> bool:
    return " → " in feature


class _Checking:
    """The two searches, and what they have found so far."""

    def __init__(
        self,
        bench: Bench,
        budget: CheckBudget,
        seed: int,
        jobs: int,
        progress: Progress,
        begun: float,
        workers: dict[str, Any],
        interrupted: Callable[[], bool] | None,
        everyday: tuple[str, ...],
    ) -> None:
        self.everyday = everyday
        self.bench, self.budget, self.seed, self.jobs, self.progress = bench, budget, seed, jobs, progress
        self.begun, self.workers, self.interrupted = begun, workers, interrupted
        self.tried = 0
        self.levels: tuple[LevelSeen, ...] = ()
        self.complete = self.cut_off = False
        self.found, self.accepted = Sightings(), Sightings(accepted=True)
        self.features: Counter[str] = Counter()
        self.shown: set[Aspect] = set()
        self.is_served = True

    def over(self, share: float = 1) -> bool:
        """Whether the time of the search, or this share of it, is up; where something was found, shrinking it takes
        some of the time. Raises `KeyboardInterrupt` where an interrupt came that was lost."""
        if self.interrupted is not None and self.interrupted():
            raise KeyboardInterrupt
        return self.late(share * SEARCH_SHARE if self.found.of else share)

    def late(self, share: float = 1) -> bool:
        """Whether this share of the whole time is up."""
        return self.budget.seconds is not None and time.monotonic() - self.begun >= self.budget.seconds * share

    def left(self, share: float = 1) -> int | None:
        """How many scenarios this share of the budget still allows; None: any number."""
        return None if self.budget.scenarios is None else max(round(self.budget.scenarios * share) - self.tried, 0)

    def begins_well(self, baseline: tuple[Known, ...]) -> bool:
        """Whether it gets through an evening without faults, or is known not to. Where not, that is all there is to
        tell."""
        tried = self.bench.try_out(PLAIN_EVENING)
        known = {each.id for each in baseline}
        wrong = [each for each in tried.complaints if each.kind[0] == SUBJECT and not each.accepted]
        self.is_served = all(identity(each.kind) in known for each in wrong)
        if not self.is_served:
            self.note(PLAIN_EVENING, tried)
        return self.is_served

    # -- The sweep ----------------------------------------------------------------------------------

    def sweep(self) -> None:
        """All levels in turn, until the budget is used up."""
        bench = self.bench
        claims = bench.dialect.measures
        sweep = Sweep(bench.reference_run, bench.styles, self.seed, bench.understands, self.everyday, claims=claims)
        coming, many = sweep.scenarios(), CHUNK * self.jobs
        while not self.complete:
            left = self.left(SWEEP_SHARE)
            batch = list(islice(coming, many if left is None else min(many, left)))
            before = self.tried
            for scenario, tried in self.each(batch):
                self.note(scenario, tried)
            self.levels = sweep.seen(self.tried)
            if self.tried - before < len(batch) or left == 0:
                return
            self.complete = sweep.complete

    def each(self, wanted: list[Scenario]) -> Iterator[tuple[Scenario, TriedScenario]]:
        """Try each, here or in several processes; what comes back is in the order of what was asked."""
        if self.jobs == 1:
            for scenario, following in zip(wanted, [*wanted[1:], None], strict=False):
                if self.over(SWEEP_SHARE) or self.bench.hopeless:
                    return
                self.tell("sweeping")
                yield scenario, self.bench.try_out(scenario, following)
            return
        chunks = [wanted[at : at + CHUNK] for at in range(0, len(wanted), CHUNK)]
        for at in range(0, len(chunks), self.jobs):
            if self.over(SWEEP_SHARE):
                return
            self.tell("sweeping")
            ours = chunks[at : at + self.jobs]
            for chunk, results in zip(ours, self.apart(_try_all, ((chunk,) for chunk in ours)), strict=True):
                yield from zip(chunk, results, strict=False)
                if len(results) < len(chunk):  # it hangs
                    self.bench.hangs = HANGS
                    return

    def apart(self, do: Callable[..., Result], work: Iterable[tuple[Any, ...]]) -> Iterable[Result]:
        """What several processes, each with its own bench, make of the work, in its order."""
        from joblib import Parallel, delayed  # one process needs none of it

        results: Iterable[Result] = Parallel(n_jobs=self.jobs, **self.workers)(
            delayed(do)(*self.likewise(), *each) for each in work
        )
        return results

    def likewise(self) -> tuple[Any, ...]:
        """What another process needs for its own bench."""
        return self.bench.make_subject, self.bench.dialect, self.bench.limits

    def tell(self, what: str) -> None:
        """How far it has got, and what it has come upon."""
        kinds = several(len(self.found.of), "kind of complaint", "kinds of complaint")
        self.progress(what, self.tried, self.budget.scenarios or 0, kinds)

    def shrinking(self, done: int, total: int) -> None:
        """So many kinds of complaint have been made as small as they get."""
        self.progress("shrinking", done, total, several(len(self.found.of), "kind of complaint", "kinds of complaint"))

    def note(self, scenario: Scenario, tried: TriedScenario) -> None:
        """Remember what the scenario showed."""
        self.tried += 1
        self.features.update(tried.features)
        self.shown |= tried.shown
        self.found.note(scenario, tried)
        self.accepted.note(scenario, tried)

    def unused(self) -> Iterator[str]:
        """The services of which nothing was called, where that means anything."""
        if self.is_served:
            yield from (s for s in SERVICES if not any(f": {s}." in name for name in self.features))

    def look_again(self, baseline: tuple[Known, ...]) -> list[Known]:
        """Play the scenarios of known findings that were not seen; the answer is those that are gone."""
        vanished = []
        for known in baseline:
            if known.scenario is not None and known.id not in map(identity, self.found.of):
                self.note(known.scenario, self.bench.try_out(known.scenario))
                if known.id not in map(identity, self.found.of):
                    vanished.append(known)
        return vanished

    # -- The random search --------------------------------------------------------------------------

    def make_up(self) -> None:
        """Shares of random search, each with a seed of its own, until the budget is used up."""
        shares = self.shares()
        while ours := list(islice(shares, max(self.jobs, 1))):
            if self.over() or self.bench.hopeless:
                return
            self.tell("making up scenarios")
            for results in self.made_up(ours):
                for scenario, tried in results:
                    self.note(scenario, tried)

    def shares(self) -> Iterator[tuple[int, int]]:
        """(seed, examples) of each share; every share knows what the sweep has shown, and nothing of the others."""
        left = self.left()
        if self.budget.seconds is None and left is None:
            left = AFTER_SWEEP
        number = 0
        while left is None or left > 0:
            examples = SHARE if left is None else min(SHARE, left)
            yield self.seed * 100_003 + number, examples
            number += 1
            left = None if left is None else left - examples

    def made_up(self, shares: list[tuple[int, int]]) -> Iterable[list[tuple[Scenario, TriedScenario]]]:
        """The results of these shares."""
        seen = tuple(self.seen_in_sweep())
        if self.jobs == 1:
            return [_make_up(self.bench, self.everyday, *share, seen, self.over) for share in shares]
        return self.apart(_make_up_apart, ((self.everyday, *share, seen) for share in shares))

    def seen_in_sweep(self) -> Iterator[str]:
        """What the sweep has shown; remembered when it is asked for the first time."""
        if not hasattr(self, "_seen"):
            self._seen = tuple(sorted(self.features))
        yield from self._seen


def _of_cluster() -> int:
    """How many chunks are tried at once where joblib works on a cluster: as many as that has room for."""
    from joblib import effective_n_jobs

    room: int = effective_n_jobs(-1)
    return max(room, 2)


def _try_all(
    make_subject: MakeSubject, dialect: Dialect, limits: Limits, scenarios: list[Scenario]
) -> list[TriedScenario]:
    """In a process of its own: try each."""
    bench = Bench(make_subject, dialect, limits)
    try:
        pairs = takewhile(lambda _: not bench.hopeless, zip(scenarios, [*scenarios[1:], None], strict=False))
        return [bench.try_out(*pair) for pair in pairs]
    finally:
        bench.close()


def _make_up_apart(
    make_subject: MakeSubject,
    dialect: Dialect,
    limits: Limits,
    everyday: tuple[str, ...],
    seed: int,
    examples: int,
    seen: tuple[str, ...],
) -> list[tuple[Scenario, TriedScenario]]:
    """In a process of its own: one share of the random search."""
    bench = Bench(make_subject, dialect, limits)
    try:
        return _make_up(bench, everyday, seed, examples, seen, lambda: False)
    finally:
        bench.close()


def _make_up(
    bench: Bench,
    everyday: tuple[str, ...],
    seed: int,
    examples: int,
    seen: tuple[str, ...],
    over: Callable[[], bool],
) -> list[tuple[Scenario, TriedScenario]]:
    from broadcast_orchestrator.properties.checking.search import random_search  # Hypothesis; who judges needs none

    results: list[tuple[Scenario, TriedScenario]] = []

    def try_out(scenario: Scenario) -> tuple[str, ...]:
        tried = bench.try_out(scenario)
        results.append((scenario, tried))
        return tried.features

    stories = random_search.made_up(bench.styles, bench.understands, everyday)
    random_search.search(stories, seed, examples, try_out, seen, lambda: over() or bench.hopeless)
    return results
