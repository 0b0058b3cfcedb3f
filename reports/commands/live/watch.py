"""`broadcast watch`: the state monitor in a terminal, for whoever has no browser at hand."""

import sys
import time
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.live import Live

from broadcast_orchestrator.properties.guarantees.verdicts import unforeseen
from broadcast_orchestrator.properties.telling.story import in_full
from broadcast_orchestrator.properties.witness.retake import judged
from broadcast_orchestrator.reports.monitor.board import Board
from broadcast_orchestrator.reports.monitor.keyboard import Keys, no_keys, pressed_keys
from broadcast_orchestrator.reports.options.asked_broadcast import SESSION, fault_of, story
from broadcast_orchestrator.reports.options.judged_rules import rules_given
from broadcast_orchestrator.reports.options.option_types import Flag, Seed, Several
from broadcast_orchestrator.reports.output.exit_codes import ExitCode, exit_code_if
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.reports.output.terminal import Screen
from broadcast_orchestrator.sim.realtime.live_run import LiveRun

BEAT_S = 0.05
"""How long to wait for a key before time goes on, in seconds."""


def run(
    *, seed: Seed = 0, speed: float = 1.0, fail: Several = (), demo: Flag = False, rules: str | None = None
) -> ExitCode:
    """Watch the reference, or other rules. Without a person at the keyboard, or for a demo, one broadcast is played
    and that is all. Violated where a guarantee was broken; raises BadInput for a speed that cannot be.

    Parameters
    ----------
    seed
        The seed of everything that is random.
    speed
        Simulated seconds a second.
    fail
        A call that fails the first time, as for simulate.
    demo
        Play one broadcast and end.
    rules
        Another core to run, module:Class.
    """
    core = rules_given(rules)
    watched = LiveRun(seed, tuple(map(fault_of, fail)), core)
    try:
        watched.set_speed(speed)
    except ValueError as mistake:
        raise BadInput(f"--{mistake}") from None
    console = Screen()
    attended = sys.stdin.isatty() and console.is_terminal
    if demo or not attended:
        watched.studio.script(story(watched.studio))
    if not console.is_terminal:
        tell(console, watched)
    elif attended:
        with pressed_keys() as keys:
            look(console, Board(watched, SESSION), keys, until_rest=demo)
    else:
        look(console, Board(watched, SESSION), no_keys, until_rest=True)
    return verdict(console, watched)


def verdict(console: Console, run: LiveRun) -> ExitCode:
    """The last line, and the exit code."""
    violations = unforeseen(judged(run.history.passages, run.rules))
    for violation in violations:
        console.print(f"{violation.guarantee} is violated: {violation.what}", markup=False, soft_wrap=True)
    if run.stuck:
        console.print(f"stuck: {run.stuck}", markup=False, soft_wrap=True)
    ended_ms = run.history.passages[-1].at_ms if run.history.passages else 0.0
    console.print(f"ends in {run.studio.state.value} after {ended_ms:,.0f} ms", markup=False)
    return exit_code_if(violations or run.stuck)


def tell(console: Console, run: LiveRun) -> None:
    """Print every step as it happens, a line each."""
    told = 0
    for _ in paces(run, no_keys, lambda _: None):
        for passage in run.history.passages[told:]:
            console.print(f"{passage.at_ms or 0.0:>9,.0f}  {in_full(passage)}", markup=False, soft_wrap=True)
        told = len(run.history)
        if run.studio.at_rest or run.stuck:
            return


def look(console: Console, board: Board, keys: Keys, *, until_rest: bool) -> None:
    """Keep the screen up to date until somebody quits or, if wanted, until the broadcast is over."""
    with Live(board.layout(console), console=console, screen=True, auto_refresh=False) as live:
        for _ in paces(board.run, keys, board.press):
            if board.left or (until_rest and (board.run.studio.at_rest or board.run.stuck)):
                return
            live.update(board.layout(console), refresh=True)


def paces(run: LiveRun, keys: Keys, press: Callable[[str], None]) -> Iterator[None]:
    """Let the run go on with the wall clock, again and again."""
    last = time.monotonic()
    while True:
        if key := keys(BEAT_S):
            press(key)
        now = time.monotonic()
        run.advance(now - last)
        last = now
        yield
