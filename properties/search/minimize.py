"""Making something smaller for as long as it still shows what it is there to show: the one loop of every shrinker.

What "smaller" means, and in which order it is tried, is for the caller to say: see `properties.witness.shrink` for runs
of the reference, `properties.checking.search.shrinking` for scenarios of a subject.
"""

from collections.abc import Callable, Iterator
from typing import TypeVar

T = TypeVar("T")

Smaller = Callable[[T], Iterator[T | None]]
"""What can be made of something by leaving a part out, in a fixed order: what is left, or None where that does not show
the same any more. Each is worked out only when it is asked for."""


class Tries:
    """How many smaller things may still be tried; searches that follow each other may share them."""

    def __init__(self, most: int) -> None:
        self.left = most


def minimized(whole: T, smaller: Smaller[T], tries: Tries) -> T:
    """What is left when nothing more can be left out, or no more may be tried: whatever is found to be smaller is
    gone on from, at once. The same arguments give the same result."""
    found: T | None = whole
    while found is not None:
        whole = found
        found = next((each for each in _tried(smaller(whole), tries) if each is not None), None)
    return whole


def _tried(candidates: Iterator[T], tries: Tries) -> Iterator[T]:
    """As many as may be tried, each counted; one too many is not even worked out."""
    if not tries.left:
        return
    for each in candidates:
        tries.left -= 1
        yield each
        if not tries.left:
            return
