"""What `broadcast compare` does: two results side by side, and whether the second one is worse."""

import json
import sys
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from broadcast_orchestrator.properties.experiments.answers import settings_in_words
from broadcast_orchestrator.properties.experiments.comparison import (
    BETTER,
    CHANGED,
    SAME,
    WORSE,
    Change,
    Comparison,
    compared,
)
from broadcast_orchestrator.reports.commands.experiment import RESULTS
from broadcast_orchestrator.reports.experiment.words import number
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.reports.output.terminal import Screen, wide_screen
from broadcast_orchestrator.sim.campaign.store import ResultStore, StoreError
from broadcast_orchestrator.sim.experiments.mistakes import ExperimentError

SIGNS = {BETTER: "▲", WORSE: "▼", CHANGED: "≠", SAME: "="}
STYLES = {BETTER: "green", WORSE: "bold red", CHANGED: "yellow", SAME: "dim"}


def compare(before: Path, after: Path, *, as_json: bool) -> int:
    """Compare and print; 1 if something got worse for certain, else 0."""
    try:
        with ResultStore.read(_file(before)) as old, ResultStore.read(_file(after)) as new:
            found = compared(old, new)
    except (StoreError, ExperimentError) as mistake:
        raise BadInput(str(mistake)) from None
    except ValueError as mistake:
        raise BadInput(f"{before}, {after}: {mistake}") from None
    if as_json:
        sys.stdout.write(json.dumps(plain(found), ensure_ascii=False) + "\n")
    else:
        show(wide_screen(), found)
    return 1 if found.is_regression else 0


def _file(path: Path) -> Path:
    return path / RESULTS if path.is_dir() else path


def plain(found: Comparison) -> dict[str, Any]:
    """The comparison as plain data."""
    return {
        "regression": found.is_regression,
        "changes": [change._asdict() for change in found.changes],
        "broken": list(found.broken),
    }


def show(console: Screen, found: Comparison) -> None:
    """What changed for certain, then what broke, then how much was compared."""
    changes = [change for change in found.changes if change.verdict != SAME]
    if changes:
        console.print(_table(changes))
    for claim in found.broken:
        console.print(Text(f"▼ held before, violated now: {claim}", style=STYLES[WORSE]), soft_wrap=True)
    counted = f"{len(found.changes)} numbers compared, {len(changes)} changed for certain"
    console.print(f"{counted}: {'a regression' if found.is_regression else 'no regression'}", markup=False)


def _table(changes: list[Change]) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="bold")
    for column in ("", "measure", "before", "after", "p"):
        table.add_column(column, justify="right" if column in ("before", "after", "p") else "left")
    for each in changes:
        quantile = f" ({100 * each.quantile:g} % below)" if each.quantile is not None else ""
        where = f" [{settings_in_words(each.settings)}]" if each.settings else ""
        cells = (f"{SIGNS[each.verdict]} {each.verdict}", f"{each.measure}{quantile}{where}")
        values = (number(each.before, each.measure), number(each.after, each.measure), f"{each.p:.2g}")
        table.add_row(*map(Text, (*cells, *values)), style=STYLES[each.verdict])
    return table
