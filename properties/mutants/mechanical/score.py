"""What the explorer makes of mechanical mutants: by which guarantee, in which scope, and how soon each is noticed."""

import random
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, NamedTuple

from broadcast_orchestrator.properties.model_check.proof import TOGETHER
from broadcast_orchestrator.properties.model_check.scopes import SCOPES, NamedScope, explored, unforeseen_in
from broadcast_orchestrator.properties.mutants.mechanical.cores import MechanicalMutant, core_of, mutants
from broadcast_orchestrator.properties.mutants.mechanical.survivors import SURVIVORS
from broadcast_orchestrator.sim.explore.state_space import Bounds
from broadcast_orchestrator.sim.world.faults import LOST_SERVICE
from broadcast_orchestrator.sim.world.world import Scope

WHERE: tuple[NamedScope, ...] = (
    NamedScope("nothing goes wrong", Scope()),
    *SCOPES,
    NamedScope("one fault, commands racing", Scope(TOGETHER, limit=1, racing=True)),
    NamedScope("a lost service, commands racing", Scope((LOST_SERVICE,), limit=1, racing=True)),
)
"""Where a mutant is looked for: the scopes of a verification, the plain one with a single fault."""

WORLDS = Bounds(states=3_000_000)
"""A mutant that makes the space larger than this is noticed by that alone."""

PATIENCE_S = 120
"""After so many seconds in one scope a mutant counts as one that never ends."""


class MechanicalScore(NamedTuple):
    """What became of one mutant: the guarantee that noticed it, "" where none did, "raises" or "never ends" where the
    core itself failed; in which scope; and what was wrong."""

    mutant: MechanicalMutant
    by: str
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
        return SURVIVORS.get(self.mutant.name, "")


def chosen(count: int, seed: int) -> tuple[MechanicalMutant, ...]:
    """So many of the mutants, drawn by the seed, in the order of the sources; all of them where there are no more."""
    everything = mutants()
    drawn = random.Random(seed).sample(range(len(everything)), min(count, len(everything)))
    return tuple(everything[at] for at in sorted(drawn))


def score_of(mutant: MechanicalMutant) -> MechanicalScore:
    """Look for the mutant scope by scope until something notices it."""
    began, rules = time.perf_counter(), core_of(mutant)
    for named in WHERE:
        by, what = _noticed(named, rules)
        if by:
            return MechanicalScore(mutant, by, named.name, what, time.perf_counter() - began)
    return MechanicalScore(mutant, "", "", "", time.perf_counter() - began)


def _noticed(named: NamedScope, rules: Any) -> tuple[str, str]:
    try:
        with _patience():
            exploration = explored(named, rules, WORLDS, first=True)
    except _OutOfPatience:
        return "never ends", f"no answer within {PATIENCE_S} s"
    except Exception as raised:  # whatever a changed core does
        return "raises", f"{type(raised).__name__}: {raised}"
    violation = unforeseen_in(exploration)
    if violation is not None:
        return violation.guarantee, violation.what
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
    count: int, seed: int, jobs: int = 1, progress: Callable[[int, int], None] = lambda done, total: None
) -> tuple[MechanicalScore, ...]:
    """The scores of so many mutants, drawn by the seed; all but the seconds is the same every time."""
    wanted, scores = chosen(count, seed), list[MechanicalScore]()
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for score in pool.map(score_of, wanted):
            scores.append(score)
            progress(len(scores), len(wanted))
    return tuple(scores)
