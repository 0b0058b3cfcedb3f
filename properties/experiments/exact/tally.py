"""What a run has come to so far, as far as the chain has to remember it to know the measures in the end."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from broadcast_orchestrator.model.events import (
    INITIALIZE,
    RECOVER,
    START_BROADCAST,
    STOP_BROADCAST,
    SUCCEEDED,
    CoreEffect,
    Refused,
    Settled,
    Transition,
)
from broadcast_orchestrator.model.table import ERROR, LIVE
from broadcast_orchestrator.properties.experiments.measures import Value, backend_agrees
from broadcast_orchestrator.sim.world.world import World, on_air

MEASURED: Mapping[str, str] = {
    INITIALIZE: "initialize_succeeds",
    START_BROADCAST: "start_succeeds",
    STOP_BROADCAST: "stop_succeeds",
    RECOVER: "recovery_succeeds",
}
"""The measure of each command."""

PLACE = {command: at for at, command in enumerate(MEASURED)}

SHARES = (*MEASURED.values(), "goes_live", "ends_in_error", "leaves_on", "backend_agrees")
"""The measures that a run has or has not, in the order of `shares_of`."""


class Tally(NamedTuple):
    """For each of `MEASURED` whether all that ended succeeded (None: none has ended), and whether one was refused; and
    whether the run ever was live."""

    ended: tuple[bool | None, ...] = (None,) * len(MEASURED)
    refused: tuple[bool, ...] = (False,) * len(MEASURED)
    lived: bool = False


def told(tally: Tally, effects: Sequence[CoreEffect]) -> Tally:
    """The tally once the core has asked for these effects."""
    ended, refused, lived = list(tally.ended), list(tally.refused), tally.lived
    for effect in effects:
        match effect:
            case Settled(command, verdict) if command in MEASURED:
                ended[PLACE[command]] = ended[PLACE[command]] is not False and verdict == SUCCEEDED
            case Refused(command) if command in MEASURED:
                refused[PLACE[command]] = True
            case Transition(_, target):
                lived = lived or target is LIVE
            case _:
                pass
    return Tally(tuple(ended), tuple(refused), lived)


def shares_of(world: World, tally: Tally) -> tuple[Value, ...]:
    """What each of `SHARES` comes to in a run that ends in this world; None where it has no value."""
    state = world.core.state
    commands = (
        ended if ended is not None else False if refused else None
        for ended, refused in zip(tally.ended, tally.refused, strict=True)
    )
    leaves_on = state is not LIVE and bool(on_air(world))
    return (*commands, tally.lived, state is ERROR, leaves_on, backend_agrees(world))
