"""Before any search: an evening without faults, and what is told of whoever does not get through it."""

from collections.abc import Callable
from typing import Any

import pytest

from broadcast_orchestrator.properties.checking import CheckReport, check
from broadcast_orchestrator.properties.checking.baseline import Known
from broadcast_orchestrator.properties.checking.replay import violations
from broadcast_orchestrator.properties.guarantees.observations import Aspect
from broadcast_orchestrator.sim.subjects.dialect import AcceptedReading, Dialect
from broadcast_orchestrator.sim.subjects.python.fakes import FakeStores
from broadcast_orchestrator.sim.subjects.python.python_subject import PythonSubject
from broadcast_orchestrator.sim.subjects.scenario import Order, Scenario


class Evening:
    """Gets through an evening on which nothing goes wrong, and no other."""

    states = ("idle", "ready", "live")

    def __init__(self, stores: FakeStores) -> None:
        self.stores = stores
        self.state = self.states[0]

    async def initialize(self) -> None:
        """The host alone."""
        await self.stores.host.initialize()
        self.state = self.states[1]

    async def start_broadcast(self, session: str | None = None) -> None:
        """All on."""
        stores = self.stores
        for on in (stores.live_feed.start, stores.session.start, stores.host.start, stores.producer.start):
            await on()
        self.state = self.states[2]

    async def stop_broadcast(self) -> None:
        """All off."""
        stores = self.stores
        for off in (stores.producer.stop, stores.host.stop, stores.session.end, stores.live_feed.stop):
            await off()
        self.state = self.states[1]

    async def emergency_stop(self) -> None:
        """Nothing."""

    recover = emergency_stop


class Rejects(Evening):
    """Wants what no evening has."""

    async def initialize(self) -> None:
        """Too early."""
        raise RuntimeError("nobody is logged in")


class Reads(Evening):
    """Uses what its own stores have."""

    async def start_broadcast(self, session: str | None = None) -> None:
        """With a title."""
        self.stores.live_feed.set_title("tonight")
        await super().start_broadcast(session)


class Probes(Evening):
    """Uses what may be there, and goes on without."""

    async def initialize(self) -> None:
        """At some volume."""
        getattr(self.stores.host, "volume", 7)
        await super().initialize()


class OtherWords(Evening):
    """Calls its states otherwise."""

    states = ("idle", "prepared", "live")


class Elsewhere(Evening):
    """Shows its state where nobody looks."""

    states = ("idle", "idle", "idle")


class Alone(Evening):
    """Has a producer of its own, which nobody replaces."""

    def __init__(self, stores: FakeStores) -> None:
        super().__init__(stores)
        self.stores = FakeStores(lambda operation, *_: self.call(stores, operation), lambda *write: None)

    def call(self, stores: FakeStores, operation: str) -> Any:
        """A call of a service, if it is a stand-in."""
        service, _, method = operation.partition(".")
        return nothing() if service == "producer" else getattr(getattr(stores, service), method)()


async def nothing() -> None:
    """Done."""


class ReadsLater(Evening):
    """Uses what its own host has, when it comes to the worst."""

    async def emergency_stop(self) -> None:
        """With a word."""
        self.stores.host.say("good night")

    recover = emergency_stop


def checked(make: Callable[[FakeStores], Any], **options: Any) -> CheckReport:
    """The report of a short check."""
    return check(lambda: PythonSubject(make), scenarios=5, **options)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (Rejects, "on an evening without faults initialize fails: nobody is logged in"),
        (
            Reads,
            "it reads live_feed.set_title, which the stand-in lacks; an adapter says what it is under `services`: a "
            "field in `state`, a method in `extra`. Then on an evening without faults start_broadcast fails: the "
            "stand-in for live_feed has no set_title",
        ),
        (
            Probes,
            "it reads host.volume, which the stand-in lacks; an adapter says what it is under `services`: a field in "
            "`state`, a method in `extra`",
        ),
        (OtherWords, "'prepared' is no state of the guide; a dialect says under [states] which"),
        (
            Elsewhere,
            "on an evening without faults initialize leads to idle, not to ready; is its state shown there?",
        ),
        (Alone, "on an evening without faults nothing of producer is called; is its store replaced?"),
        (lambda stores: object(), "the orchestrator has no initialize"),
    ],
)
def test_what_is_served_wrongly_is_told_that_and_nothing_else(make: Callable[[FakeStores], Any], told: str) -> None:
    """One finding about the subject itself, in plain words, after one scenario; nothing is blamed, nothing listed."""
    report = checked(make)
    (finding,) = report.findings
    assert (finding.guarantee, finding.title, report.scenarios) == ("subject", told, 1)
    assert (finding.also, finding.followers, report.unused, report.not_observable) == ((), (), (), ())
    assert not report.complete


def test_the_smallest_evening_that_shows_it_is_told() -> None:
    """What goes wrong at once needs no start and no stop."""
    (finding,) = checked(Rejects).findings
    assert finding.steps == ("A caller asks: initialize.",)


def test_whoever_gets_through_is_searched() -> None:
    """One that knows nothing but the plain evening is blamed with what it breaks on others."""
    report = checked(Evening)
    assert report.scenarios == 5
    assert "subject" not in report.guarantees


def test_what_is_accepted_or_known_does_not_end_the_search() -> None:
    """A reading accepts it, a dialect names the states, or a baseline has it: the search goes on all the same."""
    (finding,) = checked(Elsewhere).findings
    reading = AcceptedReading("subject", "is its state shown there", "It shows none.")
    assert checked(Elsewhere, dialect=Dialect(readings=(reading,))).scenarios == 5
    assert checked(Elsewhere, baseline=(Known(finding.id),)).scenarios == 5
    assert checked(OtherWords, dialect=Dialect(states={"prepared": "ready"})).scenarios == 5


INIT, START, EMERGENCY = Order("initialize"), Order("start_broadcast", "s1"), Order("emergency_stop")


def broken(make: Callable[[FakeStores], Any], *orders: Order, dialect: Dialect | None = None) -> list[tuple[str, str]]:
    """What the scenario breaks: guarantees and sentences."""
    told = violations(Scenario(orders), lambda: PythonSubject(make), dialect or Dialect())
    return [(each.guarantee, each.what) for each in told]


def test_a_member_that_is_read_later_is_told_in_place_of_what_may_come_of_it() -> None:
    """An emergency stop that fails at what the stand-in lacks is blamed with nothing; what was broken before it, and
    what is broken once a reading accepts that, is told."""
    lacks = (
        "it reads host.say, which the stand-in lacks; an adapter says what it is under `services`: a field in `state`, "
        "a method in `extra`"
    )
    (only,) = broken(ReadsLater, EMERGENCY)
    assert only == ("subject", lacks)
    *before, told = broken(ReadsLater, INIT, START, INIT, EMERGENCY)
    assert told == ("subject", lacks)
    assert before
    assert set(before) <= set(broken(Evening, INIT, START, INIT))
    accepting = Dialect(readings=(AcceptedReading("subject", "host.say", "It is for the log alone."),))
    assert "G10" in dict(broken(ReadsLater, INIT, START, EMERGENCY, dialect=accepting))


def test_a_member_that_is_known_of_the_plain_evening_is_not_told_again() -> None:
    """What an accepted reading says of the evening holds for the rest of the search."""
    accepting = Dialect(readings=(AcceptedReading("subject", "host.volume", "It goes on without."),))
    report = checked(Probes, dialect=accepting)
    assert "subject" not in report.guarantees
    assert [each.kind for each in report.accepted if each.guarantee == "subject"] == []
    assert report.scenarios == 5


def test_what_is_not_shown_is_not_observable_and_not_blamed() -> None:
    """Without a history nothing of G12 can be asked, without an error text nothing of what it says."""
    report = checked(Evening)
    missing = {aspect for each in report.not_observable for aspect in each.needs}
    assert {Aspect.HISTORY, Aspect.CAN_START, Aspect.CAN_STOP} <= missing
    assert "G12" not in report.guarantees
