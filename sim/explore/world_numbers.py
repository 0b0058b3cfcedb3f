"""The number of a world: one key of 64 bits, so that millions of worlds are a sorted array.

From its highest bit to its lowest, a key is

    control   12 bits   the core without its views, and what the judge remembers
    faults     2 bits   how many faults there have been
    digits    10 bits   for each of the five services, its `ServiceState`; that of the first service is the lowest

and 12 + 2 + 5 × 10 = 64, so no bit is left. What does not fit into so few bits, a control or a `ServiceState`, is kept
once in a table (`Interned`), and the key has its place there. Places are given out as values are first met: a key means
something only beside the tables of its own search, and the same search gives the same keys.

A number is full when a search meets more than 4,096 controls or 1,024 states of one service, or may have more than 3
faults. Each of these is a SearchTooLarge, never a key that means two worlds.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.sim.explore.lazy_tables import Interned, Numbers, SearchTooLarge, ValueFacts
from broadcast_orchestrator.sim.explore.symbolic_rules import Control
from broadcast_orchestrator.sim.explore.symmetry import canonical_world
from broadcast_orchestrator.sim.world.service_state import ServiceState
from broadcast_orchestrator.sim.world.world import World, assemble, local_of

Keys = npt.NDArray[np.uint64]

KEY_BITS = 64
DIGIT_BITS, FAULT_BITS, CONTROL_BITS = 10, 2, 12
DIGITS, FAULTS, CONTROLS = 1 << DIGIT_BITS, 1 << FAULT_BITS, 1 << CONTROL_BITS
"""How many different digits, counts of faults and controls a key can tell apart."""

DIGIT_SHIFTS = tuple(DIGIT_BITS * at for at in range(len(SERVICES)))
FAULT_SHIFT = DIGIT_BITS * len(SERVICES)
CONTROL_SHIFT = FAULT_SHIFT + FAULT_BITS


def check_room(services: int, faults: int = 0) -> None:
    """Raises SearchTooLarge where a key has no room for so many services, or for so many faults."""
    needed = services * DIGIT_BITS + FAULT_BITS + CONTROL_BITS
    if needed > KEY_BITS:
        raise SearchTooLarge(
            f"a world of {services} services needs {needed} bits, and its number has {KEY_BITS}: "
            "give DIGIT_BITS or CONTROL_BITS fewer"
        )
    if faults >= FAULTS:
        raise SearchTooLarge(f"a world's number counts up to {FAULTS - 1} faults, not {faults}; narrow the scope")


def controls_of(keys: Keys) -> Numbers:
    """The number of the control of each world."""
    return (keys >> np.uint64(CONTROL_SHIFT)).astype(np.int64)


def faults_of(keys: Keys) -> Numbers:
    """How many faults each world has had."""
    return (keys >> np.uint64(FAULT_SHIFT)).astype(np.int64) & (FAULTS - 1)


def digits_of(keys: Keys, at: int) -> Numbers:
    """The digit of one service in each world."""
    return ((keys >> np.uint64(DIGIT_SHIFTS[at])) & np.uint64(DIGITS - 1)).astype(np.int64)


class WorldNumbers:
    """The worlds of one search by number: `controls` and, for each service, `locals` are what the parts stand for."""

    def __init__(self) -> None:
        self.controls: Interned[Control] = Interned(CONTROLS, "control states")
        self.locals: list[Interned[ServiceState]] = [Interned(DIGITS, f"local states of {each}") for each in SERVICES]
        self._calm = ValueFacts(self.controls, lambda control: control.core.procedure is None and not control.core.due)
        self._still = [ValueFacts(each, lambda state: not state.flights and not state.reported) for each in self.locals]

    def key(self, world: World, observer: Any) -> int:
        """The number of a world in which the judge remembers `observer`. Raises SearchTooLarge when a table is full."""
        world = canonical_world(world)
        control = self.controls.number(Control(world.core._replace(views=()), observer))
        key = control << CONTROL_SHIFT | world.faults << FAULT_SHIFT
        for at, service in enumerate(SERVICES):
            key |= self.locals[at].number(local_of(world, service)) << DIGIT_SHIFTS[at]
        return key

    def world(self, key: int) -> tuple[World, Any]:
        """The world of a number, and what the judge remembers there."""
        control = self.controls.values[key >> CONTROL_SHIFT]
        states = [self.locals[at].values[key >> DIGIT_SHIFTS[at] & DIGITS - 1] for at in range(len(SERVICES))]
        faults = key >> FAULT_SHIFT & FAULTS - 1
        return assemble(control.core, states, faults), control.observer

    def quiet(self, keys: Keys) -> Keys:
        """The worlds among these in which nothing is under way, due or on its way."""
        keys = keys[self._calm.of(controls_of(keys)) != 0]
        for at, still in enumerate(self._still):
            keys = keys[still.of(digits_of(keys, at)) != 0]
        return keys
