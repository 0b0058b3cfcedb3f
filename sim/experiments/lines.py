"""On which line of a TOML text a key stands; for messages alone, so it may know less than the real parser does."""

import re

Place = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([\w-]+)""")


def lines_of(text: str) -> dict[Place, int]:
    """The line, from 1, of every table and key that stands at the beginning of a line; arrays count from 0."""
    found: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    table: Place = ()
    inside = False
    for number, line in enumerate(text.split("\n"), 1):
        quotes = line.count('"""') + line.count("'''")
        if not inside and (header := _HEADER.match(line)):
            table = _parts(header[2])
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            found.setdefault(table, number)
        elif not inside and (key := _KEY.match(line)):
            found.setdefault((*table, *_parts(key[1])), number)
        inside ^= quotes % 2 == 1
    return found


def line_of(place: Place, lines: dict[Place, int]) -> int | None:
    """The line of the place, or of the innermost table around it that is known."""
    for length in range(len(place), 0, -1):
        if place[:length] in lines:
            return lines[place[:length]]
    return None


def _parts(text: str) -> Place:
    return tuple(next(group for group in match.groups() if group is not None) for match in _PART.finditer(text))
