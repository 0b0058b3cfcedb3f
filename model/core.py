"""The reference orchestrator: one pure function from a state and an event to the next state and its effects.

`advance` has no clock, no input or output, no randomness and no callbacks. Its rules are the methods of `Core`,
one idea each; a broken variant for testing the tests is a subclass that changes one of them.
"""

from collections.abc import Iterable
from typing import ClassVar, assert_never

from broadcast_orchestrator.model import views
from broadcast_orchestrator.model.events import (
    CLEANUP,
    COMMANDS,
    DRAIN,
    EMERGENCY_STOP,
    INITIALIZE,
    LIMIT,
    NOT_CONFIRMED,
    RECOVER,
    REPORTED,
    RETRY_DELAY,
    START_BROADCAST,
    STOP_BROADCAST,
    TIMED_OUT,
    Command,
    CommandName,
    Configure,
    Content,
    CoreEffect,
    Event,
    Failure,
    FailureKind,
    Forget,
    Reply,
    Report,
    TimerFired,
)
from broadcast_orchestrator.model.operations import (
    CALLABLE,
    CONVEX,
    HOST,
    ON_AIR_SERVICES,
    SHUTDOWN,
    STARTUP,
    STOPS,
    UNDO,
)
from broadcast_orchestrator.model.state import (
    ATTEMPT,
    CLEANING,
    DELAY,
    FORWARD,
    ROLLBACK,
    SHUTDOWN_STEPS,
    STOPPING_ALL,
    CoreState,
    Phase,
    Procedure,
    ProcedureStep,
    missing_for_start,
)
from broadcast_orchestrator.model.table import ERROR, IDLE, INITIALIZING, LIVE, READY, STARTING, STOPPING
from broadcast_orchestrator.model.turn import Turn
from broadcast_orchestrator.model.views import CallStanding, OpenCall, Services, Views


class Core(Turn):
    """The rules of the guide, under the readings R1 to R22.

    `measures` are the names of what a team has added (`model.measures`). Some are rules of others: calls that are
    `numbered`, services that are `polled`, a core that `reads_back`, a backend that keeps a lease (`leased`).
    """

    measures: ClassVar[tuple[str, ...]] = ()
    numbered: ClassVar[bool] = False
    polled: ClassVar[bool] = False
    reads_back: ClassVar[bool] = False
    leased: ClassVar[bool] = False

    def handle(self, event: Event) -> None:
        """Let one event happen, then start a cleanup that is due, if nothing else is under way (reading R9)."""
        self.happen(event)
        if self.core.procedure is None and self.core.due:
            self.begin_cleanup(self.core.due[0])

    def happen(self, event: Event) -> None:
        """Each kind of event has its rule."""
        match event:
            case Reply():
                self.reply(event)
            case TimerFired():
                self.timer_fired()
            case Command():
                self.command(event)
            case Forget():
                self.take(event.service, event.position)
            case Report():
                self.report(event)
            case Content():  # required at the start alone (reading R18)
                self.set(content=event.present)
            case Configure():  # procedures under way keep theirs (reading R17)
                self.set(config=event.config)
            case never:
                assert_never(never)

    # -- Commands: who is let in (readings R5, R11, R15) -------------------------------------------

    def command(self, event: Command) -> None:
        """Let the command in, or refuse it and change nothing."""
        if event.name == EMERGENCY_STOP:
            self.emergency_stop()
        elif event.name == INITIALIZE and self.initializing():
            self.accept(INITIALIZE, joined=True)
        elif self.core.procedure is not None:
            busy = f"{self.core.procedure.command} is under way"
            self.refuse(event.name, busy, (busy,))
        else:
            self.idle_command(event)

    def initializing(self) -> bool:
        """An initialization is under way; one that an emergency stop is just interrupting is not (reading R11)."""
        interrupted = self.core.procedure is not None and self.core.procedure.command == EMERGENCY_STOP
        return self.core.state is INITIALIZING and not interrupted

    def idle_command(self, event: Command) -> None:
        """A command that finds no procedure under way."""
        match event.name:
            case CommandName.INITIALIZE:
                self.initialize()
            case CommandName.START_BROADCAST:
                self.start_broadcast(event.session)
            case CommandName.STOP_BROADCAST:
                self.stop_broadcast()
            case CommandName.RECOVER:
                self.recover()
            case name:  # whatever else a caller may write
                raise ValueError(f"{name!r} is not a command; the commands are {', '.join(COMMANDS)}")

    def initialize(self) -> None:
        """In ready there is nothing to do; in idle and error it begins, unless something may be on (reading R11)."""
        if self.core.state is READY:
            self.accept(INITIALIZE)
            self.begin(INITIALIZE, ATTEMPT)
            self.succeed()
        elif self.core.state not in (IDLE, ERROR):
            self.refuse(INITIALIZE, f"Cannot initialize: the state is {self.core.state}")
        elif uncertain := [s for s in ON_AIR_SERVICES if self.views.ask(s, views.is_uncertain)]:
            missing = tuple(f"{service} is not known to be off" for service in uncertain)
            self.refuse(INITIALIZE, "Cannot initialize: " + "; ".join(missing), missing)
        else:
            self.accept(INITIALIZE)
            self.begin(INITIALIZE, ATTEMPT)
            self.initialization()

    def start_broadcast(self, session: str | None) -> None:
        """Only from ready, with the host agent initialized and content in the feed (readings R5 and R18)."""
        missing = missing_for_start(self.core, self.residue())
        if self.core.state is not READY:
            missing = (f"state is {self.core.state}, not ready", *missing)
        if missing:
            self.refuse(START_BROADCAST, "Cannot start broadcast: " + "; ".join(missing), missing)
        else:
            self.accept(START_BROADCAST)
            self.begin(START_BROADCAST, FORWARD, self.startup(session), session=session)
            self.move(STARTING, "start_requested")
            self.timer(LIMIT, self.procedure.config.startup_timeout)
            self.proceed()

    def startup(self, session: str | None) -> tuple[ProcedureStep, ...]:
        """The steps of a start; the backend is told when sync is on and a session was given (reading R10)."""
        sync = self.core.config.enable_convex_sync and session is not None
        return self.in_full(
            ProcedureStep(step.operation, session if step.sync else None) for step in STARTUP if sync or not step.sync
        )

    def in_full(self, steps: Iterable[ProcedureStep]) -> tuple[ProcedureStep, ...]:
        """Everything that it takes to carry out these steps."""
        return tuple(each for step in steps for each in self.carried_out(step))

    def carried_out(self, step: ProcedureStep) -> tuple[ProcedureStep, ...]:
        """What it takes to carry out a step of a startup, of its undoing, of a shutdown or of a cleanup."""
        return (step,)

    def stop_broadcast(self) -> None:
        """From live, or from error without leaving it (readings R1 and R2)."""
        if self.core.state not in (LIVE, ERROR):
            self.refuse(STOP_BROADCAST, f"Cannot stop broadcast: the state is {self.core.state}")
            return
        self.accept(STOP_BROADCAST)
        self.begin(STOP_BROADCAST, SHUTDOWN_STEPS, self.shutdown())
        if self.core.state is LIVE:
            self.move(STOPPING, "stop_requested")
        self.timer(LIMIT, self.procedure.config.shutdown_timeout)
        self.proceed()

    def shutdown(self) -> tuple[ProcedureStep, ...]:
        """The steps of a stop; every session that the backend may call live is written idle (reading R10)."""
        return self.in_full(
            ProcedureStep(operation, session)
            for operation in SHUTDOWN
            for session in (self.core.written if CALLABLE[operation].service == CONVEX else (None,))
        )

    def recover(self) -> None:
        """Only from error: the stops of an emergency stop, then perhaps an initialization (reading R20)."""
        if self.core.state is not ERROR:
            self.refuse(RECOVER, f"Cannot recover: the state is {self.core.state}, not error")
        else:
            self.accept(RECOVER)
            self.begin(RECOVER, STOPPING_ALL, earlier=self.core.error[:1])
            self.stop_all()

    def emergency_stop(self) -> None:
        """Accepted in every state; interrupts what is under way, or joins its own kind (readings R3 and R15)."""
        procedure = self.core.procedure
        if procedure is not None and procedure.command == EMERGENCY_STOP:
            self.accept(EMERGENCY_STOP, joined=True)
        elif procedure is not None and procedure.phase == STOPPING_ALL:
            self.take_over()
        else:
            if procedure is not None:
                self.interrupt()
                self.give_up(procedure.waiting)
            self.accept(EMERGENCY_STOP)
            self.begin(EMERGENCY_STOP, STOPPING_ALL, notes=self.carried_notes(procedure))
            self.stop_all()

    def carried_notes(self, interrupted: Procedure | None) -> tuple[Failure, ...]:
        """Nobody waits for a cleanup, so what it noted is told by the emergency stop (reading R14)."""
        return interrupted.notes if interrupted is not None and interrupted.command == CLEANUP else ()

    def take_over(self) -> None:
        """The stops of a recover become those of the emergency stop; nothing is issued twice (reading R15)."""
        recovering = self.procedure
        self.interrupt()
        self.accept(EMERGENCY_STOP)
        taken = recovering._replace(command=EMERGENCY_STOP, config=self.core.config, earlier=(), draining=False)
        self.set(procedure=taken)
        self.forsake_backend()
        self.timer(LIMIT, self.core.config.shutdown_timeout)

    # -- The interpreter: every procedure is steps, a limit and an ending ---------------------------

    def begin(
        self,
        command: CommandName,
        phase: Phase,
        todo: tuple[ProcedureStep, ...] = (),
        session: str | None = None,
        notes: tuple[Failure, ...] = (),
        earlier: tuple[Failure, ...] = (),
    ) -> None:
        """Start a procedure; it keeps the configuration that it begins with (reading R17)."""
        procedure = Procedure(command, phase, self.core.config, todo, session=session, notes=notes, earlier=earlier)
        self.set(procedure=procedure)

    def proceed(self) -> None:
        """Wait for what is outstanding; else take the next step; else the phase is over."""
        procedure = self.procedure
        if procedure.waiting:
            return
        if procedure.todo:
            self.take_step()
        else:
            self.phase_over()

    def phase_over(self) -> None:
        """What comes after each phase."""
        match self.procedure.phase:
            case Phase.ATTEMPT:
                self.initialized()
            case Phase.DELAY:
                self.attempt()
            case Phase.FORWARD:
                self.startup_over()
            case Phase.ROLLBACK:
                self.rollback_over()
            case Phase.SHUTDOWN_STEPS:
                self.shutdown_over()
            case Phase.STOPPING_ALL:
                self.stops_over()
            case Phase.CLEANING:
                self.cleanup_over()
            case never:
                assert_never(never)

    def step_failed(self, failure: Failure) -> None:
        """What a failed step means in each phase; in a delay there is none that could fail."""
        match self.procedure.phase:
            case Phase.ATTEMPT:
                self.attempt_failed(failure)
            case Phase.FORWARD:
                self.startup_failed(failure)
            case Phase.ROLLBACK | Phase.SHUTDOWN_STEPS | Phase.STOPPING_ALL | Phase.CLEANING | Phase.DELAY:
                self.note_failure(failure)
            case never:
                assert_never(never)

    def take_step(self) -> None:
        """Issue the next step."""
        step, *rest = self.procedure.todo
        self.update(todo=tuple(rest), issued=(*self.procedure.issued, step) if self.remembers() else ())
        self.call(step)

    def remembers(self) -> bool:
        """A startup must know what to undo, a cleanup whom it was for; other procedures look only ahead."""
        return self.procedure.phase in (FORWARD, CLEANING)

    def reply(self, event: Reply) -> None:
        """An answer moves the procedure only if the procedure waits for it (reading R9)."""
        call = self.take(event.service, event.position)
        match call.standing:
            case CallStanding.AWAITED:
                self.answered(call, event)
            case CallStanding.GIVEN_UP:
                if event.ok:
                    self.late_success(call)
            case CallStanding.VOID:
                pass
            case never:
                assert_never(never)

    def answered(self, call: OpenCall, event: Reply) -> None:
        """A call that the procedure waits for has replied."""
        step = ProcedureStep(call.operation, call.session)
        self.update(waiting=tuple(other for other in self.procedure.waiting if other != step))
        if event.ok:
            self.believe(call)
            self.proceed()
        else:
            self.name_residue(step)
            self.step_failed(Failure(call.operation, FailureKind.FAILED, event.message))

    def believe(self, call: OpenCall) -> None:
        """A successful reply is taken at its word (reading R9)."""
        operation = CALLABLE[call.operation]
        if operation.turns_on is False:
            self.confirm_off(operation.service, call.session)

    def timer_fired(self) -> None:
        """The delay before a retry is over, or a limit has come (reading R7)."""
        procedure = self.core.procedure
        if procedure is None:
            return
        if procedure.phase == DELAY:
            self.phase_over()
        else:
            kind = NOT_CONFIRMED if procedure.draining else TIMED_OUT
            self.limit_reached([Failure(step.operation, kind) for step in self.abandon()])

    def abandon(self) -> tuple[ProcedureStep, ...]:
        """Give up every awaited call; a switch-off among them leaves residue."""
        waiting = self.procedure.waiting
        self.give_up(waiting)
        self.update(waiting=())
        for step in waiting:
            self.name_residue(step)
        return waiting

    def limit_reached(self, failures: list[Failure]) -> None:
        """An attempt or a start fails; other procedures issue what is left at once and wait no more (reading R7)."""
        procedure = self.procedure
        if procedure.phase in (ATTEMPT, FORWARD):
            self.step_failed(failures[0])
            return
        self.update(failures=(*procedure.failures, *failures))
        if procedure.todo:
            self.drain()
        else:
            self.proceed()

    def drain(self) -> None:
        """Issue the remaining steps in their order, leaving no more than this instant for their answers."""
        self.update(draining=True)
        self.timer(DRAIN, 0)
        while self.procedure.todo:
            self.take_step()

    def note_failure(self, failure: Failure) -> None:
        """The failed step of an undoing, a shutdown or a stop does not keep the next from running."""
        self.update(failures=(*self.procedure.failures, failure))
        self.proceed()

    # -- Initialization (readings R6, R7, R11) ------------------------------------------------------

    def initialization(self) -> None:
        """Enter initializing; an initialized host needs no call (reading R1)."""
        self.move(INITIALIZING, "system_init")
        if self.core.initialized:
            self.initialized()
        else:
            self.attempt()

    def attempt(self) -> None:
        """Ask the host agent once, within its own limit."""
        self.update(phase=ATTEMPT, attempt=self.procedure.attempt + 1, draining=False)
        self.timer(LIMIT, self.procedure.config.initialization_timeout)
        self.call(ProcedureStep("host.initialize"))

    def attempt_failed(self, failure: Failure) -> None:
        """Try again after the delay, or give in: the first attempt's failure is the cause (readings R4 and R6)."""
        procedure = self.procedure
        failures = (*procedure.failures, failure)
        if procedure.attempt <= procedure.config.max_retries:
            self.update(phase=DELAY, failures=failures)
            self.timer(RETRY_DELAY, procedure.config.retry_delay)
        else:
            self.move(ERROR, "initialization_failed", failures)
            self.fail(failures)

    def initialized(self) -> None:
        """Everything is ready; earlier attempts, if any failed, are told with the success."""
        self.set(initialized=True)
        self.move(READY, "dependency_ready")
        self.succeed()

    # -- Start and rollback (readings R4, R7, R8) ---------------------------------------------------

    def startup_over(self) -> None:
        """On air. A write that a late reply left behind is now true, or waits for the stop (reading R10)."""
        session = self.procedure.session
        self.move(LIVE, "startup_complete")
        self.set(session=session, due=tuple(s for s in self.core.due if CALLABLE[s.operation].service != CONVEX))
        self.succeed()

    def startup_failed(self, failure: Failure) -> None:
        """Undo in reverse every step that was issued, the one that failed included (reading R8)."""
        procedure = self.procedure
        switched = [step for step in reversed(procedure.issued) if step.operation in UNDO]
        undo = self.in_full(ProcedureStep(UNDO[step.operation], step.session) for step in switched)
        self.update(phase=ROLLBACK, todo=undo, issued=(), failures=(failure,))
        self.timer(LIMIT, procedure.config.shutdown_timeout)
        self.proceed()

    def rollback_over(self) -> None:
        """Only now the state becomes error, with the first cause (reading R4)."""
        failures = self.procedure.failures
        self.move(ERROR, "startup_failed", failures)
        self.fail(failures)

    # -- Stop (readings R1, R2, R16) ----------------------------------------------------------------

    def shutdown_over(self) -> None:
        """All off: through idle back to ready. Otherwise error, with every failure named."""
        failures = self.procedure.failures
        if not failures:
            self.move(IDLE, "shutdown_complete")
            self.initialization()
        elif self.core.state is ERROR:
            self.set(error=self.attached(failures))
            self.fail(failures)
        else:
            self.move(ERROR, "shutdown_failed", failures)
            self.fail(failures)

    def attached(self, failures: tuple[Failure, ...]) -> tuple[Failure, ...]:
        """The error as it stands, with what is new about it (reading R2)."""
        return (*self.core.error, *(failure for failure in failures if failure not in self.core.error))

    # -- Emergency stop and recover (readings R3, R15, R20) -----------------------------------------

    def stop_all(self) -> None:
        """Issue the four stops at once, under one limit. The backend is not told (reading R10)."""
        self.forsake_backend()
        self.timer(LIMIT, self.procedure.config.shutdown_timeout)
        for operation in STOPS.values():
            self.call(ProcedureStep(operation))

    def forsake_backend(self) -> None:
        """No live write from before an emergency stop is ever cleaned up (reading R10)."""
        for session in self.core.written:
            self.views.change(CONVEX, views.void, True, session)
            self.dismiss(CONVEX, session)

    def stops_over(self) -> None:
        """An emergency stop always ends in idle; a recover goes on from there."""
        procedure = self.procedure
        if procedure.command == EMERGENCY_STOP:
            if self.core.state is not IDLE:
                self.move(IDLE, "emergency_stop")
            self.succeed()
            return
        self.move(IDLE, "recovery")
        if self.residue():
            failures = (*procedure.failures, *procedure.earlier)
            self.move(ERROR, "residue", failures)
            self.fail(failures)
        elif procedure.config.enable_auto_recovery:
            self.update(notes=(*procedure.notes, *procedure.failures), failures=())
            self.initialization()
        else:
            self.succeed()

    # -- Late replies and cleanups (readings R9, R10) -----------------------------------------------

    def late_success(self, call: OpenCall) -> None:
        """A call that was given up succeeded after all, and nothing newer has made it void."""
        operation = CALLABLE[call.operation]
        if not operation.turns_on:
            self.confirm_off(operation.service, call.session)
        elif self.needs_cleanup(operation.service):
            self.owe(ProcedureStep(UNDO[call.operation], call.session))

    def needs_cleanup(self, service: str) -> bool:
        """What came on late is left alone in live, and in error where a stop is owed anyway."""
        if service == CONVEX:
            return self.core.state is not LIVE
        if self.stopping_all() or self.views.ask(service, views.is_residue):
            return True
        return self.core.state is not LIVE and not (self.core.state is ERROR and self.something_on_air())

    def something_on_air(self) -> bool:
        """As far as is known."""
        return any(self.views.ask(service, views.is_on_air) for service in ON_AIR_SERVICES)

    def stopping_all(self) -> bool:
        """The stops of an emergency stop, or of a recover, are under way."""
        return self.core.procedure is not None and self.core.procedure.phase == STOPPING_ALL

    def owe(self, step: ProcedureStep) -> None:
        """Remember a cleanup."""
        if step not in self.core.due:
            self.set(due=(*self.core.due, step))

    def begin_cleanup(self, step: ProcedureStep) -> None:
        """The matching switch-off, as a procedure of its own."""
        self.dismiss(CALLABLE[step.operation].service, step.session)
        self.accept(CLEANUP)
        self.begin(CLEANUP, CLEANING, self.carried_out(step))
        self.timer(LIMIT, self.core.config.shutdown_timeout)
        self.proceed()

    def cleanup_over(self) -> None:
        """Residue, or a report that came meanwhile, leads to error; a backend that stays live changes nothing."""
        procedure = self.procedure
        service = CALLABLE[procedure.issued[0].operation].service
        failures = procedure.failures if service in self.residue() else ()
        self.fault((*failures, *procedure.notes))
        if procedure.failures:
            self.fail(procedure.failures)
        else:
            self.succeed()

    def fault(self, failures: tuple[Failure, ...]) -> None:
        """Go to error for what nobody asked for; in error already, attach it."""
        if not failures:
            return
        if self.core.state is ERROR:
            self.set(error=self.attached(failures))
        else:
            self.move(ERROR, "service_failed", failures)

    # -- Services that fail by themselves (reading R14) ---------------------------------------------

    def report(self, event: Report) -> None:
        """What it means depends on what is under way."""
        failure = Failure(event.service, REPORTED, event.message)
        if event.service == HOST:
            self.set(initialized=False)
        if self.core.procedure is None:
            self.fault((failure,))
            return
        match self.procedure.phase:
            case Phase.ATTEMPT | Phase.FORWARD:
                self.abandon()
                self.step_failed(failure)
            case Phase.ROLLBACK:
                self.update(failures=(*self.procedure.failures, failure))
            case Phase.DELAY | Phase.SHUTDOWN_STEPS | Phase.STOPPING_ALL | Phase.CLEANING:
                self.update(notes=(*self.procedure.notes, failure))
            case never:
                assert_never(never)


def advance(
    core: CoreState, event: Event, rules: type[Core] = Core, services: Services | None = None
) -> tuple[CoreState, tuple[CoreEffect, ...]]:
    """The next state of the core, and what it asks for, once `event` has happened.

    The same arguments always give the same result. `rules` are those of the guide unless a test breaks one on
    purpose; `services` is for a search that keeps the services apart. Raises IllegalTransition only where broken
    rules leave an enforced table (clause ST-9).
    """
    services = services or Views(core.views)
    turn = rules(core, services)
    turn.handle(event)
    return turn.core._replace(views=services.result()), tuple(turn.effects)
