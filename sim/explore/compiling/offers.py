"""What services have on offer: what can happen to one in each of its states, and what the core hears of it."""

from collections.abc import Callable
from typing import NamedTuple

from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.model.state import Procedure
from broadcast_orchestrator.sim.explore import partial_order
from broadcast_orchestrator.sim.explore.compiling.service_moves import Hearing, ServiceMove, hearing, moves
from broadcast_orchestrator.sim.explore.lazy_tables import Interned, StepTable
from broadcast_orchestrator.sim.explore.world_numbers import WorldNumbers
from broadcast_orchestrator.sim.world.faults import PLACES
from broadcast_orchestrator.sim.world.service_state import ServiceState
from broadcast_orchestrator.sim.world.world import Scope, place_of


class OfferedMove(NamedTuple):
    """Something that can happen to a service, what the core hears of it (None: nothing), both by one `number`, what is
    heard by the number `hearing`, too, and whether it is all that need be searched where there is such a thing."""

    move: ServiceMove
    said: Hearing | None
    number: int
    hearing: int
    ample: bool


class Offered(NamedTuple):
    """What can happen to a service in one state: what the core hears of, what it does not, and what is ample."""

    told: list[OfferedMove]
    untold: list[OfferedMove]
    ample: list[OfferedMove]


def place_number(procedure: Procedure | None) -> int:
    """The number of the place where a fault belongs that hits a call which is waited for."""
    return PLACES.index(place_of(procedure, True))


class Offers:
    """What is on offer, by number: states of a service with the same number have the same choices. `known` are all that
    were met. With `puts_off`, effects that somebody waits for are put off (`sim.explore.partial_order`)."""

    def __init__(self, numbers: WorldNumbers, scope: Scope, *, puts_off: bool) -> None:
        self.known: list[Offered] = []
        self._locals, self._scope, self._puts_off = numbers.locals, scope, puts_off
        self._tables = [StepTable() for _ in SERVICES]
        self._numbers = Interned[tuple[tuple[int, bool], ...]]()
        self._moves, self._hearings = Interned[tuple[ServiceMove, Hearing | None]](), Interned[Hearing]()

    def number(self, at: int, place: int, digit: int) -> int:
        """What can happen to the service with this digit, where a fault belongs there that hits a call which is waited
        for, by number."""
        return self._tables[at].number(place, digit, self._offerer(at))

    def _offerer(self, at: int) -> Callable[[int, int], int]:
        def offer(place: int, digit: int) -> int:
            state = self._locals[at].values[digit]
            found = moves(SERVICES[at], state, PLACES[place], self._scope, puts_off=self._puts_off)
            known = [self._numbered(state, move) for move in found]
            number = self._numbers.number(tuple([(each.number, each.ample) for each in known]))
            if number == len(self.known):
                self.known.append(_offered(known))
            return number

        return offer

    def _numbered(self, state: ServiceState, move: ServiceMove) -> OfferedMove:
        said = hearing(state, move)
        number = self._hearings.number(said) if said is not None else -1
        ample = partial_order.has_ample_set(state) and partial_order.is_ample(move.step, state)
        return OfferedMove(move, said, self._moves.number((move, said)), number, ample)


def _offered(moves: list[OfferedMove]) -> Offered:
    return Offered(
        [each for each in moves if each.said is not None],
        [each for each in moves if each.said is None],
        [each for each in moves if each.ample],
    )
