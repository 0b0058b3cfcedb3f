"""Repairs: a broken core that follows the reference wherever it would do otherwise in some ways, and its own rules
everywhere else.

Which way that is, is told by the kinds of what differs in a step. A run under a core that is repaired in one way shows
whether that mistake is the cause of what goes wrong in it.
"""

from collections.abc import Callable
from typing import Any

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Event
from broadcast_orchestrator.properties.causes.departed import DepartedStep
from broadcast_orchestrator.properties.causes.deviations import Kinds
from broadcast_orchestrator.sim.world.rules_by_name import reference_of

Heard = Callable[[DepartedStep], None]
"""Told of each step that differs, repaired or not."""


def repaired(rules: type[Core], mended: Kinds, heard: Heard = lambda step: None) -> type[Core]:
    """These rules, but where a step would differ from the reference in one of the `mended` ways: there the reference's.

    For runs of whole worlds, whose core knows every service; a search that keeps services apart cannot use it.
    """

    reference = reference_of(rules)

    def handle(self: Any, event: Event) -> None:
        departed = DepartedStep.of(self.core, event, rules)
        if departed.found:
            heard(departed)
        turn = (reference if departed.kinds & mended else rules)(self.core, self.views)
        try:
            turn.handle(event)
        finally:
            self.core, self.effects = turn.core, turn.effects

    return type("Repaired", (reference,), {"handle": handle, "__doc__": f"{rules.__name__}, repaired."})
