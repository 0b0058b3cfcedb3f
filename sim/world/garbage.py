"""The garbage collector, put off where whatever is dropped is in no circle."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_garbage() -> Iterator[None]:
    """Neither a fleet nor a search drops anything that is in a circle, a batch of runs drops little, and what they keep
    stays: to look through all of it again and again is in vain."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def spare_the_collector() -> None:
    """Take what there is now out of the garbage collector's sight: it would go through millions of records once more,
    and none of them is in a circle, so each goes when nobody needs it. For the end of a large search, or of a batch of
    runs that have dropped nothing in a circle."""
    gc.freeze()
