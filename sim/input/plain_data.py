"""JSON and TOML that came from outside, as plain data of a size and a depth at which it can be walked, compared, shown
and written again without further thought."""

import json
import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from typing import Any

from broadcast_orchestrator.model.config import shown

DEEPEST, MOST_VALUES, MOST_DIGITS = 64, 1_000_000, 300
"""How deep tables and lists may lie in one another, how many values there may be, and how many digits a whole number
may have: with fewer than 309 it can be compared with every other number, and so told that it is out of range."""

LONGEST_TOML = 2**20
"""How long a file in TOML may be, in bytes: people write these by hand, and they are read slowly."""

_PART = r"""(?:[\w-]++|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*"""
_LONG_KEY = re.compile(rf"(?<![\w-])(?:{_PART}){{{DEEPEST}}}")
"""A key of so many parts, which tomllib would take very long for."""


class NoPlainData(ValueError):
    """A text that is no such data; the message says what is wrong, and where if that is known."""


def json_value(text: str) -> Any:
    """What the JSON says. Raises `NoPlainData` where it is none, says something twice, or goes beyond the limits."""
    _count(text)
    try:
        value = _JSON.decode(text)
    except json.JSONDecodeError as error:
        where = f"column {error.colno}" if "\n" not in text.strip() else f"line {error.lineno}, column {error.colno}"
        raise NoPlainData(f"is not JSON: {error.msg} at {where}") from None
    except RecursionError:
        raise NoPlainData(TOO_DEEP) from None
    return _checked(value)


def toml_table(text: str) -> dict[str, Any]:
    """What the TOML says. Raises `NoPlainData` where it is none, or goes beyond the limits."""
    _count(text)
    if _LONG_KEY.search(text):
        raise NoPlainData(TOO_DEEP)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NoPlainData(f"is not TOML: {error}") from None
    except RecursionError:
        raise NoPlainData(TOO_DEEP) from None
    except ValueError:  # Python makes no number of so many digits
        raise NoPlainData(TOO_LONG) from None
    return dict(_checked(table))


TOO_DEEP = f"nests more than {DEEPEST} tables or lists in one another, which no file of ours does"


TOO_LONG = f"has a number of more than {MOST_DIGITS} digits"


def _count(text: str) -> None:
    """Refuse what would take too much memory, before it does."""
    if (values := sum(map(text.count, ",[{=\n"))) > MOST_VALUES:
        raise NoPlainData(f"has {values:,} values and lines, more than {MOST_VALUES:,}, which no file of ours has")


def _checked(value: Any) -> Any:
    """The value, once every part of it has been looked at."""
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [part for each in level for part in _parts(each)]
        if not level:
            return value
    raise NoPlainData(TOO_DEEP)


def _parts(value: Any) -> Iterable[Any]:
    """What lies in the value; raises `NoPlainData` for a number or a text that could not be used."""
    match value:
        case dict():
            return (*value, *value.values())
        case list():
            return value
        case str() if not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
            raise NoPlainData("has half a character (\\ud800 to \\udfff), which can neither be shown nor saved")
        case int() if abs(value) >= 10**MOST_DIGITS:
            raise NoPlainData(TOO_LONG)
        case float() if not math.isfinite(value):
            raise NoPlainData(f"has {value}, which is no number that can be used")
        case _:
            return ()


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS + 1:
        raise NoPlainData(TOO_LONG)
    return int(digits)


def _no_number(name: str) -> None:
    raise NoPlainData(f"has {name}, which is no number that can be used")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise NoPlainData(f"says {shown(twice)} twice in one object, leave out one of the two")
    return found


_JSON = json.JSONDecoder(object_pairs_hook=_once, parse_int=_whole, parse_constant=_no_number)
