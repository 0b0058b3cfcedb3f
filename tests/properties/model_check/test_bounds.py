"""How long a command can take: computed bounds, and what simulated runs took."""

import pytest

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Failure
from broadcast_orchestrator.properties.model_check.liveness.bounds import Unbounded, bounds_ms, settled_after_ms
from broadcast_orchestrator.properties.search.random_runs import staged
from broadcast_orchestrator.properties.search.run_scripts import script_of


def test_the_bounds_of_the_defaults() -> None:
    """G7: four attempts of 10 s, three delays of 1 s; 15 s of startup and 10 s of rollback; 10 s of shutdown."""
    assert bounds_ms(OrchestratorConfig()) == {
        "initialize": 43_000,
        "start_broadcast": 25_000,
        "stop_broadcast": 53_000,
        "emergency_stop": 10_000,
        "recover": 53_000,
    }


def test_the_bounds_follow_the_configuration() -> None:
    """G7: without retries and without auto-recovery there is less to wait for."""
    config = OrchestratorConfig(max_retries=0, shutdown_timeout=7, startup_timeout=5, enable_auto_recovery=False)
    assert bounds_ms(config) == {
        "initialize": 10_000,
        "start_broadcast": 12,
        "stop_broadcast": 10_007,
        "emergency_stop": 7,
        "recover": 7,
    }


class RetriesForEver(Core):
    """Never gives in."""

    def attempt_failed(self, failure: Failure) -> None:
        """Forget that there was an attempt."""
        self.update(attempt=0)
        super().attempt_failed(failure)


def test_what_never_settles_has_no_bound() -> None:
    """G7: an initialization that retries for ever is said to go on for ever."""
    with pytest.raises(Unbounded, match="initialize can go on for ever"):
        bounds_ms(OrchestratorConfig(), RetriesForEver)


def test_no_simulated_command_takes_longer_than_its_bound() -> None:
    """G7: over many runs with faults each command settles within its bound, and some come near it."""
    bounds, longest = bounds_ms(OrchestratorConfig()), dict.fromkeys(bounds_ms(OrchestratorConfig()), 0.0)
    for number in range(150):
        for command, took in settled_after_ms(staged(script_of(3, number).calm).trace).items():
            longest[command] = max(longest[command], took)
    assert all(round(longest[command], 3) <= bounds[command] for command in bounds), "but for a float's last digits"
    assert round(longest["emergency_stop"], 3) == bounds["emergency_stop"], "sometimes a stop hangs"
    assert longest["initialize"] > 11_000, "sometimes an attempt hangs, and there is another"
