"""Records that notice what is read of them, and what is replaced; and records as the numbers of their fields.

Numbers are quicker to compare than what they stand for, and a field that was not read, or not replaced, need not be
known at all.
"""

import operator
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from broadcast_orchestrator.sim.explore.lazy_tables import Interned
from broadcast_orchestrator.sim.explore.loops.native import UNKNOWN

Fields = tuple[int, ...]
"""A record, or several one after the other, as the numbers of their fields."""

Change = tuple[int, int]
"""A field by its place, and the number of what it says now."""

Reads = dict[int, None]
"""The places of the fields that were read, in the order in which they were read first."""


class Replaced(NamedTuple):
    """Fields of a record that say something else now, by name, and what they say: of a record within it, what was
    replaced there."""

    fields: tuple[tuple[str, Any], ...]

    def names(self) -> tuple[str, ...]:
        """Which fields."""
        return tuple([name for name, _ in self.fields])

    def without(self, name: str) -> "Replaced":
        """The other fields."""
        return Replaced(tuple([each for each in self.fields if each[0] != name]))

    def of(self, record: Any) -> Any:
        """The record with what they say now."""
        fields = {
            name: value.of(getattr(record, name)) if isinstance(value, Replaced) else value
            for name, value in self.fields
        }
        return record._replace(**fields) if fields else record

    def as_in(self, record: Any) -> "Replaced":
        """The same fields, and what they say in this record."""
        values = [(name, value, getattr(record, name)) for name, value in self.fields]
        return Replaced(
            tuple([(name, value.as_in(said) if isinstance(value, Replaced) else said) for name, value, said in values])
        )


class FieldNumbers:
    """The values of each field of one kind of record, by number. Where there are several records, the places of its
    fields are counted from `first`.

    Fields that may hold a record of a kind `within` are known field by field, too: first of all by whether there is
    such a record or what else there is, then by its own fields, which are UNKNOWN where there is none. The record
    within is called by the name of its field.
    """

    def __init__(self, kind: Any, first: int = 0, within: Mapping[str, Any] | None = None, called: str = "") -> None:
        self.kind, self.last = kind, first
        self._within, self._places = dict[int, FieldNumbers](), list[int]()
        self._values: list[Interned[Any]] = [Interned() for _ in kind._fields]
        for at, name in enumerate(kind._fields):
            self._places.append(self.last)
            self.last += 1
            if within and name in within:
                inner = self._within[at] = FieldNumbers(within[name], self.last, called=name)
                self.last = inner.last
        self._nowhere = [UNKNOWN] * (self.last - first)
        self._watched = _kind_watched(kind, self._places, called)

    def saying(self, value: Any, names: Collection[str]) -> list[Change]:
        """Where the fields of these names are, those of records within included, and the number of this value there."""
        found = list[Change]()
        for at, name in enumerate(self.kind._fields):
            if name in names:
                found.append((self._places[at], self._values[at].number(value)))
            elif at in self._within:
                found += self._within[at].saying(value, names)
        return found

    def of(self, record: tuple[Any, ...]) -> Fields:
        """The record by the numbers of its fields."""
        return tuple([number for at, value in enumerate(record) for _, number in self._numbered(at, value)])

    def _numbered(self, at: int, value: Any) -> list[Change]:
        inner, place, values = self._within.get(at), self._places[at], self._values[at]
        if inner is None:
            return [(place, values.number(value))]
        there = type(value) is inner.kind
        said = values.number(inner.kind if there else value)
        return [(place, said), *enumerate(inner.of(value) if there else inner._nowhere, place + 1)]

    def record(self, fields: Fields) -> Any:
        """The record among these that is of this kind."""
        return self.kind(*self._said(fields, FieldNumbers.record))

    def watched(self, fields: Fields, reads: Reads) -> Any:
        """The same record, which tells `reads` what is read of it."""
        copy = tuple.__new__(self._watched, self._said(fields, lambda inner, fields: inner.watched(fields, reads)))
        copy.reads, copy.replaced = reads, frozenset()
        return copy

    def _said(self, fields: Fields, within: Callable[["FieldNumbers", Fields], Any]) -> list[Any]:
        said = [known.values[fields[place]] for known, place in zip(self._values, self._places, strict=True)]
        for at, inner in self._within.items():
            if said[at] is inner.kind:
                said[at] = within(inner, fields)
        return said

    def changes(self, replaced: Replaced) -> tuple[Change, ...]:
        """What was replaced, by number."""
        found = list[Change]()
        for name, value in replaced.fields:
            at = self.kind._fields.index(name)
            found += self._within[at].changes(value) if isinstance(value, Replaced) else self._numbered(at, value)
        return tuple(found)


def changed(numbers: Fields, changes: tuple[Change, ...]) -> Fields:
    """The record after the changes."""
    if not changes:
        return numbers
    fields = list(numbers)
    for at, number in changes:
        fields[at] = number
    return tuple(fields)


def replaced(record: Any) -> Replaced:
    """The fields of a result that were replaced, and what they say now; all of them in one that was made anew."""
    names = record.replaced if isinstance(record, _Watched) else record._fields
    said = zip(record._fields, tuple.__iter__(record), strict=True)
    return Replaced(tuple([(name, _settled(name, value)) for name, value in said if name in names]))


def _settled(name: str, value: Any) -> Any:
    """What a field says that was replaced: of the record that was within it before, what was replaced there."""
    if not isinstance(value, _Watched):
        return value
    return replaced(value) if value.called == name else value.whole()


def _kind_watched(kind: Any, places: list[int], called: str) -> Any:
    """The kind of record, with fields that notice when they are read, each by its place."""
    fields = {name: _reader(at, name, places[at]) for at, name in enumerate(kind._fields)}
    whole = {name: _of_whole(function) for name, function in _OF_WHOLE.items()}
    return type(f"Watched{kind.__name__}", (_Watched, kind), whole | fields | {"kind": kind, "called": called})


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


def _reader(at: int, name: str, place: int) -> property:
    def read(self: Any) -> Any:
        if name not in self.replaced:
            self.reads[place] = None
        return tuple.__getitem__(self, at)

    return property(read)


def _of_whole(function: Callable[..., Any]) -> Callable[..., Any]:
    def asked(self: Any, *details: Any) -> Any:
        return function(self.whole(), *details)

    return asked


class _Watched:
    """A named tuple that notices what is read of it. What was replaced is not its own any more: it comes from what was
    read."""

    kind: Any
    called: str
    reads: Reads
    replaced: frozenset[str]

    def whole(self: Any) -> Any:
        """The record itself, all of which is read."""
        return self.kind(*[getattr(self, name) for name in self._fields])

    def _replace(self: Any, /, **fields: Any) -> Any:
        names = self.replaced.union(fields)
        copy = tuple.__new__(type(self), map(fields.pop, self._fields, tuple.__iter__(self)))
        if fields:
            raise ValueError(f"Got unexpected field names: {list(fields)!r}")
        copy.reads, copy.replaced = self.reads, names
        return copy
