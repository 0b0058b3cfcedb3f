"""A run from a file, taken again: its steps, and what each of them breaks."""

from pathlib import Path

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.guarantees.catalogue import watch
from broadcast_orchestrator.properties.guarantees.memory import memory_under
from broadcast_orchestrator.properties.guarantees.verdicts import unforeseen
from broadcast_orchestrator.reports.options.judged_rules import rules_for
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.sim.world.trace import Passage, Trace, TraceError, replay, walk


def run_of(file: Path, rules_path: str | None = None) -> tuple[tuple[Passage, ...], type[Core]]:
    """Every step of the trace taken again, and the rules that it was taken by.

    Raises BadInput where the file is no trace, has no step, or cannot happen as it says.
    """
    try:
        trace = Trace.load(file)
    except TraceError as mistake:
        raise BadInput(str(mistake)) from None
    rules = rules_for(rules_path, trace.rules)
    again = replay(trace, rules)
    if not again.agrees:
        raise BadInput(f"{file}: diverges at step {again.differs_at}: {again.difference}")
    if not trace.lines:
        raise BadInput(f"{file}: has no step, so there is nothing to show")
    return tuple(walk(trace, rules)), rules


def violations_by_step(run: tuple[Passage, ...], rules: type[Core] = Core) -> dict[int, str]:
    """What each step breaks, by its number from 1; what follows from a gap of the guide's own is left out."""
    observer, found = memory_under(rules), {}
    for number, (before, step, effects, after, _) in enumerate(run, 1):
        observer, violations = watch(observer, before, step, effects, after, rules)
        if wrong := unforeseen(violations):
            found[number] = "; ".join(map(str, wrong))
    return found
