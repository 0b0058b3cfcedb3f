"""The history as an implementation tells it, put where its changes of state were seen."""

from broadcast_orchestrator.properties.checking.judge.observation import Observation
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.protocol import messages

ENOUGH = 10
"""A history that is at least so long may have been cut to its newest entries."""


def history_by_moment(sight: Observation, dialect: Dialect) -> dict[int, tuple[tuple[str, str], ...]]:
    """The changes that the history tells, by moment: as they are recorded, or else as the last snapshot lists them."""
    found: dict[int, tuple[tuple[str, str], ...]] = {}
    for at, moment in enumerate(sight.evidence.moments):
        for event in moment.events:
            if isinstance(event, messages.Recorded):
                entry = (dialect.state(event.source), dialect.state(event.target))
                found[at] = (*found.get(at, ()), entry)
    listed = _last_history(sight)
    if found or not listed:
        return found
    begun = sight.life_at(len(sight.states))
    changes = [change for change in sight.changes if change.tick[0] >= begun]
    skipped = max(len(changes) - len(listed), 0) if len(listed) >= ENOUGH else 0
    for number, entry in enumerate(listed):
        place = number + skipped
        at = changes[place].tick[0] if place < len(changes) else len(sight.states) - 1
        found[at] = (*found.get(at, ()), entry)
    believed = [change for change in sight.changes if change.tick[0] < begun]  # that history is gone with its page
    for change in (*believed, *changes[:skipped]):
        found[change.tick[0]] = (*found.get(change.tick[0], ()), (change.source, change.target))
    return found


def _last_history(sight: Observation) -> tuple[tuple[str, str], ...] | None:
    """The history in the last snapshot; None where it has none."""
    data = sight.snapshots[-1][1] if sight.snapshots else {}
    rows = data.get("history")
    if not isinstance(rows, list | tuple):
        return None
    return tuple((str(row[0]), str(row[1])) for row in rows if isinstance(row, list | tuple) and len(row) >= 2)
