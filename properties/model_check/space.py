"""The explored space in summary: how deep it is, how wide on each level, in which states, and what leads back where."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.table import BroadcastState, Edge
from broadcast_orchestrator.properties.model_check.cells import count_rows
from broadcast_orchestrator.properties.model_check.proof import CONFIG, TOGETHER, judge_of
from broadcast_orchestrator.sim.explore.exploration import Exploration
from broadcast_orchestrator.sim.explore.explorer import explore
from broadcast_orchestrator.sim.explore.levels import chunks
from broadcast_orchestrator.sim.explore.state_space import StateSpace
from broadcast_orchestrator.sim.explore.world_numbers import Keys
from broadcast_orchestrator.sim.world.world import Scope, World

MOST_FAULTS = 1
"""With two faults there are so many worlds that their components would not fit a small machine's memory."""

Places = npt.NDArray[np.intp]
Ends = tuple[Places, Places, npt.NDArray[np.int64]]
"""Worlds by their places among all; and transitions: where each begins, where it ends, and which choice it is."""


class Survey(NamedTuple):
    """The size and shape of one search.

    It had at most `faults` faults, and at most `older` calls a service that nobody waits for any more. `widths` has
    the number of worlds on each level, `by_state` that in each state, `rows` how many transitions took each row of the
    table. Worlds of one of the `components` all lead to one another; the `largest` has that many, and
    `final` components cannot be left any more.
    """

    faults: int
    older: int
    states: int
    transitions: int
    widths: tuple[int, ...]
    by_state: Mapping[BroadcastState, int]
    rows: Mapping[Edge, int]
    components: int
    largest: int
    final: int

    @property
    def depth(self) -> int:
        """How many steps away the farthest world is."""
        return len(self.widths) - 1


def survey(faults: int = 0, config: OrchestratorConfig = CONFIG) -> Survey:
    """Search with at most `faults` faults, 0 or 1, of the classes that are proved together, commands racing.

    These are the worlds that `properties.model_check.growth` counts. A search that is cut off counts as far as it
    came.
    """
    scope = Scope(faults=TOGETHER, limit=faults, racing=True)
    return survey_of(explore(StateSpace(scope, Core, judge_of(Core)), World(core=CoreState(config=config))))


def survey_of(found: Exploration, ends: Ends | None = None) -> Survey:
    """The size and shape of a search that has been made; `ends` are its transitions, if they are known already."""
    sources, targets, _ = ends or all_transitions(found)
    largest, final, components = _components(found.states, sources, targets)
    return Survey(
        found.space.scope.limit,
        found.space.bounds.older,
        found.states,
        found.transitions,
        tuple(len(level) for level in found.levels),
        _by_state(found),
        count_rows(found),
        components,
        largest,
        final,
    )


def _by_state(found: Exploration) -> dict[BroadcastState, int]:
    controls = found.space.numbers.controls.values
    count = np.zeros(len(controls), dtype=np.int64)
    for level in found.levels:
        count += np.bincount(found.space.numbers.controls_of(level), minlength=len(controls))
    counted = dict.fromkeys(BroadcastState, 0)
    for control, worlds in zip(controls, count.tolist(), strict=True):
        counted[control.core.state] += worlds
    return counted


def _components(size: int, sources: Places, targets: Places) -> tuple[int, int, int]:
    """The size of the largest strongly connected component, how many cannot be left, and how many there are."""
    graph = coo_array((np.ones(len(sources), dtype=np.int8), (sources, targets)), shape=(size, size))
    number, label = connected_components(graph.tocsr(), connection="strong")
    left = np.unique(label[sources][label[sources] != label[targets]])
    return int(np.bincount(label).max()), int(number - len(left)), int(number)


def all_transitions(found: Exploration) -> Ends:
    """Every transition once more: the places of its two worlds among all worlds in the order of their numbers, and
    its choice."""
    worlds = np.sort(np.concatenate(found.levels))
    sources, targets, choices = zip(*_transitions(found, worlds), strict=True)
    return np.concatenate(sources), np.concatenate(targets), np.concatenate(choices)


def _transitions(found: Exploration, worlds: Keys) -> Iterator[Ends]:
    for level in found.levels:
        for chunk in chunks(level):
            for part in found.space.successors(chunk):
                yield np.searchsorted(worlds, chunk[part.origins]), np.searchsorted(worlds, part.keys), part.choices
