"""What the commands print: plain text in a pipe, colours where a person looks and NO_COLOR does not forbid them."""

from rich.console import Console

from broadcast_orchestrator.properties.guarantees.verdicts import HELD, PROVED, UNKNOWN, VIOLATED
from broadcast_orchestrator.properties.verification.matrix import BY_DESIGN, CANNOT_ARISE, NOT_REACHED

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
