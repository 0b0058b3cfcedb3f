"""The guide's heading Summary: a typed interface, complete; an application that moves to it in parts."""

import inspect
import typing
from pathlib import Path

import pytest

from broadcast_orchestrator.model import Orchestrator
from broadcast_orchestrator.model.api import hooks
from broadcast_orchestrator.properties.lint.linting import lint

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


STORE = "export const Mute = () => <button onClick={() => useHostAgentStore.getState().stop()}>Off</button>;\n"
MOVED = "export const Lamp = () => <i>{useIsBroadcasting() ? 'on' : 'off'}</i>;\n"


def test_an_application_moves_component_by_component(tmp_path: Path) -> None:
    """SM-2: of an application that has moved in part, each component is told that still bypasses the orchestrator, and
    how many there are; each that moves leaves the count."""
    mute, lamp = tmp_path / "Mute.tsx", tmp_path / "Lamp.tsx"
    mute.write_text(STORE)
    lamp.write_text(MOVED)
    assert lint((tmp_path,)).migration == (("Lamp", "Mute"), ("Mute",))
    mute.write_text(MOVED.replace("Lamp", "Mute"))
    assert lint((tmp_path,)).migration == (("Lamp", "Mute"), ())
