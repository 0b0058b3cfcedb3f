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


def after(record: FaultRecord, fault: Column, limit: int, apart: tuple[str, ...]) -> FaultRecord | None:
    """The record after one more fault; None where there may be no such fault any more: because of the `limit`, or since
    one of another column was told `apart`."""
    if record.total >= limit:
        return None
    if fault[0] not in apart:
        return record._replace(total=record.total + 1)
    if record.apart not in (None, fault):
        return None
    return FaultRecord(record.total + 1, fault)
