"""The orchestrator's interface over the pure core, on a driver of ten lines: no clock, no simulation."""

import logging
from typing import Any

import pytest

from broadcast_orchestrator.model import (
    BroadcastError,
    CommandFailed,
    CommandInterrupted,
    CommandRefused,
    ConfigError,
    Orchestrator,
    Outcome,
)
from broadcast_orchestrator.model.api import hooks
from broadcast_orchestrator.model.api.backend import backend_of
from broadcast_orchestrator.model.api.outcome import CANNOT
from broadcast_orchestrator.model.api.snapshot import BroadcastSnapshot, Stores
from broadcast_orchestrator.model.core import advance
from broadcast_orchestrator.model.events import Command, Configure, Event, Reply, Report, TimerFired
from broadcast_orchestrator.model.state import CoreState


class Box:
    """Holds how a command ended."""

    def __init__(self) -> None:
        self.ends: list[Outcome | BroadcastError] = []

    def succeed(self, value: Outcome) -> None:
        """Keep the outcome."""
        self.ends.append(value)

    def fail(self, exception: BroadcastError) -> None:
        """Keep the exception."""
        self.ends.append(exception)

    @property
    def end(self) -> Any:
        """The one end; a command that settles twice fails here."""
        assert len(self.ends) == 1
        return self.ends[0]


class Bench(Orchestrator[Box]):
    """A driver for tests: events are given by hand, every step lasts one millisecond."""

    def __init__(self) -> None:
        super().__init__()
        self.core, self.now_ms = CoreState(), 0

    def take(self, event: Event, caller: Box | None = None) -> None:
        """Let an event happen."""
        before = self.core
        self.core, effects = advance(before, event)
        self.now_ms += 1
        self._took(before, effects, self.core, self.now_ms, caller)
        self._tell()

    def ok(self, *services: str) -> None:
        """Answer the oldest call of each service with success."""
        for service in services:
            self.take(Reply(service, 0, True))

    def _submit(self, event: Command | Configure) -> Box:
        box = Box()
        self.take(event, box)
        return box

    def _core(self) -> CoreState:
        return self.core

    def _stores(self) -> Stores:
        return Stores(host=True, host_initialized=True, backend=backend_of("s1"))


def ready() -> Bench:
    """A bench in ready."""
    bench = Bench()
    bench.initialize()
    bench.ok("host")
    return bench


def live() -> Bench:
    """A bench that is live, without a session."""
    bench = ready()
    bench.start_broadcast()
    bench.ok("live_feed", "session", "host", "producer")
    return bench


def test_a_command_settles_when_its_procedure_is_over() -> None:
    """An initialize settles on the host's reply and not before, with an outcome that has nothing to tell."""
    bench = Bench()
    box = bench.initialize()
    assert box.ends == []
    bench.ok("host")
    assert box.end == ("initialize", (), (), (), ())


def test_everyone_who_joined_is_settled() -> None:
    """Two initializes that share one procedure both succeed when it does."""
    bench = Bench()
    boxes = [bench.initialize(), bench.initialize()]
    bench.ok("host")
    assert [type(box.end) for box in boxes] == [Outcome, Outcome]


def test_a_take_over_interrupts_the_recover_and_lets_the_emergency_stop_wait() -> None:
    """An emergency stop during the stops of a recover: the recover is interrupted at once, the stop succeeds later."""
    bench = ready()
    bench.take(Report("producer", "lost"))
    recover = bench.recover()
    stop = bench.emergency_stop()
    assert isinstance(recover.end, CommandInterrupted)
    assert stop.ends == []
    bench.ok("live_feed", "session", "host", "producer")
    assert stop.end.command == "emergency_stop"
    assert bench.core.state == "idle"


def test_a_cleanup_settles_nobody() -> None:
    """A cleanup that follows a late reply begins and ends without any caller."""
    bench = Bench()
    bench.initialize()
    bench.ok("host")
    start = bench.start_broadcast()
    stop = bench.emergency_stop()
    assert isinstance(start.end, CommandInterrupted)
    bench.take(Reply("live_feed", 1, True))
    bench.ok("session", "host", "producer")
    assert stop.end.residue == ()
    assert bench.core.procedure is None


def test_a_failure_carries_cause_failures_and_residue() -> None:
    """A start whose host fails and whose undo fails too names both, the first one as the cause, and the residue."""
    bench = ready()
    box = bench.start_broadcast()
    bench.ok("live_feed", "session")
    bench.take(Reply("host", 0, False, "no microphone"))
    bench.take(Reply("host", 0, False, "no answer"))
    bench.ok("session", "live_feed")
    failed = box.end
    assert isinstance(failed, CommandFailed)
    assert failed.cause == ("host.start", "failed", "no microphone")
    assert failed.failures[1:] == (("host.stop", "failed", "no answer"),)
    assert failed.residue == ("host",)
    assert str(failed) == (
        "start_broadcast failed: host.start failed: no microphone; host.stop failed: no answer; not confirmed off: host"
    )


@pytest.mark.parametrize(
    ("command", "beginning"),
    [
        ("initialize", "Cannot initialize: "),
        ("start_broadcast", "Cannot start broadcast: "),
        ("stop_broadcast", "Cannot stop broadcast: "),
        ("recover", "Cannot recover: "),
    ],
)
def test_a_refusal_says_what_cannot_be_done(command: str, beginning: str) -> None:
    """Each command that is refused while another is under way says so in one line, and leaves the state as it was."""
    bench = ready()
    bench.start_broadcast()
    before = bench.core
    box = getattr(bench, command)()
    assert isinstance(box.end, CommandRefused)
    assert str(box.end) == f"{beginning}start_broadcast is under way"
    assert bench.core == before


@pytest.mark.parametrize(
    "error",
    [
        CommandRefused("recover", "no", ("x",)),
        CommandFailed("initialize", (), (), ("host",), ("s1",)),
        CommandInterrupted("start_broadcast"),
    ],
)
def test_an_exception_can_be_made_again_from_its_arguments(error: BroadcastError) -> None:
    """SimPy hands every waiter a copy made from the arguments: it says and carries the same."""
    again = type(error)(*error.args)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


def test_every_command_has_its_cannot() -> None:
    """No refusal can lack its beginning."""
    assert sorted(CANNOT) == ["emergency_stop", "initialize", "recover", "start_broadcast", "stop_broadcast"]


@pytest.mark.parametrize("session_id", [object(), 7, True, b"s1"])
def test_a_session_id_that_is_no_text_is_a_clear_mistake(session_id: Any) -> None:
    """A click event given as the session id raises a TypeError of one line, and nothing has happened."""
    bench = ready()
    with pytest.raises(TypeError, match=r"^start_broadcast: session_id must be text or left out, got .*$"):
        bench.start_broadcast(session_id)
    assert bench.core.state == "ready"


def test_an_empty_session_id_is_a_clear_mistake() -> None:
    """An empty text names no session."""
    with pytest.raises(ValueError, match="session_id is empty"):
        ready().start_broadcast("")


def test_a_listener_hears_every_state_even_those_that_last_no_time() -> None:
    """A stop that passes through idle and initializing within one step tells each of them, in order."""
    bench = live()
    heard: list[tuple[str, str]] = []
    bench.subscribe(lambda new, previous: heard.append((previous, new)), hooks.state)
    bench.stop_broadcast()
    bench.ok("producer", "host", "session", "live_feed")
    assert heard == [("live", "stopping"), ("stopping", "idle"), ("idle", "initializing"), ("initializing", "ready")]


def test_a_listener_hears_only_changes_of_what_it_selects() -> None:
    """A start does not change whether there is an error, so that listener stays silent; unsubscribed, it hears none."""
    bench = ready()
    errors: list[bool] = []
    unsubscribe = bench.subscribe(lambda new, _: errors.append(new), hooks.has_error)
    bench.start_broadcast()
    assert errors == []
    bench.take(Report("producer", "lost"))
    bench.take(Reply("live_feed", 1, True))
    assert errors == [True]
    unsubscribe()
    unsubscribe()
    bench.emergency_stop()
    bench.take(Reply("live_feed", 1, True))
    bench.ok("session", "host", "producer")
    assert (bench.core.state, errors) == ("idle", [True])


def test_a_listener_without_a_selector_gets_snapshots() -> None:
    """The new and the previous snapshot, as a whole."""
    bench = Bench()
    heard: list[tuple[BroadcastSnapshot, BroadcastSnapshot]] = []
    bench.subscribe(lambda new, previous: heard.append((new, previous)))
    bench.initialize()
    assert [(new.orchestrator.state, old.orchestrator.state) for new, old in heard] == [("initializing", "idle")]


def test_a_listener_that_fails_disturbs_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """The listener's exception is logged; the others hear, and the command succeeds."""
    bench, heard = Bench(), []

    def broken(new: str, previous: str) -> None:
        raise RuntimeError("broken listener")

    bench.subscribe(broken, hooks.state)
    bench.subscribe(lambda new, _: heard.append(str(new)), hooks.state)
    with caplog.at_level(logging.ERROR):
        box = bench.initialize()
        bench.ok("host")
    assert heard == ["initializing", "ready"]
    assert box.end.command == "initialize"
    assert "broken listener" in caplog.text


def test_a_listener_may_give_commands() -> None:
    """An emergency stop given by a listener happens, and all listeners still hear the states in their order."""
    bench, heard = ready(), []
    bench.subscribe(lambda new, _: bench.emergency_stop() if new == "starting" else None, hooks.state)
    bench.subscribe(lambda new, _: heard.append(str(new)), hooks.state)
    start = bench.start_broadcast()
    bench.take(Reply("live_feed", 1, True))
    bench.ok("session", "host", "producer")
    assert heard == ["starting", "idle"]
    assert isinstance(start.end, CommandInterrupted)


def test_a_transition_is_validated_by_the_table() -> None:
    """In idle initializing is valid and live is not; the reason names both states."""
    bench = Bench()
    assert bench.validate_transition("initializing") == (True, None, ())
    assert bench.validate_transition("live") == (False, "Invalid transition from idle to live", ())


def test_a_state_that_does_not_exist_has_a_near_match() -> None:
    """A mistyped state is a ValueError that proposes the right one."""
    with pytest.raises(ValueError, match=r"'redy': unknown state, did you mean 'ready'?"):
        Bench().validate_transition("redy")


def test_the_configuration_can_be_changed_and_reset() -> None:
    """An update changes what it names; a mistake changes nothing; a reset restores every default."""
    bench = Bench()
    bench.update_config(max_retries=0, startup_timeout=1)
    with pytest.raises(ConfigError, match="did you mean 'max_retries'"):
        bench.update_config(maxretries=1, retry_delay=5)
    assert (bench.core.config.max_retries, bench.core.config.startup_timeout, bench.core.config.retry_delay) == (
        0,
        1,
        1000,
    )
    bench.reset_config()
    assert tuple(bench.core.config) == (10_000, 15_000, 10_000, 3, 1_000, True, True, True, True)


def test_history_and_previous_state_follow_every_transition() -> None:
    """Previous state and last transition are those of the last entry, with the driver's time."""
    bench = ready()
    part = bench.get_snapshot().orchestrator
    assert part.previous_state == "initializing"
    assert part.last_transition == ("initializing", "ready", "dependency_ready", 2, False, False)
    assert [(entry.source, entry.target) for entry in part.history] == [
        ("idle", "initializing"),
        ("initializing", "ready"),
    ]


def test_a_snapshot_becomes_plain_data() -> None:
    """Every part is a table of plain values, the state its name."""
    data = ready().get_snapshot().to_json()
    assert list(data) == ["orchestrator", "host", "producer", "live_feed", "session", "convex", "computed"]
    assert type(data["orchestrator"]["state"]) is str
    assert data["orchestrator"]["history"][0]["reason"] == "system_init"
    assert data["convex"]["sessions"][0]["id"] == "s1"
    assert data["computed"]["can_start"] is True


def test_the_log_tells_milestones_in_the_known_format() -> None:
    """An initialize that succeeds writes five tagged lines, the milestone before the transition that it explains."""
    assert ready().record.log == [
        "🎛️ [ORCHESTRATOR] State transition: idle → initializing { reason: 'system_init' }",
        "🎛️ [ORCHESTRATOR] Starting initialization...",
        "🎛️ [ORCHESTRATOR] Initializing host agent...",
        "🎛️ [ORCHESTRATOR] ✅ Initialization complete - system ready for broadcast",
        "🎛️ [ORCHESTRATOR] State transition: initializing → ready { reason: 'dependency_ready' }",
    ]


def test_the_log_tells_retries_refusals_and_failures() -> None:
    """A second attempt, a refused command and the end of a failed one have their lines."""
    bench = Bench()
    bench.update_config(max_retries=1)
    bench.initialize()
    bench.take(Reply("host", 0, False, "no"))
    bench.recover()
    bench.take(TimerFired())
    bench.take(Reply("host", 0, False, "no"))
    assert [line.removeprefix("🎛️ [ORCHESTRATOR] ") for line in bench.record.log[3:]] == [
        "⚠️ Attempt 1 failed (host.initialize failed: no), trying again in 1000 ms",
        "⚠️ recover refused: initialize is under way",
        "Initializing host agent... (attempt 2 of 2)",
        "State transition: initializing → error { reason: 'initialization_failed' }",
        "❌ initialize failed: host.initialize failed: no; host.initialize failed: no",
    ]


def test_the_log_is_silent_when_verbose_logging_is_off() -> None:
    """The history goes on, the log does not."""
    bench = Bench()
    bench.update_config(verbose_logging=False)
    bench.initialize()
    assert bench.record.log == []
    assert len(bench.record.history) == 1
