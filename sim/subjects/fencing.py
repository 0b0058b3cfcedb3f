"""Numbered commands, seen from a service: one that has seen a number refuses every older one."""


class NewestNumbers:
    """The newest number that each service has seen. Whoever has no number is never refused."""

    def __init__(self) -> None:
        self._newest: dict[str, float] = {}

    def is_stale(self, service: str, number: float | None) -> bool:
        """Whether the service has seen a newer number than this."""
        return number is not None and number < self._newest.get(service, number)

    def see(self, service: str, number: float | None) -> None:
        """A command with this number has come to the service."""
        if number is not None and not self.is_stale(service, number):
            self._newest[service] = number
