"""Judging a trace: what the core did is known, what the services are as far as whoever recorded it could see."""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.checking.judge.catalogue import quiet_checks, step_checks
from broadcast_orchestrator.properties.guarantees.catalogue import FROM_OUTSIDE, glimpse_of
from broadcast_orchestrator.properties.guarantees.memory import memory_under, observe
from broadcast_orchestrator.properties.guarantees.observations import Aspect, Wrong
from broadcast_orchestrator.properties.guarantees.quiet_world import QuietWorld
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.properties.recorded.hanging import hanging_after, without_hanging
from broadcast_orchestrator.properties.telling.phrases import named
from broadcast_orchestrator.sim.recording.trace_setup import is_recorded, services_are_believed
from broadcast_orchestrator.sim.world.steps import UNHEARD
from broadcast_orchestrator.sim.world.trace import Passage, Trace, replay, walk
from broadcast_orchestrator.sim.world.world import World, quiet

_FROM_INSIDE = frozenset(Aspect) - frozenset(FROM_OUTSIDE)


class JudgedTrace(NamedTuple):
    """How many steps follow from the rules and are judged; what they break, each with the place at which it shows; what
    the trace shows; and what is not known, in words."""

    steps: int
    breaches: tuple[tuple[Violation, str], ...]
    aspects: frozenset[Aspect]
    unknown: tuple[str, ...]


def judge_trace(trace: Trace, rules: type[Core] = Core, *, is_over: bool = False) -> JudgedTrace:
    """The judgement of every step that follows from these rules. Where it `is_over`, recorded to its end, what was not
    answered hangs."""
    aspects = _FROM_INSIDE - {Aspect.TRUTH} if services_are_believed(trace.setup) else _FROM_INSIDE
    again = replay(trace, rules)
    until = len(trace.lines) if again.differs_at is None else again.differs_at - 1
    passages = list(islice(walk(trace, rules), until))
    resting = [passage.after for passage in passages]
    if is_over and is_recorded(trace.setup) and again.agrees:
        resting = list(map(without_hanging, resting, hanging_after(trace.lines)))
    unknown = _left_open(resting[-1]) if again.agrees and resting else ()
    if not again.agrees:
        unknown = (f"step {again.differs_at} does not follow from the rules, and is not judged: {again.difference}",)
    if trace.raises:
        unknown += (f"the rules raise in the last step: {trace.raises}",)
    return JudgedTrace(until, tuple(_breaches(passages, resting, rules, aspects)), aspects, unknown)


def _breaches(
    passages: list[Passage], resting: list[World], rules: type[Core], aspects: frozenset[Aspect]
) -> Iterator[tuple[Violation, str]]:
    """What the steps break, and the worlds after them where all is quiet."""
    memory = memory_under(rules)
    for moment, (before, step, effects, after, _) in enumerate(passages):
        if not isinstance(step, UNHEARD):
            glimpse = glimpse_of(memory, before, step, effects, after)
            memory = observe(glimpse)
            glimpse = glimpse._replace(later=memory)
            for name, ask in step_checks(aspects):
                yield from (_breach(name, wrong, moment, before) for wrong in ask(glimpse))
        if quiet(resting[moment]):
            rest = QuietWorld(resting[moment], rules)
            for name, look in quiet_checks(aspects):
                yield from (_breach(name, wrong, moment, after) for wrong in look(memory, rest))


def _breach(guarantee: str, wrong: Wrong, moment: int, world: World) -> tuple[Violation, str]:
    return Violation(guarantee, wrong.what, wrong.gap, wrong.key, moment), _place(world)


def _place(world: World) -> str:
    """Where in the life of the orchestrator: what is under way, and in which state."""
    procedure, state = world.core.procedure, world.core.state
    return f"at rest in {state}" if procedure is None else f"{procedure.command} in {state}"


def _left_open(world: World) -> tuple[str, ...]:
    """What is not known of a run that ends in this world."""
    if world.core.procedure is not None:
        return (f"the recording ends in the midst of {world.core.procedure.command}; what came then is not known",)
    calls = [named(flight.operation, flight.session) for flights in world.flights for flight in flights]
    if calls:
        return (f"on its way at the end, so that all is not quiet: {', '.join(calls)}; what became of it is not known",)
    return () if quiet(world) else ("the recording ends before a cleanup that is due; what came then is not known",)
