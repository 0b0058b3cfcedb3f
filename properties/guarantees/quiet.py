"""What must hold of a quiet world: what is on air, what the backend says, where it rests, and the way out of it."""

from collections.abc import Iterator
from functools import lru_cache

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import EMERGENCY_STOP, INITIALIZE
from broadcast_orchestrator.model.state import left_live, residue
from broadcast_orchestrator.model.table import ERROR, IDLE, LIVE, READY, BroadcastState
from broadcast_orchestrator.properties.guarantees.memory import JudgeMemory, Sentences
from broadcast_orchestrator.sim.explore.symmetry import canonical_world
from broadcast_orchestrator.sim.world.world import World, after_healthy_commands, on_air


def rolled_back(observer: JudgeMemory, world: World, _rules: type[Core]) -> Sentences:
    """After a failed start everything is off, or named as residue, or reported as left live."""
    if observer.start_failed:
        yield from _uncovered(world)
        for session in world.truth.backend:
            if session not in left_live(world.core):
                yield f"the backend says that {session} is live, and nobody reports it"


def _uncovered(world: World) -> Sentences:
    for service in on_air(world):
        if service not in residue(world.core):
            yield f"{service} is on in {world.core.state} and not named as residue"


def all_on(observer: JudgeMemory, world: World, _rules: type[Core]) -> Sentences:
    """Live means that feed, session, host and producer are on, and that the backend says so when it is told."""
    if world.core.state is not LIVE:
        return
    for service in ("live_feed", "session", "host", "producer"):
        if service not in on_air(world):
            yield f"{service} is off in live"
    if observer.session is not None and observer.session not in world.truth.backend:
        yield f"the backend does not say that {observer.session} is live"


def all_off(_observer: JudgeMemory, world: World, _rules: type[Core]) -> Sentences:
    """Idle and ready mean that nothing is on air, or that what is on is named; in ready there is no residue."""
    if world.core.state in (IDLE, READY):
        yield from _uncovered(world)
    if world.core.state is READY and residue(world.core):
        yield f"{', '.join(residue(world.core))} is residue in ready"
    if world.core.state is READY and not (world.core.initialized and world.truth.initialized):
        yield "the host is not initialized in ready"


def at_rest(_observer: JudgeMemory, world: World, _rules: type[Core]) -> Sentences:
    """What is quiet rests in idle, ready, live or error; the other states are on the way to somewhere."""
    if world.core.state not in (IDLE, READY, LIVE, ERROR):
        yield f"everything is quiet in {world.core.state}"


def way_out(_observer: JudgeMemory, world: World, rules: type[Core]) -> Sentences:
    """An emergency stop leads to idle, and initialize then leads to ready, as soon as nothing else goes wrong."""
    stopped, initialized = _ways_out(canonical_world(world)._replace(faults=0), rules)  # type: ignore[arg-type]
    if stopped is not IDLE:
        yield f"an emergency stop from {world.core.state} ends in {stopped}"
    if initialized is not READY:
        yield f"an emergency stop from {world.core.state} and initialize end in {initialized}"


@lru_cache(maxsize=1 << 14)
def _ways_out(world: World, rules: type[Core]) -> tuple[BroadcastState, BroadcastState]:
    return (
        after_healthy_commands(world, (EMERGENCY_STOP,), rules),
        after_healthy_commands(world, (EMERGENCY_STOP, INITIALIZE), rules),
    )


def truthful_backend(observer: JudgeMemory, world: World, _rules: type[Core]) -> Iterator[tuple[str, str]]:
    """The backend calls a session live exactly while it is; beside each sentence the gap of the guide that
    it follows from."""
    session = world.core.session if world.core.state is LIVE else None
    for told in world.truth.backend:
        if told != session:
            yield f"the backend says that {told} is live in {world.core.state}", _gap(observer, world, told)
    if observer.session is not None and observer.session not in world.truth.backend:
        yield f"the backend does not say that {observer.session} is live", ""


def _gap(observer: JudgeMemory, world: World, session: str) -> str:
    if session in observer.forsaken:
        return "emergency stop"
    if observer.lost:
        return "lost service"
    return "write not confirmed" if session in left_live(world.core) else ""
