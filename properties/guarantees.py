"""What must hold: the guarantees, and what each of them says about one step and about one quiet world.

Judging is apart from running. `watch` is a pure fold over the steps of any run, from any driver; what it has to
remember from one step to the next is an `Observer`. The orders below are written out and not taken from the model,
so that a model with a wrong order is caught.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple, TypeVar

from model.core import Core
from model.events import (
    CLEANUP,
    DRAIN,
    EMERGENCY_STOP,
    FAILED,
    INITIALIZE,
    RECOVER,
    RETRY_DELAY,
    START_BROADCAST,
    STOP_BROADCAST,
    SUCCEEDED,
    Accepted,
    Call,
    CancelTimer,
    Effect,
    Failure,
    GiveUp,
    Refused,
    SetTimer,
    Settled,
    Transition,
)
from model.state import ATTEMPT, FORWARD, STOPPING_ALL, CoreState, left_live, residue
from model.table import EDGES, ERROR, FORCED_EDGES, IDLE, INITIALIZING, LIVE, READY, STARTING, BroadcastState
from model.views import AWAITED, OpenCall, open_call
from properties.verdicts import Breach
from sim.canonical import canonical
from sim.local import Local, position
from sim.steps import Answer, Do, Notice, Step, Timer
from sim.world import World, after_healthy_commands, local_of, on_air, quiet

STARTUP_ORDER = ("live_feed.start", "session.start", "host.start", "producer.start", "convex.live")
SHUTDOWN_ORDER = ("producer.stop", "host.stop", "session.end", "live_feed.stop", "convex.idle")
UNDO_OF = {
    "live_feed.start": "live_feed.stop",
    "session.start": "session.end",
    "host.start": "host.stop",
    "producer.start": "producer.stop",
    "convex.live": "convex.idle",
}


class Observer(NamedTuple):
    """What judging remembers: the `command` under way, the calls that are `waiting`, the switch-ons `issued` and not
    yet undone by the start under way, how many shutdown steps were issued, the attempts to initialize so far, the
    timer that is armed, whether the last thing that ended was a failed start, the sessions that an emergency stop
    or a recover has left `forsaken` on the backend, and whether a service that was `lost` has led to the error."""

    command: str = ""
    waiting: tuple[tuple[str, str | None], ...] = ()
    issued: tuple[tuple[str, str | None], ...] = ()
    undoing: bool = False
    shutdown: int = -1
    attempts: int = 0
    timer: tuple[str, int] | None = None
    start_failed: bool = False
    forsaken: tuple[str, ...] = ()
    lost: bool = False


Kind = TypeVar("Kind")


class Glimpse(NamedTuple):
    """One step as the judge sees it. `call` is the open call that was answered, `residue` what was named so before
    a start was asked for, `touched` whether any service changed. The views of `before` and `after` are not used."""

    observer: Observer
    before: CoreState
    step: Step
    effects: tuple[Effect, ...]
    after: CoreState
    call: OpenCall | None = None
    residue: tuple[str, ...] = ()
    touched: bool = True

    def having(self, kind: type[Kind]) -> list[Kind]:
        """The effects of one kind, in order."""
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def by_command(self) -> list[tuple[str, Effect]]:
        """Each effect, and whose doing it is: one step may end one procedure and begin another."""
        under_way, effects = self.observer.command, []
        for effect in self.effects:
            if isinstance(effect, Accepted) and not effect.joined:
                under_way = effect.command
            effects.append((under_way, effect))
            if isinstance(effect, Settled):
                under_way = ""
        return effects

    def calls_of(self, command: str) -> list[Call]:
        """The calls that one command makes in this step."""
        return [effect for owner, effect in self.by_command() if owner == command and isinstance(effect, Call)]


Complaints = Iterator[str]


# -- About one step -------------------------------------------------------------------------------


def table(glimpse: Glimpse) -> Complaints:
    """Every change of state is a row of the table, or a forced edge taken by an emergency stop."""
    for effect in glimpse.effects:
        if isinstance(effect, Transition):
            edge = (effect.source, effect.target)
            forced = edge in FORCED_EDGES and effect.forced and glimpse.observer.command == EMERGENCY_STOP
            if edge not in EDGES and not forced:
                yield f"{effect.source} to {effect.target} is not a row of the table"


def rollback_order(glimpse: Glimpse) -> Complaints:
    """After a failed start every step that was issued is undone, the newest first."""
    expected = list(glimpse.observer.issued)
    for call in glimpse.calls_of(START_BROADCAST):
        if call.operation in STARTUP_ORDER:
            expected.append((call.operation, call.session))
        elif not expected or (UNDO_OF[expected[-1][0]], expected[-1][1]) != (call.operation, call.session):
            yield f"{call.operation} is not the next step to undo"
        else:
            expected.pop()
    failed = [e for e in glimpse.having(Settled) if e.command == START_BROADCAST and e.verdict == FAILED]
    if failed and expected:
        yield f"{expected[-1][0]} was never undone"


def order(glimpse: Glimpse) -> Complaints:
    """Startup steps in order, shutdown in reverse, none before the one before it was settled or given up."""
    waiting = _still_waiting(glimpse)
    drained = any(effect.kind == DRAIN for effect in glimpse.having(SetTimer))
    for command, effect in glimpse.by_command():
        if isinstance(effect, GiveUp):
            waiting = [call for call in waiting if call != (effect.operation, effect.session)]
        if isinstance(effect, Call):
            if waiting and not drained and command not in (EMERGENCY_STOP, RECOVER):
                yield f"{effect.operation} began before {waiting[0][0]} was settled or given up"
            waiting.append((effect.operation, effect.session))
    yield from _startup_order(glimpse)
    yield from _shutdown_order(glimpse)


def _still_waiting(glimpse: Glimpse) -> list[tuple[str, str | None]]:
    """The calls waited for once the answer, if this step is one, has come."""
    call = glimpse.call
    if call is None or call.standing != AWAITED:
        return list(glimpse.observer.waiting)
    return [other for other in glimpse.observer.waiting if other != (call.operation, call.session)]


def _startup_order(glimpse: Glimpse) -> Complaints:
    issued = len(glimpse.observer.issued)
    for effect in glimpse.having(Call):
        if effect.operation in STARTUP_ORDER:
            if glimpse.observer.undoing or STARTUP_ORDER.index(effect.operation) != issued:
                yield f"{effect.operation} is out of order"
            issued += 1


def all_steps(glimpse: Glimpse) -> Complaints:
    """Live means that every startup step was issued, that of the backend exactly when it applies."""
    procedure = glimpse.before.procedure
    for effect in glimpse.having(Transition):
        if effect.target is LIVE and procedure is not None:
            sync = procedure.config.enable_convex_sync and procedure.session is not None
            expected: list[tuple[str, str | None]] = [(operation, None) for operation in STARTUP_ORDER[:4]]
            expected += [(STARTUP_ORDER[4], procedure.session)] if sync else []
            if list(glimpse.observer.issued) != expected:
                yield "live was reached by other steps than those of the startup"


def _shutdown_order(glimpse: Glimpse) -> Complaints:
    at = glimpse.observer.shutdown
    for command, effect in glimpse.by_command():
        if command == STOP_BROADCAST and isinstance(effect, Accepted) and not effect.joined:
            at = 0
        if command != STOP_BROADCAST or at < 0:
            continue
        if isinstance(effect, Call) and effect.operation in SHUTDOWN_ORDER:
            place = SHUTDOWN_ORDER.index(effect.operation)
            if place != at and (place, at) != (4, 5):  # the backend may be told about several sessions
                yield f"{effect.operation} is out of order"
            at = place + 1
        elif at < 4 and isinstance(effect, Transition) and effect.target in (IDLE, ERROR):
            yield f"{SHUTDOWN_ORDER[at]} was never issued"


def error(glimpse: Glimpse) -> Complaints:
    """Text and state go together, the first cause is kept, and every failure reaches the caller."""
    if (glimpse.after.state is ERROR) != bool(glimpse.after.error):
        yield f"the state is {glimpse.after.state} and the error is {glimpse.after.error or 'empty'}"
    known = _known_failures(glimpse)
    for subject in _new_failures(glimpse):
        if subject not in [failure.subject for failure in known]:
            yield f"the failure of {subject} is lost"
    if any(failure not in known for failure in _earlier_failures(glimpse)):
        yield "an earlier failure is lost"
    yield from _first_cause(glimpse)
    if glimpse.observer.command and not glimpse.having(Settled):
        for effect in glimpse.having(Transition):
            if effect.target is ERROR:
                yield f"error was entered while {glimpse.observer.command} was still under way"


def _known_failures(glimpse: Glimpse) -> list[Failure]:
    procedure = glimpse.after.procedure
    known = [*glimpse.after.error, *(procedure.failures + procedure.notes + procedure.earlier if procedure else ())]
    for effect in glimpse.effects:
        if isinstance(effect, Settled):
            known += [*effect.failures, *effect.notes]
    return known


def _new_failures(glimpse: Glimpse) -> list[str]:
    step, call = glimpse.step, glimpse.call
    if isinstance(step, Answer):
        return [call.operation] if call and call.standing == AWAITED and not step.ok else []
    if isinstance(step, Timer):
        return [effect.operation for effect in glimpse.effects if isinstance(effect, GiveUp)]
    return [step.service] if isinstance(step, Notice) else []


def _earlier_failures(glimpse: Glimpse) -> tuple[Failure, ...]:
    procedure = glimpse.before.procedure
    return procedure.failures + procedure.notes if procedure else ()


def _first_cause(glimpse: Glimpse) -> Complaints:
    before, after = glimpse.before, glimpse.after
    if not glimpse.having(Transition) and before.error[:1] != after.error[:1]:
        yield f"the first cause {before.error[:1]} was replaced by {after.error[:1]}"
    for effect in glimpse.effects:
        if isinstance(effect, Settled) and effect.verdict == FAILED:
            earlier = before.procedure.failures[:1] if before.procedure else ()
            if not effect.failures or (earlier and effect.failures[:1] != earlier):
                yield f"{effect.command} failed without its first cause"
            if effect.failures and effect.command != CLEANUP and effect.failures[0] not in after.error:
                yield f"the cause of the failed {effect.command} is not in the error"


def alone(glimpse: Glimpse) -> Complaints:
    """Never two procedures at once; an emergency stop silences the procedure that it interrupts."""
    under_way = glimpse.observer.command
    for effect in glimpse.effects:
        if isinstance(effect, Accepted) and not effect.joined:
            if under_way:
                yield f"{effect.command} began while {under_way} was under way"
            under_way = effect.command
        if isinstance(effect, Settled):
            under_way = ""
        if isinstance(effect, Call) and not under_way:
            yield f"{effect.operation} was called while nothing was under way"
    if glimpse.observer.command == EMERGENCY_STOP:
        yield from (f"{call.operation} interrupts the emergency stop" for call in glimpse.calls_of(EMERGENCY_STOP))


def emergency(glimpse: Glimpse) -> Complaints:
    """An emergency stop is never refused, issues the four stops and nothing else, and ends in idle."""
    calls = sorted(call.operation for call in glimpse.calls_of(EMERGENCY_STOP))
    begins = Accepted(EMERGENCY_STOP) in glimpse.effects
    taken_over = glimpse.observer.command == RECOVER and not calls
    if begins and not taken_over and calls != ["host.stop", "live_feed.stop", "producer.stop", "session.end"]:
        yield f"an emergency stop issued {', '.join(calls) or 'nothing'}"
    for effect in glimpse.effects:
        if isinstance(effect, Refused) and effect.command == EMERGENCY_STOP:
            yield "an emergency stop was refused"
        if isinstance(effect, Settled) and effect.command == EMERGENCY_STOP:
            yield from _ending_of_emergency(effect, glimpse)


def taken_over(glimpse: Glimpse) -> Complaints:
    """The stops of a recover that an emergency stop takes over are not issued twice, nor are their failures lost."""
    before, after = glimpse.before.procedure, glimpse.after.procedure
    if before is None or (before.command, before.phase) != (RECOVER, STOPPING_ALL):
        return
    if Accepted(EMERGENCY_STOP) in glimpse.effects:
        yield from (f"{call.operation} is issued twice" for call in glimpse.calls_of(EMERGENCY_STOP))
        if after is None or after.failures[: len(before.failures)] != before.failures:
            yield "the emergency stop does not tell what failed before it took over"


def _ending_of_emergency(settled: Settled, glimpse: Glimpse) -> Complaints:
    if settled.verdict != SUCCEEDED or not _reached_idle(glimpse):
        yield f"the emergency stop {settled.verdict} in {glimpse.after.state}"


def _reached_idle(glimpse: Glimpse) -> bool:
    targets = [effect.target for effect in glimpse.effects if isinstance(effect, Transition)]
    return IDLE in targets or (glimpse.before.state is IDLE and not targets)


def retry(glimpse: Glimpse) -> Complaints:
    """At most 1 + maxRetries attempts, at least retryDelay apart, only while initializing."""
    attempts = 0 if _begins(glimpse) else glimpse.observer.attempts
    for effect in glimpse.effects:
        if isinstance(effect, Call) and effect.operation == "host.initialize":
            attempts += 1
            config = glimpse.after.procedure.config if glimpse.after.procedure else glimpse.before.config
            if attempts > 1 + config.max_retries:
                yield f"attempt {attempts} of at most {1 + config.max_retries}"
            if attempts > 1 and not _delay_is_over(glimpse, config.retry_delay):
                yield f"attempt {attempts} came before the retry delay was over"
            if glimpse.after.state is not INITIALIZING:
                yield f"an attempt to initialize in {glimpse.after.state}"


def _begins(glimpse: Glimpse) -> bool:
    return any(isinstance(effect, Accepted) and not effect.joined for effect in glimpse.effects)


def _delay_is_over(glimpse: Glimpse, delay: int) -> bool:
    timer = glimpse.observer.timer
    return isinstance(glimpse.step, Timer) and timer is not None and timer[0] == RETRY_DELAY and timer[1] >= delay


def settles(glimpse: Glimpse) -> Complaints:
    """Nothing waits without a limit: whatever is under way has a timer, and whatever ends is settled."""
    observer = observe(glimpse)
    if observer.command and observer.timer is None:
        yield f"{observer.command} is under way and no timer is armed"
    if observer.timer is not None and not observer.command:
        yield "a timer is armed and nothing is under way"
    if (glimpse.after.procedure is None) != (not observer.command):
        yield f"{observer.command or 'nothing'} is under way, and the core sees it otherwise"


def limits(glimpse: Glimpse) -> Complaints:
    """The timer is armed for the time that the configuration of the procedure says."""
    procedure, armed = glimpse.after.procedure, glimpse.having(SetTimer)
    if procedure is not None and armed:
        config = procedure.config
        limit = {ATTEMPT: config.initialization_timeout, FORWARD: config.startup_timeout}.get(
            procedure.phase, config.shutdown_timeout
        )
        expected = {DRAIN: 0, RETRY_DELAY: config.retry_delay}.get(armed[-1].kind, limit)
        if armed[-1].duration_ms != expected:
            yield f"the {armed[-1].kind} is {armed[-1].duration_ms} ms, not {expected}"


def settled_once(glimpse: Glimpse) -> Complaints:
    """What is settled was under way, and is settled once."""
    under_way = glimpse.observer.command
    for effect in glimpse.effects:
        if isinstance(effect, Accepted) and not effect.joined:
            under_way = effect.command
        if isinstance(effect, Settled):
            if effect.command != under_way:
                yield f"{effect.command} was settled and is not under way"
            under_way = ""


LANDINGS = {INITIALIZE: READY, START_BROADCAST: LIVE, STOP_BROADCAST: READY, EMERGENCY_STOP: IDLE}


def lands(glimpse: Glimpse) -> Complaints:
    """A command that succeeds ends where it should; a recover in ready, or in idle without auto-recovery."""
    procedure = glimpse.before.procedure
    for effect in glimpse.having(Settled):
        if effect.verdict == SUCCEEDED and effect.command != CLEANUP:
            recovered = READY if procedure and procedure.config.enable_auto_recovery else IDLE
            target = LANDINGS.get(effect.command, recovered)
            if glimpse.after.state is not target:
                yield f"{effect.command} succeeded in {glimpse.after.state}, not in {target}"


def newer_wins(glimpse: Glimpse) -> Complaints:
    """The answer of a call that nobody waits for moves nothing; at most a cleanup of its own service begins, and
    never while a broadcast is starting or live."""
    call = glimpse.call
    if call is None or (call.standing == AWAITED and (call.operation, call.session) in glimpse.observer.waiting):
        return
    service = call.operation.split(".")[0]
    for owner, effect in glimpse.by_command():
        if owner != CLEANUP or not isinstance(effect, Accepted | SetTimer | Call):
            yield f"a late answer of {call.operation} led to {type(effect).__name__.lower()} of {owner or 'nothing'}"
        if glimpse.before.state in (STARTING, LIVE):
            yield f"a late answer of {call.operation} began something in {glimpse.before.state}"
        if isinstance(effect, Call) and not effect.operation.startswith(service):
            yield f"a late answer of {call.operation} led to {effect.operation}"


def record(glimpse: Glimpse) -> Complaints:
    """Every change of state is recorded, each entry beginning where the last one ended."""
    at = glimpse.before.state
    for effect in glimpse.effects:
        if isinstance(effect, Transition):
            if effect.source is not at:
                yield f"an entry begins in {effect.source}, the last one ended in {at}"
            if effect.violation or effect.forced != ((effect.source, effect.target) in FORCED_EDGES):
                yield f"{effect.source} to {effect.target} is recorded wrongly"
            at = effect.target
    if at is not glimpse.after.state:
        yield f"the state is {glimpse.after.state}, the record says {at}"


ACCEPTED_IN = {STOP_BROADCAST: (LIVE, ERROR), RECOVER: (ERROR,)}


def gate(glimpse: Glimpse) -> Complaints:
    """A start is accepted exactly when it can be; a refused command changes nothing."""
    step, before = glimpse.step, glimpse.before
    if isinstance(step, Do) and step.command == START_BROADCAST:
        ready = before.state is READY and before.initialized and before.content
        can = ready and before.procedure is None and not glimpse.residue
        if can != any(isinstance(e, Accepted) and e.command == START_BROADCAST for e in glimpse.effects):
            yield f"can_start was {can}, and the start was not treated so"
    if isinstance(step, Do) and step.command in ACCEPTED_IN and before.procedure is None:
        accepted = any(isinstance(e, Accepted) and e.command == step.command for e in glimpse.effects)
        if accepted != (before.state in ACCEPTED_IN[step.command]):
            yield f"{step.command} was {'accepted' if accepted else 'refused'} in {before.state}"
    refused = [effect for effect in glimpse.effects if isinstance(effect, Refused)]
    if refused and (len(glimpse.effects) > 1 or glimpse.touched or _bare(before) != _bare(glimpse.after)):
        yield "a refused command changed something"
    if isinstance(step, Do) and not glimpse.having(Refused) and not glimpse.having(Accepted):
        yield f"{step.command} was neither accepted nor refused"


def _bare(core: CoreState) -> CoreState:
    return core._replace(views=())


# -- About a quiet world --------------------------------------------------------------------------


def rolled_back(observer: Observer, world: World, _rules: type[Core]) -> Complaints:
    """After a failed start everything is off, or named as residue, or reported as left live."""
    if observer.start_failed:
        yield from _uncovered(world)
        for session in world.truth.backend:
            if session not in left_live(world.core):
                yield f"the backend says that {session} is live, and nobody reports it"


def _uncovered(world: World) -> Complaints:
    for service in on_air(world):
        if service not in residue(world.core):
            yield f"{service} is on in {world.core.state} and not named as residue"


def all_on(_observer: Observer, world: World, _rules: type[Core]) -> Complaints:
    """Live means that feed, session, host and producer are on, and that the backend says so when it is told."""
    if world.core.state is not LIVE:
        return
    for service in ("live_feed", "session", "host", "producer"):
        if service not in on_air(world):
            yield f"{service} is off in live"
    session = world.core.session
    if session is not None and session in world.core.written and session not in world.truth.backend:
        yield f"the backend does not say that {session} is live"


def all_off(_observer: Observer, world: World, _rules: type[Core]) -> Complaints:
    """Idle and ready mean that nothing is on air, or that what is on is named; in ready there is no residue."""
    if world.core.state in (IDLE, READY):
        yield from _uncovered(world)
    if world.core.state is READY and residue(world.core):
        yield f"{', '.join(residue(world.core))} is residue in ready"
    if world.core.state is READY and not (world.core.initialized and world.truth.initialized):
        yield "the host is not initialized in ready"


def at_rest(_observer: Observer, world: World, _rules: type[Core]) -> Complaints:
    """What is quiet rests in idle, ready, live or error; the other states are on the way to somewhere."""
    if world.core.state not in (IDLE, READY, LIVE, ERROR):
        yield f"everything is quiet in {world.core.state}"


def way_out(_observer: Observer, world: World, rules: type[Core]) -> Complaints:
    """An emergency stop leads to idle, and initialize then leads to ready, as soon as nothing else goes wrong."""
    stopped, initialized = _ways_out(canonical(world)._replace(faults=0), rules)  # type: ignore[arg-type]
    if stopped is not IDLE:
        yield f"an emergency stop from {world.core.state} ends in {stopped}"
    if initialized is not READY:
        yield f"an emergency stop from {world.core.state} and initialize end in {initialized}"


@lru_cache(maxsize=1 << 14)
def _ways_out(world: World, rules: type[Core]) -> tuple[BroadcastState, BroadcastState]:
    return (
        after_healthy_commands(world, (EMERGENCY_STOP,), rules),
        after_healthy_commands(world, (EMERGENCY_STOP, INITIALIZE), rules),
    )


def truthful_backend(observer: Observer, world: World, _rules: type[Core]) -> Iterator[tuple[str, str]]:
    """The backend calls a session live exactly while it is; beside each complaint the gap of the guide that it
    follows from."""
    session = world.core.session if world.core.state is LIVE else None
    for told in world.truth.backend:
        if told != session:
            yield f"the backend says that {told} is live in {world.core.state}", _gap(observer, world, told)
    if session is not None and session in world.core.written and session not in world.truth.backend:
        yield f"the backend does not say that {session} is live", ""


def _gap(observer: Observer, world: World, session: str) -> str:
    if session in observer.forsaken:
        return "emergency stop"
    if observer.lost:
        return "lost service"
    return "write not confirmed" if session in left_live(world.core) else ""


def told(glimpse: Glimpse) -> Complaints:
    """After a stop that succeeded no session is left live."""
    for effect in glimpse.having(Settled):
        if (effect.command, effect.verdict) == (STOP_BROADCAST, SUCCEEDED) and glimpse.after.written:
            yield f"{', '.join(glimpse.after.written)} is left live by a stop that succeeded"


# -- The guarantees -------------------------------------------------------------------------------


class Guarantee(NamedTuple):
    """A row of the guarantee matrix: its id and name, when it must hold, what it says, and the clauses and readings
    that it serves."""

    id: str
    name: str
    kind: str
    sentence: str
    clauses: tuple[str, ...]
    of_steps: tuple[Callable[[Glimpse], Complaints], ...] = ()
    of_quiet: tuple[Callable[[Observer, World, type[Core]], Iterator[str | tuple[str, str]]], ...] = ()


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
        of_steps=(error,),
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
        of_steps=(settles, limits, settled_once, lands),
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
        of_steps=(retry,),
    ),
    Guarantee(
        "G12",
        "record",
        "always",
        "The history has every change of state, each entry beginning where the last one ended.",
        ("SN-1", "LG-1", "LG-2", "OV-3", "R22"),
        of_steps=(record,),
    ),
    Guarantee(
        "G13",
        "gate",
        "always",
        "A start is accepted exactly when it can be; a refused command changes nothing.",
        ("SU-1", "SU-2", "SB-2", "CS-1", "BP-3", "RC-1", "SD-1", "R5", "R12", "R18"),
        of_steps=(gate,),
    ),
    Guarantee(
        "G14",
        "backend",
        "always",
        "Quiet, with sync applying: the backend calls a session live exactly while it is.",
        ("CX-4", "SP-1", "SD-7", "R10"),
        of_steps=(told,),
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
)
"""Every guarantee that is judged, in the order of the rows."""


def observe(glimpse: Glimpse) -> Observer:
    """What there is to remember after the step."""
    observer = glimpse.observer._replace(waiting=tuple(_still_waiting(glimpse)))
    if isinstance(glimpse.step, Timer):
        observer = observer._replace(timer=None)
    for effect in glimpse.effects:
        observer = _remember(observer, effect)._replace(forsaken=observer.forsaken, lost=observer.lost)
    return _remember_gaps(observer, glimpse)


def _remember_gaps(observer: Observer, glimpse: Glimpse) -> Observer:
    """Which gaps of the guide have opened, and which are closed again."""
    forsaken, lost = list(observer.forsaken), observer.lost and glimpse.after.state is ERROR
    if any(e.command in (EMERGENCY_STOP, RECOVER) and not e.joined for e in glimpse.having(Accepted)):
        forsaken = sorted({*forsaken, *glimpse.before.written})
    written_anew = [call.session for call in glimpse.having(Call) if call.operation == "convex.live"]
    forsaken = [each for each in forsaken if each in glimpse.after.written and each not in written_anew]
    if isinstance(glimpse.step, Notice):
        lost = lost or glimpse.after.state is ERROR
    return observer._replace(forsaken=tuple(forsaken), lost=lost)


def _remember(observer: Observer, effect: Effect) -> Observer:
    match effect:
        case Accepted(command, joined) if not joined:
            return Observer(
                command=command,
                waiting=observer.waiting if command == EMERGENCY_STOP else (),
                shutdown=0 if command == STOP_BROADCAST else -1,
                start_failed=observer.start_failed and command == CLEANUP,
            )
        case Settled(command, verdict):
            failed = command == START_BROADCAST and verdict == FAILED
            return Observer(
                waiting=observer.waiting,
                timer=observer.timer,
                start_failed=failed or (observer.start_failed and command == CLEANUP),
            )
        case Call():
            return _remember_call(observer, (effect.operation, effect.session))
        case GiveUp(operation, session):
            return observer._replace(waiting=tuple(c for c in observer.waiting if c != (operation, session)))
        case SetTimer(kind, duration):
            return observer._replace(timer=(kind, duration))
        case CancelTimer():
            return observer._replace(timer=None)
        case _:
            return observer


def _remember_call(observer: Observer, call: tuple[str, str | None]) -> Observer:
    observer = observer._replace(waiting=(*observer.waiting, call))
    if call[0] == "host.initialize":
        return observer._replace(attempts=observer.attempts + 1, shutdown=-1)
    if observer.command == START_BROADCAST:
        if call[0] in STARTUP_ORDER:
            return observer._replace(issued=(*observer.issued, call))
        return observer._replace(issued=observer.issued[:-1], undoing=True)
    if observer.command == STOP_BROADCAST and call[0] in SHUTDOWN_ORDER:
        return observer._replace(shutdown=SHUTDOWN_ORDER.index(call[0]) + 1)
    return observer


def judge_step(glimpse: Glimpse) -> tuple[Breach, ...]:
    """Every guarantee that this one step breaks."""
    return tuple(
        Breach(guarantee.id, complaint)
        for guarantee in GUARANTEES
        for check in guarantee.of_steps
        for complaint in check(glimpse)
    )


def judge_quiet(observer: Observer, world: World, rules: type[Core] = Core) -> tuple[Breach, ...]:
    """Every guarantee that this quiet world breaks, if it goes on under these rules."""
    return tuple(
        Breach(guarantee.id, *([complaint] if isinstance(complaint, str) else complaint))
        for guarantee in GUARANTEES
        for check in guarantee.of_quiet
        for complaint in check(observer, world, rules)
    )


def watch(
    observer: Observer,
    before: World,
    step: Step,
    effects: tuple[Effect, ...],
    after: World,
    rules: type[Core] = Core,
) -> tuple[Observer, tuple[Breach, ...]]:
    """Fold one step of a run: what to remember, and every guarantee that the step, or a quiet world after it, breaks.

    Begin with `Observer()` and the world that the run begins in; feed every step in its order. `rules` are those of
    the core that runs.
    """
    glimpse = Glimpse(observer, before.core, step, effects, after.core, answered_call(before, step))
    glimpse = glimpse._replace(residue=residue(before.core), touched=before.core.views != after.core.views)
    remembered = observe(glimpse)
    breaches = judge_step(glimpse)
    if quiet(after):
        breaches += judge_quiet(remembered, after, rules)
    return remembered, breaches


def answered_call(before: World, step: Step) -> OpenCall | None:
    """The open call that an answer is for."""
    return call_at(local_of(before, step.service), step.flight) if isinstance(step, Answer) else None


def call_at(whole: Local, flight: int) -> OpenCall:
    """The open call of this flight."""
    return open_call(whole.view, position(whole, flight))
