"""When all is quiet in a recording of a real store: as far as whoever looks on can know."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from broadcast_orchestrator.sim.subjects.evidence import CameAtOnce, EvidenceMoment
from broadcast_orchestrator.sim.subjects.protocol.messages import Called, CommandSettled, GiveAnswer, GiveCommand


class Rests(NamedTuple):
    """Whether all was quiet before each command, and at the end."""

    before_commands: tuple[bool, ...]
    at_the_end: bool


def rests_in(moments: Sequence[EvidenceMoment], at_once: Iterable[CameAtOnce], is_over: bool) -> Rests:
    """The rests: no command is under way and no call is open that is answered later. Where the recording `is_over`, a
    call that is never answered hangs for ever, and nobody waits for it; else it may still be answered."""
    answered = {moment.step.call for moment in moments if isinstance(moment.step, GiveAnswer)}
    returned = {came.call for came in at_once if came.ok is not None}
    rests, under_way, open_calls = list[bool](), set[int](), set[int]()
    for moment in moments:
        match moment.step:
            case GiveCommand(number):
                rests.append(not under_way and not open_calls)
                under_way.add(number)
            case GiveAnswer(call):
                open_calls.discard(call)
        for event in moment.events:
            if isinstance(event, CommandSettled):
                under_way.discard(event.command)
            elif isinstance(event, Called) and event.call not in returned and (event.call in answered or not is_over):
                open_calls.add(event.call)
    return Rests(tuple(rests), is_over and not under_way and not open_calls)
