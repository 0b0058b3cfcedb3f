"""Text in Markdown that stays what it is, and tables."""

from collections.abc import Iterable, Sequence


def escaped(text: str) -> str:
    """Text that Markdown and HTML leave as it is, in one line; what cannot be printed is a space."""
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    for mark in "\\`*_[]|~#":
        text = text.replace(mark, f"\\{mark}")
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table, every cell as it is."""
    ruled = [heads, ["---"] * len(heads), *([escaped(cell) for cell in row] for row in rows)]
    return [f"| {' | '.join(row)} |" for row in ruled]
