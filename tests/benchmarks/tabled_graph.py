"""The space that a verification searches, written out as tables: the same worlds and choices, for other model checkers.

A search compiles the rules to tables (choices by control and digit, programs as maps of digits and of ledgers, faults
as maps of records), so another model checker can be given the very same graph: a state is control, record and five
digits, and a transition is a choice.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.sim.explore.exploration import Exploration
from broadcast_orchestrator.sim.explore.lazy_tables import StepTable
from broadcast_orchestrator.sim.explore.loops.native import SAME

Table = npt.NDArray[np.int64]


class TabledGraph(NamedTuple):
    """Where it begins (control, record, and a digit for each service), and its tables by name, with one dimension or
    two."""

    start: tuple[int, ...]
    tables: dict[str, Table]


def tabled(found: Exploration) -> TabledGraph:
    """The graph that was explored. The search has filled every cell that a reachable world needs."""
    space, numbers = found.space, found.space.numbers
    opened, services = space.opened, range(len(SERVICES))
    controls, records = range(len(numbers.controls.values)), range(len(numbers.records.values))
    targets, faults, *programs, writing = space.table.outcomes().T
    stances, ledgers = (len(each.values) for each in (space.stances.parts.stances, space.stances.parts.ledgers))
    digits = [len(table.values) for table in numbers.locals]
    parts = numbers.parts(found.levels[0])
    start = (int(parts.controls[0]), int(parts.records[0]), *(int(each[0]) for each in parts.digits))
    arrays: dict[str, Table] = {
        "STARTS": opened.lists.laid_out()[0],
        "ITEMS": opened.lists.laid_out()[1],
        "TARGET": np.where(targets == SAME, -1, targets),
        "LEDGER": opened.ledgers(),
        "WRITING": writing,
        "WRITTEN": cells(space.moves.tables[0], len(space.stances.programs.values), ledgers),
        "CONTROL": cells(space.following._controls, stances, ledgers),
        "FAULT": faults,
        "SPEND": cells(space.moves.spends, len(space.table.faults.values), len(records)),
        "SETTLED": space.settled.of(np.array(records)),
        "PLACE": opened.places(),
        "CENTRAL": cells(opened._central, len(controls), 1)[:, 0],
    }
    if len(arrays["WRITTEN"]):
        arrays["WRITTEN"][0] = np.arange(ledgers)  # program 0 leaves the ledger as it is
    for at in services:
        arrays[f"AMPLE{at}"] = space.has_ample[at].of(np.arange(digits[at]))
        arrays[f"AMPLES{at}"] = cells(opened._ample[at], len(controls), digits[at])
        arrays[f"UNTOLD{at}"] = cells(opened._untold[at], int(arrays["PLACE"].max()) + 1, digits[at])
        arrays[f"TOLD{at}"] = cells(opened._told[at], len(controls), digits[at])
        arrays[f"PROGRAM{at}"] = programs[at]
        arrays[f"MOVE{at}"] = cells(space.moves.tables[1 + at], len(space.table.programs[at].values), digits[at])
        if len(arrays[f"MOVE{at}"]):
            arrays[f"MOVE{at}"][0] = np.arange(digits[at])  # program 0 leaves the service as it is
    return TabledGraph(start, {name: each.astype(np.int64) for name, each in arrays.items()})


def cells(table: StepTable, rows: int, columns: int) -> Table:
    """The cells of a table, -1 where none was needed."""
    known = table.cells[:rows, :columns]
    whole = np.full((rows, columns), -1, dtype=np.int64)
    whole[: known.shape[0], : known.shape[1]] = known
    return whole
