"""The steps of a world: everything that can happen, as frozen records that can be stored and replayed.

A step names a call by its service and its place among the open flights of that service, oldest first.
"""

from typing import Any, NamedTuple

from broadcast_orchestrator.model.config import DEFAULT_CONFIG, OrchestratorConfig, merged, near_match, shown
from broadcast_orchestrator.model.operations import HOST, SERVICES
from broadcast_orchestrator.sim.world.faults import (
    BYPASS,
    LOST_SERVICE,
    RELOAD,
    SECOND_DASHBOARD,
    SUSPEND,
    FaultClass,
    FaultOrNone,
)
from broadcast_orchestrator.sim.world.records import named_fields

LOST, FOUND_ON = "lost", "found on"
"""What a service says that reports its loss in the simulator, and somebody who finds it on."""


class Do(NamedTuple):
    """A caller issues a command."""

    command: str
    session: str | None = None


class Effect(NamedTuple):
    """A call takes effect on its service; `fault` is F6 when it overtakes an older one."""

    service: str
    flight: int
    fault: FaultOrNone = ""


class Answer(NamedTuple):
    """A call is answered; `fault` says what is wrong with it (F1, F2, F5, F7, F8, F11, or F4 for a late failure). Of a
    failure in a run that was recorded `message` is what it said; None: what such a fault says in the simulator."""

    service: str
    flight: int
    ok: bool
    fault: FaultOrNone = ""
    message: str | None = None


class Mark(NamedTuple):
    """A call that is waited for turns out to hang (F3) or to be late (F4)."""

    service: str
    flight: int
    fault: FaultClass


class Timer(NamedTuple):
    """The armed timer runs out."""


class Lose(NamedTuple):
    """A service falls over: off, and the host uninitialized; its report is on its way (F9), or nobody is told (F9u)."""

    service: str
    fault: FaultClass = LOST_SERVICE

    @property
    def noticed(self) -> bool:
        """Whether a report is on its way."""
        return self.fault == LOST_SERVICE


class Notice(NamedTuple):
    """The report of a lost service arrives, with this message (where nothing was recorded, that of the simulator), or
    that of somebody who reads the services and has `found` it "on", where it should be off."""

    service: str
    message: str = LOST
    found: str = ""


class Flip(NamedTuple):
    """Someone switches a service behind the orchestrator's back."""

    service: str
    fault: FaultClass = BYPASS


class Conflict(NamedTuple):
    """The backend begins (F11) or ceases to refuse writes."""

    refusing: bool
    fault: FaultOrNone = ""


class Fill(NamedTuple):
    """The live feed gains or loses its content."""

    present: bool


class Reconfigure(NamedTuple):
    """The configuration is changed."""

    config: OrchestratorConfig


class Reload(NamedTuple):
    """The orchestrator forgets everything, and is in idle; whatever is on its way reaches nobody any more."""

    fault: FaultClass = RELOAD


class Elsewhere(NamedTuple):
    """A command is issued at another dashboard, and its calls set out."""

    command: str
    fault: FaultClass = SECOND_DASHBOARD


class Suspend(NamedTuple):
    """The timers stand still until every call that is waited for is overdue; the limit then comes before the replies
    (what comes the other way round is what comes of a slow call)."""

    fault: FaultClass = SUSPEND


Step = (
    Do
    | Effect
    | Answer
    | Mark
    | Timer
    | Lose
    | Notice
    | Flip
    | Conflict
    | Fill
    | Reconfigure
    | Reload
    | Elsewhere
    | Suspend
)

UNHEARD = (Effect, Mark, Lose, Flip, Conflict, Suspend)
"""The steps of which the core hears nothing: it stays as it is, and so does what is judged and remembered of it."""

KINDS: dict[str, type[Step]] = {
    kind.__name__.lower(): kind
    for kind in (
        *(Do, Effect, Answer, Mark, Timer, Lose, Notice, Flip, Conflict, Fill, Reconfigure),
        *(Reload, Elsewhere, Suspend),
    )
}


def fault_of(step: Step) -> FaultOrNone:
    """The class of the fault that the step is, or "" where nothing is wrong with it."""
    fault: FaultOrNone = getattr(step, "fault", "")
    return fault


def as_simulated(step: Step) -> Step:
    """The step with the message of the simulator, whatever was recorded: by that steps are told apart in a search."""
    if isinstance(step, Answer | Notice):
        return step._replace(message=type(step)._field_defaults["message"])
    return step


def to_json(step: Step) -> dict[str, Any]:
    """The step as plain data, its kind under "step"; empty faults and sessions are left out, and so are the messages of
    the simulator."""
    fields = {name: value for name, value in step._asdict().items() if not _goes_without_saying(step, name, value)}
    if isinstance(step, Reconfigure):
        fields["config"] = step.config._asdict()
    return {"step": type(step).__name__.lower(), **fields}


def _goes_without_saying(step: Step, name: str, value: object) -> bool:
    return value == type(step)._field_defaults[name] if name == "message" else value in ("", None)


def from_json(data: dict[str, Any]) -> Step:
    """The step that `to_json` wrote. Raises ValueError with one line where it cannot be one."""
    kind, fields = named_fields("step", KINDS, data)
    if isinstance(config := fields.get("config"), dict):
        fields["config"] = merged(DEFAULT_CONFIG, config)
    if fields.get("fault") in list(FaultClass):
        fields["fault"] = FaultClass(fields["fault"])
    for name, value in fields.items():
        if not _fits(value, kind.__annotations__[name]):
            raise ValueError(f"step {shown(data['step'])}: {name} cannot be {shown(value)}")
    if (service := fields.get("service", HOST)) not in SERVICES:
        told = f"service {shown(service)} is unknown{near_match(service, SERVICES)}"
        raise ValueError(f"step {shown(data['step'])}: {told}")
    step: Step = kind(**fields)
    return step


def _fits(value: object, wanted: Any) -> bool:
    """Whether a field can have this value, numbers being places; a class that the taxonomy lacks is no fault."""
    if wanted is FaultOrNone:
        return value == "" or isinstance(value, FaultClass)
    if wanted is int:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return isinstance(value, wanted)
