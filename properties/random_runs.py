"""Random simulated runs: commands and faults as a seed decides, every step judged, every trace taken again."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from model.events import COMMANDS, START_BROADCAST
from properties.bounds import settled_after_ms
from properties.coverage import Coverage
from properties.guarantees import watch
from properties.observer import Observer
from properties.verdicts import Breach, unforeseen
from sim.injection import Fault
from sim.streams import Streams
from sim.studio import Studio
from sim.trace import Passage, replay

KINDS = ("refuse", "lost_reply", "hang", "late")
"""What may go wrong; against these every guarantee is expected to hold."""

COMMANDS_PER_RUN, LONGEST_PAUSE_MS = 8, 6_000


@dataclass
class Tried:
    """What the runs showed: how many there were, their steps, each breach and each trace that did not replay, and
    the longest time in ms that each command took to settle."""

    runs: int = 0
    steps: int = 0
    breaches: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    coverage: Coverage = field(default_factory=Coverage)
    longest_ms: dict[str, float] = field(default_factory=dict)


class Judge:
    """Follows one run step by step."""

    def __init__(self, coverage: Coverage) -> None:
        self.observer = Observer()
        self.breaches: list[Breach] = []
        self._coverage = coverage

    def see(self, passage: Passage) -> None:
        """Judge one step, and count it."""
        before, step, effects, after, _ = passage
        self.observer, breaches = watch(self.observer, before, step, effects, after)
        self.breaches += unforeseen(breaches)
        self._coverage.see(before, step, effects, after)


def try_runs(runs: int, seed: int, progress: Callable[[int], None] = lambda done: None) -> Tried:
    """Make `runs` runs; run number n depends on the seed and on n alone, so it can be made again by itself."""
    tried = Tried()
    for number in range(runs):
        judge = Judge(tried.coverage)
        studio = random_run(seed, number, judge.see)
        again = replay(studio.trace)
        tried.runs += 1
        tried.steps += len(studio.trace.lines)
        tried.breaches += [f"run {number}: {breach.guarantee}: {breach.what}" for breach in judge.breaches]
        for command, took in settled_after_ms(studio.trace).items():
            tried.longest_ms[command] = max(took, tried.longest_ms.get(command, 0))
        if not again.agrees:
            tried.differences.append(f"run {number}, step {again.differs_at}: {again.difference}")
        progress(number + 1)
    return tried


def random_run(seed: int, number: int, watch: Callable[[Passage], object]) -> Studio:
    """One run: commands after random pauses, so that some of them race, until everything has come to rest."""
    luck = Streams(seed).stream(f"run {number}")
    studio = Studio(seed=luck.getrandbits(32), faults=_faults(luck), watch=watch)
    for command in luck.choices(COMMANDS, weights=(4, 6, 3, 1, 2), k=COMMANDS_PER_RUN):
        give = getattr(studio.orchestrator, command)
        if command == START_BROADCAST:
            give(luck.choice(("s1", "s2", None)))
        else:
            give()
        studio.run(studio.now_ms + luck.choice((0.0, luck.uniform(0, 300), luck.uniform(0, LONGEST_PAUSE_MS))))
    studio.settle()
    return studio


def _faults(luck: random.Random) -> tuple[Fault, ...]:
    kinds = [kind for kind in KINDS if luck.random() < 0.5]
    return tuple(Fault("*", kind, probability=luck.choice((0.02, 0.1, 0.3))) for kind in kinds)
