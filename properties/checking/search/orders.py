"""The commands as a search gives them."""

from broadcast_orchestrator.model.events import EMERGENCY_STOP, INITIALIZE, RECOVER, START_BROADCAST, STOP_BROADCAST
from broadcast_orchestrator.sim.subjects.scenario import Order

INIT, STOP, EMERGENCY, REPAIR = (Order(name) for name in (INITIALIZE, STOP_BROADCAST, EMERGENCY_STOP, RECOVER))
START, BARE, NEXT = Order(START_BROADCAST, "s1"), Order(START_BROADCAST), Order(START_BROADCAST, "s2")
COMMANDS = (INIT, START, STOP, EMERGENCY, REPAIR)
WHOLE = (INIT, START, STOP)
