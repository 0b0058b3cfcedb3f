"""Every world that can be reached, as sets: the same worlds as those of the explorer, without their distances.

Worlds that share their stance and their record are one set (`loops.diagrams`), and a group of choices leads a whole
set on at once. Records are taken in the order of their faults, since no step takes a fault back, and stances again and
again until nothing new is reached. So a search has no levels, and tells no way to what it finds: that is for `explore`,
over the same space, whose rules are compiled then.
"""

from typing import NamedTuple

import numpy as np

from broadcast_orchestrator.sim.explore.control import Control
from broadcast_orchestrator.sim.explore.diagrams.account import count_taken, count_worlds, wrong_at_rest
from broadcast_orchestrator.sim.explore.diagrams.set_search import SetSearch
from broadcast_orchestrator.sim.explore.exploration import Exploration, Found
from broadcast_orchestrator.sim.explore.explorer import LARGE, Progress
from broadcast_orchestrator.sim.explore.fault_record import FaultRecord
from broadcast_orchestrator.sim.explore.lazy_tables import SearchTooLarge
from broadcast_orchestrator.sim.explore.loops.chosen import diagram_code
from broadcast_orchestrator.sim.explore.loops.native import UNKNOWN, Numbers
from broadcast_orchestrator.sim.explore.state_space import StateSpace
from broadcast_orchestrator.sim.world.garbage import no_garbage, spare_the_collector
from broadcast_orchestrator.sim.world.world import World


class Reached(NamedTuple):
    """What was reached: how many `worlds` have each control (a row) and record (a column), how many there are in all,
    how many transitions, what is wrong in worlds at rest, how often each choice of the space can be taken, and how many
    transitions were `beyond` the bounds. Nothing of it is unknown (`cut_off`), and how far away what is `found` lies is
    not asked: it has neither a level nor a key."""

    space: StateSpace
    worlds: Numbers
    states: int
    transitions: int
    found: tuple[Found, ...]
    taken: Numbers
    beyond: int
    depth: int = 0
    cut_off: str = ""

    def controls(self) -> dict[FaultRecord, list[Control]]:
        """Every control that a world has, by the faults behind it."""
        controls, records = self.space.numbers.controls.values, self.space.numbers.records.values
        by_record = ((record, np.flatnonzero(self.worlds[:, at])) for at, record in enumerate(records))
        return {record: [controls[at] for at in which.tolist()] for record, which in by_record if len(which)}

    def worlds_of_controls(self) -> Numbers:
        """How many worlds have each control."""
        counts: Numbers = self.worlds.sum(axis=1)
        return counts


Explored = Exploration | Reached
"""A space that was searched, by levels or by sets."""


def reach(space: StateSpace, start: World, progress: Progress = lambda states, rounds: None) -> Reached | None:
    """Every world that can be reached from `start`. None where that is for `explore` to say: where a step violates
    something, where there is more than the bounds allow or than there is room for, where some worlds are not counted,
    or where no compiler is installed.

    `progress` is told the number of worlds, and how often tables had to be filled.
    """
    code = diagram_code()
    if code is None or space.apart.alone:
        return None
    search = SetSearch(space, code)
    try:
        with no_garbage():
            search.begin(start)
            reached = account_of(search) if search.run(progress) else None
            if search.states() > LARGE:
                spare_the_collector()
    except SearchTooLarge:
        return None
    return reached


def account_of(search: SetSearch) -> Reached:
    """All that there is to say of a search that has come to its end."""
    worlds = count_worlds(search)
    taken, beyond = count_taken(search)
    found = tuple(Found(*each, 0, UNKNOWN, None) for each in dict.fromkeys(wrong_at_rest(search)))
    return Reached(search.space, worlds, int(worlds.sum()), int(taken.sum()), found, taken, beyond)
