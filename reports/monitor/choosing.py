"""What can be chosen at a moment of a run: every step that can happen next, in words, and the branches there are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, assert_never

from broadcast_orchestrator.properties.telling.story import consequences, what_happened
from broadcast_orchestrator.reports.viewer.facts.simulated_facts import SimulatedFacts
from broadcast_orchestrator.sim.realtime.chosen_run import ChosenRun, next_steps
from broadcast_orchestrator.sim.world.steps import (
    Answer,
    Conflict,
    Do,
    Effect,
    Elsewhere,
    Fill,
    Flip,
    Lose,
    Mark,
    Notice,
    Reconfigure,
    Reload,
    Step,
    Suspend,
    Timer,
    to_json,
)
from broadcast_orchestrator.sim.world.trace import Passage, in_one_line
from broadcast_orchestrator.sim.world.world import World, happen


class OfferKind(StrEnum):
    """What works or follows from what went wrong before; what comes from outside; what goes wrong newly, with a call or
    with a service."""

    WORKS = "works"
    OUTSIDE = "outside"
    CALL = "call"
    SERVICE = "service"


@dataclass(frozen=True)
class OfferFact:
    """A step that can happen next: as plain data, in words, `then` what would follow at once, the state after it, the
    guarantees that it would break, and whether the run went on with it. `raises` is what the rules raise in it, ""
    where nothing; such a step cannot be taken."""

    step: Mapping[str, Any]
    kind: OfferKind
    words: str
    then: tuple[str, ...]
    state: str
    breaks: tuple[str, ...]
    taken: bool
    raises: str


@dataclass(frozen=True)
class BranchFact:
    """A branch, by its number from 1: the one that it left (None: it was there first) after how many steps, the first
    step of its own in words ("" where it has none), how many it has in all, and the state that it ends in."""

    number: int
    parent: int | None
    at: int
    words: str
    steps: int
    state: str
    shown: bool


@dataclass(frozen=True)
class ChoicesFact:
    """All that can be chosen after so many steps."""

    number: int
    offers: tuple[OfferFact, ...]
    branches: tuple[BranchFact, ...]


def choices_fact(facts: SimulatedFacts, number: int, session: str | None = None) -> ChoicesFact:
    """What can be chosen after so many steps of the run, a start being for the session, too, where one is named. Raises
    IndexError where there were never so many steps."""
    world = facts.run.history.world(number)
    sessions = (None,) if session is None else (None, session)
    works, faults = next_steps(world, sessions)
    offers = [_offer(facts, number, world, step, _kind(step, new_fault=False)) for step in works]
    offers += [_offer(facts, number, world, step, _kind(step, new_fault=True)) for step in faults]
    return ChoicesFact(number, tuple(offers), tuple(_branches(facts.run)) if isinstance(facts.run, ChosenRun) else ())


def _kind(step: Step, *, new_fault: bool) -> OfferKind:
    match step:
        case Do() | Fill() | Reconfigure():
            return OfferKind.OUTSIDE
        case Effect() | Answer() | Mark():
            return OfferKind.CALL if new_fault else OfferKind.WORKS
        case Timer() | Notice() | Conflict() | Lose() | Flip() | Reload() | Elsewhere() | Suspend():
            return OfferKind.SERVICE if new_fault else OfferKind.WORKS
        case _:
            assert_never(step)


def _offer(facts: SimulatedFacts, number: int, world: World, step: Step, kind: OfferKind) -> OfferFact:
    following = facts.run.history.passages[number : number + 1]
    taken = [passage.step for passage in following] == [step]
    try:
        after, effects = happen(world, step, facts.run.rules)
    except Exception as raised:  # whatever broken rules do
        words = what_happened(Passage(world, step, (), world))
        return OfferFact(to_json(step), kind, words, (), world.core.state.value, (), taken, in_one_line(raised))
    passage = Passage(world, step, effects, after)
    return OfferFact(
        step=to_json(step),
        kind=kind,
        words=what_happened(passage),
        then=consequences(passage),
        state=after.core.state.value,
        breaks=facts.breaks(number, passage),
        taken=taken,
        raises="",
    )


def _branches(run: ChosenRun) -> Iterator[BranchFact]:
    for number, branch in enumerate(run.branches, 1):
        passages = branch.history.passages
        yield BranchFact(
            number=number,
            parent=branch.parent,
            at=branch.at,
            words=what_happened(passages[branch.at]) if len(passages) > branch.at else "",
            steps=len(passages),
            state=branch.history.world(len(passages)).core.state.value,
            shown=number == run.branch,
        )
