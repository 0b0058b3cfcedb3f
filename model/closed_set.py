"""What the closed sets of the model have in common, such as phases, standings and commands."""

from enum import StrEnum


class ClosedSet(StrEnum):
    """Strings of which there are only these, to be matched exhaustively. Everywhere else they are the strings that they
    stand for: as quick to hash (an Enum hashes its name in Python code, and they live in every key of the search), and
    written in the same way, in JSON and in code that is made from values."""

    __hash__ = str.__hash__
    __repr__ = str.__repr__
