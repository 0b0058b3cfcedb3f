"""Measures on the air: services that are read, and a backend that is told at rest."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from broadcast_orchestrator.model import CommandFailed, CommandRefused
from broadcast_orchestrator.model.api.backend import MutationRefused, arguments_for
from broadcast_orchestrator.model.measures import rules_with
from broadcast_orchestrator.model.operations import ON_AIR_SERVICES
from broadcast_orchestrator.model.runtime import AsyncOrchestrator, cancelled_when_given_up
from broadcast_orchestrator.model.sessions import SqliteSessions
from broadcast_orchestrator.model.state import residue
from broadcast_orchestrator.sim.subjects.python.virtual_loop import VirtualLoop


class Lamp:
    """A service that can be read, by a coroutine; it does nothing while it is `stuck`."""

    def __init__(self) -> None:
        self.lit = self.ready = self.stuck = False

    def initialize(self) -> None:
        """Be ready."""
        self.ready = True

    def start(self) -> None:
        """Go on."""
        self.lit = self.lit or not self.stuck

    def stop(self) -> None:
        """Go off."""
        self.lit = self.lit and self.stuck

    end = stop

    async def is_on(self) -> object:
        """Whether it is on."""
        await asyncio.sleep(0.01)
        return self.lit

    def is_initialized(self) -> object:
        """Whether it is ready; a plain function."""
        return self.ready


class Ledger:
    """A backend that can be read; `writes` are those that it took, and it takes none while it `refuses`."""

    def __init__(self, *live: str) -> None:
        self.live = list(live)
        self.writes: list[tuple[object, object]] = []
        self.refuses = False

    def update_broadcast_state(self, arguments: Any) -> None:
        """The mutation."""
        if self.refuses:
            raise ConnectionError("not now")
        self.writes.append((arguments["id"], arguments["broadcastState"]))
        self.live = [each for each in self.live if each != arguments["id"]]
        if arguments["broadcastState"] == "live":
            self.live.append(arguments["id"])

    def live_sessions(self) -> object:
        """What it calls live."""
        return tuple(self.live)


class House:
    """Four lamps and a ledger, and a story that is played with the orchestrator over them."""

    def __init__(self, *live: str) -> None:
        self.lamps = {service: Lamp() for service in ON_AIR_SERVICES}
        self.ledger = Ledger(*live)

    @property
    def lit(self) -> list[str]:
        """The lamps that are on."""
        return [service for service, lamp in self.lamps.items() if lamp.lit]

    def play(self, story: Callable[[AsyncOrchestrator], Coroutine[Any, Any, None]], *measures: str) -> None:
        """In virtual time."""
        loop = VirtualLoop(lambda message: None, lambda: None)  # type: ignore[abstract]  # it has no sockets
        task = loop.create_task(self._evening(story, measures))
        loop.rest()
        loop.advance(600_000)
        task.result()

    async def _evening(
        self, story: Callable[[AsyncOrchestrator], Coroutine[Any, Any, None]], measures: tuple[str, ...]
    ) -> None:
        await story(AsyncOrchestrator(SimpleNamespace(**self.lamps), self.ledger, measures=measures))


# -- Read-back ------------------------------------------------------------------------------------


def test_an_evening_that_is_read_back_is_as_any() -> None:
    """Initialize, start with a session, stop: every lamp goes on and off, and the snapshot knows it."""
    house = House()

    async def story(orchestrator: AsyncOrchestrator) -> None:
        await orchestrator.initialize()
        await orchestrator.start_broadcast("s1")
        assert (orchestrator.state, house.lit, house.ledger.live) == ("live", list(ON_AIR_SERVICES), ["s1"])
        assert orchestrator.get_snapshot().host.is_active
        await orchestrator.stop_broadcast()
        assert (orchestrator.state, house.lit, house.ledger.live) == ("ready", [], [])

    house.play(story, "read-back", "reconciled")


def test_a_success_that_was_none_is_found_out() -> None:
    """A producer that says yes and does nothing fails the start; without the measure the start is believed."""
    house = House()
    house.lamps["producer"].stuck = True

    async def believed(orchestrator: AsyncOrchestrator) -> None:
        await orchestrator.initialize()
        await orchestrator.start_broadcast()
        assert orchestrator.state == "live"
        await orchestrator.stop_broadcast()

    async def read(orchestrator: AsyncOrchestrator) -> None:
        await orchestrator.initialize()
        with pytest.raises(CommandFailed, match=r"producer\.is_on failed: producer is off"):
            await orchestrator.start_broadcast()
        assert house.lit == []

    house.play(believed)
    house.play(read, "read-back")


def test_a_service_that_stays_on_is_residue() -> None:
    """A host that says it is off and is on is named after the stop, and has to be off before the next start."""
    house = House()

    async def story(orchestrator: AsyncOrchestrator) -> None:
        await orchestrator.initialize()
        await orchestrator.start_broadcast()
        house.lamps["host"].stuck = True
        with pytest.raises(CommandFailed, match=r"host\.is_off failed: host is on") as failed:
            await orchestrator.stop_broadcast()
        assert failed.value.residue == ("host",) == tuple(house.lit)

    house.play(story, "read-back")


def test_what_a_former_life_left_on_is_switched_off() -> None:
    """An orchestrator that begins while the producer is on and a session is live finds both when it initializes; the
    guide's own knows nothing of them."""
    house = House("s1", "s2")
    house.lamps["producer"].start()

    async def story(orchestrator: AsyncOrchestrator) -> None:
        await orchestrator.initialize()

    house.play(story)
    assert (house.lit, house.ledger.live) == (["producer"], ["s1", "s2"])
    house.play(story, "read-back", "reconciled")
    assert (house.lit, house.ledger.live, house.ledger.writes) == ([], [], [("s1", "idle"), ("s2", "idle")])


def test_without_a_backend_nothing_is_live() -> None:
    """The reads of a backend that nobody gave find it idle."""
    lamps = {service: Lamp() for service in ON_AIR_SERVICES}

    async def story() -> None:
        orchestrator = AsyncOrchestrator(SimpleNamespace(**lamps), measures=["reconciled", "read-back"])
        await orchestrator.initialize()
        await orchestrator.start_broadcast()
        assert orchestrator.state == "live"

    asyncio.run(story())


def test_a_service_that_forgets_to_answer_is_told_of() -> None:
    """None is no answer, neither on nor off."""
    house = House()
    house.lamps["session"].is_on = lambda: None  # type: ignore[method-assign,assignment,return-value]

    async def story(orchestrator: AsyncOrchestrator) -> None:
        with pytest.raises(CommandFailed, match=r"session\.is_off: the service returned None, expected True or False"):
            await orchestrator.initialize()

    house.play(story, "read-back")


def test_a_read_that_hangs_is_given_up_and_cancelled_where_it_is_marked() -> None:
    """Reads have the limits of what they confirm, and the mark of operations."""
    house, ended = House(), list[str]()

    @cancelled_when_given_up
    async def hangs_while_on() -> object:
        try:
            if house.lamps["host"].lit:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        return False

    house.lamps["host"].is_on = hangs_while_on  # type: ignore[method-assign]

    async def story(orchestrator: AsyncOrchestrator) -> None:
        await orchestrator.initialize()
        with pytest.raises(CommandFailed, match=r"host\.is_on timed out"):
            await orchestrator.start_broadcast()

    house.play(story, "read-back")
    assert "cancelled" in ended


# -- Reconciled -----------------------------------------------------------------------------------


def test_a_session_that_is_left_live_is_written_idle() -> None:
    """After an emergency stop the backend is told as soon as nothing else is under way, again after the delay of a
    retry where it does not take it."""
    house = House()

    async def story(orchestrator: AsyncOrchestrator) -> None:
        await orchestrator.initialize()
        await orchestrator.start_broadcast("s1")
        house.ledger.refuses = True
        await orchestrator.emergency_stop()
        await asyncio.sleep(0.5)
        assert house.ledger.live == ["s1"]
        house.ledger.refuses = False
        await asyncio.sleep(1)
        assert house.ledger.live == []

    house.play(story, "reconciled")


# -- Numbered commands ----------------------------------------------------------------------------


class Fenced(Lamp):
    """A lamp that refuses a command older than the newest that it has seen; the first start takes `slow` seconds."""

    def __init__(self, slow: float = 0) -> None:
        super().__init__()
        self.seen, self.slow = list[int](), slow

    async def start(self, number: int) -> None:  # type: ignore[override]
        """Go on, when it comes to it."""
        seconds, self.slow = self.slow, 0.0
        await asyncio.sleep(seconds)
        self._take(number)
        self.lit = True

    def stop(self, *, number: int) -> None:  # type: ignore[override]
        """Go off."""
        self._take(number)
        self.lit = False

    def _take(self, number: int) -> None:
        if self.seen and number < self.seen[-1]:
            raise ConnectionError(f"{number} is stale")
        self.seen.append(number)


def test_a_late_start_of_a_former_life_is_refused(tmp_path: Path) -> None:
    """The host of an orchestrator that was closed in mid-start comes up too late: it has seen a number of the next one,
    which a store in a file has counted. Without numbers it goes on air, and nobody knows."""

    async def evening(*measures: str) -> tuple[list[str], list[int]]:
        host = Fenced(slow=0.05) if measures else SlowLamp(0.05)
        services = SimpleNamespace(**{service: Lamp() for service in ON_AIR_SERVICES} | {"host": host})
        former = AsyncOrchestrator(services, SqliteSessions(tmp_path / "sessions"), measures=measures)
        await former.initialize()
        former.start_broadcast()
        await asyncio.sleep(0)
        former.close()
        orchestrator = AsyncOrchestrator(services, SqliteSessions(tmp_path / "sessions"), measures=measures)
        await orchestrator.emergency_stop()
        await asyncio.sleep(0.1)
        return [name for name in ON_AIR_SERVICES if getattr(services, name).lit], getattr(host, "seen", [])

    assert asyncio.run(evening()) == (["host"], [])
    lit, seen = asyncio.run(evening("fencing"))
    assert (lit, [number // 100_000_000 for number in seen]) == ([], [2])


class SlowLamp(Lamp):
    """A lamp that comes up late, and knows no numbers."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    async def start(self) -> None:  # type: ignore[override]
        """Go on, when it comes to it."""
        await asyncio.sleep(self.seconds)
        self.lit = True


def test_numbers_grow_and_come_to_whoever_takes_them(tmp_path: Path) -> None:
    """Those of one life one by one, those of the next beyond; services without the parameter are called as ever, and
    the store refuses what a former life still writes."""
    host, sessions = Fenced(), SqliteSessions(tmp_path / "sessions")
    sessions.create("s1")
    services = SimpleNamespace(**{service: Lamp() for service in ON_AIR_SERVICES} | {"host": host})

    async def story() -> None:
        former = AsyncOrchestrator(services, sessions, measures=["fencing"])
        for orchestrator in (former, AsyncOrchestrator(services, sessions, measures=["fencing"])):
            await orchestrator.initialize()
            await orchestrator.start_broadcast("s1")
            await orchestrator.emergency_stop()
        await former.initialize()
        with pytest.raises(CommandFailed, match=r"host\.start failed: .* is stale"):
            await former.start_broadcast()

    asyncio.run(story())
    assert host.seen == sorted(host.seen)
    assert [number // 100_000_000 for number in host.seen] == [1, 1, 2, 2]
    with pytest.raises(MutationRefused, match="number: 100000001 is older than"):
        sessions.mutate(arguments_for("s1", live=True), 100_000_001)


def test_what_was_read_under_a_number_stays_so_for_older_commands(tmp_path: Path) -> None:
    """A store that is read under a number refuses what an older command still writes, and what it still reads; a read
    without a number changes nothing."""
    sessions = SqliteSessions(tmp_path / "sessions")
    sessions.create("s1")
    assert (sessions.live(7), sessions.live()) == ((), ())
    with pytest.raises(MutationRefused, match="number: 6 is older than 7, which was taken already"):
        sessions.mutate(arguments_for("s1", live=True), 6)
    with pytest.raises(MutationRefused, match="number: 6 is older than 7"):
        sessions.live(6)
    sessions.mutate(arguments_for("s1", live=True), 7)
    assert sessions.live(8) == ("s1",)


def test_numbers_need_a_backend_that_counts() -> None:
    """Without one there is none that grows across restarts."""
    house = House()
    with pytest.raises(TypeError, match=r"^the measures fencing need backend\.new_life\(\); "):
        house.play(lambda orchestrator: asyncio.sleep(0), "fencing")


# -- Polling --------------------------------------------------------------------------------------


def test_what_fell_over_in_silence_is_found() -> None:
    """A producer that goes off in mid-broadcast without a word is reported within a period; without the measure nobody
    hears of it."""
    house = House()

    async def story(orchestrator: AsyncOrchestrator) -> None:
        await orchestrator.initialize()
        await orchestrator.start_broadcast()
        house.lamps["producer"].lit = False
        await asyncio.sleep(5.1)

    async def found(orchestrator: AsyncOrchestrator) -> None:
        await story(orchestrator)
        assert (orchestrator.state, orchestrator.error) == ("error", "producer reported a failure: found off")
        await asyncio.sleep(60)
        assert len(orchestrator.record.history) == 5
        orchestrator.close()

    async def unknown(orchestrator: AsyncOrchestrator) -> None:
        await story(orchestrator)
        assert orchestrator.state == "live"

    house.play(unknown)
    for lamp in house.lamps.values():
        lamp.lit = False
    house.play(found, "polling")


def test_what_somebody_switched_on_is_residue() -> None:
    """A host that is on in ready is named, and an initialization asks for it to be off; the periods are one's own."""
    house = House()

    async def story() -> None:
        services = SimpleNamespace(**house.lamps)
        orchestrator = AsyncOrchestrator(services, measures=["polling"], poll_period_ms=30)
        await orchestrator.initialize()
        house.lamps["host"].lit = True
        await asyncio.sleep(0.12)
        assert orchestrator.error == "host reported a failure: found on"
        assert residue(orchestrator.core) == ("host",)
        orchestrator.close()
        with pytest.raises(ValueError, match="poll_period_ms: expected a number of milliseconds above 0, got 0"):
            AsyncOrchestrator(services, measures=["polling"], poll_period_ms=0)

    asyncio.run(story())


def test_a_host_that_forgot_itself_is_found() -> None:
    """A host that is off and not initialized any more has to be initialized again before the next start."""
    house = House()

    async def story(orchestrator: AsyncOrchestrator) -> None:
        await orchestrator.initialize()
        house.lamps["host"].ready = False
        await asyncio.sleep(6)
        assert orchestrator.error == "host reported a failure: found not initialized"
        assert not orchestrator.get_snapshot().host.is_initialized
        orchestrator.close()

    house.play(story, "polling")


def test_what_cannot_be_read_means_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """A read that fails and one that hangs are logged, and the next period reads again."""
    house, left = House(), ["fails", "hangs"]

    async def is_on() -> object:
        if left:
            await asyncio.sleep(0 if left.pop(0) == "fails" else 100)
            raise ConnectionError("line is down")
        return True

    house.lamps["producer"].is_on = is_on  # type: ignore[method-assign]

    async def story(orchestrator: AsyncOrchestrator) -> None:
        await orchestrator.initialize()
        await asyncio.sleep(14)
        assert orchestrator.state == "ready"
        await asyncio.sleep(8)
        assert orchestrator.error == "producer reported a failure: found on"
        orchestrator.close()

    house.play(story, "polling")
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert told == ["producer cannot be read: line is down", "producer cannot be read: TimeoutError"]


def test_a_reading_that_a_call_has_overtaken_is_dropped() -> None:
    """A reading that began before a start and ends after it says nothing; the services are as the core has them."""
    house = House()

    async def slow() -> object:
        lit = house.lamps["producer"].lit
        await asyncio.sleep(2)
        return lit

    house.lamps["producer"].is_on = slow  # type: ignore[method-assign]

    async def story(orchestrator: AsyncOrchestrator) -> None:
        await orchestrator.initialize()
        await asyncio.sleep(6)
        await orchestrator.start_broadcast()
        await asyncio.sleep(60)
        assert orchestrator.state == "live"
        orchestrator.close()

    house.play(story, "polling")


# -- Lease ----------------------------------------------------------------------------------------


def test_one_commands_and_the_others_watch(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An orchestrator whose store has given the lease to another is not initialized, however long that one lives; after
    its silence it is."""

    async def story() -> None:
        services = SimpleNamespace(**{service: Lamp() for service in ON_AIR_SERVICES})
        options = {"max_retries": 0}
        first, second = (
            AsyncOrchestrator(services, SqliteSessions(tmp_path / "s"), options, measures=["lease"], lease_ms=90)
            for _ in range(2)
        )
        await first.initialize()
        await asyncio.sleep(0.3)
        with pytest.raises(CommandFailed, match=r"convex\.lease failed: another orchestrator has the lease"):
            await second.initialize()
        first.close()
        await asyncio.sleep(0.15)
        await second.initialize()
        assert second.state == "ready"
        second.close()

    asyncio.run(story())
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == []


def test_a_lease_that_is_lost_is_told_of_and_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    """A renewal that fails is tried again, as is one that is refused; each change is told once. Who has lost it starts
    nothing until it is initialized anew. Nothing is asked after the orchestrator is closed."""
    house, asked = House(), list[float]()
    answers = iter((True, ConnectionError("away"), True, False, False, True, True))

    def take_lease(_holder: str, _lease_ms: float) -> bool:
        asked.append(asyncio.get_running_loop().time())
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer is True

    house.ledger.take_lease = take_lease  # type: ignore[attr-defined]

    async def story(orchestrator: AsyncOrchestrator) -> None:
        await orchestrator.initialize()
        await asyncio.sleep(11)
        assert (orchestrator.state, [str(failure) for failure in orchestrator.core.error]) == (
            "error",
            ["host reported a failure: the lease is lost"],
        )
        with pytest.raises(CommandRefused, match="host agent is not initialized"):
            await orchestrator.start_broadcast("s1")
        await asyncio.sleep(10)
        orchestrator.close()
        await asyncio.sleep(60)

    house.play(story, "lease")
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert told == [
        "the lease was not renewed: away",
        "the lease is lost: another orchestrator has it",
        "the lease is ours again",
    ]
    assert [round(at, 2) for at in asked] == [0, 3.33, 6.67, 10, 13.33, 16.67, 20]


def test_a_lease_needs_a_backend_that_gives_it() -> None:
    """And a silence that is one."""
    house = House()
    with pytest.raises(TypeError, match=r"^the measures lease need backend\.take_lease\(\); "):
        house.play(lambda orchestrator: asyncio.sleep(0), "lease")


# -- Sessions in a file, and mistakes -------------------------------------------------------------


def test_sessions_in_a_file_are_read(tmp_path: Path) -> None:
    """`SqliteSessions` can be read: what another program has left live there is written idle."""
    sessions = SqliteSessions(tmp_path / "sessions.sqlite")
    for session in ("s1", "s2"):
        sessions.create(session)

    async def story() -> None:
        services = SimpleNamespace(**{service: Lamp() for service in ON_AIR_SERVICES})
        former = AsyncOrchestrator(services, sessions)
        await former.initialize()
        await former.start_broadcast("s1")
        former.close()
        assert await sessions.live_sessions() == ("s1",)
        orchestrator = AsyncOrchestrator(services, sessions, measures=["read-back", "reconciled"])
        await orchestrator.initialize()
        assert await sessions.live_sessions() == ()
        await orchestrator.start_broadcast("s2")
        assert await sessions.live_sessions() == ("s2",)

    asyncio.run(story())


def test_what_a_measure_needs_has_to_be_there() -> None:
    """A service that cannot be read, and a backend that cannot, are one line when the orchestrator is made."""
    plain = SimpleNamespace(**dict.fromkeys(("initialize", "start", "stop", "end"), lambda: None))
    services = SimpleNamespace(live_feed=Lamp(), session=Lamp(), host=plain, producer=plain)
    with pytest.raises(TypeError) as lacking:
        AsyncOrchestrator(services, SimpleNamespace(), measures=["read-back"])
    assert str(lacking.value) == (
        "the measures read-back need services.host.is_on(), services.producer.is_on(), "
        "services.host.is_initialized(), backend.live_sessions(); each has to be there, plain or a coroutine"
    )
    AsyncOrchestrator(services, SimpleNamespace(), measures=["reconciled"])


def test_a_measure_that_is_none_is_one_line() -> None:
    """A name that is misspelt says which one was meant; measures and rules are not given both."""
    house = House()
    with pytest.raises(ValueError, match=r"^measures: 'read-bck' is unknown, did you mean 'read-back'\?$"):
        house.play(lambda orchestrator: asyncio.sleep(0), "read-bck")
    services = SimpleNamespace(**house.lamps)
    with pytest.raises(ValueError, match="expected none where rules are given"):
        AsyncOrchestrator(services, measures=["reconciled"], rules=rules_with(["lease"]))
