"""Shrinking: from a run that breaks a guarantee to a smaller one that breaks it too.

Smaller means fewer faults, then fewer commands, then fewer steps, and where there is a clock, shorter times. Two ways
lead there, and the smaller result is kept: leaving out parts of the run, halves first, for as long as it still breaks;
and asking the explorer for a shortest run among all those with no other ingredients than this one has.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import CancelTimer, SetTimer
from broadcast_orchestrator.properties.model_check.proof import find_witnesses
from broadcast_orchestrator.properties.search.minimize import Tries, minimized
from broadcast_orchestrator.properties.witness.retake import RetakenRun, left_out, retake, wish, wishes_of
from broadcast_orchestrator.sim.explore.state_space import Bounds
from broadcast_orchestrator.sim.world.rules_by_name import path_of
from broadcast_orchestrator.sim.world.steps import Do, Fill, Timer, fault_of
from broadcast_orchestrator.sim.world.trace import Passage, Trace
from broadcast_orchestrator.sim.world.world import Scope

TRIES = 1_500
"""How many smaller runs are tried at most."""

WORLDS = 300_000
"""How far the explorer goes for each number of faults; what it has not found by then, it does not find."""


class Shrunk(NamedTuple):
    """The smaller run: its trace, its steps, and what was taken out, as numbers of faults, commands and steps."""

    trace: Trace
    run: RetakenRun
    removed: tuple[int, int, int]


class NothingBroken(ValueError):
    """The run breaks no guarantee, or not the one that was asked for; the message is one line."""


def shrink(trace: Trace, guarantee: str, rules: type[Core] = Core) -> Shrunk:
    """The smallest run found that breaks `guarantee` under `rules`, as the one that `trace` tells does.

    Steps that cannot happen under these rules are left out from the start. The same arguments give the same result.
    Raises `NothingBroken` when the run does not break the guarantee.
    """
    first = retake(wishes_of(trace), guarantee, rules, trace.config)
    if first.violation is None:
        raise NothingBroken(f"the run does not break {guarantee} under {path_of(rules)}")
    search = _SmallerRuns(trace, guarantee, rules)
    smallest = search.reduced(first)
    found = search.explored(smallest)
    if found is not None and found.size < smallest.size:
        smallest = search.reduced(found)
    timed = bool(trace.lines) and all(line.at_ms is not None for line in trace.lines)
    smallest = smallest._replace(passages=tuple(earliest(smallest.passages))) if timed else smallest
    faults, commands, steps = (before - after for before, after in zip(first.size, smallest.size, strict=True))
    return Shrunk(trace_of(smallest, trace, rules), smallest, (faults, commands, steps))


class _Cut(NamedTuple):
    """A run from which something was left out, so many parts at once."""

    run: RetakenRun
    width: int


class _SmallerRuns:
    """The search for smaller runs."""

    def __init__(self, trace: Trace, guarantee: str, rules: type[Core]) -> None:
        self.trace, self.guarantee, self.rules = trace, guarantee, rules
        self.tries = Tries(TRIES)

    def reduced(self, run: RetakenRun) -> RetakenRun:
        """Without the faults, the commands and the steps that are not needed, in this order, until nothing changes."""
        size = None
        while size != run.size and self.tries.left:
            size = run.size
            for kind in (is_fault, is_command, _is_any):
                run = minimized(_Cut(run, len(run.passages)), partial(self._cuts, kind), self.tries).run
        return run

    def _cuts(self, kind: Callable[[Passage], bool], whole: _Cut) -> Iterator[_Cut | None]:
        """Leave out what is of this kind: all of it at once, then ever smaller parts, at last one by one; never more at
        once than the last time, since that led nowhere."""
        numbers = [number for number, passage in enumerate(whole.run.passages) if kind(passage)]
        wishes, width = tuple(map(wish, whole.run.passages)), min(whole.width, len(numbers))
        while width > 0:
            for start in range(0, len(numbers), width):
                part = numbers[start : start + width]
                run = retake(left_out(wishes, part), self.guarantee, self.rules, self.trace.config)
                yield _Cut(run, width) if run.violation is not None and run.size < whole.run.size else None
            width //= 2

    def explored(self, run: RetakenRun) -> RetakenRun | None:
        """A shortest run with the fewest faults, of no other kinds than this one has; None where none is near."""
        for limit in range(run.size[0] + 1):
            scope = ingredients(run.passages, limit)
            try:
                bounds = Bounds(states=WORLDS)
                found = find_witnesses(
                    scope, rules=self.rules, config=self.trace.config, bounds=bounds, until=self.guarantee
                )
            except Exception:  # the space is too large, or whatever broken rules do
                return None
            if self.guarantee in found:
                return retake(map(wish, found[self.guarantee].passages), self.guarantee, self.rules, self.trace.config)
        return None


def is_fault(passage: Passage) -> bool:
    """Whether the step is a fault, and not only what follows from an earlier one."""
    return passage.after.faults > passage.before.faults


def is_command(passage: Passage) -> bool:
    """Whether a caller asks for something."""
    return isinstance(passage.step, Do)


def _is_any(_: Passage) -> bool:
    return True


def ingredients(passages: Iterable[Passage], limit: int) -> Scope:
    """The scope of all runs made of what this one is made of: its classes of fault, up to `limit` of them, and the
    session ids of its starts; commands race only if they do here."""
    run = tuple(passages)
    commands = [passage for passage in run if isinstance(passage.step, Do)]
    starts = [p.step.session for p in commands if isinstance(p.step, Do) and p.step.command == "start_broadcast"]
    return Scope(
        faults=tuple(dict.fromkeys(fault_of(passage.step) for passage in run if is_fault(passage))),
        limit=limit,
        racing=any(passage.before.core.procedure is not None for passage in commands),
        sessions=tuple(dict.fromkeys(starts)),
        filling=any(isinstance(passage.step, Fill) for passage in run),
    )


def earliest(passages: Iterable[Passage]) -> Iterator[Passage]:
    """The same steps at the earliest times: only timers take any, each the duration that it was set to."""
    now, due = 0.0, 0.0
    for passage in passages:
        now = max(now, due) if isinstance(passage.step, Timer) else now
        for effect in passage.effects:
            if isinstance(effect, SetTimer):
                due = now + effect.duration_ms
            elif isinstance(effect, CancelTimer):
                due = now
        yield passage._replace(at_ms=now)


def trace_of(run: RetakenRun, like: Trace, rules: type[Core]) -> Trace:
    """The steps as a trace that begins as another one does; a seed would not make it again, so it has none."""
    lines = [passage.line for passage in run.passages]
    about = {"guarantee": run.violation.guarantee, "breach": run.violation.what} if run.violation else {}
    return Trace(like.config, f"{like.made_by}, shrunk", None, about, lines, path_of(rules))
