"""What must hold of late successes: what came on after its procedure had given it up is switched off again (G16)."""

from broadcast_orchestrator.model.events import CLEANUP
from broadcast_orchestrator.model.operations import READS
from broadcast_orchestrator.properties.guarantees.memory import UNDO_OF, Glimpse, JudgeMemory, needs_cleanup
from broadcast_orchestrator.properties.guarantees.observations import Rest, Sentences, Wrong


def unasked(glimpse: Glimpse) -> Sentences:
    """A cleanup switches off what a late success has made necessary, and nothing else (reading R9)."""
    calls = glimpse.calls_of(CLEANUP)
    if not calls:
        return
    owed = [(operation, session) for operation, session, _ in glimpse.observer.owed]
    if needs_cleanup(glimpse) and glimpse.call is not None:
        owed.append((UNDO_OF[glimpse.call.operation], glimpse.call.session))
    if "reconciled" in glimpse.observer.measures:
        owed += [("convex.idle", session) for session in glimpse.before.written]
    for call in calls:
        if (call.operation, call.session) not in owed and call.operation not in READS:
            what = f"{call.operation} was cleaned up, and nothing had made that necessary"
            yield Wrong("cleaned up needlessly", what)


def cleaned(memory: JudgeMemory, _rest: Rest) -> Sentences:
    """No late success is left without its switch-off; residue excuses one that was tried, never one that was not."""
    for operation, _, tried in memory.owed:
        if not tried:
            yield Wrong("late success left", f"a late success was never followed by {operation}")
