"""The guide's heading API Reference, Configuration: nine options, their defaults, and what each does."""

import pytest

from broadcast_orchestrator.model import CommandFailed
from broadcast_orchestrator.sim import Fault, Studio


def test_an_update_names_some_options_and_leaves_the_others() -> None:
    """CF-1 and CF-2: the defaults, and after an update only what it named differs."""
    studio = Studio()
    assert tuple(studio.world.core.config) == (10_000, 15_000, 10_000, 3, 1_000, True, True, True, True)
    studio.orchestrator.update_config(initialization_timeout=15_000, enable_auto_recovery=False)
    assert tuple(studio.world.core.config) == (15_000, 15_000, 10_000, 3, 1_000, False, True, True, True)


@pytest.mark.parametrize(
    ("option", "operation", "command"),
    [
        ("initialization_timeout", "host.initialize", "initialize"),
        ("startup_timeout", "session.start", "start_broadcast"),
        ("shutdown_timeout", "live_feed.stop", "stop_broadcast"),
    ],
)
def test_each_timeout_is_the_limit_of_its_procedure(option: str, operation: str, command: str) -> None:
    """CF-2: with the option at 700 ms, the command whose call hangs fails 700 ms after it began."""
    studio = Studio(latency={"*": 0}, faults=[Fault(operation, "hang")], config={option: 700, "max_retries": 0})
    for each in ("initialize", "start_broadcast", "stop_broadcast"):
        if each == command:
            break
        studio.run(getattr(studio.orchestrator, each)())
    with pytest.raises(CommandFailed, match=f"{operation} timed out"):
        studio.run(getattr(studio.orchestrator, command)())
    assert studio.now_ms == 700


def test_retries_and_their_delay_are_options() -> None:
    """CF-2: two retries 50 ms apart, with calls that take no time, fail after 100 ms."""
    studio = Studio(
        latency={"*": 0}, faults=[Fault("host.initialize", "refuse")], config={"max_retries": 2, "retry_delay": 50}
    )
    with pytest.raises(CommandFailed):
        studio.run(studio.orchestrator.initialize())
    assert studio.now_ms == 100


def test_flags_are_on_by_default_and_can_be_switched_off() -> None:
    """CF-3 and CF-4: sync off writes nothing to the backend; logging off writes no line."""
    studio = Studio(config={"enable_convex_sync": False, "verbose_logging": False})
    studio.run(studio.orchestrator.initialize())
    studio.run(studio.orchestrator.start_broadcast("s1"))
    assert (studio.world.truth.backend, studio.log) == ((), ())
    studio.orchestrator.reset_config()
    studio.run(studio.orchestrator.stop_broadcast())
    assert len(studio.log) > 5
