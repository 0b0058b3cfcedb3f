"""Claims about the steps of one run: always, sometimes, before, within, after. Each is a fold with a third answer:
a run that never met what the claim is about says nothing."""

from collections.abc import Callable, Sequence
from typing import Any

from broadcast_orchestrator.model.events import (
    INTERRUPTED,
    RETRY_DELAY,
    SUCCEEDED,
    Accepted,
    Call,
    Refused,
    SetTimer,
    Settled,
)
from broadcast_orchestrator.model.operations import OPERATIONS
from broadcast_orchestrator.model.state import is_transitioning, residue
from broadcast_orchestrator.model.table import BroadcastState
from broadcast_orchestrator.properties.experiments.measures import backend_agrees, rolls_back
from broadcast_orchestrator.sim.experiments.tables import After, Always, Before, Sometimes, StepClaim, Within
from broadcast_orchestrator.sim.world.trace import Passage
from broadcast_orchestrator.sim.world.world import on_air, quiet

Condition = Callable[[Passage, bool], bool]
"""Asked about a step, and whether that step broke a guarantee."""


class ClaimFollower:
    """Follows one run for one claim. `holds` is True, False, or None while nothing can be said."""

    def __init__(self, claim: StepClaim) -> None:
        self.claim = claim
        self.holds: bool | None = {"always": True, "sometimes": False}.get(str(getattr(claim, "kind", "")))
        self._seen = False
        self._due_ms: float | None = None

    def see(self, at_ms: float, that: bool, trigger: bool) -> None:
        """Take in one step: whether what is claimed, and what triggers the claim, hold of it (see `conditions`)."""
        match self.claim:
            case Always():
                self.holds = bool(self.holds) and that
            case Sometimes():
                self.holds = bool(self.holds) or that
            case Before():
                if self.holds is None and trigger:
                    self.holds = self._seen
                self._seen = self._seen or that
            case After():
                if self._seen and self.holds is not False:
                    self.holds = that
                self._seen = self._seen or trigger
            case Within(ms=ms):
                self._within(at_ms, that, trigger, ms)

    def end(self) -> bool | None:
        """The answer, now that the run is over and nothing more will come."""
        if isinstance(self.claim, After) and self._seen and self.holds is None:
            return None
        return False if self._due_ms is not None else self.holds

    def _within(self, at_ms: float, that: bool, trigger: bool, ms: float) -> None:
        if self.holds is False:
            return
        if self._due_ms is not None and (that or at_ms > self._due_ms):
            self.holds = at_ms <= self._due_ms
            self._due_ms = None
        if trigger and self._due_ms is None and self.holds is not False:
            self.holds, self._due_ms = (True, None) if that else (self.holds, at_ms + ms)


def step_claims(claims: Sequence[Any]) -> tuple[Any, ...]:
    """Those of the claims that are about steps."""
    return tuple(claim for claim in claims if isinstance(claim, StepClaim))


def conditions(claims: Sequence[StepClaim]) -> tuple[str, ...]:
    """The names of two conditions for each claim: what it says, and what triggers it."""
    return tuple(name for claim in claims for name in (claim.that, _trigger(claim)))


def _trigger(claim: StepClaim) -> str:
    return str(getattr(claim, "before", None) or getattr(claim, "after", None) or claim.that)


def condition(name: str) -> Condition:
    """What a condition of the vocabulary means."""
    if name.startswith("not "):
        plain = condition(name.removeprefix("not "))
        return lambda passage, broke: not plain(passage, broke)
    if name in PLAIN:
        return PLAIN[name]
    if name in OPERATIONS:
        return lambda passage, _: any(
            isinstance(effect, Call) and effect.operation == name for effect in passage.effects
        )
    if " " in name:
        return _ending(*name.split(" "))
    state = BroadcastState(name)
    return lambda passage, _: passage.after.core.state is state


def _ending(command: str, ending: str) -> Condition:
    def holds(passage: Passage, _: bool) -> bool:
        return any(_ends(effect) == (command, ending) for effect in passage.effects)

    return holds


def _ends(effect: object) -> tuple[str, str] | None:
    match effect:
        case Accepted(command):
            return command, "accepted"
        case Refused(command):
            return command, "refused"
        case Settled(command, verdict):
            return command, {SUCCEEDED: "succeeded", INTERRUPTED: "interrupted"}.get(verdict, "failed")
    return None


PLAIN: dict[str, Condition] = {
    "on_air": lambda passage, _: bool(on_air(passage.after)),
    "all_on_air": lambda passage, _: all(passage.after.truth.active),
    "residue": lambda passage, _: bool(residue(passage.after.core)),
    "backend_live": lambda passage, _: bool(passage.after.truth.backend),
    "backend_agrees": lambda passage, _: backend_agrees(passage.after),
    "content": lambda passage, _: passage.after.core.content,
    "quiet": lambda passage, _: quiet(passage.after),
    "transitioning": lambda passage, _: is_transitioning(passage.after.core),
    "retry": lambda passage, _: any(isinstance(e, SetTimer) and e.kind == RETRY_DELAY for e in passage.effects),
    "rollback": lambda passage, _: rolls_back(passage.before.core, passage.after.core),
    "guarantees": lambda _, broke: not broke,
}
