"""What happens in a random run, as a seed decides: commands after random pauses, faults, and in some runs what befalls
the orchestrator as a whole."""

import random
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from broadcast_orchestrator.model.events import COMMANDS, INITIALIZE, START_BROADCAST
from broadcast_orchestrator.sim.simulate.injection import Fault
from broadcast_orchestrator.sim.simulate.streams import Streams
from broadcast_orchestrator.sim.world.faults import RELOAD, SECOND_DASHBOARD, SUSPEND, FaultClass
from broadcast_orchestrator.sim.world.steps import Elsewhere, Reload, Suspend
from broadcast_orchestrator.sim.world.world import CALLS_ELSEWHERE

KINDS = ("refuse", "lost_reply", "hang", "late", "early_reply", "duplicate", "lost_service", "conflict")
"""What may go wrong: the classes against which every guarantee must hold."""

FAULTS = {
    kind: tuple(Fault("convex.*" if kind == "conflict" else "*", kind, probability) for probability in (0.02, 0.1, 0.3))
    for kind in KINDS
}
"""How each of them is ordered, from seldom to often."""

COMMANDS_PER_RUN, LONGEST_PAUSE_MS = 8, 6_000

CUMULATIVE_WEIGHTS = tuple(accumulate((4, 6, 3, 1, 2)))
"""How often each of `COMMANDS` is asked for beside the others, each with those before it."""

ON_AIR = 0.4
"""In what share of the runs a broadcast is begun first, so that what is rare there is not also far away."""

SHARES = {RELOAD: 0.15, SECOND_DASHBOARD: 0.15, SUSPEND: 0.5}
"""In what share of the runs the orchestrator itself is befallen. A reload and another dashboard are seldom, since after
them the guide excuses much that is asked of all other runs."""

SLEEPS_MS = (3_000, 45_000)
"""How long a page sleeps at the most: shorter than every limit, or longer."""

SOON_MS = 300
"""How long what was asked for is likely to be under way."""


class DrawnCommand(NamedTuple):
    """A command, and how long nothing is asked for after it, in milliseconds."""

    command: str
    session: str | None
    pause_ms: float


class Befalling(NamedTuple):
    """What befalls the orchestrator as a whole, of a sleep how long it lasts, and how long nothing is asked for after
    it, in milliseconds."""

    step: Reload | Elsewhere | Suspend
    for_ms: float
    pause_ms: float


class Script(NamedTuple):
    """What happens in a run, one after the other, and the seed of everything else that is random in it."""

    seed: int
    faults: tuple[Fault, ...]
    orders: tuple[DrawnCommand | Befalling, ...]

    @property
    def calm(self) -> "Script":
        """The same without what befalls the orchestrator as a whole."""
        return self._replace(orders=tuple(order for order in self.orders if isinstance(order, DrawnCommand)))


def script_of(seed: int, number: int) -> Script:
    """What happens in run number `number`: commands after random pauses, so that some of them race."""
    streams = Streams(seed)
    luck = streams.stream(f"run {number}")
    own_seed, faults = luck.getrandbits(32), _faults(luck)
    return Script(own_seed, faults, befallen(tuple(_commands(luck)), streams.stream(f"befalling {number}")))


def _faults(luck: random.Random) -> tuple[Fault, ...]:
    kinds = [kind for kind in KINDS if luck.random() < 0.5]
    return tuple(luck.choice(FAULTS[kind]) for kind in kinds)


def _commands(luck: random.Random) -> Iterator[DrawnCommand]:
    if luck.random() < ON_AIR:
        yield DrawnCommand(INITIALIZE, None, LONGEST_PAUSE_MS)
        yield DrawnCommand(START_BROADCAST, "s1", _pause_ms(luck))
    for command in luck.choices(COMMANDS, cum_weights=CUMULATIVE_WEIGHTS, k=COMMANDS_PER_RUN):
        session = luck.choice(("s1", "s2", None)) if command == START_BROADCAST else None
        yield DrawnCommand(command, session, _pause_ms(luck))


def _pause_ms(luck: random.Random) -> float:
    return luck.choice((0.0, SOON_MS * luck.random(), LONGEST_PAUSE_MS * luck.random()))


def befallen(commands: tuple[DrawnCommand, ...], luck: random.Random) -> tuple[DrawnCommand | Befalling, ...]:
    """The commands, and somewhere after the first of them what `luck` adds, soon after what comes before: each class in
    its share of the runs."""
    orders: list[DrawnCommand | Befalling] = list(commands)
    for fault, share in SHARES.items():
        if luck.random() < share:
            at = luck.randint(1, len(orders))
            orders[at - 1] = orders[at - 1]._replace(pause_ms=luck.uniform(0, SOON_MS))
            orders.insert(at, _befalling(fault, luck))
    return tuple(orders)


def _befalling(fault: FaultClass, luck: random.Random) -> Befalling:
    if fault == RELOAD:
        return Befalling(Reload(), 0.0, _pause_ms(luck))
    if fault == SECOND_DASHBOARD:
        return Befalling(Elsewhere(luck.choice(tuple(CALLS_ELSEWHERE))), 0.0, _pause_ms(luck))
    for_ms = luck.uniform(0, luck.choice(SLEEPS_MS))
    return Befalling(Suspend(), for_ms, luck.uniform(0, 2 * for_ms))
