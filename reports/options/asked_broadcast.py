"""The broadcast that a caller wants to see: on air once, with the faults that the options ask for."""

from broadcast_orchestrator.model.api.outcome import BroadcastError
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.sim.simulate.injection import Fault, FaultError
from broadcast_orchestrator.sim.simulate.studio import Script, Studio

SESSION, ON_AIR_MS = "s1", 5_000.0
"""The session of the broadcast, and how long it is on air, in milliseconds."""


def fault_of(text: str) -> Fault:
    """The fault that `--fail` asks for: "host.start" is refused the first time, "host.start:hang" hangs."""
    call, _, kind = text.partition(":")
    try:
        return Fault(call, kind or "refuse", first=1)
    except FaultError as mistake:
        raise BadInput(f"--fail {text}: {str(mistake).removeprefix('fault: ')}") from None


def broadcast(seed: int, faults: tuple[Fault, ...] = ()) -> Studio:
    """Initialize, go on air with a session, stay there for a while, stop; after a failed start, recover."""
    studio = prepared(seed, faults)
    studio.settle()
    return studio


def prepared(seed: int, faults: tuple[Fault, ...], rules: type[Core] = Core) -> Studio:
    """The studio in which that is about to happen."""
    studio = Studio(seed=seed, faults=faults, sessions=(SESSION,), rules=rules)
    studio.script(story(studio))
    return studio


def story(studio: Studio) -> Script:
    """One broadcast from initialize to stop; after a failure, a recover."""
    orchestrator = studio.orchestrator
    try:
        yield orchestrator.initialize()
        yield orchestrator.start_broadcast(SESSION)
        yield studio.wait(ON_AIR_MS)
        yield orchestrator.stop_broadcast()
    except BroadcastError:
        yield from _recovery(studio)


def _recovery(studio: Studio) -> Script:
    try:
        yield studio.orchestrator.recover()
    except BroadcastError:
        return  # what failed again is in the trace
