"""Whether the moments of evidence can follow one another: what is judged and drawn relies on that."""

from collections.abc import Collection, Mapping
from typing import assert_never

from broadcast_orchestrator.model.config import DEFAULT_CONFIG, ConfigError, merged, near_match, shown
from broadcast_orchestrator.model.events import COMMANDS
from broadcast_orchestrator.model.operations import ON_AIR_SERVICES, OPERATIONS
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    Advance,
    Begin,
    CallBehaviour,
    ChangeConfig,
    FillFeed,
    FlipService,
    GiveAnswer,
    GiveCommand,
    LookAround,
    LoseService,
    ResumeTimers,
    SetClock,
    SubjectError,
    SubjectEvent,
    SubjectStep,
    SuspendTimers,
    TakeEffect,
)
from broadcast_orchestrator.sim.subjects.protocol.protocol_check import EventOrder
from broadcast_orchestrator.sim.subjects.scenario import FORMS
from broadcast_orchestrator.sim.world.trace import FARTHEST_MS

BEHAVIOURS = ("", *map(str, CallBehaviour))
"""How a call may behave: its own way, or one of those that have a name."""


class EvidenceOrder:
    """Follows the moments of one run, from the first on."""

    def __init__(self) -> None:
        self._events = EventOrder()
        self._moments, self._commands = 0, 0
        self._at_ms = self._heard_ms = 0.0

    def follow(self, at_ms: float, step: SubjectStep, events: tuple[SubjectEvent, ...]) -> None:
        """The next moment. Raises `SubjectError`, one line, where it cannot be the next."""
        self._moments += 1
        if not self._at_ms <= at_ms <= FARTHEST_MS:
            raise SubjectError(f"at_ms: {shown(at_ms)} ms is not from {self._at_ms:g} to 2^53 ms")
        if isinstance(step, Begin) is not (self._moments == 1):
            raise SubjectError("do: evidence begins with 'begin', and has no other")
        self._at_ms = at_ms
        self._check(step)
        for event in events:
            self._events.follow(event, self._heard_ms, at_ms)
            self._heard_ms = event.at_ms

    def _check(self, step: SubjectStep) -> None:
        match step:
            case Begin(config, _, manners):
                _check_config(config)
                _check_manners(manners)
            case GiveCommand(number, command):
                self._check_command(number, command)
            case TakeEffect(call):
                self._check_call(call)
            case GiveAnswer(call, _, _, form):
                self._check_call(call)
                _check_known("form", form, FORMS)
            case Advance(to_ms) if to_ms != self._at_ms:
                raise SubjectError(f"to_ms: is {shown(to_ms)}, and at_ms is {self._at_ms:g}")
            case Advance() | FillFeed() | SetClock() | SuspendTimers() | ResumeTimers() | LookAround():
                pass
            case befalls:
                _check_around(befalls)

    def _check_command(self, number: int, command: str) -> None:
        self._commands += 1
        if number != self._commands:
            raise SubjectError(f"command {shown(number)} comes where command {self._commands} should")
        _check_known("command", command, COMMANDS)
        self._events.pending[number] = command

    def _check_call(self, call: int) -> None:
        if not 1 <= call <= self._events.calls:
            raise SubjectError(f"call: {shown(call)} is none of the {self._events.calls} calls that were made before")

    def check_pending(self, pending: tuple[int, ...]) -> None:
        """What is said to be under way in the end. Raises `SubjectError` where it is not."""
        if set(pending) != set(self._events.pending):
            there = ", ".join(map(str, self._events.pending)) or "none"
            raise SubjectError(f"pending: the commands that never settle are {there}")


def _check_around(step: LoseService | FlipService | ChangeConfig) -> None:
    match step:
        case LoseService(service) | FlipService(service):
            _check_known("service", service, ON_AIR_SERVICES)
        case ChangeConfig(config):
            _check_config(config)
        case _:
            assert_never(step)


def _check_manners(manners: Mapping[str, object]) -> None:
    for operation, behaviours in manners.items():
        _check_known("manners", operation, OPERATIONS)
        for behaviour in behaviours if isinstance(behaviours, list) else (behaviours,):
            _check_known(f"manners: {operation}", behaviour, BEHAVIOURS)


def _check_known(what: str, name: object, known: Collection[str]) -> None:
    if not isinstance(name, str) or name not in known:
        raise SubjectError(f"{what}: {shown(name)} is unknown{near_match(name, known)}")


def _check_config(config: Mapping[str, object]) -> None:
    try:
        merged(DEFAULT_CONFIG, config)
    except ConfigError as mistake:
        raise SubjectError(f"config: {mistake}") from None
