"""Whether a search goes by arrays or by machine code: by that where it is large, and the extra `fast` is installed."""

from functools import cache
from types import ModuleType

MANY = 1 << 10
"""From how many worlds at a time on machine code is worth its calls."""

LARGE = 1 << 15
"""How many worlds at a time are the sign of a search for which it is worth loading."""


class _Loaded:
    """Whether machine code was asked for: once one search was large, others take it, too."""

    asked = False


def machine_code(worlds: int, large: bool = False) -> ModuleType | None:
    """The loops for so many worlds at a time; None where arrays are as good. In a search that is known to be `large`
    they are not."""
    _Loaded.asked |= worlds >= LARGE
    return _native() if large or (_Loaded.asked and worlds >= MANY) else None


@cache
def _native() -> ModuleType | None:
    try:
        from broadcast_orchestrator.sim.explore.loops import native  # takes a second to load
    except ImportError:  # numba is not there, or does not get on with what is
        return None
    return native
