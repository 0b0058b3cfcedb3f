"""What must hold of states, history and error text: guarantees G1, G5 and G12, seen from outside."""

from broadcast_orchestrator.model.events import EMERGENCY_STOP, START_BROADCAST, STOP_BROADCAST
from broadcast_orchestrator.model.table import EDGES, ERROR, FORCED_EDGES, BroadcastState
from broadcast_orchestrator.properties.checking.judge.observation import (
    SWITCHES_OFF,
    Observation,
    ObservedCall,
    ObservedChange,
    ObservedCommand,
    Sightings,
)

STATES = tuple(str(state) for state in BroadcastState)
ROWS = frozenset((str(source), str(target)) for source, target in EDGES)
FORCED = frozenset((str(source), str(target)) for source, target in FORCED_EDGES)


def table(sight: Observation) -> Sightings:
    """Every change of state is a row of the table, or a forced edge that an emergency stop takes (R3, R19)."""
    for change in sight.changes:
        edge = (change.source, change.target)
        if change.target not in STATES:
            yield "unknown state", f"{change.target} is no state of the guide", change.tick[0]
        elif edge not in ROWS and not (edge in FORCED and _emergency_at(sight, change)):
            what = f"{change.source} → {change.target} is not a row of the table"
            if edge in FORCED:
                what += ", and no emergency stop is under way"
            yield f"{change.source} to {change.target}", what, change.tick[0]


def _emergency_at(sight: Observation, change: ObservedChange) -> bool:
    return any(
        asked.name == EMERGENCY_STOP and asked.moment <= change.tick[0] and asked.pending(change.tick)
        for asked in sight.asked
    )


def record(sight: Observation) -> Sightings:
    """The history has every change of state, each entry beginning where the last one ended (R22)."""
    told = [(entry.source, entry.target) for entry in sight.recorded]
    seen = [(change.source, change.target) for change in sight.changes]
    history = _last_history(sight)
    if not told and seen and history is not None:
        told = list(history)
        seen = seen[-len(told) :] if len(told) >= ENOUGH else seen
    for number, change in enumerate(seen):
        where = sight.changes[number].tick[0]
        if number >= len(told):
            yield "not recorded", f"{_arrow(change)} is not in the history", where
            return
        if told[number] != change:
            yield "recorded wrongly", f"the history says {_arrow(told[number])} for {_arrow(change)}", where
            return
    if len(told) > len(seen):
        what = f"the history has {_arrow(told[len(seen)])}, which never happened"
        yield "recorded too much", what, len(sight.states) - 1


ENOUGH = 10
"""A history that is at least so long may have been cut to its newest entries."""


def _last_history(sight: Observation) -> tuple[tuple[str, str], ...] | None:
    data = sight.snapshots[-1][1] if sight.snapshots else {}
    rows = data.get("history")
    if not isinstance(rows, list | tuple):
        return None
    return tuple((str(row[0]), str(row[1])) for row in rows if isinstance(row, list | tuple) and len(row) >= 2)


def _arrow(edge: tuple[str, str]) -> str:
    return f"{edge[0]} → {edge[1]}"


def shown(sight: Observation) -> Sightings:
    """What the snapshot says agrees with the state that anyone can observe (SN-1, OV-1)."""
    for moment, data in sight.snapshots:
        state = data.get("state")
        if state is not None and state != sight.states[moment] and state in STATES:
            yield "snapshot", f"the snapshot says {state} in {sight.states[moment]}", moment
            return


# -- The error ------------------------------------------------------------------------------------


def error(sight: Observation) -> Sightings:
    """The state error and an error text go together (R4)."""
    for moment, (state, text) in enumerate(zip(sight.states, sight.texts, strict=True)):
        if (state == ERROR) != bool(text):
            if text:
                yield "text outside error", f"the state is {state} and the error says: {text}", moment
            else:
                yield "error without text", "the state is error and there is no error text", moment
            return


def first_cause(sight: Observation) -> Sightings:
    """While the state stays error, the text that came first is kept (R2)."""
    changed = {change.tick[0] for change in sight.changes}
    for moment in range(1, len(sight.states)):
        old, new = sight.texts[moment - 1], sight.texts[moment]
        stays = sight.states[moment] == sight.states[moment - 1] == ERROR and moment not in changed
        if stays and old and new and old not in new:
            yield "cause replaced", f"the error was: {old}; it is replaced by: {new}", moment
            return


def told(sight: Observation) -> Sightings:
    """A step that fails fails its command, and its own message is in what the caller and the error are told (R4)."""
    for asked in sight.asked:
        failure = _failure(asked)
        if failure is None or asked.interrupted is not None or asked.settled[0] >= len(sight.states):
            continue
        if asked.ok:
            what = f"{failure.operation} failed, and {asked.name} succeeded all the same"
            yield "failure swallowed", what, asked.settled[0]
        elif not asked.message:
            yield "failure without words", f"{asked.name} fails without a message", asked.settled[0]
        elif asked.name == START_BROADCAST and not _names(failure, sight.texts[asked.settled[0]], asked.message):
            what = f"{failure.operation} failed with {failure.message!r}, and the error is another: {asked.message}"
            yield "cause lost", what, asked.settled[0]


def _failure(asked: ObservedCommand) -> ObservedCall | None:
    """The first call of a start or a stop that failed while it was waited for."""
    if asked.name not in (START_BROADCAST, STOP_BROADCAST):
        return None
    failed = [call for call in asked.made if not call.ok and call.answered < asked.settled and _waited(asked, call)]
    return min(failed, key=lambda call: call.answered, default=None)


def _waited(asked: ObservedCommand, call: ObservedCall) -> bool:
    """Not given up before: no call of the other direction had been made when the answer came."""
    if asked.name == START_BROADCAST:
        undone = [each.tick for each in asked.made if each.operation in SWITCHES_OFF]
        return call.operation not in SWITCHES_OFF and (not undone or call.answered < undone[0])
    return call.operation in SWITCHES_OFF and all(
        each.tick <= call.tick or each.tick > call.answered for each in asked.made
    )


def _names(failure: ObservedCall, text: str | None, message: str) -> bool:
    """Whether what went wrong is named in both; a failure without words cannot be."""
    return not failure.message or (failure.message in message and failure.message in (text or failure.message))


def caught(sight: Observation) -> Sightings:
    """No error gets lost: each is caught by somebody (EX-3, QS-3)."""
    for moment, event in sight.unhandled[:1]:
        yield "nobody caught", f"nobody caught the error: {event.message}", moment
