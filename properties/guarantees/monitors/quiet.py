"""What must hold when all is quiet: what is on air, what the backend says, where it rests, and the way out of it."""

from broadcast_orchestrator.model.operations import ON_AIR_SERVICES
from broadcast_orchestrator.model.table import ERROR, IDLE, LIVE, READY
from broadcast_orchestrator.properties.guarantees.memory import JudgeMemory
from broadcast_orchestrator.properties.guarantees.observations import Rest, Sentences, Wrong
from broadcast_orchestrator.sim.world.world import ITS_SESSION


def on_air(rest: Rest) -> tuple[str, ...]:
    """The services that truly are on air."""
    return tuple(s for s, active in zip(ON_AIR_SERVICES, rest.truth.active, strict=True) if active)


def rolled_back(memory: JudgeMemory, rest: Rest) -> Sentences:
    """After a failed start everything is off, or named as residue, or reported as left live (reading R8); what an
    emergency stop has left on the backend is for G14 to tell."""
    if memory.start_failed:
        for service in on_air(rest):
            if service not in rest.residue():
                what = f"{service} is on after a failed start, and nothing switches it off"
                yield Wrong("on after a failed start", what)
        for session in rest.truth.backend:
            if session == ITS_SESSION:  # that another dashboard has written it is not for this start to undo
                continue
            if session in memory.untried or session not in (*memory.forsaken, *rest.left_live()):
                what = f"the backend says that {session} is live after a failed start"
                yield Wrong("left live by a failed start", what)


def all_on(memory: JudgeMemory, rest: Rest) -> Sentences:
    """Live means that feed, session, host and producer are on, and that the backend says so when it is told."""
    if rest.state is not LIVE:
        return
    active = on_air(rest)
    for service in ON_AIR_SERVICES:
        if service not in active:
            yield Wrong("off in live", f"{service} is off in live")
    if memory.session is not None and memory.session not in rest.truth.backend:
        yield Wrong("not told", f"the backend does not say that {memory.session} is live")


def all_off(memory: JudgeMemory, rest: Rest) -> Sentences:
    """Idle and ready mean that nothing is on air, or that what is on is named; in ready there is no residue. (Whoever
    has lost its memory cannot know before it asks: that is for `adopted` to tell.)"""
    if (rest.state is IDLE and not memory.adrift) or rest.state is READY:
        residue = rest.residue()
        for service in on_air(rest):
            if service not in residue:
                yield Wrong(f"on in {rest.state}", f"{service} is on in {rest.state}")
        if rest.state is READY and residue:
            yield Wrong("on in ready", f"{', '.join(residue)} is residue in ready")
        if rest.state is READY and not rest.truth.initialized:
            yield Wrong("no host in ready", "the host is not initialized in ready")


def adopted(memory: JudgeMemory, rest: Rest) -> Sentences:
    """After a loss of memory, or beside another dashboard: once it is initialized, what is on air is its own broadcast,
    or named."""
    if memory.adrift or not (memory.reloaded or memory.beside) or rest.state is LIVE:
        return
    why = "after a reload" if memory.reloaded else "from another dashboard"
    for service in on_air(rest):
        if service not in rest.known_on():
            yield Wrong(f"not adopted {why}", f"{service} is on {why}, and neither its own nor named in {rest.state}")


def host_known(_memory: JudgeMemory, rest: Rest) -> Sentences:
    """In ready the orchestrator knows that the host is initialized."""
    if rest.state is READY and not rest.knows_host():
        yield Wrong("host not known", "the host is not known to be initialized in ready")


def at_rest(_memory: JudgeMemory, rest: Rest) -> Sentences:
    """What is quiet rests in idle, ready, live or error; the other states are on the way to somewhere."""
    if rest.state not in (IDLE, READY, LIVE, ERROR):
        yield Wrong(f"rests in {rest.state}", f"everything is quiet in {rest.state}")


def way_out(_memory: JudgeMemory, rest: Rest) -> Sentences:
    """An emergency stop leads to idle, and initialize then leads to ready, as soon as nothing else goes wrong; so does
    a recover out of error (RC-3)."""
    ways = rest.ways_out()
    if ways.raised:
        yield Wrong("raises", f"an emergency stop from {ways.begin}, or a command after it, raises {ways.raised}")
    if ways.stopped not in (None, IDLE):
        yield Wrong("no way to idle", f"an emergency stop from {ways.begin} ends in {ways.stopped}")
    if ways.initialized not in (None, READY):
        what = f"after an emergency stop in {ways.begin}, initialize ends in {ways.initialized}"
        yield Wrong("no way to ready", what)
    if ways.recovered == ERROR:
        yield Wrong("recover in vain", f"recover ends in {ways.recovered} although nothing goes wrong")


def truthful_backend(memory: JudgeMemory, rest: Rest) -> Sentences:
    """The backend calls a session live exactly while it is; beside each sentence the gap of the guide that
    it follows from."""
    if memory.unread:
        return
    session = rest.session() if rest.state is LIVE else None
    for told in rest.truth.backend:
        if told != session:
            what = f"the backend says that {told} is live in {rest.state}"
            yield Wrong("left live", what, _gap(memory, rest, told))
    if memory.session is not None and memory.session not in rest.truth.backend:
        yield Wrong("not told", f"the backend does not say that {memory.session} is live")


def _gap(memory: JudgeMemory, rest: Rest, session: str) -> str:
    if session in memory.forsaken:
        return "emergency stop"
    if memory.lost:
        return "lost service"
    return "write not confirmed" if session in rest.left_live() and session not in memory.untried else ""
