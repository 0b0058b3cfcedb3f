"""The number of a world: one key, so that millions of worlds are a sorted array.

A world has parts: its control (the core without its views, and what the judge remembers), the record of its faults
(`FaultRecord`), and for each service its `ServiceState`. Each different part is kept once in a table (`Interned`) and
has its place there as its number. Parts that are neighbours are taken in pairs, since far fewer pairs occur than there
could be, and the pairs that do occur are numbered, too (`Pairs`). A key is made of the numbers of pairs, control and
record highest, the first services lowest. Numbers are given out as values are first met: a key means something only
beside the tables of its own search, and the same search gives the same keys.

No field of a key has a fixed width. A field that is full is a `FieldFull`; the search then makes it a bit wider and
writes its keys anew, which leaves their order as it is. Only when all fields together need more than 63 bits, or a
table has more values than anyone would wait for, is it a SearchTooLarge: never a key that means two worlds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.sim.explore.control import Control
from broadcast_orchestrator.sim.explore.fault_record import FaultRecord
from broadcast_orchestrator.sim.explore.lazy_tables import (
    Columns,
    Interned,
    Layers,
    NumberTable,
    SearchTooLarge,
    ValueFacts,
    bounded,
)
from broadcast_orchestrator.sim.explore.loops.native import Cells, Numbers
from broadcast_orchestrator.sim.explore.symmetry import canonical_world
from broadcast_orchestrator.sim.world.service_state import ServiceState, is_still
from broadcast_orchestrator.sim.world.world import World, assemble, local_of

Keys = npt.NDArray[np.int64]

KEY_BITS = 63
"""How many bits a key may have: numbers with a sign are quicker to work on."""

Value = TypeVar("Value")


class FieldFull(Exception):
    """A field of the key has no room for the next value of its table."""

    def __init__(self, field: int) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True)
class Layout:
    """Where the fields of a key lie: how many bits each has, the lowest first."""

    widths: tuple[int, ...]

    @cached_property
    def shifts(self) -> tuple[int, ...]:
        """At which bit each field begins."""
        return tuple(sum(self.widths[:at]) for at in range(len(self.widths)))

    @property
    def fields(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """At which bit each field begins, and how many each has."""
        return self.shifts, self.widths

    def wider(self, field: int) -> "Layout":
        """The same with one more bit for the field. Raises SearchTooLarge where a key has no more."""
        if sum(self.widths) == KEY_BITS:
            raise SearchTooLarge(f"a world's number needs more than {KEY_BITS} bits; narrow the scope or the bounds")
        return Layout((*self.widths[:field], self.widths[field] + 1, *self.widths[field + 1 :]))


class Pairs:
    """Pairs of numbers, by numbers of their own, in the order in which they are first met; they are in a `field` of the
    key, which has room for so many as its width in bits says."""

    def __init__(self, field: int, layers: Layers | None = None, layer: int = 0) -> None:
        self._field = field
        self._table = NumberTable(layers, layer)
        self._members = Columns(2)

    def numbers(self, left: Numbers, right: Numbers, width: int) -> Numbers:
        """The numbers of these pairs; pairs that are new are given one. Raises FieldFull."""
        found, missing = self._table.look_up(left, right)
        if len(missing):
            self.fill(left[missing], right[missing], width)
            found, _ = self._table.look_up(left, right)
        return found

    def fill(self, left: Numbers, right: Numbers, width: int) -> None:
        """Give numbers to these pairs, all of them new. Raises FieldFull."""
        pairs = np.unique(left << 32 | right)
        if len(self._members) + len(pairs) > 1 << width:
            raise FieldFull(self._field)
        for pair in pairs.tolist():
            self._table.put(pair >> 32, pair & (1 << 32) - 1, len(self._members))
            self._members.add((pair >> 32, pair & (1 << 32) - 1))

    def members(self, numbers: Numbers) -> tuple[Numbers, Numbers]:
        """The pairs of these numbers."""
        left, right = self._members.columns()
        return left[numbers], right[numbers]


@dataclass(frozen=True)
class Parts:
    """Worlds taken apart: of each its control, its fault record and, for each service, its digit, all by number."""

    controls: Numbers
    records: Numbers
    digits: list[Numbers]

    @cached_property
    def rows(self) -> Numbers:
        """The same as a row for each world: its digits, its record, its control."""
        return np.stack([*self.digits, self.records, self.controls], axis=1)


CONTROL, RECORD = -1, -2
"""The parts of a world that are no service, beside the places of the services."""


class WorldNumbers:
    """The worlds of one search by number: `controls`, `records` and, for each service, `locals` are what the parts
    stand for. `calm` tells of controls whether nothing is under way, `still` of local states whether nothing is on its
    way."""

    def __init__(self) -> None:
        services = range(len(SERVICES))
        self.controls: Interned[Control] = bounded("control states")
        self.records: Interned[FaultRecord] = bounded("fault records")
        self.locals: list[Interned[ServiceState]] = [bounded("local states") for _ in services]
        self._members = [*(tuple(services[at : at + 2]) for at in services[::2]), (RECORD, CONTROL)]
        top = len(self._members) - 1
        self._low, self._top = Layers(top), Layers()
        self._pairs = [Pairs(field, self._low, field) for field in range(top)]
        self._pairs.append(Pairs(top, self._top))
        self._layout = Layout((6,) * len(self._members))
        self.calm = ValueFacts(self.controls, lambda control: control.core.procedure is None)
        self.still = [ValueFacts(each, is_still) for each in self.locals]
        self._counts = ValueFacts(self.records, lambda record: record.total)

    # -- Keys and parts ---------------------------------------------------------------------------

    def parts(self, keys: Keys) -> "Parts":
        """The parts of these worlds by number."""
        digits = dict[int, Numbers]()
        for pairs, members, shift, width in zip(self._pairs, self._members, *self._layout.fields, strict=True):
            both = pairs.members((keys >> shift) & ((1 << width) - 1))
            digits |= dict(zip(members, both, strict=False))
        return Parts(digits.pop(CONTROL), digits.pop(RECORD), [digits[at] for at in range(len(SERVICES))])

    def keys(self, parts: "Parts") -> Keys:
        """The numbers of worlds with these parts. Raises FieldFull."""
        numbers = {CONTROL: parts.controls, RECORD: parts.records, **dict(enumerate(parts.digits))}
        keys: Keys = np.zeros(len(parts.controls), dtype=np.int64)
        for pairs, members, shift, width in zip(self._pairs, self._members, *self._layout.fields, strict=True):
            left, *right = (numbers[each] for each in members)
            both = pairs.numbers(left, right[0] if right else np.zeros_like(left), width)
            keys |= both << shift
        return keys

    def give_numbers(self, field: int, left: Numbers, right: Numbers) -> None:
        """Give numbers to these pairs, which have none yet. Raises FieldFull."""
        self._pairs[field].fill(left, right, self._layout.widths[field])

    def tables(self) -> tuple[Cells, Cells, Numbers]:
        """The numbers of pairs of services, a layer for each two; those of records and controls; at which bits of a key
        they begin."""
        return self._low.cells, self._top.cells[0], np.array(self._layout.shifts)

    def controls_of(self, keys: Keys) -> Numbers:
        """The number of the control of each world."""
        return self._of(keys, CONTROL)

    def records_of(self, keys: Keys) -> Numbers:
        """The number of the fault record of each world."""
        return self._of(keys, RECORD)

    def faults_of(self, keys: Keys) -> Numbers:
        """How many faults each world has had."""
        faults: Numbers = self._counts.of(self.records_of(keys))
        return faults

    def _of(self, keys: Keys, part: int) -> Numbers:
        top = len(self._members) - 1
        both = self._pairs[top].members(keys >> self._layout.shifts[top])
        return both[self._members[top].index(part)]

    def widened(self, field: int) -> Callable[[Keys], Keys]:
        """Give the field one more bit; what then makes of an old key the new one. Raises SearchTooLarge where there is
        no bit left."""
        low = (1 << sum(self._layout.widths[: field + 1])) - 1
        self._layout = self._layout.wider(field)

        def rewrite(keys: Keys) -> Keys:
            return (keys & ~low) << 1 | keys & low

        return rewrite

    # -- Whole worlds -----------------------------------------------------------------------------

    def key(self, world: World, observer: Any, record: FaultRecord | None = None) -> int:
        """The number of a world in which the judge remembers `observer`; `record` are its faults where the world alone
        does not tell. Raises FieldFull, and SearchTooLarge when a table is full."""
        control, spent, digits = self.numbered(world, observer, record)
        parts = Parts(np.array([control]), np.array([spent]), [np.array([digit]) for digit in digits])
        return int(self.keys(parts)[0])

    def numbered(self, world: World, observer: Any, record: FaultRecord | None = None) -> tuple[int, int, list[int]]:
        """The parts of such a world by number: its control, its fault record, and its digits. Raises SearchTooLarge."""
        world = canonical_world(world)
        control = self.controls.number(Control(world.core._replace(views=()), observer))
        spent = self.records.number(record or FaultRecord(world.faults))
        return control, spent, [self.locals[at].number(local_of(world, each)) for at, each in enumerate(SERVICES)]

    def world(self, key: int) -> tuple[World, Any]:
        """The world of a number, and what the judge remembers there."""
        parts = self.parts(np.array([key]))
        return self.assembled(int(parts.controls[0]), int(parts.records[0]), [int(each[0]) for each in parts.digits])

    def assembled(self, control: int, record: int, digits: Sequence[int]) -> tuple[World, Any]:
        """The world with these parts, and what the judge remembers there."""
        core, observer = self.controls.values[control]
        states = [table.values[digit] for table, digit in zip(self.locals, digits, strict=True)]
        return assemble(core, states, self.records.values[record].total), observer

    def record(self, key: int) -> FaultRecord:
        """The faults of the world of a number."""
        return self.records.values[int(self.records_of(np.array([key]))[0])]

    def quiet(self, keys: Keys) -> Keys:
        """The worlds among these in which nothing is under way or on its way."""
        keys = keys[self.calm.of(self.controls_of(keys)) != 0]
        still = [each.of(digits) != 0 for each, digits in zip(self.still, self.parts(keys).digits, strict=True)]
        return keys[np.logical_and.reduce(still)]
