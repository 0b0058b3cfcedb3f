"""The teeth: which guarantee kills which mutant, found by which engine, after how many steps and how long.

A guarantee that no broken core ever breaks proves little; a mutant that no guarantee notices is a hole in them.
"""

import contextlib
import multiprocessing
import random
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any, ClassVar, NamedTuple

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

from model.core import Core
from model.events import COMMANDS, EMERGENCY_STOP, INITIALIZE, RECOVER, START_BROADCAST, STOP_BROADCAST
from model.operations import ON_AIR_SERVICES
from model.table import ERROR, IDLE, LIVE, READY
from model.turn import IllegalTransition
from properties.guarantees import GUARANTEES, watch
from properties.machine import BroadcastMachine, Broken
from properties.mutants import BY_NAME, MUTANTS
from properties.mutants.mutant import Mutant
from properties.observer import Observer
from properties.proof import find_witnesses
from properties.verdicts import Breach, unforeseen
from sim.explorer import Bounds
from sim.faults import BY_ID, CONFLICT, LOST_SERVICE
from sim.injection import Fault
from sim.steps import Fill, Step
from sim.streams import Streams
from sim.studio import Studio
from sim.trace import Passage

EXPLORER, SIMULATOR, HYPOTHESIS = "explorer", "simulator", "hypothesis"
ENGINES = (EXPLORER, SIMULATOR, HYPOTHESIS)
"""Whoever looks for mutants, the most thorough first."""

STUCK = "G7"
"""The guarantee that a run breaks which never comes to rest."""


class Budget(NamedTuple):
    """How hard each engine may try for one mutant: `worlds` of the explorer; simulated `runs` of up to
    `steps_of_run` steps; `examples` of Hypothesis of up to `rules` rules. `seed` decides what is random."""

    worlds: int = 5_000_000
    runs: int = 400
    steps_of_run: int = 2_000
    examples: int = 150
    rules: int = 40
    seed: int = 0


BUDGET = Budget()


class Score(NamedTuple):
    """What one engine made of one mutant. `by` are the guarantees that noticed, in the order of the rows; `steps` is
    the length of the witness; `tries` counts worlds of the explorer, runs of the others. Where it survived, `by` is
    empty and `steps` None. All but the `seconds` is the same every time."""

    mutant: str
    engine: str
    by: tuple[str, ...]
    steps: int | None
    tries: int
    what: str
    seconds: float

    @property
    def killed(self) -> bool:
        """Whether any guarantee noticed."""
        return bool(self.by)


class Kill(NamedTuple):
    """A mutant noticed: the breaches that are told, and after how many steps."""

    breaches: tuple[Breach, ...]
    steps: int


Hunt = tuple[Kill | None, int]
"""What an engine comes back with, and how many worlds or runs it took."""


def score(mutant: Mutant, engine: str = EXPLORER, budget: Budget = BUDGET) -> Score:
    """Let one engine, one of `ENGINES`, look for what the mutant does wrong."""
    began = time.perf_counter()
    kill, tries = _HUNTERS[engine](mutant, budget)
    seconds = time.perf_counter() - began
    if kill is None:
        return Score(mutant.name, engine, (), None, tries, "", seconds)
    noticed = [breach.guarantee for breach in kill.breaches]
    by = tuple(guarantee.id for guarantee in GUARANTEES if guarantee.id in noticed)
    return Score(mutant.name, engine, by, kill.steps, tries, kill.breaches[0].what, seconds)


# -- The explorer ---------------------------------------------------------------------------------


def explored(mutant: Mutant, budget: Budget) -> Hunt:
    """Search every world of the mutant's scope until the expected guarantee is broken; the witness is shortest."""
    states = [0]
    try:
        witnesses = find_witnesses(
            mutant.scope,
            rules=mutant.rules,
            config=mutant.config,
            bounds=Bounds(states=budget.worlds),
            until=mutant.expected[0],
            progress=lambda count, _: states.append(count),
        )
    except IllegalTransition as left:
        return Kill((Breach("G1", str(left)),), 0), states[-1]
    told = [witnesses[each] for each in (*mutant.expected, *witnesses) if each in witnesses]
    if not told:
        return None, states[-1]
    return Kill(tuple(witness.breach for witness in told), len(told[0].moments)), states[-1]


# -- The simulator --------------------------------------------------------------------------------

COMMANDS_PER_RUN, LONGEST_PAUSE_MS = 12, 6_000
SENSIBLE = {
    IDLE: (INITIALIZE,),
    READY: (START_BROADCAST,),
    LIVE: (STOP_BROADCAST, STOP_BROADCAST, EMERGENCY_STOP),
    ERROR: (RECOVER, STOP_BROADCAST, INITIALIZE),
}
"""What a caller would do in each state of rest; most commands are such, so that runs get far."""


class Caught(Exception):
    """Ends a run as soon as it breaks a guarantee, or does not end by itself."""

    def __init__(self, breaches: tuple[Breach, ...]) -> None:
        super().__init__()
        self.breaches = breaches


class Judge:
    """Follows one run and raises Caught at its first breach that does not follow from a gap of the guide's own."""

    def __init__(self, rules: type[Core], patience: int) -> None:
        self.steps = 0
        self._observer = Observer()
        self._rules, self._patience = rules, patience

    def see(self, passage: Passage) -> None:
        """Judge one step."""
        self.steps += 1
        before, step, effects, after, _ = passage
        self._observer, breaches = watch(self._observer, before, step, effects, after, self._rules)
        if self.steps > self._patience:
            breaches = (Breach(STUCK, f"not at rest after {self._patience} steps"),)
        if told := unforeseen(breaches):
            raise Caught(told)


def simulated(mutant: Mutant, budget: Budget) -> Hunt:
    """Random runs with the faults of the mutant's scope, until one breaks a guarantee."""
    for number in range(budget.runs):
        judge = Judge(mutant.rules, budget.steps_of_run)
        luck = Streams(budget.seed).stream(f"{mutant.name} {number}")
        try:
            _run(mutant, luck, judge)
        except Caught as caught:
            return Kill(caught.breaches, judge.steps), number + 1
        except IllegalTransition as left:
            return Kill((Breach("G1", str(left)),), judge.steps + 1), number + 1
    return None, budget.runs


def _run(mutant: Mutant, luck: random.Random, judge: Judge) -> None:
    studio = Studio(luck.getrandbits(32), None, _faults(mutant, luck), mutant.config, None, judge.see, mutant.rules)
    for _ in range(COMMANDS_PER_RUN):
        _interfere(studio, mutant, luck)
        _give(studio, mutant, luck)
        if mutant.scope.racing and luck.random() < 0.7:
            studio.run(studio.now_ms + luck.choice((0.0, luck.uniform(0, 300), luck.uniform(0, LONGEST_PAUSE_MS))))
        else:
            _rest(studio)
    _rest(studio)


def sessions_of(mutant: Mutant) -> tuple[str | None, ...]:
    """The session ids that runs give; where the explorer needs no start at all, runs have some all the same."""
    return mutant.scope.sessions or ("s1",)


def _interfere(studio: Studio, mutant: Mutant, luck: random.Random) -> None:
    """What goes wrong around the calls."""
    if mutant.scope.filling and luck.random() < 0.2:
        studio.fill(not studio.world.core.content)
    if LOST_SERVICE in mutant.scope.faults and luck.random() < 0.2:
        studio.lose(luck.choice(ON_AIR_SERVICES), notice_after_ms=luck.uniform(0, 300))


def _rest(studio: Studio) -> None:
    try:
        studio.settle()
    except IllegalTransition:
        raise
    except RuntimeError as stuck:
        raise Caught((Breach(STUCK, str(stuck)),)) from None


def _give(studio: Studio, mutant: Mutant, luck: random.Random) -> None:
    command = luck.choice(SENSIBLE.get(studio.state, COMMANDS) if luck.random() < 0.7 else COMMANDS)
    give = getattr(studio.orchestrator, command)
    if command == START_BROADCAST:
        give(luck.choice(sessions_of(mutant)))
    else:
        give()


def _faults(mutant: Mutant, luck: random.Random) -> tuple[Fault, ...]:
    chances = (0.02, 0.1, 0.3)
    return tuple(
        Fault("convex.*" if each == CONFLICT else "*", BY_ID[each].name, probability=luck.choice(chances))
        for each in mutant.scope.faults
    )


# -- Hypothesis -----------------------------------------------------------------------------------


class Hunting(BroadcastMachine):
    """The search by Hypothesis, counting its runs until the first that breaks a guarantee; nothing is shrunk."""

    filling: ClassVar[bool] = False
    runs: ClassVar[int] = 0
    caught: ClassVar[tuple[Kill, int] | None] = None

    def __init__(self) -> None:
        super().__init__()
        type(self).runs += 1

    @precondition(lambda machine: machine.filling)
    @rule()
    def fill(self) -> None:
        """The live feed gains or loses its content."""
        self.take(Fill(not self.world.core.content))

    def take(self, step: Step) -> None:
        """What the reference breaks too, by design, is no breach here."""
        super().take(step)
        self.breaches = unforeseen(self.breaches)

    @invariant()
    def guarantees_hold(self) -> None:
        """Remember the first run that breaks one; Hypothesis takes it once more."""
        if self.breaches and self.caught is None:
            type(self).caught = Kill(self.breaches, len(self.steps)), self.runs
        super().guarantees_hold()


def searched(mutant: Mutant, budget: Budget) -> Hunt:
    """A search by Hypothesis, with the faults of the mutant's scope."""
    fields: dict[str, Any] = {
        "filling": mutant.scope.filling,
        "rules_of_core": mutant.rules,
        "config": mutant.config,
        "fault_classes": mutant.scope.faults,
        "fault_limit": mutant.scope.limit,
        "sessions": sessions_of(mutant),
        "waived": (),
    }
    machine: type[Hunting] = type("Hunted", (Hunting,), fields)
    seeded(budget.seed)(machine)
    with contextlib.suppress(Broken):
        run_state_machine_as_test(machine, settings=_effort(budget))
    return machine.caught or (None, machine.runs)


def _effort(budget: Budget) -> settings:
    return settings(
        max_examples=budget.examples,
        stateful_step_count=budget.rules,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


_HUNTERS: dict[str, Callable[[Mutant, Budget], Hunt]] = {
    EXPLORER: explored,
    SIMULATOR: simulated,
    HYPOTHESIS: searched,
}


# -- All of them ----------------------------------------------------------------------------------


class Teeth(NamedTuple):
    """Every score, a mutant after the other, its engines in their order."""

    scores: tuple[Score, ...]

    def survivors(self) -> tuple[str, ...]:
        """The mutants that no engine noticed."""
        killed = {score.mutant for score in self.scores if score.killed}
        return tuple(dict.fromkeys(score.mutant for score in self.scores if score.mutant not in killed))

    def bites(self) -> dict[str, tuple[str, ...]]:
        """For each guarantee, in the order of the rows, the mutants that it kills."""
        return {
            guarantee.id: tuple(dict.fromkeys(score.mutant for score in self.scores if guarantee.id in score.by))
            for guarantee in GUARANTEES
        }

    def to_json(self) -> dict[str, Any]:
        """Everything as plain data, with what each mutant breaks."""
        return {
            "scores": [score._asdict() | _about(BY_NAME[score.mutant]) for score in self.scores],
            "bites": {guarantee: list(mutants) for guarantee, mutants in self.bites().items()},
            "survivors": list(self.survivors()),
        }


def _about(mutant: Mutant) -> dict[str, Any]:
    return {"does": mutant.what, "breaks": mutant.breaks, "expected": list(mutant.expected)}


Progress = Callable[[int, int], None]


def score_all(
    engines: Iterable[str] = ENGINES,
    mutants: Iterable[Mutant] = MUTANTS,
    budget: Budget = BUDGET,
    jobs: int = 1,
    progress: Progress = lambda done, total: None,
) -> Teeth:
    """Score the mutants with each of the engines, in `jobs` processes; `progress` is told how many are done, of all."""
    pairs = [(mutant.name, engine) for mutant in mutants for engine in engines]
    work = partial(_score_named, budget)
    if jobs == 1:
        return Teeth(tuple(_told(map(work, pairs), len(pairs), progress)))
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        return Teeth(tuple(_told(pool.map(work, pairs), len(pairs), progress)))


def _score_named(budget: Budget, pair: tuple[str, str]) -> Score:
    mutant, engine = pair
    return score(BY_NAME[mutant], engine, budget)


def _told(scores: Iterable[Score], total: int, progress: Progress) -> Iterable[Score]:
    for done, each in enumerate(scores, 1):
        progress(done, total)
        yield each
