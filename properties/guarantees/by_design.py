"""Where the reference breaks a guarantee by design: what no orchestrator can promise that never asks its services.

Each entry is expected to show in the matrix, with a witness; a violation that no entry foresees is a fault of the
reference, and an entry that no longer shows is a change of the design.
"""

from collections.abc import Iterable
from typing import NamedTuple

from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.sim.world.faults import (
    BYPASS,
    EMPTY_SUCCESS,
    LOST_UNNOTICED,
    NONE,
    OVERTAKING,
    RELOAD,
    SECOND_DASHBOARD,
)


class ByDesign(NamedTuple):
    """A violation to be expected: of these guarantees, under these classes of fault (none named: under any), from this
    gap of the guide ("": from any or none); and what would be needed to close it. A core with the measures of one of
    the sets of `closed_by` closes it, so there it is expected no more (`model.measures`). A set is what closes it
    beside another fault, too: a lease alone keeps another dashboard away, but not where it is told too early."""

    guarantees: tuple[str, ...]
    faults: tuple[str, ...]
    gap: str
    needed: str
    closed_by: tuple[frozenset[str], ...] = ()


BY_DESIGN: tuple[ByDesign, ...] = (
    ByDesign(
        ("G14",),
        (),
        "emergency stop",
        "An emergency stop and a recover tell the backend nothing (EM-4); a write at that moment would be needed.",
        (frozenset(("reconciled",)),),
    ),
    ByDesign(
        ("G14",),
        (),
        "lost service",
        "The backend is told of a lost broadcast by the stop alone; a write on the way to error would be needed.",
        (frozenset(("reconciled",)),),
    ),
    ByDesign(
        ("G14",),
        (),
        "write not confirmed",
        "The idle write was not taken, and the session is reported as left live; writing again would be needed.",
        (frozenset(("reconciled",)),),
    ),
    ByDesign(
        ("G2", "G3", "G4"),
        (EMPTY_SUCCESS,),
        "",
        "A success after which nothing happened is believed (R9); reading the services back would be needed.",
        (frozenset(("read-back",)),),
    ),
    ByDesign(
        ("G14",),
        (EMPTY_SUCCESS,),
        "",
        "A success after which nothing happened is believed (R9); reading the services back would be needed.",
        (frozenset(("read-back", "reconciled")),),
    ),
    ByDesign(
        ("G2", "G3", "G4", "G14"),
        (OVERTAKING,),
        "",
        "An older effect undoes a newer one; services that refuse stale commands by number would be needed.",
        (frozenset(("fencing",)),),
    ),
    ByDesign(
        ("G3", "G4"),
        (LOST_UNNOTICED,),
        "",
        "A service that falls over without a word counts as live; asking the services would be needed.",
        (frozenset(("polling",)),),
    ),
    ByDesign(
        ("G3",),
        (BYPASS,),
        "",
        "Whoever writes to a store directly is not seen (BP-2); reading the services back would be needed.",
        (frozenset(("polling",)),),
    ),
    ByDesign(
        ("G2", "G4"),
        (BYPASS,),
        "",
        "Whoever writes to a store directly is not seen (BP-2); reading the services back would be needed.",
        (frozenset(("read-back", "polling")),),
    ),
    ByDesign(
        ("G4", "G17"),
        (RELOAD,),
        "",
        "What a former life has switched on is not known to the next; reading back what is on would be needed.",
        (frozenset(("read-back",)),),
    ),
    ByDesign(
        ("G2", "G14"),
        (RELOAD,),
        "",
        "What a former life has switched on is not known to the next; reading back what is on would be needed.",
        (frozenset(("read-back", "reconciled")),),
    ),
    ByDesign(
        ("G3",),
        (SECOND_DASHBOARD,),
        "",
        "Nothing keeps two dashboards from commanding the same services; a lease that one holds would be needed.",
        (frozenset(("lease",)),),
    ),
    ByDesign(
        ("G4",),
        (SECOND_DASHBOARD,),
        "",
        "Nothing keeps two dashboards from commanding the same services; a lease that one holds would be needed.",
        (frozenset(("read-back", "polling", "lease")),),
    ),
    ByDesign(
        ("G2", "G17"),
        (SECOND_DASHBOARD,),
        "",
        "Nothing keeps two dashboards from commanding the same services; a lease that one holds would be needed.",
        (frozenset(("polling", "lease")),),
    ),
    ByDesign(
        ("G14",),
        (SECOND_DASHBOARD,),
        "",
        "Nothing keeps two dashboards from commanding the same services; a lease that one holds would be needed.",
        (frozenset(("read-back", "reconciled", "lease")),),
    ),
)
"""Every violation that the design foresees."""


def foreseen(violation: Violation, fault: str, measures: tuple[str, ...] = ()) -> str:
    """What would be needed to close this violation, found under this class of fault by a core with these measures; ""
    where it is not foreseen."""
    for entry in BY_DESIGN:
        is_about = violation.guarantee in entry.guarantees and entry.gap in ("", violation.gap)
        if is_about and fault in (entry.faults or (fault,)) and not _closed(entry, measures):
            return entry.needed
    return ""


def _closed(entry: ByDesign, measures: tuple[str, ...]) -> bool:
    return any(needed <= set(measures) for needed in entry.closed_by)


def beyond_design(
    violations: Iterable[Violation], faults: Iterable[str], measures: tuple[str, ...] = ()
) -> tuple[Violation, ...]:
    """The violations that the design does not foresee of a core with these measures, in a run that so far these classes
    of fault have hit (none: what only a gap of the guide explains is left out)."""
    hit = tuple(faults) or (NONE,)
    return tuple(each for each in violations if not any(foreseen(each, fault, measures) for fault in hit))
