"""Whether what is on air is accounted for: what the services say themselves beside what the orchestrator knows."""

from collections.abc import Iterator

from broadcast_orchestrator.model.api.backend import Backend
from broadcast_orchestrator.sim.demo.evening import Lamps
from broadcast_orchestrator.sim.demo.wire import Message


def unaccounted(lamps: Lamps, known: Message, sessions: Backend) -> Iterator[str]:
    """What is on air, or called live, and neither known to be nor named, a sentence each; and what the store says that
    is not what its process says. All three are of one quiet moment."""
    named = {*known["known"], *known["residue"]}
    for service in lamps.on:
        if service not in named:
            yield f"{service} is on air, and the orchestrator, in {known['state']}, neither knows nor names it"
    accounted = {known["session"], *known["left_live"]}
    for session in lamps.live:
        if session not in accounted:
            yield f"the backend calls {session} live, and the orchestrator, in {known['state']}, does not know it"
    live = tuple(session.id for session in sessions.by_broadcast_state("live"))
    if live != lamps.live:
        yield f"the store says live of {live}, its process of {lamps.live}"
