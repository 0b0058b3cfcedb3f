"""Digits in classes: those of one service with which the same can happen to it, or that are kept together.

Groups of choices are about classes, not about digits. So what a group does to a digit that is new, of a class that is
known, is known, too.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from broadcast_orchestrator.sim.explore.compiling.offers import Offers
from broadcast_orchestrator.sim.explore.lazy_tables import Layers, SearchTooLarge, StepTable
from broadcast_orchestrator.sim.explore.loops.diagrams import MOST_CLASSES
from broadcast_orchestrator.sim.explore.loops.native import Cells, Numbers
from broadcast_orchestrator.sim.explore.moves import LEVELS, Moves, service_at
from broadcast_orchestrator.sim.world.faults import PLACES

AMPLE_SETS, STILLNESS = len(PLACES), len(PLACES) + 1
"""The rows of classes that are no place's: whether a digit has an ample set, and whether its service is still."""


class DigitClass(NamedTuple):
    """The digits of a class, what is on offer for them, and the entries of relations that lead them on, by program."""

    digits: list[int]
    offer: int
    entries: dict[int, int]


class DigitClasses:
    """The class of each digit, by level and row: beside a place, what is on offer there. What choices of the service
    itself make of digits is filled in for whole classes."""

    def __init__(self, offers: Offers, moves: Moves) -> None:
        self._offers, self._moves = offers, moves
        self._layers = Layers(LEVELS)
        self._tables = [StepTable(self._layers, level) for level in range(LEVELS)]
        self._classes: dict[tuple[int, int, int], DigitClass] = {}

    @property
    def cells(self) -> Cells:
        """By level, row and digit the class, as it stands."""
        return self._layers.cells

    def of(self, level: int, place: int, digit: int) -> DigitClass:
        """The class of the digit beside this place."""
        offer = self._tables[level].number(place, digit, self._learner(level))
        return self._classes[level, place, offer]

    def _learner(self, level: int) -> Callable[[int, int], int]:
        def learn(place: int, digit: int) -> int:
            offer = self._offers.number(service_at(level), place, digit)
            known = self._classes.setdefault((level, place, offer), DigitClass([], offer, {}))
            known.digits.append(digit)
            self._lead_on(level, [digit], known.entries)
            return offer

        return learn

    def entry(self, level: int, known: DigitClass, program: int) -> int:
        """A new entry, for this class and the program of a choice."""
        self._lead_on(level, known.digits, [program])
        entry = known.entries[program] = known.offer << 32 | program
        return entry

    def _lead_on(self, level: int, digits: Iterable[int], programs: Iterable[int]) -> None:
        """Have filled in what these programs make of these digits; number 0 is no program."""
        for program in filter(None, programs):
            for digit in digits:
                self._moves.move(level, program, digit)

    def count(self) -> int:
        """How many classes there are beside places, whatever the place. Raises SearchTooLarge where that is more than
        there is room for."""
        count = len(self._offers.known)
        if count > MOST_CLASSES:
            raise SearchTooLarge(f"services offer more than {MOST_CLASSES:,} different things; narrow the scope")
        return count

    def mark(self, level: int, row: int, facts: Numbers, first: int = 0) -> None:
        """Digits from the `first` one on are of these classes in a row that is no place's."""
        for digit, fact in enumerate(facts.tolist(), first):
            self._tables[level].put(row, digit, fact)
