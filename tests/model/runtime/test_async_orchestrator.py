"""The driver on asyncio in real time, a few milliseconds a test: what the readings say, over the smallest services."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from types import SimpleNamespace
from typing import Any

import pytest

from broadcast_orchestrator.model import (
    CommandFailed,
    CommandInterrupted,
    CommandRefused,
    ConfigError,
    hooks,
)
from broadcast_orchestrator.model.events import (
    Command,
    Configure,
    Content,
    Event,
    Reply,
    Report,
    TimerFired,
    Transition,
)
from broadcast_orchestrator.model.runtime import AsyncOrchestrator, ServiceSeen, StepTaken, cancelled_when_given_up
from broadcast_orchestrator.model.runtime.known_stores import KnownStores
from broadcast_orchestrator.model.runtime.observing import News

Operation = Callable[[], object]
Story = Callable[["Evening"], Coroutine[Any, Any, None]]


class Evening:
    """Four services and a backend that note what they are asked; `does` has what an operation does instead of nothing.
    `calls` are all operations in the order in which they were called, `on` those services that are on."""

    def __init__(self, **config: object) -> None:
        self.calls: list[str] = []
        self.on: set[str] = set()
        self.does: dict[str, Operation] = {}
        self.news: list[News] = []
        self.written: list[object] = []
        self.services = SimpleNamespace(
            live_feed=SimpleNamespace(start=self.plain("live_feed.start"), stop=self.plain("live_feed.stop")),
            session=SimpleNamespace(start=self.plain("session.start"), end=self.plain("session.end")),
            host=SimpleNamespace(
                initialize=self.coroutine("host.initialize"),
                start=self.coroutine("host.start"),
                stop=self.coroutine("host.stop"),
            ),
            producer=SimpleNamespace(start=self.coroutine("producer.start"), stop=self.coroutine("producer.stop")),
        )
        self.orchestrator = AsyncOrchestrator(self.services, self, config, observers=[self.news.append])

    def plain(self, name: str) -> Operation:
        """A plain function."""

        def call() -> None:
            self.asked(name)

        return call

    def coroutine(self, name: str) -> Operation:
        """A coroutine function."""

        async def call() -> None:
            self.calls.append(name)
            if (does := self.does.get(name)) is not None and asyncio.iscoroutine(doing := does()):
                await doing
            self.switched(name)

        return call

    def asked(self, name: str) -> None:
        """The call is made, does what it does, and has its effect."""
        self.calls.append(name)
        if name in self.does:
            self.does[name]()
        self.switched(name)

    def switched(self, name: str) -> None:
        """The operation takes effect."""
        service, _, verb = name.partition(".")
        (self.on.add if verb == "start" else self.on.discard)(service)

    async def update_broadcast_state(self, arguments: Any) -> None:
        """The mutation."""
        self.calls.append(f"convex.{arguments['broadcastState']}")
        self.written.append(dict(arguments))

    @property
    def events(self) -> list[Event]:
        """What the core has heard."""
        return [news.event for news in self.news if isinstance(news, StepTaken)]


def played(story: Story, **config: object) -> Evening:
    """The evening after the story, played on a real event loop."""

    async def evening() -> Evening:
        evening = Evening(**config)
        await story(evening)
        return evening

    return asyncio.run(evening())


def raises(problem: BaseException) -> Operation:
    """An operation that fails."""

    def fail() -> None:
        raise problem

    return fail


async def forever() -> None:
    """Does not come back."""
    await asyncio.Event().wait()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for it, for two seconds at most."""
    async with asyncio.timeout(2):
        while not condition():
            await asyncio.sleep(0.001)


# -- Commands -------------------------------------------------------------------------------------


def test_a_whole_evening_is_the_guides() -> None:
    """Initialize, a start with a session and a stop call every service in the guide's order, and end in ready."""

    async def story(evening: Evening) -> None:
        orchestrator = evening.orchestrator
        assert (await orchestrator.initialize()).command == "initialize"
        assert (await orchestrator.start_broadcast("s1")).command == "start_broadcast"
        assert (orchestrator.state, evening.on) == ("live", {"live_feed", "session", "host", "producer"})
        assert (await orchestrator.stop_broadcast()).residue == ()
        assert (orchestrator.state, evening.on) == ("ready", set())

    evening = played(story)
    assert evening.calls == [
        "host.initialize",
        "live_feed.start", "session.start", "host.start", "producer.start", "convex.live",
        "producer.stop", "host.stop", "session.end", "live_feed.stop", "convex.idle",
    ]  # fmt: skip
    assert evening.written == [
        {"id": "s1", "broadcastState": "live", "hostActive": True, "producerActive": True, "liveFeedActive": True},
        {"id": "s1", "broadcastState": "idle", "hostActive": False, "producerActive": False, "liveFeedActive": False},
    ]


def test_a_failed_start_is_rolled_back_and_raised() -> None:
    """What a service raises is the cause in the service's own words, or by its type where it has none."""

    async def story(evening: Evening) -> None:
        await evening.orchestrator.initialize()
        evening.does["producer.start"] = raises(ConnectionError("the studio is dark"))
        evening.does["session.end"] = raises(TimeoutError())
        with pytest.raises(
            CommandFailed, match=r"start_broadcast failed: producer\.start failed: the studio is dark"
        ) as e:
            await evening.orchestrator.start_broadcast()
        assert [str(failure) for failure in e.value.failures][1:] == ["session.end failed: TimeoutError"]
        assert (evening.orchestrator.state, e.value.residue) == ("error", ("session",))
        told = "producer.start failed: the studio is dark; session.end failed: TimeoutError"
        assert evening.orchestrator.error == told

    evening = played(story)
    assert evening.calls[-4:] == ["producer.stop", "host.stop", "session.end", "live_feed.stop"]


def test_a_refused_command_raises_and_changes_nothing() -> None:
    """A start in idle says what is missing; a session id that is no text is a mistake of the caller, raised at once."""

    async def story(evening: Evening) -> None:
        with pytest.raises(CommandRefused, match="Cannot start broadcast: state is idle, not ready") as refused:
            await evening.orchestrator.start_broadcast()
        assert refused.value.missing == ("state is idle, not ready", "host agent is not initialized")
        with pytest.raises(TypeError, match="session_id must be text"):
            evening.orchestrator.start_broadcast(7)  # type: ignore[arg-type]

    assert played(story).calls == []


def test_without_a_backend_a_session_cannot_be_started_and_the_error_says_so() -> None:
    """The start fails at its last step and is rolled back; without a session it needs no backend."""

    async def story(evening: Evening) -> None:
        alone = AsyncOrchestrator(evening.services)
        await alone.initialize()
        with pytest.raises(CommandFailed, match="no backend was given to the orchestrator; start without a session id"):
            await alone.start_broadcast("s1")
        await alone.recover()
        await alone.start_broadcast()
        assert alone.state == "live"

    played(story)


def test_a_command_can_be_a_task_be_gathered_and_be_dropped() -> None:
    """It takes place when it is called; whoever wants waits for it, alone or with others, or not at all."""

    async def story(evening: Evening) -> None:
        orchestrator = evening.orchestrator
        first, second = await asyncio.gather(orchestrator.initialize(), asyncio.create_task(orchestrator.initialize()))
        assert first == second
        orchestrator.start_broadcast()
        orchestrator.stop_broadcast()  # refused, and nobody hears of it
        assert orchestrator.state == "starting"
        await until(lambda: orchestrator.state == "live")
        outcome = orchestrator.emergency_stop()
        assert await outcome == await outcome

    played(story)


def test_a_caller_that_is_cancelled_does_not_cancel_the_command() -> None:
    """The task that awaits a start is cancelled, or has had enough: the start goes on and reaches live."""

    async def story(evening: Evening) -> None:
        orchestrator = evening.orchestrator
        evening.does["host.initialize"] = lambda: asyncio.sleep(0.01)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(orchestrator.initialize(), 0.001)
        await orchestrator.initialize()  # joins the one under way
        evening.does["host.start"] = lambda: asyncio.sleep(0.01)
        task = asyncio.create_task(orchestrator.start_broadcast())
        await asyncio.sleep(0)
        task.cancel()
        await until(lambda: orchestrator.state == "live")
        assert task.cancelled()

    played(story)


# -- Limits, late replies, given-up calls ---------------------------------------------------------


def test_a_call_that_hangs_is_given_up_at_the_limit() -> None:
    """A host that does not come up fails the start after the startup timeout, which the rollback then cleans up."""

    async def story(evening: Evening) -> None:
        await evening.orchestrator.initialize()
        evening.does["host.start"] = forever
        with pytest.raises(CommandFailed, match=r"host\.start timed out"):
            await evening.orchestrator.start_broadcast()
        assert evening.calls[-3:] == ["host.stop", "session.end", "live_feed.stop"]

    evening = played(story, startup_timeout=20)
    (limit,) = [news for news in evening.news if isinstance(news, StepTaken) and isinstance(news.event, TimerFired)]
    assert limit.at_ms > 19


def test_attempts_to_initialize_are_repeated_after_the_delay() -> None:
    """Two attempts fail, the third succeeds; the outcome tells of those that were overcome."""

    async def story(evening: Evening) -> None:
        left = [ConnectionError("asleep"), ConnectionError("yawning")]
        evening.does["host.initialize"] = lambda: raises(left.pop(0))() if left else None
        outcome = await evening.orchestrator.initialize()
        assert [failure.message for failure in outcome.failures] == ["asleep", "yawning"]

    evening = played(story, retry_delay=2)
    assert evening.calls == ["host.initialize"] * 3


def test_a_late_success_is_heard_and_cleaned_up() -> None:
    """A call that was given up is left running; when it succeeds after all, the service is switched off again."""

    async def story(evening: Evening) -> None:
        release = asyncio.Event()
        await evening.orchestrator.initialize()
        evening.does["host.start"] = release.wait
        evening.does["host.stop"] = forever
        with pytest.raises(CommandFailed) as failed:
            await evening.orchestrator.start_broadcast()
        assert failed.value.residue == ("host",)
        del evening.does["host.stop"]
        release.set()
        await until(lambda: evening.calls.count("host.stop") == 2)
        await until(lambda: evening.orchestrator.get_snapshot().computed.residue == ())
        assert evening.on == set()

    played(story, startup_timeout=5, shutdown_timeout=5)


def test_a_given_up_call_is_cancelled_where_its_operation_says_so() -> None:
    """The marked operation's coroutine is cancelled; its end is a failed answer to a call that nobody waits for."""

    async def story(evening: Evening) -> None:
        seen: list[str] = []

        async def start() -> None:
            try:
                await forever()
            finally:
                seen.append("cancelled")

        evening.services.host.start = cancelled_when_given_up(start)
        orchestrator = AsyncOrchestrator(
            evening.services, config={"startup_timeout": 5}, observers=[evening.news.append]
        )
        await orchestrator.initialize()
        with pytest.raises(CommandFailed, match=r"host\.start timed out"):
            await orchestrator.start_broadcast()
        await until(lambda: Reply("host", 0, False, "cancelled") in evening.events)
        assert (seen, orchestrator.state) == (["cancelled"], "error")

    played(story)


def test_a_cancelled_call_that_succeeds_all_the_same_is_a_late_success() -> None:
    """Cancelling asks for an end and proves none: a coroutine that goes on and succeeds is cleaned up as well."""

    async def story(evening: Evening) -> None:
        async def start() -> None:
            try:
                await forever()
            except asyncio.CancelledError:
                evening.on.add("producer")

        async def stop() -> None:
            evening.calls.append("producer.stop")
            if evening.calls.count("producer.stop") == 1:
                await forever()
            evening.on.discard("producer")

        evening.services.producer = SimpleNamespace(start=cancelled_when_given_up(start), stop=stop)
        orchestrator = AsyncOrchestrator(evening.services, config={"startup_timeout": 5, "shutdown_timeout": 5})
        await orchestrator.initialize()
        with pytest.raises(CommandFailed):
            await orchestrator.start_broadcast()
        await until(lambda: evening.calls.count("producer.stop") == 2)
        assert evening.on == set()

    played(story)


def test_of_two_calls_alike_the_one_that_is_given_up_is_cancelled() -> None:
    """An attempt that minds no cancelling is still open when the next one is given up: each is cancelled once."""

    async def story(evening: Evening) -> None:
        cancelled = [0, 0]
        attempts = iter(range(2))

        async def initialize() -> None:
            attempt = next(attempts)
            while not all(cancelled):
                try:
                    await asyncio.sleep(0.001)
                except asyncio.CancelledError:
                    cancelled[attempt] += 1

        evening.services.host.initialize = cancelled_when_given_up(initialize)
        config = {"initialization_timeout": 5, "max_retries": 1, "retry_delay": 0}
        with pytest.raises(CommandFailed):
            await AsyncOrchestrator(evening.services, config=config).initialize()
        await until(lambda: cancelled == [1, 1])

    played(story)


def test_an_operation_that_gives_up_by_itself_has_failed() -> None:
    """A coroutine whose own inner task was cancelled is a failure like any other, and no end of the loop."""

    async def story(evening: Evening) -> None:
        async def start() -> None:
            inner = asyncio.create_task(forever())
            inner.cancel()
            await inner

        evening.services.host.start = start
        orchestrator = AsyncOrchestrator(evening.services)
        await orchestrator.initialize()
        with pytest.raises(CommandFailed, match=r"host\.start failed: cancelled"):
            await orchestrator.start_broadcast()
        await orchestrator.recover()
        assert orchestrator.state == "ready"

    played(story)


def test_what_is_issued_at_the_limit_may_answer_at_once() -> None:
    """A stop whose producer hangs issues the rest when its limit comes: plain functions and coroutines that wait for
    nothing have confirmed, and only the producer is residue."""

    async def story(evening: Evening) -> None:
        await evening.orchestrator.initialize()
        await evening.orchestrator.start_broadcast("s1")
        evening.does["producer.stop"] = forever
        with pytest.raises(CommandFailed) as failed:
            await evening.orchestrator.stop_broadcast()
        assert [str(failure) for failure in failed.value.failures] == ["producer.stop timed out"]
        assert (failed.value.residue, failed.value.left_live) == (("producer",), ())

    played(story, shutdown_timeout=5)


# -- What services say by themselves --------------------------------------------------------------


def test_a_service_that_reports_a_failure_leads_to_error() -> None:
    """In live the report is the error, in the service's words; the host has to be initialized again."""

    async def story(evening: Evening) -> None:
        orchestrator = evening.orchestrator
        await orchestrator.initialize()
        await orchestrator.start_broadcast()
        orchestrator.report("host", "out of breath")
        assert (orchestrator.state, orchestrator.error) == ("error", "host reported a failure: out of breath")
        assert orchestrator.get_snapshot().host == (False, True)
        await orchestrator.recover()
        assert evening.calls.count("host.initialize") == 2
        with pytest.raises(ValueError, match="'hots': unknown service, did you mean 'host'"):
            orchestrator.report("hots")

    played(story)


def test_a_report_from_within_a_call_is_heard_before_its_reply() -> None:
    """A service that reports while it is being called is heard in order: the start fails with the report."""

    async def story(evening: Evening) -> None:
        await evening.orchestrator.initialize()
        evening.does["session.start"] = lambda: evening.orchestrator.report("session", "lost its book")
        with pytest.raises(CommandFailed, match="session reported a failure: lost its book"):
            await evening.orchestrator.start_broadcast()

    kinds = [type(event) for event in played(story).events]
    assert kinds[kinds.index(Report) - 1 : kinds.index(Report) + 2] == [Reply, Report, Reply]


def test_an_empty_feed_cannot_go_on_air() -> None:
    """Content is required at the start, and can be there or not from the beginning."""

    async def story(evening: Evening) -> None:
        empty = AsyncOrchestrator(evening.services, content=False)
        await empty.initialize()
        assert not empty.can_start_broadcast()
        assert empty.validate_transition("starting").missing_dependencies == ("live feed has no content",)
        empty.fill(True)
        assert empty.can_start_broadcast()
        assert empty.get_snapshot().live_feed.has_content

    played(story)


def test_the_snapshot_shows_what_services_have_said() -> None:
    """By their replies and by themselves; the backend's documents, too."""

    async def story(evening: Evening) -> None:
        orchestrator = evening.orchestrator
        await orchestrator.initialize()
        await orchestrator.start_broadcast("s1")
        snapshot = orchestrator.get_snapshot()
        assert (snapshot.host, snapshot.producer, snapshot.live_feed) == ((True, True), (True,), (True, True))
        assert (snapshot.session, snapshot.convex.says) == ((True,), "live")
        orchestrator.saw("producer", active=False)
        orchestrator.saw("host", initialized=False)
        snapshot = orchestrator.get_snapshot()
        assert (snapshot.host, snapshot.producer) == ((False, True), (False,))
        assert ServiceSeen(evening.news[-2].at_ms, "producer", active=False) == evening.news[-2]
        with pytest.raises(ValueError, match="'prod': unknown service"):
            orchestrator.saw("prod", active=True)

    played(story)


def test_of_two_calls_that_cross_the_newer_one_counts() -> None:
    """A start that was given up answers after the stop that followed it: the service is known to be off; what it says
    itself counts in any case."""
    known = KnownStores()
    known.replied(2, "host.stop", None, 5)
    known.replied(1, "host.start", None, 6)
    known.replied(3, "producer.start", None, 7)
    assert (known.stores.host, known.stores.producer) == (False, True)
    known.seen(ServiceSeen(8, "host", active=True))
    assert known.stores.host


# -- Watching -------------------------------------------------------------------------------------


def test_observers_hear_every_event_with_the_numbers_of_calls() -> None:
    """Commands, replies, content and configuration, each with what came of it, in order; one that raises disturbs
    nobody, and one that has left hears nothing."""

    async def story(evening: Evening) -> None:
        def broken(news: News) -> None:
            raise OSError("the disk is full")

        orchestrator = evening.orchestrator
        leave = orchestrator.observe(broken)
        orchestrator.fill(True)
        leave()
        leave()
        orchestrator.update_config(retry_delay=1)
        await orchestrator.initialize()
        await orchestrator.emergency_stop()

    evening = played(story)
    steps = [news for news in evening.news if isinstance(news, StepTaken)]
    assert [type(step.event) for step in steps[:4]] == [Content, Configure, Command, Reply]
    assert [(step.call, step.calls) for step in steps[2:]] == [
        (None, (1,)), (1, ()), (None, (2, 3, 4, 5)), (4, ()), (5, ()), (2, ()), (3, ()),
    ]  # fmt: skip
    assert [step.after for step in steps[:-1]] == [step.before for step in steps[1:]]
    times = [step.at_ms for step in steps if any(isinstance(effect, Transition) for effect in step.effects)]
    assert times == [entry.at_ms for entry in evening.orchestrator.record.history] == sorted(times)


def test_subscribers_hear_of_every_state_and_verbose_lines_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Also of those that last no time, as a stop passes them; the log's lines go to Python's logging."""
    states: list[object] = []

    async def story(evening: Evening) -> None:
        orchestrator = evening.orchestrator
        orchestrator.subscribe(lambda new, old: states.append(new), hooks.state)
        await orchestrator.initialize()
        await orchestrator.start_broadcast()
        await orchestrator.stop_broadcast()
        orchestrator.update_config(verbose_logging=False)
        await orchestrator.emergency_stop()

    with caplog.at_level(logging.INFO, logger="broadcast_orchestrator"):
        evening = played(story)
    assert states == ["initializing", "ready", "starting", "live", "stopping", "idle", "initializing", "ready", "idle"]
    assert [record.message for record in caplog.records] == evening.orchestrator.record.log
    assert caplog.records[-1].message.endswith("initializing → ready { reason: 'dependency_ready' }")


def test_a_listener_may_give_the_next_command() -> None:
    """A dashboard that starts as soon as it can, and stops in an emergency as soon as it is live."""

    async def story(evening: Evening) -> None:
        orchestrator = evening.orchestrator
        orchestrator.subscribe(lambda can, _: orchestrator.start_broadcast() if can else None, hooks.can_start)
        orchestrator.subscribe(lambda live, _: orchestrator.emergency_stop() if live else None, hooks.is_broadcasting)
        await orchestrator.initialize()
        await until(lambda: orchestrator.state == "idle")
        assert evening.on == set()

    played(story)


# -- Configuration and beginnings -----------------------------------------------------------------


def test_options_are_checked_and_a_procedure_keeps_its_own() -> None:
    """What cannot be is refused, also at the beginning; an option changed under way is for later procedures."""
    evening = Evening(max_retries=0)
    evening.orchestrator.update_config(initialization_timeout=5)
    with pytest.raises(ConfigError, match="max_retries: expected a whole number"):
        evening.orchestrator.update_config(max_retries=-1)
    with pytest.raises(ConfigError, match="'max_retry': unknown option"):
        Evening(max_retry=1)

    async def story() -> None:
        evening.does["host.initialize"] = forever
        command = evening.orchestrator.initialize()
        evening.orchestrator.update_config(max_retries=5)
        with pytest.raises(CommandFailed):
            await command

    asyncio.run(story())
    assert evening.calls == ["host.initialize"]


def test_services_that_lack_an_operation_are_refused() -> None:
    """In one line that names each."""
    services = Evening().services
    del services.host.initialize, services.producer
    with pytest.raises(TypeError, match=r"no services.host.initialize\(\), services.producer.start\(\), .*stop\(\)"):
        AsyncOrchestrator(services)


def test_an_orchestrator_belongs_to_one_loop() -> None:
    """Used on another one, in another thread or without one it says so, and has heard of nothing."""

    async def story(evening: Evening) -> None:
        await evening.orchestrator.initialize()

    evening = played(story)

    async def again() -> None:
        with pytest.raises(RuntimeError, match="belongs to another event loop"):
            evening.orchestrator.start_broadcast()

    asyncio.run(again())
    heard = len(evening.events)
    with pytest.raises(RuntimeError, match="from another thread, use loop"):
        evening.orchestrator.report("host")
    assert (len(evening.events), evening.orchestrator.state) == (heard, "ready")
    with pytest.raises(RuntimeError, match="no event loop runs here"):
        Evening().orchestrator.initialize()


# -- Emergencies and endings ----------------------------------------------------------------------


def test_an_emergency_stop_interrupts_a_start() -> None:
    """The start fails as interrupted, the four stops are issued at once, and the state ends in idle."""

    async def story(evening: Evening) -> None:
        orchestrator = evening.orchestrator
        await orchestrator.initialize()
        evening.does["host.start"] = forever
        start = asyncio.create_task(orchestrator.start_broadcast("s1"))
        await until(lambda: "host.start" in evening.calls)
        outcome = await orchestrator.emergency_stop()
        with pytest.raises(CommandInterrupted):
            await start
        assert (orchestrator.state, outcome.failures, evening.on) == ("idle", (), set())
        assert [(entry.source, entry.target, entry.forced) for entry in orchestrator.record.history[-1:]] == [
            ("starting", "idle", True)
        ]

    assert played(story).written == []


def test_a_loop_that_ends_in_mid_broadcast_leaves_everything_as_it_is() -> None:
    """The program ends while a start waits for the host: nothing is rolled back, no call is made, nothing is warned of;
    what was on stays on, as after a reload."""

    async def story(evening: Evening) -> None:
        await evening.orchestrator.initialize()
        evening.does["host.start"] = forever
        asyncio.get_running_loop().call_later(0.005, task_of(evening.orchestrator.start_broadcast()).cancel)
        await until(lambda: "host.start" in evening.calls)

    def task_of(command: Coroutine[Any, Any, object]) -> "asyncio.Task[object]":
        return asyncio.get_running_loop().create_task(command)

    evening = played(story)
    assert evening.calls[-1] == "host.start"
    assert (evening.orchestrator.state, evening.on) == ("starting", {"live_feed", "session"})
    with pytest.raises(RuntimeError, match="the orchestrator is closed"):
        evening.orchestrator.emergency_stop()


def test_a_closed_orchestrator_hears_and_does_nothing_more() -> None:
    """Closed while a start waits: whoever waits is cancelled, replies, reports and timers are for nobody."""

    async def story(evening: Evening) -> None:
        release = asyncio.Event()
        await evening.orchestrator.initialize()
        evening.does["host.start"] = release.wait
        start = asyncio.create_task(evening.orchestrator.start_broadcast())
        await until(lambda: "host.start" in evening.calls)
        heard = len(evening.events)
        evening.orchestrator.close()
        release.set()
        evening.orchestrator.report("producer", "late news")
        with pytest.raises(asyncio.CancelledError):
            await start
        await asyncio.sleep(0.35)
        assert (len(evening.events), evening.calls[-1]) == (heard, "host.start")

    played(story, startup_timeout=300)


def test_an_observer_that_closes_the_orchestrator_stops_what_the_step_asked_for() -> None:
    """As a crash in the middle of a step: no call of it is made, no timer is armed."""

    async def story(evening: Evening) -> None:
        evening.orchestrator.observe(lambda news: evening.orchestrator.close())
        with pytest.raises(asyncio.CancelledError):
            await evening.orchestrator.initialize()
        await asyncio.sleep(0.005)

    evening = played(story, initialization_timeout=1)
    assert (evening.calls, [type(event) for event in evening.events]) == ([], [Command])
