"""Messages in one line: whatever names they have in them, they can be read, and nothing is taken for a command."""

import re

LONGEST_NAME, LONGEST_MESSAGE = 240, 2_000
"""How many characters of a word without a space, such as the name of a file, and of a whole message are told."""

_LONG_NAME = re.compile(rf"\S{{{LONGEST_NAME + 1},}}")


def one_line(text: str) -> str:
    """The text on one line, without what a terminal or the runner of a CI system would take for a command."""
    return "".join(each if each.isprintable() else "�" for each in text)


def in_one_line(message: str) -> str:
    """The message with marks for control characters, and without the middle of names that nobody would read."""
    line = one_line(" ".join(message.split()))
    return _shortened(_LONG_NAME.sub(lambda found: _shortened(found[0], LONGEST_NAME), line), LONGEST_MESSAGE)


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest * 2 // 3]}...{text[-longest // 4 :]}"
