"""What can be seen in an exploration, in fixed words: what its steps do, and where its worlds rest.

A check has been put to the test where what it is about has been seen. Counted is what a search has anyway: how often
each of its choices was taken, and how many worlds have each control; so nothing is slower for it.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import chain

from broadcast_orchestrator.model.events import (
    CLEANUP,
    DRAIN,
    RETRY_DELAY,
    SUCCEEDED,
    Accepted,
    Call,
    CoreEffect,
    GiveUp,
    SetTimer,
    Settled,
    Transition,
)
from broadcast_orchestrator.model.state import CoreState, left_live
from broadcast_orchestrator.model.table import ERROR
from broadcast_orchestrator.properties.guarantees.memory import JudgeMemory
from broadcast_orchestrator.sim.explore.diagrams.reach import Explored
from broadcast_orchestrator.sim.explore.loops.native import SAME
from broadcast_orchestrator.sim.world.garbage import no_garbage
from broadcast_orchestrator.sim.world.steps import Answer, Do, Fill, Notice, Reconfigure, Step, Timer

Effects = tuple[CoreEffect, ...]


def count_sights(exploration: Explored) -> Counter[str]:
    """How often each thing was seen: in steps, as often as they were taken; of worlds, in how many of them."""
    counts: Counter[str] = Counter()
    with no_garbage():
        for sights, times in chain(_of_steps(exploration), _of_worlds(exploration)):
            for sight in sights:
                counts[sight] += times
    return counts


Counted = Iterator[tuple[set[str], int]]


def _of_steps(exploration: Explored) -> Counted:
    stances, targets = exploration.space.stances, exploration.space.table.targets().tolist()
    seen = [stances.seen(stance).core for stance in range(len(stances.parts.stances.values))]
    for choice, target, taken in zip(exploration.space.choices, targets, exploration.taken.tolist(), strict=False):
        if taken and target != SAME:
            yield set(in_step(choice.step, choice.effects, seen[target])), taken


def _of_worlds(exploration: Explored) -> Counted:
    known, counts = exploration.space.numbers.controls.values, exploration.worlds_of_controls()
    racing = exploration.space.scope.racing
    yield from ((set(in_world(*known[at], racing=racing)), count) for at, count in enumerate(counts.tolist()) if count)


# -- Steps ----------------------------------------------------------------------------------------


def in_step(step: Step, effects: Effects, after: CoreState) -> Iterator[str]:
    """What is seen in a step that the core hears of, `after` being the core when it is over."""
    for effect in effects:
        yield from _in_effect(effect, after)
    yield from _in_what_happens(step, effects, after)
    if after.procedure is not None and after.procedure.config != after.config and effects:
        yield "a procedure follows an older configuration"


def _in_effect(effect: CoreEffect, after: CoreState) -> Iterator[str]:
    match effect:
        case Accepted(command, joined):
            yield f"{command} {'joins' if joined else 'begins'}"
        case Call(operation):
            yield f"{operation} is called"
            if operation == "host.initialize" and after.procedure is not None:
                yield f"host.initialize is called by {after.procedure.command}"
        case GiveUp(operation):
            yield f"{operation} is given up"
        case SetTimer(kind) if kind in (RETRY_DELAY, DRAIN):
            yield f"{kind} is armed"
        case Transition(source, target):
            yield f"{source} to {target}"
        case Settled(command, verdict, failures, notes):
            yield f"{command} {verdict}"
            if len(failures) > 1 or (failures and verdict == SUCCEEDED):
                yield f"{command} {verdict} and tells several failures"
            if notes:
                yield f"{command} {verdict} with notes"


def _in_what_happens(step: Step, effects: Effects, after: CoreState) -> Iterator[str]:
    phase = after.procedure.phase if after.procedure else "rest"
    match step:
        case Do("start_broadcast", session):
            yield f"a start {'without a' if session is None else 'with a'} session"
        case Do(command) if after.state is ERROR and after.procedure is not None:
            yield f"{command} is given in error"
        case Timer() if any(isinstance(effect, GiveUp) for effect in effects):
            yield "a limit comes"
        case Timer() if any(isinstance(effect, Call) for effect in effects):
            yield "a retry follows its delay"
        case Notice():
            entered = [effect for effect in effects if isinstance(effect, Transition)]
            yield f"a report in {entered[0].source}" if entered else f"a report during {phase}"
        case Answer(ok=True) if Accepted(CLEANUP) in effects:
            yield "a late success is cleaned up"
        case Answer(ok=True) if not effects and after.procedure is None:
            yield "a late success moves nothing"
        case Fill(present):
            yield f"content {'comes' if present else 'goes'}"
        case Reconfigure():
            yield f"the configuration changes during {phase}"


# -- Worlds ---------------------------------------------------------------------------------------


def in_world(core: CoreState, memory: JudgeMemory, *, racing: bool) -> Iterator[str]:
    """What is seen of a world, in its core and in what the judge remembers; in a `racing` one every command is given,
    also where it changes nothing and is no step."""
    if core.procedure is None:
        yield f"rest in {core.state}"
        if not core.content:
            yield f"rest in {core.state} without content"
        if not core.initialized:
            yield f"rest in {core.state} without the host"
        if memory.start_failed:
            yield "rest after a failed start"
    else:
        yield f"{core.procedure.command} under way"
        if racing:
            yield f"{core.procedure.command} under way, commands racing"
    if left_live(core):
        yield "a session is left live"
    if memory.owed:
        yield "a cleanup is due"
    if not core.config.enable_state_validation:
        yield "the table is only watched"
