"""What an observer may see: the words in which every run is told to the guarantees' checks, whoever looks on.

A run is a stream of moments: something happens (a step), and in answer commands are accepted, joined, refused and
settled, calls are issued, answered and given up, states are entered, limits are armed (the core's own effects, and
`Replied`). Between two moments `Shown` is what can be seen of the orchestrator, and when all is quiet there is a
`Rest`. Who sees the core sees nearly all of this; who sees an implementation from outside sees some of it and infers
some (see `properties.checking.judge.stream`). What a check needs that not everybody shows is named by its `Aspect`s:
where one of them is not shown, the check is not observable.
"""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from broadcast_orchestrator.model.closed_set import ClosedSet
from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.events import CoreEffect, Failure
from broadcast_orchestrator.sim.world.world import Truth


class Aspect(ClosedSet):
    """What not everybody shows or can see, and what it is in words. Commands, calls, answers and states everybody has
    to show."""

    HISTORY = "its history"
    TEXT = "its error text"
    MARKS = "what is marked as forced in its history"
    REASONS = "reasons in its history, in the guide's words"
    LIMITS = "which limits it arms"
    FAILURES = "failures as records, with kind and message"
    MISSING = "what a refusal lists as missing, in the guide's words"
    PROCEDURE = "what it takes to be under way"
    TAKEN = "the configuration and the content that it has taken"
    KNOWN_HOST = "whether it knows the host to be initialized"
    CLOCK = "what time it is"
    CAN_START = "can_start in its snapshots"
    CAN_STOP = "can_stop in its snapshots"
    STATED = "the state in its snapshots"
    UNCAUGHT = "errors that nobody catches"
    PAYLOAD = "what a write to the backend says besides the session"
    WAYS_OUT = "whether commands lead out of a quiet moment, which only those tell that are tried"
    TRUTH = "what the services truly are, as far as an orchestrator can know"


class Wrong(NamedTuple):
    """What a check finds wrong, in a sentence. `key` names its kind and is the same whatever the service; `gap` names
    a gap of the guide's own from which it follows ("" for none). The catalogue knows which guarantee it is about."""

    key: str
    what: str
    gap: str = ""


Sentences = Iterator[Wrong]
"""What a check finds wrong."""


class Replied(NamedTuple):
    """A call is answered in the moment in which it is made, by a service that is done when it returns."""

    operation: str
    session: str | None
    ok: bool
    message: str = ""


Occurrence = CoreEffect | Replied
"""What can follow from a step."""


class Account(Protocol):
    """What a procedure under way has to answer for so far: its failures, what it only notes, and the error that a
    recover set out from."""

    @property
    def failures(self) -> tuple[Failure, ...]: ...  # noqa: D102

    @property
    def notes(self) -> tuple[Failure, ...]: ...  # noqa: D102

    @property
    def earlier(self) -> tuple[Failure, ...]: ...  # noqa: D102


class Shown(Protocol):
    """What can be seen of the orchestrator between two moments; the words are those of `model.state.CoreState`, which
    is one way of showing it. A state that is none of the guide's is a plain string."""

    @property
    def config(self) -> OrchestratorConfig: ...  # noqa: D102

    @property
    def state(self) -> str: ...  # noqa: D102

    @property
    def initialized(self) -> bool: ...  # noqa: D102

    @property
    def content(self) -> bool: ...  # noqa: D102

    @property
    def written(self) -> tuple[str, ...]: ...  # noqa: D102

    @property
    def error(self) -> tuple[Failure, ...] | str: ...  # noqa: D102

    @property
    def procedure(self) -> Account | None: ...  # noqa: D102


class Rest(Protocol):
    """A moment in which all is quiet: what is shown, and what is true."""

    @property
    def state(self) -> str: ...  # noqa: D102

    @property
    def truth(self) -> Truth: ...  # noqa: D102

    def residue(self) -> tuple[str, ...]:
        """The services whose switch-off was tried and not confirmed since."""

    def known_on(self) -> tuple[str, ...]:
        """The services that are on air as far as it knows, or named as residue."""

    def left_live(self) -> tuple[str, ...]:
        """The sessions that the backend may still call live although they are not on air."""

    def session(self) -> str | None:
        """That of the broadcast on air."""

    def knows_host(self) -> bool:
        """Whether the orchestrator takes the host to be initialized; True where that cannot be seen."""

    def ways_out(self) -> "WaysOut":
        """What becomes of it, from here or on the way to here, when nothing goes wrong any more."""


class WaysOut(NamedTuple):
    """The states in which commands end when nothing goes wrong any more: an emergency stop given in the state `begin`,
    an initialize after it, and a recover; None for what nobody has tried. `raised` is what broken rules raise there."""

    begin: str
    stopped: str | None = None
    initialized: str | None = None
    recovered: str | None = None
    raised: str = ""
