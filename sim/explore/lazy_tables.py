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
    """The space has more different parts than there is room for."""


class Interned(Generic[Value]):
    """Values by number, numbers by value; the numbers are given out in the order in which values are first met.
    `check` is told each new number before it is given out, and raises where there is no room for it."""

    def __init__(self, check: Callable[[int], None] = lambda number: None) -> None:
        self.values: list[Value] = []
        self._numbers: dict[Value, int] = {}
        self._check = check

    def number(self, value: Value) -> int:
        """The number of the value; a new one if it is new. Raises what `check` raises."""
        number = self._numbers.get(value)
        if number is None:
            number = len(self.values)
            self._check(number)
            self._numbers[value] = number
            self.values.append(value)
        return number


def distinct_pairs(rows: Numbers, columns: Numbers) -> tuple[Numbers, Numbers]:
    """Each pair of a row and a column once, in their order."""
    pairs = np.unique(rows << 32 | columns)
    return pairs >> 32, pairs & (1 << 32) - 1


class NumberTable:
    """For pairs of a row and a column, a number; as large as it has to be."""

    def __init__(self) -> None:
        self._cells = np.full((64, 64), UNKNOWN, dtype=np.int32)

    def look_up(self, rows: Numbers, columns: Numbers) -> tuple[Numbers, npt.NDArray[np.bool_]]:
        """The numbers of these pairs, and where there are none yet."""
        self._make_room(int(rows.max(initial=0)), int(columns.max(initial=0)))
        found = self._cells[rows, columns].astype(np.int64)
        return found, found == UNKNOWN

    def put(self, row: int, column: int, number: int) -> None:
        """Fill a cell that has been looked up before."""
        self._cells[row, column] = number

    def filled(self) -> tuple[Numbers, Numbers]:
        """Of each cell that is filled its row and its number."""
        rows, columns = np.nonzero(self._cells != UNKNOWN)
        return rows, self._cells[rows, columns].astype(np.int64)

    def _make_room(self, row: int, column: int) -> None:
        rows, columns = self._cells.shape
        if row >= rows or column >= columns:
            wanted = (rows if row < rows else 2 * row, columns if column < columns else 2 * column)
            grown = np.full(wanted, UNKNOWN, dtype=np.int32)
            grown[:rows, :columns] = self._cells
            self._cells = grown


class StepTable:
    """For each pair of a row and a column, a number; `fill` is asked once for each."""

    def __init__(self, fill: Callable[[int, int], int]) -> None:
        self._fill, self._table = fill, NumberTable()

    def look_up(self, rows: Numbers, columns: Numbers) -> Numbers:
        """The numbers of these pairs."""
        found, missing = self._table.look_up(rows, columns)
        if missing.any():
            pairs = distinct_pairs(rows[missing], columns[missing])
            for row, column in zip(*(each.tolist() for each in pairs), strict=True):
                self._table.put(row, column, self._fill(row, column))
            found, _ = self._table.look_up(rows, columns)
        return found

    def filled(self) -> tuple[Numbers, Numbers]:
        """Of each cell that is filled its row and its number."""
        return self._table.filled()


class Columns:
    """Rows of numbers, added one by one, read as columns."""

    def __init__(self, width: int) -> None:
        self._rows = np.zeros((64, width), dtype=np.int64).T
        self._length, self._waiting = 0, list[tuple[int, ...]]()

    def __len__(self) -> int:
        return self._length + len(self._waiting)

    def add(self, row: tuple[int, ...]) -> None:
        """Append a row."""
        self._waiting.append(row)

    def arrays(self) -> tuple[Numbers, ...]:
        """The columns, all rows included."""
        if self._waiting:
            length = len(self)
            if length > self._rows.shape[1]:
                grown = np.zeros((len(self._rows), 2 * length), dtype=np.int64)
                grown[:, : self._length] = self._rows[:, : self._length]
                self._rows = grown
            self._rows[:, self._length : length] = np.array(self._waiting, dtype=np.int64).T
            self._length, self._waiting = length, []
        return tuple(column[: self._length] for column in self._rows)


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
