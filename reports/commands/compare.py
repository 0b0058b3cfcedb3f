"""`broadcast compare`: two results side by side, and whether the second one is worse."""

from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from broadcast_orchestrator.properties.experiments.answers import settings_in_words
from broadcast_orchestrator.properties.experiments.changes import SAME, WORSE, Changes, Direction, MeasuredNumber
from broadcast_orchestrator.properties.experiments.comparison import compared
from broadcast_orchestrator.properties.experiments.units import measured_number
from broadcast_orchestrator.reports.changes.changes import SIGNS, STYLES
from broadcast_orchestrator.reports.options.option_types import JsonFlag
from broadcast_orchestrator.reports.output.exit_codes import ExitCode, exit_code_if
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.reports.output.formats.json_objects import print_json
from broadcast_orchestrator.reports.output.interrupts import say
from broadcast_orchestrator.reports.output.terminal import Screen, wide_screen
from broadcast_orchestrator.sim.campaign.store import RESULTS, ResultStore, StoreError
from broadcast_orchestrator.sim.experiments.mistakes import ExperimentError


def run(before: Path, after: Path, /, *, as_json: JsonFlag = False) -> ExitCode:
    """Compare and print; violated if something got worse for certain.

    Parameters
    ----------
    before
        A results.sqlite, or the folder that it is in.
    after
        Another one.
    as_json
        Print one JSON object and nothing else.
    """
    found = _compared(before, after)
    if as_json:
        print_json(plain(found))
    else:
        show(wide_screen(), found)
    return exit_code_if(found.is_regression)


def _compared(before: Path, after: Path) -> Changes:
    try:
        with ResultStore.read(_file(before), say) as old, ResultStore.read(_file(after), say) as new:
            return compared(old, new)
    except (StoreError, ExperimentError) as mistake:
        raise BadInput(str(mistake)) from None
    except ValueError as mistake:
        raise BadInput(f"{before}, {after}: {mistake}") from None


def _file(path: Path) -> Path:
    return path / RESULTS if path.is_dir() else path


def plain(found: Changes) -> dict[str, Any]:
    """The comparison as plain data."""
    return {
        "regression": found.is_regression,
        "changes": [{**number._asdict(), "verdict": verdict} for number, verdict in _numbers(found)],
        "broken": _broken(found),
    }


def show(console: Screen, found: Changes) -> None:
    """What changed for certain, then what broke, then how much was compared."""
    numbers = _numbers(found)
    moved = [(number, verdict) for number, verdict in numbers if verdict != SAME]
    if moved:
        console.print(_table(moved))
    for claim in _broken(found):
        console.print(Text(f"▼ held before, violated now: {claim}", style=STYLES[WORSE]), soft_wrap=True)
    counted = f"{len(numbers)} numbers compared, {len(moved)} changed for certain"
    console.print(f"{counted}: {'a regression' if found.is_regression else 'no regression'}", markup=False)


def _numbers(found: Changes) -> list[tuple[MeasuredNumber, Direction]]:
    return [(change.measured, change.verdict) for change in found.changes if change.measured is not None]


def _broken(found: Changes) -> list[str]:
    """The claims that held before and are violated now."""
    return [change.what for change in found.changes if change.measured is None]


def _table(moved: list[tuple[MeasuredNumber, Direction]]) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="bold")
    for column in ("", "measure", "before", "after", "p"):
        table.add_column(column, justify="right" if column in ("before", "after", "p") else "left")
    for each, verdict in moved:
        quantile = f" ({100 * each.quantile:g} % below)" if each.quantile is not None else ""
        where = f" [{settings_in_words(each.settings)}]" if each.settings else ""
        cells = (f"{SIGNS[verdict]} {verdict}", f"{each.measure}{quantile}{where}")
        numbers = (measured_number(value, each.measure) for value in (each.before, each.after))
        values = (*numbers, f"{each.p:.2g}")
        table.add_row(*map(Text, (*cells, *values)), style=STYLES[verdict])
    return table
