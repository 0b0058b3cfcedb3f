"""The graph of progress over an explored space: where it goes round, where it stands still, and where it ends.

An edge is progress if it is neither a command nor a new fault, nor a timer that nobody has armed.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from broadcast_orchestrator.model.events import CancelTimer, SetTimer
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.table import BroadcastState
from broadcast_orchestrator.properties.model_check.space import Ends, Places, all_transitions
from broadcast_orchestrator.sim.explore.compiling.symbolic_judge import Observation, SymbolicJudge, raise_again
from broadcast_orchestrator.sim.explore.exploration import Exploration
from broadcast_orchestrator.sim.explore.world_numbers import Keys
from broadcast_orchestrator.sim.world.steps import Do, Fill, Reconfigure, Step, Timer

Marks = npt.NDArray[np.bool_]
"""A yes or no for each world, or for each edge."""


class TimerMemory(NamedTuple):
    """What is remembered of the timer: whether it runs."""

    armed: bool = False


def _remembers(
    memory: TimerMemory, _before: CoreState, _after: CoreState, seen: Observation
) -> tuple[TimerMemory, tuple[()]]:
    """Whether a timer runs after this step."""
    armed = memory.armed and not isinstance(seen.step, Timer)
    for effect in seen.effects:
        if isinstance(effect, SetTimer | CancelTimer):
            armed = isinstance(effect, SetTimer)
    return TimerMemory(armed), ()


ARMED = SymbolicJudge(TimerMemory(), _remembers, lambda *_: (), lambda *_: None, raise_again)
"""The judge of the searches whose graph is taken here: it minds nothing, and remembers whether a timer runs."""


class Progress:
    """The worlds of an exploration that was made with `ARMED`, in order, and the edges between them that are progress.

    `quiet` marks the worlds at rest; `edges` is the graph, a row for each world; `transitions` are all, progress or
    not; `beyond` is how many the bounds left out.
    """

    def __init__(self, found: Exploration) -> None:
        self.found, self.beyond = found, found.beyond
        self.worlds: Keys = np.sort(np.concatenate(found.levels))
        self.quiet: Marks = np.isin(self.worlds, found.space.numbers.quiet(self.worlds), assume_unique=True)
        self._choices, self._controls = found.space.choices, found.space.numbers.controls.values
        self._control: Places = found.space.numbers.controls_of(self.worlds)
        self.transitions: Ends = all_transitions(found)
        self._sources, self._targets, self._taken = self.transitions
        self.edges = self._graph(self._is_progress())

    def _is_progress(self) -> Marks:
        faults = self.found.space.numbers.faults_of(self.worlds)
        armed = np.array([control.observer.armed for control in self._controls])[self._control]
        asked, by_timer = self._are(Do, Fill, Reconfigure), self._are(Timer)
        same_faults = faults[self._sources] == faults[self._targets]
        progress: Marks = ~asked & same_faults & (armed[self._sources] | ~by_timer)
        return progress

    def _are(self, *kinds: type[Step]) -> Marks:
        """Which edges are steps of these kinds."""
        marks: Marks = np.array([isinstance(choice.step, kinds) for choice in self._choices])[self._taken]
        return marks

    def _graph(self, chosen: Marks) -> "csr_array[Any]":
        """The chosen edges, each as long as the most steps that lead from one of its worlds to the other."""
        sources, targets = self._sources[chosen], self._targets[chosen]
        lengths = self.found.space.table.lengths()[self._taken[chosen]]
        order = np.lexsort((lengths, targets, sources))
        sources, targets, lengths = sources[order], targets[order], lengths[order]
        last = np.append((sources[1:] != sources[:-1]) | (targets[1:] != targets[:-1]), True)[: len(order)]
        size = len(self.worlds)
        return coo_array((lengths[last], (sources[last], targets[last])), shape=(size, size)).tocsr()

    # -- Does it settle? --------------------------------------------------------------------------

    def in_circles(self) -> Marks:
        """The worlds that progress leads back to: they share a strongly connected component, or have a loop."""
        _, label = connected_components(self.edges, connection="strong")
        circles: Marks = (np.bincount(label)[label] > 1) | (self.edges.diagonal() > 0)
        return circles

    def stuck(self) -> Marks:
        """The worlds that are not quiet, and from which no progress leads on."""
        still: Marks = ~self.quiet & (np.diff(self.edges.indptr) == 0)
        return still

    def longest(self) -> int:
        """The steps of the longest way, where there is no circle: ends are taken away, a layer at a time."""
        steps, left, back = np.zeros(len(self.worlds), dtype=np.int64), np.diff(self.edges.indptr), self.edges.tocsc()
        ends = np.flatnonzero(left == 0)
        while len(ends):
            into = back[:, ends].tocoo()
            np.maximum.at(steps, into.row, steps[ends[into.col]] + into.data)
            left = left - np.bincount(into.row, minlength=len(left))
            ends = np.unique(into.row)
            ends = ends[left[ends] == 0]
        return int(steps.max())

    # -- Where does it end? -----------------------------------------------------------------------

    def refused(self, command: str, where: Marks) -> Marks:
        """The worlds among these in which the command changes nothing."""
        refused = where.copy()
        refused[self._sources[self._given(command, where)]] = False
        return refused

    def ends(self, command: str, where: Marks) -> Marks:
        """The quiet worlds in which it can end when the command is given in any of these."""
        return self._reached(self._targets[self._given(command, where)]) & self.quiet

    def rest_in(self, state: BroadcastState) -> Marks:
        """The worlds in this state."""
        there: Marks = np.array([control.core.state is state for control in self._controls])[self._control]
        return there

    def _given(self, command: str, where: Marks) -> Places:
        orders = [isinstance(each.step, Do) and each.step.command == command for each in self._choices]
        given: Places = np.flatnonzero(np.array(orders)[self._taken] & where[self._sources])
        return given

    def _reached(self, starts: Places) -> Marks:
        """These worlds, and everything that progress leads to from them."""
        reached: Marks = np.zeros(len(self.worlds), dtype=bool)
        while len(starts):
            reached[starts] = True
            following = np.unique(self.edges[np.unique(starts)].indices)
            starts = following[~reached[following]]
        return reached
