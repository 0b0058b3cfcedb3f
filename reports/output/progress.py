"""The one progress bar: how far a long command has got, for a person at a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from broadcast_orchestrator.properties.telling.progress import Progress as Told


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
