"""How a long search tells how far it has got."""

from typing import Protocol


class Progress(Protocol):
    """Told what is being done, how much of it is done, of how much (0: not known), and what was found so far, in words
    ("" where nothing is to be said of that)."""

    def __call__(self, what: str, done: int, total: int, found: str = "", /) -> None:
        """So far it has got."""


def silent(what: str, done: int, total: int, found: str = "") -> None:
    """A progress that tells nobody."""


def several(count: int, one: str, many: str = "") -> str:
    """So many of something, "" where there is none: "1 cause", "2 causes"."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}" if count else ""
