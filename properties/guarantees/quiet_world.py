"""A quiet world as a `Rest`: what the inside shows when all is quiet, and what would become of it."""

from functools import lru_cache
from typing import NamedTuple

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import EMERGENCY_STOP, INITIALIZE, RECOVER
from broadcast_orchestrator.model.operations import ON_AIR_SERVICES
from broadcast_orchestrator.model.state import left_live, residue
from broadcast_orchestrator.model.table import ERROR, BroadcastState
from broadcast_orchestrator.model.views import is_uncertain
from broadcast_orchestrator.properties.guarantees.observations import WaysOut
from broadcast_orchestrator.sim.explore.symmetry import canonical_world
from broadcast_orchestrator.sim.world.trace import in_one_line
from broadcast_orchestrator.sim.world.world import Truth, World, after_healthy_commands


class QuietWorld(NamedTuple):
    """A world in which all is quiet, under the rules by which it would go on."""

    world: World
    rules: type[Core] = Core

    @property
    def state(self) -> BroadcastState:
        """The core's."""
        return self.world.core.state

    @property
    def truth(self) -> Truth:
        """The world's."""
        return self.world.truth

    def residue(self) -> tuple[str, ...]:
        """What the core names."""
        return residue(self.world.core)

    def known_on(self) -> tuple[str, ...]:
        """What the core knows of, or names."""
        core = self.world.core
        return tuple(s for s, view in zip(ON_AIR_SERVICES, core.views, strict=False) if is_uncertain(view))

    def left_live(self) -> tuple[str, ...]:
        """What the core names."""
        return left_live(self.world.core)

    def session(self) -> str | None:
        """That of the broadcast on air."""
        return self.world.core.session

    def knows_host(self) -> bool:
        """Whether the core takes it to be initialized."""
        return self.world.core.initialized

    def ways_out(self) -> WaysOut:
        """Tried in copies of the world."""
        world = canonical_world(self.world)._replace(faults=0)
        if world.truth.refusing:  # faults have stopped: the backend takes writes again
            world = world._replace(truth=world.truth._replace(refusing=False))
        if world.truth.holder:  # another dashboard is silent, and its lease is over
            world = world._replace(truth=world.truth._replace(holder=""))
        return WaysOut(self.state, *_ways_out(world, self.rules))  # type: ignore[arg-type]  # a class has a hash


@lru_cache(maxsize=1 << 12)  # a search meets some hundreds, runs without end some thousands
def _ways_out(
    world: World, rules: type[Core]
) -> tuple[BroadcastState | None, BroadcastState | None, BroadcastState | None, str]:
    """Where the three ways end, and what broken rules raise on them."""
    try:
        stopped, initialized = after_healthy_commands(world, (EMERGENCY_STOP, INITIALIZE), rules)
        (recovered,) = after_healthy_commands(world, (RECOVER,), rules) if world.core.state is ERROR else (None,)
        return stopped, initialized, recovered, ""
    except Exception as raised:
        return None, None, None, in_one_line(raised)
