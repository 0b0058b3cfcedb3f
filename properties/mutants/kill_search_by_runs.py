"""The hunt by simulated runs: random commands and faults on a bare clock, until a run of the mutant breaks something.

Steps and judgements are remembered for the length of one hunt (see `sim.world.remembered.transition_cache` and
`properties.guarantees.judgement_cache`).
"""

import random

from broadcast_orchestrator.model.api.orchestrator import Caller
from broadcast_orchestrator.model.events import (
    COMMANDS,
    EMERGENCY_STOP,
    INITIALIZE,
    RECOVER,
    START_BROADCAST,
    STOP_BROADCAST,
)
from broadcast_orchestrator.model.operations import ON_AIR_SERVICES
from broadcast_orchestrator.model.table import ERROR, IDLE, LIVE, READY
from broadcast_orchestrator.properties.guarantees.judgement_cache import JudgedStep, JudgementCache
from broadcast_orchestrator.properties.guarantees.raising import raised_violation
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.properties.mutants.kill_search import Hunt, Kill, KillBudget, sessions_of
from broadcast_orchestrator.properties.mutants.mutant import Mutant
from broadcast_orchestrator.sim.simulate.clock import BareClock
from broadcast_orchestrator.sim.simulate.drawn_calls import CallDraws, Latencies
from broadcast_orchestrator.sim.simulate.driver import Driver
from broadcast_orchestrator.sim.simulate.injection import Fault, Injection
from broadcast_orchestrator.sim.simulate.streams import Streams
from broadcast_orchestrator.sim.world.faults import BY_ID, CONFLICT, LOST_SERVICE
from broadcast_orchestrator.sim.world.remembered.met_failures import FailuresMet
from broadcast_orchestrator.sim.world.remembered.step_rules import StepRules
from broadcast_orchestrator.sim.world.remembered.transition_cache import LARGEST, CachedStep
from broadcast_orchestrator.sim.world.steps import Do, Fill

COMMANDS_PER_RUN, LONGEST_PAUSE_MS = 12, 6_000

SENSIBLE = {
    IDLE: (INITIALIZE,),
    READY: (START_BROADCAST,),
    LIVE: (STOP_BROADCAST, STOP_BROADCAST, EMERGENCY_STOP),
    ERROR: (RECOVER, STOP_BROADCAST, INITIALIZE),
}
"""What a caller would do in each state of rest; most commands are such, so that runs get far."""

STUCK = "G7"
"""The guarantee that a run breaks which never comes to rest."""

Judgements = JudgementCache[tuple[Violation, ...]]


def violations_of(judged: JudgedStep) -> tuple[Violation, ...]:
    """All that a hunt wants to know of a step."""
    return judged.violations


class Caught(Exception):
    """Ends a run as soon as it breaks a guarantee, or does not end by itself."""

    def __init__(self, *violations: Violation) -> None:
        super().__init__()
        self.violations = violations


def simulated(mutant: Mutant, budget: KillBudget) -> Hunt:
    """Random runs with the faults of the mutant's scope, until one breaks a guarantee."""
    judgements = Judgements(StepRules(mutant.rules), violations_of)
    for number in range(budget.runs):
        if len(judgements) > LARGEST:
            judgements = Judgements(StepRules(mutant.rules), violations_of)
        luck = Streams(budget.seed).stream(f"{mutant.name} {number}")
        run = MutantRun(mutant, luck, judgements, budget.steps_of_run)
        try:
            run.go()
        except Caught as caught:
            return Kill(caught.violations, run.steps), number + 1
        except Exception as raised:  # whatever broken rules do
            return Kill((raised_violation(raised),), run.steps + 1), number + 1
    return None, budget.runs


class MutantRun:
    """One run of a mutant; `steps` counts those that it has taken."""

    def __init__(self, mutant: Mutant, luck: random.Random, judgements: Judgements, patience: int) -> None:
        self.steps = 0
        self._mutant, self._luck, self._patience = mutant, luck, patience
        self._clock = BareClock()
        streams = Streams(luck.getrandbits(32))
        calls = CallDraws(Latencies({}), streams, Injection(_faults(mutant, luck)))
        self._driver = Driver(self._clock, judgements, mutant.config, calls, self._hear)

    def go(self) -> None:
        """Commands, some of them racing if the mutant's scope says so, and then rest. Raises Caught."""
        luck, clock = self._luck, self._clock
        for _ in range(COMMANDS_PER_RUN):
            self._interfere()
            self._give()
            if self._mutant.scope.racing and luck.random() < 0.7:
                clock.run(clock.now + luck.choice((0.0, luck.uniform(0, 300), luck.uniform(0, LONGEST_PAUSE_MS))))
            else:
                self._rest()
        self._rest()

    def _hear(self, _: int, edge: CachedStep, __: FailuresMet, ___: Caller | None) -> None:
        """One step, judged; what follows from a gap of the guide's own is no violation."""
        self.steps += 1
        if self.steps > self._patience:
            raise Caught(Violation(STUCK, f"not at rest after {self._patience} steps"))
        if edge.digest:
            raise Caught(*edge.digest)

    def _interfere(self) -> None:
        """What goes wrong around the calls."""
        scope, luck = self._mutant.scope, self._luck
        if scope.filling and luck.random() < 0.2:
            self._driver.take(Fill(not self._driver.world.core.content))
        if LOST_SERVICE in scope.faults and luck.random() < 0.2:
            self._driver.lose(luck.choice(ON_AIR_SERVICES), True, luck.uniform(0, 300))

    def _give(self) -> None:
        luck, state = self._luck, self._driver.world.core.state
        command = luck.choice(SENSIBLE.get(state, COMMANDS) if luck.random() < 0.7 else COMMANDS)
        session = luck.choice(sessions_of(self._mutant)) if command == START_BROADCAST else None
        self._driver.take(Do(command, session))

    def _rest(self) -> None:
        while not self._driver.quiet:
            if not self._clock.step():
                raise Caught(Violation(STUCK, "nothing is left to happen, and the world is not quiet"))


def _faults(mutant: Mutant, luck: random.Random) -> tuple[Fault, ...]:
    chances = (0.02, 0.1, 0.3)
    return tuple(
        Fault("convex.*" if each == CONFLICT else "*", BY_ID[each].name, probability=luck.choice(chances))
        for each in mutant.scope.faults
    )
