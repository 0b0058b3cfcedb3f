"""What the explorer makes of mechanical mutants: by which guarantee, in which scope, and how soon each is noticed."""

import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from broadcast_orchestrator.properties.guarantees.asking import QUERIES
from broadcast_orchestrator.properties.guarantees.verdicts import VIOLATED
from broadcast_orchestrator.properties.model_check.proof import TOGETHER
from broadcast_orchestrator.properties.model_check.scopes import SCOPES, NamedScope, explored, unforeseen_in
from broadcast_orchestrator.properties.mutants.mechanical.cores import (
    MechanicalMutant,
    changed_views,
    core_of,
    mutants,
    queries_with,
)
from broadcast_orchestrator.properties.mutants.mechanical.infection import Infections, changes_a_view
from broadcast_orchestrator.properties.mutants.mechanical.survivors import reason_of
from broadcast_orchestrator.properties.queries.queries import query_claim
from broadcast_orchestrator.properties.telling.progress import several
from broadcast_orchestrator.sim.explore.state_space import Bounds
from broadcast_orchestrator.sim.processes.workers import worker_pool
from broadcast_orchestrator.sim.world.faults import LOST_SERVICE
from broadcast_orchestrator.sim.world.world import Scope

WHERE: tuple[NamedScope, ...] = (
    NamedScope("nothing goes wrong", Scope()),
    *SCOPES,
    NamedScope("one fault, commands racing", Scope(TOGETHER, limit=1, racing=True)),
    NamedScope("a lost service, commands racing", Scope((LOST_SERVICE,), limit=1, racing=True)),
)
"""Where a mutant is looked for: the scopes of a verification, the plain one with a single fault."""

EXPLORER = "explorer"
RAISES = "raises"

WORLDS = Bounds(states=3_000_000)
"""A mutant that makes the space larger than this is noticed by that alone."""

PATIENCE_S = 120
"""After so many seconds in one scope a mutant counts as one that never ends."""


class MechanicalScore(NamedTuple):
    """What became of one mutant: the guarantee that noticed it, QUERIES where those did, RAISES where its states are
    none that a check can read, "never ends" where its space has no end, "" where nothing noticed; the engine, and its
    scope; and what was wrong."""

    mutant: MechanicalMutant
    by: str
    engine: str
    scope: str
    what: str
    seconds: float

    @property
    def killed(self) -> bool:
        """Whether anything noticed it."""
        return bool(self.by)

    @property
    def known(self) -> str:
        """Why nobody can notice it, where that is known."""
        return reason_of(self.mutant)


class MechanicalScores(NamedTuple):
    """The scores of some mutants, drawn by a `seed` from so many in `total`."""

    scores: tuple[MechanicalScore, ...]
    total: int
    seed: int

    @property
    def open(self) -> tuple[MechanicalScore, ...]:
        """The mutants that nothing noticed and of which nobody has said why."""
        return tuple(score for score in self.scores if not score.killed and not score.known)

    @property
    def known(self) -> tuple[MechanicalScore, ...]:
        """The mutants that nothing noticed, and nothing can, as somebody has found out."""
        return tuple(score for score in self.scores if not score.killed and score.known)

    @property
    def sentence(self) -> str:
        """The result in one sentence."""
        killed = sum(score.killed for score in self.scores)
        all_of_them = len(self.scores) == self.total
        told = f"{killed} of {len(self.scores):,} mechanical mutants are killed "
        told += "(every place of the sources)" if all_of_them else f"(drawn from {self.total:,} by seed {self.seed})"
        told += f", {len(self.known)} survive for a known reason" if self.known else ""
        return told + (f", {len(self.open)} survive and nobody knows why" if self.open else "")


def chosen(count: int, seed: int) -> tuple[MechanicalMutant, ...]:
    """So many of the mutants, drawn by the seed, in the order of the sources; all of them where there are no more."""
    everything = mutants()
    drawn = random.Random(seed).sample(range(len(everything)), min(count, len(everything)))
    return tuple(everything[at] for at in sorted(drawn))


def score_of(mutant: MechanicalMutant) -> MechanicalScore:
    """Look for the mutant scope by scope until something notices it; a scope in which it cannot be told from the
    reference need not be searched."""
    began, rules = time.perf_counter(), core_of(mutant)
    infections = Infections(rules)
    for named in WHERE:
        by, what = _noticed(named, rules) if differs_in(named, mutant, infections) else ("", "")
        if by:
            return MechanicalScore(mutant, by, EXPLORER, named.name, what, time.perf_counter() - began)
    by, what = _answered(mutant)
    engine = QUERIES if by else ""
    return MechanicalScore(mutant, by, engine, engine, what, time.perf_counter() - began)


def _answered(mutant: MechanicalMutant) -> tuple[str, str]:
    """What the queries make of a function that they share with the core."""
    if mutant.place.module != "state":
        return "", ""
    claim = query_claim(queries_with(mutant))
    return (QUERIES, claim.evidence) if claim.verdict == VIOLATED else ("", "")


def differs_in(named: NamedScope, mutant: MechanicalMutant, infections: Infections) -> bool:
    """Whether the mutant does anything in the scope that the reference does not do."""
    place = mutant.place
    if place.module == "views":
        return changes_a_view(named, changed_views(mutant))
    return infections.any_in(named, place.name if place.owner else "start_broadcast")


def _noticed(named: NamedScope, rules: Any) -> tuple[str, str]:
    try:
        with _patience():
            exploration = explored(named, rules, WORLDS, first=True)
    except _OutOfPatience:
        return "never ends", f"no answer within {PATIENCE_S} s"
    except Exception as raised:  # the state that a changed core leaves may be none that a check can read
        return RAISES, f"{type(raised).__name__}: {raised}"
    found = unforeseen_in(exploration)
    if found is not None:
        return found.violation.guarantee, found.violation.what
    return ("never ends", "its space has no end") if exploration.cut_off else ("", "")


class _OutOfPatience(BaseException):
    """The time is up."""


@contextmanager
def _patience() -> Iterator[None]:
    def up(_signal: int, _frame: Any) -> None:
        raise _OutOfPatience

    before = signal.signal(signal.SIGALRM, up)
    signal.alarm(PATIENCE_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def score_mechanical(
    count: int, seed: int, jobs: int = 1, progress: Callable[[int, int, str], None] = lambda done, total, found: None
) -> MechanicalScores:
    """The scores of so many mutants, drawn by the seed; all but the seconds is the same every time."""
    wanted, scores = chosen(count, seed), list[MechanicalScore]()
    with worker_pool(jobs) as pool:
        for score in pool.map(score_of, wanted):
            scores.append(score)
            open_so_far = sum(not each.killed and not each.known for each in scores)
            progress(len(scores), len(wanted), several(open_so_far, "survivor"))
    return MechanicalScores(tuple(scores), len(mutants()), seed)
