"""Tables that are filled where they are first needed: a search pays for what it meets, and for nothing else."""

from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]

UNKNOWN = -1
"""What a cell says that has not been filled."""

Value = TypeVar("Value")


class SearchTooLarge(RuntimeError):
    """The space has more different parts than a world's number has room for."""


class Interned(Generic[Value]):
    """Values by number, numbers by value; the numbers are given out in the order in which values are first met."""

    def __init__(self, room: int, what: str) -> None:
        self.values: list[Value] = []
        self._numbers: dict[Value, int] = {}
        self._room, self._what = room, what

    def number(self, value: Value) -> int:
        """The number of the value; a new one if it is new. Raises SearchTooLarge when there is no room left."""
        number = self._numbers.get(value)
        if number is None:
            number = len(self.values)
            if number >= self._room:
                raise SearchTooLarge(f"more than {self._room} different {self._what}; narrow the scope or the bounds")
            self._numbers[value] = number
            self.values.append(value)
        return number


class StepTable:
    """For each pair of a row and one of `width` columns, a number; `fill` is asked once for each."""

    def __init__(self, width: int, fill: Callable[[int, int], int]) -> None:
        self._width, self._fill = width, fill
        self._cells = np.full((64, width), UNKNOWN, dtype=np.int32)

    def look_up(self, rows: Numbers, columns: Numbers) -> Numbers:
        """The numbers of these pairs."""
        highest = int(rows.max(initial=0))
        if highest >= len(self._cells):
            grown = np.full((2 * highest, self._width), UNKNOWN, dtype=np.int32)
            grown[: len(self._cells)] = self._cells
            self._cells = grown
        found = self._cells[rows, columns]
        missing = found == UNKNOWN
        if missing.any():
            for pair in np.unique(rows[missing] * self._width + columns[missing]).tolist():
                row, column = divmod(pair, self._width)
                self._cells[row, column] = self._fill(row, column)
            found = self._cells[rows, columns]
        return found.astype(np.int64)


class Columns:
    """Rows of numbers, added one by one, read as columns."""

    def __init__(self, width: int) -> None:
        self._rows: list[tuple[int, ...]] = []
        self._columns = tuple(np.zeros(0, dtype=np.int64) for _ in range(width))

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: tuple[int, ...]) -> None:
        """Append a row."""
        self._rows.append(row)

    def arrays(self) -> tuple[Numbers, ...]:
        """The columns, all rows included."""
        known = len(self._columns[0])
        if known != len(self._rows):
            added = np.array(self._rows[known:], dtype=np.int64).T
            pairs = zip(self._columns, added, strict=True)
            self._columns = tuple(np.concatenate([column, more]) for column, more in pairs)
        return self._columns


class ValueFacts(Generic[Value]):
    """A yes or no, or another small number, for each value of a table: `fact` is asked once for each."""

    def __init__(self, interned: Interned[Value], fact: Callable[[Value], int]) -> None:
        self._interned, self._fact = interned, fact
        self._known = Columns(1)

    def of(self, numbers: Numbers) -> Numbers:
        """The facts about the values of these numbers."""
        for value in self._interned.values[len(self._known) :]:
            self._known.add((self._fact(value),))
        return self._known.arrays()[0][numbers]


class Lists:
    """Lists of numbers, themselves by number, laid out so that many can be opened at once."""

    def __init__(self) -> None:
        self._starts, self._items = Columns(1), Columns(1)
        self._starts.add((0,))

    def add(self, items: list[int]) -> int:
        """Store a list; its number."""
        for item in items:
            self._items.add((item,))
        self._starts.add((len(self._items),))
        return len(self._starts) - 2

    def open(self, numbers: Numbers) -> tuple[Numbers, Numbers]:
        """For each list, once for each of its items: which one it was, and the item."""
        (starts,), (items,) = self._starts.arrays(), self._items.arrays()
        firsts = starts[numbers]
        counts = starts[numbers + 1] - firsts
        ends = np.cumsum(counts)
        which = np.repeat(np.arange(len(numbers)), counts)
        return which, items[np.arange(len(which)) + np.repeat(firsts - ends + counts, counts)]
