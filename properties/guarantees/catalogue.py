"""What must hold: the guarantees, row by row, and the judging of steps, quiet worlds and whole runs by them.

Judging is apart from running: `watch` is a pure fold over the steps of any run, from any driver. It is done by the
checks alone that a guarantee is made of: those about one step are in `calls` and `outcomes`, those about a quiet world
in `quiet`. Whoever else speaks of judging shows them runs or remembers what they said. An implementation of which only
the outside is seen is judged by the same guarantees, with checks of their own (see `properties.checking.judge`).
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import CLEANUP, CoreEffect
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.views import INDEX, OpenCall, open_call
from broadcast_orchestrator.properties.guarantees.accounts import (
    accounted,
    fails_into_error,
    interrupted,
    reported,
    shown,
)
from broadcast_orchestrator.properties.guarantees.answers import reasons, refusals, sessions, taken
from broadcast_orchestrator.properties.guarantees.calls import (
    all_steps,
    alone,
    emergency,
    newer_wins,
    order,
    retry,
    rollback_order,
    taken_over,
)
from broadcast_orchestrator.properties.guarantees.cleanups import cleaned, unasked
from broadcast_orchestrator.properties.guarantees.memory import Glimpse, JudgeMemory, Sentences, asks, observe
from broadcast_orchestrator.properties.guarantees.outcomes import (
    error,
    gate,
    lands,
    limits,
    record,
    settled_once,
    settles,
    table,
    told,
)
from broadcast_orchestrator.properties.guarantees.quiet import (
    all_off,
    all_on,
    at_rest,
    rolled_back,
    truthful_backend,
    way_out,
)
from broadcast_orchestrator.properties.guarantees.timing import armed, gives_up, initializes, retried
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.sim.world import steps
from broadcast_orchestrator.sim.world.service_state import ServiceState, position
from broadcast_orchestrator.sim.world.steps import Answer, Step
from broadcast_orchestrator.sim.world.world import World, local_of, quiet


class Guarantee(NamedTuple):
    """A row of the guarantee matrix: its id and name, when it must hold, what it says, and the clauses and readings
    that it serves. `premise` says of a core, and of what is remembered there, whether what it is about has occurred."""

    id: str
    name: str
    kind: str
    sentence: str
    clauses: tuple[str, ...]
    of_steps: tuple[Callable[[Glimpse], Sentences], ...] = ()
    of_quiet: tuple[Callable[[JudgeMemory, World, type[Core]], Iterator[str | tuple[str, str]]], ...] = ()
    premise: Callable[[CoreState, JudgeMemory], bool] = lambda core, memory: True


def a_start_failed(_core: CoreState, memory: JudgeMemory) -> bool:
    """A start is being rolled back, or was."""
    return memory.undoing or memory.start_failed


def something_failed(core: CoreState, _memory: JudgeMemory) -> bool:
    """There is an error, or a failure of what is under way."""
    return bool(core.error or (core.procedure and (core.procedure.failures or core.procedure.notes)))


def an_attempt_was_repeated(_core: CoreState, memory: JudgeMemory) -> bool:
    """An initialization tries again."""
    return memory.attempts > 1


def a_cleanup_ran(_core: CoreState, memory: JudgeMemory) -> bool:
    """A late success is being cleaned up, or waits for that."""
    return bool(memory.owed) or memory.command == CLEANUP


GUARANTEES: tuple[Guarantee, ...] = (
    Guarantee(
        "G1",
        "table",
        "always",
        "Every change of state is a row of the table, or a forced edge taken by an emergency stop.",
        ("ST-2", "ST-3", "ST-4", "ST-5", "ST-6", "ST-7", "ST-8", "ST-9", "EM-3", "R3", "R13", "R14", "R19"),
        of_steps=(table,),
    ),
    Guarantee(
        "G2",
        "rollback",
        "eventually",
        "After a failed start everything it may have switched on is undone in reverse, or named.",
        ("SU-11", "SB-3", "R4", "R8"),
        of_steps=(rollback_order,),
        of_quiet=(rolled_back,),
        premise=a_start_failed,
    ),
    Guarantee(
        "G3",
        "live",
        "always",
        "Quiet and live: feed, session, host and producer are on, and the backend says so when sync applies.",
        ("SU-10", "ST-10", "UT-3", "CX-4"),
        of_quiet=(all_on,),
    ),
    Guarantee(
        "G4",
        "off",
        "always",
        "Quiet and idle or ready: nothing is on air that is not named as residue, and in ready nothing is.",
        ("ST-10", "SD-8", "EM-1", "R11"),
        of_quiet=(all_off,),
    ),
    Guarantee(
        "G5",
        "error",
        "always",
        "Error and its text go together; the first cause is kept, and every failure reaches the caller.",
        ("QS-3", "SB-3", "EX-3", "RC-2", "R2", "R4", "R16"),
        of_steps=(error, accounted, shown, reported, fails_into_error, interrupted),
        premise=something_failed,
    ),
    Guarantee(
        "G6",
        "way out",
        "reachability",
        "From every quiet world an emergency stop leads to idle and initialize to ready, once faults stop.",
        ("RC-3", "TR-3", "R3", "R11", "R20"),
        of_quiet=(way_out,),
    ),
    Guarantee(
        "G7",
        "settles",
        "within",
        "Whatever is under way has a limit, whatever ends is settled, and what is quiet is at rest.",
        ("IN-3", "R7", "R15", "R21"),
        of_steps=(settles, limits, armed, gives_up, settled_once, lands),
        of_quiet=(at_rest,),
    ),
    Guarantee(
        "G8",
        "order",
        "always",
        "Startup steps in order, shutdown in reverse, none before the one before was settled or given up.",
        ("SU-4", "SU-5", "SU-6", "SU-7", "SU-8", "SU-9", "SD-2", "SD-3", "SD-4", "SD-5", "SD-6", "SD-7"),
        of_steps=(order, all_steps),
    ),
    Guarantee(
        "G9",
        "alone",
        "always",
        "Never two procedures at once; an interrupted procedure issues no further call.",
        ("OV-2", "BP-2", "R15"),
        of_steps=(alone,),
    ),
    Guarantee(
        "G10",
        "emergency",
        "within",
        "An emergency stop issues the four stops at once, tells no backend, and ends in idle whatever they do.",
        ("EM-1", "EM-2", "EM-3", "EM-4", "R3"),
        of_steps=(emergency, taken_over),
    ),
    Guarantee(
        "G11",
        "retry",
        "always",
        "At most 1 + maxRetries attempts, at least retryDelay apart, only while initializing.",
        ("IN-1", "IN-4", "R6"),
        of_steps=(retry, retried, initializes),
        premise=an_attempt_was_repeated,
    ),
    Guarantee(
        "G12",
        "record",
        "always",
        "The history has every change of state, each entry beginning where the last one ended.",
        ("SN-1", "LG-1", "LG-2", "OV-3", "R22"),
        of_steps=(record, reasons),
    ),
    Guarantee(
        "G13",
        "gate",
        "always",
        "A start is accepted exactly when it can be; a refused command changes nothing.",
        ("SU-1", "SU-2", "SB-2", "CS-1", "BP-3", "RC-1", "SD-1", "R5", "R11", "R12", "R15", "R18"),
        of_steps=(gate, refusals, taken),
    ),
    Guarantee(
        "G14",
        "backend",
        "always",
        "Quiet, with sync applying: the backend calls a session live exactly while it is.",
        ("CX-4", "SP-1", "SD-7", "R10"),
        of_steps=(told, sessions),
        of_quiet=(truthful_backend,),
    ),
    Guarantee(
        "G15",
        "newer wins",
        "always",
        "Nothing that an abandoned call does later changes the outcome of a newer broadcast.",
        ("OV-1", "R9"),
        of_steps=(newer_wins,),
    ),
    Guarantee(
        "G16",
        "cleaned",
        "eventually",
        "Every late success of a switch-on that counts is followed by a switch-off of its service.",
        ("R9", "R10"),
        of_steps=(unasked,),
        of_quiet=(cleaned,),
        premise=a_cleanup_ran,
    ),
)
"""Every guarantee that is judged, in the order of the rows."""

OF_STEPS = tuple((guarantee.id, check) for guarantee in GUARANTEES for check in guarantee.of_steps)
OF_QUIET = tuple((guarantee.id, check) for guarantee in GUARANTEES for check in guarantee.of_quiet)
"""Their checks, each with the id of its guarantee."""


def judge_step(glimpse: Glimpse) -> tuple[Violation, ...]:
    """Every guarantee that this one step breaks."""
    return tuple([Violation(name, what) for name, check in OF_STEPS for what in check(glimpse)])


def judge_quiet(observer: JudgeMemory, world: World, rules: type[Core] = Core) -> tuple[Violation, ...]:
    """Every guarantee that this quiet world breaks, if it goes on under these rules."""
    return tuple(
        [
            Violation(name, *([what] if isinstance(what, str) else what))
            for name, check in OF_QUIET
            for what in check(observer, world, rules)
        ]
    )


UNHEARD = (steps.Effect, steps.Mark, steps.Lose, steps.Flip, steps.Conflict)
"""The steps of which the core hears nothing: it stays as it is, and so does what is judged and remembered of it."""


def watch(
    observer: JudgeMemory,
    before: World,
    step: Step,
    effects: tuple[CoreEffect, ...],
    after: World,
    rules: type[Core] = Core,
) -> tuple[JudgeMemory, tuple[Violation, ...]]:
    """Fold one step of a run: what to remember, and every guarantee that the step, or a quiet world after it, breaks.

    Begin with `JudgeMemory()` and the world that the run begins in; feed every step in its order. `rules` are those of
    the core that runs.
    """
    if isinstance(step, UNHEARD):
        return observer, judge_quiet(observer, after, rules) if quiet(after) else ()
    call, touched = answered_call(before, step), before.core.views != after.core.views
    asked = asks(lambda service, question: question(before.core.views[INDEX[service]]), before.core, step, call)
    glimpse = Glimpse(observer, before.core, step, effects, after.core, call, asked, touched)
    remembered = observe(glimpse)
    violations = judge_step(glimpse)
    if quiet(after):
        violations += judge_quiet(remembered, after, rules)
    return remembered, violations


def answered_call(before: World, step: Step) -> OpenCall | None:
    """The open call that an answer is for."""
    return call_at(local_of(before, step.service), step.flight) if isinstance(step, Answer) else None


def call_at(whole: ServiceState, flight: int) -> OpenCall:
    """The open call of this flight."""
    return open_call(whole.view, position(whole, flight))
