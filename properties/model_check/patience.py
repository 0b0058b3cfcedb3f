"""How far a core is searched that was found broken: to one and a half times the size of the reference's space.

A mistake can open a space many times as large as the reference's, or one without end, while what it breaks shows long
before. Nothing more is proved by all those worlds of a core that has to be mended in any case. So a search that has
found something which nobody foresees goes on only as far as is usual; what it has not searched then is unknown. A core
in which nothing is found broken is searched to the end, however large its space is.
"""

from collections.abc import Callable, Iterable
from functools import cached_property

from broadcast_orchestrator.properties.guarantees.by_design import beyond_design
from broadcast_orchestrator.sim.explore.diagrams.reach import Explored
from broadcast_orchestrator.sim.explore.exploration import Found
from broadcast_orchestrator.sim.explore.state_space import StateSpace

LEAST = 250_000
"""So many worlds are searched in any case, before it is asked how large the reference's space is."""

TIMES = 1.5
"""How many times as large as the reference's a broken core's space may be: so it is searched about twice as long, since
its levels are wider and its control states more different."""


class Patience:
    """Says why the search of a space should end, if it should; `reference` searches the same scope of the reference,
    and is asked for that once, where it matters."""

    def __init__(self, space: StateSpace, reference: Callable[[], Explored]) -> None:
        self._space, self._reference = space, reference

    def __call__(self, states: int, found: Iterable[Found]) -> str:
        """The reason, told after so many worlds with what was found in them; "" while there is none."""
        if states <= LEAST or not any(is_unforeseen(each, self._space) for each in found):
            return ""
        met = states, len(self._space.numbers.controls.values)
        for what, number, usual in zip(("worlds", "control states"), met, self._usual, strict=True):
            if number > TIMES * usual:
                much = f"{number:,} {what} are more than {TIMES} times the {usual:,} of the reference"
                return f"something was found broken, and {much}"
        return ""

    @cached_property
    def _usual(self) -> tuple[int, int]:
        """How many worlds and how many control states the reference has."""
        sound = self._reference()
        return sound.states, len(sound.space.numbers.controls.values)


def is_unforeseen(found: Found, space: StateSpace) -> bool:
    """Whether this is nothing that the design foresees after the faults that were told apart."""
    hit = (found.faults.apart[0],) if found.faults.apart else ()
    return bool(beyond_design((found.violation,), hit, space.rules.measures))
