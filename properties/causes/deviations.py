"""What differs between two outcomes of one event: each deviation with the kind of mistake that it is, and in words.

Two deviations of one kind are taken for one mistake: names of services and sessions, and the numbers of milliseconds,
are left out of a kind, while what was under way stays in it. What only follows from another deviation of the same step
is none of its own: a call that is not made is not waited for either.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.events import (
    Accepted,
    Call,
    CancelTimer,
    Command,
    Event,
    Failure,
    GiveUp,
    Refused,
    SetTimer,
    Settled,
    Transition,
)
from broadcast_orchestrator.model.operations import CONVEX, LEASE, OPERATIONS, READS, SERVICES
from broadcast_orchestrator.model.state import CoreState, Procedure, ProcedureStep
from broadcast_orchestrator.model.views import OpenCall
from broadcast_orchestrator.properties.causes.outcome import Outcome
from broadcast_orchestrator.properties.telling import phrases
from broadcast_orchestrator.properties.telling.story import listed


class Kind(NamedTuple):
    """What makes two deviations one mistake: what was under way, what differs, and in which way."""

    where: str
    what: str
    way: str


class Deviation(NamedTuple):
    """One thing that a core does otherwise than the reference: its kind, and a clause whose subject is the core."""

    kind: Kind
    words: str


Kinds = frozenset[Kind]
"""All that differs in one step: the first that a broken core does otherwise is the identity of its mistake."""


def deviations(before: CoreState, event: Event, reference: Outcome, other: Outcome) -> tuple[Deviation, ...]:
    """Everything in which the other outcome differs from the reference's, what is told first first; () where they are
    the same."""
    if reference == other:
        return ()
    return _Comparison(before, event, reference, other).told()


def where(before: CoreState, event: Event, after: CoreState) -> str:
    """What is under way once the reference has reacted: the phase; else the command that was asked for, else the phase
    that has just ended, else the state."""
    if after.procedure is not None:
        return after.procedure.phase.value
    if isinstance(event, Command):
        return event.name
    return before.procedure.phase.value if before.procedure else before.state.value


class _Comparison:
    """Two outcomes while they are compared."""

    def __init__(self, before: CoreState, event: Event, reference: Outcome, other: Outcome) -> None:
        self._before, self._there, self._here = before, reference, other
        self._where = where(before, event, reference.after)

    def told(self) -> tuple[Deviation, ...]:
        if self._here.raised:
            return (self._one("raises", self._here.raised.partition(":")[0], f"raises {self._here.raised}"),)
        effects = [
            *self._answers(),
            *self._calls(),
            *self._moves(),
            *self._endings(),
            *self._given_up(),
            *self._timers(),
        ]
        found = [*effects, *self._states({deviation.kind.what for deviation in effects})]
        return tuple(found) or (self._one("order", "effects", "does the same in another order"),)

    def _one(self, what: str, way: str, words: str) -> Deviation:
        return Deviation(Kind(self._where, what, way), words)

    def _both(self, kind: type[Any]) -> tuple[list[Any], list[Any]]:
        """What the reference asks for of this kind, and what the other one does."""
        there, here = ([e for e in each.effects if isinstance(e, kind)] for each in (self._there, self._here))
        return there, here

    def _apart(self, kind: type[Any]) -> tuple[list[Any], list[Any]]:
        """What the reference alone asks for of this kind, and what the other one alone does."""
        there, here = self._both(kind)
        if there == here:
            return [], []
        return list((Counter(there) - Counter(here)).elements()), list((Counter(here) - Counter(there)).elements())

    # -- Effects ----------------------------------------------------------------------------------

    def _answers(self) -> Iterator[Deviation]:
        missing, extra = self._apart(Accepted)
        state = self._before.state.value
        pairs = {each.command: each for each in missing}
        for each in extra:
            words = f"accepts {each.command} in {state}"
            if pairs.pop(each.command, None) is not None:
                words = _accepted_otherwise(each, state)
            yield self._one("gate", words, words)
        for each in pairs.values():
            yield self._one("gate", f"lacks {each.command} in {state}", f"does not accept {each.command} in {state}")
        if not missing and not extra:
            there, here = self._apart(Refused)
            for each in here:
                said = "; ".join((each.reason, *each.missing)) or "nothing"
                yield self._one("refusal", "text", f"refuses {each.command} in {state} and says {said}")
            if there and not here:
                yield self._one("refusal", "none", f"does not refuse {there[0].command} in {state}")

    def _moves(self) -> Iterator[Deviation]:
        missing, extra = self._apart(Transition)
        gone = {(each.source, each.target) for each in missing}
        come = {(each.source, each.target) for each in extra}
        for each in extra:
            edge = (each.source, each.target)
            told = f"from {each.source} to {each.target} ({each.reason})"
            if edge in gone:
                yield self._one("reason", f"{each.source} to {each.target}", f"records that it goes {told}")
            else:
                beyond = ", which the table does not have" if each.violation else ""
                yield self._one("transition", f"{each.source} to {each.target}", f"goes {told}{beyond}")
        for each in missing:
            if (each.source, each.target) not in come:
                words = f"does not go from {each.source} to {each.target}"
                yield self._one("transition", f"not {each.source} to {each.target}", words)

    def _calls(self) -> Iterator[Deviation]:
        missing, extra = self._apart(Call)
        yield from self._by_role("call", "not ", "does not call", missing)
        yield from self._by_role("call", "", "calls", extra)
        there, here = self._both(Call)
        if not missing and not extra and there != here:
            yield self._one("call", "order", f"calls in another order: {_named(here)}")

    def _by_role(self, what: str, way: str, verb: str, calls: list[Any]) -> Iterator[Deviation]:
        for role in dict.fromkeys(_role(each.operation) for each in calls):
            mine = [each for each in calls if _role(each.operation) == role]
            yield self._one(what, f"{way}{role}", f"{verb} {_named(mine)}")

    def _endings(self) -> Iterator[Deviation]:
        missing, extra = self._apart(Settled)
        pairs = {(each.command, each.verdict): each for each in missing}
        for each in extra:
            other = pairs.pop((each.command, each.verdict), None)
            if other is None:
                told = phrases.ended(each.command, f"as {each.verdict}", listed(each.failures))
                yield self._one("ending", f"{each.verdict}", f"ends {told}")
            else:
                yield from self._lists(f"failures of {each.command}", other.failures, each.failures)
                yield from self._lists(f"notes of {each.command}", other.notes, each.notes)
        for each in pairs.values():
            yield self._one("ending", f"not {each.verdict}", f"does not end {each.command}")

    def _lists(self, what: str, there: tuple[Failure, ...], here: tuple[Failure, ...]) -> Iterator[Deviation]:
        if there != here:
            words = f"tells the {what} as: {listed(here) or 'none'}, where there were: {listed(there) or 'none'}"
            yield self._one("failures", _way(there, here), words)

    def _given_up(self) -> Iterator[Deviation]:
        missing, extra = self._apart(GiveUp)
        yield from self._by_role("give up", "not ", "still waits for", missing)
        yield from self._by_role("give up", "", "waits no longer for", extra)

    def _timers(self) -> Iterator[Deviation]:
        missing, extra = self._apart(SetTimer)
        pairs = {each.kind: each for each in missing}
        for each in extra:
            other = pairs.pop(each.kind, None)
            told = f"arms a {each.kind} of {each.duration_ms} ms"
            if other is None:
                yield self._one("timer", f"{each.kind}", told)
            else:
                way = "longer" if each.duration_ms > other.duration_ms else "shorter"
                yield self._one("timer", f"{each.kind} {way}", f"{told}, not of {other.duration_ms} ms")
        for each in pairs.values():
            yield self._one("timer", f"no {each.kind}", f"arms no {each.kind}")
        there, here = self._apart(CancelTimer)
        if there or here:
            words = "leaves the timer armed" if there else "disarms the timer"
            yield self._one("timer", "left" if there else "disarmed", words)

    # -- What is kept in mind ---------------------------------------------------------------------

    def _states(self, told: set[str]) -> Iterator[Deviation]:
        """What is kept otherwise, but for what follows from an effect that differs anyway."""
        if "gate" in told:
            return
        there, here = self._there.after, self._here.after
        moved = "transition" in told
        skipped = {"views", "procedure", *(("state", "error", "session") if moved else ())}
        for name in CoreState._fields:
            if name not in skipped and getattr(there, name) != getattr(here, name):
                yield self._kept(name, getattr(there, name), getattr(here, name))
        yield from self._procedures(told, there.procedure, here.procedure)
        if "call" not in told:
            yield from self._views(there, here)

    def _procedures(self, told: set[str], there: Procedure | None, here: Procedure | None) -> Iterator[Deviation]:
        if there is None or here is None:
            if there != here and not told & {"ending", "transition", "call"}:
                words = "has nothing under way" if here is None else f"still has {here.command} under way"
                yield self._one("procedure", "over" if here is None else "not over", words)
            return
        skipped = {"waiting", "issued", "todo"} if "call" in told else {"waiting"} if "give up" in told else set()
        for name in Procedure._fields:
            if name not in skipped and getattr(there, name) != getattr(here, name):
                yield self._kept(IN_MIND.get(name, name), getattr(there, name), getattr(here, name))

    def _views(self, there: CoreState, here: CoreState) -> Iterator[Deviation]:
        for service, known, thought in zip(SERVICES, there.views, here.views, strict=True):
            for name in known._fields:
                if getattr(known, name) != getattr(thought, name):
                    whose = "the backend" if service == CONVEX else "a service"
                    told = self._kept(f"{name} of {service}", getattr(known, name), getattr(thought, name))
                    yield Deviation(Kind(self._where, f"{name} of {whose}", told.kind.way), told.words)

    def _kept(self, name: str, there: object, here: object) -> Deviation:
        if isinstance(there, OrchestratorConfig) and isinstance(here, OrchestratorConfig):
            options = {option: value for option, value in here._asdict().items() if value != getattr(there, option)}
            return self._one(name, "other", f"keeps to the configuration {phrases.settings(options)}")
        way = _way(there, here) if isinstance(there, tuple) and isinstance(here, tuple) else "other"
        return self._one(name, way, f"keeps as {name.replace('_', ' ')} {_plain(here)}, not {_plain(there)}")


IN_MIND = {"todo": "steps to take", "issued": "steps to undo", "waiting": "calls to wait for"}
"""What the fields of a procedure mean, where their names do not say it."""


def _accepted_otherwise(accepted: Accepted, state: str) -> str:
    """What is told of a command that the reference accepts, too, but joined where this one begins, or the reverse."""
    if accepted.joined:
        return f"joins {accepted.command} in {state} to the one under way instead of beginning another"
    return f"begins another {accepted.command} in {state} instead of joining the one under way"


def _role(operation: str) -> str:
    """What a call is for, whatever its service; the backend is no such service."""
    if operation in READS:
        return "read"
    if operation == LEASE.name:
        return "lease"
    turns_on = OPERATIONS[operation].turns_on
    if OPERATIONS[operation].service == CONVEX:
        return "live write" if turns_on else "idle write"
    return "initialize" if turns_on is None else "switch-on" if turns_on else "switch-off"


def _named(calls: list[Any]) -> str:
    return ", ".join(phrases.named(each.operation, each.session) for each in calls)


def _way(there: tuple[Any, ...], here: tuple[Any, ...]) -> str:
    """How one row differs from another."""
    if len(here) != len(there):
        return "fewer" if len(here) < len(there) else "more"
    return "order" if Counter(here) == Counter(there) else "other"


def _plain(value: object) -> str:
    """A value of the state, for people."""
    if value is None or value == () or value == "":
        return "nothing"
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return ", ".join(map(_plain, value))
    if isinstance(value, Failure):
        return str(value)
    if isinstance(value, OpenCall):
        return f"{phrases.named(value.operation, value.session)} ({value.standing})"
    return phrases.named(*value) if isinstance(value, ProcedureStep) else str(value)
