"""The guarantee matrix: a row a guarantee, a column a fault class, and in each square the worst of its places."""

from collections.abc import Iterable
from typing import NamedTuple

from broadcast_orchestrator.properties.guarantees.verdicts import HELD, PROVED, UNKNOWN, VIOLATED, Cell
from broadcast_orchestrator.sim.world.faults import FAULTS, NONE

NOT_REACHED = "not reached"
"""What a square says when its fault never hit: nothing was refuted, but nothing was put to the test either."""

CANNOT_ARISE = "cannot arise"
"""What a square says where the premise of its guarantee never occurs: there is nothing to prove."""

BY_DESIGN = "by design"
"""What a square says that is violated where the design foresees it."""

SYMBOLS = {
    BY_DESIGN: "△",
    PROVED: "✓",
    HELD: "✓",
    VIOLATED: "✗",
    UNKNOWN: "?",
    NOT_REACHED: "○",
    CANNOT_ARISE: "–",
    "": "",
}
"""A sign for every answer, so that none depends on its colour."""

WORST_FIRST = (VIOLATED, UNKNOWN, BY_DESIGN, HELD, PROVED, NOT_REACHED, CANNOT_ARISE)
"""The answers of cells, the worst first."""


class Square(NamedTuple):
    """One guarantee under one fault class, with the cell of each place."""

    guarantee: str
    fault_class: str
    answer: str
    cells: tuple[Cell, ...]


class Matrix(NamedTuple):
    """`columns` are ids of fault classes, `rows` the guarantees' ids with their squares, one a column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Square, ...]], ...]

    @property
    def failing(self) -> tuple[tuple[str, tuple[Square, ...]], ...]:
        """The rows with a square that is violated or unknown."""
        return tuple(row for row in self.rows if _fails(row[1]))

    @property
    def sound(self) -> tuple[tuple[str, tuple[Square, ...]], ...]:
        """The other rows."""
        return tuple(row for row in self.rows if not _fails(row[1]))


def matrix(cells: Iterable[Cell]) -> Matrix:
    """The cells as rows and columns; a guarantee or a fault class without any cell is left out."""
    known = tuple(cells)
    columns = tuple(fault.id for fault in FAULTS if any(cell.fault_class == fault.id for cell in known))
    names = sorted({cell.guarantee for cell in known}, key=natural)
    return Matrix(columns, tuple((name, tuple(_square(name, column, known) for column in columns)) for name in names))


def _fails(squares: Iterable[Square]) -> bool:
    return any(square.answer in (VIOLATED, UNKNOWN) for square in squares)


def _square(guarantee: str, fault_class: str, cells: tuple[Cell, ...]) -> Square:
    here = tuple(cell for cell in cells if (cell.guarantee, cell.fault_class) == (guarantee, fault_class))
    answers = {answer(cell) for cell in here}
    return Square(guarantee, fault_class, next((word for word in WORST_FIRST if word in answers), ""), here)


def answer(cell: Cell) -> str:
    """The cell's verdict, that its fault never hit there, that there is nothing to prove, or that it is broken by
    design."""
    if cell.verdict == VIOLATED and cell.by_design:
        return BY_DESIGN
    if cell.verdict == PROVED and cell.happened == 0 and cell.fault_class != NONE:
        return NOT_REACHED
    return CANNOT_ARISE if cell.verdict == PROVED and not cell.arose else cell.verdict


def natural(name: str) -> tuple[str, int]:
    """Sorts G2 before G10."""
    letters = name.rstrip("0123456789")
    return letters, int(name[len(letters) :] or 0)
