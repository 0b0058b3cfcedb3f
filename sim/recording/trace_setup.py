"""What the first line of a trace says of how it was recorded, under `setup`."""

from collections.abc import Mapping
from typing import Any

RECORDED = "recorded"
BELIEVED, TOLD = "believed", "told"
"""What a recorder knows of real services: that whoever answers with success did it; or they say themselves what they
are. A trace that the simulator made knows them, and says nothing here."""


def recorded_setup(*, told: bool) -> dict[str, Any]:
    """The setup of a trace that is recorded."""
    return {RECORDED: TOLD if told else BELIEVED}


def is_recorded(setup: Mapping[str, Any]) -> bool:
    """Whether it is a run of real services."""
    return RECORDED in setup


def services_are_believed(setup: Mapping[str, Any]) -> bool:
    """Whether nobody knows what the services truly were."""
    return setup.get(RECORDED) == BELIEVED
