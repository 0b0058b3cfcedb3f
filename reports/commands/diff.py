"""`broadcast diff`: two reports side by side, and whether the second one is worse."""

from pathlib import Path

from rich.table import Table
from rich.text import Text

from broadcast_orchestrator.properties.experiments.changes import BETTER, CHANGED, WORSE, Change, Changes
from broadcast_orchestrator.reports.changes.changes import SIGNS, STYLES
from broadcast_orchestrator.reports.changes.differences import differences
from broadcast_orchestrator.reports.changes.saved import load
from broadcast_orchestrator.reports.options.option_types import JsonFlag
from broadcast_orchestrator.reports.output.exit_codes import ExitCode, exit_code_if
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.reports.output.formats.json_objects import print_json
from broadcast_orchestrator.reports.output.messages import one_line
from broadcast_orchestrator.reports.output.terminal import Screen, wide_screen

FORMAT = 1
"""The version of what `--json` prints."""

FEW = 20
"""How many changes that are neither better nor worse are listed on the screen."""


def run(before: Path, after: Path, /, *, as_json: JsonFlag = False) -> ExitCode:
    """Compare and print; violated if something got worse. Raises BadInput for what is no report.

    Parameters
    ----------
    before
        A report.json of `verify`, an answer.json of `experiment`, or the folder that one is in.
    after
        Another one.
    as_json
        Print one JSON object and nothing else.
    """
    try:
        found = differences(load(before), load(after))
    except BadInput as mistake:
        text = str(mistake)
        raise BadInput(text if str(before) in text or str(after) in text else f"{before}, {after}: {text}") from None
    if as_json:
        print_json(plain(found))
    else:
        show(wide_screen(), found)
    return exit_code_if(found.is_regression)


def plain(found: Changes) -> dict[str, object]:
    """The differences as plain data."""
    return {
        "format": FORMAT,
        "worse": found.is_regression,
        "sentence": found.sentence,
        "changes": [change.to_json() for change in found.changes],
    }


def show(console: Screen, found: Changes) -> None:
    """What got worse, what got better, the first of what changed otherwise, and how much that is."""
    others = found.having(CHANGED)
    listed = (*found.having(WORSE, BETTER), *others[:FEW])
    if listed:
        console.print(_table(listed))
    if len(others) > FEW:
        console.print(f"... and {len(others) - FEW} more that changed otherwise, see --json", style="dim")
    verdict = WORSE if found.is_regression else BETTER
    console.print(Text(found.sentence, style=STYLES[verdict] if found.changes else ""), soft_wrap=True)


def _table(changes: tuple[Change, ...]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in ("", "kind", "what", "before", "after"):
        table.add_column(column, overflow="fold", no_wrap=column in ("", "kind"))
    for each in changes:
        sign = f"{SIGNS[each.verdict]} {each.verdict}"
        table.add_row(*(Text(one_line(text)) for text in (sign, *each[:4])), style=STYLES[each.verdict])
    return table
