"""The states of the chain and the ways on from each: the worlds that an experiment can reach, each way with its chance.

Of all the orders in which calls on their way could be answered, one is gone through: the calls one after the other,
effect and reply together. That loses nothing where no limit can be reached and faults are over with their calls
(`reach.require_timeless`). A procedure waits until each of its calls is answered, whatever the order; no two calls on
their way go to one service, since none outlasts its procedure, so their effects do not meet; and the fault of a call is
drawn by itself, from its operation and its place, which are fixed when it is made. So the worlds in which a procedure
goes on, and their chances, are the same for every order, and those in between count for no measure of the chain.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from broadcast_orchestrator.model.events import RETRY_DELAY, Call, CoreEffect, SetTimer, Transition
from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.properties.experiments.exact.reach import NotExact
from broadcast_orchestrator.properties.experiments.exact.tally import Tally, told
from broadcast_orchestrator.sim.experiments.tables import CommandTable, Experiment
from broadcast_orchestrator.sim.world.fault_semantics import SEMANTICS, EffectMoment
from broadcast_orchestrator.sim.world.faults import NONE, FaultClass
from broadcast_orchestrator.sim.world.steps import Answer, Do, Effect, Step, Timer
from broadcast_orchestrator.sim.world.world import World, happen, place_of, quiet

MOST_STATES = 20_000
"""A chain with more states than this is given up."""


class ChainState(NamedTuple):
    """A state of the chain: the world without its count of faults, how often each command is still given, the
    command that is to be given next, and the tally. It has all that what follows depends on, and nothing else: two
    runs that meet in it go on alike, which makes the chain Markov's, and finite."""

    world: World
    left: tuple[int, ...]
    pending: int | None
    tally: Tally


class ChainMove(NamedTuple):
    """One way on, its chance, and how many calls, retries and faults it makes (`COUNTED`)."""

    chance: float
    state: ChainState
    counts: tuple[int, int, int]


COUNTED = ("calls", "retries", "faults")


def explored(experiment: Experiment) -> tuple[dict[ChainState, int], list[list[ChainMove]]]:
    """Every state that is reached, by number, the beginning being 0; and the ways on from each of them, none where the
    run is over. Raises `NotExact` where two commands would wait at one time, or where there are too many states."""
    start = _beginning(experiment)
    numbers: dict[ChainState, int] = {start: 0}
    moves: list[list[ChainMove]] = []
    queue = [start]
    for state in queue:  # which grows while it is gone through
        moves.append(list(_moves(state, experiment)))
        for move in moves[-1]:
            if move.state not in numbers:
                numbers[move.state] = len(numbers)
                queue.append(move.state)
        if len(numbers) > MOST_STATES:
            raise NotExact(f"the chain has more than {MOST_STATES:,} states")
    return numbers, moves


def _beginning(experiment: Experiment) -> ChainState:
    """Nothing has happened, and the one command that is given at the beginning is next."""
    commands = experiment.commands
    left = tuple(1 if command.when else command.times for command in commands)
    first = [number for number, command in enumerate(commands) if command.at_ms is not None]
    if len(first) != 1:
        raise NotExact("not exactly one command is given at the beginning")
    return ChainState(World(CoreState(config=experiment.config)), left, first[0], Tally())


# -- The ways on from a state ---------------------------------------------------------------------


def _moves(state: ChainState, experiment: Experiment) -> Iterator[ChainMove]:
    """Where calls are on their way, whatever the first can come to; else time goes by; else the next command."""
    world = state.world
    calls = [(service, flight) for service, at in zip(SERVICES, world.flights, strict=True) for flight in at]
    if calls:
        service, flight = calls[0]
        for fault, chance in _chances(experiment, flight.operation, place_of(world.core.procedure, True)):
            if chance:
                yield _moved(state, _steps_of(service, fault), chance, experiment.commands, int(fault != NONE))
    elif not quiet(world):
        yield _moved(state, (Timer(),), 1.0, experiment.commands, 0)
    elif state.pending is not None:
        command = experiment.commands[state.pending]
        step = Do(command.command, command.session_id)
        yield _moved(state._replace(pending=None), (step,), 1.0, experiment.commands, 0)


def _chances(experiment: Experiment, operation: str, place: str) -> list[tuple[FaultClass, float]]:
    """Each fault that may hit this call and its chance; of several that would, the first one does."""
    left = 1.0
    chances: list[tuple[FaultClass, float]] = []
    for fault in experiment.faults:
        if fault.matches(operation, place):
            chances.append((fault.id, left * fault.probability))
            left *= 1 - fault.probability
    return [*chances, (NONE, left)]


def _steps_of(service: str, fault: FaultClass) -> tuple[Step, ...]:
    """The steps that the oldest call of a service comes to: its effect, if it has one, and right after it the reply."""
    (outcome,) = SEMANTICS[fault].outcomes  # a timeless fault leaves nothing open
    answer = Answer(service, 0, outcome.ok, "" if fault == NONE else fault)
    return (answer,) if outcome.effect is EffectMoment.NEVER else (Effect(service, 0), answer)


def _moved(
    state: ChainState, taken: Sequence[Step], chance: float, commands: Sequence[CommandTable], faults: int
) -> ChainMove:
    """Where these steps lead to."""
    world = state.world
    heard: list[CoreEffect] = []
    for step in taken:
        world, effects = happen(world, step)
        heard += effects
    after = state._replace(world=world._replace(faults=0), tally=told(state.tally, heard))
    for effect in heard:
        if isinstance(effect, Transition):
            after = _triggered(after, effect.target, commands)
    calls = sum(isinstance(effect, Call) for effect in heard)
    retries = sum(isinstance(effect, SetTimer) and effect.kind == RETRY_DELAY for effect in heard)
    return ChainMove(chance, after, (calls, retries, faults))


def _triggered(state: ChainState, entered: str, commands: Sequence[CommandTable]) -> ChainState:
    """The command that is given because the orchestrator enters this state is the next one."""
    for number, command in enumerate(commands):
        if entered in (command.when, command.whenever) and state.left[number]:
            if state.pending is not None:
                raise NotExact("two commands wait at the same time")
            left = tuple(count - (at == number) for at, count in enumerate(state.left))
            state = state._replace(left=left, pending=number)
    return state
