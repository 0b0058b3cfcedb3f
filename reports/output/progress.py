"""The one progress bar: how far a long command has got, for a person at a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from broadcast_orchestrator.properties.telling.progress import Progress as Told
from broadcast_orchestrator.properties.telling.progress import silent
from broadcast_orchestrator.reports.output.interrupts import say


@contextmanager
def progress_bar(console: Console | None = None) -> Iterator[Told]:
    """Tells a person at a terminal what is being done, how much of it is done, what was found so far, how long all of
    it has taken and, where that can be known, how long this part will still take; on standard error, or on the given
    console. Anyone else is told nothing. Whoever interrupts it is told how far it has got."""
    told = ""

    def telling(bar: Told) -> Told:
        def tell(what: str, done: int, total: int, so_far: str = "", /) -> None:
            nonlocal told
            told = ", ".join(filter(None, (counted(what, done, total), so_far)))
            bar(what, done, total, so_far)

        return tell

    try:
        with _bar(console or Console(stderr=True)) as bar:
            yield telling(bar)
    except KeyboardInterrupt:
        if told:
            say(f"so far: {told}")
        raise


def counted(what: str, done: int, total: int) -> str:
    """What is being done, and how much of it is done."""
    return f"{what}: {done:,} of {total:,}" if total else f"{what}: {done:,}" if done else what


@contextmanager
def _bar(console: Console) -> Iterator[Told]:
    if not console.is_terminal:
        yield silent
        return
    words, found = TextColumn("{task.description}"), TextColumn("{task.fields[found]}", style="red")
    columns = (SpinnerColumn(), words, BarColumn(bar_width=20), found, _Since(), _Left())
    with Progress(*columns, console=console, transient=True) as bar:
        began, task, doing = bar.get_time(), bar.add_task("", total=None, found="", began=0.0), ""
        bar.update(task, began=began)

        def tell(what: str, done: int, total: int, so_far: str = "", /) -> None:
            nonlocal doing
            if what != doing:  # how fast it goes is measured anew
                bar.reset(task, total=None)
                doing = what
            bar.update(task, description=counted(what, done, total), completed=done, total=total or None, found=so_far)

        yield tell


class _Since(ProgressColumn):
    """How long all of it has taken, whichever part it is at."""

    def render(self, task: Task) -> Text:
        """In hours, minutes and seconds."""
        return Text(str(timedelta(seconds=int(task.get_time() - task.fields["began"]))), style="progress.elapsed")


class _Left(TimeRemainingColumn):
    """How long this part will still take; nothing where nobody knows."""

    def render(self, task: Task) -> Text:
        """In hours, minutes and seconds."""
        return Text() if task.time_remaining is None else Text("left: ", style="dim") + super().render(task)
