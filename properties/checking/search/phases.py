"""One command, and one fault with a command after it, around each phase: what a small budget, too, has to finish.

Stories that are alike are told once. Every kind of fault comes at every call of a phase, in the first of its ways, and
one command after it. What matters to that command is where the fault has left everything: faults that leave the
reference in the same spot share the commands out among them, and each command is given in each spot once at least.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from broadcast_orchestrator.model.operations import HOST, ON_AIR_SERVICES
from broadcast_orchestrator.properties.checking.search.bench import ReferenceRun
from broadcast_orchestrator.properties.checking.search.orders import (
    COMMANDS,
    EMERGENCY,
    INIT,
    NEXT,
    REPAIR,
    START,
    STOP,
    WHOLE,
)
from broadcast_orchestrator.sim.subjects.scenario import EMPTY, FILL, CallFault, Mishap, Order, Scenario, Setting
from broadcast_orchestrator.sim.world.faults import LOST_SERVICE, REFUSE

REFUSED, LAST_REFUSED = CallFault("host.initialize", 1, REFUSE), CallFault("producer.start", 1, REFUSE)

AT_REST: tuple[tuple[Order, ...], ...] = ((), (INIT,), (INIT, START), (INIT, START, EMERGENCY))
"""What leads to where nothing is under way and nothing has failed."""

NEVER_READY = Scenario((INIT,), (REFUSED,), config={"max_retries": 0})
"""An initialization that fails; a start and a stop that fail come with `one_fault`."""

UNDER_WAY: tuple[Scenario, ...] = (
    Scenario((INIT,)),
    Scenario((INIT,), (REFUSED,)),
    Scenario((INIT, START)),
    Scenario((INIT, START), (LAST_REFUSED,)),
    Scenario(WHOLE),
    Scenario((INIT, START, EMERGENCY)),
    Scenario((INIT, START, REPAIR), (LAST_REFUSED,)),
)
"""What has each procedure under way halfway through its last command: initializing, trying again, a start, a rollback,
a stop, an emergency stop, a recover."""

PHASES: tuple[Scenario, ...] = (
    Scenario((INIT,)),
    Scenario((INIT, START)),
    Scenario(WHOLE),
    Scenario((INIT, START, EMERGENCY)),
)
"""What ends with each phase that has calls of its own."""


CONFIGS: tuple[dict[str, object], ...] = (
    {"max_retries": 0},
    {"enable_auto_recovery": False},
    {"enable_convex_sync": False},
    {"startup_timeout": 300, "shutdown_timeout": 250, "initialization_timeout": 40, "max_retries": 1},
)
"""Other configurations than the default."""

CHANGES: tuple[tuple[str, int | bool], ...] = (
    ("max_retries", 0),
    ("enable_auto_recovery", False),
    ("enable_convex_sync", False),
    ("startup_timeout", 300),
    ("shutdown_timeout", 250),
)
"""Options that change while something is going on."""


def one_command(reference: Callable[[Scenario], ReferenceRun]) -> Iterator[Scenario]:
    """Every command in every state, and halfway through everything that can be under way; every option by itself."""
    for beginning in AT_REST:
        yield from (Scenario((*beginning, command)) for command in COMMANDS)
    yield from (_followed(NEVER_READY, command) for command in COMMANDS)
    yield from content()
    yield from (Scenario(WHOLE, config=config) for config in CONFIGS)
    yield from (Scenario((*WHOLE, NEXT), settings=(Setting(*change, order=1),)) for change in CHANGES)
    for scenario in UNDER_WAY:
        halfway = _halfway(scenario, reference)
        for command in COMMANDS:
            crossed = _followed(scenario, command._replace(after=halfway))
            yield _followed(crossed, *ANEW) if command == EMERGENCY else crossed


ANEW = (INIT._replace(after=4), NEXT)
"""What comes soon after an emergency stop: what it has ended must not act on it."""


def _halfway(scenario: Scenario, reference: Callable[[Scenario], ReferenceRun]) -> int:
    """After how many settle events half of those of the last command are over."""
    return reference(scenario).course.counts[-1] // 2


def content() -> Iterator[Scenario]:
    """The live feed gains or loses what it needs for a start."""
    yield Scenario((INIT, START), content=False)
    for kind in (EMPTY, FILL):
        for after in (0, None):
            yield Scenario((INIT, START), mishaps=(Mishap(kind, "live_feed", after, 1),), content=kind == EMPTY)
        yield Scenario((*WHOLE, NEXT), mishaps=(Mishap(kind, "live_feed", 0, 2),))
        yield Scenario((*WHOLE, NEXT), mishaps=(Mishap(kind, "live_feed", None, 3),), content=kind == EMPTY)


FOLLOWING = (INIT, NEXT, STOP, EMERGENCY, REPAIR)
"""The commands after a fault."""


class Spot(NamedTuple):
    """Where a story leaves the reference: its state, whether anything is on air, whether the backend says so."""

    state: str
    is_on: bool
    is_told: bool


def one_fault(
    reference: Callable[[Scenario], ReferenceRun], faults: Callable[[Scenario], Iterator[CallFault]]
) -> Iterator[Scenario]:
    """Every kind of fault at every call of every phase, every service lost, and a command after it; `faults` tells
    which faults there can be."""
    suffered = [replace(phase, faults=(fault,)) for phase in PHASES for fault in _kinds(phase, faults)]
    yield from _each_followed([*suffered, *_lost(reference)], reference)


def _lost(reference: Callable[[Scenario], ReferenceRun]) -> Iterator[Scenario]:
    """Every service is lost in live, and the host wherever it matters."""
    for service in ON_AIR_SERVICES:
        yield Scenario((INIT, START), mishaps=(Mishap(LOST_SERVICE, service, None, 2),))
    yield Scenario((INIT,), mishaps=(Mishap(LOST_SERVICE, HOST, None, 1),))
    for scenario in (each for each in UNDER_WAY if not each.faults):
        lost = Mishap(LOST_SERVICE, HOST, _halfway(scenario, reference), len(scenario.orders))
        yield replace(scenario, mishaps=(lost,))


def _kinds(phase: Scenario, faults: Callable[[Scenario], Iterator[CallFault]]) -> Iterator[CallFault]:
    """Each kind of fault, in its first way, at each call that the last command of the phase makes."""
    earlier = Scenario(phase.orders[:-1]) if phase.orders[1:] else None
    known = {each[:3] for each in faults(earlier)} if earlier else set()
    for fault in faults(phase):
        if fault[:3] not in known:
            known.add(fault[:3])
            yield fault


def _each_followed(stories: list[Scenario], reference: Callable[[Scenario], ReferenceRun]) -> Iterator[Scenario]:
    """Each story with one command after it, of those that seldom came in that spot, at that call and with that kind;
    and the last one of each spot with those that never came there."""
    met = Counter[tuple[object, Order]]()
    last = dict[Spot, Scenario]()
    for story in stories:
        spot = _spot(reference(story))
        about = (spot, *_befallen(story))
        command = min(FOLLOWING, key=lambda each: [met[what, each] for what in about])
        met.update((what, command) for what in about)
        last[spot] = story
        yield _followed(story, command)
    for spot, story in last.items():
        yield from (_followed(story, command) for command in FOLLOWING if not met[spot, command])


def _befallen(story: Scenario) -> tuple[str, ...]:
    """What befalls which call or service."""
    if story.faults:
        return story.faults[0].operation, story.faults[0].kind
    return (story.mishaps[0].service,)


def _spot(run: ReferenceRun) -> Spot:
    outcome = run.outcomes[-1]
    return Spot(outcome.state, any(outcome.active), bool(outcome.backend))


def _followed(scenario: Scenario, *commands: Order) -> Scenario:
    return replace(scenario, orders=(*scenario.orders, *commands))
