"""The guide's heading Debugging: the log."""

from broadcast_orchestrator.sim import Fault, Studio

TAG = "🎛️ [ORCHESTRATOR] "


def lines(studio: Studio) -> list[str]:
    """The log without its tags; every line must have one."""
    assert all(line.startswith(TAG) for line in studio.log)
    return [line.removeprefix(TAG) for line in studio.log]


def test_an_initialize_writes_its_milestones() -> None:
    """LG-1: begun, asking the host, complete, each a tagged line between the two transitions."""
    studio = Studio()
    studio.run(studio.orchestrator.initialize())
    assert lines(studio) == [
        "State transition: idle → initializing { reason: 'system_init' }",
        "Starting initialization...",
        "Initializing host agent...",
        "✅ Initialization complete - system ready for broadcast",
        "State transition: initializing → ready { reason: 'dependency_ready' }",
    ]


def test_every_step_of_a_failed_start_has_its_line() -> None:
    """LG-1: the steps, what failed, the rollback and the end."""
    studio = Studio(faults=[Fault("session.start", "refuse")])
    studio.run(studio.orchestrator.initialize())
    studio.orchestrator.start_broadcast()
    studio.settle()
    assert lines(studio)[5:] == [
        "Starting broadcast...",
        "State transition: ready → starting { reason: 'start_requested' }",
        "Startup: liveFeedStore.setIsLive(true)",
        "Startup: sessionStore.startBroadcastSession()",
        "❌ Startup failed (session.start failed: refused) - rolling back",
        "↩️ Rollback: sessionStore.endBroadcastSession()",
        "↩️ Rollback: liveFeedStore.setIsLive(false)",
        "State transition: starting → error { reason: 'startup_failed' }",
        "❌ start_broadcast failed: session.start failed: refused",
    ]


def test_a_forced_transition_says_so() -> None:
    """LG-2: the line of a transition names both states and the reason, and whether it was forced."""
    studio = Studio()
    studio.orchestrator.initialize()
    studio.run(studio.orchestrator.emergency_stop())
    assert lines(studio)[-1] == "State transition: initializing → idle { reason: 'emergency_stop', forced: true }"


def test_every_transition_has_its_line_while_logging_is_on() -> None:
    """LG-1: as many lines of transitions as there are entries; none while it is off."""
    studio = Studio()
    studio.run(studio.orchestrator.initialize())
    studio.orchestrator.update_config(verbose_logging=False)
    studio.run(studio.orchestrator.start_broadcast())
    studio.orchestrator.update_config(verbose_logging=True)
    studio.run(studio.orchestrator.stop_broadcast())
    logged = [line for line in lines(studio) if line.startswith("State transition: ")]
    assert (len(studio.history), len(logged)) == (8, 6)
