"""The backend: session documents, and the one mutation that tells them what a broadcast does (clauses CX-1 to CX-5).

A backend is one immutable value; a mutation yields the next one or is refused, and reads no clock.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args

from broadcast_orchestrator.model.config import near_match, shown

SessionState = Literal["idle", "live", "paused"]
SESSION_STATES: tuple[SessionState, ...] = get_args(SessionState)
"""What the backend can say of a session; nothing in the orchestrator ever writes `paused` (reading R10)."""


class SessionDocument(NamedTuple):
    """A session as the backend keeps it; what was never written is None, and absent on the wire.

    Times are milliseconds on the clock of whoever calls `mutate`. `broadcast_started_at` is when the session last
    became live; `broadcast_duration` is how long that lasted, in milliseconds, known once it has left live.
    """

    id: str
    broadcast_state: SessionState | None = None
    host_active: bool | None = None
    producer_active: bool | None = None
    live_feed_active: bool | None = None
    last_active_time: float | None = None
    broadcast_started_at: float | None = None
    broadcast_duration: float | None = None

    def to_wire(self) -> dict[str, Any]:
        """The document by the guide's names, without the fields that were never written."""
        return {name: value for name, value in zip(WIRE_NAMES, self, strict=True) if value is not None}


WIRE_NAMES = (
    "_id",
    "broadcastState",
    "hostActive",
    "producerActive",
    "liveFeedActive",
    "lastActiveTime",
    "broadcastStartedAt",
    "broadcastDuration",
)
"""What the guide calls the fields of a document, in their order; the backend itself names the id."""


class Backend(NamedTuple):
    """All sessions, in the order in which they were created."""

    sessions: tuple[SessionDocument, ...] = ()

    def get(self, session_id: str) -> SessionDocument | None:
        """The session with that id, or None."""
        return next((document for document in self.sessions if document.id == session_id), None)

    def by_broadcast_state(self, state: SessionState | None) -> tuple[SessionDocument, ...]:
        """The sessions of which the backend says `state` (None: nothing yet), in the order of their creation."""
        return tuple(document for document in self.sessions if document.broadcast_state == state)


def backend_of(*session_ids: str) -> Backend:
    """A backend with a fresh session for each id; raises `ValueError` if an id comes twice."""
    repeated = [name for index, name in enumerate(session_ids) if name in session_ids[:index]]
    if repeated:
        raise ValueError(f"session ids: {shown(repeated[0])} is there twice, give each session its own")
    return Backend(tuple(SessionDocument(session_id) for session_id in session_ids))


class MutationRefused(ValueError):
    """The backend did not take the arguments; the message is one line that names every mistake."""


ARGUMENTS: dict[str, str] = {
    "id": "the id of a session",
    "broadcastState": "'idle', 'live' or 'paused'",
    "hostActive": "true or false",
    "producerActive": "true or false",
    "liveFeedActive": "true or false",
}
"""The arguments of the mutation, every one required, and what each has to be."""


def arguments_for(session_id: str, *, live: bool) -> dict[str, object]:
    """What the orchestrator writes: live with all flags on, or idle with all flags off (clause CX-4, reading R10)."""
    values = (session_id, "live" if live else "idle", live, live, live)
    return dict(zip(ARGUMENTS, values, strict=True))


def mutate(backend: Backend, arguments: object, now_ms: float) -> Backend:
    """`updateBroadcastState`: the backend after the write, all other fields and sessions as they were.

    `arguments` is a mapping by the guide's names; `now_ms` is the time of the write in milliseconds. Raises
    `MutationRefused` for an unknown or missing argument, a value of another type, or a session that does not
    exist; the backend that was passed never changes (clauses CX-2 and CX-3).
    """
    checked = checked_arguments(arguments)
    document = backend.get(checked["id"])
    if document is None:
        raise MutationRefused(f"id: no session {shown(checked['id'])}, it has to be created first")
    patched = _patched(document, checked, now_ms)
    return Backend(tuple(patched if other is document else other for other in backend.sessions))


def checked_arguments(arguments: object) -> Mapping[str, Any]:
    """The arguments, if they are what the mutation takes. Raises `MutationRefused`, one line that names every mistake,
    where they are not; whether the session exists is not known here."""
    if not isinstance(arguments, Mapping):
        raise MutationRefused(f"arguments: expected the fields {', '.join(ARGUMENTS)}, got {shown(arguments)}")
    mistakes = [
        f"{name}: missing, expected {expected}" for name, expected in ARGUMENTS.items() if name not in arguments
    ]
    mistakes += [mistake for name, value in arguments.items() if (mistake := _mistake(name, value))]
    if mistakes:
        raise MutationRefused("; ".join(mistakes))
    return arguments


def _mistake(name: object, value: object) -> str:
    if name not in ARGUMENTS:
        return f"{shown(name)}: unknown field{near_match(name, ARGUMENTS)}"
    return "" if _fits(name, value) else f"{name}: expected {ARGUMENTS[name]}, got {shown(value)}"


def _fits(name: object, value: object) -> bool:
    if name == "id":
        return isinstance(value, str)
    if name == "broadcastState":
        return isinstance(value, str) and value in SESSION_STATES
    return isinstance(value, bool)


def _patched(document: SessionDocument, checked: Mapping[str, Any], now_ms: float) -> SessionDocument:
    was_live, is_live = document.broadcast_state == "live", checked["broadcastState"] == "live"
    started, duration = document.broadcast_started_at, document.broadcast_duration
    if is_live and not was_live:
        started, duration = now_ms, None
    elif was_live and not is_live and started is not None:
        duration = now_ms - started
    return SessionDocument(
        document.id,
        SESSION_STATES[SESSION_STATES.index(checked["broadcastState"])],  # the plain text, also for an enum's member
        checked["hostActive"],
        checked["producerActive"],
        checked["liveFeedActive"],
        now_ms,
        started,
        duration,
    )
