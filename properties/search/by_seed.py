"""Hypothesis by its seed alone, whatever else is loaded in the process."""

from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis.internal.conjecture.providers import HypothesisProvider


@contextmanager
def by_the_seed_alone() -> Iterator[None]:
    """Within it what Hypothesis draws depends on its seed and its strategies alone.

    Else it draws, now and then, a constant that stands in the source of some module that is loaded and not installed in
    site-packages: another process, or another command, would make up other examples from the same seed.
    """
    name = "_maybe_draw_constant"
    before = getattr(HypothesisProvider, name)
    setattr(HypothesisProvider, name, lambda *_, **__: None)
    try:
        yield
    finally:
        setattr(HypothesisProvider, name, before)
