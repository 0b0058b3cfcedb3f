"""Things that changed between two reports: how a thing of one finds its like in the other, and which way it moved."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

from broadcast_orchestrator.properties.experiments.changes import BETTER, CHANGED, SAME, WORSE, Change, Direction
from broadcast_orchestrator.properties.guarantees.verdicts import HELD, PROVED, UNKNOWN, VIOLATED
from broadcast_orchestrator.properties.verification.matrix import BY_DESIGN, CANNOT_ARISE, NOT_REACHED

RANKS = {
    answer: rank for rank, answer in enumerate((VIOLATED, UNKNOWN, BY_DESIGN, NOT_REACHED, CANNOT_ARISE, HELD, PROVED))
}
"""The answers, the worst first: from a later one to an earlier one is a change for the worse."""

SIGNS = {BETTER: "▲", WORSE: "▼", CHANGED: "≠", SAME: "="}
"""A sign for each direction, so that none depends on its colour."""

STYLES = {BETTER: "green", WORSE: "bold red", CHANGED: "yellow", SAME: "dim"}
"""How a terminal shows each direction."""

ABSENT = "–"
"""What stands where one of the two reports has nothing."""


def answered(kind: str, what: str, before: str | None, after: str | None) -> Iterator[Change]:
    """An answer of either report, None where it was not asked; what is not asked any more is a loss."""
    if before == after:
        return
    moved = RANKS[after or UNKNOWN] - RANKS[before or UNKNOWN] if after else -1
    verdict = BETTER if moved > 0 else WORSE if moved < 0 else CHANGED
    yield Change(kind, what, before or ABSENT, after or ABSENT, verdict)


def valued(kind: str, what: str, before: object, after: object, verdict: Direction = CHANGED) -> Iterator[Change]:
    """A number or a text of either report, None where it has none."""
    if before != after:
        yield Change(kind, what, _shown(before), _shown(after), verdict)


def _shown(value: object) -> str:
    if value is None or value == "":
        return ABSENT
    if isinstance(value, float):
        return f"{value:,.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


Item = TypeVar("Item")


def paired(
    old: Iterable[Item], new: Iterable[Item], key: Callable[[Item], Hashable]
) -> Iterator[tuple[Item | None, Item | None]]:
    """Each thing of either report beside its like in the other, None where there is none, in the order of the new."""
    before, after = {key(each): each for each in old}, {key(each): each for each in new}
    yield from ((before.get(at), each) for at, each in after.items())
    yield from ((each, None) for at, each in before.items() if at not in after)
