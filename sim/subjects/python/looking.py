"""What can be seen of a Python orchestrator from outside, whatever class it is: its state, its error, its own record,
and what it prints."""

import contextlib
import io
from collections.abc import Callable, Sequence
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


def history_of(orchestrator: Any) -> Sequence[Any] | None:
    """Its own record of changes; None where it shows none."""
    history: Sequence[Any] | None = getattr(orchestrator, "history", None)
    return history


def entry_in_words(entry: Any) -> tuple[str, ...]:
    """Source, target and, where there is one, reason of an entry of the history."""
    return tuple(map(word, tuple(entry)[:3]))


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
