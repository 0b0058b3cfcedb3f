"""Functions of records, remembered by what they have read of them.

What the core makes of an event depends on few fields of what it knows, and what a check finds on few of what it sees.
Which field is read next depends on those read before. So a function of records is a decision tree over their fields:
records that agree in what was read on the way to a leaf have the same result. The tree grows with what is met, and
what a rule reads is seen, not declared: broken rules are remembered as faithfully as sound ones. (Elsewhere this is
called memoization by dynamic dependencies.)

Records are looked up by the numbers of their fields (`watched_records`).
"""

from collections.abc import Callable, Hashable, Iterable
from typing import Any, Generic, TypeVar

from broadcast_orchestrator.sim.explore.compiling.watched_records import FieldNumbers, Fields, Reads

Result = TypeVar("Result")

Question = tuple[int, dict[Any, Any]]
"""A node of the tree: which field is read next, and where what it says leads."""


class _Leaf(Generic[Result]):
    """The end of a way: the result, for records that say `values` in the `fields` that nobody else on the way was asked
    about: a question is put where there are two answers."""

    __slots__ = ("fields", "result", "values")

    def __init__(self, result: Result, fields: tuple[int, ...], values: tuple[int, ...]) -> None:
        self.result, self.fields, self.values = result, fields, values


class ReadMemo(Generic[Result]):
    """The results of functions of records of these kinds, by a key, and by what each function has read. A result is
    never None."""

    def __init__(self, *kinds: FieldNumbers) -> None:
        self._kinds = kinds
        self._roots: dict[Hashable, Any] = {}
        self._same: dict[tuple[int, ...], tuple[int, ...]] = {}

    def known(self, key: Hashable, fields: Fields) -> Result | None:
        """The result for records whose fields have these numbers; None where it has to be learned."""
        node = self._roots.get(key)
        while type(node) is tuple:
            field, ways = node
            node = ways.get(fields[field])
        if node is None or tuple([fields[field] for field in node.fields]) != node.values:
            return None
        result: Result = node.result
        return result

    def learned(self, key: Hashable, fields: Fields, decide: Callable[..., Result]) -> Result:
        """What `decide` makes of the records whose fields have these numbers; it may depend on nothing but these and
        the key, and hands out what it replaced by number only, since to number a record is to read it."""
        reads = Reads()
        result = decide(*[kind.watched(fields, reads) for kind in self._kinds])
        self.put(key, fields, reads, result)
        return result

    def way(self, key: Hashable, fields: Fields) -> list[int]:
        """Which fields were read on the way to a result that is known."""
        read, node = list[int](), self._roots[key]
        while type(node) is tuple:
            field, ways = node
            read.append(field)
            node = ways[fields[field]]
        return read + list(node.fields)

    def put(self, key: Hashable, fields: Fields, reads: Iterable[int], result: Result) -> None:
        """The result for these fields, of which these were read in this order."""
        known: dict[Any, Any] = self._roots
        way: Hashable = key
        node, rest = known.get(way), list(reads)
        while type(node) is tuple:
            field, ways = node
            assert field == rest.pop(0), "what is read next depends on what was read"
            known, way = ways, fields[field]
            node = known.get(way)
        if node is not None:
            known, way = self._parted(known, way, node, fields, rest)
        known[way] = self._leaf(result, rest, [fields[field] for field in rest])

    def _parted(
        self, known: dict[Any, Any], way: Hashable, leaf: _Leaf[Result], fields: Fields, rest: list[int]
    ) -> tuple[dict[Any, Any], Hashable]:
        """Put questions about what is read on the way to a leaf, down to the first that these records answer otherwise;
        where the way of these goes on then, on which they have the `rest` still to read."""
        asked = list(zip(leaf.fields, leaf.values, strict=True))
        while asked:
            field, value = asked.pop(0)
            assert field == rest.pop(0), "what is read next depends on what was read"
            ways = dict[Any, Any]()
            known[way] = (field, ways)
            known, way = ways, fields[field]
            if way != value:
                known[value] = self._leaf(leaf.result, [each for each, _ in asked], [said for _, said in asked])
                break
        return known, way

    def _leaf(self, result: Result, fields: list[int], values: list[int]) -> _Leaf[Result]:
        read = tuple(fields)
        return _Leaf(result, self._same.setdefault(read, read), tuple(values))
