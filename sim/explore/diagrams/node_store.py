"""Where the nodes of decision diagrams are kept, by number; nodes that nobody needs any more are given up for room."""

import numpy as np

from broadcast_orchestrator.sim.explore.lazy_tables import SearchTooLarge
from broadcast_orchestrator.sim.explore.loops.chosen import DiagramCode
from broadcast_orchestrator.sim.explore.loops.diagrams import END, FRAME, FRAMES, NOTHING, WEIGHT, Store
from broadcast_orchestrator.sim.explore.loops.native import UNKNOWN, Numbers
from broadcast_orchestrator.sim.explore.moves import LEVELS

NODES, EDGES, RESULTS, WIDTH = 1 << 20, 1 << 23, 1 << 20, 1 << 20
"""How much room there is at first; memory is taken only for what is filled. The results that are remembered are few
enough to be found quickly. The width is that of what is being put together."""

MOST_NODES = 1 << 29
"""More have no room in the key of a result."""


class NodeStore:
    """The nodes of one search; `store` is what its loops work on."""

    def __init__(self, code: DiagramCode) -> None:
        self._code = code
        self.store = _empty(NODES, EDGES)

    def single(self, digits: list[int]) -> int:
        """The set of one world, by its digits from level 0 on."""
        node = END
        for digit in reversed(digits):
            self.store.room[0] = digit << 32 | node
            node = self._code.node_of(self.store, 0, 1)
        return node

    def weights(self, nodes: Numbers) -> Numbers:
        """How many worlds each set has."""
        weights: Numbers = self.store.nodes[nodes, WEIGHT]
        return weights

    def make_room(self, roots: list[Numbers]) -> None:
        """Keep what these sets need, under new numbers, which they are given; where that is much, in a larger store.
        Raises SearchTooLarge where it is more than there are numbers for."""
        old, numbers = self.store, np.zeros(len(self.store.nodes), dtype=np.int64)
        for each in roots:
            numbers[each] = 1
        nodes, edges = len(old.nodes), len(old.edges)
        while True:
            if nodes > MOST_NODES:
                raise SearchTooLarge(f"sets of worlds need more than {MOST_NODES:,} nodes; narrow the scope")
            new, kept = _empty(nodes, edges), numbers.copy()
            self._code.collect(old, new, kept)
            if 2 * new.size[0] < nodes and 2 * new.size[1] < edges:
                break
            nodes, edges = 2 * nodes, 2 * edges
        self._code.collect_results(old, new, kept)
        for each in roots:
            each[...] = kept[each]
        self.store = new


def check_width(digits: int, most: int) -> None:
    """Raises SearchTooLarge where nodes with an edge for each of so many digits, each of which goes on to at most so
    many others, cannot be put together, one below the other, two operations at a time."""
    if 2 * LEVELS * max(2, most) * digits > WIDTH:
        raise SearchTooLarge(f"a service has {digits:,} states, more than sets of worlds have room for")


def _empty(nodes: int, edges: int) -> Store:
    store = Store(
        nodes=np.zeros((nodes, 3), dtype=np.int64),
        edges=np.empty(edges, dtype=np.int64),
        size=np.array([END + 1, 0]),
        places=np.full(2 * nodes, NOTHING, dtype=np.int64),
        cache=np.full((RESULTS, 2), UNKNOWN, dtype=np.int64),
        frames=np.zeros((FRAMES, FRAME), dtype=np.int64),
        room=np.zeros(WIDTH, dtype=np.int64),
    )
    store.nodes[END, WEIGHT] = 1
    return store
