"""A lease that is claimed, and a silence: who is awake keeps it, and who has slept asks before commanding."""

from collections.abc import Callable

import pytest

from broadcast_orchestrator.model.measures import rules_with
from broadcast_orchestrator.model.runtime.leasing import LEASE_MS
from broadcast_orchestrator.properties.checking.search.bench import Bench, ExaminedRun
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.protocol.messages import CommandElsewhere, Limits, Subject
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import CallFault, ClockChange, Order, Scenario, Upheaval

pytestmark = pytest.mark.usefixtures("untraced")

LEASED = rules_with(("lease",))
INIT, START, STOP = Order("initialize"), Order("start_broadcast", "s1"), Order("stop_broadcast")
TAKES = (Upheaval("F13", "start_broadcast", None, 1),)
SLEEP = (ClockChange("asleep", 20_000, None, 1),)
AWAKE, ASLEEP = Scenario((INIT, START), upheavals=TAKES), Scenario((INIT, START), clocks=SLEEP, upheavals=TAKES)


class NeverRenews(ReferenceSubject):
    """Has it once, and thinks no more of it."""

    def _mind_lease(self, asked_ms: float, ok: bool) -> None:
        """Nothing."""


class KeepsIt(ReferenceSubject):
    """Renews it, and commands on where that is refused."""

    def _mind_lease(self, asked_ms: float, ok: bool) -> None:
        """As if it had been given."""
        super()._mind_lease(asked_ms, True)


def keeps() -> ReferenceSubject:
    """The reference, which renews its lease three times as often as it would be lost."""
    return ReferenceSubject(LEASED, lease_ms=LEASE_MS)


def lived(make: Callable[[], Subject], scenario: Scenario, lease_ms: float = LEASE_MS) -> ExaminedRun:
    """Judged by what a lease promises that is lost after so long a silence."""
    return Bench(make, Dialect(measures=("lease",), lease_ms=lease_ms), Limits()).examined(scenario)


def told(make: Callable[[], Subject], scenario: Scenario, lease_ms: float = LEASE_MS) -> set[str]:
    """What is wrong."""
    return {": ".join(each.kind[:2]) for each in lived(make, scenario, lease_ms).complaints}


def is_taken(run: ExaminedRun) -> bool:
    """Whether the other dashboard commands."""
    return any(isinstance(moment.step, CommandElsewhere) for moment in run.evidence.moments)


def test_a_lease_outlasts_no_sleep_and_everything_else() -> None:
    """The other dashboard waits as long as a lease lasts, in vain where it is renewed; whoever slept meanwhile finds it
    in command, and nothing is wrong about that."""
    awake, asleep = lived(keeps, AWAKE), lived(keeps, ASLEEP)
    assert (is_taken(awake), is_taken(asleep)) == (False, True)
    assert (awake.complaints, asleep.complaints) == ((), ())
    assert [asked.ok for asked in asleep.sight.asked] == [True, False]  # it does not start beside the other


@pytest.mark.parametrize(
    ("mutant", "awake", "asleep"),
    [
        (NeverRenews, "G17: lease runs out", "G17: commands without the lease"),
        (KeepsIt, "", "G17: commands without the lease"),
    ],
)
def test_a_lease_that_is_lost_or_kept_wrongly_is_found(mutant: type[ReferenceSubject], awake: str, asleep: str) -> None:
    """Lost by one who is awake; kept by one who has been silent for too long."""
    for scenario, expected in ((AWAKE, awake), (ASLEEP, asleep)):
        found = told(lambda: mutant(LEASED, lease_ms=LEASE_MS), scenario)
        assert expected in found if expected else found == set()


def test_the_other_tries_again_while_all_sleeps() -> None:
    """Also where answers are on their way here, which are not heard before it wakes."""
    mid_start = (ClockChange("asleep", 20_000, 3, 2),)
    run = lived(keeps, Scenario((INIT, START), clocks=mid_start, upheavals=(TAKES[0]._replace(after=0, order=2),)))
    assert (run.evidence.ended, is_taken(run)) == ("quiet", True)


def test_where_asking_fails_nobody_is_blamed_for_silence() -> None:
    """A renewal that is refused or hangs may cost the lease; and a lock is not lost by silence at all."""
    fails = Scenario(AWAKE.orders, (CallFault("convex.lease", 2, "F1", times=9),), upheavals=TAKES)
    assert "G17: lease runs out" not in told(keeps, fails)
    lock = lived(lambda: ReferenceSubject(LEASED), ASLEEP, lease_ms=0)
    assert (is_taken(lock), lock.complaints) == (False, ())
