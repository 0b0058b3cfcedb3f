"""Whether a search goes by arrays or by machine code: by that where it is large, and the extra `fast` is installed."""

from collections.abc import Callable
from functools import cache
from inspect import isfunction
from typing import Any, NamedTuple

from broadcast_orchestrator.sim.explore.loops import diagrams, native

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


class DiagramCode(NamedTuple):
    """The loops of `diagrams` that are begun from outside, compiled."""

    node_of: Callable[..., Any]
    list_of: Callable[..., Any]
    evaluate: Callable[..., Any]
    collect: Callable[..., Any]
    collect_results: Callable[..., Any]
    put_lists: Callable[..., Any]
    in_postorder: Callable[..., Any]
    sweep: Callable[..., Any]
    tally: Callable[..., Any]


class _Loaded:
    """Whether machine code was asked for: once one search was large, others take it, too."""

    asked = False


def machine_code(worlds: int) -> MachineCode | None:
    """The loops for so many worlds at a time; None where arrays are as good."""
    _Loaded.asked |= worlds >= LARGE
    return _loaded() if _Loaded.asked and worlds >= MANY else None


@cache
def _loaded() -> MachineCode | None:
    compiled = _compiler()
    return compiled and MachineCode(*[compiled(getattr(native, name)) for name in MachineCode._fields])


@cache
def diagram_code() -> DiagramCode | None:
    """The loops for diagrams; None where there is no compiler: they would take longer than any other search.

    They make no arrays, so none are counted (`_nrt`): to count them takes twice as long as all else. Only those that
    are begun from outside get a door.
    """
    inner = _compiler(_nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)
    outer = _compiler(_nrt=False, no_cfunc_wrapper=True)
    if inner is None or outer is None:
        return None
    for name, each in vars(diagrams).copy().items():
        if isfunction(each) and each.__module__ == diagrams.__name__:
            setattr(diagrams, name, (outer if name in DiagramCode._fields else inner)(each))
    return DiagramCode(*[getattr(diagrams, name) for name in DiagramCode._fields])


def _compiler(**options: Any) -> Callable[[Callable[..., Any]], Any] | None:
    """What compiles a loop; None where the extra is not installed."""
    try:
        import numba
    except ImportError:  # it is not there, or does not get on with what is
        return None

    def compiled(loop: Callable[..., Any]) -> Any:
        try:
            return numba.njit(cache=True, **options)(loop)
        except RuntimeError:  # there is no place on disk where it could be kept
            return numba.njit(**options)(loop)

    return compiled
