"""Redaction: what services say, and the ids of sessions, as whoever records a run wants them to be read."""

from collections.abc import Callable
from typing import Any, Literal

from broadcast_orchestrator.model.events import Failure
from broadcast_orchestrator.sim.world.trace import Line

Redacted = Literal["message", "session"]
"""What may be redacted: what services say when they fail, and the ids of sessions."""

Redact = Callable[[Redacted, str], str]
"""What is written in the place of a text. The same text has to become the same each time, and two sessions two."""

WITHHELD = "(withheld)"
"""What is written where the function fails: never the text itself."""


def redacted(line: Line, redact: Redact) -> Line:
    """The line as it may be read: its messages and its sessions are what `redact` makes of them."""

    def shown(what: Redacted, text: str | None) -> str | None:
        if not text:
            return text
        try:
            return str(redact(what, text))
        except Exception:  # whatever a function of somebody else does
            return WITHHELD

    def failure(one: Failure) -> Failure:
        return one._replace(message=shown("message", one.message) or "")

    def record(one: Any) -> Any:
        fields: dict[str, Any] = {
            name: shown(what, getattr(one, name)) for name, what in _TEXTS.items() if name in one._fields
        }
        fields |= {name: tuple(map(failure, getattr(one, name))) for name in _FAILURES if name in one._fields}
        return one._replace(**fields)

    return line._replace(step=record(line.step), effects=tuple(map(record, line.effects)))


_TEXTS: dict[str, Redacted] = {"message": "message", "session": "session"}
"""The fields of steps and effects that are texts of somebody else."""

_FAILURES = ("failures", "notes")
"""Their fields that are failures, which have such a text."""
