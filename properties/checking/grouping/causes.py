"""Which kind of complaint follows from which: what never shows without another is told under that one.

That two things were never seen apart says little where one of them is seen nearly everywhere: whoever records no failed
start also does so wherever a rollback goes wrong. So nothing follows from what something quite usual brings about by
itself (`EXPLAINS`), with two exceptions: what breaks the same guarantee after the same command, and differences from
the reference, which matter where no guarantee tells more. And what is only recorded or said makes nothing happen; nor
does it follow from what is seen little more often (`AS_OFTEN`), since a mistake of its own would look the same.
"""

from collections.abc import Iterable

from broadcast_orchestrator.properties.checking.grouping.sightings import Sightings
from broadcast_orchestrator.properties.checking.judge.catalogue import CAUSAL, REFERENCE
from broadcast_orchestrator.properties.checking.judge.complaints import Kind
from broadcast_orchestrator.properties.checking.judge.ranks import UNTOLD, rank_of

EXPLAINS = 0.9
"""Of the scenarios in which something usual happens, the share that has to show a kind for that to explain it."""

AS_OFTEN = 0.5
"""Of the scenarios that show a kind, the share from which on another one is seen as often."""


def in_order(kind: Kind) -> tuple[int, str]:
    """Causes before what follows from them, where both are seen in the very same scenarios."""
    guarantee, key = kind
    return CAUSAL.index(guarantee), key


def leaders(sightings: Sightings, kinds: Iterable[Kind]) -> dict[Kind, Kind]:
    """For each of these kinds the one under which it is told: itself, where it does not follow from another."""
    parents = {kind: _parent(sightings, kind) for kind in kinds}
    return {kind: _root(parents, kind) for kind in parents}


def _root(parents: dict[Kind, Kind | None], kind: Kind) -> Kind:
    while (parent := parents[kind]) is not None:
        kind = parent
    return kind


def _parent(sightings: Sightings, kind: Kind) -> Kind | None:
    """Of those that it follows from the one that follows from the fewest others itself."""
    found = [other for other in sightings.of[kind].always if _follows(sightings, kind, other)]
    return min(found, key=lambda other: (len(sightings.of[other].always), *in_order(other)), default=None)


def _as_often(sightings: Sightings, kind: Kind, other: Kind) -> bool:
    return sightings.of[kind].seen >= AS_OFTEN * sightings.of[other].seen


def _follows(sightings: Sightings, kind: Kind, other: Kind) -> bool:
    """Whether the kind follows from the other, without which it never shows."""
    words, other_words = (rank_of(each) >= UNTOLD for each in (kind, other))
    if other_words and not words:
        return False
    if words and not other_words and kind[0] != REFERENCE and _as_often(sightings, kind, other):
        return False
    if kind in sightings.of[other].always:
        return in_order(other) < in_order(kind)
    one = kind[0] == REFERENCE or (kind[0] == other[0] and other in sightings.of[kind].near)
    return one or not sightings.explained(other, kind, EXPLAINS)
