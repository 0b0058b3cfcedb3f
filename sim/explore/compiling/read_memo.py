"""Functions of records, remembered by what they have read of them.

What the core makes of an event depends on few fields of what it knows, and what a check finds on few of what it sees.
Which field is read next depends on those read before. So a function of records is a decision tree over their fields:
records that agree in what was read on the way to a leaf have the same result. The tree grows with what is met, and
what a rule reads is seen, not declared: broken rules are remembered as faithfully as sound ones. (Elsewhere this is
called memoization by dynamic dependencies.)

Records are looked up by the numbers of their fields (`FieldNumbers`), which are quicker to compare than what they
stand for.
"""

import operator
from collections.abc import Callable, Hashable, Iterable
from functools import cache
from typing import Any, Generic, TypeVar

from broadcast_orchestrator.sim.explore.lazy_tables import Interned

Result = TypeVar("Result")

Fields = tuple[int, ...]
"""A record, or several one after the other, as the numbers of their fields."""

Change = tuple[int, int]
"""A field by its place, and the number of what it says now."""


class FieldNumbers:
    """The values of each field of one kind of record, by number. Where there are several records, the places of its
    fields are counted from `first`."""

    def __init__(self, kind: Any, first: int = 0) -> None:
        self._kind, self._first = kind, first
        self._values: list[Interned[Any]] = [Interned() for _ in self._kind._fields]

    def of(self, record: tuple[Any, ...]) -> Fields:
        """The record by the numbers of its fields."""
        return tuple([known.number(value) for known, value in zip(self._values, record, strict=True)])

    def record(self, fields: Fields) -> Any:
        """The record among these that is of this kind."""
        numbers = fields[self._first : self._first + len(self._values)]
        return self._kind(*[known.values[number] for known, number in zip(self._values, numbers, strict=True)])

    def changes(self, values: dict[str, Any]) -> tuple[Change, ...]:
        """Fields by name and what they say now, by number."""
        places = [(self._kind._fields.index(name), value) for name, value in values.items()]
        return tuple((self._first + at, self._values[at].number(value)) for at, value in places)


def changed(numbers: Fields, changes: tuple[Change, ...]) -> Fields:
    """The record after the changes."""
    if not changes:
        return numbers
    fields = list(numbers)
    for at, number in changes:
        fields[at] = number
    return tuple(fields)


Question = tuple[int, dict[Any, Any]]
"""A node of the tree: which field is read next, and where what it says leads."""


class _Leaf(Generic[Result]):
    """The end of a way: the result."""

    __slots__ = ("result",)

    def __init__(self, result: Result) -> None:
        self.result = result


class ReadMemo(Generic[Result]):
    """The results of functions of records, by a key, and by what each function has read. A result is never None."""

    def __init__(self) -> None:
        self._roots: dict[Hashable, Any] = {}

    def known(self, key: Hashable, fields: Fields) -> Result | None:
        """The result for records whose fields have these numbers; None where it has to be learned."""
        node = self._roots.get(key)
        while type(node) is tuple:
            field, ways = node
            node = ways.get(fields[field])
        return None if node is None else node.result

    def learned(
        self, key: Hashable, fields: Fields, records: tuple[tuple[Any, ...], ...], decide: Callable[..., Result]
    ) -> Result:
        """What `decide` makes of the `records` (named tuples), whose `fields` are known by number; it may depend on
        nothing but these and the key."""
        reads, first = dict[int, None](), 0
        watched = []
        for record in records:
            watched.append(_watched(record, first, reads))
            first += len(record)
        result = decide(*watched)
        self.put(key, fields, reads, result)
        return result

    def way(self, key: Hashable, fields: Fields) -> list[int]:
        """Which fields were read on the way to a result that is known."""
        read, node = list[int](), self._roots[key]
        while type(node) is tuple:
            field, ways = node
            read.append(field)
            node = ways[fields[field]]
        return read

    def put(self, key: Hashable, fields: Fields, reads: Iterable[int], result: Result) -> None:
        """The result for these fields, of which these were read in this order."""
        known: dict[Any, Any] = self._roots
        way: Hashable = key
        for field in reads:
            question: Question = known.setdefault(way, (field, {}))
            assert question[0] == field, "what is read next depends on what was read"
            known, way = question[1], fields[field]
        known[way] = _Leaf(result)


# -- Records that notice what is read of them -------------------------------------------------------

Reads = dict[int, None]
"""The places of the fields that were read, in the order in which they were read first."""


def replaced(record: Any) -> dict[str, Any]:
    """The fields of a result that were replaced, and what they say now; all of them in one that was made anew."""
    names = record.replaced if isinstance(record, _Watched) else record._fields
    return {name: value for name, value in zip(record._fields, tuple.__iter__(record), strict=True) if name in names}


def _watched(record: tuple[Any, ...], first: int, reads: Reads) -> Any:
    """A copy of the record that tells `reads` what is read of it, its own fields being counted from `first`."""
    copy = tuple.__new__(_kind_watched(type(record)), record)
    copy.first, copy.reads, copy.replaced = first, reads, frozenset()
    return copy


@cache
def _kind_watched(kind: type[tuple[Any, ...]]) -> Any:
    """The kind of record, with fields that notice when they are read."""
    names: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]
    fields = {name: _reader(at, name) for at, name in enumerate(names)}
    whole = {name: _of_whole(kind, function) for name, function in _OF_WHOLE.items()}
    return type(f"Watched{kind.__name__}", (_Watched, kind), whole | fields)


_OF_WHOLE: dict[str, Callable[..., Any]] = {
    "__iter__": iter,
    "__hash__": hash,
    "__repr__": repr,
    "count": tuple.count,
    "index": tuple.index,
    **{f"__{name}__": getattr(operator, name) for name in ("getitem", "contains", "add", "mul")},
    **{f"__{name}__": getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge")},
}
"""What a tuple can be asked that depends on all of it."""


def _reader(at: int, name: str) -> property:
    def read(self: Any) -> Any:
        if name not in self.replaced:
            self.reads[self.first + at] = None
        return tuple.__getitem__(self, at)

    return property(read)


def _of_whole(kind: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    def asked(self: Any, *details: Any) -> Any:
        return function(kind(*[getattr(self, name) for name in kind._fields]), *details)

    return asked


class _Watched:
    """A named tuple that notices what is read of it. What was replaced is not its own any more: it comes from what was
    read."""

    first: int
    reads: Reads
    replaced: frozenset[str]

    def _replace(self: Any, /, **fields: Any) -> Any:
        names = self.replaced.union(fields)
        copy = tuple.__new__(type(self), map(fields.pop, self._fields, tuple.__iter__(self)))
        if fields:
            raise ValueError(f"Got unexpected field names: {list(fields)!r}")
        copy.first, copy.reads, copy.replaced = self.first, self.reads, names
        return copy
