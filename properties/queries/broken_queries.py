"""Queries with one answer broken, each by name, with the clause that it breaks: what asks them has to notice."""

from collections.abc import Callable
from typing import NamedTuple

from broadcast_orchestrator.model.api.record import HistoryEntry
from broadcast_orchestrator.model.api.snapshot import BroadcastSnapshot, Stores
from broadcast_orchestrator.model.api.validation import TransitionValidation
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.table import ERROR, IDLE, LIVE, READY
from broadcast_orchestrator.properties.queries.queries import SOUND, Queries, with_hooks


class BrokenQuery(NamedTuple):
    """The name, what it breaks, what it does wrong in one sentence, and the queries with the broken one among them."""

    name: str
    breaks: str
    what: str
    queries: Queries


def _showing(change: Callable[[BroadcastSnapshot], BroadcastSnapshot]) -> Queries:
    def snapshot_of(core: CoreState, history: tuple[HistoryEntry, ...], stores: Stores) -> BroadcastSnapshot:
        return change(SOUND.snapshot_of(core, history, stores))

    return Queries(snapshot_of=snapshot_of)


def _without_content(core: CoreState) -> bool:
    return SOUND.can_start(core._replace(content=True))


def _whatever(core: CoreState, to: str) -> TransitionValidation:
    told = SOUND.validate_transition(core, to)
    return TransitionValidation(True) if core.state is LIVE else told


def _nothing_missing(core: CoreState, to: str) -> TransitionValidation:
    return SOUND.validate_transition(core, to)._replace(missing_dependencies=())


BROKEN_QUERIES: tuple[BrokenQuery, ...] = (
    BrokenQuery(
        "snapshot-of-another-state",
        "OV-1",
        "Shows live as ready.",
        _showing(
            lambda told: (
                told._replace(orchestrator=told.orchestrator._replace(state=READY))
                if told.orchestrator.state is LIVE
                else told
            )
        ),
    ),
    BrokenQuery(
        "snapshot-without-its-history",
        "SN-1",
        "Leaves the history out of the snapshot.",
        _showing(lambda told: told._replace(orchestrator=told.orchestrator._replace(history=()))),
    ),
    BrokenQuery(
        "snapshot-of-one-service-for-another",
        "SN-2",
        "Shows the host's state as the producer's.",
        _showing(lambda told: told._replace(producer=told.producer._replace(is_active=told.host.is_active))),
    ),
    BrokenQuery(
        "flags-of-their-own",
        "SN-3",
        "Has a flag say that a start is possible in ready, whatever the query says.",
        _showing(
            lambda told: told._replace(
                computed=told.computed._replace(can_start=told.orchestrator.state in (READY, IDLE))
            )
        ),
    ),
    BrokenQuery(
        "can-start-anywhere",
        "CS-1",
        "Says that a start is possible in every state.",
        Queries(can_start=lambda core: True),
    ),
    BrokenQuery(
        "can-start-without-content",
        "CS-1",
        "Says that a start is possible with no content in the feed.",
        Queries(can_start=_without_content),
    ),
    BrokenQuery(
        "can-stop-in-error",
        "CP-1",
        "Says that a stop is possible in error, because one is accepted there.",
        Queries(can_stop=lambda core: core.state in (LIVE, ERROR)),
    ),
    BrokenQuery(
        "validates-whatever-the-table-lacks",
        "VT-1",
        "Calls every transition from live valid.",
        Queries(validate_transition=_whatever),
    ),
    BrokenQuery(
        "validates-without-what-is-missing",
        "VT-2",
        "Calls a transition invalid and does not list what is missing.",
        Queries(validate_transition=_nothing_missing),
    ),
    BrokenQuery(
        "hooks-that-look-elsewhere",
        "HK-1",
        "Takes whatever can be stopped or started for on air.",
        Queries(hooks=with_hooks(is_broadcasting=lambda told: told.computed.can_stop or told.computed.can_start)),
    ),
    BrokenQuery(
        "hooks-without-the-text",
        "HK-2",
        "Picks no text in error.",
        Queries(hooks=with_hooks(error=lambda told: None)),
    ),
    BrokenQuery(
        "transitioning-in-passing-states-alone",
        "R21",
        "Takes a procedure under way in a state of rest for rest.",
        _showing(
            lambda told: told._replace(
                computed=told.computed._replace(
                    is_transitioning=told.orchestrator.state in ("initializing", "starting", "stopping")
                )
            )
        ),
    ),
)
"""Every broken query, in the order of the guide."""
