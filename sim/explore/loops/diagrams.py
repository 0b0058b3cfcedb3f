"""The inner loops of a search over sets of worlds: decision diagrams, and what a group of choices makes of them.

A set of worlds that share their stance and their record is a diagram: a node has an edge for each digit of its service
that occurs, which leads to the node of what the other services may be beside it. Equal sets are one node (multi-valued
decision diagrams, reduced). Node `NOTHING` is the empty set, node `END` what is below the last service. The services
lie in their order, below what is written in the ledger (`compiling.ledger`), which is on top at level 0.

Written for a compiler (`chosen`), which keeps no functions on disk that call themselves: so what an operation has to
find out first is a frame on a stack. No array is made here, so that none has to be counted: whatever is needed is
handed in.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Cells = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

UNKNOWN, BEYOND, SAME = -1, -3, -1
"""As in `native`, and here again, since what was compiled is kept on disk until this file changes."""

NOTHING, END = 0, 1

CHILD = (1 << 32) - 1
"""The bits of an edge that say where it leads; above them is its digit."""

# The columns of nodes: where their edges begin, how many they are, how many worlds the set has.
START, LENGTH, WEIGHT = range(3)

# The columns of chains: what one group of choices does to services, the first one's part first. Chain 0 does nothing.
LEVEL, PROGRAM, RELATION, NEXT = range(4)

# The columns of relations: where their entries begin, how many they are, by which row of classes they go, and how many
# entries a class has at most.
FIRST, COUNT, ROW, MOST = range(4)

# The columns of groups of choices: what they do to services, and where they lead; which group is the next.
CHAIN, TARGET, FAULT, VIOLATES, FOLLOWING = range(5)


def machine_numbers(count: int) -> Any:
    """The first so many numbers, as those of the machine: for each constant of Python that a loop is handed, the
    compiler makes another loop."""
    return np.arange(count)


# Operations: what is in one set or the other; what is in one but not in the other; what a chain makes of a set.
UNION, MINUS, IMAGE = machine_numbers(3)

# The columns of frames.
OPERATION, LEFT, RIGHT, AT, STOP, OTHER, LAST, BASE, TOP, LAYER, MERGES, HOLE = range(12)

FRAMES, FRAME = 64, 12
"""How many operations may wait for another, and how many columns each has: two for each service are enough."""

# What an operation says instead of a node: there is no room; a table has a cell that is not filled; it waits.
FULL, INCOMPLETE, WAITS = -1, -2, -3

# What is wanted of whoever fills tables: choices that the core is told of, or not; those of an ample set; those of no
# service; what a program makes of a digit, and a fault of a record.
TOLD, UNTOLD, AMPLE, CENTRAL, MOVE, SPEND = machine_numbers(6)

NONE, ANY = -machine_numbers(2)
"""No level, no digit, no chain, nothing yet; any level."""

LEDGER = NONE
"""The level of the ledger, which is no service: the one on top."""

ENOUGH = 2000
"""How many cells are wanted before the tables are filled: what leads to a stance should be complete before it is gone
on from, but to ask for each cell by itself takes longer."""

# Why a search returns: nothing is left to do; there is no room; cells are wanted; something is violated.
DONE, NO_ROOM, WANTED, VIOLATED = range(4)

# What a search has under its hands: the stance, the record, the worlds; how many cells are wanted, and how many groups
# of choices are held up by them.
STANCE, RECORD, WORLDS, WANTS, HELD = range(5)

# The columns of what is held up: a group of choices, and the worlds that it has to be followed from.
ITS_STANCE, ITS_RECORD, ITS_WORLDS, GROUP = range(4)


class Store(NamedTuple):
    """The nodes, and how many of them and of edges there are (`size`); `places` finds a node by its edges, `cache` has
    results of operations, `frames` and `room` what operations wait for and put together."""

    nodes: Numbers
    edges: Numbers
    size: Numbers
    places: Numbers
    cache: Numbers
    frames: Numbers
    room: Numbers


class Rules(NamedTuple):
    """What choices do to services: `chains` of programs and of relations; the `entries` of these, each a class of
    digits and a program for it; the `classes` by level, row and digit; and what programs make of digits (`moves`, a
    layer a service)."""

    chains: Numbers
    relations: Numbers
    entries: Numbers
    classes: Cells
    moves: Cells


def mixed(key: np.uint64) -> np.uint64:
    """A number that looks like no other's."""
    key *= np.uint64(0x9E3779B97F4A7C15)
    return key ^ (key >> np.uint64(32))


def moved(rules: Rules, level: int, program: int, digit: int) -> int:
    """What a program makes of the digit of the service at this level."""
    if program == 0:
        return digit
    if program < rules.moves.shape[1] and digit < rules.moves.shape[2]:
        return int(NONE + rules.moves[level, program, digit])
    return int(NONE + UNKNOWN)


def entry_of(entries: Numbers, wanted: int, first: int, last: int) -> int:
    """Where, from `first` to `last`, the entries of a class of digits begin, or would."""
    while first < last:
        middle = (first + last) // 2
        if entries[middle] >> 32 < wanted:
            first = middle + 1
        else:
            last = middle
    return int(first)


def node_of(store: Store, base: int, top: int) -> int:
    """The node with the edges that lie in the room from `base` to `top`; FULL where there is no room for it."""
    nodes, edges, room, places = store.nodes, store.edges, store.room, store.places
    length = top - base
    if length == 0:
        return NOTHING
    key = np.uint64(length)
    for at in range(base, top):
        key = mixed(key ^ np.uint64(room[at]))
    mask = np.uint64(len(places) - 1)
    place = key & mask
    while places[place] != NOTHING:
        node = places[place]
        if nodes[node, LENGTH] == length:
            start, same = nodes[node, START], True
            for at in range(length):
                if edges[start + at] != room[base + at]:
                    same = False
                    break
            if same:
                return int(node)
        place = (place + np.uint64(1)) & mask
    node, start = store.size[0], store.size[1]
    if node >= len(nodes) or start + length > len(edges):
        return FULL
    weight = 0
    for at in range(length):
        edge = room[base + at]
        edges[start + at] = edge
        weight += nodes[edge & CHILD, WEIGHT]
    nodes[node, START], nodes[node, LENGTH], nodes[node, WEIGHT] = start, length, weight
    store.size[0], store.size[1] = node + 1, start + length
    places[place] = node
    return int(node)


def key_of(operation: int, left: int, right: int) -> int:
    """By what the cache knows an operation."""
    return operation << 60 | left << 30 | right


LEAST = (1 << 30) - 1
"""The bits of one operand in a key."""


def known(cache: Numbers, operation: int, left: int, right: int) -> int:
    """The result of an operation where it is plain or remembered; UNKNOWN where it is not."""
    if operation == IMAGE:
        if left == NOTHING or right == 0:
            return left
    elif operation == UNION:
        if left == right or right == NOTHING:
            return left
        if left == NOTHING:
            return right
        if left > right:
            left, right = right, left
    else:
        if left in (NOTHING, right):
            return NOTHING
        if right == NOTHING:
            return left
    key = key_of(operation, left, right)
    place = mixed(np.uint64(key)) & np.uint64(len(cache) - 1)
    return int(cache[place, 1]) if cache[place, 0] == key else UNKNOWN


def remember(store: Store, operation: int, left: int, right: int, result: int) -> None:
    """Put a result into the cache."""
    if operation == UNION and left > right:
        left, right = right, left
    key = key_of(operation, left, right)
    place = mixed(np.uint64(key)) & np.uint64(len(store.cache) - 1)
    store.cache[place, 0], store.cache[place, 1] = key, result


def begin(store: Store, rules: Rules, depth: int, operation: int, left: int, right: int, base: int, layer: int) -> bool:
    """Open a frame for an operation that is not known; whether there is room for it."""
    nodes, frame = store.nodes, store.frames[depth]
    if operation == UNION and left > right:
        left, right = right, left
    frame[OPERATION], frame[LEFT], frame[RIGHT], frame[LAYER] = operation, left, right, layer
    frame[AT], frame[STOP] = nodes[left, START], nodes[left, START] + nodes[left, LENGTH]
    frame[BASE], frame[TOP], frame[MERGES], frame[HOLE] = base, base, 0, 0
    most = nodes[left, LENGTH]
    if operation != IMAGE:
        frame[OTHER], frame[LAST] = nodes[right, START], nodes[right, START] + nodes[right, LENGTH]
        most += nodes[right, LENGTH]
    elif rules.chains[right, LEVEL] == layer and rules.chains[right, RELATION] >= 0:
        relation = rules.chains[right, RELATION]
        frame[OTHER] = rules.relations[relation, FIRST]
        frame[LAST] = frame[OTHER] + rules.relations[relation, COUNT]
        most *= rules.relations[relation, MOST]
    return bool(base + most + 1 < len(store.room))


def merge(store: Store, rules: Rules, depth: int, result: int) -> int:
    """Go on with a union or a difference; `result` is what it has waited for, if it has."""
    edges, room, cache, frame = store.edges, store.room, store.cache, store.frames[depth]
    operation, at, stop, other, last, top = (
        frame[OPERATION], frame[AT], frame[STOP], frame[OTHER], frame[LAST], frame[TOP],
    )  # fmt: skip
    while at < stop or (operation == UNION and other < last):
        mine = edges[at] >> 32 if at < stop else CHILD
        its = edges[other] >> 32 if other < last else CHILD
        if mine < its:
            room[top] = edges[at]
            at, top = at + 1, top + 1
        elif its < mine:
            if operation == UNION:
                room[top] = edges[other]
                top += 1
            other += 1
        else:
            left, right = edges[at] & CHILD, edges[other] & CHILD
            if result < 0:
                result = known(cache, operation, left, right)
            if result < 0:
                frame[AT], frame[OTHER], frame[TOP] = at, other, top
                return WAITS if begin(store, rules, depth + 1, operation, left, right, top, NONE) else FULL
            if result != NOTHING:
                room[top] = mine << 32 | result
                top += 1
            at, other, result = at + 1, other + 1, UNKNOWN
    return node_of(store, frame[BASE], top)


def image(  # noqa: C901 - to hand arrays on takes longer than all that is done with them here
    store: Store, rules: Rules, depth: int, result: int, wanted: Numbers, state: Numbers
) -> int:
    """Go on with an image; `result` is what it has waited for, if it has."""
    edges, room, cache, frame = store.edges, store.room, store.cache, store.frames[depth]
    chain, layer, base = frame[RIGHT], frame[LAYER], frame[BASE]
    apart = rules.chains[chain, LEVEL] > layer
    rest = chain if apart else rules.chains[chain, NEXT]
    relation, program = rules.chains[chain, RELATION], rules.chains[chain, PROGRAM]
    if frame[MERGES] == 0:
        at, stop, other, last, top = frame[AT], frame[STOP], frame[OTHER], frame[LAST], frame[TOP]
        while at < stop:
            digit, child, entry, its = edges[at] >> 32, edges[at] & CHILD, last, NONE
            said = digit
            if not apart and relation >= 0:
                its = rules.classes[layer, rules.relations[relation, ROW], digit]
                entry = entry_of(rules.entries, its, other, last)
                if entry == last or rules.entries[entry] >> 32 != its:
                    at += 1
                    continue
            elif not apart:
                said = moved(rules, layer, program, digit)
                if said < 0:
                    if said == UNKNOWN:
                        frame[HOLE] = 1
                        want(wanted, state, MOVE, layer, program, digit)
                    at += 1
                    continue
            if result < 0:
                result = known(cache, IMAGE, child, rest)
            if result < 0:
                frame[AT], frame[TOP] = at, top
                return WAITS if begin(store, rules, depth + 1, IMAGE, child, rest, top, layer + 1) else FULL
            if result == NOTHING:
                pass
            elif apart or relation < 0:
                room[top] = said << 32 | result
                top += 1
            else:
                while True:
                    leads = rules.entries[entry] & CHILD
                    said = moved(rules, layer, leads, digit)
                    if said >= 0:
                        room[top] = said << 32 | result
                        top += 1
                    elif said == UNKNOWN:
                        frame[HOLE] = 1
                        want(wanted, state, MOVE, layer, leads, digit)
                    entry += 1
                    if entry >= last or rules.entries[entry] >> 32 != its:
                        break
            at, result = at + 1, UNKNOWN
        if apart:
            return node_of(store, base, top)
        in_order(room, base, top)
        frame[MERGES], frame[AT], frame[STOP], frame[TOP] = 1, base, top, base
    at, stop, top = frame[AT], frame[STOP], frame[TOP]
    while at < stop:
        edge = room[at]
        if top > base and room[top - 1] >> 32 == edge >> 32:
            if result < 0:
                result = known(cache, UNION, room[top - 1] & CHILD, edge & CHILD)
            if result < 0:
                frame[AT], frame[TOP] = at, top
                left, right = room[top - 1] & CHILD, edge & CHILD
                return WAITS if begin(store, rules, depth + 1, UNION, left, right, stop, NONE) else FULL
            room[top - 1] = edge >> 32 << 32 | result
            result = UNKNOWN
        else:
            room[top] = edge
            top += 1
        at += 1
    return node_of(store, base, top)


def in_order(room: Numbers, base: int, top: int) -> None:
    """Sort what lies there, in place: mostly it is little, and almost in order."""
    gap = 1
    while gap < (top - base) // 9:
        gap = 3 * gap + 1
    while gap > 0:
        for at in range(base + gap, top):
            edge, place = room[at], at
            while place >= base + gap and room[place - gap] > edge:
                room[place] = room[place - gap]
                place -= gap
            room[place] = edge
        gap //= 3


def want(wanted: Numbers, state: Numbers, what: int, row: int, level: int, digit: int) -> None:
    """Note that a cell is wanted; where too many are, the rest is asked for again later."""
    at = state[WANTS]
    if at < len(wanted):
        wanted[at, 0], wanted[at, 1], wanted[at, 2], wanted[at, 3] = what, row, level, digit
        state[WANTS] = at + 1


def evaluate(store: Store, rules: Rules, operation: int, left: int, right: int, wanted: Numbers, state: Numbers) -> int:
    """The node that an operation gives; FULL where there is no room for it, INCOMPLETE where cells are wanted first."""
    result = known(store.cache, operation, left, right)
    if result >= 0:
        return result
    depth = NONE
    if not begin(store, rules, depth, operation, left, right, NONE, NONE):
        return FULL
    while True:
        frame = store.frames[depth]
        if frame[OPERATION] == IMAGE:
            result = image(store, rules, depth, result, wanted, state)
        else:
            result = merge(store, rules, depth, result)
        if result == FULL:
            return FULL
        if result == WAITS:
            depth, result = depth + 1, UNKNOWN
            continue
        if frame[HOLE] == 0:
            remember(store, frame[OPERATION], frame[LEFT], frame[RIGHT], result)
        if depth == 0:
            return INCOMPLETE if frame[HOLE] else result
        depth -= 1
        store.frames[depth, HOLE] |= frame[HOLE]


def is_kept(numbers: Numbers, node: int) -> bool:
    """Whether the node is among those that have a new number."""
    return bool(node <= END or numbers[node] > END)


def collect(old: Store, new: Store, numbers: Numbers) -> None:
    """Copy the nodes that are marked in `numbers` (by 1), with all below them; then it has the new number of each."""
    for node in range(old.size[0] - 1, END, -1):
        if numbers[node]:
            for at in range(old.nodes[node, START], old.nodes[node, START] + old.nodes[node, LENGTH]):
                numbers[old.edges[at] & CHILD] = 1
    numbers[NOTHING], numbers[END] = NOTHING, END
    for node in range(END + 1, old.size[0]):
        if numbers[node]:
            top = 0
            for at in range(old.nodes[node, START], old.nodes[node, START] + old.nodes[node, LENGTH]):
                new.room[top] = old.edges[at] >> 32 << 32 | numbers[old.edges[at] & CHILD]
                top += 1
            numbers[node] = node_of(new, NONE, NONE + top)


def collect_results(old: Store, new: Store, numbers: Numbers) -> None:
    """Keep what is remembered of nodes that have new `numbers`."""
    for at in range(len(old.cache)):
        key = old.cache[at, 0]
        operation, left, right, result = key >> 60, key >> 30 & LEAST, key & LEAST, old.cache[at, 1]
        if key == UNKNOWN or not (is_kept(numbers, left) and is_kept(numbers, result)):
            continue
        if operation == IMAGE:
            remember(new, operation, numbers[left], right, numbers[result])
        elif is_kept(numbers, right):
            remember(new, operation, numbers[left], numbers[right], numbers[result])


# -- The search -----------------------------------------------------------------------------------


class Choices(NamedTuple):
    """Groups of choices, as lists: `heads` has the first group of each stance, in its first column that of all its
    worlds, in the others those of the ample sets at each level; `unheard` has that of each place, and `places` the
    place of each stance. `opened` has each cell whose choices are among them, and the number of their list; `spend`
    says what faults make of records. Worlds whose record is `settled` are searched by ample sets: by level, chain
    `ample` keeps those that have one there, chain `tame` those that have none."""

    groups: Numbers
    heads: Numbers
    unheard: Numbers
    places: Numbers
    opened: Numbers
    spend: Cells
    settled: Flags
    ample: Numbers
    tame: Numbers


class Marks(NamedTuple):
    """What was looked at, by the number of the look (in `look`): nodes, and digits and their classes at each level; a
    queue of nodes. And of the worlds that are at hand, those that have an `ample` set at each level."""

    look: Numbers
    nodes: Numbers
    digits: Numbers
    classes: Numbers
    queue: Numbers
    ample: Numbers


class Sets(NamedTuple):
    """By stance and record, the worlds that were reached, those among them whose successors are not known, and whether
    these have to wait until cells are filled; groups of choices that are held up until then, one by one."""

    reached: Numbers
    todo: Numbers
    waiting: Flags
    held: Numbers


MOST_CLASSES = 1 << 20
"""More classes of digits have no room in the number of a cell."""


def cell_of(what: int, row: int, level: int, offer: int, levels: int) -> int:
    """By what `opened` knows a cell: a list of choices beside a stance (or place), for what is on offer at a level."""
    return ((row * 4 + what) * levels + level) << 20 | offer


def list_of(opened: Numbers, cell: int) -> int:
    """The number of the list of the cell's choices; UNKNOWN where it was not opened."""
    mask = np.uint64(len(opened) - 1)
    place = mixed(np.uint64(cell)) & mask
    while opened[place, 0] != UNKNOWN:
        if opened[place, 0] == cell:
            return int(opened[place, 1])
        place = (place + np.uint64(1)) & mask
    return UNKNOWN


def put_lists(opened: Numbers, cells: Numbers) -> None:
    """Remember the numbers of the lists of these cells, none of which is known."""
    mask = np.uint64(len(opened) - 1)
    for at in range(len(cells)):
        place = mixed(np.uint64(cells[at, 0])) & mask
        while opened[place, 0] != UNKNOWN:
            place = (place + np.uint64(1)) & mask
        opened[place, 0], opened[place, 1] = cells[at, 0], cells[at, 1]


def is_open(choices: Choices, what: int, row: int, level: int, offer: int) -> bool:
    """Whether the choices of what is on offer are known."""
    return bool(offer != UNKNOWN and list_of(choices.opened, cell_of(what, row, level, offer, len(choices.ample))) >= 0)


def is_new(marks: Marks, level: int, digit: int, offer: int) -> bool:
    """Whether neither this digit, nor another with the same on offer, was looked at; it was from now on."""
    look = marks.look[0]
    if marks.digits[level, digit] == look:
        return False
    marks.digits[level, digit] = look
    if offer != UNKNOWN:
        if marks.classes[level, offer] == look:
            return False
        marks.classes[level, offer] = look
    return True


def is_missing(
    rules: Rules,
    choices: Choices,
    marks: Marks,
    stance: int,
    level: int,
    digit: int,
    only: int,
    wanted: Numbers,
    state: Numbers,
) -> bool:
    """Whether there are choices of this digit, or beside this ledger, that are not known; they are wanted then."""
    if level == LEDGER:
        if is_open(choices, CENTRAL, stance, level, digit):
            return False
        want(wanted, state, CENTRAL, stance, level, digit)
        return True
    place = choices.places[stance]
    offer = rules.classes[level, place, digit]
    if only not in (ANY, level) or not is_new(marks, level, digit, offer):
        return False
    told, missing = TOLD if only < 0 else AMPLE, False
    if not is_open(choices, told, stance, level, offer):
        want(wanted, state, told, stance, level, digit)
        missing = True
    if only < 0 and not is_open(choices, UNTOLD, place, level, offer):
        want(wanted, state, UNTOLD, place, level, digit)
        missing = True
    return missing


def choices_missing(
    store: Store,
    rules: Rules,
    choices: Choices,
    marks: Marks,
    stance: int,
    worlds: int,
    only: int,
    wanted: Numbers,
    state: Numbers,
) -> bool:
    """Whether there are choices of these worlds that are not known: of the ample sets at `only` this level, or all of
    them where it is negative. They are wanted then."""
    marks.look[0] += 1
    look, missing = marks.look[0], False
    marks.queue[0] = worlds
    first, end = 0, 1
    for level in range(len(choices.ample) if only < 0 else only + 1):
        stop = end
        for at in range(first, stop):
            node = marks.queue[at]
            start = store.nodes[node, START]
            for edge in range(start, start + store.nodes[node, LENGTH]):
                digit, child = store.edges[edge] >> 32, store.edges[edge] & CHILD
                missing |= is_missing(rules, choices, marks, stance, level, digit, only, wanted, state)
                if child > END and marks.nodes[child] != look:
                    marks.nodes[child] = look
                    marks.queue[end] = child
                    end += 1
        first = stop
    return missing


def lead(
    store: Store, rules: Rules, choices: Choices, sets: Sets, group: int, worlds: int, wanted: Numbers, state: Numbers
) -> int:
    """Reach what a group of choices leads to from these worlds of the stance and the record that are at hand."""
    stance, record = state[STANCE], state[RECORD]
    fault, target = choices.groups[group, FAULT], choices.groups[group, TARGET]
    if fault:
        said = UNKNOWN
        if fault < choices.spend.shape[0] and record < choices.spend.shape[1]:
            said = choices.spend[fault, record]
        if said == UNKNOWN:
            want(wanted, state, SPEND, fault, NONE, record)
            return INCOMPLETE
        if said < 0:
            return DONE
        record = np.int64(said)
    if target != SAME:
        stance = target
    after = evaluate(store, rules, IMAGE, worlds, choices.groups[group, CHAIN], wanted, state)
    if after <= NOTHING:
        return DONE if after == NOTHING else after
    if choices.groups[group, VIOLATES]:
        return VIOLATED
    reached, todo = sets.reached[stance, record], sets.todo[stance, record]
    after = evaluate(store, rules, MINUS, after, reached, wanted, state)
    if after <= NOTHING:
        return DONE if after == NOTHING else after
    reached = evaluate(store, rules, UNION, reached, after, wanted, state)
    todo = evaluate(store, rules, UNION, todo, after, wanted, state)
    if reached < 0 or todo < 0:
        return FULL
    sets.reached[stance, record], sets.todo[stance, record] = reached, todo
    return DONE


def lead_all(
    store: Store, rules: Rules, choices: Choices, sets: Sets, first: int, worlds: int, wanted: Numbers, state: Numbers
) -> int:
    """The same for a list of groups. One for which cells are wanted is held up."""
    group = first
    while group != UNKNOWN:
        answer = lead(store, rules, choices, sets, group, worlds, wanted, state)
        if answer == INCOMPLETE:
            if state[HELD] == len(sets.held):
                return FULL
            held = sets.held[state[HELD]]
            held[ITS_STANCE], held[ITS_RECORD], held[ITS_WORLDS], held[GROUP] = (
                state[STANCE], state[RECORD], worlds, group,
            )  # fmt: skip
            state[HELD] += 1
        elif answer != DONE:
            return answer
        group = choices.groups[group, FOLLOWING]
    return DONE


def let_wait(store: Store, rules: Rules, sets: Sets, worlds: int, wanted: Numbers, state: Numbers) -> int:
    """Leave these worlds of the stance and the record that are at hand for later."""
    here = state[STANCE], state[RECORD]
    todo = evaluate(store, rules, UNION, sets.todo[here], worlds, wanted, state)
    if todo == FULL:
        return FULL
    sets.todo[here], sets.waiting[here] = todo, True
    return DONE


def split(
    store: Store,
    rules: Rules,
    choices: Choices,
    marks: Marks,
    record: int,
    worlds: int,
    wanted: Numbers,
    state: Numbers,
) -> int:
    """Put aside, at each level, the worlds that have an ample set there, the first service first; those that have none,
    or FULL."""
    for level in range(LEDGER + 1, len(choices.ample)):
        marks.ample[level] = NOTHING
        if choices.settled[record]:
            marks.ample[level] = evaluate(store, rules, IMAGE, worlds, choices.ample[level], wanted, state)
        if marks.ample[level] != NOTHING:
            worlds = evaluate(store, rules, IMAGE, worlds, choices.tame[level], wanted, state)
        if marks.ample[level] < 0 or worlds < 0:
            return FULL
    return worlds


def expand_ample(
    store: Store, rules: Rules, choices: Choices, sets: Sets, marks: Marks, wanted: Numbers, state: Numbers
) -> int:
    """Reach what follows the worlds that were put aside; those that have choices which are not known have to wait."""
    stance = state[STANCE]
    for level in range(LEDGER + 1, len(choices.ample)):
        worlds, answer = marks.ample[level], DONE
        if worlds == NOTHING:
            continue
        if choices_missing(store, rules, choices, marks, stance, worlds, level, wanted, state):
            answer = let_wait(store, rules, sets, worlds, wanted, state)
        else:
            answer = lead_all(store, rules, choices, sets, choices.heads[stance, 1 + level], worlds, wanted, state)
        if answer != DONE:
            return answer
    return DONE


def expand_rest(
    store: Store,
    rules: Rules,
    choices: Choices,
    sets: Sets,
    marks: Marks,
    worlds: int,
    wanted: Numbers,
    state: Numbers,
) -> int:
    """Reach what follows worlds that have no ample set; those that have choices which are not known have to wait."""
    stance = state[STANCE]
    if choices_missing(store, rules, choices, marks, stance, worlds, ANY, wanted, state):
        return let_wait(store, rules, sets, worlds, wanted, state)
    answer = lead_all(store, rules, choices, sets, choices.heads[stance, 0], worlds, wanted, state)
    if answer != DONE:
        return answer
    return lead_all(store, rules, choices, sets, choices.unheard[choices.places[stance]], worlds, wanted, state)


def expand(
    store: Store, rules: Rules, choices: Choices, sets: Sets, marks: Marks, wanted: Numbers, state: Numbers
) -> int:
    """Reach what follows the worlds at hand, which are at hand no longer then, unless something is in the way."""
    rest = split(store, rules, choices, marks, state[RECORD], state[WORLDS], wanted, state)
    answer = FULL if rest == FULL else expand_ample(store, rules, choices, sets, marks, wanted, state)
    if answer == DONE and rest != NOTHING:
        answer = expand_rest(store, rules, choices, sets, marks, rest, wanted, state)
    if answer == DONE:
        state[WORLDS] = NOTHING
    return answer


def lead_held(store: Store, rules: Rules, choices: Choices, sets: Sets, wanted: Numbers, state: Numbers) -> int:
    """Go on with the groups that were held up."""
    while state[HELD]:
        held = sets.held[state[HELD] - 1]
        state[STANCE], state[RECORD] = held[ITS_STANCE], held[ITS_RECORD]
        answer = lead(store, rules, choices, sets, held[GROUP], held[ITS_WORLDS], wanted, state)
        if answer != DONE:
            return answer
        state[HELD] -= 1
    return DONE


def in_postorder(choices: Choices, stances: int, order: Numbers, stack: Numbers) -> None:
    """Write the stances in reverse postorder from the first on: so most of what leads to one comes before it. Those
    that nothing is known to lead to come last."""
    columns, depth, written = choices.heads.shape[1], 0, stances
    for stance in range(stances):
        stack[stance, 2] = 0
    stack[0, 0], stack[0, 1], stack[0, 3] = 0, 0, choices.heads[0, 0]
    stack[0, 2] = 1
    while depth >= 0:
        stance, column, group = stack[depth, 0], stack[depth, 1], stack[depth, 3]
        if group == UNKNOWN:
            if column + 1 < columns:
                stack[depth, 1], stack[depth, 3] = column + 1, choices.heads[stance, column + 1]
            else:
                written -= 1
                order[written] = stance
                depth -= 1
            continue
        stack[depth, 3] = choices.groups[group, FOLLOWING]
        target = choices.groups[group, TARGET]
        if target != SAME and stack[target, 2] == 0:
            stack[target, 2] = 1
            depth += 1
            stack[depth, 0], stack[depth, 1], stack[depth, 3] = target, 0, choices.heads[target, 0]
    for at in range(written, stances):
        order[at - written] = order[at]
    written = stances - written
    for stance in range(stances):
        if stack[stance, 2] == 0:
            order[written] = stance
            written += 1


def take_up(sets: Sets, stance: int, record: int, state: Numbers) -> bool:
    """Have worlds of the stance and the record at hand, where there are any that need not wait; whether there are.
    What is at hand from before comes first."""
    if state[WORLDS] != NOTHING:
        return True
    if sets.todo[stance, record] == NOTHING or sets.waiting[stance, record]:
        return False
    state[STANCE], state[RECORD], state[WORLDS] = stance, record, sets.todo[stance, record]
    sets.todo[stance, record] = NOTHING
    return True


def sweep(
    store: Store,
    rules: Rules,
    choices: Choices,
    sets: Sets,
    marks: Marks,
    order: Numbers,
    record: int,
    wanted: Numbers,
    state: Numbers,
) -> int:
    """Reach whatever follows worlds with this record, the stances in this order, again and again; until nothing is
    left to do, or something is in the way. What was at hand then, or held up, is taken up first."""
    answer, busy = DONE, True
    if state[WORLDS] == NOTHING:
        answer = lead_held(store, rules, choices, sets, wanted, state)
    while busy and answer == DONE:
        busy = False
        for stance in order:
            while answer == DONE and take_up(sets, stance, record, state):
                busy = True
                answer = expand(store, rules, choices, sets, marks, wanted, state)
            if answer != DONE or state[WANTS] > ENOUGH:
                break
        if state[WANTS] > ENOUGH:
            break
    if answer == FULL:
        return NO_ROOM
    return VIOLATED if answer == VIOLATED else WANTED if state[WANTS] else DONE


# -- How many worlds each choice leaves -------------------------------------------------------------

# The columns of parts of a choice: its program for its own service, what it does to the ledger and to the others (a
# chain), its fault.
OWN_PROGRAM, OTHERS, ITS_FAULT = range(3)

# The columns of counts at a node: ways to it that let a choice pass, and those on which the first that does not leads
# beyond the bounds. For a digit: worlds that pass above it and below; that pass above; of these, those held up below
# that are beyond; and those held up above that are.
PASS, OUTSIDE = range(2)
PASSED, PASSED_ABOVE, BELOW, ABOVE = range(4)


class Tally(NamedTuple):
    """What is counted: worlds by choice (`taken`), and in `beyond` how many more lead beyond the bounds. `parts` are
    those of choices, `starts` and `items` their lists; `ways` is by node, `digits` by digit, `found` are those digits
    that occur; `cache` and `frames` are for counting below a node, `waiting` and `order` for choices that do something
    to other services."""

    parts: Numbers
    starts: Numbers
    items: Numbers
    taken: Numbers
    beyond: Numbers
    ways: Numbers
    digits: Numbers
    found: Numbers
    cache: Numbers
    frames: Numbers
    waiting: Numbers
    order: Numbers


def wait_below(store: Store, frames: Numbers, depth: int, node: int, chain: int) -> None:
    """Begin to count below a node."""
    frames[depth, 0], frames[depth, 1], frames[depth, 2] = node, chain, store.nodes[node, START]
    frames[depth, 3], frames[depth, 4] = 0, 0


def counted_below(store: Store, counts: Tally, node: int, chain: int) -> tuple[int, int]:
    """What `passing` says where that is plain or remembered; UNKNOWN where it is not."""
    if chain == 0 or node == NOTHING:
        return store.nodes[node, WEIGHT], 0
    key = node << 30 | chain
    place = mixed(np.uint64(key)) & np.uint64(len(counts.cache) - 1)
    if counts.cache[place, 0] != key:
        return UNKNOWN, 0
    return counts.cache[place, 1], counts.cache[place, 2]


def passing(store: Store, rules: Rules, counts: Tally, node: int, chain: int, layer: int) -> tuple[int, int]:
    """How many of the worlds a chain lets pass, and for how many the first service that does not is beyond."""
    passed, beyond = counted_below(store, counts, node, chain)
    if passed != UNKNOWN:
        return passed, beyond
    frames, depth = counts.frames, NONE
    wait_below(store, frames, depth, node, chain)
    while True:
        node, chain = frames[depth, 0], frames[depth, 1]
        here = rules.chains[chain, LEVEL] == layer + depth
        rest, program = (rules.chains[chain, NEXT], rules.chains[chain, PROGRAM]) if here else (chain, NONE)
        stop, passed = store.nodes[node, START] + store.nodes[node, LENGTH], NONE
        while frames[depth, 2] < stop:
            edge = store.edges[frames[depth, 2]]
            passed, beyond = counted_below(store, counts, edge & CHILD, rest)
            if passed == UNKNOWN:
                break
            said = moved(rules, layer + depth, program, edge >> 32)
            if said >= 0:
                frames[depth, 3] += passed
                frames[depth, 4] += beyond
            elif said == BEYOND:
                frames[depth, 4] += store.nodes[edge & CHILD, WEIGHT]
            frames[depth, 2] += 1
        if passed == UNKNOWN:
            depth += 1
            wait_below(store, frames, depth, store.edges[frames[depth - 1, 2]] & CHILD, rest)
            continue
        key = node << 30 | chain
        place = mixed(np.uint64(key)) & np.uint64(len(counts.cache) - 1)
        counts.cache[place, 0], counts.cache[place, 1], counts.cache[place, 2] = key, frames[depth, 3], frames[depth, 4]
        if depth == 0:
            return frames[0, 3], frames[0, 4]
        depth -= 1


def count_digit(
    store: Store, rules: Rules, counts: Tally, marks: Marks, node: int, edge: int, chain: int, level: int, found: int
) -> int:
    """Count the worlds of an edge to its digit; how many digits were found until now."""
    digit = store.edges[edge] >> 32
    row = counts.digits[digit]
    if marks.digits[level, digit] != marks.look[0]:
        marks.digits[level, digit] = marks.look[0]
        row[PASSED], row[PASSED_ABOVE], row[BELOW], row[ABOVE] = 0, 0, 0, 0
        counts.found[found] = digit
        found += 1
    child = store.edges[edge] & CHILD
    passed, beyond = passing(store, rules, counts, child, chain, level + 1)
    row[PASSED] += counts.ways[node, PASS] * passed
    row[PASSED_ABOVE] += counts.ways[node, PASS] * store.nodes[child, WEIGHT]
    row[BELOW] += counts.ways[node, PASS] * beyond
    row[ABOVE] += counts.ways[node, OUTSIDE] * store.nodes[child, WEIGHT]
    return int(found)


def go_below(counts: Tally, marks: Marks, node: int, child: int, said: int, end: int) -> int:
    """Count the ways to a node as ways to what is below it, where a service says this; how many nodes wait then."""
    ways = counts.ways
    if marks.nodes[child] != marks.look[0]:
        marks.nodes[child] = marks.look[0]
        ways[child, PASS], ways[child, OUTSIDE] = 0, 0
        marks.queue[end] = child
        end += 1
    ways[child, OUTSIDE] += ways[node, OUTSIDE]
    if said >= 0:
        ways[child, PASS] += ways[node, PASS]
    elif said == BEYOND:
        ways[child, OUTSIDE] += ways[node, PASS]
    return end


def spread(store: Store, rules: Rules, counts: Tally, marks: Marks, worlds: int, chain: int, level: int) -> int:
    """Count, for each digit at this level, the worlds that a chain about the other services lets pass; how many digits
    there are: which, is in `found`."""
    marks.look[0] += 1
    marks.queue[0] = worlds
    counts.ways[worlds, PASS], counts.ways[worlds, OUTSIDE] = 1, 0
    first, end, found = 0, NONE + 1, NONE
    for layer in range(LEDGER + 1, level + 1):
        here, stop = rules.chains[chain, LEVEL] == layer, end
        program = rules.chains[chain, PROGRAM] if here else NONE
        for at in range(first, stop):
            node = marks.queue[at]
            for edge in range(store.nodes[node, START], store.nodes[node, START] + store.nodes[node, LENGTH]):
                if layer == level:
                    found = count_digit(store, rules, counts, marks, node, edge, chain, level, found)
                else:
                    said = moved(rules, layer, program, store.edges[edge] >> 32)
                    end = go_below(counts, marks, node, store.edges[edge] & CHILD, said, end)
        first, chain = stop, rules.chains[chain, NEXT] if here else chain
    return int(found)


def add(counts: Tally, rules: Rules, choice: int, level: int, digit: int) -> None:
    """Count the worlds with the digit that a choice leaves, once what the others let pass is known."""
    row, said = counts.digits[digit], moved(rules, level, counts.parts[choice, OWN_PROGRAM], digit)
    counts.beyond[0] += row[ABOVE]
    if said >= 0:
        counts.taken[choice] += row[PASSED]
        counts.beyond[0] += row[BELOW]
    elif said == BEYOND:
        counts.beyond[0] += row[PASSED_ABOVE]


def is_out(rules: Rules, choices: Choices, counts: Tally, choice: int, record: int, ledger: int) -> bool:
    """Whether the choice does not apply to the ledger, or the record has no room for its fault."""
    fault = counts.parts[choice, ITS_FAULT]
    if fault and choices.spend[fault, record] < 0:
        return True
    chain = counts.parts[choice, OTHERS]
    return bool(rules.chains[chain, LEVEL] == LEDGER and moved(rules, LEDGER, rules.chains[chain, PROGRAM], ledger) < 0)


def to_services(rules: Rules, chain: int) -> int:
    """What a chain does to services alone."""
    return int(rules.chains[chain, NEXT] if rules.chains[chain, LEVEL] == LEDGER else chain)


def tally_level(
    store: Store,
    rules: Rules,
    choices: Choices,
    counts: Tally,
    marks: Marks,
    what: int,
    row: int,
    level: int,
    record: int,
    ledger: int,
    worlds: int,
) -> None:
    """Count what leaves these worlds, beside one ledger, by the choices of one service."""
    levels, waiting, room = len(choices.ample), 0, counts.waiting
    for at in range(spread(store, rules, counts, marks, worlds, NONE, level)):
        digit = counts.found[at]
        offer = rules.classes[level, row if what == UNTOLD else choices.places[row], digit]
        number = list_of(choices.opened, cell_of(what, row, level, offer, levels))
        for item in range(counts.starts[number], counts.starts[number + 1]):
            choice = counts.items[item]
            if is_out(rules, choices, counts, choice, record, ledger):
                continue
            chain = to_services(rules, counts.parts[choice, OTHERS])
            if chain == 0:
                add(counts, rules, choice, level, digit)
            else:
                room[2 * waiting] = chain << 32 | waiting
                room[2 * waiting + 1] = choice << 32 | digit
                waiting += 1
    last = UNKNOWN
    for at in range(waiting):
        counts.order[at] = room[2 * at]
    in_order(counts.order, 0, waiting)
    for at in range(waiting):
        chain, entry = counts.order[at] >> 32, room[2 * (counts.order[at] & CHILD) + 1]
        if chain != last:
            spread(store, rules, counts, marks, worlds, chain, level)
            last = chain
        add(counts, rules, entry >> 32, level, entry & CHILD)


def tally_worlds(
    store: Store,
    rules: Rules,
    choices: Choices,
    counts: Tally,
    marks: Marks,
    stance: int,
    record: int,
    worlds: int,
    wanted: Numbers,
    state: Numbers,
) -> bool:
    """Count what leaves these worlds of one stance and one record; whether there was room to: if not, nothing was
    counted."""
    worlds = split(store, rules, choices, marks, record, worlds, wanted, state)
    if worlds == FULL:
        return False
    for level in range(LEDGER + 1, len(choices.ample)):
        ample = marks.ample[level]
        for edge in range(store.nodes[ample, START], store.nodes[ample, START] + store.nodes[ample, LENGTH]):
            ledger, child = store.edges[edge] >> 32, store.edges[edge] & CHILD
            tally_level(store, rules, choices, counts, marks, AMPLE, stance, level, record, ledger, child)
    for edge in range(store.nodes[worlds, START], store.nodes[worlds, START] + store.nodes[worlds, LENGTH]):
        ledger, child = store.edges[edge] >> 32, store.edges[edge] & CHILD
        tally_rest(store, rules, choices, counts, marks, stance, record, ledger, child)
    return True


def tally_rest(
    store: Store,
    rules: Rules,
    choices: Choices,
    counts: Tally,
    marks: Marks,
    stance: int,
    record: int,
    ledger: int,
    worlds: int,
) -> None:
    """Count what leaves worlds that have no ample set, beside one ledger."""
    levels = len(choices.ample)
    number = list_of(choices.opened, cell_of(CENTRAL, stance, LEDGER, ledger, levels))
    for item in range(counts.starts[number], counts.starts[number + 1]):
        choice = counts.items[item]
        if not is_out(rules, choices, counts, choice, record, ledger):
            chain = to_services(rules, counts.parts[choice, OTHERS])
            passed, beyond = passing(store, rules, counts, worlds, chain, LEDGER + 1)
            counts.taken[choice] += passed
            counts.beyond[0] += beyond
    for level in range(LEDGER + 1, levels):
        tally_level(store, rules, choices, counts, marks, TOLD, stance, level, record, ledger, worlds)
        place = choices.places[stance]
        tally_level(store, rules, choices, counts, marks, UNTOLD, place, level, record, ledger, worlds)


def tally(
    store: Store,
    rules: Rules,
    choices: Choices,
    sets: Sets,
    marks: Marks,
    counts: Tally,
    pairs: Numbers,
    first: int,
    wanted: Numbers,
    state: Numbers,
) -> int:
    """Count what leaves the worlds of each pair of a stance and a record, from this one on; how many are done: all, if
    there was room."""
    for at in range(first, len(pairs)):
        stance, record = pairs[at, 0], pairs[at, 1]
        worlds = sets.reached[stance, record]
        if not tally_worlds(store, rules, choices, counts, marks, stance, record, worlds, wanted, state):
            return at
    return len(pairs)
