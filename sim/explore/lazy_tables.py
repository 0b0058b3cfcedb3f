"""Tables that are filled where they are first needed: a search pays for what it meets, and for nothing else."""

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

import numpy as np

from broadcast_orchestrator.sim.explore.loops.chosen import machine_code
from broadcast_orchestrator.sim.explore.loops.native import UNKNOWN, Cells, Numbers

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


MOST = {
    "control states": 1 << 17,
    "stances": 1 << 17,
    "ledgers": 1 << 17,
    "fault records": 1 << 10,
    "local states": 1 << 12,
}
"""How many different values a table may have: more are the sign of a space without end."""


def bounded(what: str) -> Interned[Any]:
    """No values yet; more of them than there may be are a SearchTooLarge."""

    def check(number: int) -> None:
        if number >= MOST[what]:
            raise SearchTooLarge(f"more than {MOST[what]} different {what}; narrow the scope or the bounds")

    return Interned(check)


def distinct_pairs(rows: Numbers, columns: Numbers) -> tuple[Numbers, Numbers]:
    """Each pair of a row and a column once, in their order."""
    pairs = np.unique(rows << 32 | columns)
    return pairs >> 32, pairs & (1 << 32) - 1


class Layers:
    """The cells of several tables of one size, a layer each."""

    def __init__(self, tables: int = 1) -> None:
        self.cells: Cells = np.full((tables, 64, 64), UNKNOWN, dtype=np.int32)

    def make_room(self, row: int, column: int) -> None:
        """Grow until there is such a cell."""
        layers, rows, columns = self.cells.shape
        wanted = (rows if row < rows else _larger(row), columns if column < columns else _larger(column))
        grown = np.full((layers, *wanted), UNKNOWN, dtype=np.int32)
        grown[:, :rows, :columns] = self.cells
        self.cells = grown


def _larger(number: int) -> int:
    """A size with room for this number: a quarter more, since such tables are what a large search keeps most of."""
    return number + number // 4 + 64


class NumberTable:
    """For pairs of a row and a column, a number; as large as it has to be. It may be one of several `layers`."""

    def __init__(self, layers: Layers | None = None, layer: int = 0) -> None:
        self._layers, self._layer = layers or Layers(), layer

    @property
    def cells(self) -> Cells:
        """What there is: for reading, and only until the next number is put in."""
        cells: Cells = self._layers.cells[self._layer]
        return cells

    def look_up(self, rows: Numbers, columns: Numbers) -> tuple[Numbers, Numbers]:
        """The numbers of these pairs, and for which of them there are none yet."""
        native = machine_code(len(rows))
        found: tuple[Numbers, Numbers] = (native.look_up if native else _look_up)(self.cells, rows, columns)
        return found

    def put(self, row: int, column: int, number: int) -> None:
        """Fill a cell."""
        _, rows, columns = self._layers.cells.shape
        if row >= rows or column >= columns:
            self._layers.make_room(row, column)
        self._layers.cells[self._layer, row, column] = number

    def filled(self) -> tuple[Numbers, Numbers]:
        """Of each cell that is filled its row and its number."""
        rows, columns = np.nonzero(self.cells != UNKNOWN)
        return rows, self.cells[rows, columns].astype(np.int64)


def _look_up(cells: Cells, rows: Numbers, columns: Numbers) -> tuple[Numbers, Numbers]:
    try:
        found = cells[rows, columns].astype(np.int64)
    except IndexError:  # some are beyond what was ever filled
        height, width = cells.shape
        inside = (rows < height) & (columns < width)
        found = np.full(len(rows), UNKNOWN, dtype=np.int64)
        found[inside] = cells[rows[inside], columns[inside]]
    return found, (found == UNKNOWN).nonzero()[0]


Fill = Callable[[int, int], int]
"""What belongs into a cell, by its row and its column."""


class StepTable(NumberTable):
    """For each pair of a row and a column, a number; what `fill` says is asked once for each. (It is handed in with
    each question: whoever keeps the table is in no circle with it then.)"""

    def numbers(self, rows: Numbers, columns: Numbers, fill: Fill) -> Numbers:
        """The numbers of these pairs."""
        found, missing = self.look_up(rows, columns)
        if len(missing):
            self.fill(rows[missing], columns[missing], fill)
            found, _ = self.look_up(rows, columns)
        return found

    def number(self, row: int, column: int, fill: Fill) -> int:
        """The number of this pair."""
        height, width = self.cells.shape
        number = int(self.cells[row, column]) if row < height and column < width else UNKNOWN
        if number == UNKNOWN:
            number = fill(row, column)
            self.put(row, column, number)
        return number

    def fill(self, rows: Numbers, columns: Numbers, fill: Fill) -> None:
        """Fill these cells, none of which is filled yet."""
        for row, column in zip(*(each.tolist() for each in distinct_pairs(rows, columns)), strict=True):
            self.put(row, column, fill(row, column))


class Growing:
    """Numbers, added a few at a time, read as one array."""

    def __init__(self) -> None:
        self._numbers = np.zeros(64, dtype=np.int64)
        self._length, self._waiting = 0, list[int]()

    def __len__(self) -> int:
        return self._length + len(self._waiting)

    def extend(self, numbers: Iterable[int]) -> None:
        """Append numbers."""
        self._waiting += numbers

    def array(self) -> Numbers:
        """All numbers."""
        if self._waiting:
            length = len(self)
            if length > len(self._numbers):
                grown = np.zeros(2 * length, dtype=np.int64)
                grown[: self._length] = self._numbers[: self._length]
                self._numbers = grown
            self._numbers[self._length : length] = self._waiting
            self._length, self._waiting = length, []
        return self._numbers[: self._length]


class Columns:
    """Rows of numbers, added one by one, read as columns."""

    def __init__(self, width: int) -> None:
        self._width, self._numbers = width, Growing()

    def __len__(self) -> int:
        return len(self._numbers) // self._width

    def add(self, row: tuple[int, ...]) -> None:
        """Append a row."""
        self._numbers.extend(row)

    def rows(self) -> Numbers:
        """All rows."""
        return self._numbers.array().reshape(-1, self._width)

    def columns(self) -> Numbers:
        """The columns, all rows included."""
        return self.rows().T


class ValueFacts(Generic[Value]):
    """A yes or no, or another small number, for each value of a table: `fact` is asked once for each."""

    def __init__(self, interned: Interned[Value], fact: Callable[[Value], int]) -> None:
        self._interned, self._fact = interned, fact
        self._known = Growing()

    def of(self, numbers: Numbers) -> Numbers:
        """The facts about the values of these numbers."""
        for value in self._interned.values[len(self._known) :]:
            self._known.extend([self._fact(value)])
        facts: Numbers = self._known.array()[numbers]
        return facts


class Lists:
    """Lists of numbers, themselves by number, laid out so that many can be opened at once. 0 is the empty one."""

    def __init__(self) -> None:
        self._starts, self._items = Growing(), Growing()
        self._starts.extend([0, 0])

    def add(self, items: list[int]) -> int:
        """Store a list; its number."""
        if not items:
            return 0
        self._items.extend(items)
        self._starts.extend([len(self._items)])
        return len(self._starts) - 2

    def laid_out(self) -> tuple[Numbers, Numbers]:
        """Where the items of each list begin, and all items."""
        return self._starts.array(), self._items.array()

    def open(self, numbers: Numbers) -> tuple[Numbers, Numbers]:
        """For each list, once for each of its items: which one it was, and the item."""
        starts, items = self.laid_out()
        firsts = starts[numbers]
        counts = starts[numbers + 1] - firsts
        ends = np.cumsum(counts)
        which = np.repeat(np.arange(len(numbers)), counts)
        return which, items[np.arange(len(which)) + np.repeat(firsts - ends + counts, counts)]
