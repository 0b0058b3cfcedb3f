"""Whether a step says what the protocol has words for: commands, services, operations, options, and times."""

from collections.abc import Collection, Mapping
from typing import assert_never

from broadcast_orchestrator.model.config import DEFAULT_CONFIG, ConfigError, merged, near_match, shown
from broadcast_orchestrator.model.events import COMMANDS
from broadcast_orchestrator.model.operations import CALLABLE, ON_AIR_SERVICES, OPERATIONS
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    Advance,
    Begin,
    CallBehaviour,
    ChangeConfig,
    CommandElsewhere,
    EffectElsewhere,
    FillFeed,
    FlipService,
    GiveAnswer,
    GiveCommand,
    LookAround,
    LoseService,
    RejectionForm,
    ReloadPage,
    ResumeTimers,
    SetClock,
    SubjectError,
    SubjectStep,
    SuspendTimers,
    TakeEffect,
)
from broadcast_orchestrator.sim.world.trace import FARTHEST_MS
from broadcast_orchestrator.sim.world.world import CALLS_ELSEWHERE

BEHAVIOURS = tuple(map(str, CallBehaviour))
"""How a call may behave, where that is not its own way."""

FORMS = tuple(map(str, RejectionForm))
"""What a promise can be rejected with."""

ASKED = {name: each for name, each in CALLABLE.items() if each.finds is not False}
"""What a subject can ask of its services, by the words of the protocol: a read asks whether a service is on, and says
itself what it hoped for."""


def check_step(step: SubjectStep) -> None:
    """Raise `SubjectError`, one line, where the step has a name that the protocol lacks, or a time that no clock
    shows."""
    match step:
        case Begin(config, _, manners):
            _check_config(config)
            _check_manners(manners)
        case GiveCommand(_, command):
            _check_known("command", command, COMMANDS)
        case GiveAnswer(_, _, _, form):
            _check_known("form", form, FORMS)
        case Advance(ms) | SetClock(ms):
            if abs(ms) > FARTHEST_MS:
                raise SubjectError(f"{type(step)._fields[0]}: {shown(ms)} ms is more than 2^53 ms")
        case LoseService(service) | FlipService(service):
            _check_known("service", service, ON_AIR_SERVICES)
        case ChangeConfig(config) | ReloadPage(config):
            _check_config(config)
        case CommandElsewhere() | EffectElsewhere():
            _check_elsewhere(step)
        case TakeEffect() | FillFeed() | SuspendTimers() | ResumeTimers() | LookAround():
            pass
        case _:
            assert_never(step)


def _check_elsewhere(step: CommandElsewhere | EffectElsewhere) -> None:
    if isinstance(step, CommandElsewhere):
        _check_known("command", step.command, CALLS_ELSEWHERE)
    else:
        _check_known("operation", step.operation, OPERATIONS)


def _check_manners(manners: Mapping[str, object]) -> None:
    for operation, behaviours in manners.items():
        _check_known("manners", operation, ASKED)
        for behaviour in behaviours if isinstance(behaviours, list) else (behaviours,):
            if behaviour != "":
                _check_known(f"manners: {operation}", behaviour, BEHAVIOURS)


def _check_known(what: str, name: object, known: Collection[str]) -> None:
    if not isinstance(name, str) or name not in known:
        raise SubjectError(f"{what}: {shown(name)} is unknown{near_match(name, known)}")


def _check_config(config: Mapping[str, object]) -> None:
    try:
        merged(DEFAULT_CONFIG, config)
    except ConfigError as mistake:
        raise SubjectError(f"config: {mistake}") from None
