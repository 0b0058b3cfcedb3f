"""What must hold: the guarantees, row by row, each with its checks, and the judging of steps, quiet worlds and runs.

There is one text of each guarantee, whoever looks on. Judging is apart from running: `watch` is a pure fold over the
steps of any run, from any driver, and the checks see nothing but a `Glimpse` of each moment and a `Rest` when all is
quiet. An implementation of which only the outside is seen is told in the same words and judged by the same checks (see
`properties.checking.judge`); a check that needs what is not shown there is not observable, and is named as such.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import CLEANUP, Accepted, Call, CoreEffect, Refused, Settled, Transition
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.views import INDEX
from broadcast_orchestrator.properties.guarantees.memory import Glimpse, JudgeMemory, asks, memory_under, observe
from broadcast_orchestrator.properties.guarantees.monitors import (
    accounts,
    answers,
    calls,
    cleanups,
    outcomes,
    timing,
)
from broadcast_orchestrator.properties.guarantees.monitors import (
    quiet as at_quiet,
)
from broadcast_orchestrator.properties.guarantees.observations import Aspect, Rest, Sentences
from broadcast_orchestrator.properties.guarantees.quiet_world import QuietWorld
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.sim.world.service_state import ServiceState, true_call
from broadcast_orchestrator.sim.world.steps import UNHEARD, Answer, Do, Notice, Reload, Step, Timer
from broadcast_orchestrator.sim.world.trace import Passage
from broadcast_orchestrator.sim.world.world import World, quiet, services_of


class StepCheck(NamedTuple):
    """A check of one moment, and what it needs to see that not everybody shows. `of` are the kinds of steps and effects
    that it is about: where there is none of them it has nothing to say (none named: it may always have)."""

    asks: Callable[[Glimpse], Sentences]
    needs: tuple[Aspect, ...] = ()
    of: tuple[type, ...] = ()

    @property
    def name(self) -> str:
        """What the check is called."""
        return self.asks.__name__


class QuietCheck(NamedTuple):
    """A check of what is shown and true when all is quiet, and what it needs to see."""

    asks: Callable[[JudgeMemory, Rest], Sentences]
    needs: tuple[Aspect, ...] = ()

    @property
    def name(self) -> str:
        """What the check is called."""
        return self.asks.__name__


class Guarantee(NamedTuple):
    """A row of the guarantee matrix: its id and name, when it must hold, what it says, and the clauses and readings
    that it serves. `premise` says of a core, and of what is remembered there, whether what it is about has occurred."""

    id: str
    name: str
    kind: str
    sentence: str
    clauses: tuple[str, ...]
    of_steps: tuple[StepCheck, ...] = ()
    of_quiet: tuple[QuietCheck, ...] = ()
    premise: Callable[[CoreState, JudgeMemory], bool] = lambda core, memory: True

    @property
    def checks(self) -> tuple[StepCheck | QuietCheck, ...]:
        """All of them, those of a moment first."""
        return (*self.of_steps, *self.of_quiet)


def a_start_failed(_core: CoreState, memory: JudgeMemory) -> bool:
    """A start is being rolled back, or was."""
    return memory.undoing or memory.start_failed


def something_failed(core: CoreState, _memory: JudgeMemory) -> bool:
    """There is an error, or a failure of what is under way."""
    return bool(core.error or (core.procedure and (core.procedure.failures or core.procedure.notes)))


def an_attempt_was_repeated(_core: CoreState, memory: JudgeMemory) -> bool:
    """An initialization tries again."""
    return memory.attempts > 1


def it_is_not_what_it_was(_core: CoreState, memory: JudgeMemory) -> bool:
    """The orchestrator has lost its memory, or another dashboard has issued a command."""
    return memory.reloaded or memory.beside


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
        of_steps=(StepCheck(outcomes.table, of=(Transition,)),),
    ),
    Guarantee(
        "G2",
        "rollback",
        "eventually",
        "After a failed start everything it may have switched on is undone in reverse, or named.",
        ("SU-11", "SB-3", "R4", "R8"),
        of_steps=(StepCheck(calls.rollback_order, of=(Call, Settled)),),
        of_quiet=(QuietCheck(at_quiet.rolled_back, (Aspect.TRUTH,)),),
        premise=a_start_failed,
    ),
    Guarantee(
        "G3",
        "live",
        "always",
        "Quiet and live: feed, session, host and producer are on, and the backend says so when sync applies.",
        ("SU-10", "ST-10", "UT-3", "CX-4"),
        of_quiet=(QuietCheck(at_quiet.all_on, (Aspect.TRUTH,)),),
    ),
    Guarantee(
        "G4",
        "off",
        "always",
        "Quiet, in idle or ready: nothing is on but named residue; in ready nothing is, and the host is initialized.",
        ("ST-10", "SD-8", "EM-1", "R11"),
        of_quiet=(QuietCheck(at_quiet.all_off, (Aspect.TRUTH,)), QuietCheck(at_quiet.host_known, (Aspect.KNOWN_HOST,))),
    ),
    Guarantee(
        "G5",
        "error",
        "always",
        "Error and its text go together; the first cause is kept, and every failure reaches the caller.",
        ("QS-3", "SB-3", "EX-3", "RC-2", "R2", "R4", "R16"),
        of_steps=(
            StepCheck(accounts.texted, (Aspect.TEXT,)),
            StepCheck(accounts.replaced, (Aspect.TEXT,)),
            StepCheck(accounts.in_words, (Aspect.TEXT,), of=(Settled,)),
            StepCheck(accounts.accounted, (Aspect.FAILURES,)),
            StepCheck(accounts.lost, (Aspect.FAILURES,)),
            StepCheck(accounts.first_cause, (Aspect.FAILURES,), of=(Settled,)),
            StepCheck(accounts.shown, (Aspect.FAILURES,)),
            StepCheck(accounts.names_report, (Aspect.FAILURES,), of=(Notice,)),
            StepCheck(accounts.entered, of=(Transition,)),
            StepCheck(accounts.reported, of=(Notice,)),
            StepCheck(accounts.fails_into_error, of=(Settled,)),
            StepCheck(accounts.interrupted, of=(Settled,)),
            StepCheck(accounts.caught, (Aspect.UNCAUGHT,)),
        ),
        premise=something_failed,
    ),
    Guarantee(
        "G6",
        "way out",
        "reachability",
        "From every quiet world an emergency stop leads to idle and initialize to ready, once faults stop.",
        ("RC-3", "TR-3", "R3", "R11", "R20"),
        of_quiet=(QuietCheck(at_quiet.way_out, (Aspect.TRUTH, Aspect.WAYS_OUT)),),
    ),
    Guarantee(
        "G7",
        "settles",
        "within",
        "Whatever is under way has a limit, whatever ends is settled, and what is quiet is at rest.",
        ("IN-3", "R7", "R15", "R21"),
        of_steps=(
            StepCheck(outcomes.settles, (Aspect.LIMITS,)),
            StepCheck(timing.armed, (Aspect.LIMITS,)),
            StepCheck(timing.gives_up, of=(Transition, Call)),
            StepCheck(outcomes.settled_once, (Aspect.PROCEDURE,), of=(Settled,)),
            StepCheck(outcomes.lands, of=(Settled,)),
            StepCheck(outcomes.in_time, (Aspect.CLOCK,)),
        ),
        of_quiet=(QuietCheck(at_quiet.at_rest),),
    ),
    Guarantee(
        "G8",
        "order",
        "always",
        "Startup steps in order, shutdown in reverse, none before the one before was settled or given up.",
        ("SU-4", "SU-5", "SU-6", "SU-7", "SU-8", "SU-9", "SD-2", "SD-3", "SD-4", "SD-5", "SD-6", "SD-7"),
        of_steps=(
            StepCheck(calls.order, of=(Call, Settled, Transition)),
            StepCheck(calls.all_steps, of=(Transition,)),
        ),
    ),
    Guarantee(
        "G9",
        "alone",
        "always",
        "Never two procedures at once; an interrupted procedure issues no further call.",
        ("OV-2", "BP-2", "R15"),
        of_steps=(StepCheck(calls.alone, of=(Accepted, Settled, Call)),),
    ),
    Guarantee(
        "G10",
        "emergency",
        "within",
        "An emergency stop issues the four stops at once, tells no backend, and ends in idle whatever they do.",
        ("EM-1", "EM-2", "EM-3", "EM-4", "R3"),
        of_steps=(
            StepCheck(calls.emergency, of=(Accepted, Call, Refused, Settled)),
            StepCheck(calls.taken_over, of=(Accepted,)),
            StepCheck(calls.tells_what_it_took_over, (Aspect.FAILURES,), of=(Accepted,)),
            StepCheck(calls.emergency_in_time, (Aspect.CLOCK,)),
        ),
    ),
    Guarantee(
        "G11",
        "retry",
        "always",
        "At most 1 + maxRetries attempts, at least retryDelay apart, only while initializing.",
        ("IN-1", "IN-4", "R6"),
        of_steps=(
            StepCheck(calls.retry, of=(Call,)),
            StepCheck(timing.retried),
            StepCheck(timing.tries_again, (Aspect.LIMITS,), of=(Timer,)),
            StepCheck(timing.initializes, (Aspect.KNOWN_HOST,), of=(Transition,)),
        ),
        premise=an_attempt_was_repeated,
    ),
    Guarantee(
        "G12",
        "record",
        "always",
        "The history has every change of state, each entry beginning where the last one ended.",
        ("SN-1", "LG-1", "LG-2", "OV-3", "R22"),
        of_steps=(
            StepCheck(outcomes.record, (Aspect.HISTORY,)),
            StepCheck(outcomes.marked, (Aspect.MARKS,), of=(Transition,)),
            StepCheck(answers.reasons, (Aspect.REASONS,), of=(Transition,)),
            StepCheck(outcomes.stated, (Aspect.STATED,)),
        ),
    ),
    Guarantee(
        "G13",
        "gate",
        "always",
        "A start is accepted exactly when it can be; a refused command changes nothing.",
        ("SU-1", "SU-2", "SB-2", "CS-1", "BP-3", "RC-1", "SD-1", "R5", "R11", "R12", "R15", "R18"),
        of_steps=(
            StepCheck(outcomes.gate, of=(Do,)),
            StepCheck(outcomes.opens, (Aspect.KNOWN_HOST,), of=(Refused,)),
            StepCheck(outcomes.joins, of=(Accepted,)),
            StepCheck(outcomes.harmless, of=(Refused,)),
            StepCheck(answers.refusals, (Aspect.MISSING,), of=(Refused,)),
            StepCheck(answers.taken, (Aspect.TAKEN,)),
            StepCheck(outcomes.can_start, (Aspect.CAN_START,)),
            StepCheck(outcomes.can_stop, (Aspect.CAN_STOP,)),
        ),
    ),
    Guarantee(
        "G14",
        "backend",
        "always",
        "Quiet, with sync applying: the backend calls a session live exactly while it is.",
        ("CX-4", "SP-1", "SD-7", "R10"),
        of_steps=(
            StepCheck(outcomes.told, of=(Settled,)),
            StepCheck(answers.sessions, of=(Call, Transition)),
            StepCheck(answers.flags, (Aspect.PAYLOAD,), of=(Call,)),
        ),
        of_quiet=(QuietCheck(at_quiet.truthful_backend, (Aspect.TRUTH,)),),
    ),
    Guarantee(
        "G15",
        "newer wins",
        "always",
        "Nothing that an abandoned call does later changes the outcome of a newer broadcast.",
        ("OV-1", "R9"),
        of_steps=(StepCheck(calls.newer_wins),),
    ),
    Guarantee(
        "G16",
        "cleaned",
        "eventually",
        "Every late success of a switch-on that counts is followed by a switch-off of its service.",
        ("R9", "R10"),
        of_steps=(StepCheck(cleanups.unasked, of=(Call,)),),
        of_quiet=(QuietCheck(cleanups.cleaned),),
        premise=a_cleanup_ran,
    ),
    Guarantee(
        "G17",
        "adopted",
        "eventually",
        "After a loss of memory, or beside another dashboard: once initialized, what is on air is its own or named.",
        ("ST-10", "R9"),
        of_quiet=(QuietCheck(at_quiet.adopted, (Aspect.TRUTH,)),),
        premise=it_is_not_what_it_was,
    ),
)
"""Every guarantee that is judged, in the order of the rows."""

FROM_OUTSIDE = (Aspect.CLOCK, Aspect.CAN_START, Aspect.CAN_STOP, Aspect.STATED, Aspect.UNCAUGHT, Aspect.PAYLOAD)
"""What only those see who look on from outside: a core knows no clock, gives no snapshots in between, and leaves the
wording of a write to whoever makes the call."""


def _from_inside(check: StepCheck | QuietCheck) -> bool:
    return not any(aspect in FROM_OUTSIDE for aspect in check.needs)


OF_STEPS = tuple((g.id, check) for g in GUARANTEES for check in g.of_steps if _from_inside(check))
OF_QUIET = tuple((g.id, check.asks) for g in GUARANTEES for check in g.of_quiet if _from_inside(check))
"""The checks that can be made from inside, each with the id of its guarantee."""


EVERY = tuple(guarantee.id for guarantee in GUARANTEES)
"""All of them, by id."""


@lru_cache(maxsize=1 << 10)
def _about(
    kinds: frozenset[type], guarantees: tuple[str, ...]
) -> tuple[tuple[str, Callable[[Glimpse], Sentences]], ...]:
    """The checks of these guarantees that may have anything to say of a step and effects of these kinds."""
    asked = [(name, check) for name, check in OF_STEPS if name in guarantees]
    return tuple((name, check.asks) for name, check in asked if not check.of or not kinds.isdisjoint(check.of))


def judge_step(glimpse: Glimpse, guarantees: tuple[str, ...] = EVERY) -> tuple[Violation, ...]:
    """Which of these guarantees this one step breaks; a loss of memory breaks none, it is what comes after it that
    may."""
    if isinstance(glimpse.step, Reload):
        return ()
    asked = _about(frozenset([type(glimpse.step), *map(type, glimpse.effects)]), guarantees)
    return tuple([Violation(name, wrong.what, wrong.gap) for name, check in asked for wrong in check(glimpse)])


def judge_quiet(
    observer: JudgeMemory, world: World, rules: type[Core] = Core, guarantees: tuple[str, ...] = EVERY
) -> tuple[Violation, ...]:
    """Which of these guarantees this quiet world breaks, if it goes on under these rules."""
    rest, asked = QuietWorld(world, rules), [(name, check) for name, check in OF_QUIET if name in guarantees]
    return tuple([Violation(name, wrong.what, wrong.gap) for name, check in asked for wrong in check(observer, rest)])


def watch(
    observer: JudgeMemory,
    before: World,
    step: Step,
    effects: tuple[CoreEffect, ...],
    after: World,
    rules: type[Core] = Core,
) -> tuple[JudgeMemory, tuple[Violation, ...]]:
    """Fold one step of a run: what to remember, and every guarantee that the step, or a quiet world after it, breaks.

    Begin with `memory_under(rules)` and the world that the run begins in; feed every step in its order. `rules` are
    those of the core that runs.
    """
    if isinstance(step, UNHEARD):
        return observer, judge_quiet(observer, after, rules) if quiet(after) else ()
    remembered, violations = judge(glimpse_of(observer, before, step, effects, after))
    if quiet(after):
        violations += judge_quiet(remembered, after, rules)
    return remembered, violations


def judge(glimpse: Glimpse, guarantees: tuple[str, ...] = EVERY) -> tuple[JudgeMemory, tuple[Violation, ...]]:
    """What to remember of a step that the core hears of, and which of these guarantees the step breaks."""
    remembered = observe(glimpse)
    return remembered, judge_step(glimpse._replace(later=remembered), guarantees)


def watch_all(run: Iterable[Passage], rules: type[Core] = Core) -> tuple[JudgeMemory, tuple[Violation, ...]]:
    """Fold a whole run: what to remember after it, and every guarantee that its last step breaks."""
    remembered, violations = memory_under(rules), tuple[Violation, ...]()
    for before, step, effects, after, _ in run:
        remembered, violations = watch(remembered, before, step, effects, after, rules)
    return remembered, violations


def glimpse_of(
    observer: JudgeMemory, before: World, step: Step, effects: tuple[CoreEffect, ...], after: World
) -> Glimpse:
    """What the checks see of a step of a world; of one that is not `UNHEARD`."""
    return glimpse_between(observer, before.core, services_of(before), step, effects, after.core, services_of(after))


def glimpse_between(
    observer: JudgeMemory,
    before: CoreState,
    services: Sequence[ServiceState],
    step: Step,
    effects: tuple[CoreEffect, ...],
    after: CoreState,
    then: Sequence[ServiceState],
) -> Glimpse:
    """The same where the cores are at hand, and the `services` before and `then`, in the order of `SERVICES`."""
    call = true_call(services[INDEX[step.service]], step.flight) if isinstance(step, Answer) else None
    pairs = zip(services, then, strict=True)
    touched = True in [whole is not other and whole.view != other.view for whole, other in pairs]
    asked = asks(lambda service, question: question(services[INDEX[service]].view), before, step, call)
    return Glimpse(observer, before, step, effects, after, call, asked, touched)
