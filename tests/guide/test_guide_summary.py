"""The guide's heading Summary: a typed interface, complete."""

import inspect
import typing

import pytest

from broadcast_orchestrator.model import Orchestrator
from broadcast_orchestrator.model.api import hooks

INTERFACE = (
    "initialize",
    "start_broadcast",
    "stop_broadcast",
    "emergency_stop",
    "recover",
    "get_snapshot",
    "can_start_broadcast",
    "can_stop_broadcast",
    "validate_transition",
    "update_config",
    "reset_config",
    "subscribe",
)
HOOKS = ("is_broadcasting", "can_start", "can_stop", "state", "has_error", "error", "is_transitioning", "snapshot")


@pytest.mark.parametrize("function", [getattr(Orchestrator, n) for n in INTERFACE] + [getattr(hooks, n) for n in HOOKS])
def test_the_public_interface_is_typed_and_explained(function: typing.Any) -> None:
    """SM-1: every action, query and hook is there, has a docstring, and has a type for each parameter and result."""
    hints = typing.get_type_hints(function)
    parameters = [name for name in inspect.signature(function).parameters if name != "self"]
    assert [name for name in (*parameters, "return") if name not in hints] == []
    assert inspect.getdoc(function)
