"""A run in plain lines, one for each step: what happened, and the state that it led to."""

from model.events import Effect as CoreEffect
from model.events import Refused, Transition
from model.operations import SERVICES
from sim.faults import BY_ID, HANG
from sim.steps import Answer, Conflict, Do, Effect, Fill, Flip, Lose, Mark, Notice, Reconfigure, Step, Timer, fault_of
from sim.world import World


def line(before: World, step: Step, effects: tuple[CoreEffect, ...], after: World) -> str:
    """The step in one line, with the class of its fault; then "refused", or the states that it led to."""
    fault = fault_of(step)
    what = _what(before, step) + (f" [{fault} {BY_ID[fault].name}]" if fault in BY_ID else "")
    changes = [effect.target.value for effect in effects if isinstance(effect, Transition)]
    if any(isinstance(effect, Refused) for effect in effects):
        return f"{what}: refused in {after.core.state.value}"
    return f"{what}: {before.core.state.value}{''.join(f' -> {state}' for state in changes)}"


def _what(before: World, step: Step) -> str:
    match step:
        case Do(command, session):
            return f"{command}({session or ''})"
        case Effect(service, flight):
            return f"{_call(before, service, flight)} takes effect"
        case Answer(service, flight, ok):
            return f"{_call(before, service, flight)} answers {'ok' if ok else 'failed'}"
        case Mark(service, flight, fault):
            return f"{_call(before, service, flight)} {'hangs' if fault == HANG else 'is late'}"
        case other:
            return _around(other)


def _around(step: Step) -> str:
    """The steps that are about no single call."""
    match step:
        case Lose(service, noticed):
            return f"{service} falls over{'' if noticed else ' unnoticed'}"
        case Notice(service):
            return f"{service} reports that it failed"
        case Flip(service):
            return f"someone flips {service}"
        case Conflict(refusing):
            return f"the backend {'refuses writes' if refusing else 'takes writes again'}"
        case Fill(present):
            return f"the feed {'gains' if present else 'loses'} its content"
        case Timer():
            return "the timer runs out"
        case Reconfigure():
            return "the configuration changes"
        case other:
            return type(other).__name__.lower()


def _call(world: World, service: str, flight: int) -> str:
    return world.flights[SERVICES.index(service)][flight].operation
