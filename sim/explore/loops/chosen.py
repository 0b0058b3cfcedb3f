"""Whether a search goes by arrays or by machine code: by that where it is large, and the extra `fast` is installed."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from broadcast_orchestrator.sim.explore.loops import native

MANY = 1 << 10
"""From how many worlds at a time on machine code is worth its calls."""

LARGE = 1 << 15
"""How many worlds at a time are the sign of a search for which loading the compiler is worth its second."""


class MachineCode(NamedTuple):
    """The loops of `native`, compiled."""

    look_up: Callable[..., Any]
    length_of: Callable[..., Any]
    follow: Callable[..., Any]
    insert: Callable[..., Any]


class _Loaded:
    """Whether machine code was asked for: once one search was large, others take it, too."""

    asked = False


def machine_code(worlds: int) -> MachineCode | None:
    """The loops for so many worlds at a time; None where arrays are as good."""
    _Loaded.asked |= worlds >= LARGE
    return _loaded() if _Loaded.asked and worlds >= MANY else None


@cache
def _loaded() -> MachineCode | None:
    try:
        import numba
    except ImportError:  # it is not there, or does not get on with what is
        return None

    def compiled(loop: Callable[..., Any]) -> Any:
        try:
            return numba.njit(cache=True)(loop)
        except RuntimeError:  # there is no place on disk where it could be kept
            return numba.njit(loop)

    return MachineCode(*[compiled(getattr(native, name)) for name in MachineCode._fields])
