"""What differs between two results of the same kind: one change, all of them, and whether any is for the worse.

`comparison` finds the changes that chance does not explain; the reports find those between what two commands wrote.
"""

from enum import StrEnum
from typing import Any, NamedTuple


class Direction(StrEnum):
    """Whether what changed got better, worse or neither; or did not change for certain."""

    WORSE = "worse"
    BETTER = "better"
    CHANGED = "changed"
    SAME = "no change"

    __hash__ = str.__hash__  # a direction is found wherever its word is


WORSE, BETTER, CHANGED, SAME = Direction


class MeasuredNumber(NamedTuple):
    """One number of either set of runs. `p` is how likely runs without any difference differ that much."""

    settings: dict[str, Any]
    measure: str
    statistic: str
    quantile: float | None
    before: float
    after: float
    p: float


class Change(NamedTuple):
    """One thing before and after: its `kind`, what it is, how it was and how it is in words, and which way it moved.
    What was compared over many runs is `measured`."""

    kind: str
    what: str
    before: str
    after: str
    verdict: Direction
    measured: MeasuredNumber | None = None

    def to_json(self) -> dict[str, str]:
        """The change as plain data, as reports publish it."""
        return {
            "kind": self.kind,
            "what": self.what,
            "before": self.before,
            "after": self.after,
            "verdict": self.verdict.value,
        }


class Changes(NamedTuple):
    """Everything that was compared and is worth telling."""

    changes: tuple[Change, ...]

    def having(self, *verdicts: Direction) -> tuple[Change, ...]:
        """The changes of these directions, in the order of the directions."""
        return tuple(change for verdict in verdicts for change in self.changes if change.verdict == verdict)

    @property
    def is_regression(self) -> bool:
        """Whether anything got worse."""
        return bool(self.having(WORSE))

    @property
    def sentence(self) -> str:
        """How much changed, in one sentence."""
        counted = {words: len(self.having(verdict)) for verdict, words in _MOVED.items()}
        return ", ".join(f"{count} {words}" for words, count in counted.items() if count) or "nothing changed"


_MOVED = {WORSE: "got worse", BETTER: "got better", CHANGED: "changed otherwise"}
