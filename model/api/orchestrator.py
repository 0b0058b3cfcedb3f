"""The orchestrator as its users see it: the guide's whole interface over the pure core.

What a command gives back is the driver's business: an event to `yield` in a simulation, a future on a wall clock.
A driver is a subclass that knows the core and the stores, submits an event, and tells `_took` of every step.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Generic, Protocol, TypeVar, assert_never

from broadcast_orchestrator.model.api.outcome import (
    BroadcastError,
    CommandFailed,
    CommandInterrupted,
    CommandRefused,
    Outcome,
)
from broadcast_orchestrator.model.api.record import Record
from broadcast_orchestrator.model.api.snapshot import BroadcastSnapshot, Stores, snapshot_of
from broadcast_orchestrator.model.api.subscriptions import Listener, Selected, Selector, Subscriptions, Unsubscribe
from broadcast_orchestrator.model.api.validation import TransitionValidation, can_start, can_stop, validate_transition
from broadcast_orchestrator.model.config import DEFAULT_CONFIG, merged, shown
from broadcast_orchestrator.model.events import (
    CLEANUP,
    EMERGENCY_STOP,
    INITIALIZE,
    RECOVER,
    START_BROADCAST,
    STOP_BROADCAST,
    Accepted,
    Command,
    CommandEnding,
    Configure,
    CoreEffect,
    Refused,
    Settled,
    Transition,
)
from broadcast_orchestrator.model.state import CoreState, left_live, residue


class Caller(Protocol):
    """Whoever waits for a command. SimPy's events are callers as they are."""

    def succeed(self, value: Outcome) -> object:
        """The command did what was asked."""

    def fail(self, exception: BroadcastError) -> object:
        """The command was refused, failed or was interrupted."""


Pending = TypeVar("Pending")
"""What a driver gives back for a command that it has submitted."""


class Orchestrator(ABC, Generic[Pending]):
    """The guide's actions, queries, configuration and subscriptions.

    The five commands settle when their procedure is over: with an `Outcome`, or with `CommandRefused`,
    `CommandFailed` or `CommandInterrupted`. What they raise at once is a mistake in the call itself.
    """

    def __init__(self) -> None:
        self.record = Record()
        self._waiting: list[Caller] = []
        self._subscriptions = Subscriptions()

    # -- Commands ---------------------------------------------------------------------------------

    def initialize(self) -> Pending:
        """Make every service ready; ends in ready (clauses IN-1 to IN-4, readings R6 and R11)."""
        return self._submit(Command(INITIALIZE))

    def start_broadcast(self, session_id: str | None = None) -> Pending:
        """Go on air, and tell the backend if a `session_id` is given; ends in live (clauses SU-1 to SU-11 and SB-1).

        Raises `TypeError` where `session_id` is no text (a click event, say), `ValueError` where it is empty.
        """
        if session_id is not None and not isinstance(session_id, str):
            raise TypeError(
                f"start_broadcast: session_id must be text or left out, got {shown(session_id)}; "
                "a button's handler should call start_broadcast() itself"
            )
        if session_id == "":
            raise ValueError("start_broadcast: session_id is empty; leave it out to start without the backend")
        return self._submit(Command(START_BROADCAST, session_id))

    def stop_broadcast(self) -> Pending:
        """Go off air in order, from live or error; ends in ready (clauses SD-1 to SD-8, readings R1, R2 and R16)."""
        return self._submit(Command(STOP_BROADCAST))

    def emergency_stop(self) -> Pending:
        """Stop everything at once, whatever is under way; ends in idle (clauses EM-1 to EM-4, readings R3 and R15)."""
        return self._submit(Command(EMERGENCY_STOP))

    def recover(self) -> Pending:
        """Leave error by an emergency stop, then perhaps initialize (clauses RC-1 to RC-3, reading R20)."""
        return self._submit(Command(RECOVER))

    # -- Queries ----------------------------------------------------------------------------------

    def get_snapshot(self) -> BroadcastSnapshot:
        """Everything there is to see now (clauses SN-1 to SN-3)."""
        return snapshot_of(self._core(), self.record.history, self._stores())

    def can_start_broadcast(self) -> bool:
        """Whether a start given now is accepted (clause CS-1)."""
        return can_start(self._core())

    def can_stop_broadcast(self) -> bool:
        """Whether the state is live (clause CP-1, reading R12)."""
        return can_stop(self._core())

    def validate_transition(self, to: str) -> TransitionValidation:
        """Whether the state may change to `to` now; raises `ValueError` for a name that is no state (clause VT-1)."""
        return validate_transition(self._core(), to)

    # -- Configuration ----------------------------------------------------------------------------

    def update_config(self, **changes: object) -> None:
        """Change options by name, durations in milliseconds; never busy, and for later procedures only (reading R17).

        Raises `ConfigError`, and changes nothing, for an unknown option or a value outside its limits.
        """
        self._submit(Configure(merged(self._core().config, changes)))

    def reset_config(self) -> None:
        """Set every option to its default."""
        self._submit(Configure(DEFAULT_CONFIG))

    # -- Subscriptions ----------------------------------------------------------------------------

    def subscribe(self, listener: Listener[Selected], selector: Selector[Selected] | None = None) -> Unsubscribe:
        """Have `listener(new, previous)` called whenever what `selector` picks has changed (clause OV-3).

        `selector` takes a snapshot, as the functions in `model.api.hooks` do; without one it is the snapshot itself. A
        state that lasts no time at all is told too. What a listener raises is logged and disturbs nobody. Returns a
        function that ends the subscription.
        """
        return self._subscriptions.add(listener, selector, self.get_snapshot())

    # -- The driver's side ------------------------------------------------------------------------

    @abstractmethod
    def _submit(self, event: Command | Configure) -> Pending:
        """Let the event happen now; for a command, return what its caller can wait for."""

    @abstractmethod
    def _core(self) -> CoreState:
        """The core's present state."""

    @abstractmethod
    def _stores(self) -> Stores:
        """What the services say now."""

    def _took(
        self,
        before: CoreState,
        effects: Iterable[CoreEffect],
        after: CoreState,
        at_ms: float | None = None,
        caller: Caller | None = None,
    ) -> None:
        """A step has happened: record it, settle whoever it concerns, note the news for `_tell`.

        `caller` is who issued the command that the step is, None for any other step.
        """
        effects = tuple(effects)
        known = len(self.record.history)
        self.record.add(before, effects, after, at_ms)
        for effect in effects:
            self._settle(effect, after, caller)
        if self._subscriptions:
            self._subscriptions.note(self._moments(before, effects, after, known))

    def _tell(self) -> None:
        """Tell the listeners what is new; for when the driver has done all that the step asked for."""
        self._subscriptions.tell()

    def _settle(self, effect: CoreEffect, after: CoreState, caller: Caller | None) -> None:
        match effect:
            case Accepted(command) if caller is not None and command != CLEANUP:
                self._waiting.append(caller)
            case Refused(command, reason, missing) if caller is not None:
                caller.fail(CommandRefused(command, reason, missing))
            case Settled():
                waiting, self._waiting = self._waiting, []
                for each in waiting:
                    end(each, effect, after)

    def _moments(
        self, before: CoreState, effects: Iterable[CoreEffect], after: CoreState, known: int
    ) -> Iterator[BroadcastSnapshot]:
        """A snapshot for every state that one step passes through, the last one where it comes to rest."""
        passed = [effect.target for effect in effects if isinstance(effect, Transition)][:-1]
        for count, state in enumerate(passed, known + 1):
            core = after._replace(state=state, error=(), procedure=before.procedure)
            yield snapshot_of(core, self.record.history[:count], self._stores())
        yield self.get_snapshot()


def end(caller: Caller, effect: Settled, after: CoreState) -> None:
    """Tell one caller how its command ended; what may still be on is read from the core after the step."""
    details = (effect.command, effect.failures, effect.notes, residue(after), left_live(after))
    match effect.verdict:
        case CommandEnding.SUCCEEDED:
            caller.succeed(Outcome(*details))
        case CommandEnding.FAILED:
            caller.fail(CommandFailed(*details))
        case CommandEnding.INTERRUPTED:
            caller.fail(CommandInterrupted(*details))
        case never:
            assert_never(never)
