"""The table of measures: the guide's core, and cores with one measure, with two, and with all, judged like any core.

A trial is one set of measures with its proof. What a set is worth is read off its cells beside those of the guide.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import NamedTuple

from broadcast_orchestrator.model.measures import MEASURES, rules_with
from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, UNKNOWN, VIOLATED, Cell, worst_of
from broadcast_orchestrator.properties.model_check.proof import prove
from broadcast_orchestrator.sim.processes.workers import worker_pool

Names = tuple[str, ...]
"""A set of measures, by name, in the order of `MEASURES`; () is the guide."""

GUIDE: Names = ()
ALL_MEASURES: Names = tuple(measure.name for measure in MEASURES)
SINGLE: tuple[Names, ...] = tuple((name,) for name in ALL_MEASURES)
PAIRS: tuple[Names, ...] = tuple(combinations(ALL_MEASURES, 2))


class Trial(NamedTuple):
    """One set of measures, judged with up to `faults` faults in a run, commands racing: its cells, and the size of what
    they rest on."""

    names: Names
    faults: int
    cells: tuple[Cell, ...]
    states: int
    transitions: int
    depth: int
    bounds: tuple[str, ...]

    @property
    def name(self) -> str:
        """What the set is called."""
        return named(self.names)

    def broken(self) -> tuple[Cell, ...]:
        """The cells that are violated."""
        return tuple(cell for cell in self.cells if cell.verdict == VIOLATED)

    @property
    def verdict(self) -> str:
        """Violated where something is that the design does not foresee, unknown where the search was cut off."""
        verdicts = [cell.verdict for cell in self.cells if not cell.as_claimed]
        return worst_of(verdicts)


class OpenCell(NamedTuple):
    """A square of the matrix that the guide leaves violated: the guarantee, the class of fault, and of each set of
    measures the worst cell there."""

    guarantee: str
    fault_class: str
    answers: tuple[Cell, ...]


def named(names: Names) -> str:
    """What a set of measures is called."""
    if names == ALL_MEASURES:
        return "all measures"
    return " + ".join(names) or "the guide"


def sets(*, pairs: bool) -> tuple[Names, ...]:
    """The sets that are tried: none, each alone, perhaps two at a time, and all."""
    return (GUIDE, *SINGLE, *(PAIRS if pairs else ()), ALL_MEASURES)


def trial(names: Names, faults: int = 1) -> Trial:
    """Judge the core with these measures, every class mixed, commands racing."""
    proof = prove(faults, rules=rules_with(names))
    return Trial(names, faults, proof.cells, proof.states, proof.transitions, proof.depth, proof.bounds)


def trials(
    wanted: Iterable[Names],
    faults: int = 1,
    jobs: int = 1,
    progress: Callable[[int, int], None] = lambda done, all_: None,
) -> tuple[Trial, ...]:
    """The trials of these sets, in their order, in `jobs` processes; `progress` is told how many are done, of all."""
    names = tuple(wanted)
    return tuple(_told(_tried(names, faults, jobs), len(names), progress))


def _tried(names: tuple[Names, ...], faults: int, jobs: int) -> Iterator[Trial]:
    if jobs == 1:
        yield from (trial(each, faults) for each in names)
        return
    with worker_pool(jobs) as pool:
        yield from pool.map(trial, names, [faults] * len(names))


def _told(done: Iterator[Trial], count: int, progress: Callable[[int, int], None]) -> Iterator[Trial]:
    for number, each in enumerate(done, 1):
        progress(number, count)
        yield each


def open_cells(tried: tuple[Trial, ...]) -> tuple[OpenCell, ...]:
    """Every square that the first trial leaves violated, or any other, beside what all the others make of it."""
    squares = dict.fromkeys((cell.guarantee, cell.fault_class) for each in tried for cell in each.broken())
    ordered = [(c.guarantee, c.fault_class) for c in tried[0].cells if (c.guarantee, c.fault_class) in squares]
    return tuple(OpenCell(*square, tuple(_worst(each, *square) for each in tried)) for square in dict.fromkeys(ordered))


_WORST_FIRST = (VIOLATED, UNKNOWN, PROVED)


def _worst(tried: Trial, guarantee: str, fault_class: str) -> Cell:
    here = [cell for cell in tried.cells if (cell.guarantee, cell.fault_class) == (guarantee, fault_class)]
    return min(here, key=lambda cell: _WORST_FIRST.index(cell.verdict))
