"""Which faults a world has had: how many, and of those that are told apart, which.

Worlds with the same future but other faults behind them are mostly one world. Where a search has to say under which
class of fault, and at which place, something breaks, worlds with such a fault behind them are worlds of their own. To
keep that small, a run has such faults of one class at one place only.
"""

from typing import NamedTuple

Column = tuple[str, str]
"""A class of fault, and the place where it hits ("" where it hits no call)."""


class FaultRecord(NamedTuple):
    """How many faults there have been, and of which column those were that are told apart (None: none yet)."""

    total: int = 0
    apart: Column | None = None


class Apart(NamedTuple):
    """Which `classes` are told apart. With `alone`, only runs with such a fault are searched to the end: others stop
    one fault before the limit, and are not counted."""

    classes: tuple[str, ...] = ()
    alone: bool = False

    def after(self, record: FaultRecord, fault: Column, limit: int) -> FaultRecord | None:
        """The record after one more fault; None where there may be no such fault any more: because of the `limit`, or
        since one of another column was told apart."""
        total = record.total + 1
        if fault[0] in self.classes:
            return FaultRecord(total, fault) if total <= limit and record.apart in (None, fault) else None
        reserved = 1 if self.alone and record.apart is None else 0
        return FaultRecord(total, record.apart) if total <= limit - reserved else None

    def counts(self, record: FaultRecord) -> bool:
        """Whether worlds with this record are counted."""
        return not self.alone or record.apart is not None


NOT_APART = Apart()
"""No class is told apart from the others."""
