"""What the commands print: plain text in a pipe, colours where a person looks and NO_COLOR does not forbid them."""

from typing import Any

from rich.console import Console
from rich.text import Text

from broadcast_orchestrator.properties.guarantees.verdicts import HELD, PROVED, UNKNOWN, VIOLATED
from broadcast_orchestrator.properties.verification.matrix import BY_DESIGN, CANNOT_ARISE, NOT_REACHED
from broadcast_orchestrator.reports.graphs.shown_text import shown_text

STYLES = {
    PROVED: "green",
    HELD: "green",
    VIOLATED: "bold red",
    UNKNOWN: "yellow",
    BY_DESIGN: "magenta",
    NOT_REACHED: "dim",
    CANNOT_ARISE: "dim",
    "": "",
}
WIDTH = 140
"""How wide a table is where no terminal says it, in characters."""


class Screen(Console):
    """Where the commands print; a pipe that nobody reads is left to `reports.cli`."""

    def __init__(self) -> None:
        super().__init__(highlight=False)

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as any console does; what a terminal would take for a command is a mark."""
        super().print(*map(_harmless, objects), **options)

    def on_broken_pipe(self) -> None:
        """Let the exception go on, instead of leaving with an exit code that means something else here."""
        raise  # noqa: PLE0704 -- called where the exception is being handled


def _harmless(each: Any) -> Any:
    if isinstance(each, Text):
        each.plain = shown_text(each.plain)  # as long as before, so that its styles stay where they were
        return each
    return shown_text(each) if isinstance(each, str) else each


def wide_screen() -> Screen:
    """Where tables are printed: as wide as the terminal, or wide enough where there is none."""
    screen = Screen()
    if not screen.is_terminal:
        screen.width = WIDTH
    return screen
