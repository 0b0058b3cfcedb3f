"""What can be seen of a Python orchestrator from outside, whatever class it is: its state, its error, its own record,
and what it prints."""

import contextlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from enum import Enum
from typing import Any


class Console(io.TextIOBase):
    """Takes what is printed, line by line, off the channel."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell, self._begun = tell, ""

    def write(self, text: str) -> int:
        """Tell every line that is whole."""
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._tell(line)
        return len(text)


def shown_by(orchestrator: Any) -> tuple[str | None, str | None]:
    """The state and the error that anyone can see."""
    state, error = getattr(orchestrator, "state", None), getattr(orchestrator, "error", None)
    return (None if state is None else word(state), None if error is None else str(error))


class OwnRecord:
    """Its own record of changes: a whole `history`, or the `last_transition` alone, on the orchestrator or else, as in
    the guide, in the orchestrator's part of its snapshot."""

    def __init__(self) -> None:
        self._one_by_one: list[Any] = []

    def shown(self, orchestrator: Any) -> Sequence[Any] | None:
        """The entries that are shown, oldest first; where it is one at a time, those that were shown so far. None where
        it shows none."""
        for part in _parts(orchestrator):
            history: Sequence[Any] | None = part_of(part, "history", None)
            if history is not None:
                return history
            if (last := part_of(part, "last_transition")) is not MISSING:
                return self._with(last)
        return None

    def _with(self, last: Any) -> Sequence[Any]:
        if last is not None and last not in self._one_by_one[-1:]:
            self._one_by_one.append(copy(last))
        return self._one_by_one


def _parts(orchestrator: Any) -> Iterator[Any]:
    """What may show a record: the orchestrator, and its part of the snapshot."""
    yield orchestrator
    if callable(get_snapshot := getattr(orchestrator, "get_snapshot", None)):
        yield part_of(get_snapshot(), "orchestrator")


MISSING = object()
"""What is not there."""


def part_of(whole: Any, name: str, otherwise: Any = MISSING) -> Any:
    """An attribute of an object, or a value of a mapping."""
    return whole.get(name, otherwise) if isinstance(whole, Mapping) else getattr(whole, name, otherwise)


def entry_in_words(entry: Any) -> tuple[str, ...]:
    """Source, target and, where there is one, reason of an entry: a tuple, or a mapping with `from`, `to`, `reason`."""
    parts = [entry[name] for name in ENTRY if name in entry] if isinstance(entry, Mapping) else tuple(entry)[:3]
    return tuple(map(word, parts))


ENTRY = ("from", "to", "reason")
"""What an entry that is a mapping calls its parts."""


def word(state: Any) -> str:
    """A state as a word, also one of an enumeration."""
    return str(state.value if isinstance(state, Enum) else state)


def watch(orchestrator: Any, look: Callable[[], None]) -> None:
    """Have `look` called after every assignment to an attribute, since two states can pass within one callback. Where
    a class does not allow that, it is looked at after every callback."""
    kind = type(orchestrator)

    def assign(self: Any, name: str, value: Any) -> None:
        super(type(self), self).__setattr__(name, value)
        look()

    with contextlib.suppress(TypeError):
        orchestrator.__class__ = type(kind.__name__, (kind,), {"__slots__": (), "__setattr__": assign})
