"""Runs at the pace of a clock, brought to where a test begins."""

from broadcast_orchestrator.sim.realtime.live_run import LiveRun


def settled(run: LiveRun) -> LiveRun:
    """The run once everything under way is over."""
    while run.step():
        pass
    run.paused = False
    return run


def on_air(run: LiveRun) -> LiveRun:
    """The run once it is live, with a session."""
    run.command("initialize")
    settled(run).command("start_broadcast", "s1")
    return settled(run)


def state(run: LiveRun) -> str:
    """The state it is in."""
    return run.studio.state.value
