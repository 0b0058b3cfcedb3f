"""What rules make of one event, whatever they do: the next state with what they ask for, or what they raise."""

from typing import NamedTuple

from broadcast_orchestrator.model.core import Core, advance
from broadcast_orchestrator.model.events import CoreEffect, Event
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.turn import IllegalTransition
from broadcast_orchestrator.sim.world.trace import in_one_line


class Outcome(NamedTuple):
    """The state after an event and the effects; `raised` is the exception in one line, "" where there was none."""

    after: CoreState
    effects: tuple[CoreEffect, ...] = ()
    raised: str = ""


def outcome_of(core: CoreState, event: Event, rules: type[Core]) -> Outcome:
    """What `rules` make of the event. Raises nothing: another's rules may do anything, and that is an outcome, too.

    Rules that leave the enforced table are shown as they do where it is only watched (reading R19).
    """
    try:
        return Outcome(*advance(core, event, rules))
    except IllegalTransition as left:
        return _watched(core, event, rules, left)
    except Exception as raised:
        return Outcome(core, (), in_one_line(raised))


def _watched(core: CoreState, event: Event, rules: type[Core], left: IllegalTransition) -> Outcome:
    config = core.config
    if not config.enable_state_validation:
        return Outcome(core, (), in_one_line(left))
    watched = outcome_of(core._replace(config=config._replace(enable_state_validation=False)), event, rules)
    return watched._replace(after=watched.after._replace(config=config))
