"""What `broadcast watch` does: the state monitor in a terminal, for whoever has no browser at hand."""

import os
import select
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.layout import Layout
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.guarantees.verdicts import unforeseen
from broadcast_orchestrator.properties.telling.story import in_full
from broadcast_orchestrator.properties.witness.retake import judged
from broadcast_orchestrator.reports.commands.simulate import SESSION, fault_of, story
from broadcast_orchestrator.reports.monitor.facts import GuaranteeStanding
from broadcast_orchestrator.reports.monitor.simulated_facts import SimulatedFacts
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.reports.output.terminal import Screen
from broadcast_orchestrator.reports.timelines.timeline import procedure_of
from broadcast_orchestrator.reports.timelines.timeline_text import lines
from broadcast_orchestrator.sim.realtime.live_run import LiveRun
from broadcast_orchestrator.sim.realtime.pacer import FASTEST, SLOWEST

COMMANDS = {
    "i": "initialize",
    "s": "start_broadcast",
    "x": "stop_broadcast",
    "e": "emergency_stop",
    "r": "recover",
}
"""Which key gives which command."""

KEYS = (
    "[b]i[/]nitialize [b]s[/]tart [b]x[/] stop [b]e[/]mergency [b]r[/]ecover   "
    "[b]p[/]ause [b]n[/]ext step [b]+[/] [b]-[/] [b]q[/]uit"
)
STYLES = {
    "idle": "blue",
    "ready": "blue",
    "initializing": "yellow",
    "starting": "yellow",
    "stopping": "yellow",
    "live": "green",
    "error": "red",
}
NARROW = 110
"""Below so many columns the calls have the whole width."""

BEAT_S = 0.05
"""How long to wait for a key before time goes on, in seconds."""

Keys = Callable[[float], str]
"""Waits that many seconds for a key; "" where none was pressed."""


def watch(seed: int, speed: float, fail: tuple[str, ...], rules: type[Core], *, demo: bool) -> int:
    """Watch the reference, or other rules. Without a person at the keyboard, or for a demo, one broadcast is played
    and that is all. 1 where a guarantee was broken, else 0; raises BadInput for a speed that cannot be."""
    run = LiveRun(seed, tuple(fault_of(text) for text in fail), rules)
    try:
        run.set_speed(speed)
    except ValueError as mistake:
        raise BadInput(f"--{mistake}") from None
    console = Screen()
    attended = sys.stdin.isatty() and console.is_terminal
    if demo or not attended:
        run.studio.script(story(run.studio))
    if not console.is_terminal:
        tell(console, run)
    elif attended:
        with pressed_keys() as keys:
            look(console, Board(run), keys, until_rest=demo)
    else:
        look(console, Board(run), no_keys, until_rest=True)
    return verdict(console, run)


def verdict(console: Console, run: LiveRun) -> int:
    """The last line, and the exit code."""
    violations = unforeseen(judged(run.history.passages, run.rules))
    for violation in violations:
        console.print(f"{violation.guarantee} is violated: {violation.what}", markup=False, soft_wrap=True)
    if run.stuck:
        console.print(f"stuck: {run.stuck}", markup=False, soft_wrap=True)
    ended_ms = run.history.passages[-1].at_ms if run.history.passages else 0.0
    console.print(f"ends in {run.studio.state.value} after {ended_ms:,.0f} ms", markup=False)
    return 1 if violations or run.stuck else 0


def tell(console: Console, run: LiveRun) -> None:
    """Print every step as it happens, a line each."""
    told = 0
    for _ in paces(run, no_keys, lambda _: None):
        for passage in run.history.passages[told:]:
            console.print(f"{passage.at_ms or 0.0:>9,.0f}  {in_full(passage)}", markup=False, soft_wrap=True)
        told = len(run.history)
        if run.studio.at_rest or run.stuck:
            return


def look(console: Console, board: "Board", keys: Keys, *, until_rest: bool) -> None:
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


class Board:
    """What is on the screen, and what the keys do. `left` says that it was enough."""

    def __init__(self, run: LiveRun) -> None:
        self.run = run
        self.facts = SimulatedFacts(run)
        self.left = False
        self.problem = ""
        self._drawn: tuple[int, list[tuple[str, str]]] = (-1, [])

    def press(self, key: str) -> None:
        """Do what the key stands for; other keys do nothing."""
        self.problem = ""
        if key in COMMANDS:
            self._command(COMMANDS[key])
        elif key == "p":
            self.run.paused = not self.run.paused
        elif key == "n" and not self.run.step():
            self.problem = "nothing is left to happen"
        elif key in "+-":
            speed = self.run.speed * (2 if key == "+" else 1 / 2)
            self.run.set_speed(min(max(speed, SLOWEST), FASTEST))
        elif key == "q":
            self.left = True

    def _command(self, name: str) -> None:
        try:
            self.run.command(name, SESSION if name == "start_broadcast" else None)
        except ValueError as mistake:
            self.problem = str(mistake)

    def layout(self, console: Console) -> Layout:
        """The whole screen."""
        self.facts.news()
        narrow = console.width < NARROW
        whole, body, side = Layout(), Layout(), Layout(size=6 if narrow else 42)
        room = max(3, console.height - (16 if narrow else 10))
        calls = Layout(Panel(self._calls(room), title="calls"))
        history = Layout(Panel(self._history(4 if narrow else room // 2 - 2), title="history"))
        guarantees = Layout(Panel(self._guarantees(), title="guarantees"))
        if narrow:
            side.split_row(history, guarantees)
            body.split_column(calls, side)
        else:
            side.split_column(history, guarantees)
            body.split_row(calls, side)
        whole.split_column(
            Layout(Panel(self._state(), title="broadcast"), size=4),
            body,
            Layout(Panel(self._foot(), title="keys"), size=4),
        )
        return whole

    def _state(self) -> Text:
        run, world = self.run, self.run.studio.world
        state = world.core.state.value
        pace = "paused" if run.paused else f"{run.speed:g}×"
        first = Text(f" {state} ", style=f"bold reverse {STYLES[state]}")
        first.append(f"  {procedure_of(world) or 'nothing under way'}", style="not reverse default")
        first.append(f"   {run.now_ms / 1000:,.2f} s  {pace}", style="not bold not reverse dim")
        error = "; ".join(map(str, world.core.error))
        return first.append(f"\n{error}" if error else "\n", style="not reverse bold red")

    def _calls(self, room: int) -> Text:
        if self._drawn[0] != len(self.facts.steps):
            passages = tuple(self.run.history.passages)
            self._drawn = len(passages), list(lines(passages))
        head, *rest, legend = self._drawn[1]
        shown = [head, *rest[-max(1, room - 2) :], legend]
        styles = {"head": "bold", "fault": "red", "follow": "cyan", "legend": "dim"}
        joint = Text("\n", no_wrap=True, overflow="ellipsis")
        return joint.join(Text(text, styles.get(kind, "")) for kind, text in shown)

    def _history(self, room: int) -> Table:
        table = Table.grid(padding=(0, 1))
        for entry in reversed(self.run.history.changes(len(self.facts.steps))[-max(1, room) :]):
            at_ms = f"{entry.at_ms or 0:,.0f}"
            changed = Text(f"{entry.source} → ").append(str(entry.target), style=STYLES[entry.target.value])
            table.add_row(Text(at_ms, style="dim", justify="right"), changed)
        return table

    def _guarantees(self) -> Text:
        said, standings = Text(), self.facts.standings(len(self.facts.steps))
        for each in standings:
            holds = each.standing is GuaranteeStanding.HOLDS
            said.append(f"{'✓' if holds else '✗'}{each.id}  ", style="green" if holds else "bold red")
        for each in standings:
            if each.standing is not GuaranteeStanding.HOLDS:
                said.append(f"\n{each.id} at step {each.at}: {each.what}", style="red")
        return said

    def _foot(self) -> Text:
        answer = next((step.answer for step in reversed(self.facts.steps) if step.answer), "")
        return Text.from_markup(KEYS).append(f"\n{self.problem or answer}", style="dim")


@contextmanager
def pressed_keys() -> Iterator[Keys]:
    """The keys of this terminal, each as it is pressed; the terminal is put back as it was."""
    handle = sys.stdin.fileno()
    before = termios.tcgetattr(handle)

    def key(wait_s: float) -> str:
        ready, _, _ = select.select([handle], [], [], wait_s)
        return os.read(handle, 1).decode(errors="ignore") if ready else ""

    try:
        tty.setcbreak(handle)
        yield key
    finally:
        termios.tcsetattr(handle, termios.TCSADRAIN, before)


def no_keys(wait_s: float) -> str:
    """Nobody is at the keyboard."""
    time.sleep(wait_s)
    return ""
