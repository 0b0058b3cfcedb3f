"""A Python class as a subject: plain asyncio code in virtual time, seen through the protocol."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from enum import Enum
from itertools import pairwise
from typing import Any

import pytest

from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.evidence import Evidence
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    Called,
    CommandSettled,
    ErrorText,
    Logged,
    Recorded,
    Snapshot,
    StateShown,
    Unhandled,
    Wrote,
)
from broadcast_orchestrator.sim.subjects.python.fakes import FakeStores
from broadcast_orchestrator.sim.subjects.python.python_subject import PythonSubject
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import CallFault, ClockChange, Mishap, Order, Scenario

WHOLE = (Order("initialize"), Order("start_broadcast", "s1"), Order("stop_broadcast"))
STYLES = dict.fromkeys(("live_feed.start", "live_feed.stop", "session.start", "session.end"), "sync")


class Broadcast:
    """The guide with asyncio: nothing here knows that it is being watched."""

    def __init__(self, stores: FakeStores) -> None:
        self.stores = stores
        self.state, self.error = "idle", None
        self.history: list[tuple[str, str]] = []
        self.session: str | None = None
        self.task: asyncio.Task[None] | None = None
        self.startup_timeout = self.shutdown_timeout = 10.0

    def update_config(self, startup_timeout: int = 15_000, **others: Any) -> None:
        """Take the one option that the tests change."""
        self.startup_timeout = startup_timeout / 1000

    def can_start_broadcast(self) -> bool:
        """Ready, and nothing under way."""
        return self.state == "ready" and self.task is None

    def go(self, state: str, error: str | None = None) -> None:
        """Change the state."""
        self.history.append((self.state, state))
        self.state, self.error = state, error  # type: ignore[assignment]

    async def alone(self, work: Coroutine[Any, Any, None]) -> None:
        """Do the work, unless other work is under way."""
        if self.task is not None:
            work.close()
            raise RuntimeError("busy")
        self.task = asyncio.create_task(work)
        try:
            await self.task
        finally:
            self.task = None

    async def initialize(self) -> None:
        """From idle or error."""
        await self.alone(self.initializing())

    async def initializing(self) -> None:
        """Four attempts."""
        self.go("initializing")
        failure = ""
        for attempt in range(4):
            if self.stores.host.initialized:
                break
            if attempt > 0:
                await asyncio.sleep(1)
            failure = await self.attempt()
        if failure:
            self.go("error", failure)
            raise RuntimeError(failure)
        self.go("ready")

    async def attempt(self) -> str:
        """One attempt, and how it failed."""
        try:
            async with asyncio.timeout(10):
                await self.stores.host.initialize()
        except Exception as mistake:
            return f"{type(mistake).__name__}: {mistake}"
        return ""

    async def start_broadcast(self, session: str | None = None) -> None:
        """From ready."""
        if not self.can_start_broadcast() or not self.stores.live_feed.has_content:
            raise RuntimeError("Cannot start broadcast")
        await self.alone(self.starting(session))

    async def starting(self, session: str | None) -> None:
        """Five steps, undone in reverse where one fails."""
        self.go("starting")
        begun: list[Callable[[], Any]] = []
        stores = self.stores
        try:
            async with asyncio.timeout(self.startup_timeout):
                for on, off in (
                    (stores.live_feed.start, stores.live_feed.stop),
                    (stores.session.start, stores.session.end),
                    (stores.host.start, stores.host.stop),
                    (stores.producer.start, stores.producer.stop),
                    (lambda: stores.convex.live(session), lambda: stores.convex.idle(session)),
                ):
                    begun.insert(0, off)
                    await done(on())
        except Exception as mistake:
            await self.all_off(begun)
            self.go("error", f"{type(mistake).__name__}: {mistake}")
            raise RuntimeError(self.error) from None
        self.session = session
        self.go("live")

    async def stop_broadcast(self) -> None:
        """From live or error."""
        if self.state not in ("live", "error"):
            raise RuntimeError("Cannot stop broadcast")
        await self.alone(self.stopping())

    async def stopping(self) -> None:
        """Everything off, then ready again."""
        if self.state == "live":
            self.go("stopping")
        stores, session = self.stores, self.session
        offs = [stores.producer.stop, stores.host.stop, stores.session.end, stores.live_feed.stop]
        idle = [lambda: stores.convex.idle(session)] if session else []
        if failures := await self.all_off([*offs, *idle]):
            if self.state != "error":
                self.go("error", failures)
            raise RuntimeError(failures)
        self.go("idle")
        self.go("initializing")
        self.go("ready")

    async def emergency_stop(self) -> None:
        """Everything off at once."""
        if self.task is not None:
            self.task.cancel()
        stores = self.stores
        offs = (stores.producer.stop, stores.host.stop, stores.session.end, stores.live_feed.stop)
        await asyncio.gather(*(self.all_off([off]) for off in offs))
        self.go("idle")

    async def recover(self) -> None:
        """Off, then on again."""
        await self.emergency_stop()
        await self.initialize()

    async def all_off(self, offs: list[Callable[[], Any]]) -> str:
        """Switch off one after the other; what failed, in one text."""
        failures = []
        for off in offs:
            try:
                async with asyncio.timeout(10):
                    await done(off())
            except Exception as mistake:
                failures.append(f"{type(mistake).__name__}: {mistake}")
        return "; ".join(failures)


async def done(result: Any) -> None:
    """Wait, if there is anything to wait for."""
    if result is not None:
        await result


def seen(evidence: Evidence, *kinds: type) -> list[Any]:
    """The events of these kinds, in their order."""
    return [event for moment in evidence.moments for event in moment.events if isinstance(event, kinds)]


def end(evidence: Evidence) -> tuple[Any, ...]:
    """Where it ends: the state, what is on, how the commands ended, and how many calls there were."""
    assert evidence.ended == "quiet", evidence.why
    *_, snapshot = seen(evidence, Snapshot)
    ends = [(event.command, event.ok) for event in seen(evidence, CommandSettled)]
    return snapshot.data["state"], evidence.moments[-1].truth, ends, len(seen(evidence, Called))


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(WHOLE),
        Scenario(WHOLE[:2], content=False),
        Scenario(WHOLE, (CallFault("host.initialize", 1, "F1"), CallFault("host.initialize", 2, "F3", False))),
        Scenario(WHOLE[:1], tuple(CallFault("host.initialize", nth, "F3", False) for nth in (1, 2, 3, 4))),
        Scenario(WHOLE[:2], (CallFault("session.start", 1, "F2"),)),
        Scenario(WHOLE[:2], (CallFault("producer.start", 1, "F3", True),)),
        Scenario(WHOLE[:2], (CallFault("producer.start", 1, "F5", False),)),
        Scenario(WHOLE, (CallFault("producer.stop", 1, "F1"),)),
        Scenario(WHOLE, (CallFault("producer.start", 1, "F1", False),)),
        Scenario((*WHOLE[:2], Order("start_broadcast", "s2", 2))),
        Scenario((*WHOLE[:2], Order("emergency_stop", after=3))),
        Scenario((*WHOLE[:2], Order("emergency_stop"), Order("initialize"))),
    ],
)
def test_an_asyncio_orchestrator_ends_where_the_reference_does(scenario: Scenario) -> None:
    """Its sleeps, timeouts and cancellations run in virtual time: same state, same truth, same calls."""
    mine = play(scenario, PythonSubject(Broadcast, styles=STYLES))
    assert end(mine) == end(play(scenario, ReferenceSubject(styles=STYLES)))


def test_time_is_virtual() -> None:
    """Four attempts that hang take 43 seconds of it."""
    faults = tuple(CallFault("host.initialize", nth, "F3", False) for nth in (1, 2, 3, 4))
    evidence = play(Scenario(WHOLE[:1], faults), PythonSubject(Broadcast))
    assert [event.at_ms for event in seen(evidence, Called)] == [0, 11_000, 22_000, 33_000]
    assert evidence.moments[-1].at_ms == 43_000


def test_options_are_handed_on() -> None:
    """A shorter limit is reached sooner."""
    scenario = Scenario(WHOLE[:2], (CallFault("host.start", 1, "F3", False),), config={"startup_timeout": 500})
    (_, failed) = seen(play(scenario, PythonSubject(Broadcast, styles=STYLES)), CommandSettled)
    assert (failed.ok, failed.message) == (False, "TimeoutError: ")
    assert failed.at_ms == 23 + 500 + 65  # ready, the limit, and the stop of the host


def test_states_that_last_no_time_are_seen() -> None:
    """A stop passes through idle and initializing within one callback."""
    evidence = play(Scenario(WHOLE), PythonSubject(Broadcast))
    states = ["initializing", "ready", "starting", "live", "stopping", "idle", "initializing", "ready"]
    assert [event.state for event in seen(evidence, StateShown)] == states
    assert [event.target for event in seen(evidence, Recorded)] == states


class LastAlone(Broadcast):
    """Shows the last transition where a test says, and no history."""

    def go(self, state: str, error: str | None = None) -> None:
        """Change the state."""
        entry = {"from": self.state, "to": state, "reason": "it was time"}
        self.state, self.error = state, error  # type: ignore[assignment]
        self.show(entry)

    def show(self, entry: dict[str, str]) -> None:
        """As an attribute."""
        self.last_transition = entry


class LastInItsSnapshot(LastAlone):
    """As in the guide."""

    def show(self, entry: dict[str, str]) -> None:
        """In one snapshot that changes."""
        self.shown = {"orchestrator": {"last_transition": entry}}

    def get_snapshot(self) -> dict[str, dict[str, dict[str, str] | None]]:
        """The snapshot."""
        return getattr(self, "shown", {"orchestrator": {"last_transition": None}})


@pytest.mark.parametrize("kind", [LastAlone, LastInItsSnapshot])
def test_one_transition_at_a_time_is_a_history(kind: type[LastAlone]) -> None:
    """A last transition, as an attribute or in the snapshot, is recorded whenever another one is shown."""

    def make(stores: FakeStores) -> LastAlone:
        made = kind(stores)
        del made.history
        return made

    evidence = play(Scenario(WHOLE), PythonSubject(make))
    states = ["idle", "initializing", "ready", "starting", "live", "stopping", "idle", "initializing", "ready"]
    told = [(event.source, event.target, event.reason) for event in seen(evidence, Recorded)]
    assert told == [(source, target, "it was time") for source, target in pairwise(states)]
    *_, snapshot = seen(evidence, Snapshot)
    assert snapshot.data["history"] == [list(pair) for pair in pairwise(states)]


def test_the_error_is_seen() -> None:
    """It comes with the error state."""
    evidence = play(Scenario(WHOLE[:2], (CallFault("producer.start", 1, "F1"),)), PythonSubject(Broadcast))
    assert [event.text for event in seen(evidence, ErrorText)] == ["ServiceError: refused (call 5)"]


def test_the_same_scenario_gives_the_same_evidence() -> None:
    """Nothing of an earlier scenario is left, not even its unfinished tasks."""
    subject = PythonSubject(Broadcast)
    scenario = Scenario(WHOLE, (CallFault("host.start", 1, "F4", True),))
    first = play(scenario, subject).to_text()
    play(Scenario(WHOLE[:1], (CallFault("host.initialize", 1, "F8"),)), subject)
    assert play(scenario, subject).to_text() == first


class Careless:
    """Does what it should not."""

    state = "idle"

    def __init__(self, stores: FakeStores) -> None:
        self.stores = stores

    def initialize(self) -> None:
        """Print, write a field, and leave an error behind."""
        print("on the way")
        self.stores.host.active = True
        asyncio.get_running_loop().call_soon(self.fall)

    def fall(self) -> None:
        """The error."""
        raise ValueError("nobody catches this")

    async def start_broadcast(self) -> None:
        """Ask the real network."""
        await asyncio.sleep(0)
        await asyncio.get_running_loop().getaddrinfo("localhost", 80)

    async def recover(self) -> None:
        """Never come to rest."""
        while True:
            await asyncio.sleep(0)

    def emergency_stop(self) -> None:
        """Call what is not there."""
        self.stores.producer.stopp()


def test_prints_writes_and_uncaught_errors_are_seen() -> None:
    """A plain method settles at once; what it prints stays off the channel; its own write of a field is noted."""
    evidence = play(Scenario((Order("initialize"),)), PythonSubject(Careless))
    assert [(type(e).__name__, *e[2:]) for e in seen(evidence, Logged, Wrote, Unhandled, CommandSettled)] == [
        ("Logged", "info", "on the way"),
        ("Wrote", "host", "active", True),
        ("CommandSettled", 1, True, ""),
        ("Unhandled", "ValueError: nobody catches this"),
    ]
    assert evidence.moments[-1].truth.active == (False, False, True, False)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("start_broadcast", "NotImplementedError"),
        ("emergency_stop", "the stand-in for producer has no stopp"),
    ],
)
def test_what_a_command_raises_is_its_end(command: str, told: str) -> None:
    """Real networks and unknown operations are errors of the command, seen like any other."""
    (settled,) = seen(play(Scenario((Order(command),)), PythonSubject(Careless)), CommandSettled)
    assert (settled.ok, settled.message) == (False, told)


@pytest.mark.parametrize(
    ("subject", "command", "told"),
    [
        (PythonSubject(Careless), "stop_broadcast", "the orchestrator has no stop_broadcast"),
        (PythonSubject(Careless), "recover", "does not come to rest: 10000 callbacks at 0 ms"),
        (PythonSubject(lambda stores: 1 / 0), "recover", "the orchestrator cannot be built: ZeroDivisionError: "),
    ],
)
def test_a_class_that_cannot_go_on_is_broken(subject: PythonSubject, command: str, told: str) -> None:
    """A missing command, callbacks without end, and a constructor that raises are one line each."""
    evidence = play(Scenario((Order(command),)), subject)
    assert evidence.ended == "broken"
    assert evidence.why.startswith(told)


class Fields:
    """An orchestrator for stores that answer by a field alone."""

    def __init__(self, stores: FakeStores) -> None:
        self.host, self.state, self.error = stores.host, "idle", ""

    async def initialize(self) -> None:
        """Wait for the field."""
        changed = asyncio.Event()
        self.host.subscribe(lambda store: changed.set())
        self.host.initialize()
        await changed.wait()
        self.error = self.host.error or ""
        self.state = "ready" if self.host.initialized else "error"


@pytest.mark.parametrize(("faults", "state"), [((), "ready"), ((CallFault("host.initialize", 1, "F1"),), "error")])
def test_success_can_show_in_a_field_alone(faults: tuple[CallFault, ...], state: str) -> None:
    """The call returns nothing; the store changes later, and tells whoever has subscribed."""
    evidence = play(Scenario(WHOLE[:1], faults), PythonSubject(Fields, styles={"host.initialize": "field"}))
    assert end(evidence)[0] == state


def test_a_lost_service_is_seen_in_its_store() -> None:
    """The store is off and shows an error, and subscribers are told."""
    mishap = Mishap("F9", "host", order=1)
    scenario = Scenario((Order("initialize"), Order("initialize")), mishaps=(mishap,))
    evidence = play(scenario, PythonSubject(Fields, styles={"host.initialize": "field"}))
    assert [event.text for event in seen(evidence, ErrorText)] == ["lost"]


class Phase(Enum):
    """States as a class of their own."""

    IDLE = "idle"
    READY = "ready"


class Enumerated:
    """Awaits what has done its work already, shows a member of an enumeration and keeps no history."""

    def __init__(self, stores: FakeStores) -> None:
        self.feed, self.state = stores.live_feed, Phase.IDLE

    async def initialize(self) -> None:
        """Switch the feed on."""
        await self.feed.start()
        self.state = Phase.READY


def test_what_is_done_can_be_awaited_and_what_is_not_shown_is_not_told() -> None:
    """The state goes by the member's value; no history is another thing than an empty one."""
    evidence = play(Scenario(WHOLE[:1]), PythonSubject(Enumerated, styles=STYLES))
    *_, snapshot = seen(evidence, Snapshot)
    assert (snapshot.data, evidence.moments[-1].truth.active[0]) == ({"state": "ready", "error": None}, True)


class Writer:
    """Writes to the backend, with and without words."""

    state = "idle"

    def __init__(self, stores: FakeStores) -> None:
        self.convex = stores.convex

    async def initialize(self) -> None:
        """Once each."""
        await self.convex.live("s1", host_active=True)
        await self.convex.idle("s1")


def test_what_the_backend_is_told_is_seen() -> None:
    """By the names of the arguments; a write that has none shows none."""
    calls = seen(play(Scenario(WHOLE[:1]), PythonSubject(Writer)), Called)
    assert [(call.operation, call.session, call.payload) for call in calls] == [
        ("convex.live", "s1", {"host_active": True}),
        ("convex.idle", "s1", None),
    ]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("error", "ServiceError: refused (call 5)"),
        ("text", "UnusualError: refused (call 5)"),
        ("nothing", "UnusualError: "),
        ("object", "UnusualError: {'code': 503}"),
    ],
)
def test_a_call_can_fail_with_what_nobody_expects(form: str, text: str) -> None:
    """An exception of an unusual class, with a text, without any, or with what is none."""
    faults = (CallFault("producer.start", 1, "F1", form=form),)
    evidence = play(Scenario(WHOLE[:2], faults), PythonSubject(Broadcast))
    assert [event.text for event in seen(evidence, ErrorText)] == [text]


class Dated:
    """Waits twice, and says how long that was by the date and by the clock that only goes on."""

    state = "idle"

    def __init__(self, stores: FakeStores) -> None:
        self.host = stores.host

    async def initialize(self) -> None:
        """A call, then two sleeps at once."""
        dated, clock = time.time(), time.monotonic()
        await self.host.initialize()
        await asyncio.gather(self.sleep(2), self.sleep(1))
        print(f"{time.time() - dated:.0f} {time.monotonic() - clock:.0f}")

    async def sleep(self, seconds: int) -> None:
        """Says when it is over."""
        await asyncio.sleep(seconds)
        print(f"slept {seconds}")


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (None, ["slept 1", "slept 2", "2 2"]),
        (ClockChange("set", -60_000, 2), ["slept 1", "slept 2", "-58 2"]),
        (ClockChange("hidden", 5_000, 2), ["slept 1", "slept 2", "5 5"]),
    ],
)
def test_the_date_and_the_timers_are_the_scenarios(change: ClockChange | None, lines: list[str]) -> None:
    """A clock that is set moves `time.time` alone; timers that stood still come as they were due."""
    scenario = Scenario(WHOLE[:1], clocks=() if change is None else (change,))
    assert [event.text for event in seen(play(scenario, PythonSubject(Dated)), Logged)] == lines


class Chatty:
    """Prints wherever it is looked at, and cannot always be."""

    def __init__(self, stores: FakeStores) -> None:
        self.lives, self.host = 0, stores.host

    @property
    def state(self) -> str:
        """Prints."""
        print("state?")
        if self.lives == 1:
            raise LookupError("not now")
        return ("idle", "", "ready")[self.lives]

    @property
    def history(self) -> list[tuple[str, str]]:
        """Raises."""
        raise KeyError("lost")

    def can_start_broadcast(self) -> bool:
        """Prints and raises."""
        print("can start?")
        raise ValueError("who knows")

    async def initialize(self) -> None:
        """On to the next life, in which nobody can see it, and the one after."""
        self.lives = 1
        await self.host.initialize()
        self.lives = 2


def test_what_is_printed_or_raised_while_someone_looks_ends_nothing() -> None:
    """What looking prints is not told; what cannot be read shows nothing new, and is told once."""
    evidence = play(Scenario(WHOLE[:1]), PythonSubject(Chatty))
    assert evidence.ended == "quiet", evidence.why
    assert [event.state for event in seen(evidence, StateShown)] == ["ready"]
    assert [(event.level, event.text) for event in seen(evidence, Logged)] == [
        ("error", "history: KeyError: 'lost'"),
        ("error", "can_start_broadcast: ValueError: who knows"),
        ("error", "state and error: LookupError: not now"),
    ]


def test_members_that_stand_ins_lack_are_named_in_the_snapshot() -> None:
    """Once each, and none of those that Python itself asks for."""

    def make(stores: FakeStores) -> Enumerated:
        made = [hasattr(stores.live_feed, name) for name in ("title", "title", "__len__", "_hidden", "start")]
        assert made == [False, False, False, False, True]
        return Enumerated(stores)

    *_, snapshot = seen(play(Scenario(WHOLE[:1]), PythonSubject(make, styles=STYLES)), Snapshot)
    assert snapshot.data["lacking"] == ["live_feed.title"]
