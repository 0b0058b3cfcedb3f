"""The exact answer of an experiment, where there is one: what the estimates of many runs are compared with.

Two ways. Where no limit can be reached and every fault is a matter of chance alone, when things happen does not
matter: the explored worlds are the states of a Markov chain, and its absorption is a system of linear equations. Where
time does matter, the share of starts that succeed is still a product of chances and a convolution of latencies.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from broadcast_orchestrator.model.events import (
    INITIALIZE,
    RECOVER,
    RETRY_DELAY,
    START_BROADCAST,
    STOP_BROADCAST,
    SUCCEEDED,
    Accepted,
    Call,
    CoreEffect,
    Refused,
    SetTimer,
    Settled,
    Transition,
)
from broadcast_orchestrator.model.operations import SERVICES, SHUTDOWN, STARTUP
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.table import ERROR, LIVE, READY
from broadcast_orchestrator.properties.experiments.answers import Answers
from broadcast_orchestrator.properties.experiments.measures import Value, backend_agrees
from broadcast_orchestrator.sim.experiments.tables import CommandTable, Experiment
from broadcast_orchestrator.sim.simulate.drawn_calls import DEFAULT_LATENCY
from broadcast_orchestrator.sim.simulate.injection import Fault, covers
from broadcast_orchestrator.sim.simulate.latency import Constant, Latency
from broadcast_orchestrator.sim.world import steps
from broadcast_orchestrator.sim.world.faults import (
    BY_ID,
    EMPTY_SUCCESS,
    HANG,
    LATE,
    LOST_REPLY,
    NONE,
    REFUSE,
    FaultClass,
)
from broadcast_orchestrator.sim.world.world import World, happen, on_air, place_of, quiet

MOST_STATES = 20_000
"""A chain with more states than this is given up."""

NEVER = 1e-6
"""A limit that is reached with a smaller chance than this counts as never reached."""

MEASURED: dict[str, str] = {
    INITIALIZE: "initialize_succeeds",
    START_BROADCAST: "start_succeeds",
    STOP_BROADCAST: "stop_succeeds",
    RECOVER: "recovery_succeeds",
}


class NotExact(Exception):
    """There is no exact answer; the message says in one line why not."""


def exact(experiment: Experiment) -> dict[str, float]:
    """The true value of every share and mean that can be computed, by measure; raises `NotExact` where none can."""
    try:
        return chain(experiment)
    except NotExact as reason:
        try:
            return {"start_succeeds": start_in_time(experiment)}
        except NotExact:
            raise reason from None


def with_exact(found: Answers) -> Answers:
    """The answers with the exact value beside each estimate that has one."""
    known = [_known(point.experiment) for point in found.study.points]
    places = {tuple(point.settings.items()): at for at, point in enumerate(found.study.points)}
    estimates = tuple(
        each
        if each.statistic == "quantile"
        else each._replace(exact=known[places[tuple(each.settings.items())]].get(each.measure))
        for each in found.estimates
    )
    return found._replace(estimates=estimates)


def _known(experiment: Experiment) -> dict[str, float]:
    try:
        return exact(experiment)
    except NotExact:
        return {}


# -- A chain of worlds ----------------------------------------------------------------------------


class Tally(NamedTuple):
    """What a run has come to so far: for each of `MEASURED` whether all that ended succeeded, whether one was
    refused, and whether it ever was live."""

    ended: tuple[bool | None, ...] = (None,) * len(MEASURED)
    refused: tuple[bool, ...] = (False,) * len(MEASURED)
    lived: bool = False


class Spot(NamedTuple):
    """A state of the chain: the world without its count of faults, how often each command is still given, the
    command that is to be given next, and the tally."""

    world: World
    left: tuple[int, ...]
    pending: int | None
    tally: Tally


class ChainMove(NamedTuple):
    """One way on, its chance, and how many calls, retries and faults it makes."""

    chance: float
    spot: Spot
    counts: tuple[int, int, int]


COUNTED = ("calls", "retries", "faults")


def chain(experiment: Experiment) -> dict[str, float]:
    """Every share and every count, from the absorbing Markov chain of the explored worlds. Raises `NotExact`."""
    _timeless(experiment)
    spots, moves = _explored(experiment)
    from scipy.sparse import csc_matrix, identity
    from scipy.sparse.linalg import splu

    rows = [(at, spots[move.spot], move.chance) for at, each in enumerate(moves) for move in each]
    shape = (len(spots), len(spots))
    chances = csc_matrix(([p for *_, p in rows], ([a for a, *_ in rows], [b for _, b, _ in rows])), shape=shape)
    ends = [_ends(spot) if not each else {} for spot, each in zip(spots, moves, strict=True)]
    names = [*MEASURED.values(), "goes_live", "ends_in_error", "leaves_on", "backend_agrees"]
    wanted = [[float(end.get(name) is True) for name in names] for end in ends]
    known = [[float(end.get(name) is not None) for name in names] for end in ends]
    counts = [np.sum([np.multiply(move.chance, move.counts) for move in each] or [(0, 0, 0)], axis=0) for each in moves]
    solved = splu(identity(len(spots), format="csc") - chances).solve(np.hstack([wanted, known, counts]))[0]
    true, sure, means = solved[: len(names)], solved[len(names) : 2 * len(names)], solved[2 * len(names) :]
    shares = {name: float(t / s) for name, t, s in zip(names, true, sure, strict=True) if s > 1e-12}
    return shares | dict(zip(COUNTED, map(float, means), strict=True))


def _timeless(experiment: Experiment) -> None:
    """Refuse what depends on when things happen."""
    _by_chance(experiment, (REFUSE, LOST_REPLY, EMPTY_SUCCESS))
    if experiment.limit_ms < 86_400_000:
        raise NotExact("limit_ms may end a run")
    for each in experiment.commands:
        if each.at_ms is None and (each.when or each.whenever or "") not in (READY, LIVE, ERROR):
            raise NotExact(f"{each.command} is given while something is under way")
        if each.at_ms:
            raise NotExact(f"{each.command} is given at a certain time")
    config = experiment.config
    limits = {
        "initialization_timeout": ["host.initialize"],
        "startup_timeout": [step.operation for step in STARTUP],
        "shutdown_timeout": list(SHUTDOWN),
    }
    for limit, operations in limits.items():
        latencies = [latency_of(experiment, operation) for operation in operations]
        if 1 - sum_within(latencies, getattr(config, limit)) > NEVER:
            raise NotExact(f"{limit} can be reached, so it matters when things happen")


def _by_chance(experiment: Experiment, kinds: Sequence[str]) -> None:
    """Refuse faults that are no matter of chance alone, and whatever else goes around the calls."""
    if experiment.events or experiment.sessions is not None:
        raise NotExact("events and known sessions are not part of the chain")
    for fault in experiment.faults:
        if (fault.first, fault.nth, fault.every, fault.between_ms) != (None,) * 4:
            raise NotExact(f"the fault of {fault.call} is no matter of chance alone")
        if fault.id not in kinds:
            raise NotExact(f"{fault.kind} depends on when things happen")


def latency_of(experiment: Experiment, operation: str) -> Latency:
    """The latency that a call of the operation has."""
    names = [name for name in experiment.latency if covers(name, operation)]
    return experiment.latency[max(names, key=len)] if names else DEFAULT_LATENCY


def _explored(experiment: Experiment) -> tuple[dict[Spot, int], list[list[ChainMove]]]:
    """Every state that is reached, by number, and the ways on from each of them."""
    commands = experiment.commands
    left = tuple(1 if command.when else command.times for command in commands)
    start = Spot(World(CoreState(config=experiment.config)), left, _beginning(commands), Tally())
    spots: dict[Spot, int] = {start: 0}
    moves: list[list[ChainMove]] = []
    queue = [start]
    for spot in queue:  # which grows while it is gone through
        moves.append(list(_moves(spot, experiment)))
        for move in moves[-1]:
            if move.spot not in spots:
                spots[move.spot] = len(spots)
                queue.append(move.spot)
        if len(spots) > MOST_STATES:
            raise NotExact(f"the chain has more than {MOST_STATES:,} states")
    return spots, moves


def _beginning(commands: Sequence[CommandTable]) -> int:
    """The number of the one command that is given at the beginning."""
    first = [number for number, command in enumerate(commands) if command.at_ms is not None]
    if len(first) != 1:
        raise NotExact("not exactly one command is given at the beginning")
    return first[0]


def _moves(spot: Spot, experiment: Experiment) -> Iterator[ChainMove]:
    """Every way on from a state; none where the run is over."""
    world = spot.world
    calls = [(service, flight) for service, at in zip(SERVICES, world.flights, strict=True) for flight in at]
    if calls:
        service, flight = calls[0]
        for fault, chance in _chances(experiment, flight.operation, place_of(world.core.procedure, True)):
            if chance:
                yield _moved(spot, _what_becomes(service, fault), chance, experiment, int(fault != NONE))
    elif not quiet(world):
        yield _moved(spot, (steps.Timer(),), 1.0, experiment, 0)
    elif spot.pending is not None:
        command = experiment.commands[spot.pending]
        step = steps.Do(command.command, command.session_id)
        yield _moved(spot._replace(pending=None), (step,), 1.0, experiment, 0)


def _chances(experiment: Experiment, operation: str, place: str) -> list[tuple[FaultClass, float]]:
    """Each fault that may hit this call and its chance; of several that would, the first one does."""
    left = 1.0
    chances: list[tuple[FaultClass, float]] = []
    for fault in experiment.faults:
        if fault.matches(operation, place):
            chances.append((fault.id, left * fault.probability))
            left *= 1 - fault.probability
    return [*chances, (NONE, left)]


def _what_becomes(service: str, fault: FaultClass) -> tuple[steps.Step, ...]:
    """The steps that the oldest call of a service comes to, one right after the other."""
    effect, ok = steps.Effect(service, 0), fault in (NONE, EMPTY_SUCCESS)
    answer = steps.Answer(service, 0, ok, "" if fault == NONE else fault)
    return (effect, answer) if fault in (NONE, LOST_REPLY) else (answer,)


def _moved(spot: Spot, taken: Sequence[steps.Step], chance: float, experiment: Experiment, faults: int) -> ChainMove:
    world = spot.world
    heard: list[CoreEffect] = []
    for step in taken:
        world, effects = happen(world, step)
        heard += effects
    after = spot._replace(world=world._replace(faults=0), tally=_told(spot.tally, heard))
    for effect in heard:
        if isinstance(effect, Transition):
            after = _triggered(after, effect.target, experiment.commands)
    calls = sum(isinstance(effect, Call) for effect in heard)
    retries = sum(isinstance(effect, SetTimer) and effect.kind == RETRY_DELAY for effect in heard)
    return ChainMove(chance, after, (calls, retries, faults))


def _triggered(spot: Spot, state: str, commands: Sequence[CommandTable]) -> Spot:
    for number, command in enumerate(commands):
        if state in (command.when, command.whenever) and spot.left[number]:
            if spot.pending is not None:
                raise NotExact("two commands wait at the same time")
            left = tuple(count - (at == number) for at, count in enumerate(spot.left))
            spot = spot._replace(left=left, pending=number)
    return spot


def _told(tally: Tally, effects: Sequence[CoreEffect]) -> Tally:
    ended, refused, lived, names = list(tally.ended), list(tally.refused), tally.lived, list(MEASURED)
    for effect in effects:
        match effect:
            case Settled(command, verdict) if command in MEASURED:
                at = names.index(command)
                ended[at] = ended[at] is not False and verdict == SUCCEEDED
            case Refused(command) if command in MEASURED:
                refused[names.index(command)] = True
            case Transition(_, target):
                lived = lived or target is LIVE
            case Accepted():
                pass
    return Tally(tuple(ended), tuple(refused), lived)


def _ends(spot: Spot) -> dict[str, Value]:
    """What the shares of a run come to that ends here."""
    tally, state = spot.tally, spot.world.core.state
    commands = {
        name: ended if ended is not None else False if refused else None
        for name, ended, refused in zip(MEASURED.values(), tally.ended, tally.refused, strict=True)
    }
    return {
        **commands,
        "goes_live": tally.lived,
        "ends_in_error": state is ERROR,
        "leaves_on": state is not LIVE and bool(on_air(spot.world)),
        "backend_agrees": backend_agrees(spot.world),
    }


# -- A start against its limit --------------------------------------------------------------------

CELLS = 2**14
"""Into how many cells the limit is divided."""

FATAL = (REFUSE, LOST_REPLY, HANG, LATE)
"""Faults any of which makes its step, and so the start, fail."""


def start_in_time(experiment: Experiment) -> float:
    """The share of starts of which every step works and whose latencies sum up to at most the startup timeout.

    Raises `NotExact` unless one start is given in ready, faults are a matter of chance alone, and nothing but an
    initialize comes before it.
    """
    _by_chance(experiment, tuple(BY_ID))
    before = [(c.command, c.when) for c in experiment.commands if c.at_ms is None and c.when != LIVE]
    begin = [(c.command, c.at_ms) for c in experiment.commands if c.at_ms is not None]
    after = [c.command for c in experiment.commands if c.when == LIVE]
    if begin != [(INITIALIZE, 0)] or before != [(START_BROADCAST, READY)] or START_BROADCAST in after:
        raise NotExact("the start is not the one thing that comes after an initialize")
    (start,) = (each for each in experiment.commands if each.command == START_BROADCAST)
    synced = start.session_id is not None and experiment.config.enable_convex_sync
    operations = [step.operation for step in STARTUP if synced or not step.sync]
    works = math.prod([_works(experiment.faults, operation) for operation in operations])
    limit_ms = experiment.config.startup_timeout
    return float(works * sum_within([latency_of(experiment, operation) for operation in operations], limit_ms))


def _works(faults: Sequence[Fault], operation: str) -> float:
    """The chance that a step of a start is not made to fail."""
    works = 1.0
    for fault in faults:
        if fault.matches(operation, "forward") and fault.probability:
            if fault.id not in FATAL:
                raise NotExact(f"{fault.kind} does not always make a start fail")
            works *= 1 - fault.probability
    return works


def sum_within(latencies: Sequence[Latency], limit_ms: float) -> float:
    """The chance that independent latencies sum up to at most `limit_ms` milliseconds, by convolution on a grid.

    With every one of n rounded up to the grid the sum is (n - 1) / 2 cells too strict, rounded down (n + 1) / 2 cells
    too lenient; the answer lies that far between the two.
    """
    from scipy.signal import fftconvolve

    limit_ms -= sum(latency.ms for latency in latencies if isinstance(latency, Constant))
    latencies = [latency for latency in latencies if not isinstance(latency, Constant)]
    if limit_ms < 0 or not latencies:
        return float(limit_ms >= 0)
    edges = [float(edge) for edge in np.linspace(0, limit_ms, CELLS + 1)]
    known = {latency: np.array([latency.cdf(edge) for edge in edges]) for latency in latencies}
    found = []
    for up in (True, False):
        total = np.zeros(CELLS + 1)
        total[0] = 1.0
        for latency in latencies:
            below = known[latency]
            mass = np.diff(below, prepend=0.0) if up else np.append(np.diff(below), 0.0)
            mass[0] += 0.0 if up else below[0]
            total = fftconvolve(total, mass)[: CELLS + 1]
        found.append(float(total.sum()))
    strict, lenient = found
    return strict + (lenient - strict) * (len(latencies) - 1) / (2 * len(latencies))
