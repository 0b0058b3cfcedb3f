"""What happens to the orchestrator: services with latency and faults, the world, and the drivers over it."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from broadcast_orchestrator.sim.recording.recorder import Recorder
    from broadcast_orchestrator.sim.simulate.injection import Fault, FaultError
    from broadcast_orchestrator.sim.simulate.latency import LatencyError
    from broadcast_orchestrator.sim.simulate.studio import Studio
    from broadcast_orchestrator.sim.world.trace import Replay, Trace, TraceError, replay

__all__ = ["Fault", "FaultError", "LatencyError", "Recorder", "Replay", "Studio", "Trace", "TraceError", "replay"]

_HOMES = {
    "Fault": "simulate.injection",
    "FaultError": "simulate.injection",
    "LatencyError": "simulate.latency",
    "Recorder": "recording.recorder",
    "Replay": "world.trace",
    "Studio": "simulate.studio",
    "Trace": "world.trace",
    "TraceError": "world.trace",
    "replay": "world.trace",
}


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first asked for: the explorer has no use for SimPy."""
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(import_module(f"broadcast_orchestrator.sim.{_HOMES[name]}"), name)
