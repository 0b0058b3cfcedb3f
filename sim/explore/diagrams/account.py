"""What there is to say of a finished search: how many worlds each choice leaves, and what is wrong at rest."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from broadcast_orchestrator.sim.explore.diagrams.digit_classes import STILLNESS
from broadcast_orchestrator.sim.explore.diagrams.node_store import RESULTS
from broadcast_orchestrator.sim.explore.diagrams.set_search import SetSearch
from broadcast_orchestrator.sim.explore.fault_record import FaultRecord
from broadcast_orchestrator.sim.explore.loops.diagrams import (
    CHILD,
    END,
    FRAMES,
    FULL,
    IMAGE,
    LENGTH,
    NOTHING,
    START,
    Tally,
)
from broadcast_orchestrator.sim.explore.loops.native import UNKNOWN, Numbers
from broadcast_orchestrator.sim.explore.moves import SERVICE_LEVELS


def count_worlds(search: SetSearch) -> Numbers:
    """How many worlds have each control (a row) and record (a column)."""
    found, opened, store = Counter[tuple[int, int]](), search.space.opened, search.nodes.store
    for stance, record in np.argwhere(search.sets.reached).tolist():
        first, length, _ = store.nodes[search.sets.reached[stance, record]]
        edges = store.edges[first : first + length]
        for ledger, worlds in zip((edges >> 32).tolist(), search.nodes.weights(edges & CHILD).tolist(), strict=True):
            found[opened.control(stance, ledger), record] += worlds
    counts = np.zeros((len(search.numbers.controls.values), len(search.numbers.records.values)), dtype=np.int64)
    for cell, worlds in found.items():
        counts[cell] = worlds
    return counts


def count_taken(search: SetSearch) -> tuple[Numbers, int]:
    """How many worlds each choice leaves, and how many transitions are beyond the bounds."""
    groups = search.groups
    lengths = np.array([len(each) for each in groups.lists])
    starts, items = np.append(0, np.cumsum(lengths)), np.array([item for each in groups.lists for item in each])
    taken, beyond = np.zeros(len(search.choices.table.choices), dtype=np.int64), np.zeros(1, dtype=np.int64)
    pairs, digits = np.argwhere(search.sets.reached), search.marks.digits.shape[1]
    waiting, order = np.zeros(2 * len(items), dtype=np.int64), np.zeros(len(items), dtype=np.int64)
    done = 0
    while True:
        counts = Tally(
            parts=groups.parts,
            starts=starts,
            items=items,
            taken=taken,
            beyond=beyond,
            ways=np.zeros((len(search.nodes.store.nodes), 2), dtype=np.int64),
            digits=np.zeros((digits, 4), dtype=np.int64),
            found=np.zeros(digits, dtype=np.int64),
            cache=np.full((RESULTS, 3), UNKNOWN, dtype=np.int64),
            frames=np.zeros((FRAMES, 5), dtype=np.int64),
            waiting=waiting,
            order=order,
        )
        done = search.code.tally(*search.at_hand(), counts, pairs, done, search.wanted, search.state)
        if done == len(pairs):
            return taken, int(beyond[0])
        search.make_room()


def wrong_at_rest(search: SetSearch) -> Iterator[tuple[Any, FaultRecord]]:
    """What is wrong in worlds in which nothing is under way or on its way, beside the record of faults behind it."""
    numbers = search.numbers
    still = [
        each.of(np.arange(len(locals_.values))) for each, locals_ in zip(numbers.still, numbers.locals, strict=True)
    ]
    for level, each in zip(SERVICE_LEVELS, still, strict=True):
        search.groups.classes.mark(level, STILLNESS, each)
    chain = search.groups.keeping(SERVICE_LEVELS, STILLNESS, 1)
    for stance, record in np.argwhere(search.sets.reached).tolist():
        if search.groups.calm[stance]:
            for ledger, *digits in list(members(search, quiet_among(search, stance, record, chain))):
                control = search.space.opened.control(stance, ledger)
                world, observer = numbers.assembled(control, record, digits)
                for violation in search.space.judge.quiet(observer, world):
                    yield violation, numbers.records.values[record]


def quiet_among(search: SetSearch, stance: int, record: int, chain: int) -> int:
    """The worlds of this stance and record that the chain lets pass."""
    while True:
        store, rules, *_ = search.at_hand()
        worlds = int(search.sets.reached[stance, record])
        quiet = int(search.code.evaluate(store, rules, IMAGE, worlds, chain, search.wanted, search.state))
        if quiet != FULL:
            return quiet
        search.make_room()


def members(search: SetSearch, node: int) -> Iterator[tuple[int, ...]]:
    """The digits of each world of a set, from level 0 on."""
    if node == END:
        yield ()
    elif node != NOTHING:
        nodes, edges = search.nodes.store.nodes, search.nodes.store.edges
        first = nodes[node, START]
        for edge in edges[first : first + nodes[node, LENGTH]].tolist():
            for rest in members(search, edge & CHILD):
                yield edge >> 32, *rest
