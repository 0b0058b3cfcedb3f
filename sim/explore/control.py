"""The control: what is left of a world without its services."""

from typing import Any, NamedTuple

from broadcast_orchestrator.model.state import CoreState


class Control(NamedTuple):
    """A world without its services: the core without its views, and what the judge remembers."""

    core: CoreState
    observer: Any
