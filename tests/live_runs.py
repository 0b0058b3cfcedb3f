"""Runs at the pace of a clock, brought to where a test begins."""

from broadcast_orchestrator.sim.realtime.live_run import LivePace


def settled(run: LivePace) -> LivePace:
    """The run once everything under way is over."""
    while run.step():
        pass
    run.paused = False
    return run


def on_air(run: LivePace) -> LivePace:
    """The run once it is live, with a session."""
    run.command("initialize")
    settled(run).command("start_broadcast", "s1")
    return settled(run)


def state(run: LivePace) -> str:
    """The state it is in."""
    return run.studio.state.value
