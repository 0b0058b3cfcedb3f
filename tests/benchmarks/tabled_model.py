"""The space that a verification searches, written out for SPIN: the same worlds and choices, as tables.

A search compiles the rules to tables (choices by control and digit, programs as maps of digits and of ledgers, faults
as maps of records), so another model checker can be given the very same graph: a state is control, record and five
digits, and a transition is a choice. SPIN gets them as C arrays, and its process takes the i-th successor of a state in
one step, for every i; the successors of a state are worked out once and kept until SPIN asks of another.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.sim.explore.exploration import Exploration
from broadcast_orchestrator.sim.explore.lazy_tables import StepTable
from broadcast_orchestrator.sim.explore.loops.native import SAME

Table = npt.NDArray[np.int64]


class TabledModel(NamedTuple):
    """The sources: the Promela model, and the tables that it includes."""

    promela: str
    tables: str

    def write(self, folder: Path) -> Path:
        """Write both; the path of the model."""
        (folder / "tables.h").write_text(self.tables, encoding="ascii")
        model = folder / "tabled.pml"
        model.write_text(self.promela, encoding="ascii")
        return model


def tabled(found: Exploration) -> TabledModel:
    """The graph that was explored. The search has filled every cell that a reachable world needs."""
    space, numbers = found.space, found.space.numbers
    opened, services = space.opened, range(len(SERVICES))
    controls, records = range(len(numbers.controls.values)), range(len(numbers.records.values))
    targets, faults, *programs, writing = space.table.outcomes().T
    stances, ledgers = (len(each.values) for each in (space.stances.parts.stances, space.stances.parts.ledgers))
    digits = [len(table.values) for table in numbers.locals]
    parts = numbers.parts(found.levels[0])
    start = [int(parts.controls[0]), int(parts.records[0]), *(int(each[0]) for each in parts.digits)]
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
    return TabledModel(promela(start, most(found)), "".join(declared(name, each) for name, each in arrays.items()))


def cells(table: StepTable, rows: int, columns: int) -> Table:
    """The cells of a table, -1 where none was needed."""
    known = table.cells[:rows, :columns]
    whole = np.full((rows, columns), -1, dtype=np.int64)
    whole[: known.shape[0], : known.shape[1]] = known
    return whole


def declared(name: str, table: Table) -> str:
    """The table in C, rows one after the other, with its width."""
    width = table.shape[1] if table.ndim > 1 else 1
    items = ",".join(map(str, table.astype(np.int64).ravel().tolist())) or "0"
    return f"static const int W_{name} = {width}; static const int {name}[] = {{{items}}};\n"


def most(found: Exploration) -> int:
    """The most successors that a world has."""
    counts = [0]
    for level in found.levels:
        together = np.zeros(len(level), dtype=np.int64)
        for part in found.space.successors(level):
            together += np.bincount(part.origins, minlength=len(level))
        counts.append(int(together.max(initial=0)))
    return max(counts)


def promela(start: Iterable[int], slots: int) -> str:
    """The model: seven numbers, and a process that takes any successor."""
    control, record, *digits = start
    each = range(len(digits))
    kept = " && ".join([
        "kept.control == now.control",
        "kept.record == now.record",
        *(f"kept.d[{at}] == now.d{at}" for at in each),
    ])  # fmt: skip
    ample = "\n".join(
        f"  if (SETTLED[now.record] && AMPLE{at}[now.d{at}]) {{\n"
        f"    open_list(AMPLES{at}[now.control*W_AMPLES{at}+now.d{at}]);\n"
        "    return;\n"
        "  }"
        for at in each
    )
    lists = "\n".join(
        f"  open_list(UNTOLD{at}[PLACE[now.control]*W_UNTOLD{at}+now.d{at}]);\n"
        f"  open_list(TOLD{at}[now.control*W_TOLD{at}+now.d{at}]);"
        for at in each
    )
    moves = "\n".join(
        f"    int d{at} = MOVE{at}[PROGRAM{at}[c]*W_MOVE{at}+now.d{at}]; if (d{at} < 0) continue;" for at in each
    )
    take = " ".join(f"now.d{at} = next[i].d[{at}];" for at in each)
    store = " ".join(f"next[n].d[{at}] = d{at};" for at in each)
    copy = " ".join(f"kept.d[{at}] = now.d{at};" for at in each)
    options = "\n".join(
        f"  :: d_step {{ c_expr {{ (has({slot})) }} -> c_code {{ take({slot}); }} }}" for slot in range(slots)
    )
    declared_digits = "\n".join(f"short d{at} = {digit};" for at, digit in enumerate(digits))
    return f"""\
c_decl {{
\\#include "tables.h"
}}
short control = {control};
short record = {record};
{declared_digits}
c_code {{
struct world {{ int control, record, d[{len(digits)}]; }};
static struct world kept, next[{slots + 1}];
static int n = -1;
static int led(int c) {{
  int ledger = WRITTEN[WRITING[c]*W_WRITTEN+LEDGER[now.control]];
  return CONTROL[TARGET[c]*W_CONTROL+ledger];
}}
static void open_list(int list) {{
  if (list < 0) {{ printf("a cell is missing\\n"); exit(1); }}
  for (int at = STARTS[list]; at < STARTS[list + 1]; at++) {{
    int c = ITEMS[at], record = now.record;
    if (FAULT[c]) {{ record = SPEND[FAULT[c]*W_SPEND+now.record]; if (record < 0) continue; }}
{moves}
    next[n].control = TARGET[c] < 0 ? now.control : led(c); next[n].record = record; {store}
    n++;
  }}
}}
static void successors(void) {{
  n = 0;
{ample}
  open_list(CENTRAL[now.control]);
{lists}
}}
static int has(int i) {{
  if (n < 0 || !({kept})) {{
    kept.control = now.control; kept.record = now.record; {copy}
    successors();
  }}
  return i < n;
}}
static void take(int i) {{
  now.control = next[i].control; now.record = next[i].record; {take}
}}
}}
active proctype world() {{
end:
  do
{options}
  od
}}
"""
