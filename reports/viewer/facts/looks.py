"""Everything there is to see at a moment, name by name in words, so that one moment can be set against the next."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from broadcast_orchestrator.model.api.snapshot import BroadcastSnapshot
from broadcast_orchestrator.model.operations import ON_AIR_SERVICES, SERVICES
from broadcast_orchestrator.model.state import ProcedureStep
from broadcast_orchestrator.model.views import FINE, View
from broadcast_orchestrator.properties.telling.phrases import named
from broadcast_orchestrator.reports.timelines.timeline import procedure_of
from broadcast_orchestrator.reports.viewer.facts.page_facts import AlarmFact, ChangedFact
from broadcast_orchestrator.sim.world.world import Truth, World

Look = Mapping[str, str]
"""What is seen, by its name."""

TOLD_APART = ("history", "last_transition", "failures")
"""Parts of a snapshot that are left out: they grow with the run, and what is new in them stands at the step itself."""


def differences(before: Look, after: Look) -> tuple[ChangedFact, ...]:
    """What is seen otherwise than it was, in its order; what was not there before, or is not any more, is ""."""
    names = dict.fromkeys((*before, *after))
    pairs = ((name, before.get(name, ""), after.get(name, "")) for name in names)
    return tuple(ChangedFact(*each) for each in pairs if each[1] != each[2])


def look_of_world(world: World, alarm: AlarmFact | None, snapshot: BroadcastSnapshot) -> Look:
    """What the orchestrator knows, what the services truly are, and what a snapshot shows."""
    return {**_of_core(world, alarm), **look_of_truth(world.truth), **_of_snapshot(snapshot)}


def look_of_truth(truth: Truth) -> Look:
    """What the services truly are."""
    on = {
        f"truth: {name}": "on" if active else "off" for name, active in zip(ON_AIR_SERVICES, truth.active, strict=True)
    }
    return {
        **on,
        "truth: host initialized": words(truth.initialized),
        "truth: backend says live": words(truth.backend),
        "truth: backend refuses writes": words(truth.refusing),
    }


def leaves(data: Mapping[str, Any], name: str) -> Iterator[tuple[str, str]]:
    """Plain data leaf by leaf, each under the names that lead to it."""
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{name}.{key}")
        else:
            yield f"{name}.{key}", words(value)


def words(value: Any) -> str:
    """A value as a person says it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple) and hasattr(value, "_asdict"):  # a session document
        return ", ".join(f"{name} {words(each)}" for name, each in value._asdict().items() if each is not None)
    if isinstance(value, list | tuple):
        return "; ".join(map(words, value)) or "none"
    return "none" if value in (None, "") else str(value)


def _of_core(world: World, alarm: AlarmFact | None) -> Look:
    core, procedure = world.core, world.core.procedure
    beliefs = {f"believed: {name}": _belief(view) for name, view in zip(SERVICES, core.views, strict=True)}
    return {
        "state": core.state.value,
        "error": words(tuple(map(str, core.error))),
        "under way": procedure_of(world) or "none",
        "still to do": _steps(procedure.todo if procedure else ()),
        "waits for": _steps(procedure.waiting if procedure else ()),
        "attempt": str(procedure.attempt) if procedure and procedure.attempt else "none",
        "timer": _timer(alarm),
        "cleanups due": _steps(core.due),
        "told live": words(core.written),
        "content": words(core.content),
        **beliefs,
        **dict(leaves(core.config._asdict(), "config")),
    }


def _belief(view: View) -> str:
    switched_off = "" if view.off == FINE else f", switch-off {view.off}"
    return f"{'on air' if view.on_air else 'off'}{switched_off}"


def _steps(steps: Iterable[ProcedureStep]) -> str:
    return ", ".join(named(step.operation, step.session) for step in steps) or "none"


def _timer(alarm: AlarmFact | None) -> str:
    if alarm is None:
        return "none"
    kind = alarm.kind.replace("_", " ")
    return kind if alarm.due_ms is None else f"{kind}, due at {alarm.due_ms:,.0f} ms"


def _of_snapshot(snapshot: BroadcastSnapshot) -> Look:
    return {
        f"snapshot: {part}.{name}": words(value)
        for part, fields in snapshot._asdict().items()
        for name, value in fields._asdict().items()
        if name not in TOLD_APART
    }
