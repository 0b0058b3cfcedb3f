"""A graph in tables as a model for SPIN: it gets the tables as C arrays, and its process takes the i-th successor of a
state in one step, for every i; the successors of a state are worked out once and kept until SPIN asks of another."""

from pathlib import Path

import numpy as np
from tabled_graph import Table, TabledGraph

from broadcast_orchestrator.sim.explore.exploration import Exploration


def write_promela(graph: TabledGraph, slots: int, folder: Path) -> str:
    """Write the model, with room for so many successors of a world (`most`), and the tables that it includes, into the
    folder; the name of the model's file."""
    tables = "".join(declared(name, each) for name, each in graph.tables.items())
    (folder / "tables.h").write_text(tables, encoding="ascii")
    (folder / "tabled.pml").write_text(promela(graph, slots), encoding="ascii")
    return "tabled.pml"


def most(found: Exploration) -> int:
    """The most successors that a world has."""
    counts = [0]
    for level in found.levels:
        together = np.zeros(len(level), dtype=np.int64)
        for part in found.space.successors(level):
            together += np.bincount(part.origins, minlength=len(level))
        counts.append(int(together.max(initial=0)))
    return max(counts)


def declared(name: str, table: Table) -> str:
    """The table in C, rows one after the other, with its width."""
    width = table.shape[1] if table.ndim > 1 else 1
    items = ",".join(map(str, table.ravel().tolist())) or "0"
    return f"static const int W_{name} = {width}; static const int {name}[] = {{{items}}};\n"


def promela(graph: TabledGraph, slots: int) -> str:
    """The model: seven numbers, and a process that takes any successor."""
    control, record, *digits = graph.start
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
