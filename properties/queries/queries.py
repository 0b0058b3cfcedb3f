"""Whether the queries tell the truth: each asked in every world that differs for them, and held against the guide.

What an answer should be is written out here once more, from the world and by trying: a start is possible where a start
given now is accepted. The queries themselves are handed in, so that broken ones can be told from sound ones.
"""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from broadcast_orchestrator.model.api import hooks, snapshot, validation
from broadcast_orchestrator.model.api.backend import Backend, SessionDocument
from broadcast_orchestrator.model.api.record import HistoryEntry
from broadcast_orchestrator.model.api.snapshot import BroadcastSnapshot, Stores
from broadcast_orchestrator.model.events import START_BROADCAST, Accepted
from broadcast_orchestrator.model.state import CoreState, residue
from broadcast_orchestrator.model.table import (
    EDGES,
    ERROR,
    IDLE,
    INITIALIZING,
    LIVE,
    READY,
    STARTING,
    STOPPING,
    BroadcastState,
)
from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, VIOLATED, Claim
from broadcast_orchestrator.properties.model_check.scopes import NamedScope, explored
from broadcast_orchestrator.sim.explore.exploration import Exploration
from broadcast_orchestrator.sim.simulate.stores import stores_of
from broadcast_orchestrator.sim.world.faults import LOST_SERVICE, REFUSE
from broadcast_orchestrator.sim.world.steps import Do
from broadcast_orchestrator.sim.world.world import Scope, World, happen


class Queries(NamedTuple):
    """The queries of the interface, as functions of the core; `hooks` are selectors of a snapshot."""

    can_start: Callable[[CoreState], bool] = validation.can_start
    can_stop: Callable[[CoreState], bool] = validation.can_stop
    validate_transition: Callable[[CoreState, str], validation.TransitionValidation] = validation.validate_transition
    snapshot_of: Callable[[CoreState, tuple[HistoryEntry, ...], Stores], BroadcastSnapshot] = snapshot.snapshot_of
    hooks: Any = hooks


SOUND = Queries()
WORDS = "every query answers as the guide says"
HISTORY = (HistoryEntry(IDLE, INITIALIZING, "system_init"), HistoryEntry(INITIALIZING, READY, "dependency_ready"))
"""A record to be shown; what it really holds is asked of each step (guarantee G12)."""

ASKED_IN = (
    NamedScope("content goes and comes, commands racing", Scope(filling=True, racing=True)),
    NamedScope("a refusal, or a lost service", Scope((REFUSE, LOST_SERVICE), limit=1)),
)
"""Where they are asked: between them each state, with and without content, the host, residue, and what is under way."""


def query_claim(queries: Queries = SOUND) -> Claim:
    """Whether each query tells the truth in the worlds that it is asked in."""
    asked = 0
    for named in ASKED_IN:
        for world in differing(explored(named)):
            asked += 1
            wrong = next(wrong_answers(world, queries), None)
            if wrong is not None:
                return Claim("explorer", WORDS, VIOLATED, f"in {world.core.state}: {wrong}")
    return Claim("explorer", WORDS, PROVED, f"{asked:,} worlds, every one that differs for them in two scopes")


def differing(exploration: Exploration) -> Iterator[World]:
    """One world of each core, and of each set of services that are residue; the queries see nothing else."""
    numbers, met = exploration.space.numbers, set[Any]()
    for level in exploration.levels:
        control = numbers.controls_of(level)
        _, first = np.unique(control, return_index=True)
        for key in dict.fromkeys([*level[first].tolist(), *numbers.quiet(level).tolist()]):
            world, _ = numbers.world(key)
            differs = world.core._replace(views=()), residue(world.core), world.truth
            if differs not in met:
                met.add(differs)
                yield world


def wrong_answers(world: World, queries: Queries = SOUND) -> Iterator[str]:
    """What the queries say of this world that is not so."""
    shown = queries.snapshot_of(world.core, HISTORY, stores_of(world, _backend(world)))
    yield from _of_start_and_stop(world, queries)
    yield from _of_transitions(world, queries)
    yield from _of_the_snapshot(world, shown)
    yield from _of_flags(world, shown)
    yield from _of_hooks(world, shown, queries.hooks)


def _backend(world: World) -> Backend:
    return Backend(tuple(SessionDocument(session, "live") for session in world.truth.backend))


def startable(world: World) -> bool:
    """Whether a start given now is accepted: tried out (clauses CS-1 and BP-3)."""
    _, effects = happen(world, Do(START_BROADCAST, "s1"))
    return Accepted(START_BROADCAST) in effects


def _of_start_and_stop(world: World, queries: Queries) -> Iterator[str]:
    if queries.can_start(world.core) != startable(world):
        yield f"can_start is {queries.can_start(world.core)}, and a start given now says otherwise"
    if queries.can_stop(world.core) != (world.core.state is LIVE):
        yield f"can_stop is {queries.can_stop(world.core)}"


def _of_transitions(world: World, queries: Queries) -> Iterator[str]:
    """The table's answer; for a start also what it would miss (clauses VT-1 and VT-2, readings R5, R12 and R18)."""
    missing = missing_words(world.core)
    for target in BroadcastState:
        told = queries.validate_transition(world.core, target.value)
        valid = (world.core.state, target) in EDGES and not (target is STARTING and missing)
        if told.valid != valid:
            yield f"to {target} is called {'valid' if told.valid else 'invalid'}"
        if told.valid == bool(told.reason):
            yield f"to {target} comes {'with' if told.reason else 'without'} a reason"
        lost = [word for word in missing if not any(word in each for each in told.missing_dependencies)]
        if target is STARTING and lost:
            yield f"a start would miss {', '.join(lost)}, and nobody says so"


def missing_words(core: CoreState) -> list[str]:
    """A word for each thing that a start would miss, the state left aside."""
    words = [] if core.initialized else ["host"]
    words += [] if core.content else ["content"]
    words += [core.procedure.command] if core.procedure else []
    return [*words, *residue(core)]


def _of_the_snapshot(world: World, shown: BroadcastSnapshot) -> Iterator[str]:
    """Every part as it is (clauses SN-1 and SN-2, reading R22)."""
    core, truth, own = world.core, world.truth, shown.orchestrator
    if (own.state, own.failures, bool(own.error)) != (core.state, core.error, core.state is ERROR):
        yield f"the snapshot shows {own.state} with the error {own.error}"
    if (own.history, own.last_transition, own.previous_state) != (HISTORY, HISTORY[-1], INITIALIZING):
        yield "the snapshot shows another history than there is"
    parts = (shown.live_feed.is_live, shown.session.is_active, shown.host.is_active, shown.producer.is_active)
    if parts != truth.active:
        yield f"the snapshot shows the services as {parts}, and they are {truth.active}"
    if (shown.host.is_initialized, shown.live_feed.has_content) != (truth.initialized, core.content):
        yield "the snapshot shows another host, or other content, than there is"
    on_air = core.session or (core.procedure.session if core.procedure else None)
    convex = shown.convex
    if (convex.sync_enabled, convex.session_id) != (core.config.enable_convex_sync, on_air):
        yield f"the snapshot shows the backend with {convex.session_id}"
    if convex.says != ("live" if on_air in truth.backend else None):
        yield f"the snapshot has the backend say {convex.says} of {on_air}"


def _of_flags(world: World, shown: BroadcastSnapshot) -> Iterator[str]:
    """Each flag is the answer of its query (clauses SN-3 and HK-3, reading R21)."""
    core = world.core
    expected = (
        startable(world),
        core.state is LIVE,
        core.state is LIVE,
        core.procedure is not None or core.state in (INITIALIZING, STARTING, STOPPING),
        core.state is ERROR,
        residue(core),
    )
    if tuple(shown.computed) != expected:
        yield f"the flags are {tuple(shown.computed)}, not {expected}"


def _of_hooks(world: World, shown: BroadcastSnapshot, selectors: Any) -> Iterator[str]:
    """Each selector picks what its name says (clauses HK-1 to HK-3)."""
    core, flags = world.core, shown.computed
    expected = {
        "is_broadcasting": core.state is LIVE,
        "can_start": flags.can_start,
        "can_stop": flags.can_stop,
        "state": core.state,
        "has_error": core.state is ERROR,
        "error": shown.orchestrator.error,
        "is_transitioning": flags.is_transitioning,
        "snapshot": shown,
    }
    for name, answer in expected.items():
        if getattr(selectors, name)(shown) != answer:
            yield f"the selector {name} picks {getattr(selectors, name)(shown)}"


def with_hooks(**changed: Callable[[BroadcastSnapshot], Any]) -> Any:
    """The selectors, some of them changed."""
    return SimpleNamespace(**{**vars(hooks), **changed})
