"""What an implementation shows of itself in a run, and so which checks can be made of it."""

from broadcast_orchestrator.properties.checking.judge.observation import Observation
from broadcast_orchestrator.properties.checking.judge.rest import truth_can_be_known, ways_out
from broadcast_orchestrator.properties.guarantees.observations import Aspect, WaysOut
from broadcast_orchestrator.sim.subjects.protocol import messages

LOOKED_AT = {
    Aspect.CAN_START: "can_start",
    Aspect.CAN_STOP: "can_stop",
    Aspect.STATED: "state",
}
"""What a snapshot has to have."""

TOLD_BY = {Aspect.HISTORY: ("history", messages.Recorded), Aspect.TEXT: ("error", messages.ErrorText)}
"""What is told as it happens, or by a snapshot; where snapshots are given and do neither, it is not shown."""


def shown(sight: Observation, measures: tuple[str, ...] = ()) -> frozenset[Aspect]:
    """What this run shows, of an orchestrator that claims these measures. The driver sees the clock, and errors that
    nobody catches, of every implementation; where nobody drove it, such errors may be anybody's, and services may be
    believed."""
    real = sight.evidence.real
    aspects = {Aspect.CLOCK, Aspect.UNCAUGHT} if real is None else {Aspect.CLOCK}
    if truth_can_be_known(sight, measures) and not (real and real.believed):
        aspects.add(Aspect.TRUTH)
    if any(call.payload is not None for call in sight.made):
        aspects.add(Aspect.PAYLOAD)
    if any(ways_out(sight, rest)[1:] != WaysOut("")[1:] for rest in sight.rests):
        aspects.add(Aspect.WAYS_OUT)
    data = [snapshot for _, snapshot in sight.snapshots]
    aspects |= {aspect for aspect, field in LOOKED_AT.items() if any(each.get(field) is not None for each in data)}
    events = {type(event) for moment in sight.evidence.moments for event in moment.events}
    for aspect, (field, event) in TOLD_BY.items():
        if not data or event in events or any(field in each for each in data):
            aspects.add(aspect)
    return frozenset(aspects)
