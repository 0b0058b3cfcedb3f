"""The subject protocol: what the driver says to an implementation, and what it hears back.

The driver owns virtual time. It sends a few steps at a time; the subject takes them in order, lets everything that
follows at that instant run its course, and answers with what happened. It stops early after a step in which it made
a call, since what comes next may depend on that call; `took` says how many steps it has taken.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

VERSION = 1

NONE: Mapping[str, Any] = {}

# -- What the driver says -------------------------------------------------------------------------


class CallBehaviour(StrEnum):
    """How a call behaves at the moment in which it is made ("manner" on the wire): its promise stays open until the
    driver settles it; it takes effect and returns; it returns and has no effect unless one is sent later; it throws
    "refused (call 7)", 7 being its number; it takes effect and throws "connection lost (call 7)"."""

    PENDING = "pending"
    AT_ONCE = "at_once"
    NOTHING = "nothing"
    THROW = "throw"
    EFFECT_THEN_THROW = "effect_then_throw"

    __hash__ = str.__hash__


PENDING, AT_ONCE, NOTHING, THROW, EFFECT_THEN_THROW = CallBehaviour


class CallStyle(StrEnum):
    """How the calls of an operation are answered: by a promise that the driver settles; by having been done when it
    returns, as with the feed and the session in the guide; or by nothing, so that success shows in a field alone, that
    changes later."""

    PROMISE = "promise"
    SYNC = "sync"
    FIELD = "field"

    __hash__ = str.__hash__


PROMISE, SYNC, FIELD = CallStyle

OWN_BEHAVIOUR: Mapping[str, CallBehaviour] = {PROMISE: PENDING, SYNC: AT_ONCE, FIELD: NOTHING}
"""How a call of each style behaves when nothing is said."""


class RejectionForm(StrEnum):
    """What a promise is rejected with: an error that has the message; a text, which is the message; nothing at all; an
    object that is no error and has no message."""

    ERROR = "error"
    TEXT = "text"
    NOTHING = "nothing"
    OBJECT = "object"

    __hash__ = str.__hash__


class Extension(StrEnum):
    """What the driver says beyond the steps that every subject understands: rejections with what is no error; a clock
    that is set, and timers that stand still; a page that is reloaded; another dashboard."""

    REJECTIONS = "rejections"
    CLOCK = "clock"
    RELOAD = "reload"
    ELSEWHERE = "elsewhere"

    __hash__ = str.__hash__


class Begin(NamedTuple):
    """Forget everything: a fresh instance of the implementation, fresh stores, the clock at zero.

    `config` holds options of the guide in snake case; `content` says whether the feed has content; `manners` has, for
    an operation, the behaviour of its first, second, ... call; "" and what is missing mean the operation's own.
    """

    config: Mapping[str, Any] = NONE
    content: bool = True
    manners: Mapping[str, list[str]] = NONE


class GiveCommand(NamedTuple):
    """A caller issues a command, known from now on by the number `id`."""

    id: int
    command: str
    session: str | None = None


class TakeEffect(NamedTuple):
    """The call takes effect on its service (a second time, if it has before). Its promise stays as it is; where the
    style is "field", this is when the field changes."""

    call: int


class GiveAnswer(NamedTuple):
    """The call's promise is fulfilled, or rejected with an error that has this message, or with what `form` says (see
    `RejectionForm`). Where the style is "field", only failures come: the store shows the message. `found` is what a
    read has found, with which its promise is fulfilled: whether the service is on, or initialized; of the backend, the
    sessions that it calls live. None: the call is no read, or has read nothing."""

    call: int
    ok: bool
    message: str = ""
    form: str = RejectionForm.ERROR
    found: Any = None

    @property
    def words(self) -> str:
        """The message, where whoever is told of the failure can be expected to say it; otherwise any words will do."""
        return self.message if self.form in (RejectionForm.ERROR, RejectionForm.TEXT) else ""


class Advance(NamedTuple):
    """Let the clock go on to `to_ms`; every timer due until then runs. The driver never jumps over a timer."""

    to_ms: float


class LoseService(NamedTuple):
    """The service falls over by itself: off, the host also uninitialized; `noticed`: it reports an error."""

    service: str
    noticed: bool = True


class FlipService(NamedTuple):
    """Someone switches the service behind the orchestrator's back."""

    service: str


class FillFeed(NamedTuple):
    """The live feed gains or loses its content."""

    present: bool


class ChangeConfig(NamedTuple):
    """Options change."""

    config: Mapping[str, Any]


class SetClock(NamedTuple):
    """Someone sets the clock of the machine, by so many milliseconds: what tells the date jumps. Timers, and what
    counts the time that goes by, do not."""

    by_ms: int


class SuspendTimers(NamedTuple):
    """Timers stand still from now on (a hidden tab, a sleeping laptop), while the clock goes on and calls are answered.
    Until they go on no timer is due."""


class ResumeTimers(NamedTuple):
    """Timers go on: those that are overdue run now, one after the other in the order in which they were due."""


class ReloadPage(NamedTuple):
    """The implementation loses its memory: a fresh instance over the same services, which go on as they are, and what
    is on its way to them does. Timers of the former life are gone, its commands are nobody's any more, and none of its
    calls is ever answered. `config` holds the options of the new life."""

    config: Mapping[str, Any] = NONE


class CommandElsewhere(NamedTuple):
    """Another dashboard over the same services issues this command. Nobody tells the implementation; the calls take
    effect one by one, see `EffectElsewhere`."""

    command: str


class EffectElsewhere(NamedTuple):
    """A call of another dashboard takes effect on its service."""

    operation: str
    session: str


class LookAround(NamedTuple):
    """Ask for a snapshot."""


SubjectStep = (
    Begin
    | GiveCommand
    | TakeEffect
    | GiveAnswer
    | Advance
    | LoseService
    | FlipService
    | FillFeed
    | ChangeConfig
    | SetClock
    | SuspendTimers
    | ResumeTimers
    | ReloadPage
    | CommandElsewhere
    | EffectElsewhere
    | LookAround
)

# -- What the subject says ------------------------------------------------------------------------

FLAGS: Mapping[str, str] = {
    "host_active": "host",
    "producer_active": "producer",
    "live_feed_active": "live_feed",
}
"""The flags that a write to the backend tells (clause CX-2), each with the service that it is about."""


class Called(NamedTuple):
    """The implementation calls a service: call number `call` of the scenario, from 1. `payload`: what it tells the
    backend besides the session, by the guide's names in snake case; None where that is not seen. `number`: the number
    that the command carries, where commands have one that only grows."""

    n: int
    at_ms: float
    call: int
    operation: str
    session: str | None = None
    payload: Mapping[str, Any] | None = None
    number: float | None = None


class CommandSettled(NamedTuple):
    """A command is over: fulfilled, or rejected with this message."""

    n: int
    at_ms: float
    command: int
    ok: bool
    message: str = ""


class StateShown(NamedTuple):
    """The implementation's state, as anyone can observe it, has become `state`."""

    n: int
    at_ms: float
    state: str


class Recorded(NamedTuple):
    """The implementation has put a change of state into its own history."""

    n: int
    at_ms: float
    source: str
    target: str
    reason: str = ""


class ErrorText(NamedTuple):
    """The error that the implementation shows has become `text`; None: there is none any more."""

    n: int
    at_ms: float
    text: str | None


class Wrote(NamedTuple):
    """The implementation has written a field of a service's store by itself, beside all operations."""

    n: int
    at_ms: float
    service: str
    field: str
    value: Any


class Logged(NamedTuple):
    """A line on the console."""

    n: int
    at_ms: float
    level: str
    text: str


class Unhandled(NamedTuple):
    """An error that nobody caught."""

    n: int
    at_ms: float
    message: str


class Snapshot(NamedTuple):
    """What the implementation says of itself. `data` may have `state`, `error`, `can_start`, `can_stop`,
    `is_transitioning`, `history` (a list of [source, target]), and whatever else it shows."""

    n: int
    at_ms: float
    data: Mapping[str, Any]


SubjectEvent = Called | CommandSettled | StateShown | Recorded | ErrorText | Wrote | Logged | Unhandled | Snapshot
"""Events are numbered by `n` within a scenario, from 1, and carry the virtual time in milliseconds."""


class Reaction(NamedTuple):
    """The answer to some steps: how many were taken, what happened, the clock, and when the next timer is due."""

    took: int
    events: tuple[SubjectEvent, ...]
    now_ms: float
    next_timer_ms: float | None


class ForeseenLine(NamedTuple):
    """Steps, and the answer after which the line that follows is right: how many of them were taken, the calls that
    were made (time, operation, session), when the next timer is due; and no field of a store was written."""

    steps: tuple[SubjectStep, ...]
    took: int
    calls: tuple[tuple[float, str, str | None], ...]
    next_timer_ms: float | None


class About(NamedTuple):
    """What a subject says of itself at the beginning. `styles` gives, for an operation, the `CallStyle` in which it
    answers; a promise where it gives none. `foresight`: whether it takes several lines at once, see `ForeseenLine`;
    `understands`: each `Extension` that may be said to it."""

    name: str
    version: int = VERSION
    styles: Mapping[str, str] = NONE
    foresight: bool = False
    understands: tuple[str, ...] = ()


class Subject(Protocol):
    """Anything that can be driven: a child process, or an object of this process."""

    about: About

    def take(self, steps: tuple[SubjectStep, ...]) -> Reaction:
        """Take the steps, or as many as the rules above allow. Raises `SubjectError` when it cannot go on."""

    def close(self) -> None:
        """End it; nothing of it is left behind."""


class Limits(NamedTuple):
    """How much is enough: `virtual_ms` of virtual time and `steps` in one scenario; `seconds` of real time,
    `line_bytes` and `events` in the answer to one line; `start_seconds` of real time until the first answer."""

    virtual_ms: float = 86_400_000
    steps: int = 5_000
    seconds: float = 10.0
    line_bytes: int = 4_000_000
    events: int = 20_000
    start_seconds: float = 60.0


class SubjectError(RuntimeError):
    """The subject broke the protocol, died, or took too long; the message is one line."""
