"""What the commands print: plain text in a pipe, colours where a person looks and NO_COLOR does not forbid them."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from broadcast_orchestrator.properties.guarantees.verdicts import HELD, PROVED, UNKNOWN, VIOLATED
from broadcast_orchestrator.properties.telling.progress import Progress as Told
from broadcast_orchestrator.properties.verification.matrix import BY_DESIGN, NOT_REACHED

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
