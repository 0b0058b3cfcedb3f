"""What the commands print: plain text in a pipe, colours where a person looks and NO_COLOR does not forbid them."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from broadcast_orchestrator.properties.guarantees.verdicts import HELD, PROVED, UNKNOWN, VIOLATED
from broadcast_orchestrator.properties.verification.matrix import BY_DESIGN, NOT_REACHED, SYMBOLS, matrix
from broadcast_orchestrator.properties.verification.verification import NO_ALARM, Verification
from broadcast_orchestrator.properties.verification.verification import Progress as Told
from broadcast_orchestrator.reports.timelines.timeline_text import lines
from broadcast_orchestrator.reports.verify.report import sentence, tally
from broadcast_orchestrator.sim.world.faults import BY_ID
from broadcast_orchestrator.sim.world.trace import Passage

STYLES = {
    PROVED: "green",
    HELD: "green",
    VIOLATED: "bold red",
    UNKNOWN: "yellow",
    BY_DESIGN: "magenta",
    NOT_REACHED: "dim",
    "": "",
}
WIDTH = 140
"""How wide a table is where no terminal says it, in characters."""

_LINE_STYLES = {"head": "bold", "step": "", "fault": "red", "follow": "cyan", "legend": "dim"}


class Screen(Console):
    """Where the commands print; a pipe that nobody reads is left to `reports.cli`."""

    def __init__(self) -> None:
        super().__init__(highlight=False)

    def on_broken_pipe(self) -> None:
        """Let the exception go on, instead of leaving with an exit code that means something else here."""
        raise  # noqa: PLE0704 -- called where the exception is being handled


def wide_screen() -> Screen:
    """Where tables are printed: as wide as the terminal, or wide enough where there is none."""
    screen = Screen()
    if not screen.is_terminal:
        screen.width = WIDTH
    return screen


def show_verification(console: Console, verification: Verification, names: dict[str, str]) -> None:
    """The matrix, the claims that do not hold, what came of the random runs, and the verdict.

    `names` are those of the guarantees.
    """
    grid = matrix(verification.cells)
    table = Table(box=None, padding=(0, 1), header_style="bold")
    table.add_column("guarantee", no_wrap=True)
    for column in grid.columns:
        table.add_column(column, justify="center", no_wrap=True)
    for name, squares in grid.rows:
        signs = [Text(SYMBOLS[square.answer], style=STYLES[square.answer]) for square in squares]
        table.add_row(f"{name:<4}{names[name]}", *signs)
    console.print(table)
    named = " · ".join(f"{column} {BY_ID[column].name.replace('_', ' ')}" for column in grid.columns)
    console.print(named, style="dim", highlight=False)
    counted = tally(verification.cells).items()
    console.print("  ".join(f"{SYMBOLS[word]} {word} {count}" for word, count in counted), style="dim", highlight=False)
    for claim in verification.claims:
        held = claim.verdict in (PROVED, HELD)
        if not held or claim.claim == NO_ALARM:
            text = f"{SYMBOLS[claim.verdict]} {claim.engine}: {claim.claim}: {claim.evidence}"
            console.print(Text(one_line(text), style="dim" if held else STYLES[claim.verdict]), soft_wrap=True)
    verdict = f"{SYMBOLS[verification.verdict]} {sentence(verification)} ({verification.seconds:.1f} s)"
    console.print(Text(verdict, style=STYLES[verification.verdict]), soft_wrap=True)


def show_timeline(console: Console, run: tuple[Passage, ...]) -> None:
    """The run, a line a step; lines are never broken, since their columns would be lost."""
    for kind, text in lines(run):
        console.print(Text(one_line(text.rstrip()), style=_LINE_STYLES[kind]), soft_wrap=True)


def one_line(text: str) -> str:
    """The text on one line, without what a terminal or the runner of a CI system would take for a command."""
    return "".join(each if each.isprintable() else "�" for each in text)


@contextmanager
def progress_bar(console: Console | None = None) -> Iterator[Told]:
    """Tells a person at a terminal how far it has got and, where that can be known, how long it will still take; on
    standard error, or on the given console. Anyone else is told nothing."""
    console = console or Console(stderr=True)
    if not console.is_terminal:
        yield lambda what, done, total: None
        return
    left = (TextColumn("left:", style="dim"), TimeRemainingColumn())
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), *left)
    with Progress(*columns, console=console, transient=True) as bar:
        task, doing = bar.add_task("", total=None), ""

        def tell(what: str, done: int, total: int) -> None:
            nonlocal doing
            if what != doing:  # how fast it goes is measured anew
                bar.reset(task, total=None)
                doing = what
            counted = f"{what}: {done:,}" if done else what
            counted += f" of {total:,}" if done and total else ""
            bar.update(task, description=counted, completed=done, total=total or None)

        yield tell
