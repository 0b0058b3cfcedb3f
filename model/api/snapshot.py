"""The snapshot: everything there is to see of the orchestrator at one moment, as one immutable value.

What the services are comes from their stores, through the driver; the rest from the core and its record.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from broadcast_orchestrator.model.api.backend import Backend, SessionDocument, SessionState
from broadcast_orchestrator.model.api.record import HistoryEntry
from broadcast_orchestrator.model.api.validation import can_start, can_stop
from broadcast_orchestrator.model.events import Failure
from broadcast_orchestrator.model.state import CoreState, is_transitioning, left_live, residue
from broadcast_orchestrator.model.table import ERROR, LIVE, BroadcastState


class Stores(NamedTuple):
    """What the stores of the five services say, as a driver reads them."""

    live_feed: bool = False
    session: bool = False
    host: bool = False
    producer: bool = False
    host_initialized: bool = False
    has_content: bool = True
    backend: Backend = Backend()


class OrchestratorPart(NamedTuple):
    """The orchestrator's own part. `error` is the text that is there in the state error and nowhere else; `failures`
    are what it is made of, the first cause first; `history` is every transition, oldest first."""

    state: BroadcastState
    previous_state: BroadcastState | None
    error: str | None
    failures: tuple[Failure, ...]
    last_transition: HistoryEntry | None
    history: tuple[HistoryEntry, ...]


class HostPart(NamedTuple):
    """The host agent."""

    is_initialized: bool
    is_active: bool


class ProducerPart(NamedTuple):
    """The producer."""

    is_active: bool


class LiveFeedPart(NamedTuple):
    """The live feed."""

    is_live: bool
    has_content: bool


class SessionPart(NamedTuple):
    """The broadcast session."""

    is_active: bool


class ConvexPart(NamedTuple):
    """The backend. `session_id` is that of the broadcast, `says` what the backend calls it; `sessions` are all of its
    documents; `left_live` the sessions that it may still call live although they are not on air (reading R10)."""

    sync_enabled: bool
    session_id: str | None
    says: SessionState | None
    sessions: tuple[SessionDocument, ...]
    left_live: tuple[str, ...]


class ComputedPart(NamedTuple):
    """Flags that follow from the rest, each the answer of the query of that name (clause SN-3)."""

    can_start: bool
    can_stop: bool
    is_broadcasting: bool
    is_transitioning: bool
    has_error: bool
    residue: tuple[str, ...]


class BroadcastSnapshot(NamedTuple):
    """The parts (clauses SN-1 to SN-3)."""

    orchestrator: OrchestratorPart
    host: HostPart
    producer: ProducerPart
    live_feed: LiveFeedPart
    session: SessionPart
    convex: ConvexPart
    computed: ComputedPart

    def to_json(self) -> dict[str, Any]:
        """The snapshot as plain data: a table for each part, lists where there are several."""
        return {name: _plain(part) for name, part in zip(self._fields, self, strict=True)}


def snapshot_of(core: CoreState, history: Sequence[HistoryEntry], stores: Stores) -> BroadcastSnapshot:
    """The snapshot of a core with its history so far and the stores as they are."""
    return BroadcastSnapshot(
        _orchestrator(core, tuple(history)),
        HostPart(stores.host_initialized, stores.host),
        ProducerPart(stores.producer),
        LiveFeedPart(stores.live_feed, stores.has_content),
        SessionPart(stores.session),
        _convex(core, stores.backend),
        _computed(core),
    )


def _orchestrator(core: CoreState, history: tuple[HistoryEntry, ...]) -> OrchestratorPart:
    last = history[-1] if history else None
    text = "; ".join(map(str, core.error)) if core.error else None
    return OrchestratorPart(core.state, last.source if last else None, text, core.error, last, history)


def _convex(core: CoreState, backend: Backend) -> ConvexPart:
    session_id = core.session or (core.procedure.session if core.procedure else None)
    document = backend.get(session_id) if session_id else None
    says = document.broadcast_state if document else None
    return ConvexPart(core.config.enable_convex_sync, session_id, says, backend.sessions, left_live(core))


def _computed(core: CoreState) -> ComputedPart:
    return ComputedPart(
        can_start(core),
        can_stop(core),
        core.state is LIVE,
        is_transitioning(core),
        core.state is ERROR,
        residue(core),
    )


def _plain(value: Any) -> Any:
    if hasattr(value, "_asdict"):
        return {name: _plain(each) for name, each in value._asdict().items()}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, BroadcastState) else value
