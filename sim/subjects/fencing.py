"""Numbered commands, seen from a service: one that has seen a number refuses every older one."""

from broadcast_orchestrator.model.operations import CALLABLE


class NewestNumbers:
    """The newest number that each service has seen. Whoever has no number is never refused; nor is a read, which is no
    command, and makes none old."""

    def __init__(self) -> None:
        self._newest: dict[str, float] = {}

    def is_stale(self, operation: str, number: float | None) -> bool:
        """Whether the operation's service has seen a newer number than this."""
        asked = CALLABLE[operation]
        return number is not None and asked.finds is None and number < self._newest.get(asked.service, number)

    def see(self, operation: str, number: float | None) -> None:
        """A command with this number has come to its service."""
        asked = CALLABLE[operation]
        if number is not None and asked.finds is None:
            self._newest[asked.service] = max(number, self._newest.get(asked.service, number))
