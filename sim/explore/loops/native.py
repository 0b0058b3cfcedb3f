"""The inner loops of a search: each does what is done elsewhere over arrays, for one world after the other.

They are written for a compiler (`chosen`): as Python they would be slow. Whatever they go by is in this file, the
constants too, since what was compiled is kept on disk until this file changes.
"""

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Cells = npt.NDArray[np.int32]

UNKNOWN = -1
"""What a cell says that has not been filled."""

IMPOSSIBLE, BEYOND = -2, -3
"""What a cell says instead of a number: the choice does not apply; or it leads outside the bounds."""

SAME = -1
"""In place of a target: the control stays as it is."""

TARGET, FAULT, PROGRAMS = range(3)
"""What the columns of outcomes say; each service has its programs in one of its own, from `PROGRAMS` on."""


def look_up(cells: Cells, rows: Numbers, columns: Numbers) -> tuple[Numbers, Numbers]:
    """What the cells of these rows and columns say, and for which of them there is none yet, or none filled."""
    found, missing = np.empty(len(rows), dtype=np.int64), np.empty(len(rows), dtype=np.int64)
    missed = 0
    for at in range(len(rows)):
        row, column = rows[at], columns[at]
        said = np.int64(UNKNOWN)
        if row < cells.shape[0] and column < cells.shape[1]:
            said = np.int64(cells[row, column])
        found[at] = said
        if said == UNKNOWN:
            missing[missed] = at
            missed += 1
    return found, missing[:missed].copy()


def length_of(lists: Numbers, starts: Numbers) -> int:
    """How many items these lists have together."""
    total = 0
    for number in lists:
        total += starts[number + 1] - starts[number]
    return total


def follow(  # noqa: C901 - to hand an array on takes longer than all that is done with it here
    which: Numbers,
    lists: Numbers,
    starts: Numbers,
    items: Numbers,
    every: bool,
    parts: Numbers,
    outcomes: Numbers,
    spend: Cells,
    moves: Cells,
    ledgers: Numbers,
    written: Cells,
    controls: Cells,
    pairs: Cells,
    top: Cells,
    shifts: Numbers,
    room: Numbers,
) -> tuple[int, int, Numbers, Numbers]:
    """Go the ways from the worlds `which`, each of which has a list of choices (items from where it starts on).

    `parts` are all worlds, each a row of its services' digits, its record and its control; `outcomes` are the choices,
    each a row, and `ledgers` those of controls; `spend`, `moves` (a layer a service), `written` (by program and
    ledger), `controls` (by stance and ledger), `pairs` (a layer for each two services) and `top` are the tables in
    which things are looked up, in this order, and a key has its pairs at the bits `shifts`.

    The first answer is how many ways there are in the `room` then: of each the key of the world to which it leads, its
    world, and its choice. A way that leads nowhere is among them only if `every` way is to be. Then, how many lead
    beyond the bounds. A way that meets a cell which is not filled has `UNKNOWN` for its key; the last answers are these
    ways, and of each the table, the row and the column.
    """
    services, last = len(moves), len(pairs)
    following = np.empty(services + 2, dtype=np.int64)
    missing, cells = np.empty(room.shape[1], dtype=np.int64), np.empty((room.shape[1], 3), dtype=np.int64)
    count = beyond = missed = 0
    for index in range(len(which)):
        world = which[index]
        for item in range(starts[lists[index]], starts[lists[index] + 1]):
            choice = items[item]
            table, said, key = 0, np.int64(0), np.int64(0)
            row, column = outcomes[choice, FAULT], parts[world, services]
            following[services] = column
            if row:
                said = np.int64(UNKNOWN)
                if row < spend.shape[0] and column < spend.shape[1]:
                    said = np.int64(spend[row, column])
                following[services] = said
            for at in range(services):
                if said < 0:
                    break
                row, column = outcomes[choice, PROGRAMS + at], parts[world, at]
                following[at] = column
                if row:
                    table, said = 1 + at, np.int64(UNKNOWN)
                    if row < moves.shape[1] and column < moves.shape[2]:
                        said = np.int64(moves[at, row, column])
                    following[at] = said
            following[services + 1] = parts[world, services + 1]
            if outcomes[choice, TARGET] != SAME and said >= 0:
                row, column = outcomes[choice, PROGRAMS + services], ledgers[parts[world, services + 1]]
                if row:
                    table, said = 1 + services, np.int64(UNKNOWN)
                    if row < written.shape[0] and column < written.shape[1]:
                        said = np.int64(written[row, column])
                if said >= 0:
                    column = said if row else column
                    row = outcomes[choice, TARGET]
                    table, said = 2 + services, np.int64(UNKNOWN)
                    if row < controls.shape[0] and column < controls.shape[1]:
                        said = np.int64(controls[row, column])
                    following[services + 1] = said
            for at in range(last + 1):
                if said < 0:
                    break
                table, said = 3 + services + at, np.int64(UNKNOWN)
                if at == last:
                    row, column = following[services], following[services + 1]
                    if row < top.shape[0] and column < top.shape[1]:
                        said = np.int64(top[row, column])
                else:
                    row = following[2 * at]
                    column = following[2 * at + 1] if 2 * at + 1 < services else np.int64(0)
                    if row < pairs.shape[1] and column < pairs.shape[2]:
                        said = np.int64(pairs[at, row, column])
                key |= said << shifts[at]
            if said == BEYOND:
                beyond += 1
            if said == UNKNOWN:
                missing[missed] = count
                cells[missed, 0], cells[missed, 1], cells[missed, 2] = table, row, column
                missed += 1
            if said >= 0 or said == UNKNOWN or every:
                room[0, count], room[1, count], room[2, count] = key if said >= 0 else said, world, choice
                count += 1
    return count, beyond, missing[:missed].copy(), cells[:missed].copy()


def insert(table: Numbers, keys: Numbers) -> Numbers:
    """Put the keys into a hash table, whose length is a power of two and whose empty places are `UNKNOWN`; those that
    were not there before."""
    new, mask = np.empty(len(keys), dtype=np.int64), len(table) - 1
    count = 0
    for key in keys:
        mixed = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
        at = np.int64((mixed ^ (mixed >> np.uint64(32))) & np.uint64(mask))
        while table[at] not in (UNKNOWN, key):
            at = (at + 1) & mask
        if table[at] == UNKNOWN:
            table[at] = key
            new[count] = key
            count += 1
    return new[:count].copy()
