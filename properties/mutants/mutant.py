"""What a mutant is: the reference with one rule broken, where that shows, and which guarantees must notice."""

import re
from typing import NamedTuple

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.model_check.proof import CONFIG
from broadcast_orchestrator.sim.world.world import Scope

SERIAL = Scope()
"""Nothing goes wrong, commands come one at a time."""

RACING = Scope(racing=True)
"""Nothing goes wrong, commands come at any moment."""

WATCHED = CONFIG._replace(enable_state_validation=False)
"""For cores that leave the table: it is watched and not enforced, so that they can (reading R19)."""

HASTY = CONFIG._replace(max_retries=0)
"""One attempt is all, so that one fault makes an initialization fail."""


class Mutant(NamedTuple):
    """A broken core. `breaks` is the reading or the clause that it breaks, `expected` are the guarantees that must
    notice, the first of them first of all; within `scope`, under `config`, a search finds it."""

    rules: type[Core]
    breaks: str
    expected: tuple[str, ...]
    scope: Scope = SERIAL
    config: OrchestratorConfig = CONFIG

    @property
    def name(self) -> str:
        """The name of its class, in words joined by hyphens."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", self.rules.__name__).lower()

    @property
    def what(self) -> str:
        """What it does wrong, in one sentence."""
        return (self.rules.__doc__ or "").strip().partition("\n")[0]


def faults(*classes: str, limit: int = 1, racing: bool = False, places: tuple[str, ...] = Scope().places) -> Scope:
    """The scope in which faults of these classes happen, so many in all."""
    return Scope(faults=classes, limit=limit, racing=racing, places=places)
