"""Explaining a violation: what was expected and what was seen, which faults and commands it takes, and from where on
nothing could have averted it.

A cause is necessary when the guarantee holds without it: the run is taken again with a healthy call in the place of
the fault, or without the command, until everything has come to rest.
"""

from typing import NamedTuple

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.guide.clauses import CLAUSES
from broadcast_orchestrator.model.guide.readings import READINGS
from broadcast_orchestrator.model.state import CoreState, left_live, on_air, residue
from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES, Guarantee, watch
from broadcast_orchestrator.properties.guarantees.memory import JudgeMemory, memory_under
from broadcast_orchestrator.properties.telling.story import consequences, in_full, listed, what_happened
from broadcast_orchestrator.properties.witness.retake import calm_steps, left_out, retake, wish, wishes_of
from broadcast_orchestrator.properties.witness.shrink import Shrunk, is_command, is_fault, shrink
from broadcast_orchestrator.sim.world.service_state import is_awaited
from broadcast_orchestrator.sim.world.steps import Answer, Effect, Mark, Step
from broadcast_orchestrator.sim.world.trace import Passage, Trace
from broadcast_orchestrator.sim.world.world import World, happen, local_of, place_of

FUTURES = 2_000
"""How many worlds are looked at to learn whether a violation can still be averted."""


class Cause(NamedTuple):
    """A fault or a command of the run: the number of its step (from 1), what happened, the place of the fault ("":
    it hit no call), whether the violation needs it, and what becomes of the run without it."""

    number: int
    kind: str
    what: str
    place: str
    necessary: bool
    without: str


class Departure(NamedTuple):
    """The first step at which the reference does otherwise: its number, what follows here, what follows there."""

    number: int
    here: tuple[str, ...]
    reference: tuple[str, ...]


class Explanation(NamedTuple):
    """Why a guarantee is broken.

    `observed` is what is wrong, `gap` the gap of the guide's own from which it follows ("" for none), `serves` are the
    clauses and readings behind the guarantee, each with its words. `inevitable` is the number of the step after which
    every healthy continuation leads to the violation, None where that is not known. `departure` is there where the
    rules are not the reference's and do otherwise.
    """

    guarantee: Guarantee
    observed: str
    gap: str
    serves: tuple[tuple[str, str], ...]
    shrunk: Shrunk
    causes: tuple[Cause, ...]
    inevitable: int | None
    departure: Departure | None

    @property
    def passages(self) -> tuple[Passage, ...]:
        """The steps of the smaller run."""
        return self.shrunk.run.passages

    @property
    def story(self) -> tuple[str, ...]:
        """The smaller run in sentences, one a step."""
        return tuple(map(in_full, self.passages))


def explain(trace: Trace, rules: type[Core] = Core) -> Explanation | None:
    """Why the run of the trace breaks a guarantee under `rules`; None where it breaks none.

    It is the guarantee that the trace was made to show, else the first that the run breaks. The run is shrunk first,
    and what is explained is the smaller one.
    """
    name = broken_guarantee(trace, rules)
    if name is None:
        return None
    shrunk = shrink(trace, name, rules)
    assert shrunk.run.violation is not None
    guarantee = next(guarantee for guarantee in GUARANTEES if guarantee.id == name)
    return Explanation(
        guarantee=guarantee,
        observed=shrunk.run.violation.what,
        gap=shrunk.run.violation.gap,
        serves=_serves(guarantee),
        shrunk=shrunk,
        causes=_causes(shrunk, rules),
        inevitable=_inevitable(shrunk, rules),
        departure=None if rules is Core else _departure(shrunk),
    )


def broken_guarantee(trace: Trace, rules: type[Core]) -> str | None:
    """The guarantee that the run is about; one that the guide's own gaps break only where there is no other."""
    violations = retake(wishes_of(trace), "", rules, trace.config).violations
    names = [violation.guarantee for violation in sorted(violations, key=lambda violation: bool(violation.gap))]
    shown = trace.setup.get("guarantee")
    return next((name for name in (shown, *names) if name in names), None)


def _serves(guarantee: Guarantee) -> tuple[tuple[str, str], ...]:
    words = {clause.id: clause.demand for clause in CLAUSES} | {row.id: row.question for row in READINGS}
    return tuple((name, words[name]) for name in guarantee.clauses)


# -- What it takes --------------------------------------------------------------------------------


def _causes(shrunk: Shrunk, rules: type[Core]) -> tuple[Cause, ...]:
    return tuple(
        _cause(shrunk, number, rules)
        for number, passage in enumerate(shrunk.run.passages)
        if is_fault(passage) or is_command(passage)
    )


def _cause(shrunk: Shrunk, number: int, rules: type[Core]) -> Cause:
    run, passage = shrunk.run, shrunk.run.passages[number]
    assert run.violation is not None
    name = run.violation.guarantee
    without = retake(left_out(tuple(map(wish, run.passages)), (number,)), name, rules, shrunk.trace.config)
    state = without.passages[-1].after.core.state if without.passages else CoreState().state
    end = f"{name} holds, and the run ends in {state}"
    if without.violation is not None:
        end = f"{name} is broken all the same: {without.violation.what}"
    kind = "fault" if is_fault(passage) else "command"
    return Cause(number + 1, kind, what_happened(passage), _place(passage), without.violation is None, end)


def _place(passage: Passage) -> str:
    step, before = passage.step, passage.before
    if not isinstance(step, Effect | Answer | Mark):
        return ""
    return place_of(before.core.procedure, is_awaited(local_of(before, step.service), step.flight))


# -- Where it could still be averted --------------------------------------------------------------


def _inevitable(shrunk: Shrunk, rules: type[Core]) -> int | None:
    """The first step from which on the violation comes whatever happens, if no further fault and no command does."""
    assert shrunk.run.violation is not None
    moments, observer = [], memory_under(rules)
    for before, step, effects, after, _ in shrunk.run.passages[:-1]:
        observer, _ = watch(observer, before, step, effects, after, rules)
        moments.append((after, observer))
    last = len(shrunk.run.passages)
    for number in range(last - 1, 0, -1):
        averted = _can_be_averted(*moments[number - 1], shrunk.run.violation.guarantee, rules)
        if averted is None:
            return None
        if averted:
            return number + 1
    return 1


def _can_be_averted(world: World, observer: JudgeMemory, guarantee: str, rules: type[Core]) -> bool | None:
    """Whether some healthy continuation comes to rest without the violation; None where there are too many."""
    seen, open_ = {(world, observer): None}, [(world, observer)]
    while open_:
        world, observer = open_.pop()
        steps = calm_steps(world)
        if not steps:
            return True
        for step in steps:
            following = _following(world, observer, step, guarantee, rules)
            if following is not None and following not in seen:
                seen[following] = None
                open_.append(following)
        if len(seen) > FUTURES:
            return None
    return False


def _following(
    world: World, observer: JudgeMemory, step: Step, guarantee: str, rules: type[Core]
) -> tuple[World, JudgeMemory] | None:
    """The world after the step, and what is remembered then; None where the step breaks the guarantee."""
    try:
        after, effects = happen(world, step, rules)
        observer, violations = watch(observer, world, step, effects, after, rules)
    except Exception:  # whatever broken rules do, the run ends with it
        return None
    return None if guarantee in [violation.guarantee for violation in violations] else (after, observer)


# -- Where the reference does otherwise -----------------------------------------------------------


def _departure(shrunk: Shrunk) -> Departure | None:
    """Both cores are given the same steps until one of them asks for something else, or remembers something else."""
    for number, passage in enumerate(shrunk.run.passages, 1):
        after, effects = happen(passage.before, passage.step)
        other = passage._replace(effects=effects, after=after)
        if (effects, after) != (passage.effects, passage.after):
            return Departure(number, _outcome(passage, other), _outcome(other, passage))
    return None


def _outcome(passage: Passage, other: Passage) -> tuple[str, ...]:
    """What follows from the step and differs from what follows in the other core."""
    unlike = tuple(words for words in consequences(passage) if words not in consequences(other))
    if unlike or passage.effects != other.effects:
        return unlike or ("nothing of the kind",)
    here, there = _mind(passage.after.core), _mind(other.after.core)
    unlike = tuple(f"has in mind {what}: {here[what] or 'nothing'}" for what in here if here[what] != there.get(what))
    return unlike or ("has something else in mind",)


def _mind(core: CoreState) -> dict[str, str]:
    """What the core has in mind, and shows only later by what it does."""
    mind = {
        "residue": ", ".join(residue(core)),
        "services that are on": ", ".join(on_air(core)),
        "sessions left live": ", ".join(left_live(core)),
        "cleanups": ", ".join(step.operation for step in core.due),
        "the error": listed(core.error),
    }
    procedure = core.procedure
    if procedure is None:
        return mind
    return mind | {
        "what to do next": ", ".join(step.operation for step in procedure.todo),
        "what to wait for": ", ".join(step.operation for step in procedure.waiting),
        "what to undo": ", ".join(step.operation for step in procedure.issued[::-1]),
        "failures": listed(procedure.failures + procedure.notes),
        "attempts": str(procedure.attempt),
    }
