"""A graph in tables as a module of TLA+, for TLC: the tables are tuples of tuples, and a step takes any choice of any
list that is open."""

from pathlib import Path

from tabled_graph import Table, TabledGraph


def write_tla(graph: TabledGraph, folder: Path) -> str:
    """Write the module and its configuration into the folder; the module's name."""
    (folder / "Tabled.tla").write_text(tla(graph), encoding="ascii")
    (folder / "Tabled.cfg").write_text("INIT Init\nNEXT Next\n", encoding="ascii")
    return "Tabled"


def declared(name: str, table: Table) -> str:
    """The table as a constant of TLA+. Rows that are alike are written once, which halves the time it takes to read
    them, and costs no look-up: a constant is worked out once."""
    if table.ndim == 1:
        return f"{name} == {row(table)}\n"
    rows: dict[str, str] = {}
    named = [rows.setdefault(row(each), f"{name}_{len(rows)}") for each in table]
    return "".join(f"{each} == {items}\n" for items, each in rows.items()) + f"{name} == <<{', '.join(named)}>>\n"


def row(items: Table) -> str:
    """A tuple of numbers."""
    return f"<<{','.join(map(str, items.tolist()))}>>"


def tla(graph: TabledGraph) -> str:
    """The module: seven numbers, and a step for each choice that they let."""
    each = range(len(graph.start) - 2)
    variables = ["control", "record", *(f"d{at}" for at in each)]
    begins = " /\\ ".join(f"{name} = {value}" for name, value in zip(variables, graph.start, strict=True))
    ample = "".join(
        f"  IF SETTLED[record + 1] = 1 /\\ AMPLE{at}[d{at} + 1] = 1 THEN <<AMPLES{at}[control + 1][d{at} + 1]>> ELSE\n"
        for at in each
    )
    lists = ", ".join(f"UNTOLD{at}[PLACE[control + 1] + 1][d{at} + 1], TOLD{at}[control + 1][d{at} + 1]" for at in each)
    moves = "\n".join(f"    /\\ d{at}' = MOVE{at}[PROGRAM{at}[c] + 1][d{at} + 1] /\\ d{at}' >= 0" for at in each)
    constants = "".join(declared(name, table) for name, table in graph.tables.items())
    return f"""\
---- MODULE Tabled ----
EXTENDS Integers, Sequences
VARIABLES {", ".join(variables)}
{constants}Lists ==
{ample}  <<CENTRAL[control + 1], {lists}>>
Spent(c) == IF FAULT[c] = 0 THEN record ELSE SPEND[FAULT[c] + 1][record + 1]
Led(c) == IF TARGET[c] < 0
  THEN control
  ELSE CONTROL[TARGET[c] + 1][WRITTEN[WRITING[c] + 1][LEDGER[control + 1] + 1] + 1]
Take(c) ==
    /\\ record' = Spent(c) /\\ record' >= 0
{moves}
    /\\ control' = Led(c)
Init == {begins}
Next == LET open == Lists IN
  \\E i \\in 1..Len(open) : \\E at \\in (STARTS[open[i] + 1] + 1)..STARTS[open[i] + 2] : Take(ITEMS[at] + 1)
====
"""
